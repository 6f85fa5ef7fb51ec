'use strict';
'require baseclass';
'require ui';
'require grange.check as check';
'require grange.data as data';
'require grange.show as show';

// What state and events mean, in words, and what somebody can do about them.

const FAMILIES = { ipv4: 'IPv4', ipv6: 'IPv6' };
const TONES = { good: 'good', fair: 'fair', poor: 'fair', none: 'poor', unknown: 'idle' };

function list(names) {
	return names.flatMap((name, index) => [index == 0 ? '' : index == names.length - 1 ? ` ${_('and')} ` : ', ', show.name(name)]);
}

// A sentence with a %s for each text or node.
function sentence(text, ...parts) {
	return text.split('%s').flatMap((piece, index) => (index == 0 ? [piece] : [...[parts[index - 1] ?? ''].flat(), piece]));
}

function through(way) {
	return way.kind == 'uplink' ? list(way.uplinks) : [show.router(way.router_id, way.name)];
}

// A neighbour's line is at the other end of a tunnel, whose device has a name of its own (docs/grange-uplinkd.md).
function isNeighbours(uplink) {
	return /^grange-[0-9a-f]{6}$/.test(uplink.device);
}

function works(uplink) {
	return uplink.state == 'up' || uplink.state == 'degraded';
}

function quality(word) {
	return { good: _('The way is good.'), fair: _('The way is fair.'), poor: _('The way is poor.') }[word] ?? null;
}

const EVENTS = {
	daemon_gone: (args) => sentence(_('%s has stopped'), show.name(args.daemon)),
	daemon_back: (args) => sentence(_('%s runs again'), show.name(args.daemon)),
	interface_up: (args) => sentence(_('Mesh interface %s works'), show.name(args.interface)),
	interface_down: (args) => sentence(_('Mesh interface %s is down'), show.name(args.interface)),
	neighbour_heard: (args) => sentence(_('Neighbour %s is heard on %s'), show.name(args.name || args.neighbour), show.name(args.interface)),
	neighbour_lost: (args) => sentence(_('Neighbour %s on %s is lost'), show.name(args.name || args.neighbour), show.name(args.interface)),
	uplink_state: (args) => [
		...sentence(_('Uplink %s (%s): %s'), show.name(args.uplink), FAMILIES[args.family] ?? '', show.stateWord(args.to)),
		args.why ? ` \u2014 ${show.short(args.why, 160)}` : '',
		Number(args.moved) > 0 ? `. ${_('%s of %s devices moved').format(args.moved, args.devices)}` : ''
	],
	way_changed: (args) => (args.to ? sentence(_('%s now goes through %s'), FAMILIES[args.family] ?? '', show.name(args.to))
		: sentence(_('There is no way out for %s any more'), FAMILIES[args.family] ?? ''))
};

