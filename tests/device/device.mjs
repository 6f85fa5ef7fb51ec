// See `tests/device/run --help`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { NOBODY, Router, open } from './router.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options, positionals } = parseArgs({
	allowPositionals: true, options: {
		'user': { type: 'string', default: 'root' }, 'password-file': { type: 'string' }, 'only': { type: 'string', multiple: true }, 'uplink': { type: 'string' },
		'reader': { type: 'string' }, 'reader-password-file': { type: 'string' }, 'screenshots': { type: 'string', default: 'target/device' }, 'list': { type: 'boolean' }
	}
});
const firstLine = async (file) => (await readFile(file, 'utf8')).split('\n')[0];
const MENU = JSON.parse(await readFile(join(here, '../../feeds/grange/luci-app-grange', 'root', 'usr/share/luci/menu.d/luci-app-grange.json')));
const PAGES = Object.entries(MENU).filter(([, entry]) => entry.action.type == 'view').map(([path]) => path);
// LuCI gives a change this long to be confirmed (luci.apply.rollback of its configuration).
const ROLLBACK_S = 90;
const UPLINKS = 'admin/network/grange/uplinks';

const tests = [];
const test = (name, body) => tests.push({ name, body });
class Skipped extends Error {}
const skip = (why) => {
	throw new Skipped(why);
};
const seconds = (since) => (performance.now() - since) / 1000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what, limit_s, ask) {
	const start = performance.now();
	for (;;) {
		const found = await ask();
		if (found)
			return seconds(start);
		assert.ok(seconds(start) < limit_s, `not within ${limit_s} s: ${what}`);
		await sleep(500);
	}
}

// Of the whole page; the window is made as high, so that what sticks to its top is there once.
async function shot(page, name) {
	const { width } = page.viewportSize();
	const height = await page.evaluate(() => document.documentElement.scrollHeight);
	await page.setViewportSize({ width, height: Math.min(height, 6000) });
	await page.waitForTimeout(300);
	await page.screenshot({ path: join(options.screenshots, `${name}.png`) });
	await page.setViewportSize({ width, height: width < 500 ? 740 : 900 });
}

// ---- who may what

test('who is not logged in gets nothing, and a wrong password no session', async (router) => {
	for (const [object, method] of [['grange', 'status'], ['grange.mesh', 'topology'], ['grange.uplink', 'bill'], ['grange.uplink', 'drain'], ['uci', 'get']])
		assert.deepEqual(await router.raw(NOBODY, object, method, {}), ['error', -32002], `${object} ${method}`);
	const [status] = await router.raw(NOBODY, 'session', 'login', { username: router.user, password: `${router.password}x` });
	assert.equal(status, 6);
});

test('an account that may read sees the pages, and cannot act or read the settings', async (router) => {
	if (!options.reader)
		skip('no --reader was given');
	const reader = new Router(router.url, options.reader, await firstLine(options['reader-password-file']));
	try {
		for (const [object, method] of [['grange', 'status'], ['grange.mesh', 'topology'], ['grange.uplink', 'status']])
			await reader.call(object, method);
		for (const [object, method, args] of [['grange.uplink', 'drain', { uplink: 'x' }], ['grange.uplink', 'bill', {}], ['grange.mesh', 'linktest', { neighbour: 'x' }]])
			assert.deepEqual(await reader.raw(reader.session, object, method, args), ['error', -32002], `${object} ${method}`);
		const [status] = await reader.raw(reader.session, 'uci', 'get', { config: 'grange-routed' });
		assert.notEqual(status, 0, 'the keys of the mesh can be read');
		const page = await reader.enter();
		await open(page, router.url, 'admin/status/grange/uplinks');
		assert.deepEqual(page.faults, []);
		assert.equal(await page.locator('#view .grange-buttons button:not([disabled])').count(), 0, 'a button that may not be pressed is offered');
		await shot(page, 'reader-uplinks');
		const settings = await page.request.get(`${router.url}/cgi-bin/luci/${UPLINKS}`);
		assert.ok([403, 404].includes(settings.status()), `the settings are there: ${settings.status()}`);
	} finally {
		await reader.close();
	}
});

// ---- the pages

