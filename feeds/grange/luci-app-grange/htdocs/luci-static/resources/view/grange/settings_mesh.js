'use strict';
'require view';
'require form';
'require uci';
'require grange.check as check';
'require grange.fields as fields';

const AUTOMATIC = (words) => [['', words], ['1', _('yes')], ['0', _('no')]];

function addGeneral(map) {
	const s = map.section(form.TypedSection, 'routed', _('This router'));
	s.anonymous = true;
	s.addremove = false;
	s.tab('general', _('General'));
	s.tab('routes', _('Routes'));
	s.tab('babeld', _('Other programs'));
	const at = fields.inTabs(s);
	at('general', form.Flag, 'enabled', _('Take part in the mesh'), null, { default: '1', rmempty: false });
	at('general', form.DynamicList, 'mesh_address', _('Mesh addresses'),
		_('Preferred source of this router\'s own packets into the mesh, one address of each family at most. Without it: the lowest address that is alone on lo and announced.'),
		{ validate: check.expect(_('one IPv4 and one IPv6 address at most, without a prefix length'), check.meshAddress) });
	at('general', form.Flag, 'require_lease', _('Share only a checked uplink'),
		_('A default route is announced only while the balancer finds the uplink alive.'));
	fields.logLevel(at, 'general');
	at('general', form.Value, 'router_id', _('Router-id'),
		_('8 octets. Without it one is made up and kept. A change is taken at the next start.'),
		{ placeholder: '02:11:22:ff:fe:33:44:55', validate: check.expect(_('8 octets such as %s').format('02:11:22:ff:fe:33:44:55'), check.routerId) });
	at('routes', form.Value, 'table', _('Kernel table'),
		_('A number or main. In main a neighbour\'s packet may leave by this home\'s own uplink.'),
		{ placeholder: '42', validate: check.expect(_('a table: main or a number'), check.table) });
	at('routes', form.Value, 'metric', _('Kernel metric'),
		_('Of all Babel routes. The daemon refuses to start when a route of somebody else has it in that table.'),
		{ placeholder: '2042', validate: check.whole(1, 4294967295) });
	at('routes', form.DynamicList, 'import_table', _('Tables to announce from'), null,
		{
			placeholder: 'main',
			validate(section_id, value) {
				const own = this.section.formvalue(section_id, 'table') || '42';
				return check.expect(_('another table than that of Babel\'s own routes: main or a number'),
					(text) => check.table(text) && (text == 'main' || text != own))(section_id, value);
			}
		});
	at('routes', form.Flag, 'forwarding', _('Switch forwarding on'), null, { default: '1' });
	at('routes', form.Value, 'smoothing_half_life', _('Smoothing of metrics'),
		_('Half-life of the metric that route selection goes by. 0 is no smoothing. A change is taken at the next start.'),
		{ placeholder: '4', validate: check.time(0, 600, _('from 0 to 10m')) });
	at('babeld', form.Value, 'local_port', _('TCP port of babeld\'s local protocol'), _('On ::1, read-only.'),
		{ placeholder: _('off'), validate: check.whole(1, 65535) });
	at('babeld', form.Value, 'local_path', _('Socket of babeld\'s local protocol'), _('Read-only.'),
		{ placeholder: _('off'), validate: check.expect(_('an absolute path'), check.path) });
}

