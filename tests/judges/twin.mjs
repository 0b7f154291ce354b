// The same content in MJML: it must say the same words, and ours must score above it.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'cheerio';
import mjml2html from 'mjml';

import { HERE } from './page.mjs';
import { scored } from './score.mjs';

export const columns = ['twin'];

/** Judges the sample in its first theme; its words are the same in all. */
export async function judge(pages) {
    const findings = new Map();
    for (const page of pages.filter((page) => page.project === 'sample' && page.theme === 'delta')) {
        findings.set(page, { twin: verdict(page) });
    }
    return findings;
}

function verdict(page) {
    const file = path.join(HERE, 'twin', `${page.language}.mjml`);
    if (!existsSync(file)) return { wrong: [`twin/${page.language}.mjml is missing`] };
    const { html, errors } = mjml2html(readFileSync(file, 'utf8'), { validationLevel: 'strict', filePath: file });
    const wrong = errors.map((error) => error.formattedMessage);
    const [ours, theirs] = [scored(page.html), scored(html)];
    if (ours.score <= theirs.score)
        wrong.push(`scores ${theirs.score.toFixed(1)} %, and ours only ${ours.score.toFixed(1)} %: ${ours.worst}`);
    wrong.push(...differences(content(page.html), content(html)));
    return { measure: theirs.score.toFixed(1), wrong };
}

/** How often each word that is read, each address of a link and each picture's alternative text stands in a document. */
function content(html) {
    const $ = load(html);
    $('head, style, script').remove();
    // The preheader is filled up with invisible characters, by each in its own way.
    $('[style]')
        .filter((_, node) => /display:\s*none/.test($(node).attr('style')))
        .remove();
    $('br, p, div, td, li, h1, h2, h3, h4').append(' ');
    const words = $('body')
        .text()
        .normalize('NFC')
        .replace(/[\u00ad\u034f\u200b\u2007\ufeff]/g, '')
        .split(/\s+/);
    const addresses = $('a[href]')
        .toArray()
        .map((link) => `→ ${$(link).attr('href')}`);
    const pictures = $('img')
        .toArray()
        .map((picture) => `[${$(picture).attr('alt')}]`);
    const counts = new Map();
    for (const item of [...words, ...addresses, ...pictures]) if (item) counts.set(item, (counts.get(item) ?? 0) + 1);
    return counts;
}

function differences(ours, theirs) {
    const lacking = (of, from) => [...of].filter(([item, count]) => count > (from.get(item) ?? 0)).map(([item]) => item);
    const say = (who, items) =>
        items.length ? [`${who} alone: ${items.slice(0, 12).join(' · ')}${items.length > 12 ? ' …' : ''}`] : [];
    return [...say('in the edition', lacking(ours, theirs)), ...say('in its twin', lacking(theirs, ours))];
}
