'use strict';
'require baseclass';
'require form';

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
		// In a table: the words of a choice rather than what is in the file, and what holds where nothing is.
		const plain = option.textvalue;
		const words = option instanceof form.ListValue && new Map(values);
		option.textvalue = function(section_id) {
			const value = this.cfgvalue(section_id) ?? this.default ?? (words ? '' : null);
			return words && words.has(value) ? words.get(value) : (value != null || rest.placeholder == null) ? plain.call(this, section_id) : rest.placeholder;
		};
		return option;
	}
});
