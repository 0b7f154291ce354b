// Debian's Chromium, with the message's own parts as its whole world.

import { chromium } from 'playwright-core';

import { found } from './program.mjs';

/** Where a page's parts seem to be. Nothing listens there: each request is answered from the message or refused. */
const WORLD = 'https://message.invalid/';

export function launch() {
    const executablePath = process.env.CHROMIUM ?? found('chromium');
    return chromium.launch({ executablePath, args: ['--disable-gpu', '--disable-background-networking', '--no-sandbox'] });
}

/**
 * Opens a page in a tab and calls `visit(tab)`. Returns what the page asked for beyond its own parts: a mail that is opened
 * must fetch nothing.
 */
export async function open(browser, page, visit, options = {}) {
    const context = await browser.newContext({ bypassCSP: true, javaScriptEnabled: true, ...options });
    const strangers = [];
    await context.route('**/*', (route) => {
        const address = route.request().url();
        if (address === WORLD) return route.fulfill({ contentType: 'text/html; charset=utf-8', body: resolved(page.html) });
        const id = address.startsWith(`${WORLD}part/`) && decodeURIComponent(address.slice(`${WORLD}part/`.length));
        const part = id && page.parts.find((part) => part.id === id);
        if (part) return route.fulfill({ contentType: part.type, body: part.body });
        strangers.push(address);
        return route.abort();
    });
    try {
        const tab = await context.newPage();
        await tab.goto(WORLD);
        await visit(tab);
    } finally {
        await context.close();
    }
    return strangers;
}

/** The HTML with each `cid:` turned into an address that a browser asks for. */
function resolved(html) {
    return html.replace(
        /(["'(])cid:([^"')]+)/g,
        (_, before, id) => `${before}${WORLD}part/${encodeURIComponent(decodeURIComponent(id))}`,
    );
}
