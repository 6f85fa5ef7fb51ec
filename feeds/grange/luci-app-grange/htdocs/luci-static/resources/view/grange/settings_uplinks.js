'use strict';
'require view';
'require form';
'require uci';
'require grange.check as check';
'require grange.fields as fields';

const RATE = () => check.expect(_('a rate such as 50M, 800k or 1G (bits a second)'), check.size);
const KEY = () => ({ modalonly: true, password: true, validate: check.expect(_('64 hexadecimal digits'), check.key) });
const PUBLIC_KEY = () => ({ modalonly: true, validate: check.expect(_('a WireGuard public key'), check.publicKey) });
const MTU = () => ({ modalonly: true, placeholder: '1430', validate: check.whole(1280, 9000) });
const LAST_RESORT = () => ({
	default: 'unreachable',
	values: [['unreachable', _('refuse')], ['balance', _('balance like everything else')]]
});

// What stands in a table for an uplink without an option: other words for a neighbour's line.
function unset(neighbours, own) {
	return (section_id) => (uci.get('grange-uplinkd', section_id, 'router') ? neighbours(section_id) : own);
}

// The names of the sections of a type, as they are saved.
function names(type) {
	return uci.sections('grange-uplinkd', type).map((section) => [section['.name'], section['.name']]);
}

function addGeneral(map, devices) {
	const s = map.section(form.TypedSection, 'uplinkd', _('This router'));
	s.anonymous = true;
	s.addremove = false;
	s.tab('general', _('General'));
	s.tab('bill', _('Bill'));
	s.tab('more', _('More'));
	const at = fields.inTabs(s);
	at('general', form.Flag, 'enabled', _('Balance the uplinks'), null, { default: '1', rmempty: false });
	at('general', form.DynamicList, 'lan', _('Home interfaces'), _('Whose connections are balanced; nobody else\'s are.'),
		{ placeholder: 'br-lan', values: devices, validate: check.expect(_('interface names'), check.device) });
	at('general', form.ListValue, 'balance', _('Spread'), null, {
		default: 'device',
		values: [['device', _('by device: each keeps its uplink')], ['flow', _('by connection: each pair of addresses has its own')]]
	});
	at('general', form.Value, 'sticky_timeout', _('A device keeps its uplink for'), _('How long when it makes no new connection.'),
		{ placeholder: '2h', validate: check.time(60, 604800, _('from 1m to 7d')) });
	fields.logLevel(at, 'general');
	at('bill', form.Value, 'fixed_part', _('Shared alike'), _('Per cent of each cost that all members pay alike; the rest by use.'),
		{ placeholder: '50', validate: check.whole(0, 100) });
	at('bill', form.Value, 'free', _('Free for everybody'), _('Bytes of each uplink in a month that do not count, for each member.'),
		{ placeholder: '0', validate: check.expect(_('a size such as 10G or 500M (bytes)'), check.size) });
	at('more', form.DynamicList, 'bypass', _('Never balanced'), _('Destinations, besides all that table main knows.'),
		{ validate: check.expect(_('prefixes such as %s').format('10.42.0.0/16'), check.prefix) });
	at('more', form.Value, 'mask', _('Bits of marks'), _('Six neighbouring bits that nobody else uses.'),
		{ placeholder: '0x3f00', validate: check.expect(_('a mask of six neighbouring bits, such as %s').format('0x3f00'), check.mask) });
	at('general', form.Value, 'mesh_address', _('Mesh address'), _('Needed to share a line with neighbours, and to use what they share.'),
		{ validate: check.expect(_('this router\'s mesh address'), check.meshAddress) });
	const path = (name, title, description, placeholder) =>
		at('more', form.Value, name, title, description, { placeholder, validate: check.expect(_('an absolute path'), check.path) });
	path('state_dir', _('Lasting state in'), null, '/etc/grange');
	path('hotplug', _('Tells scripts'), _('What is run when an uplink comes or goes.'), '/sbin/hotplug-call');
	path('servers_file', _('Resolvers for dnsmasq'), _('A file for dnsmasq\'s servers-file: the resolvers of living uplinks.'));
	path('dnsmasq_pid_file', _('dnsmasq\'s pid file'), _('Who gets a SIGHUP when that file changes.'));
}

