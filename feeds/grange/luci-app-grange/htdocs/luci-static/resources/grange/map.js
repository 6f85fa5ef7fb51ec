'use strict';
'require baseclass';
'require grange.show as show';

const ROUNDS = 160, MOST = 400;
// From so many on, only routers that matter most have their name on the map.
const CROWD = 60;

// A place for each node: rings around this router by hops, then pushed apart and pulled together. The same mesh gives
// the same picture, and a node that had a place starts from it.
function layout(nodes, links, centre, before) {
	const near = new Map(nodes.map((node) => [node.id, []]));
	links.forEach(({ source, target }) => {
		near.get(source)?.push(target);
		near.get(target)?.push(source);
	});
	const place = new Map();
	const put = (ring, hop) => ring.forEach((id, index) => {
		const angle = 2 * Math.PI * (index + 0.3 * hop) / ring.length;
		place.set(id, before.get(id) ?? { x: hop * Math.cos(angle), y: hop * Math.sin(angle) });
	});
	let ring = near.has(centre) ? [centre] : nodes.slice(0, 1).map((node) => node.id);
	for (let hop = 0; ring.length > 0; hop++) {
		put(ring, hop);
		ring = [...new Set(ring.flatMap((id) => near.get(id)))].filter((id) => !place.has(id));
	}
	put(nodes.map((node) => node.id).filter((id) => !place.has(id)), 4);
	const all = [...place.entries()].map(([id, at]) => ({ id, x: at.x, y: at.y }));
	const index = new Map(all.map((one) => [one.id, one]));
	for (let round = 0; round < ROUNDS; round++) {
		const heat = 0.25 * (1 - round / ROUNDS);
		all.forEach((one) => Object.assign(one, { fx: -0.02 * one.x, fy: -0.02 * one.y }));
		for (let i = 0; i < all.length; i++)
			for (let j = i + 1; j < all.length; j++) {
				const [a, b] = [all[i], all[j]];
				const [dx, dy] = [a.x - b.x + 1e-3 * (i - j), a.y - b.y];
				const push = 0.6 / Math.max(dx * dx + dy * dy, 0.05);
				a.fx += dx * push, a.fy += dy * push, b.fx -= dx * push, b.fy -= dy * push;
			}
		links.forEach(({ source, target }) => {
			const [a, b] = [index.get(source), index.get(target)];
			if (!a || !b)
				return;
			const [dx, dy] = [a.x - b.x, a.y - b.y];
			const pull = 0.5 * (Math.hypot(dx, dy) - 1);
			a.fx -= dx * pull, a.fy -= dy * pull, b.fx += dx * pull, b.fy += dy * pull;
		});
		all.forEach((one) => {
			const force = Math.hypot(one.fx, one.fy) || 1;
			one.x += one.fx / force * Math.min(force, heat);
			one.y += one.fy / force * Math.min(force, heat);
		});
	}
	return index;
}

return baseclass.extend({
	places: new Map(),
	shape: null,

	// The mesh (a NetJSON NetworkGraph of grange.mesh) as a picture of that width; `chosen` is the node that is looked at.
	draw(graph, { chosen, width, choose }) {
		const own = graph.router_id;
		const nodes = graph.nodes.slice(0, MOST);
		const ids = new Set(nodes.map((node) => node.id));
		const links = graph.links.filter((link) => ids.has(link.source) && ids.has(link.target));
		const shape = JSON.stringify([own, [...ids].sort(), links.map((link) => [link.source, link.target].sort().join(' ')).sort()]);
		if (shape != this.shape) {
			this.places = layout(nodes, links, own, this.places);
			this.shape = shape;
		}
		width = Math.max(280, Math.round(width || 640));
		const height = Math.round(Math.min(width * 0.95, 300 + nodes.length * 6, 620));
		const at = [...this.places.values()];
		const span = (axis, room, margin) => {
			const values = at.map((one) => one[axis]);
			const [least, most] = [Math.min(...values), Math.max(...values)];
			const scale = (room - 2 * margin) / Math.max(most - least, 0.01);
			return (id) => (most - least < 0.01 ? room / 2 : margin + (this.places.get(id)[axis] - least) * scale);
		};
		const [x, y] = [span('x', width, 52), span('y', height, 34)];
		const crowded = nodes.length > CROWD;
		const radius = crowded ? 5 : 9;
		const named = (node) => !crowded || node.id == chosen || node.properties.role != 'router' || node.properties.gateway;
		const onWay = (link) => link.properties.in_use;
		const line = (link) => {
			const { tone, word } = show.quality(link.cost);
			const behind = link.properties.kind == 'path' ? ' grange-path' : '';
			return show.svg('line', {
				class: `grange-link grange-${tone}${behind}${onWay(link) ? ' grange-way' : ''}`,
				x1: x(link.source), y1: y(link.source), x2: x(link.target), y2: y(link.target)
			}, [show.svg('title', {}, [_('Cost %s: %s').format(link.cost ?? '\u221e', word)])]);
		};
		const dot = (node) => show.svg('g', {
			class: ['grange-node', node.id == own ? 'grange-own' : '', node.properties.gateway ? 'grange-gateway' : '', node.id == chosen ? 'grange-chosen' : ''].join(' ').trim(),
			transform: `translate(${x(node.id).toFixed(1)} ${y(node.id).toFixed(1)})`,
			tabindex: '0', role: 'button', 'data-key': node.id, 'aria-label': show.short(node.label || node.id, 40),
			click: () => choose(node.id),
			keydown: (event) => (event.key == 'Enter' || event.key == ' ') && (event.preventDefault(), choose(node.id))
		}, [
			show.svg('circle', { r: node.id == own ? radius + 3 : radius }),
			node.properties.gateway && !crowded ? show.svg('path', { class: 'grange-globe', d: 'M-5 0H5M0-5A7 7 0 0 1 0 5A7 7 0 0 1 0-5M0-5V5' }) : '',
			show.svg('title', {}, [show.short(node.label || node.id, 40)]),
			named(node) ? show.svg('text', { y: radius + 14, 'text-anchor': 'middle' }, [show.label(node)]) : ''
		]);
		return show.svg('svg', { class: 'grange-map', viewBox: `0 0 ${width} ${height}`, width: '100%', height, role: 'group', 'aria-label': _('Map of the mesh') }, [
			...links.filter((link) => !onWay(link)).map(line), ...links.filter(onWay).map(line), ...nodes.map(dot)
		]);
	}
});
