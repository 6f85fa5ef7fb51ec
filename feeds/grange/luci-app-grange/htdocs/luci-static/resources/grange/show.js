'use strict';
'require baseclass';
'require poll';

// How the pages show things. Names come from strangers: they are cleaned and capped here, and every element is made
// with its children in an array, which makes text of them and never HTML.

const SVG = 'http://www.w3.org/2000/svg';
const LONGEST_NAME = 40;

// Control characters (with them escape sequences of terminals), and marks that turn the direction of what follows.
const TRICKS = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

const STATES = {
	up: ['good', () => _('works')],
	degraded: ['fair', () => _('works badly')],
	captive: ['fair', () => _('wants a login')],
	down: ['poor', () => _('dead')],
	drained: ['idle', () => _('taken out of use')],
	capped: ['idle', () => _('quota used up')],
	init: ['idle', () => _('being looked at')],
	'one-way': ['fair', () => _('heard, but does not hear us')],
	suspect: ['fair', () => _('does not answer')],
	lost: ['poor', () => _('lost')]
};

return baseclass.extend({
	css() {
		if (!document.querySelector('link[href$="/grange/style.css"]'))
			document.head.appendChild(E('link', { rel: 'stylesheet', href: L.resource('grange/style.css') }));
	},

	clean(text) {
		return [...String(text ?? '').slice(0, 4 * LONGEST_NAME).replace(TRICKS, '\ufffd')];
	},

	// At most so many characters of a name, as text.
	short(text, most) {
		const letters = this.clean(text);
		return letters.length > most ? `${letters.slice(0, most - 1).join('')}\u2026` : letters.join('');
	},

	// A name that cannot turn what stands beside it.
	name(text) {
		return E('bdi', {}, [this.short(text, LONGEST_NAME) || '-']);
	},

	// A router by its name, else by its router-id.
	router(id, name) {
		return E('bdi', { title: this.short(id, 64) }, [this.short(name || id, LONGEST_NAME) || '-']);
	},

	// A few letters for a map: the end of a router-id is what differs.
	label({ id, label }) {
		if (label)
			return this.short(label, 16);
		const groups = String(id ?? '').split('%')[0].split(':');
		return this.short(groups.length > 3 ? groups.slice(-3).join(':') : id, 16);
	},

	number(value) {
		const parsed = Number(value ?? NaN);
		return Number.isFinite(parsed) ? parsed : null;
	},

	// In the largest of units, each a thousand times the one before, that leaves 1 or more; with a tenth below `whole`.
	inUnits(value, whole, units) {
		let amount = this.number(value);
		if (amount == null)
			return '-';
		let unit = 0;
		for (; amount >= 1000 && unit < units.length - 1; unit++)
			amount /= 1000;
		return `${unit && amount < whole ? amount.toFixed(1) : Math.round(amount)} ${units[unit]}`;
	},

	bytes(value) {
		return this.inUnits(value, 100, ['B', 'KB', 'MB', 'GB', 'TB', 'PB']);
	},

	rate(bits) {
		return this.inUnits(bits, 10, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s']);
	},

	duration(ms) {
		const s = Math.floor((this.number(ms) ?? NaN) / 1000);
		if (Number.isNaN(s))
			return '-';
		if (s < 120)
			return _('%s s').format(s);
		if (s < 7200)
			return _('%s min').format(Math.floor(s / 60));
		if (s < 172800)
			return _('%s h %s min').format(Math.floor(s / 3600), Math.floor(s % 3600 / 60));
		return _('%s d %s h').format(Math.floor(s / 86400), Math.floor(s % 86400 / 3600));
	},

	milliseconds(value) {
		const ms = this.number(value);
		return ms == null ? '-' : `${ms > 0 && ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
	},

	microseconds(value) {
		const us = this.number(value);
		return this.milliseconds(us == null ? null : us / 1000);
	},

	permille(value) {
		const part = this.number(value);
		return part == null ? '-' : `${(part / 10).toFixed(part % 10 && part < 100 ? 1 : 0)} %`;
	},

	money(cents) {
		const amount = this.number(cents) ?? 0;
		return `${amount < 0 ? '\u2212' : ''}${Math.floor(Math.abs(amount) / 100)}.${String(Math.abs(amount) % 100).padStart(2, '0')}`;
	},

	// How good a link of this cost is: its tone, a part of 100 and a word. A radio that loses nothing costs 256.
	quality(cost) {
		if (cost == null)
			return { tone: 'poor', percent: 0, word: _('lost') };
		const percent = Math.max(5, Math.min(100, Math.round(25600 / Math.max(cost, 256))));
		const tone = cost <= 384 ? 'good' : cost <= 768 ? 'fair' : 'poor';
		return { tone, percent, word: { good: _('good'), fair: _('fair'), poor: _('poor') }[tone] };
	},

	stateTone: (state) => STATES[state]?.[0] ?? 'idle',
	stateWord(state) {
		return STATES[state]?.[1]() ?? this.short(state, 20);
	},

	badge(tone, text) {
		return E('span', { class: `grange-badge grange-${tone}` }, [text]);
	},

	state(state) {
		return this.badge(this.stateTone(state), this.stateWord(state));
	},

	bar(percent, text, tone) {
		return E('div', { class: `grange-bar grange-${tone ?? 'plain'}` }, [
			E('div', { style: `width:${Math.max(0, Math.min(100, this.number(percent) ?? 0))}%` }), E('span', {}, [text])
		]);
	},

	// Rows are lists of texts and nodes, each for one of the titles; on a narrow screen each row becomes a block.
	table(titles, rows, nothing) {
		const body = rows.map((row) => E('tr', { class: 'tr' }, row.map((cell, index) =>
			E('td', { class: 'td', 'data-title': titles[index] }, [cell]))));
		if (rows.length == 0)
			body.push(E('tr', { class: 'tr placeholder' }, [E('td', { class: 'td', colspan: titles.length }, [E('em', {}, [nothing])])]));
		return E('table', { class: 'table grange-table' }, [
			E('tr', { class: 'tr table-titles' }, titles.map((title) => E('th', { class: 'th' }, [title]))), ...body
		]);
	},

	section(title, children) {
		return E('div', { class: 'cbi-section' }, [title == null ? '' : E('h3', {}, [title]), ...children]);
	},

	// A place with what `draw` makes of what `ask` gives, now and every few seconds; `failed` makes a node of an error.
	// What has the focus and a `data-key` keeps it.
	live(seconds, ask, draw, failed) {
		const place = E('div', {}, [E('em', { class: 'spinning' }, [_('Asking the router...')])]);
		place.again = () => ask().then(draw, (error) => [failed(error)]).then((nodes) => {
			const key = place.contains(document.activeElement) ? document.activeElement.dataset?.key : null;
			place.replaceChildren(...nodes.filter((node) => node != null));
			if (key != null)
				[...place.querySelectorAll('[data-key]')].find((node) => node.dataset.key == key)?.focus();
		});
		poll.add(place.again, seconds);
		return place;
	},

	// What is wrong, and what to do about it.
	problem(tone, title, advice, actions) {
		return E('div', { class: `grange-problem grange-${tone}`, role: 'status' }, [
			E('strong', {}, [title].flat()), E('p', {}, [advice].flat()), ...actions ?? []
		]);
	},

	fact(title, value) {
		return E('div', { class: 'grange-fact' }, [E('span', {}, [title]), E('strong', {}, [value].flat())]);
	},

	button(label, kind, click) {
		return E('button', { class: `btn cbi-button cbi-button-${kind}`, type: 'button', click, disabled: L.hasViewPermission() ? null : '' }, [label]);
	},

	// A list to choose from: [[value, label], ...].
	choice(choices, chosen, change) {
		return E('select', { class: 'cbi-input-select', change: (event) => change(event.target.value) }, choices.map(([value, label]) =>
			E('option', { value, selected: value == chosen ? '' : null }, [label])));
	},

	svg(tag, attributes, children) {
		const node = document.createElementNS(SVG, tag);
		for (const [name, value] of Object.entries(attributes ?? {}))
			if (typeof value == 'function')
				node.addEventListener(name, value);
			else if (value != null)
				node.setAttribute(name, value);
		for (const child of children ?? [])
			if (child != null)
				node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
		return node;
	}
});
