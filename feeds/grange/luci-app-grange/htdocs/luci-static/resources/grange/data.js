'use strict';
'require baseclass';
'require rpc';

// What grange-rpcd answers (docs/grange-rpcd.md). A daemon that cannot be asked is an error with its words.

function declare(object, method, ...params) {
	const call = rpc.declare({ object, method, params, expect: { '': {} }, reject: true });
	return (...args) => call(...args).then((reply) => {
		if (reply?.error)
			throw Object.assign(new Error(reply.error.message), { code: reply.error.code });
		return reply;
	}, (error) => {
		if (/object not found|method not found/i.test(error.message))
			error = Object.assign(new Error(_('grange-rpcd does not answer. Is it running?')), { code: 'not_running' });
		else if (/resource not found/i.test(error.message))
			error = Object.assign(new Error(_('The router does not know it any more.')), { code: 'not_found' });
		throw error;
	});
}

const job = declare('grange', 'job', 'id');

const wait = (ms) => new Promise((resolve) => window.setTimeout(resolve, ms));

return baseclass.extend({
	status: declare('grange', 'status'),
	events: declare('grange', 'events', 'limit', 'offset'),
	history: declare('grange', 'history', 'kind', 'name', 'family', 'span'),

	topology: declare('grange.mesh', 'topology'),
	router: declare('grange.mesh', 'router', 'id'),
	neighbours: declare('grange.mesh', 'neighbours'),
	path: declare('grange.mesh', 'path', 'to'),

	uplinks: declare('grange.uplink', 'status'),
	usage: declare('grange.uplink', 'usage', 'month'),
	bill: declare('grange.uplink', 'bill', 'month'),
	csv: declare('grange.uplink', 'bill', 'month', 'format'),
	explain: declare('grange.uplink', 'explain', 'address', 'to', 'protocol', 'port'),

	drain: declare('grange.uplink', 'drain', 'uplink'),
	undrain: declare('grange.uplink', 'undrain', 'uplink'),
	probe: declare('grange.uplink', 'probe', 'uplink'),
	linktest: declare('grange.mesh', 'linktest', 'neighbour', 'count'),

	// What a job gives in the end; `progress` hears how far it is, per cent.
	async done({ job: id }, progress) {
		for (;;) {
			const { state, result, problem, progress_percent } = await job(id);
			if (state == 'failed')
				throw Object.assign(new Error(problem?.message), { code: problem?.code });
			if (state == 'done')
				return result;
			progress?.(progress_percent);
			await wait(500);
		}
	},

	// The values of a history as points of a graph: [seconds, value or null], oldest first.
	points({ step_s, values }, name, scale) {
		const list = values?.[name] ?? [];
		return list.map((value, index) => [(index - list.length) * step_s, value == null ? null : value * (scale ?? 1)]);
	}
});
