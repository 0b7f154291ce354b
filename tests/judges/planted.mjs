// A page with a fault for every judge: one that finds nothing wrong here could not find anything.

import { Buffer } from 'node:buffer';

/** A faulty copy of the page. It keeps project, theme and language, so that it is compared with what they are compared with. */
export function planted(page) {
    const faults = [
        // axe: a picture without a word. Requests: what a tracker does.
        ['</h1>', '</h1><img src="https://tracker.example/pixel.png" width="1" height="1">'],
        // vnu: an end tag of nothing. html-validate: a level of headings is skipped. Twin: words of its own.
        ['</h2>', '</h2></em><h6 id="planted">A word that was never written</h6>'],
        // Overflow.
        ['</h6>', '</h6><div style="width:900px">wide</div>'],
        // Word: its branch opens what it does not close. Nobody else sees that.
        ['<div style="width:900px">', '<!--[if mso]><table><tr><td><![endif]--><div style="width:900px">'],
        // Score: a declaration that few know, on many nodes.
        [/<p /g, '<p data-score="" '],
        [/data-score="" (class="[^"]*" )?style="/g, '$1style="position:sticky;word-break:break-word;'],
    ];
    const html = faults.reduce((html, [from, to]) => html.replace(from, to), page.html);
    return { ...page, name: 'planted faults', isPlanted: true, html, octets: deceitful(page) };
}

/** A message whose text part shares no word with its HTML part. */
function deceitful(page) {
    const text = 'Quousque tandem abutere patientia nostra quamdiu etiam furor iste eludet\r\n'.repeat(40);
    const part = (type, body) =>
        `--planted\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${wrapped(body)}\r\n`;
    const fields = `${page.octets.toString('latin1').split('\r\n\r\n')[0]}\r\n`;
    const head = fields.replace(/^content-(type|transfer-encoding):.*(\r\n[ \t].*)*\r\n/gim, '');
    const type = 'Content-Type: multipart/alternative; boundary=planted';
    return Buffer.from(
        `${head}${type}\r\n\r\n${part('text/plain', text)}${part('text/html', page.html)}--planted--\r\n`,
        'latin1',
    );
}

function wrapped(body) {
    return Buffer.from(body).toString('base64').replace(/.{76}/g, '$&\r\n');
}