function addUplinks(map, devices) {
	const s = fields.grid(map, 'uplink', _('Uplinks'), _('The ways out. Weights share the load among those of one tier; a higher tier is a spare.'), { addbtntitle: _('Add uplink') });
	s.tab('general', _('General'));
	s.tab('sharing', _('Neighbours'));
	s.tab('health', _('Health'));
	s.tab('bill', _('Bill'));
	const at = fields.inTabs(s);
	at('general', form.Flag, 'enabled', _('On'), null, { default: '1', editable: true });
	at('general', form.DynamicList, 'interface', _('Networks'), _('Names of /etc/config/network, such as wan and wan6.'),
		{ validate: check.expect(_('netifd\'s names, such as wan'), check.device) });
	at('general', form.Value, 'device', _('Device'), _('The kernel\'s name, in place of networks.'), {
		values: devices, unset: unset((section_id) => E('span', {}, [_('over %s').format(uci.get('grange-uplinkd', section_id, 'router'))])),
		validate(section_id, value) {
			const beside = (name) => L.toArray(this.section.formvalue(section_id, name)).length > 0;
			const ways = [!!value, beside('interface'), beside('router')];
			if (ways.filter((way) => way).length != 1)
				return _('Expected %s').format(_('either networks, a device or a neighbour\'s router'));
			const others = uci.sections('grange-uplinkd', 'uplink').filter((other) => other['.name'] != section_id && other.enabled != '0');
			if (value && others.some((other) => other.device == value))
				return _('Expected %s').format(_('a device that no other uplink has'));
			return check.expect(_('the kernel\'s name of a device, such as eth1'), check.device)(section_id, value);
		}
	});
	at('general', form.Value, 'weight', _('Weight'), _('0: only when the others of its tier are gone. Of a neighbour\'s line, without it, what that router offers.'),
		{ placeholder: '10', unset: unset(() => _('as offered'), '10'), validate: check.whole(0, 1000000) });
	at('general', form.Value, 'tier', _('Tier'), _('The lowest tier in which an uplink lives takes all new connections. Neighbours\' lines are 2 without it.'),
		{ placeholder: '1', unset: unset(() => '2', '1'), validate: check.whole(1, 16) });
	at('general', form.Flag, 'metered', _('Costs by the byte'), _('At most 10 MB of probes a month.'));
	at('general', form.ListValue, 'fail_back', _('When a lower tier is back'), null, {
		modalonly: true,
		values: [['', _('automatic')], ['soft', _('devices stay a while')], ['hard', _('devices are sent back at once')]]
	});
	at('general', form.Value, 'down', _('Download capacity'), _('New devices then avoid an uplink that is busy.'), { modalonly: true, validate: RATE() });
	at('general', form.Value, 'up', _('Upload capacity'), null, { modalonly: true, validate: RATE() });
	at('general', form.Flag, 'cake', _('Even shares'), _('Each device gets as much of a busy line as any other. Needs a capacity, and the package kmod-sched-cake.'), { modalonly: true });
	at('general', form.Flag, 'ipv4', _('For IPv4'), null, { modalonly: true, default: '1' });
	at('general', form.Flag, 'ipv6', _('For IPv6'), null, { modalonly: true, default: '1' });
	at('general', form.Value, 'gateway', _('IPv4 gateway'), null,
		{ modalonly: true, placeholder: _('found'), validate: check.expect(_('an IPv4 address'), check.ipv4) });
	at('general', form.Value, 'gateway6', _('IPv6 gateway'), null,
		{ modalonly: true, placeholder: _('found'), validate: check.expect(_('an IPv6 address'), check.ipv6) });
	at('general', form.DynamicList, 'ip6prefix', _('IPv6 prefixes'), _('Those that its provider delegates, where OpenWrt\'s network does not know them.'),
		{ modalonly: true, placeholder: _('found'), validate: check.expect(_('IPv6 prefixes such as %s').format('2001:db8:1::/56'), check.sourcePrefix) });
	at('general', form.DynamicList, 'dns', _('Resolvers'), null,
		{ modalonly: true, validate: check.expect(_('addresses of resolvers'), check.ip) });
	at('sharing', form.Flag, 'share', _('Share it'), _('Members\' routers may use this line.'), { modalonly: true });
	at('sharing', form.Flag, 'home', _('The home uses it'), _('Switched off, it is for neighbours alone, such as the exit of a VPN.'), { modalonly: true, default: '1' });
	at('sharing', form.Value, 'router', _('A neighbour\'s line'), _('In place of networks and device: the mesh address of his router, which shares its uplinks.'),
		{ modalonly: true, validate: check.expect(_('a router\'s mesh address'), check.meshAddress) });
	at('sharing', form.Value, 'key', _('Key'), _('The one that both routers have.'), KEY());
	at('sharing', form.Value, 'public_key', _('WireGuard key'), _('The public one of the other router, for a tunnel that proves who sends. Both need kmod-wireguard.'), PUBLIC_KEY());
	at('sharing', form.Value, 'mtu', _('Largest packet in the tunnel'), null, MTU());
	at('health', form.Value, 'needed', _('Targets that must answer'), _('0 is half of them, rounded up.'),
		{ modalonly: true, placeholder: '0', validate: check.whole(0, 16) });
	at('health', form.Value, 'interval', _('Between two probes'), null,
		{ modalonly: true, placeholder: '0.7', validate: check.time(0.2, 3600, _('from 200ms to 1h')) });
	at('health', form.Value, 'hold', _('Must be good for'), _('After it was lost; doubles each time it flaps, up to 5m.'),
		{ modalonly: true, placeholder: '15', validate: check.time(0, 300, _('from 0 to 5m')) });
	at('health', form.Value, 'slow', _('Slow above'), _('A round trip above this halves its weight.'),
		{ modalonly: true, placeholder: '0.5', validate: check.time(0.01, 10, _('from 10ms to 10')) });
	at('bill', form.Value, 'cap', _('Bytes in a month'), _('Both ways. It is used no more a little before that.'),
		{ modalonly: true, placeholder: _('no limit'), validate: check.expect(_('a size such as 100G or 500M (bytes)'), check.size) });
	at('bill', form.Value, 'billing_day', _('Month begins on day'), null,
		{ modalonly: true, placeholder: '1', validate: check.whole(1, 31) });
	at('bill', form.Value, 'cost', _('Costs a month'), null,
		{ modalonly: true, validate: check.expect(_('an amount such as %s').format('39.90'), check.cents) });
	at('bill', form.ListValue, 'owner', _('Paid by'), _('The member who pays the provider.'),
		{ modalonly: true, values: [['', _('nobody')], ...names('member')] });
}

