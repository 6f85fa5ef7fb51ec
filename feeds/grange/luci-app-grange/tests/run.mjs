// Every page of the package in Chromium, in the stand-in for LuCI. `scripts/test luci` runs it; by hand:
//   LUCI_NODE_MODULES=DIR GRANGE_BINARIES=target/debug node feeds/grange/luci-app-grange/tests/run.mjs [NAME]
// Screenshots are in target/luci/screenshots (LUCI_SCREENSHOTS names another folder).
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { app, Browser, menu } from './browser.mjs';
import { agree, complete } from './settings.mjs';
import { faults, hostile, linkHistory, replies, schema, town } from './town.mjs';
import { translations } from '../po/messages.mjs';

const shots = process.env.LUCI_SCREENSHOTS ?? 'target/luci/screenshots';
const STATUS = await menu('admin/status/grange');
const NETWORK = await menu('admin/network/grange');
const pages = [...STATUS.map((entry) => ({ ...entry, tabs: STATUS })), ...NETWORK.map((entry) => ({ ...entry, tabs: NETWORK })),
	{ path: 'card', view: 'view.status.include.35_grange', kind: 'card' }];
const page = (name) => pages.find((entry) => entry.path.endsWith(name) && entry.path.startsWith('admin/status'));

const UCI = {
	'grange-routed': {
		main: { '.type': 'routed', '.name': 'main', enabled: '1', mesh_address: ['10.42.0.1', 'fd42::1'], require_lease: '1' },
		i1: { '.type': 'interface', '.name': 'i1', '.anonymous': true, ifname: ['mesh-*', 'wlan?-mesh'], key: ['winter'] },
		i2: { '.type': 'interface', '.name': 'i2', '.anonymous': true, ifname: ['wg-mesh'], type: 'tunnel', max_rtt_penalty: '96' },
		winter: { '.type': 'key', '.name': 'winter', type: 'hmac-sha256', value: '2c'.repeat(32) },
		f1: { '.type': 'filter', '.name': 'f1', '.anonymous': true, type: 'redistribute', local: '1', ip: '10.42.0.0/16' },
		f2: { '.type': 'filter', '.name': 'f2', '.anonymous': true, type: 'in', ip: '10.42.0.0/16' },
		f3: { '.type': 'filter', '.name': 'f3', '.anonymous': true, type: 'in', action: 'deny' }
	},
	'grange-uplinkd': {
		main: { '.type': 'uplinkd', '.name': 'main', enabled: '1', lan: ['br-lan'] },
		dsl: { '.type': 'uplink', '.name': 'dsl', device: 'pppoe-wan', weight: '50', cost: '39.90', owner: 'smith' },
		cable: { '.type': 'uplink', '.name': 'cable', device: 'eth2', weight: '100' },
		lte: { '.type': 'uplink', '.name': 'lte', device: 'wwan0', tier: '3', metered: '1' },
		p1: { '.type': 'probe', '.name': 'p1', '.anonymous': true, type: 'http', address: '203.0.113.80' },
		spare: { '.type': 'policy', '.name': 'spare', uplink: ['lte'] },
		telephones: { '.type': 'rule', '.name': 'telephones', proto: 'udp', dest_port: ['5060-5061'], uplink: 'dsl' },
		smith: { '.type': 'member', '.name': 'smith', prefix: ['10.42.1.0/24'] },
		jones: { '.type': 'member', '.name': 'jones', prefix: ['10.42.2.0/24'], joined: '2026-10-01' }
	}
};
const DEVICES = { 'br-lan': {}, eth1: {}, eth2: {}, 'pppoe-wan': {}, wwan0: {}, 'phy1-mesh0': {}, 'wg-mesh': {} };
const setup = (more) => ({ uci: structuredClone(UCI), replies: replies({ 'luci-rpc getNetworkDevices': DEVICES, ...more }) });

const tests = [];
const test = (name, body) => tests.push({ name, body });

// ---- what must hold for each page

test('every reply of the fixtures has the shape that grange-rpcd promises', () => {
	for (const [call, reply] of Object.entries(replies())) {
		const [object, method] = call.split(' ');
		for (const one of Array.isArray(reply) ? reply : [reply])
			assert.deepEqual(faults(schema.objects[object][method].reply, one, process.env.LUCI_NODE_MODULES), [], call);
	}
	assert.deepEqual(faults('HistoryValues', linkHistory[0], process.env.LUCI_NODE_MODULES), []);
});

