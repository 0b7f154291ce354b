// The pages that are judged: every edition of the sample and of every-block/, in every theme, as `postrider build` writes them.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { partsOf, textOf } from './mail.mjs';
import { run } from './program.mjs';

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
export async function build(binary, work) {
    const projects = Object.entries(PROJECTS).map(([project, source]) => buildProject(binary, work, project, source));
    return (await Promise.all(projects)).flat();
}

async function buildProject(binary, work, project, source) {
    const pages = [];
    // One copy for all themes: what the program keeps of a project, such as pictures that it has scaled, serves each.
    const copy = path.join(work, project);
    mkdirSync(copy);
    for (const file of FILES) {
        if (existsSync(path.join(source, file))) cpSync(path.join(source, file), path.join(copy, file), { recursive: true });
    }
    const issues = readdirSync(path.join(copy, 'issues')).sort();
    for (const theme of THEMES) {
        dress(path.join(copy, 'newsletter.toml'), theme);
        for (const issue of issues) {
            const out = path.join(work, 'built', project, issue, theme);
            await run(binary, ['build', issue, '--project', copy, '--out', out, '--messages']);
            for (const file of readdirSync(out).sort()) {
                const language = path.basename(file, '.eml');
                // Named by its issue only where a project has several.
                const name = [project, ...(issues.length > 1 ? [issue] : []), theme, language].join(' ');
                pages.push(read({ name, project, theme, language }, path.join(out, file)));
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
