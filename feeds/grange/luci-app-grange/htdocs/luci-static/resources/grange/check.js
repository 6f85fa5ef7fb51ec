'use strict';
'require baseclass';

// What the daemons accept, in their words (docs/config-routed.md, docs/config-uplinkd.md). Each function takes the
// texts of an option and returns whether it would be read; `expect` makes a validator for form options of one.

// The kernel's names for whose a route is, without Babel's own.
const PROTOCOLS = ['redirect', 'kernel', 'boot', 'static', 'gated', 'ra', 'mrt', 'zebra', 'bird', 'dnrouted', 'xorp',
	'ntk', 'dhcp', 'mrouted', 'keepalived', 'ovn', 'openr', 'bgp', 'isis', 'ospf', 'rip', 'eigrp'];

const UNITS = { '': 1, s: 1, ms: 0.001, m: 60, h: 3600, d: 86400 };

function seconds(text) {
	const [all, digits, unit] = /^(\d+(?:\.\d{1,6})?)(ms|s|m|h|d|)$/.exec(text) ?? [];
	return all == null ? null : Number(digits) * UNITS[unit];
}

function number(text) {
	if (/^0x[0-9a-f]+$/i.test(text) || /^\d+$/.test(text))
		return Number(text);
	return null;
}

function ipv4(text) {
	const parts = text.split('.');
	return parts.length == 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part < 256);
}

function ipv6(text) {
	let groups = 8;
	const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
	if (tail) {
		if (!ipv4(tail[2]))
			return false;
		groups = 6;
		// The colon before the IPv4 part belongs to it, unless it is the second of '::'.
		text = tail[1].endsWith('::') ? tail[1] : tail[1].slice(0, -1);
	}
	const halves = text.split('::');
	const parts = halves.map((half) => (half === '' ? [] : half.split(':')));
	const count = parts.flat().length;
	if (halves.length > 2 || !parts.flat().every((part) => /^[0-9a-f]{1,4}$/i.test(part)))
		return false;
	return halves.length == 2 ? count < groups : count == groups;
}

function ip(text) {
	return ipv4(text) || ipv6(text);
}

function linkLocal(text) {
	return ipv6(text) && /^fe[89ab][0-9a-f]:/i.test(text);
}

function length(text, most) {
	return /^\d{1,3}$/.test(text) && +text <= most;
}

// A prefix, or an address alone.
function prefix(text) {
	const [address, plen, ...more] = text.split('/');
	if (more.length > 0 || !ip(address))
		return false;
	return plen == null || length(plen, ipv4(address) ? 32 : 128);
}

function device(text) {
	return /^[A-Za-z0-9_.@-]{1,15}$/.test(text) && text != '.' && text != '..';
}

// The kernel's names with the shell's wildcards.
function pattern(text) {
	if (text === '' || /[/\s\p{Cc}]/u.test(text))
		return false;
	if (new TextEncoder().encode(text).length > (/[*?[]/.test(text) ? 64 : 15))
		return false;
	let rest = text;
	for (let open = rest.indexOf('['); open >= 0; open = rest.indexOf('[')) {
		// A ']' right behind '[' or '[!' is one of the set.
		const set = /^\[(?:!|(?!!))[^][^\]]*\]/u.exec(rest.slice(open));
		if (set == null)
			return false;
		rest = rest.slice(open + set[0].length);
	}
	return true;
}

