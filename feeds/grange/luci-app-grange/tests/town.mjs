// Replies of grange-rpcd in a town of twelve routers: town.json, and a history for every graph.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const town = JSON.parse(readFileSync(join(here, 'town.json')));
export const schema = JSON.parse(readFileSync(join(here, '../../../../docs/rpcd-schema.json')));

// Something that looks like an evening: a base, waves, a burst, a hole where nothing was measured.
function wave(count, base, swing, seed) {
	let state = seed;
	const noise = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
	return Array.from({ length: count }, (unused, index) => (index > count * 0.2 && index < count * 0.23 ? null
		: Math.round(base + swing * (Math.sin(index / count * 9 + seed) ** 2 * (0.6 + 0.4 * noise()) + (index > count * 0.7 && index < count * 0.8 ? 0.7 : 0)))));
}

const SPANS = { '5m': [1, 300], '1d': [60, 1440], '30d': [3600, 720] };

function history(kind, span, seed) {
	const [step_s, count] = SPANS[span];
	const values = kind == 'link' ? { cost: wave(count, 270, 120, seed), reach: wave(count, 14, 2, seed) } : {
		down_bytes_per_s: wave(count, 300000, 6000000, seed), up_bytes_per_s: wave(count, 50000, 700000, seed + 1),
		rtt_us: wave(count, 9000, 21000, seed + 2), loss_permille: wave(count, 0, 12, seed + 3)
	};
	return { kind, name: kind == 'link' ? 'fe80::2%phy1-mesh0' : 'dsl', family: kind == 'link' ? null : 'ipv4', span, step_s, newest_age_ms: 400, values };
}

export function replies(more) {
	return { ...structuredClone(town), 'grange history': [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => history('uplink', '5m', seed)), ...more };
}
export const linkHistory = [history('link', '5m', 3)];

// Where a value is not of its shape, as PATH: reason; empty when all is well.
export function faults(name, value, nodeModules) {
	const Ajv = createRequire(join(nodeModules, 'x'))('ajv');
	const ajv = new Ajv({ allErrors: true });
	const check = ajv.compile({ $ref: `#/$defs/${name}`, $defs: schema.$defs });
	return check(value) ? [] : check.errors.map((error) => `${name}${error.dataPath ?? error.instancePath}: ${error.message}`);
}

// Every text that is somebody's words or name is replaced, in turn, by these.
const WORDS = new Set(['name', 'label', 'text', 'why', 'summary', 'uplink', 'member', 'owner', 'from', 'to', 'device', 'interface', 'message', 'problem',
	'matches', 'uses', 'neighbour', 'daemon', 'via', 'gateway', 'prefix', 'address', 'id', 'router_id', 'source', 'target', 'month', 'router', 'csv']);

export function hostile(value, payloads, key, turn = { next: 0 }, known = new Map()) {
	if (typeof value == 'string') {
		if (!WORDS.has(key) && !(key === '#' /* an item of a list of texts */))
			return value;
		if (!known.has(value))
			known.set(value, `${payloads[turn.next++ % payloads.length]}${turn.next}`);
		return known.get(value);
	}
	if (Array.isArray(value))
		return value.map((item) => hostile(item, payloads, typeof item == 'string' ? '#' : key, turn, known));
	if (value && typeof value == 'object')
		return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hostile(item, payloads, name, turn, known)]));
	return value;
}
