#!/usr/bin/env node
// The texts of the pages, for translators.
//
//   po/messages.mjs           writes templates/grange.pot, and brings each language's file up to it
//   po/messages.mjs --check   changes nothing; 1 if a file is out of date, or German is not whole
//
// Texts are the first arguments of _() and N_() in htdocs, the titles of the menu and the descriptions of the access list.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const po = dirname(fileURLToPath(import.meta.url));
const app = dirname(po);
const WHOLE = ['de'];
const HEADER = (language) => `msgid ""\nmsgstr ""\n${language ? `"Language: ${language}\\n"\n"Plural-Forms: nplurals=2; plural=n != 1;\\n"\n` : ''}"Content-Type: text/plain; charset=UTF-8\\n"\n`;

// A text as a string of C, and back.
const quoted = (text) => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
const unquoted = (text) => text.replace(/\\(n|.)/g, (all, letter) => (letter == 'n' ? '\n' : letter));

const STRING = String.raw`'((?:[^'\\]|\\.)*)'`;

// Map(text, or ONE\u0001MANY -> places).
async function texts() {
	const found = new Map();
	const note = (text, place) => found.set(text, [...new Set([...found.get(text) ?? [], place])]);
	const list = await readdir(join(app, 'htdocs'), { recursive: true });
	for (const file of list.filter((name) => name.endsWith('.js')).sort()) {
		const source = await readFile(join(app, 'htdocs', file), 'utf8');
		const place = `htdocs/${file}`;
		for (const [, text] of source.matchAll(new RegExp(String.raw`\b_\(${STRING}`, 'g')))
			note(unquoted(text), place);
		for (const [, one, many] of source.matchAll(new RegExp(String.raw`\bN_\([^,]+, ${STRING}, ${STRING}`, 'g')))
			note(`${unquoted(one)}\u0001${unquoted(many)}`, place);
	}
	const menu = 'root/usr/share/luci/menu.d/luci-app-grange.json';
	Object.values(JSON.parse(await readFile(join(app, menu)))).forEach(({ title }) => note(title, menu));
	const acl = 'root/usr/share/rpcd/acl.d/luci-app-grange.json';
	Object.values(JSON.parse(await readFile(join(app, acl)))).forEach(({ description }) => note(description, acl));
	return found;
}

// Map(text -> list of translations) of a file as this program writes it.
async function read(file) {
	const known = new Map();
	for (const block of (await readFile(file, 'utf8').catch(() => '')).split(/\n\n+/)) {
		const part = (name) => new RegExp(String.raw`^${name} "(.*)"$`, 'm').exec(block)?.[1];
		const [one, many] = [part('msgid'), part('msgid_plural')];
		if (!one)
			continue;
		const said = many == null ? [part('msgstr')] : [part('msgstr\\[0\\]'), part('msgstr\\[1\\]')];
		known.set(unquoted(many == null ? one : `${one}\u0001${many}`), said.map((text) => unquoted(text ?? '')));
	}
	return known;
}

function write(found, known, language) {
	const blocks = [...found].map(([text, places]) => {
		const [one, many] = text.split('\u0001');
		const said = known.get(text) ?? [];
		const lines = [...places.map((place) => `#: ${place}`), `msgid ${quoted(one)}`];
		if (many != null)
			lines.push(`msgid_plural ${quoted(many)}`, ...[0, 1].map((index) => `msgstr[${index}] ${quoted(said[index] ?? '')}`));
		else
			lines.push(`msgstr ${quoted(said[0] ?? '')}`);
		return `${lines.join('\n')}\n`;
	});
	return [HEADER(language), ...blocks].join('\n');
}

// For the stand-in: { text: translation, 'ONE\u0001MANY': [one, many] }.
export async function translations(language) {
	const known = await read(join(po, language, 'grange.po'));
	return Object.fromEntries([...known].map(([text, said]) => [text, text.includes('\u0001') ? said : said[0]]));
}

async function main(check) {
	const found = await texts();
	const problems = [];
	const languages = (await readdir(po, { withFileTypes: true })).filter((one) => one.isDirectory() && one.name != 'templates').map((one) => one.name);
	for (const [file, language] of [[join(po, 'templates/grange.pot'), null], ...languages.map((name) => [join(po, name, 'grange.po'), name])]) {
		const known = language ? await read(file) : new Map();
		const now = write(found, known, language);
		if (!check)
			await writeFile(file, now);
		else if (now != await readFile(file, 'utf8').catch(() => ''))
			problems.push(`${relative(app, file)} is out of date: run po/messages.mjs`);
		if (!WHOLE.includes(language))
			continue;
		const holes = (text) => (text.match(/%[sd%]/g) ?? []).length;
		for (const text of found.keys()) {
			const said = known.get(text) ?? [''];
			if (said.some((one) => one === ''))
				problems.push(`${language}: not translated: ${text}`);
			else if (said.some((one) => holes(one) != holes(text.split('\u0001')[0])))
				problems.push(`${language}: other places for %s: ${text}`);
		}
	}
	problems.forEach((problem) => console.error(problem));
	console.log(`${found.size} texts`);
	process.exit(check && problems.length ? 1 : 0);
}

if (process.argv[1] == fileURLToPath(import.meta.url))
	await main(process.argv.includes('--check'));
