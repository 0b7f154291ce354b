// Judges the pages of the program itself: every pane of the desk, every page of its office, the mailbox, and the same desk as files. axe-core,
// width, messages on the console, and requests to anywhere else, at 1280 and 390 pixels, light and dark; each page drawn for people to look at.
//
//     node desk.mjs POSTRIDER
//
// The pictures lie in target/judges/desk afterwards.

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { inspect } from './axe.mjs';
import { launch } from './browser.mjs';
import { ROOT } from './page.mjs';
import { run } from './program.mjs';

const WIDTHS = [1280, 390];
const FILES = ['newsletter.toml', 'subscribers.toml', 'issues', 'artwork'];
const EDITION = 'issues/2023-q3/en.toml';
const PEOPLE = 48;

const binary = path.resolve(process.argv[2] ?? '');
if (!process.argv[2]) {
    console.error('use: node desk.mjs POSTRIDER');
    process.exit(2);
}
const work = path.join(ROOT, 'target', 'judges', 'desk');
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });

const project = path.join(work, 'project');
for (const file of FILES) cpSync(path.join(ROOT, file), path.join(project, file), { recursive: true });
// An issue to compare with.
cpSync(path.join(project, 'issues/2023-q3'), path.join(project, 'issues/2023-q2'), { recursive: true });
const relay = await sink();
change('newsletter.toml', (text) => text.replace(/^port = .*$/m, `port = ${relay.address().port}`));

const wrong = [];
let judged = 0;
const browser = await launch();
const desk = await preview();
try {
    await judgeAll();
} finally {
    desk.child.kill('SIGTERM');
    relay.close();
    await browser.close();
}
const drawn = `${judged} pages, drawn in ${path.relative(ROOT, work)}`;
console.log(wrong.length ? `${wrong.join('\n')}\n\n${wrong.length} faults on ${drawn}` : `No fault on ${drawn}`);
process.exit(wrong.length ? 1 : 0);

async function judgeAll() {
    const tab = await opened();
    await tab.goto(desk.address);
    // Whoever finds nothing on this could not find anything.
    await tab.evaluate(() => document.querySelector('#main').append(document.createElement('img')));
    const planted = await inspect(tab, [1280]);
    if (!planted.axe.some((what) => what.startsWith('image-alt'))) wrong.push('axe does not find a picture without a text');

    for (const [name, address] of await views(tab)) await judge(tab, name, address);
    await judge(tab, 'as a reader', '?reader=tanvir.hasan%40agency.example');
    await judge(tab, 'search', '?search=an');
    for (const page of ['compare', 'test', 'rehearse', 'approve', 'send', 'history']) await judge(tab, page, page);

    await tab.goto(`${desk.address}test`);
    await tab.fill('#to', 'nobody');
    await tab.click('main button');
    await judge(tab, 'test refused');
    await tab.goto(`${desk.address}rehearse`);
    await tab.click('main button');
    await tab.waitForSelector('.words');
    await judge(tab, 'rehearsal');
    await judge(tab, 'mailbox', 'rehearsal/');
    await judge(tab, 'message', 'rehearsal/message/1');
    await tab.goto(`${desk.address}approve`);
    await tab.fill('#name', 'Mina');
    await tab.click('main button');
    await judge(tab, 'approved');
    await tab.goto(`${desk.address}send`);
    await tab.fill('#typed', 'nothing');
    await tab.click('main button');
    await judge(tab, 'send refused');
    await tab.fill('#typed', `BDUNNM Quarterly ${PEOPLE}`);
    await tab.click('main button');
    await tab.waitForSelector('.words');
    await judge(tab, 'sent');
    await judge(tab, 'nobody left', 'send');
    await judge(tab, 'history of one', 'history');
    await judge(tab, 'report', 'history/2023-q3');

    const written = readFileSync(path.join(project, EDITION), 'utf8');
    await tab.goto(desk.address);
    change(EDITION, (text) => text.replace(/^period/m, 'perriod'));
    await tab.waitForSelector('#mistakes .finding');
    await judge(tab, 'mistake');
    change(EDITION, () => written);
    await tab.waitForFunction(() => !document.querySelector('#mistakes .finding'));
    change(EDITION, (text) => text.replace(/^preheader.*$/m, 'preheader = "Click here"'));
    await tab.waitForSelector('#checks .finding');
    await judge(tab, 'findings');
    change(EDITION, () => written);

    const out = path.join(work, 'built');
    await run(binary, ['build', '--project', project, '--out', out]);
    await judge(tab, 'files', `file://${out}/index.html`);
    for (const [name, anchor] of await anchors(tab)) await judge(tab, `files ${name}`, `file://${out}/index.html${anchor}`);
    await judgePublic();
}