function addShare(map) {
	const s = map.section(form.TypedSection, 'share', _('Sharing'), _('How much neighbours get of the lines that are shared.'));
	s.anonymous = true;
	s.addremove = uci.sections('grange-uplinkd', 'share').length == 0;
	s.addbtntitle = _('Set limits');
	fields.add(s, form.Flag, 'enabled', _('Share'), null, { default: '1' });
	fields.add(s, form.Value, 'fraction', _('Part of the capacity'), _('Per cent that members are told of; they choose by it.'),
		{ placeholder: '100', validate: check.whole(1, 100) });
	fields.add(s, form.DynamicList, 'hours', _('Hours'), _('When it is shared, in local time; at all times without any.'),
		{ placeholder: 'mon-fri 09:00-17:00', validate: check.expect(_('hours such as %s').format('22:00-07:00, mon-fri 09:00-17:00'), check.hours) });
	fields.add(s, form.Value, 'cap', _('Bytes in a month'), _('That all members get together; after that new connections are refused.'),
		{ placeholder: _('no limit'), validate: check.expect(_('a size such as 10G or 500M (bytes)'), check.size) });
	fields.add(s, form.Value, 'mtu', _('Largest packet in the tunnel'), null, MTU());
	fields.add(s, form.Flag, 'announce', _('Tell the mesh'), _('A default route is announced while a shared line lives.'), { default: '1' });
}

