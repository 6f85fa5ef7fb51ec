// A stand-in for LuCI in the browser, for tests only: the modules that the pages of this package ask for, with the
// same names and meanings, and replies from fixtures instead of a router. docs/luci-app-grange.md says what it does
// not prove. `window.standIn` is what tests talk to.
(function () {
'use strict';

const standIn = window.standIn = {
	replies: {},        // 'object method' -> reply, or a status number, or a list of them that is used up
	calls: [],          // what was asked for: { object, method, args }
	polls: [], maps: [], uci: {}, translations: {}, untranslated: new Set()
};

// ---- words

window._ = (text) => {
	if (!(text in standIn.translations))
		standIn.untranslated.add(text);
	return standIn.translations[text] ?? text;
};
window.N_ = (count, one, many) => {
	const forms = standIn.translations[`${one}\u0001${many}`] ?? [one, many];
	return forms[count == 1 ? 0 : 1];
};
Object.defineProperty(String.prototype, 'format', {
	value(...args) {
		let next = 0;
		return this.replace(/%(.?)/g, (all, kind) => {
			if (!'%sd'.includes(kind) || kind === '')
				console.error(`not a place of format(): ${this}`);
			return kind == '%' ? '%' : String(args[next++]);
		});
	}
});

// ---- nodes: text in an array becomes a text node, bare text is HTML, as in LuCI

const isNode = (value) => value instanceof Node;
const dom = {
	elem: isNode,
	append(node, children) {
		if (Array.isArray(children))
			// A missing child is the text "null", as in the LuCI of 2026.
			children.forEach((child) => node.appendChild(isNode(child) ? child : document.createTextNode(`${child}`)));
		else if (typeof children == 'function')
			dom.append(node, children(node));
		else if (isNode(children))
			node.appendChild(children);
		else if (children != null) {
			// LuCI makes HTML of it; no page of ours may count on that.
			console.error(`HTML made of a text: ${children}`);
			node.innerHTML = `${children}`;
		}
		return node.lastChild;
	},
	content(node, children) {
		node.replaceChildren();
		return dom.append(node, children);
	},
	attr(node, attributes) {
		for (const [key, value] of Object.entries(attributes ?? {}))
			if (typeof value == 'function')
				node.addEventListener(key, value);
			else if (value != null)
				node.setAttribute(key, value);
	},
	create(tag, attributes, children) {
		if (!(attributes instanceof Object) || Array.isArray(attributes) || isNode(attributes))
			[attributes, children] = [null, attributes];
		if (Array.isArray(tag)) {
			const fragment = document.createDocumentFragment();
			dom.append(fragment, tag);
			return fragment;
		}
		const node = isNode(tag) ? tag : document.createElement(tag);
		dom.attr(node, attributes);
		dom.append(node, children);
		return node;
	}
};
const E = window.E = dom.create;

// ---- classes and modules

class Base {
	static extend(properties) {
		const Class = class extends this {};
		for (const [key, value] of Object.entries(properties))
			Object.defineProperty(Class.prototype, key, { value, writable: true, configurable: true });
		return Class;
	}
	super(method, args) {
		const own = Object.getPrototypeOf(Object.getPrototypeOf(this));
		return own[method].apply(this, args);
	}
}

class View extends Base {
	load() {}
	render() {}
	handleSave() {
		return Promise.all(standIn.maps.map((map) => map.save()));
	}
	handleSaveApply() {
		return this.handleSave().then(() => ui.changes.apply(true));
	}
	handleReset() {
		return Promise.all(standIn.maps.map((map) => map.reset()));
	}
	addFooter() {
		const button = (kind, label, name) => this[name] == null ? ''
			: E('button', { class: `cbi-button cbi-button-${kind}`, click: ui.createHandlerFn(this, name) }, [label]);
		return E('div', { class: 'cbi-page-actions' }, [
			button('apply', 'Save & Apply', 'handleSaveApply'), button('save', 'Save', 'handleSave'), button('reset', 'Reset', 'handleReset')
		]);
	}
}

const STATUS = { 2: 'Invalid argument', 3: 'Method not found', 4: 'Resource not found', 6: 'Permission denied', 7: 'Request timeout' };

const rpc = {
	declare({ object, method, params = [], expect, reject }) {
		return async (...values) => {
			const args = {};
			params.forEach((name, index) => {
				if (values[index] !== undefined)
					args[name] = values[index];
			});
			standIn.calls.push({ object, method, args });
			let reply = standIn.replies[`${object} ${method}`];
			if (Array.isArray(reply))
				reply = reply.length > 1 ? reply.shift() : reply[0];
			if (typeof reply == 'function')
				reply = reply(args);
			// Nobody serves the object: that is said apart from the statuses of those who do.
			if (reply === undefined && reject)
				throw Object.assign(new Error(`RPC call to ${object}/${method} failed with error -32000: Object not found`), { name: 'RPCError' });
			if (reply === undefined)
				reply = 4;
			if (typeof reply == 'number' && reject)
				throw Object.assign(new Error(`RPC call to ${object}/${method} failed with ubus code ${reply}: ${STATUS[reply] ?? 'Unknown error'}`), { name: 'RPCError' });
			const [[key, fallback]] = Object.entries(expect ?? { '': undefined });
			if (typeof reply == 'number')
				return expect ? fallback : reply;
			reply = structuredClone(reply);
			const value = key === '' ? reply : reply[key];
			return value === undefined || (fallback != null && typeof value != typeof fallback) ? fallback : value;
		};
	}
};

const poll = {
	add(fn, seconds = 5) {
		standIn.polls.push({ fn, seconds });
		return true;
	},
	remove(fn) {
		standIn.polls = standIn.polls.filter((entry) => entry.fn !== fn);
	},
	start() {}, stop() {}, active: () => true
};
standIn.tick = () => Promise.all(standIn.polls.map((entry) => entry.fn()));

const ui = {
	createHandlerFn(context, handler, ...args) {
		const fn = typeof handler == 'string' ? context[handler] : handler;
		return async (event) => {
			const button = event.currentTarget;
			button.disabled = true;
			try {
				return await fn.call(context, ...args, event);
			}
			finally {
				button.disabled = false;
			}
		};
	},
	addNotification(title, children, ...classes) {
		document.querySelector('#notes').appendChild(E('div', { class: `alert-message ${classes.join(' ')}` }, [title ? E('h4', {}, [title]) : '', ...[children].flat()]));
	},
	showModal(title, children, ...classes) {
		ui.hideModal();
		document.body.appendChild(E('div', { id: 'modal_overlay' }, [
			E('div', { class: `modal ${classes.join(' ')}` }, [E('h4', {}, [title]), ...[children].flat()])
		]));
	},
	hideModal() {
		document.querySelector('#modal_overlay')?.remove();
	},
	changes: {
		apply() {
			standIn.calls.push({ object: 'uci', method: 'apply', args: { rollback: true, timeout: L.env.apply_rollback } });
		}
	}
};

const uci = {
	load: (config) => Promise.resolve(standIn.uci[config] ??= {}),
	sections: (config, type) => Object.values(standIn.uci[config] ?? {}).filter((section) => type == null || section['.type'] == type),
	get: (config, sid, option) => standIn.uci[config]?.[sid]?.[option],
	set(config, sid, option, value) {
		standIn.uci[config][sid][option] = value;
	},
	unset(config, sid, option) {
		delete standIn.uci[config][sid][option];
	},
	add(config, type, name) {
		const sid = name ?? `new${Object.keys(standIn.uci[config]).length}`;
		standIn.uci[config][sid] = { '.type': type, '.name': sid, '.anonymous': name == null };
		return sid;
	},
	remove(config, sid) {
		delete standIn.uci[config][sid];
	}
};

const builtIn = { baseclass: Base, view: View, dom, rpc, poll, ui, uci };
const loaded = {};
standIn.builtIn = builtIn;

async function load(name) {
	if (builtIn[name])
		return builtIn[name];
	loaded[name] ??= (async () => {
		const path = `/luci-static/resources/${name.replaceAll('.', '/')}.js`;
		const reply = await fetch(path);
		if (!reply.ok)
			throw new Error(`${path}: ${reply.status}`);
		const source = await reply.text();
		const wanted = [...source.matchAll(/^'require ([\w.]+)(?: as (\w+))?';$/gm)];
		const names = wanted.map(([all, module, alias]) => alias ?? module.replace(/[^A-Za-z0-9_]/g, '_'));
		const modules = await Promise.all(wanted.map(([all, module]) => load(module)));
		const Class = new Function(...names, `${source}\n//# sourceURL=${path}`)(...modules);
		return new Class();
	})();
	return loaded[name];
}

window.L = {
	env: { apply_rollback: 90, pollinterval: 5, sessionid: '0'.repeat(32), resource: '/luci-static/resources' },
	require: load,
	resource: (...parts) => `/luci-static/resources/${parts.join('/')}`,
	url: (...parts) => `/cgi-bin/luci/${parts.join('/')}`,
	resolveDefault: (value, fallback) => Promise.resolve(value).catch(() => fallback),
	bind: (fn, self, ...args) => fn.bind(self, ...args),
	toArray: (value) => (value == null ? [] : typeof value == 'object' ? [value].flat() : String(value).split(/\s+/).filter((word) => word)),
	hasViewPermission: () => standIn.mayWrite ?? true
};

// A page asks for its style sheet when it is loaded; what is measured is a page that has it.
const styled = () => Promise.all([...document.querySelectorAll('link[rel=stylesheet]')].map((link) => link.sheet ?? new Promise((done) => {
	link.onload = link.onerror = done;
})));

// A page: the view's nodes below its menu's tabs, then everything it polls, once.
standIn.open = async (name) => {
	const view = await load(name);
	const nodes = view.render(await view.load());
	const place = document.querySelector('#view');
	place.replaceChildren();
	dom.append(place, [await nodes, view instanceof View && typeof view.addFooter == 'function' ? view.addFooter() : '']);
	await standIn.tick();
	await styled();
	return true;
};

// A card of the status overview.
standIn.card = async (name) => {
	const card = await load(name);
	dom.content(document.querySelector('#view'), [
		E('div', { class: 'cbi-section' }, [E('h3', {}, [card.title]), await card.load().then((data) => card.render(data)) ?? ''])
	]);
	await styled();
};
})();
