// axe-core in light and dark, on a small phone, a phone and a desk; the page's overflow and its requests on the same visits.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { open } from './browser.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [320, 375, 700];
const SCHEMES = ['light', 'dark'];
/** Tabs that are open at the same time. */
const TABS = 2;

/** Landmarks belong to the page that a mail is shown in, and that page is the mail program's. */
const OFF = { 'landmark-one-main': { enabled: false }, region: { enabled: false } };

export const columns = ['axe', 'overflow', 'requests'];

/** For each page, what each of the columns finds wrong. */
export async function judge(pages, { browser }) {
    const findings = new Map();
    const waiting = [...pages];
    const work = async () => {
        for (let page; (page = waiting.shift());) findings.set(page, await visit(browser, page));
    };
    await Promise.all(Array.from({ length: TABS }, work));
    return findings;
}

async function visit(browser, page) {
    let found;
    const requests = await open(browser, page, async (tab) => (found = await inspect(tab, WIDTHS, OFF)));
    return {
        axe: { wrong: found.axe },
        overflow: { wrong: found.overflow },
        requests: { wrong: requests.map((address) => `asks for ${address}`) },
    };
}

/** What axe finds on the page in a tab, and what is too wide there, at each width, light and dark. Frames are left to themselves. */
export async function inspect(tab, widths, rules = {}) {
    const axe = new Map();
    const overflow = [];
    await tab.evaluate(AXE);
    for (const width of widths) {
        await tab.setViewportSize({ width, height: 900 });
        const wide = await tab.evaluate(widest);
        if (wide) overflow.push(`${width} px: ${wide}`);
        for (const colorScheme of SCHEMES) {
            await tab.emulateMedia({ colorScheme });
            // Images not in view would be judged before they are there, if any were loaded lazily.
            const { violations } = await tab.evaluate(
                (rules) => axe.run(document, { rules, iframes: false, resultTypes: ['violations'] }),
                rules,
            );
            for (const { id, help, nodes } of violations) {
                for (const node of nodes) {
                    const key = `${id} (${help}): ${clipped(node.html)}${reason(node)}`;
                    axe.set(key, [...(axe.get(key) ?? []), `${width} ${colorScheme}`]);
                }
            }
        }
    }
    return { axe: [...axe].map(([what, where]) => `${what} [${where.join(', ')}]`), overflow };
}

/** What reaches furthest beyond the window, if anything does on either side. Runs in the page. */
function widest() {
    const beyond = document.documentElement.scrollWidth - innerWidth;
    if (beyond <= 0) return null;
    const reach = (element) =>
        Math.max(element.getBoundingClientRect().right - innerWidth, -element.getBoundingClientRect().left);
    const all = [...document.body.querySelectorAll('*')].filter((element) => element.getClientRects().length);
    const furthest = all.reduce((a, b) => (reach(b) >= reach(a) ? b : a), all[0]);
    return `${beyond} px too wide, through ${furthest?.outerHTML.slice(0, 160)}`;
}

function clipped(html) {
    return html.length > 200 ? `${html.slice(0, 200)}…` : html;
}

/** axe's own account of a contrast: the colours and the ratio. */
function reason(node) {
    const contrast = node.any?.find((check) => check.id === 'color-contrast')?.data;
    if (!contrast?.contrastRatio) return '';
    return ` ${contrast.fgColor} on ${contrast.bgColor} is ${contrast.contrastRatio}:1`;
}
