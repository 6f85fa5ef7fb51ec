// Chromium with pages of this package in the stand-in for LuCI. Nothing leaves the machine: every request is answered
// from here, and one that cannot be is noted.
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const tests = dirname(fileURLToPath(import.meta.url));
export const app = dirname(tests);
const { chromium } = createRequire(join(process.env.LUCI_NODE_MODULES ?? process.cwd(), 'x'))('playwright-core');
const ROUTER = 'http://router.test';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync', '--hide-scrollbars'];
const TYPES = { js: 'text/javascript', css: 'text/css', html: 'text/html', json: 'application/json' };

// The entries below a place of the menu, in order: [path, title, view].
export async function menu(parent) {
	const entries = JSON.parse(await readFile(join(app, 'root/usr/share/luci/menu.d/luci-app-grange.json')));
	return Object.entries(entries)
		.filter(([path, entry]) => path.startsWith(`${parent}/`) && entry.action.type == 'view')
		.sort(([, a], [, b]) => a.order - b.order)
		.map(([path, entry]) => ({ path, title: entry.title, view: `view.${entry.action.path.replaceAll('/', '.')}` }));
}

export class Browser {
	static async start() {
		const self = new Browser();
		self.data = await mkdtemp(join(tmpdir(), 'grange-luci-'));
		self.context = await chromium.launchPersistentContext(self.data, {
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS, acceptDownloads: true
		});
		self.strangers = [];
		await self.context.route('**/*', (route) => self.answer(route));
		return self;
	}

	async stop() {
		await this.context.close();
		await rm(this.data, { recursive: true, force: true });
	}

	async answer(route) {
		const url = new URL(route.request().url());
		if (url.origin != ROUTER || !/^\/(luci-static|tests)\/|^\/$/.test(url.pathname)) {
			this.strangers.push(url.href);
			return route.abort();
		}
		if (url.pathname == '/')
			return route.fulfill({ contentType: 'text/html; charset=utf-8', body: SHELL });
		const root = url.pathname.startsWith('/tests/') ? app : join(app, 'htdocs');
		const body = await readFile(join(root, normalize(url.pathname))).catch(() => null);
		if (body == null)
			return route.fulfill({ status: 404, body: '' });
		return route.fulfill({ contentType: TYPES[url.pathname.split('.').pop()] ?? 'text/plain', body });
	}

	// A page with a view in it. `setup`: { replies, uci, translations, mayWrite }; `look`: { dark, width }.
	async open(entry, setup, look = {}) {
		const page = await this.context.newPage();
		page.faults = [];
		page.on('pageerror', (error) => page.faults.push(error.message));
		page.on('console', (message) => message.type() == 'error' && !/404/.test(message.text()) && page.faults.push(message.text()));
		page.on('dialog', (dialog) => (page.faults.push(`a dialog: ${dialog.message()}`), dialog.dismiss()));
		await page.setViewportSize({ width: look.width ?? 1100, height: look.height ?? 800 });
		await page.goto(`${ROUTER}/`);
		await page.evaluate(([setup, look, entry]) => {
			Object.assign(standIn, setup);
			document.documentElement.dataset.darkmode = String(!!look.dark);
			const tabs = (entry.tabs ?? []).map((tab) => E('a', { href: '#', class: tab.view == entry.view ? 'active' : '' }, [_(tab.title)]));
			document.querySelector('nav').append(...tabs);
		}, [setup, look, entry]);
		await page.evaluate(([kind, name]) => (kind == 'card' ? standIn.card(name) : standIn.open(name)), [entry.kind, entry.view]);
		return page;
	}
}

const SHELL = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>LuCI stand-in</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/tests/theme.css">
<script src="/tests/stand-in.js"></script><script src="/tests/stand-in-form.js"></script></head>
<body><header>OpenWrt</header><main><nav></nav><div id="notes"></div><div id="view"></div></main></body></html>`;