/** The pages for readers, in languages of both directions: the way out, by the link that a mail carries, and the way in. */
async function judgePublic() {
    change('newsletter.toml', (text) => `${text}\n[service]\nbase = "https://news.example.org/"\n`);
    await run(binary, ['keys', '--project', project, 'new']);
    const out = path.join(work, 'messages');
    await run(binary, ['build', '--project', project, '--out', out, '--messages']);
    const field = readFileSync(path.join(out, 'en.eml'), 'utf8').replace(/\r\n[ \t]/g, ' ').match(/^List-Unsubscribe: .*$/m)[0];
    const link = new URL(field.match(/https:[^>]+/)[0]).pathname.slice(1);
    const service = await started(['serve', '--project', project, '--listen', '127.0.0.1:0']);
    try {
        for (const locale of ['en', 'bn', 'ar']) {
            const tab = await opened({ locale });
            const at = (place) => `${service.address}/${place}`;
            await judge(tab, `leave ${locale}`, at(link));
            await tab.click('button');
            await tab.waitForFunction(() => !document.querySelector('button'));
            await judge(tab, `left ${locale}`);
            await judge(tab, `broken ${locale}`, at(`${link}x`), true);
            await judge(tab, `nothing ${locale}`, at('nothing'), true);
            await judge(tab, `privacy ${locale}`, at('privacy'));
            await judge(tab, `settings ${locale}`, at('settings'));
            await judge(tab, `subscribe ${locale}`, at('subscribe'));
            await tab.fill('#email', `reader-${locale}@example.net`);
            await tab.click('button');
            await tab.waitForFunction(() => !document.querySelector('#email'));
            await judge(tab, `subscribed ${locale}`);
            await tab.context().close();
        }
    } finally {
        service.child.kill('SIGTERM');
    }
}

/** A tab that keeps what a page says and asks for. */
async function opened(more = {}) {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...more });
    const tab = await context.newPage();
    tab.said = [];
    tab.on('console', (message) => ['error', 'warning'].includes(message.type()) && tab.said.push(message.text()));
    tab.on('pageerror', (error) => tab.said.push(String(error)));
    tab.on('request', (request) => {
        const isOurs = /^(http:..127\.0\.0\.1:|data:|file:|blob:|about:)/.test(request.url());
        if (!isOurs) tab.said.push(`asks for ${request.url()}`);
    });
    return tab;
}

/** Each edition, each pane, and each choice within a pane, with its address. */
async function views(tab) {
    const links = (place) =>
        tab.$$eval(place, (links) => links.map((link) => [link.textContent.trim(), link.getAttribute('href')]));
    await tab.goto(desk.address);
    const found = await links('#editions a');
    for (const [pane, address] of await links('#panes a')) {
        found.push([pane, address]);
        await tab.goto(new URL(address, desk.address).href);
        for (const [choice, address] of await links('#tools a')) found.push([`${pane} ${choice}`, address]);
    }
    return [...new Map(found.reverse().map(([name, address]) => [address, name]))].reverse().map(([address, name]) => [name, address]);
}

/** The anchors of the views that are laid down as files. */
async function anchors(tab) {
    return tab.$$eval('.view[id]', (views) => views.map((view) => [view.id, `#${view.id}`]));
}

/** `isMissing`: the page says that there is nothing, and the browser says so on the console. */
async function judge(tab, name, address, isMissing = false) {
    if (address !== undefined) await tab.goto(new URL(address, desk.address).href);
    judged += 1;
    const { axe, overflow } = await inspect(tab, WIDTHS);
    if (isMissing) tab.said = tab.said.filter((what) => !what.includes('404'));
    for (const what of [...axe, ...overflow, ...tab.said.splice(0)]) wrong.push(`${name}: ${what}`);
    for (const width of WIDTHS) {
        for (const colorScheme of ['light', 'dark']) {
            await tab.setViewportSize({ width, height: width < 600 ? 844 : 900 });
            await tab.emulateMedia({ colorScheme });
            const file = `${String(judged).padStart(2, '0')} ${name} ${width} ${colorScheme}`.replace(/[^\p{L}\p{M}\p{N}]+/gu, '-');
            await tab.screenshot({ path: path.join(work, `${file}.png`) });
        }
    }
    await tab.setViewportSize({ width: 1280, height: 900 });
}

function change(file, edit) {
    const place = path.join(project, file);
    writeFileSync(place, edit(readFileSync(place, 'utf8')));
}

/** The desk of the project: its address and its process. */
async function preview() {
    return started(['preview', '--project', project, '--port', '0']);
}

/** A server of the program: the address that it says and its process. */
async function started(parameters) {
    const child = spawn(binary, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
        const address = line.match(/http:\S+/)?.[0];
        if (address) return { child, address };
    }
    throw new Error(`postrider ${parameters[0]} does not start`);
}

/** A mail server on loopback that takes everything and keeps nothing. */
async function sink() {
    const server = createServer((socket) => {
        let isBody = false;
        socket.write('220 sink.example ESMTP\r\n');
        createInterface({ input: socket, crlfDelay: Infinity }).on('line', (line) => {
            if (isBody && line !== '.') return;
            if (isBody) isBody = false;
            else if (/^data$/i.test(line)) isBody = true;
            if (/^ehlo/i.test(line)) socket.write('250 sink.example\r\n');
            else if (isBody) socket.write('354 go on\r\n');
            else if (/^quit$/i.test(line)) socket.end('221 bye\r\n');
            else socket.write('250 taken\r\n');
        });
        socket.on('error', () => {});
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
}
