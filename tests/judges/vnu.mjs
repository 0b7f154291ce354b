// The Nu HTML checker, one process for all pages.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { run } from './program.mjs';

/**
 * What mail needs and the web does not: Word's namespaces and properties, `xml:lang` (the only language that Word reads), the
 * older name of `color-scheme`, and Outlook.com's smoothing of pictures.
 */
const WANTED = '.*(xmlns:[vo]|xml:lang|mso-|supported-color-schemes|-ms-interpolation).*';

export const columns = ['vnu'];

export async function judge(pages, { work }) {
    const jar = createRequire(import.meta.url).resolve('vnu-jar/build/dist/vnu.jar');
    const folder = path.join(work, 'vnu');
    mkdirSync(folder);
    const byAddress = new Map();
    for (const [index, page] of pages.entries()) {
        const file = path.join(folder, `${index}.html`);
        writeFileSync(file, page.html);
        byAddress.set(pathToFileURL(file).href.replace('file:///', 'file:/'), page);
    }
    const findings = new Map(pages.map((page) => [page, { vnu: { wrong: [] } }]));
    const asked = [
        '-Xss2m',
        '-jar',
        jar,
        '--errors-only',
        '--format',
        'json',
        '--exit-zero-always',
        '--filterpattern',
        WANTED,
        folder,
    ];
    const { stderr } = await run('java', asked);
    for (const { url, lastLine, firstColumn, message, extract } of JSON.parse(Buffer.from(stderr, 'latin1').toString())
        .messages) {
        const page = byAddress.get(url.replace('file:///', 'file:/'));
        if (!page) throw new Error(`vnu speaks of ${url}, which it was not given: ${message}`);
        findings.get(page).vnu.wrong.push(`${lastLine}:${firstColumn ?? 1} ${message} ${extract ? `… ${extract}` : ''}`);
    }
    return findings;
}
