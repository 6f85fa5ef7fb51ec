// The settings pages and the daemons agree: what a page takes, `--check-config` takes, and what one refuses the other
// refuses; every option of a daemon's manual is on its page.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { app } from './browser.mjs';

const run = promisify(execFile);

// Texts that one option or another takes or refuses.
const TEXTS = ['0', '1', '2', '010', '0x10', '96', '100', '101', '254', '255', '256', '257', '600', '601', '655', '656', '1000', '1001',
	'60000', '60001', '65534', '65535', '65536', '1000000', '1000001', '4294967295', '4294967296', '-1', '1.5', '0.01', '0.001', '4.', '.5',
	'400ms', '2m', '10m', '11m', '7d', '8d', '2h', '10 m', '0.1234567', 'main', 'default', 'local', 'br-lan', 'mesh-*', 'wlan?-mesh',
	'eth[0-9]', 'eth[!', 'eth[!]', 'eth[!]x]', 'a b', 'a/b', 'a"b', '.', '..', 'sixteen-letters!', 'h\u00e4user', '10.0.0.0/8', '10.0.0.1/8',
	'10.0.0.1/33', '10.0.0.1', '010.0.0.1', '10.0.0', '0.0.0.0/0', '0.0.0.0', '127.0.0.1', '224.0.0.1', '::/0', '::', '::1', 'ff02::1',
	'fd42::/48', 'fd42::1', 'fd42:::1', 'fe80::1', 'fe80::1%eth0', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:8:9', '::ffff:10.0.0.1',
	'64:ff9b::10.0.0.256', '02:11:22:ff:fe:33:44:55', '00:00:00:00:00:00:00:00', '02:11:22:ff:fe:33:44', '0x3f00', '0x3f01', '0xfc0000',
	'0xfc000000', '0x1f8000000', '3f00', '50M', '800k', '1G', '0M', '50 M', '50T', '39.90', '39.9', '39,90', '1234567890.00', '2026-11-24',
	'2026-02-29', '2028-02-29', '2026-13-01', '2026-11-31', '26-11-24', '80', '5000-5010', '5010-5000', '80-', '70000', '/etc/grange',
	'etc', '/a b', '/generate_204', 'static', 'dhcp', 'babel', '42', 'ospf', 'nothing', 'allow', 'deny', 'metric 128', 'metric 65535', 'metric',
	'deny metric 5', 'table 43', 'pref_src 10.0.0.1', 'src_prefix fd00::/8', 'src-prefix 10.0.0.0/8', 'src_prefix fd00::/0', 'src_prefix fe80::/64', 'src_prefix', 'allow  metric 5', 'abcd', 'abc', 'ABCDEF01', 'xy', 'ab'.repeat(32), 'ab'.repeat(33), 'ab'.repeat(65),
	'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=', 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmp=', 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo=',
	'on', 'off', 'yes', 'maybe', '22:00-07:00', '9:5-17:30', 'Mon-fri 09:00-17:00', 'sat,sun-mon 00:00-24:00', '24:00-01:00', '1:60-2:00', '1:00', 'mon 1:00-24:01', 'mo 1:00-2:00', 'mon fri 1:00-2:00', 'a\u2028b'];

// The rest of a section that lets the daemon read one option of it.
const COMPANY = {
	'grange-routed': {
		interface: { ifname: ['mesh0'] }, key: { type: 'hmac-sha256', value: 'ab'.repeat(32) }, filter: { type: 'redistribute' }, routed: {}
	},
	'grange-uplinkd': {
		uplinkd: { mesh_address: 'fd42::99' }, share: {}, uplink: {}, probe: { address: '192.0.2.1' }, policy: { uplink: ['other'] },
		rule: { uplink: 'other' }, member: {}
	}
};
// What an option needs beside it to mean anything.
const OVER_THERE = { router: 'fd42::7', key: 'ab'.repeat(32) };
const NEEDS = {
	'uplink key': OVER_THERE, 'uplink mtu': OVER_THERE, 'member key': OVER_THERE, 'uplink public_key': OVER_THERE,
	'member public_key': OVER_THERE,
	'filter neigh': { type: 'in' }, 'filter id': { type: 'in' }, 'filter action': { type: 'redistribute' },
	'probe port': { type: 'tcp' }, 'probe host': { type: 'http' }, 'probe path': { type: 'http' }, 'probe status': { type: 'http' },
	'probe body': { type: 'http' }, 'rule src_port': { proto: 'tcp' }, 'rule dest_port': { proto: 'tcp' }, 'rule policy': { uplink: null },
	'uplink cost': { owner: 'smith' }, 'uplink cake': { up: '50M' }
};
// Judged by what else is in the file: names of other sections, which are a list on the page, and routers, which must not
// be this one. `mesh_address` is held to the same rule as these.
const BY_OTHERS = new Set(['uplink router', 'member router', 'interface key', 'probe uplink', 'policy uplink', 'rule uplink', 'rule policy', 'uplink owner']);
const THE_OTHERS = {
	'grange-routed': '',
	'grange-uplinkd': "config uplink 'other'\n\toption device 'eth9'\nconfig member 'smith'\n"
};

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function section(type, name, options) {
	const lines = Object.entries(options).filter(([, value]) => value != null).map(([option, value]) => (Array.isArray(value)
		? value.map((item) => `\tlist ${option} ${quoted(item)}\n`).join('') : `\toption ${option} ${quoted(value)}\n`));
	return `config ${type} '${name}'\n${lines.join('')}`;
}

