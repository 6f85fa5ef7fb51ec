// The router under test: its JSON-RPC as scripts use it, and a browser that is logged in through LuCI's own page.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { chromium } = createRequire(join(process.env.LUCI_NODE_MODULES ?? process.cwd(), 'x'))('playwright-core');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
	'--disable-sync', '--hide-scrollbars'];
export const NOBODY = '0'.repeat(32);

export class Router {
	constructor(url, user, password) {
		Object.assign(this, { url: url.replace(/\/+$/, ''), user, password, browsers: [] });
	}

	// One call over /ubus/: [status, reply], or ['error', code].
	async raw(session, object, method, args = {}) {
		const response = await fetch(`${this.url}/ubus/`, {
			method: 'POST', headers: { 'Content-Type': 'application/json' }, signal: AbortSignal.timeout(30000),
			body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'call', params: [session, object, method, args] })
		});
		const { result, error } = await response.json();
		return error ? ['error', error.code] : result;
	}

	async login() {
		const [status, reply] = await this.raw(NOBODY, 'session', 'login', { username: this.user, password: this.password });
		assert.equal(status, 0, `${this.user} cannot log in at ${this.url}: is the password right?`);
		this.session = reply.ubus_rpc_session;
	}

	// The reply of a call that must succeed.
	async call(object, method, args) {
		if (!this.session)
			await this.login();
		const [status, reply] = await this.raw(this.session, object, method, args);
		assert.equal(status, 0, `${object} ${method} ${JSON.stringify(args ?? {})}: status ${status} ${JSON.stringify(reply ?? '')}`);
		return reply ?? {};
	}

	// What stands in the file, and what the daemon goes by.
	async weight(uplink) {
		const { value } = await this.call('uci', 'get', { config: 'grange-uplinkd', section: uplink, option: 'weight' }).catch(() => ({}));
		const row = (await this.call('grange.uplink', 'status')).uplinks.find(({ name }) => name == uplink);
		return { file: value ?? null, daemon: row?.weight, share: row?.share_permille };
	}

	// A window of a browser. Pages collect what goes wrong in them: errors of scripts, of requests, and calls that are refused.
	async window({ width = 1100, height = 900, dark = false, locale = 'en-GB' } = {}) {
		const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS });
		this.browsers.push(browser);
		const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale, ignoreHTTPSErrors: true });
		const page = await context.newPage();
		page.faults = [];
		page.on('pageerror', (error) => page.faults.push(`script: ${error.message}`));
		page.on('console', (message) => message.type() == 'error' && !/403|404/.test(message.text()) && page.faults.push(`console: ${message.text()}`));
		page.on('requestfailed', (request) => !/ERR_ABORTED/.test(request.failure()?.errorText) && page.faults.push(`${request.url()}: ${request.failure()?.errorText}`));
		page.on('response', async (response) => {
			if (!response.url().includes('/ubus/'))
				return;
			const asked = [response.request().postDataJSON() ?? []].flat();
			const replies = [await response.json().catch(() => [])].flat();
			replies.forEach((reply, index) => {
				const [, object, method] = asked[index]?.params ?? [];
				if (/^grange/.test(object ?? '') && (reply.error || reply.result?.[0] != 0))
					page.faults.push(`${object} ${method}: ${JSON.stringify(reply.error ?? reply.result)}`);
			});
		});
		return page;
	}

	// The same, logged in as a person does it.
	async enter(look) {
		const page = await this.window(look);
		await page.goto(`${this.url}/cgi-bin/luci/`);
		await page.locator('.modal [name=luci_username], [name=luci_username]:visible').last().fill(this.user);
		await page.locator('[name=luci_password]:visible').last().fill(this.password);
		await Promise.all([page.waitForURL(/cgi-bin\/luci/), page.locator('[name=luci_password]:visible').last().press('Enter')]);
		await page.locator('#topmenu li, #mainmenu li, .nav li').first().waitFor({ state: 'attached', timeout: 30000 });
		page.faults.length = 0;
		return page;
	}

	async close() {
		await Promise.all(this.browsers.map((browser) => browser.close()));
		if (this.session)
			await this.raw(this.session, 'session', 'destroy').catch(() => null);
	}
}

// Opens a page of the menu, and waits until it shows something.
export async function open(page, url, path) {
	await page.goto(`${url}/cgi-bin/luci/${path}`);
	await page.waitForFunction(() => {
		const view = document.querySelector('#view');
		return view && !view.querySelector('.spinning') && view.textContent.trim().length > 20;
	}, null, { timeout: 30000 });
	await page.waitForTimeout(1500);
}
