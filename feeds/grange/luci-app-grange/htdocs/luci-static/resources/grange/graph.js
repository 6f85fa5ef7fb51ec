'use strict';
'require baseclass';
'require grange.show as show';

const HEIGHT = 150, LEFT = 4, RIGHT = 4, TOP = 16, BOTTOM = 18;

// The next of 1, 2, 5, 10, 20, ... above a value.
function ceiling(value) {
	const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
	return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999) ?? value;
}

// The lines of one series: a gap wherever nothing was measured.
function pieces(points, x, y) {
	let path = '', pen = 'M';
	points.forEach(([time, value]) => {
		if (value == null) {
			pen = 'M';
			return;
		}
		path += `${pen}${x(time).toFixed(1)} ${y(value).toFixed(1)}`;
		pen = 'L';
	});
	return path;
}

return baseclass.extend({
	// A graph over time. `series`: [{ name, tone, points: [[seconds, value or null], ...] }], oldest first; `text` makes
	// a label of a value; `width` is that of its place in pixels.
	draw(series, { title, text, width, least }) {
		width = Math.max(240, Math.round(width || 480));
		const all = series.flatMap((one) => one.points);
		const times = all.map(([time]) => time);
		const [first, last] = [Math.min(...times), Math.max(...times)];
		const known = all.map(([, value]) => value).filter((value) => value != null);
		if (known.length == 0 || first >= last)
			return E('div', { class: 'grange-graph' }, [E('h4', {}, [title]), E('em', {}, [_('Nothing is measured yet.')])]);
		const top = ceiling(Math.max(least ?? 0, ...known));
		const x = (time) => LEFT + (width - LEFT - RIGHT) * (time - first) / (last - first);
		const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(value, top) / top);
		const grid = [0, top / 2, top];
		// From the first moment to the end of the last.
		const span = (last - first) * series[0].points.length / (series[0].points.length - 1);
		const now = (one) => [...one.points].reverse().find(([, value]) => value != null)?.[1];
		const label = series.map((one) => `${one.name}: ${text(now(one) ?? 0)}`).join(', ');
		return E('div', { class: 'grange-graph' }, [
			E('h4', {}, [title, ...series.map((one) => E('span', { class: `grange-key grange-${one.tone}` }, [`${one.name} ${now(one) == null ? '-' : text(now(one))}`]))]),
			show.svg('svg', { width: '100%', height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' }, [
				show.svg('title', {}, [`${title}. ${label}`]),
				...grid.map((value) => show.svg('path', { class: 'grange-grid', d: `M${LEFT} ${y(value)}H${width - RIGHT}` })),
				...series.map((one) => show.svg('path', { class: `grange-line grange-${one.tone}`, d: pieces(one.points, x, y) })),
				...grid.map((value) => show.svg('text', { x: LEFT, y: y(value) - 3 }, [text(value)])),
				show.svg('text', { x: LEFT, y: HEIGHT - 4 }, [_('%s ago').format(show.duration(span * 1000))]),
				show.svg('text', { x: width - RIGHT, y: HEIGHT - 4, 'text-anchor': 'end' }, [_('now')])
			])
		]);
	}
});
