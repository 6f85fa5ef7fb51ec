'use strict';
'require view';
'require grange.data as data';
'require grange.show as show';
'require grange.words as words';

const MONTHS = 13;

// The months that the ledger keeps, newest first.
function months(now) {
	return Array.from({ length: MONTHS }, (unused, back) => {
		const day = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
		return [day.toISOString().slice(0, 7), day.toLocaleDateString(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' })];
	});
}

// Bytes by member: Map(name -> { up, down, uplinks: Map(name -> bytes) }), the largest first.
function byMember(usage) {
	const members = new Map();
	for (const { member, uplink, bytes_up, bytes_down } of usage) {
		const sum = members.get(member) ?? { up: 0, down: 0, uplinks: new Map() };
		sum.up += Number(bytes_up);
		sum.down += Number(bytes_down);
		sum.uplinks.set(uplink, (sum.uplinks.get(uplink) ?? 0) + Number(bytes_up) + Number(bytes_down));
		members.set(member, sum);
	}
	return new Map([...members].sort(([, a], [, b]) => b.up + b.down - a.up - a.down));
}

function usageTable(usage) {
	const members = byMember(usage);
	const most = Math.max(1, ...[...members.values()].map(({ up, down }) => up + down));
	return show.table([_('Member'), _('Used'), _('Down'), _('Up'), _('By uplink')], [...members].map(([member, { up, down, uplinks }]) => [
		show.name(member),
		show.bar(100 * (up + down) / most, show.bytes(up + down)),
		show.bytes(down), show.bytes(up),
		E('span', {}, [...uplinks].flatMap(([uplink, bytes], index) => [index ? ', ' : '', show.name(uplink), ` ${show.bytes(bytes)}`]))
	]), _('Nothing was counted in that month.'));
}

const balance = (cents) => (cents > 0 ? show.badge('good', _('gets %s').format(show.money(cents)))
	: cents < 0 ? show.badge('fair', _('owes %s').format(show.money(-cents))) : show.badge('idle', _('even')));

// How this home stands where it uses the neighbours' lines.
function gatewayTable(gateways) {
	return show.table([_('Uplink'), _('Paid by'), _('Balance'), _('Counted there'), _('Counted here')], gateways.map((gateway) => [
		show.name(gateway.uplink), show.name(gateway.owner), gateway.balance_cents == null ? '–' : balance(gateway.balance_cents),
		show.bytes(gateway.bytes_claimed),
		E('span', {}, [show.bytes(gateway.bytes_counted), ...(gateway.differs ? [' ', show.badge('bad', _('more than 2 %% apart').format())] : [])])
	]), '');
}

function billTables(bill) {
	const carried = bill.uplinks.map((uplink) => {
		const [counted, all] = [Number(uplink.bytes_counted), Number(uplink.bytes_carried)];
		return [
			show.name(uplink.uplink), show.money(uplink.cost_cents), show.name(uplink.owner), show.bytes(all),
			_('%s of members').format(show.bytes(counted))
		];
	});
	const used = bill.gateways.length == 0 ? [] : [
		E('p', {}, [_('How this home stands by the ledgers of the gateways that it uses, whose bills these are:')]), gatewayTable(bill.gateways)
	];
	return bill.uplinks.length == 0 ? used : [
		...used,
		E('p', {}, [
			_('%s to share, %s %% of it alike, the rest by use.').format(show.money(bill.total_cents), bill.fixed_percent),
			bill.is_complete ? '' : ` ${_('The month is not over: this will change.')}`
		]),
		bill.transfers.length == 0 ? '' : E('ul', { class: 'grange-transfers' }, bill.transfers.map(({ from, to, cents }) =>
			E('li', {}, words.sentence(_('%s gives %s to %s'), show.name(from), E('strong', {}, [show.money(cents)]), show.name(to))))),
		show.table([_('Member'), _('Days'), _('Used'), _('Share'), _('Paid'), _('Balance')], bill.members.map((member) => [
			show.name(member.member), String(member.days), show.bytes(member.bytes), show.money(member.share_cents), show.money(member.paid_cents),
			balance(member.balance_cents)
		]), _('Nobody shares.')),
		show.table([_('Uplink'), _('Costs'), _('Paid by'), _('Carried'), _('Counted')], carried, _('No uplink has a cost.')),
		E('p', {}, [E('em', {}, [
			_('Bytes are told apart by address alone, so whoever can use another\'s address is billed to him. A provider\'s terms may forbid to share a line: read them before you do.')
		])])
	];
}

return view.extend({
	month: undefined,

	load() {
		show.css();
	},

	async download() {
		const { csv } = await data.csv(this.month, 'csv');
		const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv;charset=utf-8' }));
		const link = E('a', { href: url, download: `grange-bill-${this.month ?? months(new Date())[0][0]}.csv` }, []);
		document.body.appendChild(link);
		link.click();
		link.remove();
		URL.revokeObjectURL(url);
	},

	// Where no line has a cost there is no bill, and all the same something to count.
	ask() {
		return Promise.all([data.usage(this.month), data.bill(this.month).catch((error) => {
			if (error.code != 'refused')
				throw error;
			return { none: error.message };
		})]);
	},

	render() {
		const place = show.live(30, () => this.ask(), ([{ usage, more }, bill]) => [
			show.section(_('Usage'), [usageTable(usage), more ? E('p', {}, [_('There is more than can be shown here: download the table.')]) : '']),
			show.section(_('Bill'), bill.none ? [E('p', {}, [E('em', {}, [show.short(bill.none, 200)])])] : billTables(bill))
		], (error) => words.failure(error));
		const choices = months(new Date());
		return E('div', { class: 'grange-page' }, [
			E('div', { class: 'grange-title' }, [
				E('h2', {}, [_('Members and bill')]),
				E('span', { class: 'grange-form' }, [
					show.choice(choices, choices[0][0], (month) => {
						this.month = month == choices[0][0] ? undefined : month;
						return place.again();
					}),
					E('button', { class: 'btn cbi-button', click: words.attempt(() => this.download()) }, [_('Download as table (CSV)')])
				])
			]),
			place
		]);
	},

	handleSave: null,
	handleSaveApply: null,
	handleReset: null
});