function addProbes(map) {
	const s = fields.grid(map, 'probe', _('Probes'), _('How to tell that an uplink lives. Without one it is pinged at 1.1.1.1, 8.8.8.8, 9.9.9.9 and their IPv6 twins. A probe of kind "page" finds login pages.'),
		{ anonymous: true, addbtntitle: _('Add probe'), modaltitle: _('Probe') });
	const http = [{ type: 'http' }];
	fields.add(s, form.ListValue, 'type', _('Kind'), null,
		{ default: 'icmp', values: [['icmp', _('ping')], ['tcp', _('TCP connection')], ['dns', _('DNS answer')], ['http', _('page')]] });
	fields.add(s, form.Value, 'address', _('Address'), null, { rmempty: false, validate: check.expect(_('an address'), check.ip) });
	fields.add(s, form.Value, 'port', _('Port'), null,
		{ placeholder: _('usual'), depends: [{ type: 'tcp' }, { type: 'dns' }, { type: 'http' }], validate: check.whole(1, 65535) });
	fields.add(s, form.Value, 'provider', _('Provider'), _('Targets of one provider fail together.'),
		{ modalonly: true, validate: check.expect(_('one line of printable ASCII'), check.ascii) });
	fields.add(s, form.MultiValue, 'uplink', _('For uplinks'), _('Without any: for all.'), { placeholder: _('all'), values: names('uplink') });
	fields.add(s, form.Value, 'host', _('Host'), null,
		{ modalonly: true, depends: http, validate: check.expect(_('one line of printable ASCII'), check.ascii) });
	fields.add(s, form.Value, 'path', _('Path'), null,
		{ modalonly: true, depends: http, placeholder: '/', validate: check.expect(_('a path such as %s').format('/generate_204'), check.page) });
	fields.add(s, form.Value, 'status', _('Status that must come'), null,
		{ modalonly: true, depends: http, placeholder: '204', validate: check.whole(100, 599) });
	fields.add(s, form.Value, 'body', _('Text that must be in it'), null,
		{ modalonly: true, depends: http, validate: check.expect(_('one line of printable ASCII'), check.ascii) });
}