function addInterfaces(map, devices) {
	const s = fields.grid(map, 'interface', _('Interfaces'),
		_('Where neighbours are: the devices of the mesh, never the home\'s own bridge. The first entry that fits a name counts.'),
		{ anonymous: true, sortable: true, addbtntitle: _('Add interface'), modaltitle: _('Interface') });
	s.tab('general', _('General'));
	s.tab('timing', _('Timing and cost'));
	s.tab('delay', _('Delay'));
	const at = fields.inTabs(s);
	at('general', form.DynamicList, 'ifname', _('Names'),
		_('Networks such as mesh0, devices, or patterns of devices: mesh-*, wlan?-mesh'), {
			rmempty: false, optional: false,
			values: devices,
			validate: check.expect(_('interface names or patterns such as mesh0 or wlan*'), check.pattern)
		});
	at('general', form.ListValue, 'type', _('Kind of link'), null, {
		default: 'auto',
		values: [['auto', _('automatic')], ['wired', _('cable')], ['wireless', _('radio')], ['tunnel', _('tunnel')]]
	});
	at('general', form.Flag, 'ignore', _('Stay away'), _('Babel stays away from these names, whatever later entries say.'), { modalonly: true });
	at('general', form.DynamicList, 'key', _('Keys'),
		_('Packets are signed with them, and others\' are refused unless theirs are.'),
		{ values: uci.sections('grange-routed', 'key').map((key) => key.id ?? key['.name']).map((name) => [name, name]) });
	at('general', form.Flag, 'permissive', _('Accept unsigned packets'),
		_('Only while keys are brought to all routers: packets are signed, and accepted whether others sign theirs or not.'), { modalonly: true });
	at('timing', form.Value, 'cost', _('Cost'), _('Of a link that loses nothing: 96 of a cable, 256 of a radio.'),
		{ placeholder: _('automatic'), validate: check.whole(1, 65534) });
	at('timing', form.Flag, 'fixed_cost', _('Fixed cost'), _('The cost stays the same as long as the neighbour is heard.'), { modalonly: true });
	at('timing', form.Value, 'hello_interval', _('Between two Hellos'), null,
		{ modalonly: true, placeholder: '4', validate: check.time(0.01, 200, _('from 10ms to 200')) });
	at('timing', form.Value, 'update_interval', _('Between full updates'), null,
		{ modalonly: true, placeholder: '16', validate: check.time(0.01, 655, _('from 10ms to 655')) });
	at('timing', form.ListValue, 'split_horizon', _('Split horizon'), _('No: a route is announced also where it was learnt.'),
		{ modalonly: true, values: AUTOMATIC(_('as the kind of link says')) });
	at('timing', form.Flag, 'unicast', _('Unicast too'), _('Hellos and updates for each neighbour, besides discovery.'), { modalonly: true });
	at('timing', form.ListValue, 'v4_via_v6', _('IPv4 over IPv6 next hops'), _('Where the interface has no IPv4 address (RFC 9229).'),
		{ modalonly: true, values: AUTOMATIC(_('where this router has an IPv4 address')) });
	at('timing', form.Flag, 'station_rate', _('Rates of a radio count'), _('Where no cost is given: a slow radio link costs more, whether it loses Hellos or not.'),
		{ modalonly: true, default: '1' });
	at('delay', form.ListValue, 'enable_timestamps', _('Measure round trips'), null,
		{ modalonly: true, values: AUTOMATIC(_('over tunnels')) });
	at('delay', form.Value, 'max_rtt_penalty', _('Largest penalty'), _('What a slow link costs more, at most.'),
		{ modalonly: true, placeholder: _('automatic'), validate: check.whole(0, 65534) });
	const least = at('delay', form.Value, 'rtt_min', _('Nothing is added up to'), _('Milliseconds.'), { modalonly: true, placeholder: '10' });
	const most = at('delay', form.Value, 'rtt_max', _('The most is added from'), _('Milliseconds.'), { modalonly: true, placeholder: '120' });
	const ordered = (low, high) => check.milliseconds(low || '10') < check.milliseconds(high || '120')
		|| _('Expected %s').format(_('milliseconds from 0 to 60000 such as 10, 0.5 or 2s, fewer above "nothing" than above "most"'));
	least.validate = function(section_id, value) {
		return ordered(value, this.section.formvalue(section_id, 'rtt_max'));
	};
	most.validate = function(section_id, value) {
		return ordered(this.section.formvalue(section_id, 'rtt_min'), value);
	};
	at('delay', form.Value, 'rtt_decay', _('Share of a new sample'), _('In the smoothed time, in 256ths.'),
		{ modalonly: true, placeholder: '42', validate: check.whole(1, 256) });
}

function addKeys(map) {
	const s = fields.grid(map, 'key', _('Keys'),
		_('A secret that all routers on a link share. Whoever does not have it can announce no route. It hides nothing: packets can still be read.'),
		{ addbtntitle: _('Add key'), modaltitle: (name) => _('Key %s').format(name) });
	fields.add(s, form.Value, 'id', _('Name'), _('Where it is not that of the section.'), { modalonly: true });
	fields.add(s, form.ListValue, 'type', _('Algorithm'), null,
		{ rmempty: false, values: [['hmac-sha256', 'HMAC-SHA256'], ['blake2s128', 'BLAKE2s']] });
	const value = fields.add(s, form.Value, 'value', _('Secret'), _('In hexadecimal; 32 random octets are best.'),
		{ modalonly: true, password: true, rmempty: false });
	value.validate = function(section_id, text) {
		const most = this.section.formvalue(section_id, 'type') == 'blake2s128' ? 32 : 64;
		return check.expect(_('1 to %s octets in hexadecimal').format(most), check.hex(most))(section_id, text);
	};
	fields.add(s, form.ListValue, 'use', _('Use'), _('From one key to the next in three steps: old both, new accept; old accept, new both; new both.'), {
		default: 'both',
		values: [['both', _('sign and accept')], ['accept', _('accept only')], ['off', _('not at all')]]
	});
}

