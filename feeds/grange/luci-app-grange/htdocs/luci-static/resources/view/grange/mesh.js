'use strict';
'require view';
'require grange.data as data';
'require grange.graph as graph';
'require grange.map as map';
'require grange.show as show';
'require grange.words as words';

const SPANS = () => [['5m', _('5 minutes')], ['1d', _('a day')]];

function role(node) {
	return { self: _('this router'), neighbour: _('neighbour'), router: _('behind a neighbour') }[node.role] ?? '';
}

// The metric from this router to each: links lead away from it, and cost what is added.
function metrics({ router_id, links }) {
	const found = new Map([[router_id, 0]]);
	for (let open = [router_id]; open.length > 0;) {
		const from = open.shift();
		for (const { target, cost } of links.filter((link) => link.source == from && !found.has(link.target))) {
			found.set(target, found.get(from) + cost);
			open.push(target);
		}
	}
	return found;
}

return view.extend({
	chosen: null,
	span: '5m',

	load() {
		show.css();
	},

	choose(id) {
		this.chosen = this.chosen == id ? null : id;
		return this.place.again();
	},

	async ask() {
		const topology = await data.topology();
		const router = this.chosen == null ? null : await data.router(this.chosen).catch((error) => ({ error }));
		const neighbour = router?.neighbour?.[0];
		const history = neighbour == null ? null : await data.history('link', neighbour.id, undefined, this.span).catch(() => null);
		return { topology, router, history };
	},

	routers(topology) {
		const metric = metrics(topology);
		const rows = topology.nodes.map((node) => [
			E('a', {
				href: '#', 'data-key': `row ${node.id}`, 'aria-current': node.id == this.chosen ? 'true' : null,
				click: (event) => {
					event.preventDefault();
					return this.choose(node.id);
				}
			}, [show.router(node.id, node.label)]),
			role(node.properties),
			node.properties.role == 'self' ? '' : String(metric.get(node.id) ?? '-'),
			node.properties.gateway ? show.badge('accent', _('Internet')) : ''
		]);
		return show.table([_('Router'), _('Which'), _('Metric'), _('Shares')], rows, _('No router is known.'));
	},

	detail({ topology, router, history }) {
		if (router.error)
			return words.failure(router.error);
		const links = router.links.map((link) => {
			const other = link.source == router.id ? link.target : link.source;
			const quality = show.quality(link.cost);
			return [show.router(other, topology.nodes.find((node) => node.id == other)?.label), String(link.cost), show.bar(quality.percent, quality.word, quality.tone)];
		});
		const [neighbour] = router.neighbour;
		const width = this.width() * 0.38;
		return E('div', { class: 'grange-card' }, [
			E('div', { class: 'grange-title' }, [E('strong', {}, [show.router(router.id, router.name)]), E('button', { class: 'btn cbi-button', click: () => this.choose(router.id) }, [_('Close')])]),
			E('div', { class: 'grange-facts' }, [
				show.fact(_('Which'), role(router)),
				show.fact(_('Metric from here'), router.metric ?? '-'),
				show.fact(_('Reached by'), router.via ? [show.name(router.via), ' ', show.name(router.interface)] : '-'),
				show.fact(_('Prefixes'), String(router.prefixes_total)),
				neighbour?.rtt_ms == null ? '' : show.fact(_('Round trip'), show.milliseconds(neighbour.rtt_ms)),
				neighbour == null ? '' : show.fact(_('State'), [show.state(neighbour.state)])
			]),
			E('p', {}, router.prefixes.slice(0, 6).flatMap((route) => [E('code', {}, [show.short(route.prefix, 50)]), ' '])),
			show.table([_('Link to'), _('Cost'), _('Quality')], links, _('No link is known.')),
			neighbour == null ? E('p', {}, [E('em', {}, [_('Only links of this router have a history.')])]) : show.choice(SPANS(), this.span, (span) => {
				this.span = span;
				return this.place.again();
			}),
			history == null ? '' : graph.draw([{ name: _('Cost'), tone: 'accent', points: data.points(history, 'cost') }],
				{ title: _('Cost of the link'), text: (value) => String(Math.round(value)), width, least: 256 }),
			history == null ? '' : graph.draw([{ name: _('Hellos'), tone: 'good', points: data.points(history, 'reach', 100 / 16) }],
				{ title: _('Hellos that came'), text: (value) => `${Math.round(value)} %`, width, least: 100 })
		]);
	},

	width() {
		return document.querySelector('.grange-page')?.clientWidth ?? 800;
	},

	render() {
		this.place = show.live(5, () => this.ask(), (asked) => {
			const width = this.width();
			const { topology } = asked;
			const hidden = topology.nodes_total - topology.nodes.length;
			return [E('div', { class: 'grange-mesh' }, [
				E('div', {}, [
					map.draw(topology, { chosen: this.chosen, width: width > 700 ? width * 0.58 : width, choose: (id) => this.choose(id) }),
					E('p', { class: 'grange-legend' }, [
						E('span', { class: 'grange-key grange-good' }, [_('good link')]), E('span', { class: 'grange-key grange-fair' }, [_('fair')]),
						E('span', { class: 'grange-key grange-poor' }, [_('poor')]), E('span', { class: 'grange-key grange-plain' }, [_('path behind a neighbour')]),
						E('span', { class: 'grange-key grange-accent' }, [_('way to the Internet')])
					]),
					hidden > 0 ? E('p', {}, [_('and %s more').format(hidden)]) : '',
					asked.router ? this.routers(topology) : ''
				]),
				E('div', {}, asked.router ? [this.detail(asked)] : [
					E('p', {}, [E('em', {}, [_('Choose a router for its links and their history.')])]), this.routers(topology)
				])
			])];
		}, (error) => words.failure(error));
		return E('div', { class: 'grange-page' }, [E('h2', {}, [_('Mesh')]), this.place]);
	},

	handleSave: null,
	handleSaveApply: null,
	handleReset: null
});
