'use strict';
'require view';
'require grange.data as data';
'require grange.show as show';
'require grange.words as words';

const ICONS = {
	good: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18m-4 9.5 3 3 5.5-6.5',
	fair: 'M12 4 3 20h18L12 4m0 6v5m0 2v.5',
	poor: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 8.5l7 7m0-7-7 7',
	idle: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12h8'
};

function answer({ tone, title, more }) {
	return E('div', { class: `grange-answer grange-${tone}`, role: 'status' }, [
		show.svg('svg', { viewBox: '0 0 24 24', width: 48, height: 48, 'aria-hidden': 'true' }, [
			show.svg('path', { d: ICONS[tone], fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' })
		]),
		E('div', {}, [E('strong', {}, title), ...more.map((line) => E('p', {}, [line].flat()))])
	]);
}

function uplinkCard(uplink) {
	return E('div', { class: 'grange-card' }, [
		E('div', { class: 'grange-title' }, [E('strong', {}, [show.name(uplink.name), uplink.family == 'ipv6' ? ' IPv6' : '']), show.state(uplink.state)]),
		E('div', { class: 'grange-facts' }, [
			show.fact(_('Down'), show.rate(uplink.down_bytes_per_s == null ? null : 8 * uplink.down_bytes_per_s)),
			show.fact(_('Up'), show.rate(uplink.up_bytes_per_s == null ? null : 8 * uplink.up_bytes_per_s)),
			show.fact(_('Round trip'), show.microseconds(uplink.rtt_us)),
			show.fact(_('Loss'), show.permille(uplink.loss_permille))
		]),
		show.bar(uplink.share_permille / 10, _('%s of new connections').format(show.permille(uplink.share_permille)))
	]);
}

function neighbourRow(neighbour) {
	const quality = show.quality(neighbour.cost);
	return [
		show.router(neighbour.router_id || neighbour.address, neighbour.name),
		show.name(neighbour.interface),
		show.bar(quality.percent, neighbour.state == 'up' ? quality.word : show.stateWord(neighbour.state), quality.tone),
		_('%s ago').format(show.duration(neighbour.last_hello_ms))
	];
}

return view.extend({
	load() {
		show.css();
	},

	content(status) {
		const more = status.neighbours_total - status.neighbours.length;
		return [
			answer(words.connection(status)),
			...words.problems(status),
			status.uplinks.length ? show.section(_('Uplinks'), [E('div', { class: 'grange-cards' }, status.uplinks.map(uplinkCard))]) : '',
			status.router == null ? '' : show.section(_('Neighbours'), [
				show.table([_('Router'), _('Interface'), _('Quality'), _('Last heard')], status.neighbours.map(neighbourRow),
					_('Nobody is heard. Is the mesh interface up, and is another router near?')),
				more > 0 ? E('p', {}, [_('and %s more').format(more)]) : ''
			]),
			show.section(_('What changed lately'), [words.events(status.events)])
		];
	},

	render() {
		return E('div', { class: 'grange-page' }, [
			E('h2', {}, [_('Grange')]),
			show.live(3, () => data.status(), (status) => this.content(status), (error) => words.failure(error))
		]);
	},

	handleSave: null,
	handleSaveApply: null,
	handleReset: null
});
