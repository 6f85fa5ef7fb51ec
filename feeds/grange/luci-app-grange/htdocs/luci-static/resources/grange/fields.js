'use strict';
'require baseclass';

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

	finish(option, more) {
		const { depends, values, ...rest } = more ?? {};
		Object.assign(option, rest);
		for (const [value, label] of values ?? [])
			option.value(value, label);
		for (const condition of depends ?? [])
			option.depends(condition);
		return option;
	}
});