for (const look of [{ name: 'light' }, { name: 'dark', dark: true }, { name: 'narrow', width: 360, height: 740 }]) {
	test(`every page is drawn, ${look.name}`, async (router) => {
		const page = await router.enter(look);
		for (const path of PAGES) {
			await open(page, router.url, path);
			const at = `${path}, ${look.name}`;
			await shot(page, `${path.split('/').slice(1).join('-')}-${look.name}`);
			assert.deepEqual(page.faults, [], at);
			const said = await page.evaluate(() => [...document.querySelectorAll('.alert-message.error, .alert-message.danger, .alert-message.warning')].map((node) => node.textContent.trim()));
			// Of a router without a password LuCI warns itself.
			assert.deepEqual(said.filter((text) => /grange|RPC|access|Error/i.test(text)), [], at);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			assert.ok(wide <= 1, `${at}: ${wide} pixels wider than the window`);
		}
	});
}

test('the menu leads to the pages', async (router) => {
	const page = await router.enter();
	await open(page, router.url, 'admin/status/grange/overview');
	const links = await page.evaluate(() => [...document.querySelectorAll('a[href]')].map((node) => new URL(node.href).pathname));
	for (const path of ['admin/status/grange', 'admin/network/grange', ...PAGES.filter((path) => path.startsWith('admin/status'))])
		assert.ok(links.includes(`/cgi-bin/luci/${path}`), `no link to ${path}`);
});

test('a card on the overview of LuCI says how the router is connected', async (router) => {
	const page = await router.enter();
	await page.goto(`${router.url}/cgi-bin/luci/admin/status/overview`);
	const card = page.locator('.cbi-section:has(h3:text-is("Grange"))');
	await card.waitFor({ timeout: 30000 });
	await until('the card has text', 15, async () => (await card.innerText()).replace(/\s+/g, ' ').length > 20);
	await card.screenshot({ path: join(options.screenshots, 'status-card.png') });
	assert.deepEqual(page.faults, []);
});

test('a browser that wants German gets German', async (router) => {
	const page = await router.enter({ locale: 'de-DE' });
	await open(page, router.url, 'admin/status/grange/uplinks');
	if (await page.evaluate(() => document.documentElement.lang) != 'de')
		skip('the router has no German: install luci-i18n-base-de and luci-i18n-grange-de');
	const text = await page.evaluate(() => document.body.innerText);
	for (const [english, german] of [['Graphs over', 'Verlauf über'], ['Probe now', 'Jetzt prüfen']].filter(([english]) => text.includes(english)))
		assert.fail(`«${english}» is not «${german}»`);
	await shot(page, 'status-grange-uplinks-german');
});

// ---- settings

async function sections(router) {
	const { values } = await router.call('uci', 'get', { config: 'grange-uplinkd', type: 'uplink' });
	return Object.keys(values ?? {});
}

// Types a weight into the form of an uplink, and stages it.
async function type(page, url, uplink, weight) {
	await open(page, url, UPLINKS);
	await page.locator(`#cbi-grange-uplinkd-${uplink} .cbi-button-edit`).click();
	const field = page.locator(`.modal [id="widget.cbid.grange-uplinkd.${uplink}.weight"]`);
	await field.fill(String(weight));
	await field.blur();
	await page.locator('.modal .cbi-button-positive, .modal .btn.important').last().click();
	await page.locator('body:not(.modal-overlay-active)').waitFor({ timeout: 20000 });
}

async function applying(page) {
	const sent = page.waitForResponse((response) => response.url().includes('/admin/uci/apply_rollback'), { timeout: 60000 });
	await page.locator('.cbi-page-actions .cbi-button-apply').first().click();
	await sent;
}

// Puts the weight back whatever became of a test, in one step and for good.
async function putBack(router, { uplink, before }) {
	const { value } = await router.call('uci', 'get', { config: 'grange-uplinkd', section: uplink, option: 'weight' }).catch(() => ({}));
	if ((value ?? null) === before.file)
		return;
	if (before.file == null)
		await router.call('uci', 'delete', { config: 'grange-uplinkd', section: uplink, option: 'weight' });
	else
		await router.call('uci', 'set', { config: 'grange-uplinkd', section: uplink, values: { weight: before.file } });
	await router.call('uci', 'apply', { rollback: false });
}

async function target(router) {
	const uplink = options.uplink ?? (await sections(router))[0] ?? skip('no uplink is configured');
	const before = await router.weight(uplink);
	const found = { uplink, before, other: (before.daemon ?? 10) == 77 ? 78 : 77 };
	router.atEnd = () => putBack(router, found);
	return found;
}

