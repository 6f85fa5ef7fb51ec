'use strict';
'require view';
'require grange.data as data';
'require grange.graph as graph';
'require grange.show as show';
'require grange.words as words';

const SPANS = () => [['5m', _('5 minutes')], ['1d', _('a day')], ['30d', _('30 days')]];
// As many uplinks have their graphs; more of them would be more than a router should be asked for every few seconds.
const DRAWN = 8;

return view.extend({
	span: '5m',

	load() {
		show.css();
	},

	async ask() {
		const status = await data.uplinks();
		const histories = await Promise.all(status.uplinks.slice(0, DRAWN).map((uplink) =>
			data.history('uplink', uplink.name, uplink.family, this.span).catch(() => null)));
		return { status, histories };
	},

	// `twin`: the load of its device is drawn above already, with the other family.
	graphs(history, twin) {
		if (history == null)
			return [];
		const page = document.querySelector('.grange-page')?.clientWidth ?? 800;
		const columns = page <= 700 ? 1 : twin ? 2 : 3;
		const width = (page - 40 - 15 * (columns - 1)) / columns;
		const one = (title, text, least, ...series) => graph.draw(series, { title, text, width, least });
		return [E('div', { class: 'grange-graphs' }, [
			twin ? '' : one(_('Load'), (value) => show.rate(value), 1000,
				{ name: _('down'), tone: 'accent', points: data.points(history, 'down_bytes_per_s', 8) },
				{ name: _('up'), tone: 'fair', points: data.points(history, 'up_bytes_per_s', 8) }),
			one(_('Round trip'), (value) => show.milliseconds(value), 5, { name: _('now'), tone: 'good', points: data.points(history, 'rtt_us', 0.001) }),
			one(_('Loss'), (value) => `${value.toFixed(value < 10 && value > 0 ? 1 : 0)} %`, 10, { name: _('now'), tone: 'poor', points: data.points(history, 'loss_permille', 0.1) })
		])];
	},

	uplink(uplink, history, devices, twin) {
		const drained = uplink.state == 'drained';
		return E('div', { class: 'grange-card' }, [
			E('div', { class: 'grange-title' }, [
				E('h3', {}, [show.name(uplink.name), ` ${uplink.family == 'ipv6' ? 'IPv6' : 'IPv4'}`]),
				E('span', {}, [show.state(uplink.state), ` ${_('for %s').format(show.duration(uplink.since_ms))}`])
			]),
			E('p', {}, [
				show.short(uplink.why, 200),
				uplink.lost_providers.length ? `; ${_('%s does not answer').format(show.short(uplink.lost_providers.join(', '), 80))}` : ''
			]),
			E('div', { class: 'grange-facts' }, [
				show.fact(_('Device'), [show.name(uplink.device)]),
				show.fact(_('Gateway'), [show.name(uplink.gateway)]),
				show.fact(_('Tier'), String(uplink.tier)),
				show.fact(_('Weight'), String(uplink.weight)),
				show.fact(_('Targets'), `${uplink.targets_alive}/${uplink.targets}`),
				show.fact(_('Round trip'), show.microseconds(uplink.rtt_us)),
				show.fact(_('Loss'), show.permille(uplink.loss_permille)),
				uplink.load_percent == null ? '' : show.fact(_('Full'), `${uplink.load_percent} %`),
				uplink.metered ? show.fact(_('Probes'), show.bytes(uplink.probe_bytes)) : ''
			]),
			E('div', { class: 'grange-cards' }, [
				show.bar(uplink.share_permille / 10, _('%s of new connections').format(show.permille(uplink.share_permille))),
				show.bar(100 * uplink.devices / Math.max(devices, 1), _('%s of %s devices').format(uplink.devices, devices))
			]),
			...this.graphs(history, twin),
			E('div', { class: 'grange-buttons' }, words.uplinkButtons(uplink, [
				...uplink.state == 'captive' ? ['portal'] : [], 'probe', drained ? 'undrain' : 'drain'
			]))
		]);
	},

	rules({ policies, rules }) {
		const live = (policy) => (policy.members.length == 0 ? _('none lives')
			: policy.members.map((member) => `${show.short(member.uplink, 20)} ${show.permille(member.permille)}`).join(', '));
		return [
			show.section(_('Who takes new connections'), [show.table([_('For'), _('Family'), _('Uplinks')], policies.map((policy) => [
				policy.name == 'balanced' ? _('everybody') : show.name(policy.name), policy.family == 'ipv6' ? 'IPv6' : 'IPv4', E('bdi', {}, [live(policy)])
			]), _('No uplink is configured.'))]),
			rules.length == 0 ? '' : show.section(_('Rules'), [show.table([_('Rule'), _('Matches'), _('Uses'), _('Lives')], rules.map((rule) => [
				show.name(rule.name), E('bdi', {}, [show.short(rule.matches, 120)]), show.name(rule.uses), rule.lives ? show.badge('good', _('yes')) : show.badge('poor', _('no'))
			]), '')])
		];
	},

	render() {
		const place = show.live(3, () => this.ask(), ({ status, histories }) => [
			...status.uplinks.map((uplink, index) => this.uplink(uplink, histories[index], status.devices,
				status.uplinks.findIndex(({ device }) => device == uplink.device) < index)),
			status.uplinks.length ? null : E('p', {}, [E('em', {}, [_('No uplink is configured.')])]),
			...this.rules(status)
		], (error) => words.failure(error));
		return E('div', { class: 'grange-page' }, [
			E('div', { class: 'grange-title' }, [E('h2', {}, [_('Uplinks')]), E('label', {}, [_('Graphs over'), ' ', show.choice(SPANS(), this.span, (span) => {
				this.span = span;
				return place.again();
			})])]),
			place
		]);
	},

	handleSave: null,
	handleSaveApply: null,
	handleReset: null
});