async function overflow(open) {
	return open.evaluate(() => [...document.querySelectorAll('#view *')].filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
		.map((node) => `${node.tagName}.${node.getAttribute('class')} ${Math.round(node.getBoundingClientRect().right)}`).slice(0, 3));
}

for (const look of [{ name: 'wide' }, { name: 'dark', dark: true }, { name: 'narrow', width: 360 }, { name: 'narrow-dark', width: 360, dark: true }])
	test(`every page is drawn, ${look.name}`, async (browser) => {
		for (const entry of pages) {
			const open = await browser.open(entry, setup(), look);
			await open.screenshot({ path: join(shots, `${entry.path.split('/').slice(-3).join('-')}-${look.name}.png`), fullPage: true });
			assert.deepEqual(open.faults, [], entry.path);
			assert.deepEqual(await overflow(open), [], `${entry.path} is wider than the screen`);
			const words = await open.locator('#view').evaluate((node) => node.textContent);
			assert.ok(words.trim().length > 40, entry.path);
			assert.doesNotMatch(words, /null|undefined|NaN|\[object/, entry.path);
			await open.close();
		}
	});

test('every page is drawn in German, and asks for no text that the German file does not have', async (browser) => {
	const german = await translations('de');
	for (const entry of pages) {
		const open = await browser.open(entry, { ...setup(), translations: german }, {});
		await open.screenshot({ path: join(shots, `${entry.path.split('/').slice(-3).join('-')}-german.png`), fullPage: true });
		assert.deepEqual(open.faults, [], entry.path);
		assert.deepEqual(await open.evaluate(() => [...standIn.untranslated]), [], entry.path);
		await open.close();
	}
});

const PAYLOADS = [
	'<img src=x onerror="window.pwned=1">', '<script>window.pwned=1</script>', '"><svg onload="window.pwned=1">', '\u202egnp.<b>x</b>\u202c',
	'\u001b[31mred\u001b[0m\u0007', '\\u003cimg src=x onerror=window.pwned=1\\u003e', '{"name":"\\"}<b>', 'x'.repeat(10000), '\ufffd\ufffd\ufffd',
	'javascript:window.pwned=1', '%s%d%n', '\u0000\u2066\u200f', '__proto__', '</td></tr></table><h1>owned</h1>'
];

test('names from strangers reach the page as text, and nothing else', async (browser) => {
	// What a page of this package has, and the stand-in around it.
	const TAGS = new Set(['A', 'BDI', 'BUTTON', 'CODE', 'DIV', 'EM', 'FORM', 'H2', 'H3', 'H4', 'INPUT', 'LABEL', 'LI', 'OL', 'OPTION', 'P', 'SELECT', 'SPAN',
		'STRONG', 'TABLE', 'TD', 'TH', 'TIME', 'TR', 'UL', 'circle', 'g', 'line', 'path', 'svg', 'text', 'title']);
	const [shown, spoilt] = [pages.filter(({ path }) => !path.startsWith('admin/network')), new Set()];
	for (const entry of shown)
		for (let turn = 0; turn < PAYLOADS.length; turn += 5) {
			const payloads = [...PAYLOADS.slice(turn), ...PAYLOADS.slice(0, turn)];
			const bad = Object.fromEntries(Object.entries(town).map(([call, reply]) => [call, hostile(reply, payloads)]));
			const open = await browser.open(entry, setup(bad), { width: 360 });
			if (entry.path.endsWith('/mesh'))
				await open.locator('.grange-node').nth(1).click();
			if (entry.path.endsWith('/diagnostics')) {
				await open.locator('[name=to]').fill('10.42.9.1');
				await open.locator('[name=address]').fill('192.168.1.23');
				for (const button of await open.locator('form button').all())
					await button.click();
				await open.waitForFunction(() => document.querySelectorAll('.grange-result .grange-problem').length == 3);
			}
			assert.deepEqual(open.faults, [], entry.path);
			const found = await open.evaluate(() => ({
				pwned: window.pwned, tags: [...new Set([...document.querySelectorAll('#view *')].map((node) => node.tagName))],
				links: [...document.querySelectorAll('#view a')].map((node) => node.getAttribute('href')),
				handlers: [...document.querySelectorAll('#view *')].flatMap((node) => node.getAttributeNames()).filter((name) => name.startsWith('on')),
				longest: Math.max(...[...document.querySelectorAll('#view *')].flatMap((node) => [...node.childNodes]).filter((node) => node.nodeType == 3).map((node) => node.data.length)),
				tricks: /[\u0000-\u0008\u001b\u200f\u202a-\u202e\u2066-\u2069]/.test(document.querySelector('#view').textContent),
				markup: document.querySelector('#view').textContent.includes('<img src=x')
			}));
			assert.equal(found.pwned, undefined);
			assert.deepEqual(found.tags.filter((tag) => !TAGS.has(tag)), [], entry.path);
			assert.deepEqual(found.links.filter((href) => !/^(#|\/cgi-bin\/luci\/)/.test(href)), [], entry.path);
			assert.deepEqual(found.handlers, []);
			assert.ok(found.longest <= 260, `a text of ${found.longest} characters in ${entry.path}`);
			assert.equal(found.tricks, false, `control or direction marks in ${entry.path}`);
			if (found.markup)
				spoilt.add(entry.path);
			assert.deepEqual(await overflow(open), [], `${entry.path} is wider than the screen`);
			await open.close();
		}
	assert.deepEqual(shown.map(({ path }) => path).filter((path) => !spoilt.has(path)), [], 'no spoilt name was seen here');
	assert.deepEqual(browser.strangers, []);
});

// ---- what somebody sees and does

const text = (open) => open.locator('#view').innerText();

test('a town without trouble says through whom it is connected', async (browser) => {
	const calm = structuredClone(town['grange status']);
	calm.uplinks = calm.uplinks.filter(({ state }) => state == 'up');
	calm.warnings = [];
	const open = await browser.open(page('overview'), setup({ 'grange status': calm }));
	assert.match(await text(open), /You are connected through dsl and cable/);
	assert.equal(await open.locator('.grange-problem').count(), 0);
	await open.close();
});

test('a captive uplink has a button to its login page, over that uplink', async (browser) => {
	const open = await browser.open(page('overview'), setup());
	const problem = open.locator('.grange-problem', { hasText: 'cafe wants a login' });
	assert.equal(await problem.locator('a').getAttribute('href'), 'http://203.0.113.1/');
	assert.equal(await problem.locator('a').getAttribute('rel'), 'noopener noreferrer');
	await open.close();
});

test('a line that a neighbour shares for one family alone is no trouble, and of a dead one it is he who is asked', async (browser) => {
	const said = async (states) => {
		const status = structuredClone(town['grange status']);
		const [line] = status.uplinks;
		status.warnings = [];
		status.uplinks = states.map(([family, state, device]) => ({ ...line, name: 'jones_line', device, family, state, why: 'the gateway says that it has no uplink to share' }));
		const open = await browser.open(page('overview'), setup({ 'grange status': status }));
		await open.getByText('What changed lately').waitFor();
		const texts = await open.locator('.grange-problem').allInnerTexts();
		await open.close();
		return texts.join('\n');
	};
	const tunnel = 'grange-00002a';
	assert.equal(await said([['ipv4', 'up', tunnel], ['ipv6', 'down', tunnel]]), '');
	assert.match(await said([['ipv4', 'down', tunnel], ['ipv6', 'down', tunnel]]), /^jones_line is dead[^]*Ask there/);
	assert.match(await said([['ipv4', 'up', 'eth1'], ['ipv6', 'down', 'eth1']]), /^jones_line has no IPv6[^]*The line itself works/);
	assert.match(await said([['ipv4', 'down', 'eth1'], ['ipv6', 'down', 'eth1']]), /^jones_line is dead[^]*lamps of its modem/);
});

test('a daemon that is gone is said, and the rest goes on', async (browser) => {
	const half = structuredClone(town['grange status']);
	Object.assign(half.daemons[1], { running: false, problem: 'connection refused' });
	Object.assign(half, { uplinks: [], uplinks_total: 0, devices: null });
	const open = await browser.open(page('overview'), setup({ 'grange status': half }));
	assert.match(await text(open), /grange-uplinkd does not run/);
	assert.match(await text(open), /Old Bakery/);
	await open.close();
	const gone = { error: { code: 'not_running', message: 'grange-uplinkd does not run: start it' } };
	const other = await browser.open(page('uplinks'), setup({ 'grange.uplink status': gone }));
	assert.match(await text(other), /This cannot be shown[^]*grange-uplinkd does not run: start it/);
	await other.close();
});

test('a router whose daemons are all switched off is told where the switch is', async (browser) => {
	const daemons = ['grange-routed', 'grange-uplinkd'].map((name) => ({ name, running: false, version: null, uptime_s: null, problem: 'no such file: start it' }));
	const none = {
		...town['grange status'], time: null, connected: null, quality: 'unknown', way: { ipv4: null, ipv6: null }, daemons, router: null, neighbours: [],
		neighbours_total: 0, uplinks: [], uplinks_total: 0, devices: null, warnings: [], events: [], newest_event: 0
	};
	assert.deepEqual(faults('Status', none, process.env.LUCI_NODE_MODULES), []);
	for (const entry of [page('overview'), pages.at(-1)]) {
		const open = await browser.open(entry, setup({ 'grange status': none }), { width: 360 });
		assert.match(await text(open), /Grange does not run/);
		assert.deepEqual(open.faults, []);
		await open.close();
	}
	const open = await browser.open(page('overview'), setup({ 'grange status': none }));
	assert.deepEqual(await open.locator('.grange-problem a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))).then((all) => all.slice(0, 2)),
		['/cgi-bin/luci/admin/network/grange', '/cgi-bin/luci/admin/status/logs']);
	assert.equal(await open.locator('.grange-problem').count(), 2);
	await open.close();
});

test('without grange-rpcd every page says so, and the card stays away', async (browser) => {
	for (const entry of pages.filter(({ path }) => path.startsWith('admin/status'))) {
		const open = await browser.open(entry, { replies: {}, uci: {} });
		if (!entry.path.endsWith('diagnostics'))
			assert.match(await text(open), /grange-rpcd does not answer/, entry.path);
		assert.deepEqual(open.faults, []);
		await open.close();
	}
	const card = await browser.open(pages.at(-1), { replies: {} });
	assert.equal(await card.locator('.grange-page').count(), 0);
	await card.close();
});

test('a router on the map is chosen by click and by key, and shows its links and history', async (browser) => {
	const open = await browser.open(page('mesh'), setup({ 'grange history': linkHistory }));
	assert.equal(await open.locator('.grange-node').count(), 12);
	assert.equal(await open.locator('.grange-way').count(), 2, 'two links lead to the Internet');
	await open.locator('.grange-node', { hasText: 'Old Bakery' }).click();
	await open.locator('.grange-line').first().waitFor();
	assert.match(await text(open), /Cost of the link/);
	await open.screenshot({ path: join(shots, 'status-grange-mesh-chosen.png'), fullPage: true });
	const before = await open.locator('.grange-node', { hasText: 'Garden 12' }).getAttribute('transform');
	await open.locator('.grange-node', { hasText: 'Garden 12' }).focus();
	await open.keyboard.press('Enter');
	await open.evaluate(() => standIn.tick());
	assert.equal(await open.locator('.grange-node', { hasText: 'Garden 12' }).getAttribute('transform'), before, 'the map stays where it is');
	const asked = await open.evaluate(() => standIn.calls.filter(({ method }) => method == 'router').map(({ args }) => args.id));
	assert.ok(asked.includes(town['grange.mesh topology'].nodes[3].id));
	await open.close();
});

test('a mesh of three hundred routers is drawn, and soon', async (browser) => {
	const big = structuredClone(town['grange.mesh topology']);
	const [node] = big.nodes;
	const role = (index) => (index == 0 ? 'self' : index < 7 ? 'neighbour' : 'router');
	big.nodes = Array.from({ length: 300 }, (unused, index) => ({ ...node, id: `r${index}`, label: null, properties: { role: role(index), gateway: index % 50 == 9 } }));
	big.links = big.nodes.slice(1).map(({ id, properties }, index) => ({
		source: index < 6 ? 'r0' : `r${1 + index * index % 6}`, target: id, cost: 96 + 3 * index, cost_text: null,
		properties: { kind: properties.role == 'neighbour' ? 'link' : 'path', in_use: false }
	}));
	Object.assign(big, { router_id: 'r0', nodes_total: 300, links_total: 299 });
	const open = await browser.open(page('mesh'), setup({ 'grange.mesh topology': big }));
	assert.equal(await open.locator('.grange-node').count(), 300);
	await open.screenshot({ path: join(shots, 'status-grange-mesh-large.png') });
	await open.close();
});

test('an uplink is drained, put back and probed by its buttons', async (browser) => {
	const open = await browser.open(page('uplinks'), setup());
	const card = open.locator('.grange-card', { hasText: 'pppoe-wan' });
	await card.getByRole('button', { name: 'Take out of use' }).click();
	await open.locator('#notes', { hasText: 'It gets no new connections any more.' }).waitFor();
	await card.getByRole('button', { name: 'Look again now' }).click();
	await open.locator('#notes', { hasText: 'It was looked at.' }).waitFor();
	const acts = await open.evaluate(() => standIn.calls.filter(({ method }) => ['drain', 'probe', 'job'].includes(method)).map(({ method, args }) => [method, args]));
	assert.deepEqual(acts, [['drain', { uplink: 'dsl' }], ['probe', { uplink: 'dsl' }], ['job', { id: '7' }]]);
	await open.close();
});

test('who may only look has buttons that do nothing', async (browser) => {
	const open = await browser.open(page('uplinks'), { ...setup(), mayWrite: false });
	assert.equal(await open.getByRole('button', { name: 'Take out of use' }).first().isDisabled(), true);
	await open.close();
});

test('a refusal is said in the words of the router', async (browser) => {
	const open = await browser.open(page('uplinks'), setup({ 'grange.uplink drain': { error: { code: 'refused', message: 'no uplink of that name' } } }));
	await open.getByRole('button', { name: 'Take out of use' }).first().click();
	await open.locator('#notes', { hasText: 'That did not work: no uplink of that name' }).waitFor();
	await open.close();
});

test('the bill says who gives what to whom, and comes as a file', async (browser) => {
	const open = await browser.open(page('members'), setup());
	assert.match(await text(open), /school gives 25\.38 to jones/);
	await open.evaluate(() => {
		standIn.replies['grange.uplink bill'] = { csv: 'member,share\nsmith,23.71\n' };
	});
	const [file] = await Promise.all([open.waitForEvent('download'), open.getByRole('button', { name: /CSV/ }).click()]);
	assert.match(file.suggestedFilename(), /^grange-bill-\d{4}-\d\d\.csv$/);
	assert.equal(await readFile(await file.path(), 'utf8'), 'member,share\nsmith,23.71\n');
	await open.close();
});

test('a home that uses its neighbours\' lines sees what it owes, and whose counts are apart', async (browser) => {
	const open = await browser.open(page('members'), setup());
	const row = open.locator('tr', { hasText: 'via_bakery' });
	assert.match(await row.innerText(), /owes 12\.34[\s\S]*more than 2 % apart/);
	assert.equal(await open.locator('tr', { hasText: 'via_school' }).getByText('–').count() > 0, true);
	await open.close();
});

test('where no line has a cost, what was used is shown all the same', async (browser) => {
	const none = { error: { code: 'refused', message: 'no uplink has a cost: option cost says what is to be shared' } };
	const open = await browser.open(page('members'), setup({ 'grange.uplink bill': none }));
	await open.getByText('no uplink has a cost').waitFor();
	assert.ok(await open.locator('.grange-bar').count() > 0, 'no bar of what a member used');
	assert.equal(await open.getByText('This cannot be shown').count(), 0);
	await open.close();
});

test('another month is asked for by its name', async (browser) => {
	const open = await browser.open(page('members'), setup());
	await open.locator('select').selectOption({ index: 2 });
	const months = await open.evaluate(() => standIn.calls.filter(({ method }) => method == 'bill').map(({ args }) => args.month ?? null));
	assert.equal(months[0], null);
	assert.match(months.at(-1), /^\d{4}-\d\d$/);
	await open.close();
});

test('diagnostics ask for a path, test a link and explain an uplink', async (browser) => {
	const running = { ...town['grange job'], state: 'running', progress_percent: 40, result: null };
	const open = await browser.open(page('diagnostics'), setup({ 'grange job': [running, town['grange job']] }));
	await open.locator('[name=to]').fill('nonsense');
	await open.getByRole('button', { name: 'Show the path' }).click();
	await open.locator('.grange-result', { hasText: 'Expected an address' }).waitFor();
	await open.locator('[name=to]').fill('10.42.9.1');
	await open.getByRole('button', { name: 'Show the path' }).click();
	await open.locator('.grange-result', { hasText: 'It can be reached' }).waitFor();
	await open.getByRole('button', { name: 'Test the link' }).click();
	await open.locator('.grange-result', { hasText: '40 % done' }).waitFor();
	await open.locator('.grange-result', { hasText: '19 of 20 came back' }).waitFor();
	await open.locator('[name=address]').fill('192.168.1.23');
	await open.getByRole('button', { name: 'Explain' }).click();
	await open.locator('.grange-result', { hasText: 'By cable' }).waitFor();
	await open.screenshot({ path: join(shots, 'status-grange-diagnostics-answered.png'), fullPage: true });
	const asked = await open.evaluate(() => standIn.calls.map(({ method, args }) => [method, args]));
	assert.deepEqual(asked.find(([method]) => method == 'linktest')[1], { neighbour: 'fe80::2%phy1-mesh0', count: 20 });
	assert.deepEqual(asked.find(([method]) => method == 'explain')[1], { address: '192.168.1.23' });
	await open.close();
});

// ---- settings

for (const entry of NETWORK) {
	const daemon = { mesh: 'grange-routed', uplinks: 'grange-uplinkd' }[entry.path.split('/').pop()];
	test(`every option of ${daemon}'s manual is on its page`, (browser) => complete(browser, { ...entry, daemon }));
	test(`the page takes what ${daemon} takes, and refuses what it refuses`, (browser) => agree(browser, { ...entry, daemon }));
}

test('a setting is changed and applied, with ninety seconds to take it back', async (browser) => {
	const entry = NETWORK.find(({ path }) => path.endsWith('uplinks'));
	const open = await browser.open(entry, setup());
	await open.locator('[data-type=uplink] tr', { hasText: 'cable' }).getByRole('button', { name: 'Edit' }).click();
	await open.screenshot({ path: join(shots, 'network-grange-uplinks-edit.png') });
	const weight = open.locator('.modal [data-name=weight] input');
	await weight.fill('heavy');
	await open.locator('.modal').getByRole('button', { name: 'Save' }).click();
	await open.locator('.modal .cbi-error', { hasText: 'Expected a whole number from 0 to 1000000' }).waitFor();
	await weight.fill('150');
	await open.locator('.modal').getByRole('button', { name: 'Save' }).click();
	await open.locator('.modal').waitFor({ state: 'detached' });
	await open.getByRole('button', { name: 'Save & Apply' }).click();
	const saved = await open.evaluate(() => [standIn.uci['grange-uplinkd'].cable, standIn.calls.find(({ method }) => method == 'apply')?.args]);
	assert.deepEqual(saved, [{ ...UCI['grange-uplinkd'].cable, weight: '150' }, { rollback: true, timeout: 90 }]);
	await open.close();
});

test('an uplink over a neighbour\'s router is edited, and judged by what its own dialog says', async (browser) => {
	const entry = NETWORK.find(({ path }) => path.endsWith('uplinks'));
	const uci = structuredClone(UCI);
	uci['grange-uplinkd'].jones_line = { '.type': 'uplink', '.name': 'jones_line', router: 'fd42::2', key: '0a'.repeat(32) };
	const open = await browser.open(entry, { ...setup(), uci });
	const save = () => open.locator('.modal').getByRole('button', { name: 'Save' }).click();
	assert.match(await open.locator('[data-type=uplink] tr', { hasText: 'jones_line' }).innerText(), /over fd42::2\s+as offered\s+2\s/);
	await open.locator('[data-type=uplink] tr', { hasText: 'jones_line' }).getByRole('button', { name: 'Edit' }).click();
	await open.locator('.modal [data-name=weight] input').fill('20');
	await save();
	await open.locator('.modal').waitFor({ state: 'detached' });
	await open.locator('[data-type=uplink] tr', { hasText: 'jones_line' }).getByRole('button', { name: 'Edit' }).click();
	await open.locator('.modal [data-name=device] input').fill('eth7');
	await open.locator('.modal [data-name=device] .cbi-error', { hasText: 'either networks' }).waitFor();
	await open.getByRole('button', { name: 'Dismiss' }).click();
	await open.locator('[data-type=rule] tr', { hasText: 'telephones' }).getByRole('button', { name: 'Edit' }).click();
	await save();
	await open.locator('.modal').waitFor({ state: 'detached' });
	assert.equal(await open.evaluate(() => standIn.uci['grange-uplinkd'].jones_line.weight), '20');
	await open.close();
});

test('a page that saves without a change changes nothing', async (browser) => {
	for (const entry of NETWORK) {
		const open = await browser.open(entry, setup());
		await open.getByRole('button', { name: 'Save', exact: true }).click();
		assert.deepEqual(await open.evaluate(() => standIn.uci), UCI);
		await open.close();
	}
});

// ---- the package itself

async function files(folder) {
	const found = await readdir(join(app, folder), { recursive: true, withFileTypes: true });
	return found.filter((one) => one.isFile()).map((one) => join(one.parentPath ?? one.path, one.name));
}

test('all pages together are at most 60 KB gzipped, and each view under 300 lines', async () => {
	let total = 0;
	for (const file of [...await files('htdocs'), ...await files('root')]) {
		const content = await readFile(file);
		total += gzipSync(content, { level: 9 }).length;
		if (file.endsWith('.js'))
			assert.ok(content.toString().split('\n').length < 300, `${file} has 300 lines or more`);
	}
	console.log(`    ${total} octets gzipped, file by file`);
	assert.ok(total <= 60 * 1024, `${total} octets`);
});

test('the access list grants each method that there is, reading and acting apart, and no other', async () => {
	const acl = JSON.parse(await readFile(join(app, 'root/usr/share/rpcd/acl.d/luci-app-grange.json')));
	const called = Object.entries(schema.objects).flatMap(([object, methods]) => Object.keys(methods).map((method) => `${object} ${method}`));
	for (const [right, access] of [['read', 'read'], ['write', 'action']]) {
		const granted = new Set(Object.values(acl).flatMap((group) => Object.entries(group[right]?.ubus ?? {})
			.flatMap(([object, methods]) => methods.map((method) => `${object} ${method}`))).filter((call) => call.startsWith('grange')));
		const wanted = called.filter((call) => {
			const [object, method] = call.split(' ');
			return schema.objects[object][method].access == access;
		});
		assert.deepEqual([...granted].sort(), wanted.sort(), right);
	}
	for (const group of Object.values(acl))
		assert.match(group.description, /^Grant access to /);
	assert.doesNotMatch(JSON.stringify(acl), /[*?]/, 'no pattern grants more than is meant');
});

test('every view of the menu is there, and asks for rights that exist', async () => {
	const entries = JSON.parse(await readFile(join(app, 'root/usr/share/luci/menu.d/luci-app-grange.json')));
	const acl = JSON.parse(await readFile(join(app, 'root/usr/share/rpcd/acl.d/luci-app-grange.json')));
	for (const { action, depends } of Object.values(entries)) {
		if (action.type == 'view')
			await readFile(join(app, `htdocs/luci-static/resources/view/${action.path}.js`));
		for (const group of depends?.acl ?? [])
			assert.ok(acl[group], group);
	}
});

test('no page makes HTML of a text, or names a colour or a host of its own', async () => {
	for (const file of (await files('htdocs')).filter((one) => /\.(js|css)$/.test(one))) {
		const source = await readFile(file, 'utf8');
		assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b/, file);
		assert.doesNotMatch(source.replace(/http:\/\/(www\.w3\.org\/2000\/svg|\$\{uplink\.gateway\})/g, ''), /https?:\/\//, file);
		if (file.endsWith('.css'))
			assert.doesNotMatch(source.replace(/var\([^)]*\)/g, ''), /#[0-9a-f]{3,8}\b|\b(rgb|hsl)a?\(/i, file);
	}
});

// ---- running them

await mkdir(shots, { recursive: true });
const browser = await Browser.start();
const wanted = process.argv[2];
let passed = 0, failed = 0;
for (const { name, body } of tests.filter((one) => !wanted || one.name.includes(wanted))) {
	try {
		await body(browser);
		passed++;
		console.log(`test ${name} ... ok`);
	}
	catch (error) {
		failed++;
		console.log(`test ${name} ... FAILED\n${String(error.stack).slice(0, 4000)}`);
		for (const open of browser.context.pages().slice(1))
			await open.close();
	}
}
await browser.stop();
console.log(`\ntest result: ${failed ? 'FAILED' : 'ok'}. ${passed} passed; ${failed} failed`);
process.exit(failed ? 1 : 0);
