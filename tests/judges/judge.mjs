// Judges the composed mail with tools that are not ours. README.md beside this file says how to read what it prints.
//
//     node judge.mjs [--update] [--only JUDGE] [--pages TEXT] POSTRIDER

import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import * as axe from './axe.mjs';
import { launch } from './browser.mjs';
import * as htmlValidate from './html-validate.mjs';
import { build, ROOT } from './page.mjs';
import { planted } from './planted.mjs';
import * as score from './score.mjs';
import * as snapshot from './snapshot.mjs';
import * as spam from './spam.mjs';
import { details, table } from './table.mjs';
import * as twin from './twin.mjs';
import * as vnu from './vnu.mjs';

const JUDGES = { axe, vnu, 'html-validate': htmlValidate, spam, score, twin, snapshot };

const { values, positionals } = parseArgs({
    options: { update: { type: 'boolean' }, only: { type: 'string', multiple: true }, pages: { type: 'string' } },
    allowPositionals: true,
});
const [binary] = positionals;
const asked = values.only ?? Object.keys(JUDGES);
if (!binary || asked.some((name) => !(name in JUDGES))) {
    console.error(`use: node judge.mjs [--update] [--only ${Object.keys(JUDGES).join('|')}] [--pages TEXT] POSTRIDER`);
    process.exit(2);
}

// Kept until the next run: what was built, and the looks that differ.
const work = path.join(ROOT, 'target', 'judges');
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });

const verdicts = new Map();
const fault = await judged().catch((error) => {
    console.error(`No judgement: ${error.message}`);
    process.exit(1);
});

const columns = asked.flatMap((name) => JUDGES[name].columns);
const missed = columns.filter((column) => !verdicts.get(fault)[column]?.wrong.length);
verdicts.delete(fault);

console.log(table(columns, verdicts));
const wrong = details(verdicts);
if (wrong) console.log(`\n${wrong}`);
if (missed.length)
    console.log(`\nThe faults planted for ${missed.join(', ')} were not found: nothing that they say can be trusted.`);
process.exit(wrong || missed.length || !verdicts.size ? 1 : 0);

/** Fills `verdicts`, and returns the page among them that has the planted faults. */
async function judged() {
    const built = await build(path.resolve(binary), work);
    const pages = built.filter((page) => page.name.includes(values.pages ?? ''));
    const fault = planted(built[0]);
    const browser = await launch();
    try {
        for (const page of [...pages, fault]) verdicts.set(page, {});
        const tools = { browser, work, isUpdate: values.update };
        const found = await Promise.all(asked.map((name) => JUDGES[name].judge([...pages, fault], tools)));
        for (const findings of found) for (const [page, columns] of findings) Object.assign(verdicts.get(page), columns);
    } finally {
        await browser.close();
    }
    return fault;
}
