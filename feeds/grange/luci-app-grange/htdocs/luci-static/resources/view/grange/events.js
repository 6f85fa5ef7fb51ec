'use strict';
'require view';
'require grange.data as data';
'require grange.show as show';
'require grange.words as words';

const PAGE = 50;

return view.extend({
	offset: 0,

	load() {
		show.css();
	},

	render() {
		const place = show.live(5, () => data.events(PAGE, this.offset), ({ events, total, more }) => {
			const turn = (label, step, possible) => E('button', {
				class: 'btn cbi-button', disabled: possible ? null : '',
				click: () => {
					this.offset = Math.max(0, this.offset + step);
					return place.again();
				}
			}, [label]);
			return [
				E('p', {}, [_('%s to %s of %s, newest first. The router keeps the last 200 while it runs.')
					.format(Math.min(this.offset + 1, total), this.offset + events.length, total)]),
				words.events(events),
				E('div', { class: 'grange-buttons' }, [turn(_('Newer'), -PAGE, this.offset > 0), turn(_('Older'), PAGE, more)])
			];
		}, (error) => words.failure(error));
		return E('div', { class: 'grange-page' }, [E('h2', {}, [_('Events')]), place]);
	},

	handleSave: null,
	handleSaveApply: null,
	handleReset: null
});
