// Draws the README's pictures of the sample's first edition: its top in docs/newsletter.jpg, in each theme, side by side, in docs/themes.jpg,
// and on the desk, with a finding to mend, in docs/desk.jpg.
//
//     node gallery.mjs POSTRIDER

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { launch, open } from './browser.mjs';
import { build, ROOT } from './page.mjs';

const LOOK = { viewport: { width: 640, height: 1060 }, deviceScaleFactor: 1 };
const JPEG = { type: 'jpeg', quality: 82 };
/** CSS pixels of one page in the gallery, and between two. */
const WIDTH = 480;
const GAP = 24;

const [binary] = process.argv.slice(2);
if (!binary) {
    console.error('use: node gallery.mjs POSTRIDER');
    process.exit(2);
}
const work = mkdtempSync(path.join(os.tmpdir(), 'postrider-gallery-'));
const browser = await launch();
try {
    const pages = (await build(path.resolve(binary), work)).filter((page) => page.project === 'sample' && page.language === 'en');
    const shots = [];
    for (const page of pages) {
        await open(browser, page, async (tab) => shots.push(await tab.screenshot()), LOOK);
        if (page.theme !== 'delta') continue;
        const file = path.join(ROOT, 'docs/newsletter.jpg');
        await open(browser, page, (tab) => tab.screenshot({ path: file, ...JPEG }), LOOK);
    }
    const pictures = shots.map((png) => `<img src="data:image/png;base64,${png.toString('base64')}">`);
    const style = `body{margin:0;padding:${GAP}px;display:flex;gap:${GAP}px;background:#d9dedc;width:max-content}
        img{display:block;width:${WIDTH}px;border-radius:6px}`;
    const tab = await browser.newPage();
    await tab.setContent(`<style>${style}</style>${pictures.join('')}`);
    await tab.locator('body').screenshot({ path: path.join(ROOT, 'docs/themes.jpg'), ...JPEG });
    await drawDesk();
} finally {
    await browser.close();
    rmSync(work, { recursive: true, force: true });
}

/** The desk, with a preheader too short to say anything: the check unfolded. */
async function drawDesk() {
    const project = path.join(work, 'desk');
    for (const file of ['newsletter.toml', 'subscribers.toml', 'issues', 'artwork']) {
        cpSync(path.join(ROOT, file), path.join(project, file), { recursive: true });
    }
    const edition = path.join(project, 'issues/2023-q3/en.toml');
    const text = readFileSync(edition, 'utf8');
    writeFileSync(edition, text.replace(/^preheader.*$/m, 'preheader = "Our news"'));
    const desk = spawn(path.resolve(binary), ['preview', '--project', project, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
        for await (const line of createInterface({ input: desk.stdout })) {
            const tab = await browser.newPage({ viewport: { width: 1280, height: 860 } });
            await tab.goto(line.match(/http:\S+/)[0]);
            await tab.locator('#checks summary').first().click();
            await tab.locator('iframe').first().contentFrame().locator('img').first().waitFor();
            await tab.mouse.move(0, 0);
            await tab.screenshot({ path: path.join(ROOT, 'docs/desk.jpg'), ...JPEG });
            break;
        }
    } finally {
        desk.kill('SIGTERM');
    }
}
