// The rules that LuCI's own repository has for its pages, and a few more: what is not used or not known is an error.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const wanted = createRequire(join(process.env.LUCI_NODE_MODULES ?? process.cwd(), 'x'));
const js = wanted('@eslint/js');
const json = wanted('@eslint/json').default;
const globals = wanted('globals');

// LuCI's own, and the modules that files ask for by 'require'.
const luci = ['_', 'N_', 'L', 'E', 'baseclass', 'dom', 'form', 'poll', 'rpc', 'uci', 'ui', 'view', 'check', 'data', 'fields', 'graph', 'map', 'show', 'words'];
const strict = { ...js.configs.recommended.rules, 'no-unused-vars': ['error', { argsIgnorePattern: '^(unused|section_id)$', varsIgnorePattern: '^all$' }] };

export default [
	{
		files: ['htdocs/**/*.js'],
		languageOptions: {
			sourceType: 'script', ecmaVersion: 2026, parserOptions: { ecmaFeatures: { globalReturn: true } },
			globals: { ...globals.browser, ...Object.fromEntries(luci.map((name) => [name, 'readonly'])) }
		},
		rules: { ...strict, 'no-prototype-builtins': 0, 'no-control-regex': 0 }
	},
	{
		files: ['tests/*.js'],
		languageOptions: { sourceType: 'script', ecmaVersion: 2026, globals: { ...globals.browser, L: 'readonly' } },
		rules: { ...strict, 'no-unused-vars': ['error', { argsIgnorePattern: '^(unused|all)$', varsIgnorePattern: '^all$' }] }
	},
	{
		files: ['**/*.mjs'],
		languageOptions: { ecmaVersion: 2026, globals: { ...globals.node, ...globals.browser, standIn: 'readonly', E: 'readonly', _: 'readonly' } },
		rules: { ...strict, 'no-control-regex': 0, 'no-unused-vars': ['error', { argsIgnorePattern: '^unused$', destructuredArrayIgnorePattern: '^all$', varsIgnorePattern: '^all$' }] }
	},
	{ files: ['**/*.json'], plugins: { json }, language: 'json/json', rules: json.configs.recommended.rules }
];
