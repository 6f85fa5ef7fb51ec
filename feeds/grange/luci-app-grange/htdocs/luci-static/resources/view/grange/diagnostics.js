'use strict';
'require view';
'require dom';
'require grange.check as check';
'require grange.data as data';
'require grange.show as show';
'require grange.words as words';

function field(label, attributes) {
	return E('input', { class: 'cbi-input-text', type: 'text', 'aria-label': label, placeholder: label, ...attributes });
}

// A question with its fields, its button and the place of its answer.
function question(title, explanation, fields, label, ask) {
	const answer = E('div', { class: 'grange-result', role: 'status' }, []);
	const button = E('button', { class: 'btn cbi-button cbi-button-action', type: 'submit' }, [label]);
	const submit = (event) => {
		event.preventDefault();
		button.disabled = true;
		dom.content(answer, [E('em', { class: 'spinning' }, [_('Asking the router...')])]);
		const said = (text) => dom.content(answer, [E('em', { class: 'spinning' }, [text])]);
		return ask(said).catch((error) => [words.failure(error)]).then((nodes) => {
			dom.content(answer, nodes);
			button.disabled = false;
		});
	};
	return show.section(title, [E('p', {}, [explanation]), E('form', { class: 'grange-form', submit }, [...fields, button]), answer]);
}

function wrong(text) {
	return Promise.resolve([show.problem('fair', text, [], [])]);
}

function askPath() {
	const to = field(_('An address, a prefix or a router-id'), { name: 'to' });
	return question(_('Path to a router or address'), _('The way that packets take from here: the next router, and who announces the destination.'), [to], _('Show the path'), () => {
		const text = to.value.trim();
		if (!check.prefix(text) && !check.routerId(text))
			return wrong(_('Expected %s').format(_('an address, a prefix or a router-id such as %s').format('02:11:22:ff:fe:33:44:55')));
		return data.path(text).then((path) => [
			show.problem(path.reachable ? 'good' : 'poor', path.reachable ? _('It can be reached') : _('It cannot be reached'), [show.short(path.summary, 160)], []),
			E('ol', { class: 'grange-hops' }, path.hops.map((hop) => E('li', {}, [
				show.router(hop.id, hop.name), ' \u2014 ', { self: _('this router'), neighbour: _('neighbour'), origin: _('announces it') }[hop.role] ?? '',
				hop.metric == null ? '' : `, ${_('metric %s').format(hop.metric)}`
			]))),
			show.table([_('Prefix'), _('Via'), _('Interface'), _('Metric'), _('In use')], path.candidates.map((route) => [
				E('code', {}, [show.short(route.prefix, 50)]), show.name(route.via), show.name(route.interface), String(route.metric ?? '\u221e'),
				route.selected ? show.badge('good', _('yes')) : route.feasible ? _('no') : _('no: it could loop')
			]), _('No route leads there.'))
		]);
	});
}

function askLink(neighbours) {
	const which = show.choice(neighbours.map((one) => [one.id, `${show.short(one.name || one.address, 40)} (${show.short(one.interface, 16)})`]), null, () => {});
	const count = field(_('Pings'), { name: 'count', value: '20', inputmode: 'numeric' });
	return question(_('Link test'), _('Pings a neighbour over its link, five times a second.'), [which, count], _('Test the link'), (said) => {
		if (!/^\d+$/.test(count.value) || +count.value < 1 || +count.value > 100)
			return wrong(_('Expected %s').format(_('a whole number from %s to %s').format(1, 100)));
		if (!which.value)
			return wrong(_('There is no neighbour to test.'));
		return data.linktest(which.value, +count.value)
			.then((job) => data.done(job, (percent) => said(_('%s %% done').format(percent))))
			.then((test) => {
				const tone = test.loss_permille == 0 ? 'good' : test.loss_permille < 100 ? 'fair' : 'poor';
				return [
					show.problem(tone, _('%s of %s came back').format(test.received, test.sent), [_('Loss %s').format(show.permille(test.loss_permille))], []),
					E('div', { class: 'grange-facts' }, [[_('Fastest'), test.rtt_min_us], [_('On average'), test.rtt_mean_us], [_('Slowest'), test.rtt_max_us]]
						.map(([title, us]) => show.fact(title, show.microseconds(us))))
				];
			});
	});
}

function askUplink() {
	const address = field(_('Address of a device at home'), { name: 'address' });
	const to = field(_('To address (if it matters)'), { name: 'destination' });
	const protocol = show.choice([['', _('any protocol')], ['tcp', 'TCP'], ['udp', 'UDP'], ['icmp', 'ICMP']], '', () => {});
	const port = field(_('Port (if it matters)'), { name: 'port', inputmode: 'numeric' });
	return question(_('Which uplink'), _('Which uplink a new connection of a device would take, and why.'), [address, to, protocol, port], _('Explain'), () => {
		if (!check.ip(address.value.trim()) || (to.value.trim() && !check.ip(to.value.trim())))
			return wrong(_('Expected %s').format(_('an address')));
		if (port.value && (!/^\d+$/.test(port.value) || +port.value > 65535))
			return wrong(_('Expected %s').format(_('a whole number from %s to %s').format(0, 65535)));
		return data.explain(address.value.trim(), to.value.trim() || undefined, protocol.value || undefined, port.value ? +port.value : undefined).then((said) => [
			show.problem(said.uplink == null ? 'poor' : said.sure ? 'good' : 'fair',
				said.uplink == null ? _('By none') : words.sentence(said.sure ? _('By %s') : _('Probably by %s'), show.name(said.uplink)), [], []),
			E('ul', {}, said.why.map((line) => E('li', {}, [show.short(line, 160)]))),
			...said.candidates.map((one) => show.bar(one.permille / 10, E('span', {}, [show.name(one.uplink), ` ${show.permille(one.permille)}`])))
		]);
	});
}

return view.extend({
	load() {
		show.css();
		return L.resolveDefault(data.neighbours(), { neighbours: [] });
	},

	render({ neighbours }) {
		return E('div', { class: 'grange-page' }, [E('h2', {}, [_('Diagnostics')]), askPath(), askLink(neighbours), askUplink()]);
	},

	handleSave: null,
	handleSaveApply: null,
	handleReset: null
});