// The options of a page, each with its verdict on each text: { type, name, many, closed, says }. A switch or a list of
// choices can only say its own words.
async function optionsOf(page, config, texts) {
	const found = await page.evaluate(([config, texts]) => standIn.maps.find((map) => map.config == config).children.flatMap((section) =>
		section.options.map((option) => ({
			type: section.type, name: option.name, kind: option.constructor.name, choices: option.choices.map(([key]) => key),
			says: texts.map((text) => (option.validate ? option.validate('tried', text) : true))
		}))), [config, texts]);
	return found.map(({ kind, choices, ...option }) => ({
		...option, many: kind == 'DynamicList' || kind == 'MultiValue',
		closed: kind == 'Flag' ? ['0', '1'] : kind == 'ListValue' ? choices.filter((choice) => choice !== '') : null
	}));
}

// Types that there can be one section of.
const ONLY = { routed: 'tried', uplinkd: 'tried', share: 'sharing' };

// A file in which every option says the same text: one section for all options of the one that there can be one of, else
// a section for each.
function fileWith(text, options, daemon) {
	const value = (option) => (option.many ? [text] : text);
	const alone = Object.keys(ONLY).filter((type) => COMPANY[daemon][type]).map((type) => section(type, ONLY[type], {
		...COMPANY[daemon][type], ...Object.fromEntries(options.filter((option) => option.type == type).map((option) => [option.name, value(option)]))
	}));
	const sections = options.filter(({ type }) => !ONLY[type]).map((option, index) => {
		const beside = { ...COMPANY[daemon][option.type], ...NEEDS[`${option.type} ${option.name}`] };
		if (option.type == 'uplink' && option.name != 'interface' && !beside.router)
			beside.device = `d${index}`;
		return section(option.type, `${option.type}_${option.name}`, { ...beside, [option.name]: value(option) });
	});
	return [...alone, ...sections, THE_OTHERS[daemon]].join('');
}

export async function agree(browser, { view, daemon }) {
	const page = await browser.open({ view }, { uci: { [daemon]: {} } });
	const all = await optionsOf(page, daemon, TEXTS);
	await page.close();
	const options = all.filter(({ type, name }) => !BY_OTHERS.has(`${type} ${name}`));
	const texts = [...new Set([...TEXTS, ...options.flatMap(({ closed }) => closed ?? [])])];
	const folder = await mkdtemp(join(tmpdir(), 'grange-check-'));
	const wrong = [];
	let asked = 0;
	// These are judged beside others (the table of routes, the devices of uplinks), so they have files of their own.
	const apart = ({ type, name }) => name == 'import_table' || (type == 'uplink' && (name == 'interface' || name == 'share'));
	for (const [index, text] of texts.entries())
		for (const group of [options.filter(apart), options.filter((option) => !apart(option))]) {
			const said = group.filter(({ closed }) => (closed ? closed.includes(text) : index < TEXTS.length));
			if (said.length == 0)
				continue;
			const file = join(folder, 'config');
			await writeFile(file, fileWith(text, said, daemon));
			const { stderr } = await run(join(process.env.GRANGE_BINARIES, daemon), ['--config', file, '--check-config']).catch((error) => error);
			const lines = stderr.split('\n');
			for (const { type, name, closed, says } of said) {
				const place = ONLY[type] ? `.${ONLY[type]}.${name}: ` : `.${type}_${name}.${name}: `;
				const refused = lines.find((line) => line.includes(place) && (line.includes(': error: ') || line.includes('unknown option')));
				const taken = closed ? true : says[index] === true;
				asked++;
				if (taken == (refused != null))
					wrong.push(`${type}.${name} ${JSON.stringify(text)}: page ${taken ? 'takes it' : says[index]}, daemon ${refused ?? 'takes it'}`);
			}
		}
	await rm(folder, { recursive: true });
	assert.deepEqual(wrong, []);
	assert.ok(asked > 1000, `${asked} texts were asked about`);
}

// The options that a manual has in its tables, as TYPE NAME.
async function inTheManual(daemon) {
	const text = await readFile(join(app, '../../../docs', `config-${daemon.replace('grange-', '')}.md`), 'utf8');
	let types = [];
	const found = [];
	for (const line of text.split('\n')) {
		if (line.startsWith('## '))
			types = /^## Sections? /.test(line) ? [...line.matchAll(/`(\w+)`/g)].map(([, type]) => type) : [];
		const header = /^\| (?:option|condition)(?: of `(\w+)`)? \|/.exec(line);
		if (header?.[1])
			types = [header[1]];
		const row = /^\| (`.*?) \|/.exec(line);
		if (row && types.length && !/^`(allow|deny|metric N|table T|pref_src A|in|out|redistribute|install)`/.test(row[1]) && !/^`(key|type) /.test(row[1]))
			for (const [, name] of row[1].matchAll(/`(\w+)`/g))
				found.push(`${types[0]} ${name}`);
	}
	return found;
}

// Other names of options that a page has already.
const TWINS = ['interface disabled', 'filter router_id', 'filter permissive'];

export async function complete(browser, { view, daemon }) {
	const page = await browser.open({ view }, { uci: { [daemon]: {} } });
	const shown = new Set((await optionsOf(page, daemon, [])).map(({ type, name }) => `${type} ${name}`));
	await page.close();
	const wanted = (await inTheManual(daemon)).filter((name) => !TWINS.includes(name) && !name.endsWith(' blake2s128'));
	assert.ok(wanted.length > 30, `${wanted.length} options are in the manual`);
	assert.deepEqual(wanted.filter((name) => !shown.has(name)), []);
}
