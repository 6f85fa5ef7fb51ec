'use strict';
'require baseclass';
'require grange.data as data';
'require grange.show as show';
'require grange.words as words';

return baseclass.extend({
	title: _('Grange'),

	load() {
		show.css();
		// Without grange-rpcd, or without the right to ask it, there is no card.
		return L.resolveDefault(data.status(), null);
	},

	render(status) {
		if (status == null)
			return null;
		const { tone, title, more } = words.connection(status);
		const wrong = words.problems(status).length;
		return E('div', { class: 'grange-page' }, [
			E('div', { class: `grange-problem grange-${tone}` }, [
				E('strong', {}, title),
				...more.slice(-2).map((line) => E('p', {}, [line].flat())),
				E('p', {}, [
					_('%s neighbours').format(status.neighbours_total), '. ',
					wrong ? `${N_(wrong, '%s thing needs you.', '%s things need you.').format(wrong)} ` : '',
					E('a', { href: L.url('admin/status/grange') }, [_('More')])
				])
			])
		]);
	}
});