function addFilters(map) {
	const s = fields.grid(map, 'filter', _('Filters'),
		_('The first filter of a kind that matches decides. Nothing is announced that no filter of kind "announce" allows.'),
		{ anonymous: true, sortable: true, addbtntitle: _('Add filter'), modaltitle: _('Filter') });
	fields.add(s, form.ListValue, 'type', _('Kind'), null, {
		rmempty: false,
		values: [['redistribute', _('announce')], ['in', _('accept')], ['out', _('pass on')], ['install', _('use')]]
	});
	fields.add(s, form.Value, 'ip', _('Inside'), _('A prefix; without it everything.'),
		{ validate: check.expect(_('a prefix such as %s').format('10.0.0.0/8'), check.prefix) });
	for (const [name, title] of [['eq', _('Length')], ['le', _('Length at most')], ['ge', _('Length at least')]])
		fields.add(s, form.Value, name, title, null, { modalonly: name != 'eq', validate: check.whole(0, 128) });
	fields.add(s, form.Value, 'src_ip', _('From inside'), _('The source prefix of an IPv6 route for packets from there alone.'),
		{ modalonly: true, validate: check.expect(_('an IPv6 prefix such as %s').format('2001:db8::/32'), check.sourcePrefix) });
	for (const [name, title] of [['src_eq', _('Source length')], ['src_le', _('Source length at most')], ['src_ge', _('Source length at least')]])
		fields.add(s, form.Value, name, title, null, { modalonly: true, validate: check.whole(0, 128) });
	fields.add(s, form.Value, 'if', _('Interface'), null,
		{ modalonly: true, validate: check.expect(_('the name of one interface'), check.interfaceName) });
	fields.add(s, form.Value, 'neigh', _('From neighbour'), null, {
		modalonly: true, depends: [{ type: 'in' }, { type: 'install' }],
		validate: check.expect(_('a neighbour\'s link-local address such as %s').format('fe80::1'), check.linkLocal)
	});
	fields.add(s, form.Value, 'id', _('Announced by'), null, {
		modalonly: true, depends: [{ type: 'in' }, { type: 'out' }, { type: 'install' }],
		validate: check.expect(_('a router-id of 8 octets such as %s').format('02:11:22:ff:fe:33:44:55'), check.routerId)
	});
	fields.add(s, form.Flag, 'local', _('Own addresses'), _('This router\'s addresses rather than its routes.'),
		{ modalonly: true, depends: [{ type: 'redistribute' }] });
	fields.add(s, form.Value, 'proto', _('Route protocol'), null, {
		modalonly: true, depends: [{ type: 'redistribute', local: '0' }],
		values: ['static', 'kernel', 'boot', 'dhcp', 'ra'].map((name) => [name, name]),
		validate: check.expect(_('a route protocol: a name such as static, dhcp, kernel or boot, or a number from 0 to 255'), check.protocol)
	});
	fields.add(s, form.Value, 'action', _('Then'),
		_('allow, deny, or for a route that is allowed: metric NUMBER, where kind is "announce" src_prefix PREFIX, where it is "use" table NUMBER and pref_src ADDRESS'), {
			placeholder: 'allow', values: [['allow', _('allow')], ['deny', _('deny')]],
			validate(section_id, value) {
				const kind = this.section.formvalue(section_id, 'type') ?? 'redistribute';
				return check.expect(_('allow, deny, or what else can be done to a route of this kind'), (text) => check.action(text, kind))(section_id, value);
			}
		});
	fields.add(s, form.Flag, 'ignore', _('Switched off'), null, { modalonly: true });
}

return view.extend({
	load() {
		return Promise.all([fields.devices(), uci.load('grange-routed')]);
	},

	render([devices]) {
		const map = new form.Map('grange-routed', _('Mesh'),
			_('How this router finds the others. A change is applied without dropping a route; without your confirmation it is taken back after 90 seconds or more.'));
		addGeneral(map);
		addInterfaces(map, devices);
		addKeys(map);
		addFilters(map);
		return map.render();
	}
});