function day(text) {
	const [all, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
	if (all == null || month < 1 || month > 12)
		return false;
	// Day 0 of the next month is the last of this one.
	return date >= 1 && date <= new Date(Date.UTC(2000 + year % 400, month, 0)).getUTCDate();
}

function mask(text) {
	if (!/^0x[0-9a-f]{1,12}$/i.test(text))
		return false;
	const bits = Number(text);
	for (let shift = 0; shift <= 26; shift++)
		if (bits == 0x3f * 2 ** shift)
			return true;
	return false;
}

function size(text) {
	const [all, digits] = /^(\d+)[kKMG]?$/.exec(text) ?? [];
	return all != null && Number(digits) > 0 && Number(digits) < 1e10;
}

// Of a week: 22:00-07:00, mon-fri 09:00-17:00.
function hours(text) {
	const words = text.trim().split(/\s+/);
	const range = /^(\d\d?):(\d\d?)-(\d\d?):(\d\d?)$/.exec(words.pop());
	if (range == null || words.length > 1)
		return false;
	const [from, to] = [+range[1] * 60 + +range[2], +range[3] * 60 + +range[4]];
	if (range[2] > 59 || range[4] > 59 || from >= 1440 || to > 1440)
		return false;
	const day = '(mon|tue|wed|thu|fri|sat|sun)';
	const days = new RegExp(`^${day}(-${day})?(,${day}(-${day})?)*$`, 'i');
	return words.every((word) => days.test(word));
}

function table(text) {
	if (text == 'main' || text == 'default')
		return true;
	return /^\d+$/.test(text) && +text > 0 && +text <= 4294967295 && +text != 255;
}

// What a filter of a kind does with a route.
function action(text, kind) {
	const takes = {
		metric: (value) => /^\d+$/.test(value) && +value < (kind == 'install' ? 1 : 65535),
		table: (value) => kind == 'install' && table(value),
		pref_src: (value) => kind == 'install' && ip(value) && !linkLocal(value),
		src_prefix: (value) => kind == 'redistribute' && ipv6(value.split('/')[0]) && prefix(value) && !/^(fe[89ab]|ff|::1(\/|$))/i.test(value)
	};
	const words = text.trim().split(/\s+/);
	let denies = false, more = false;
	while (words.length > 0) {
		const word = words.shift().replace('-', '_');
		if (word == 'allow')
			continue;
		if (word == 'deny') {
			denies = true;
			continue;
		}
		const value = words.shift();
		if (value == null || !Object.hasOwn(takes, word) || !takes[word](value))
			return false;
		more = more || word != 'metric' || +value != 0;
	}
	return !(denies && more);
}

return baseclass.extend({
	seconds, ip, ipv4, ipv6, linkLocal, prefix, device, pattern, day, mask, size, hours, table, action,

	// A validator: an empty field is left to the daemon's default.
	expect(words, accepts) {
		return (section_id, value) => (value == null || value === '' || accepts(value)) || _('Expected %s').format(words);
	},

	whole(least, most) {
		return this.expect(_('a whole number from %s to %s').format(least, most), (text) => {
			const value = number(text);
			return value != null && value >= least && value <= most;
		});
	},

	time(least, most, words) {
		return this.expect(_('a time %s, such as 4, 0.5, 400ms or 2m').format(words), (text) => {
			const value = seconds(text);
			return value != null && value >= least && value <= most;
		});
	},

	// In milliseconds, which need no unit; NaN for what is none or longer than a minute.
	milliseconds(text) {
		const value = seconds(/\d$/.test(text) ? `${text}ms` : text);
		return value != null && value <= 60 ? 1000 * value : NaN;
	},

	interfaceName: (text) => pattern(text) && !/[*?[]/.test(text),
	meshAddress: (text) => ip(text) && !/^(127\.|0\.0\.0\.0$|2(2[4-9]|3\d)\.|ff|(0*:)+0*1?$)/i.test(text),
	protocol: (text) => PROTOCOLS.includes(text) || (/^\d+$/.test(text) && +text < 256 && +text != 42),
	sourcePrefix: (text) => ipv6(text.split('/')[0]) && prefix(text),
	path: (text) => text.startsWith('/'),
	page: (text) => /^\/[!-~]*$/.test(text),
	ascii: (text) => /^[ -~]*$/.test(text),
	routerId: (text) => /^([0-9a-f]{2}:){7}[0-9a-f]{2}$/i.test(text) && !/^(00:){7}00$|^(ff:){7}ff$/i.test(text),
	cents: (text) => /^\d{1,9}(\.\d\d)?$/.test(text),
	ports(text) {
		const [all, first, last] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
		return all != null && +first <= +(last ?? first) && +(last ?? first) < 65536;
	},
	ownPrefix: (text) => prefix(text) && !/\/0+$/.test(text),
	setName: (text) => /^\w{1,24}$/.test(text),
	key: (text) => /^[0-9a-f]{64}$/i.test(text),
	// 32 octets as `wg` prints them (RFC 4648 §4), or in hexadecimal digits.
	publicKey: (text) => /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text) || /^[0-9a-f]{64}$/i.test(text),
	hex(octets) {
		return (text) => /^([0-9a-f]{2})+$/i.test(text) && text.length <= 2 * octets;
	}
});
