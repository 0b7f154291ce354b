// Draws the README's pictures of the sample's first edition: its top in docs/newsletter.jpg, and in each theme, side by side, in
// docs/themes.jpg.
//
//     node gallery.mjs POSTRIDER

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

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
} finally {
    await browser.close();
    rmSync(work, { recursive: true, force: true });
}