return baseclass.extend({
	sentence,

	// Whether there is a way to the Internet, through whom, and how good: { tone, title, more }.
	connection({ connected, quality: word, way, devices }) {
		if (connected == null)
			return { tone: 'idle', title: [_('Grange does not run')], more: [_('Nothing can be said about the way to the Internet.')] };
		const [main, other] = way.ipv4 || !way.ipv6 ? ['ipv4', 'ipv6'] : ['ipv6', 'ipv4'];
		if (!connected || !way[main])
			return { tone: 'poor', title: [_('There is no way to the Internet')], more: [_('The mesh itself may still work: see the neighbours below.')] };
		const more = [];
		if (way[main].kind == 'mesh')
			more.push(sentence(_('Over the mesh, first to %s by %s; metric %s'), show.name(way[main].via), show.name(way[main].interface), String(way[main].metric ?? '\u221e')));
		if (way[main].makeshift)
			more.push(_('No uplink is good; this one has only begun to answer again.'));
		const rest = way[other] ? sentence(_('%s through %s'), FAMILIES[other], through(way[other])) : [_('No %s').format(FAMILIES[other])];
		const count = devices == null ? '' : ` ${N_(devices, '%s device is online.', '%s devices are online.').format(devices)}`;
		more.push([quality(word) ?? '', count], rest);
		return { tone: way[main].makeshift ? 'fair' : TONES[word] ?? 'idle', title: sentence(_('You are connected through %s'), through(way[main])), more };
	},

	// What is wrong with an uplink and what to do, or null. `half`: its other family works.
	uplinkProblem(uplink, half) {
		const name = show.name(uplink.name);
		const why = uplink.why ? [show.short(uplink.why, 160), '. '] : [];
		const buttons = (...which) => [E('div', { class: 'grange-buttons' }, this.uplinkButtons(uplink, which))];
		switch (uplink.state) {
		case 'captive':
			return show.problem('fair', sentence(_('%s wants a login'), name),
				[...why, _('Its provider answers with a page of his own. Open it, log in, then look again.')], buttons('portal', 'probe'));
		case 'down':
			return show.problem(half ? 'fair' : 'poor', half ? sentence(_('%s has no %s'), name, FAMILIES[uplink.family] ?? '') : sentence(_('%s is dead'), name),
				[...why, isNeighbours(uplink) ? _('It is a neighbour\'s line: what is wrong with it is to be seen at the other router. Ask there.')
					: half ? _('The line itself works. If it lasts, ask the provider.')
						: _('Look at its cable and at the lamps of its modem; switch the modem off and on. If that does not help, ask the provider.')], buttons('probe'));
		case 'degraded':
			return show.problem('fair', sentence(_('%s works badly'), name), [...why, _('It gets less of the load until it is better.')], []);
		case 'drained':
			return show.problem('idle', sentence(_('%s is taken out of use'), name), [_('Somebody said so. Until it is put back it gets no new connections.')], buttons('undrain'));
		default:
			return null;
		}
	},

	// A button's handler that says what came of it.
	attempt(call, said) {
		const note = (kind, text) => ui.addNotification(null, [E('p', {}, [text])], kind);
		return ui.createHandlerFn(this, () => call().then(
			() => said == null || note('info', said),
			(error) => note('danger', _('That did not work: %s').format(show.short(error.message, 160)))));
	},

	uplinkButtons(uplink, which) {
		const make = {
			// The gateway is on the uplink's own network, so its page is reached over that uplink and no other.
			portal: () => (check.ipv4(uplink.gateway ?? '') ? E('a', {
				class: 'btn cbi-button cbi-button-action', href: `http://${uplink.gateway}/`, target: '_blank', rel: 'noopener noreferrer'
			}, [_('Open the login page')]) : ''),
			probe: () => show.button(_('Look again now'), 'action', this.attempt(() => data.probe(uplink.name).then((job) => data.done(job)), _('It was looked at.'))),
			drain: () => show.button(_('Take out of use'), 'negative', this.attempt(() => data.drain(uplink.name), _('It gets no new connections any more.'))),
			undrain: () => show.button(_('Put back into use'), 'positive', this.attempt(() => data.undrain(uplink.name), _('It is in use again.')))
		};
		return which.map((name) => make[name]());
	},

	// Everything that somebody should do something about.
	problems({ daemons, uplinks, warnings }) {
		const service = (daemon) => show.problem('poor', _('%s does not run').format(daemon.name),
			[daemon.problem ? `${show.short(daemon.problem, 160)}. ` : '', _('Switch it on under Network, Grange. If it is on, the system log says why it ended.')],
			[E('div', { class: 'grange-buttons' }, [
				E('a', { class: 'btn cbi-button', href: L.url('admin/network/grange') }, [_('Settings')]),
				E('a', { class: 'btn cbi-button', href: L.url('admin/status/logs') }, [_('System log')])
			])]);
		// A line that is dead for both families is one problem, and one that a neighbour shares for one family alone is none.
		const once = uplinks.filter((uplink, index) => uplinks.findIndex((one) => one.name == uplink.name && one.state == uplink.state) == index);
		const half = (uplink) => uplinks.some((one) => one.name == uplink.name && one.family != uplink.family && works(one));
		const wrong = once.filter((uplink) => !(uplink.state == 'down' && isNeighbours(uplink) && half(uplink)));
		return [
			...daemons.filter((daemon) => !daemon.running).map(service),
			...wrong.map((uplink) => this.uplinkProblem(uplink, half(uplink))).filter((problem) => problem != null),
			...warnings.map(({ text }) => show.problem('fair', _('Please note'), [show.short(text, 160)], []))
		];
	},

	// Events, newest first.
	events(events) {
		if (events.length == 0)
			return E('p', {}, [E('em', {}, [_('Nothing has happened since the router started.')])]);
		const tones = { info: 'plain', warning: 'fair', error: 'poor' };
		return E('ul', { class: 'grange-events' }, events.map((event) => E('li', {}, [
			E('time', { title: event.time ? new Date(event.time * 1000).toLocaleString() : null }, [_('%s ago').format(show.duration(event.age_ms))]),
			E('span', { class: `grange-event grange-${tones[event.severity] ?? 'plain'}` }, EVENTS[event.code]?.(event.args ?? {}) ?? [show.short(event.text, 160)])
		])));
	},

	// In place of what could not be asked.
	failure(error) {
		return show.problem('poor', _('This cannot be shown'), [show.short(error.message, 160)], []);
	}
});
