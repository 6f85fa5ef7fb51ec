'use strict';
'require baseclass';
'require form';
'require rpc';

const callDevices = rpc.declare({
	object: 'luci-rpc',
	method: 'getNetworkDevices',
	expect: { '': {} }
});

// A validate function asks for what stands beside its option by `this.section.formvalue(section_id, NAME)`: the dialog of a
// table has copies of the options, and those that the page has made are not drawn.
return baseclass.extend({
	// An option with what else it has: validate, placeholder, modalonly, ..., its values, and the conditions (one of
	// which must hold) to be shown at all.
	add(section, kind, name, title, description, more) {
		return this.finish(section.option(kind, name, title, description), more);
	},

	// The same for the tabs of a section: a function (tab, kind, name, title, description, more).
	inTabs(section) {
		return (tab, kind, name, title, description, more) =>
			this.finish(section.taboption(tab, kind, name, title, description), more);
	},

	// A table of the sections of a type, with a button to add one, and what else it has: anonymous, sortable, addbtntitle, ...
	grid(map, type, title, description, more) {
		return Object.assign(map.section(form.GridSection, type, title, description),
			{ addremove: true, nodescriptions: true, modaltitle: (name) => `${title}: ${name}`, ...more });
	},

	// The kernel's devices, as values of an option.
	devices() {
		return L.resolveDefault(callDevices(), {}).then((found) => Object.keys(found).sort().map((name) => [name, name]));
	},

	// How much a daemon says in the system log.
	logLevel(at, tab) {
		return at(tab, form.ListValue, 'log_level', _('Log'), null, {
			default: 'info',
			values: [['error', _('errors')], ['warn', _('warnings')], ['info', _('what happens')], ['debug', 'debug'], ['trace', 'trace']]
		});
	},

	finish(option, more) {
		const { depends, values, unset, ...rest } = more ?? {};
		Object.assign(option, rest);
		for (const [value, label] of values ?? [])
			option.value(value, label);
		for (const condition of depends ?? [])
			option.depends(condition);
		// In a table: the words of a choice rather than what is in the file, and what holds where nothing is: what `unset` says of
		// that section, or the placeholder.
		const plain = option.textvalue;
		const words = option instanceof form.ListValue && new Map(values);
		option.textvalue = function(section_id) {
			const value = this.cfgvalue(section_id) ?? this.default ?? (words ? '' : null);
			const instead = value == null ? unset?.(section_id) ?? rest.placeholder : null;
			return words && words.has(value) ? words.get(value) : instead ?? plain.call(this, section_id);
		};
		return option;
	}
});
