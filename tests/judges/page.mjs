// The pages that are judged: every edition of the sample and of every-block/, in every theme, as `postrider build` writes them.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { partsOf, textOf } from './mail.mjs';

export const HERE = import.meta.dirname;
export const ROOT = path.resolve(HERE, '../..');
export const THEMES = ['delta', 'gazette', 'monsoon'];

const PROJECTS = { sample: ROOT, 'every-block': path.join(HERE, 'every-block') };
/** What a project consists of; what the program keeps for itself stays behind. */
const FILES = ['newsletter.toml', 'subscribers.toml', 'issues', 'artwork'];

/**
 * Builds everything under the folder `work` and returns the pages:
 * `{ name, project, theme, language, file, octets, parts, html, text }`, where `file` is the message and `html` its HTML part.
 */
export function build(binary, work) {
    const pages = [];
    for (const [project, source] of Object.entries(PROJECTS)) {
        for (const theme of THEMES) {
            const copy = path.join(work, `${project}-${theme}`);
            const out = path.join(copy, 'out');
            mkdirSync(copy);
            for (const file of FILES) {
                if (existsSync(path.join(source, file)))
                    cpSync(path.join(source, file), path.join(copy, file), { recursive: true });
            }
            dress(path.join(copy, 'newsletter.toml'), theme);
            execFileSync(binary, ['build', '--project', copy, '--out', out], { stdio: ['ignore', 'ignore', 'inherit'] });
            for (const file of readdirSync(out)
                .filter((file) => file.endsWith('.eml'))
                .sort()) {
                const language = path.basename(file, '.eml');
                const page = { name: `${project} ${theme} ${language}`, project, theme, language };
                pages.push(read(page, path.join(out, file)));
            }
        }
    }
    return pages;
}

/** Fills a page in from its message. */
export function read(page, file) {
    const octets = readFileSync(file);
    const parts = partsOf(octets);
    return { ...page, file, octets, parts, html: textOf(parts, 'text/html'), text: textOf(parts, 'text/plain') };
}

/** Has the project use the theme, whatever its own is. */
function dress(file, theme) {
    const toml = readFileSync(file, 'utf8');
    const named = /^(\[theme\][^[]*?^name\s*=\s*)"[^"]*"/m;
    const line = `name = "${theme}"`;
    let dressed = `${toml}\n[theme]\n${line}\n`;
    if (named.test(toml)) dressed = toml.replace(named, `$1"${theme}"`);
    else if (/^\[theme\]$/m.test(toml)) dressed = toml.replace(/^\[theme\]$/m, `[theme]\n${line}`);
    writeFileSync(file, dressed);
}