function addRules(map) {
	const p = fields.grid(map, 'policy', _('Policies'), _('Groups of uplinks for rules.'), { addbtntitle: _('Add policy') });
	fields.add(p, form.MultiValue, 'uplink', _('Uplinks'), null, { rmempty: false, values: names('uplink') });
	fields.add(p, form.ListValue, 'last_resort', _('When none lives'), null, LAST_RESORT());

	const s = fields.grid(map, 'rule', _('Rules'), _('The first rule that matches a new connection decides; without one it is balanced over all uplinks.'),
		{ sortable: true, addbtntitle: _('Add rule') });
	const prefixes = check.expect(_('prefixes such as %s').format('192.168.1.0/24'), check.prefix);
	const ports = check.expect(_('ports such as 80 or 5000-5010'), check.ports);
	const withPorts = [{ proto: 'tcp' }, { proto: 'udp' }, { proto: 'tcpudp' }];
	fields.add(s, form.Flag, 'enabled', _('On'), null, { default: '1', editable: true });
	fields.add(s, form.DynamicList, 'src', _('From'), null, { validate: prefixes });
	fields.add(s, form.DynamicList, 'dest', _('To'), null, { validate: prefixes });
	for (const [option, title] of [['src_set', _('From the set')], ['dest_set', _('To the set')]])
		fields.add(s, form.Value, option, title, _('A set of addresses that dnsmasq or others fill.'),
			{ modalonly: true, validate: check.expect(_('letters, digits and _, 24 at most'), check.setName) });
	fields.add(s, form.ListValue, 'proto', _('Protocol'), null,
		{ default: 'all', values: [['all', _('all')], ['tcp', 'TCP'], ['udp', 'UDP'], ['tcpudp', 'TCP + UDP'], ['icmp', 'ICMP']] });
	fields.add(s, form.DynamicList, 'src_port', _('From ports'), null, { modalonly: true, depends: withPorts, validate: ports });
	fields.add(s, form.DynamicList, 'dest_port', _('To ports'), null, { depends: withPorts, validate: ports });
	fields.add(s, form.Value, 'iface', _('Comes in by'), null,
		{ modalonly: true, placeholder: _('home interfaces'), validate: check.expect(_('an interface name'), check.device) });
	fields.add(s, form.Value, 'dscp', _('DSCP'), null, { modalonly: true, validate: check.whole(0, 63) });
	fields.add(s, form.ListValue, 'family', _('Family'), null,
		{ modalonly: true, default: 'any', values: [['any', _('both')], ['ipv4', 'IPv4'], ['ipv6', 'IPv6']] });
	fields.add(s, form.ListValue, 'policy', _('By policy'), null, { values: [['', '-'], ...names('policy')] });
	const uplink = fields.add(s, form.ListValue, 'uplink', _('By uplink'), null, { values: [['', '-'], ...names('uplink')] });
	uplink.validate = function(section_id, value) {
		return !!value != !!this.section.formvalue(section_id, 'policy') || _('Expected %s').format(_('either an uplink or a policy'));
	};
	fields.add(s, form.ListValue, 'last_resort', _('When it does not live'), null, { ...LAST_RESORT(), modalonly: true });
}

function addMembers(map) {
	const s = fields.grid(map, 'member', _('Members'), _('Households whose bytes are counted, and who share the bill.'), { addbtntitle: _('Add member') });
	fields.add(s, form.DynamicList, 'prefix', _('Addresses'), _('As they are before the firewall translates them. No two members\' may overlap.'),
		{ validate: check.expect(_('prefixes such as %s').format('10.42.1.0/24'), check.ownPrefix) });
	fields.add(s, form.Value, 'router', _('Router'), _('Its mesh address; with the key it may use the lines that are shared.'),
		{ modalonly: true, validate: check.expect(_('a router\'s mesh address'), check.meshAddress) });
	fields.add(s, form.Value, 'key', _('Key'), _('The one that both routers have.'), KEY());
	fields.add(s, form.Value, 'public_key', _('WireGuard key'), _('The public one of the other router, for a tunnel that proves who sends. Both need kmod-wireguard.'), PUBLIC_KEY());
	fields.add(s, form.Value, 'weight', _('Household shares'), _('Of the fixed part.'), { placeholder: '1', validate: check.whole(0, 1000) });
	fields.add(s, form.Value, 'cap', _('Pays at most'), _('In a month; the others bear the rest.'),
		{ modalonly: true, validate: check.expect(_('an amount such as %s').format('15.00'), check.cents) });
	const day = check.expect(_('a day such as %s').format('2026-11-24'), check.day);
	fields.add(s, form.Value, 'joined', _('First day'), null, { validate: day });
	fields.add(s, form.Value, 'left', _('Last day'), null, { modalonly: true, validate: day });
}

return view.extend({
	load() {
		return Promise.all([fields.devices(), uci.load('grange-uplinkd')]);
	},

	render([devices]) {
		const map = new form.Map('grange-uplinkd', _('Uplinks'),
			_('How this router uses its ways out. A change moves nobody who need not move; without your confirmation it is taken back after 90 seconds or more.'));
		addGeneral(map, devices);
		addUplinks(map, devices);
		addShare(map);
		addProbes(map);
		addRules(map);
		addMembers(map);
		return map.render();
	}
});