test('a wrong weight is refused by the form, in words', async (router) => {
	const { uplink } = await target(router);
	const page = await router.enter();
	await open(page, router.url, UPLINKS);
	await page.locator(`#cbi-grange-uplinkd-${uplink} .cbi-button-edit`).click();
	const field = page.locator(`.modal [id="widget.cbid.grange-uplinkd.${uplink}.weight"]`);
	await field.fill('heavy');
	await field.blur();
	await page.locator('.modal .cbi-input-invalid').first().waitFor({ timeout: 5000 });
	await shot(page, 'settings-refused');
});

test('a change of an uplink is applied, confirmed and in force, and so is its way back', async (router) => {
	const { uplink, before, other } = await target(router);
	const page = await router.enter();
	for (const [step, wanted] of [['changed', String(other)], ['back', before.file ?? '']]) {
		await type(page, router.url, uplink, wanted);
		await applying(page);
		const start = performance.now();
		await until('the daemon goes by it', 30, async () => (await router.weight(uplink)).daemon == (wanted || (before.daemon ?? 10)));
		const took = seconds(start);
		if (step == 'changed')
			await shot(page, 'settings-applying');
		// LuCI confirms by itself, and says so by taking its notice away.
		await until('LuCI has confirmed', 60, async () => (await router.raw(router.session, 'uci', 'changes', { config: 'grange-uplinkd' }))[0] == 0 &&
			!await page.locator('body.modal-overlay-active').count());
		assert.equal((await router.weight(uplink)).file, wanted || null);
		console.log(`#   weight of ${uplink} ${step}: in force ${took.toFixed(1)} s after it was applied`);
		assert.deepEqual(page.faults, []);
	}
	// Long enough for a rollback that was not called off.
	await sleep(3000);
	assert.equal((await router.weight(uplink)).file, before.file);
});

test(`a change whose browser is closed is taken back after ${ROLLBACK_S} s or more`, async (router) => {
	const { uplink, before, other } = await target(router);
	const page = await router.enter();
	await type(page, router.url, uplink, other);
	await applying(page);
	const start = performance.now();
	await page.context().browser().close();
	await until('the change is in the file', 20, async () => (await router.weight(uplink)).file == String(other));
	await until('the daemon goes by it', 20, async () => (await router.weight(uplink)).daemon == other);
	while ((await router.weight(uplink)).file == String(other)) {
		assert.ok(seconds(start) < ROLLBACK_S + 60, 'it is not taken back');
		await sleep(500);
	}
	const took = seconds(start);
	await until('the daemon goes by the old weight', 30, async () => (await router.weight(uplink)).daemon == before.daemon);
	assert.equal((await router.weight(uplink)).file, before.file);
	console.log(`#   taken back ${took.toFixed(1)} s after the browser was closed`);
	assert.ok(took >= ROLLBACK_S - 1, `after ${took} s already`);
});

// ---- scripts

test('clients written in Python by others call our objects', async (router) => {
	const { stdout } = await promisify(execFile)(process.env.DEVICE_PYTHON ?? 'python3', [join(here, 'clients.py'), router.url, router.user], {
		env: { ...process.env, DEVICE_PASSWORD: router.password }, timeout: 120000
	}).catch((error) => assert.fail(`${error.stdout ?? ''}${error.stderr ?? error.message}`));
	for (const line of stdout.trim().split('\n'))
		console.log(`#   ${line}`);
});

// ----

const chosen = tests.filter(({ name }) => !options.only || options.only.some((words) => name.includes(words)));
if (options.list) {
	chosen.forEach(({ name }) => console.log(name));
	process.exit(0);
}
if (positionals.length != 1 || !options['password-file']) {
	console.error('usage: tests/device/run URL --password-file FILE; `tests/device/run --help` tells more');
	process.exit(2);
}
await mkdir(options.screenshots, { recursive: true });
const password = await firstLine(options['password-file']);
const count = { passed: 0, failed: 0, skipped: 0 };
for (const { name, body } of chosen) {
	const router = new Router(positionals[0], options.user, password);
	const start = performance.now();
	try {
		await router.login();
		await body(router);
		count.passed++;
		console.log(`ok     ${name} (${seconds(start).toFixed(1)} s)`);
	} catch (error) {
		count[error instanceof Skipped ? 'skipped' : 'failed']++;
		console.log(error instanceof Skipped ? `skip   ${name}: ${error.message}` : `FAILED ${name}\n${String(error.stack).replace(/^/gm, '       ')}`);
	} finally {
		await router.atEnd?.().catch((error) => console.log(`       the weight could not be put back: ${error.message}`));
		await router.close();
	}
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed || !count.passed ? 1 : 0);
