// The look of the sample, compared with the pictures in snapshots/ that someone has approved.
//
// Half a pixel a point and few colours keep the files small. Photographs are covered: this is about the layout round them, and
// how they are encoded is tested elsewhere.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

import { open } from './browser.mjs';
import { HERE } from './page.mjs';
import { indexed } from './palette.mjs';

const FOLDER = path.join(HERE, 'snapshots');
const WIDTHS = { phone: 375, desktop: 700 };
/** Half as many pixels as CSS ones. */
const SCALE = 0.5;
/** The share of pixels that may differ: smoothing of letters varies a little from one processor to the next. */
const TOLERANCE = 0.002;
/** How different a pixel must be to count, of 1. */
const THRESHOLD = 0.15;
const COVER = '#8a9a95';

export const columns = ['snapshot'];

/** With `isUpdate`, what is seen becomes what is expected. What differs is laid down in the folder `work`. */
export async function judge(pages, { browser, work, isUpdate }) {
    const findings = new Map();
    for (const page of pages) {
        const scenes = scenesOf(page);
        if (!scenes.length) continue;
        const wrong = [];
        for (const { name, width, colorScheme } of scenes) {
            const seen = coarse(await shot(browser, page, width, colorScheme));
            const file = path.join(FOLDER, `${name}.png`);
            if (isUpdate && !page.isPlanted) {
                mkdirSync(FOLDER, { recursive: true });
                writeFileSync(file, indexed(seen));
            }
            const difference = compared(file, seen);
            if (!difference) continue;
            const aside = path.join(work, `${name}.png`);
            writeFileSync(aside, indexed(seen));
            wrong.push(`${name}: ${difference}; now ${aside}`);
        }
        findings.set(page, { snapshot: { wrong } });
    }
    return findings;
}

/** English in every theme, the other languages in the first; dark mode in the first. */
function scenesOf({ project, theme, language }) {
    if (project !== 'sample' || (theme !== 'delta' && language !== 'en')) return [];
    const schemes = theme === 'delta' && language === 'en' ? ['light', 'dark'] : ['light'];
    return schemes.flatMap((colorScheme) =>
        Object.entries(WIDTHS).map(([device, width]) => ({
            name: `${theme}-${language}-${device}-${colorScheme}`,
            width,
            colorScheme,
        })),
    );
}

async function shot(browser, page, width, colorScheme) {
    let png;
    const look = { viewport: { width, height: 900 }, deviceScaleFactor: SCALE, colorScheme };
    await open(
        browser,
        page,
        async (tab) => {
            png = await tab.screenshot({ fullPage: true, animations: 'disabled', mask: [tab.locator('img')], maskColor: COVER });
        },
        look,
    );
    return PNG.sync.read(png);
}

/** Sixteen steps a channel instead of 256. */
function coarse(png) {
    for (let at = 0; at < png.data.length; at++) png.data[at] = at % 4 === 3 ? 255 : Math.round(png.data[at] / 17) * 17;
    return png;
}

/** What differs, in words, or nothing. */
function compared(file, seen) {
    if (!existsSync(file)) return 'no snapshot; make it with --update and look at it';
    const expected = PNG.sync.read(readFileSync(file));
    if (expected.width !== seen.width || expected.height !== seen.height) {
        return `${seen.width} × ${seen.height} instead of ${expected.width} × ${expected.height} pixels`;
    }
    const different = pixelmatch(expected.data, seen.data, null, seen.width, seen.height, { threshold: THRESHOLD });
    const share = different / (seen.width * seen.height);
    return share > TOLERANCE ? `${(100 * share).toFixed(2)} % of the pixels differ` : null;
}
