// The part of the stand-in that is LuCI's form module: sections and options of a configuration file, drawn simply.
(function () {
'use strict';

const { uci, ui, dom } = window.standIn.builtIn;

class Option {
	constructor(section, name, title, description) {
		Object.assign(this, { section, name, title, description, choices: [], conditions: [], rmempty: true, inputs: {} });
	}
	value(key, label) {
		this.choices.push([key, label ?? key]);
	}
	depends(condition, value) {
		this.conditions.push(typeof condition == 'string' ? { [condition]: value } : condition);
	}
	cfgvalue(sid) {
		return uci.get(this.section.map.config, sid, this.name);
	}
	// Of an option that is not drawn for that section there is none, as in LuCI.
	formvalue(sid) {
		return this.inputs[sid]?.read() ?? null;
	}
	textvalue(sid) {
		const value = this.cfgvalue(sid) ?? this.default;
		return value == null ? null : [value].flat().join(', ');
	}
	isActive(sid) {
		const holds = (condition) => Object.entries(condition).every(([name, value]) =>
			(this.section.find(name)?.formvalue(sid) ?? '0') == value);
		return this.conditions.length == 0 || this.conditions.some(holds);
	}
	// Every text that is wrong, with its reason.
	problems(sid) {
		const texts = [this.formvalue(sid) ?? ''].flat();
		const checked = texts.map((text) => (this.validate ? this.validate(sid, text) : true));
		if (!this.rmempty && texts.every((text) => text === ''))
			checked.push('Expecting: non-empty value');
		return checked.filter((verdict) => verdict !== true);
	}
	render(sid) {
		const input = this.inputs[sid] = this.widget(this.cfgvalue(sid) ?? this.default ?? '');
		const error = window.E('div', { class: 'cbi-error' });
		const row = window.E('div', { class: 'cbi-value', 'data-name': this.name }, [
			window.E('label', { class: 'cbi-value-title' }, [this.title]),
			window.E('div', { class: 'cbi-value-field' }, [
				input.node, this.description ? window.E('div', { class: 'cbi-value-description' }, [this.description]) : '', error
			])
		]);
		input.show = () => {
			row.style.display = this.isActive(sid) ? '' : 'none';
		};
		row.addEventListener('input', () => {
			const [first] = this.problems(sid);
			dom.content(error, [first ?? '']);
			row.classList.toggle('cbi-input-invalid', first != null);
			this.section.options.forEach((option) => option.inputs[sid]?.show());
		});
		return row;
	}
	isLeftOut() {
		return false;
	}
	save(sid) {
		const value = this.formvalue(sid);
		const empty = value == null || value === '' || (Array.isArray(value) && value.length == 0);
		if (!this.inputs[sid])
			return;
		if (empty || !this.isActive(sid) || this.isLeftOut(value))
			uci.unset(this.section.map.config, sid, this.name);
		else if (JSON.stringify(value) != JSON.stringify(this.cfgvalue(sid) ?? this.default))
			uci.set(this.section.map.config, sid, this.name, value);
	}
}

class Value extends Option {
	widget(value) {
		const node = window.E('input', { class: 'cbi-input-text', type: this.password ? 'password' : 'text', value, placeholder: this.placeholder });
		return { node, read: () => node.value };
	}
}

class Flag extends Option {
	constructor(...args) {
		super(...args);
		this.default = '0';
	}
	// A switch that stands as it would without its option loses the option, as in LuCI.
	isLeftOut(value) {
		return value == this.default && this.rmempty;
	}
	textvalue(sid) {
		return (this.cfgvalue(sid) ?? this.default) == '1' ? 'Yes' : 'No';
	}
	widget(value) {
		const node = window.E('input', { type: 'checkbox' });
		node.checked = value == '1';
		return { node, read: () => (node.checked ? '1' : '0') };
	}
}

class ListValue extends Option {
	widget(value) {
		const node = window.E('select', { class: 'cbi-input-select' }, this.choices.map(([key, label]) =>
			window.E('option', { value: key, selected: key == value ? '' : null }, [label])));
		return { node, read: () => node.value };
	}
}

class DynamicList extends Option {
	widget(value) {
		const texts = [value].flat().filter((text) => text !== '');
		const node = window.E('div', { class: 'cbi-dynlist' });
		const add = (text) => node.appendChild(window.E('input', { type: 'text', class: 'cbi-input-text', value: text, placeholder: this.placeholder }));
		[...texts, ''].forEach(add);
		return { node, read: () => [...node.children].map((child) => child.value).filter((text) => text !== '') };
	}
}

class MultiValue extends Option {
	widget(value) {
		const node = window.E('select', { class: 'cbi-input-select', multiple: '' }, this.choices.map(([key, label]) =>
			window.E('option', { value: key, selected: [value].flat().includes(key) ? '' : null }, [label])));
		return { node, read: () => [...node.selectedOptions].map((option) => option.value) };
	}
}

class Section {
	constructor(map, type, title, description) {
		Object.assign(this, { map, type, title, description, options: [], tabs: [] });
	}
	tab(name, title) {
		this.tabs.push({ name, title });
	}
	option(Kind, name, title, description) {
		const option = new Kind(this, name, title, description);
		this.options.push(option);
		return option;
	}
	taboption(tab, ...args) {
		if (!this.tabs.some(({ name }) => name == tab))
			throw new ReferenceError(`Associated tab not declared: ${tab}`);
		return Object.assign(this.option(...args), { tab });
	}
	find(name) {
		return this.options.find((option) => option.name == name);
	}
	formvalue(sid, name) {
		return this.find(name)?.formvalue(sid) ?? null;
	}
	sids() {
		return uci.sections(this.map.config, this.type).map((section) => section['.name']);
	}
	// The options of one section of the file, below their tabs.
	fields(sid) {
		const panes = this.tabs.map(({ name, title }) => [title, this.options.filter((option) => option.tab == name)]);
		const all = panes.length ? panes : [['', this.options]];
		const bodies = all.map(([, options]) => window.E('div', {}, options.map((option) => option.render(sid))));
		const menu = window.E('ul', { class: 'cbi-tabmenu' }, panes.map(([title], index) => window.E('li', {
			class: 'cbi-tab-disabled',
			click: () => [...menu.children].forEach((item, other) => {
				item.className = other == index ? 'cbi-tab' : 'cbi-tab-disabled';
				bodies[other].style.display = other == index ? '' : 'none';
			})
		}, [window.E('a', {}, [title])])));
		menu.firstChild?.click();
		this.options.forEach((option) => option.inputs[sid].show());
		return [panes.length ? menu : '', ...bodies];
	}
	render() {
		return window.E('div', { class: 'cbi-section', 'data-type': this.type }, [
			window.E('h3', {}, [this.title]),
			this.description ? window.E('div', { class: 'cbi-section-descr' }, [this.description]) : '',
			...this.content()
		]);
	}
	content() {
		return this.sids().map((sid) => window.E('div', { class: 'cbi-section-node' }, this.fields(sid)));
	}
}

class GridSection extends Section {
	content() {
		const shown = this.options.filter((option) => !option.modalonly);
		const row = (sid) => window.E('tr', { class: 'tr cbi-section-table-row', 'data-title': this.anonymous ? null : sid }, [
			this.anonymous ? '' : window.E('td', { class: 'td' }, [window.E('strong', {}, [sid])]),
			...shown.map((option) => window.E('td', { class: 'td', 'data-title': option.title }, [option.textvalue(sid) ?? window.E('em', {}, ['none'])])),
			window.E('td', { class: 'td cbi-section-actions' }, [
				window.E('button', { class: 'cbi-button cbi-button-edit', click: () => this.edit(sid) }, ['Edit'])
			])
		]);
		return [
			window.E('table', { class: 'table cbi-section-table' }, [
				window.E('tr', { class: 'tr table-titles' }, [
					this.anonymous ? '' : window.E('th', { class: 'th' }, ['Name']),
					...shown.map((option) => window.E('th', { class: 'th' }, [option.title])), window.E('th', { class: 'th' }, [])
				]),
				...this.sids().map(row)
			]),
			this.addremove ? window.E('button', { class: 'cbi-button cbi-button-add', click: () => this.edit(uci.add(this.map.config, this.type, this.anonymous ? undefined : 'new')) }, [this.addbtntitle ?? 'Add']) : ''
		];
	}
	// The dialog has copies of the options, as in LuCI: those of the table are not drawn for any section.
	edit(sid) {
		const form = this.map.dialog = new Section(this.map, this.type);
		form.tabs = this.tabs;
		form.options = this.options.map((option) =>
			Object.assign(Object.create(Object.getPrototypeOf(option)), option, { section: form, inputs: {} }));
		const title = typeof this.modaltitle == 'function' ? this.modaltitle(sid) : this.modaltitle ?? sid;
		ui.showModal(title, [...form.fields(sid), window.E('div', { class: 'right' }, [
			window.E('button', { class: 'cbi-button', click: () => ui.hideModal() }, ['Dismiss']),
			window.E('button', {
				class: 'cbi-button cbi-button-save',
				click: () => this.map.save().then(() => ui.hideModal(), (error) => console.log(error.message))
			}, ['Save'])
		])], 'cbi-modal');
	}
}

class FormMap {
	constructor(config, title, description) {
		Object.assign(this, { config, title, description, children: [] });
		window.standIn.maps.push(this);
	}
	section(Kind, ...args) {
		const section = new Kind(this, ...args);
		this.children.push(section);
		return section;
	}
	render() {
		this.node ??= window.E('div', { class: 'cbi-map' });
		dom.content(this.node, [
			window.E('h2', {}, [this.title]), window.E('div', { class: 'cbi-map-descr' }, [this.description]),
			...this.children.map((section) => section.render())
		]);
		return Promise.resolve(this.node);
	}
	reset() {
		return this.render();
	}
	async save() {
		const rendered = [...this.children, ...this.dialog ? [this.dialog] : []].flatMap((section) => section.options.flatMap((option) =>
			Object.keys(option.inputs).filter((sid) => uci.sections(this.config).some((one) => one['.name'] == sid)).map((sid) => [option, sid])));
		const wrong = rendered.flatMap(([option, sid]) => (option.isActive(sid) ? option.problems(sid) : []));
		if (wrong.length)
			throw new TypeError(wrong.join('; '));
		rendered.forEach(([option, sid]) => option.save(sid));
		return this.render();
	}
}

window.standIn.builtIn.form = {
	Map: FormMap, TypedSection: Section, GridSection, Value, Flag, ListValue, DynamicList, MultiValue
};
})();
