// Mailpit's score of a mail's HTML, by its formula over the caniemail data: 100 less the worst partial and the worst missing
// support, each weighted with how much of the document it concerns. Features, as far as Mailpit looks for them, are named as
// in the data.

import { readFileSync } from 'node:fs';
import { load } from 'cheerio';
import juice from 'juice';

/** What every page has to reach. */
const LEAST = 92;
/** What a feature must take away to be listed when the score is too low. */
const WORTH_A_WORD = 2;

const data = JSON.parse(readFileSync(new URL('node_modules/caniemail/data/caniemail.json', import.meta.url), 'utf8'));
const features = new Map(data.data.map((feature) => [feature.slug, shares(feature)]));

/** Elements and attributes, by selector. `html-body` is there in every document. */
const ELEMENTS = {
    'html-object': 'object, embed, image, pdf',
    'html-link': 'link',
    'html-hr': 'hr',
    'html-dialog': 'dialog',
    'html-srcset': '[srcset]',
    'html-picture': 'picture',
    'html-svg': 'svg',
    'html-progress': 'progress',
    'html-required': '[required]',
    'html-meter': 'meter',
    'html-audio': 'audio',
    'html-form': 'form',
    'html-button-reset': 'button[type="reset"]',
    'html-button-submit': 'button[type="submit"]',
    'html-base': 'base',
    'html-input-hidden': '[type="hidden"]',
    'html-input-text': 'input[type="text"]',
    'html-video': 'video',
    'html-semantics': 'article, aside, details, figcaption, figure, footer, header, main, mark, nav, section, summary, time',
    'html-select': 'select',
    'html-textarea': 'textarea',
    'html-anchor-links': 'a[href^="#"]',
    'html-style': 'style',
    'html-image-maps': 'map, img[usemap]',
    'html-body': 'body',
};

/** Kinds of pictures, by how `src` ends (a base64 one by how it begins). */
const PICTURES = ['apng', 'avif', 'bmp', 'gif', 'hdr', 'heif', 'ico', 'mp4', 'ppm', 'svg', 'tiff', 'webp'];

/** CSS properties: looked for in style attributes, once every rule that can be is written into them. */
const PROPERTIES = `
    accent-color align-items aspect-ratio background-blend-mode background-clip background-color background-image
    background-origin background-position background-repeat background-size background block-inline-size border-image
    border-radius border box-shadow box-sizing caption-side clip-path column-count direction display filter flex-direction
    flex-wrap float font-kerning font-weight font gap grid-template height hyphens inline-size justify-content
    letter-spacing line-height list-style-image list-style-position list-style margin-inline margin max-block-size max-height
    max-width min-height min-inline-size min-width mix-blend-mode object-fit object-position opacity outline-offset outline
    overflow-wrap overflow padding position tab-size table-layout text-align-last text-align text-decoration-color
    text-decoration-thickness text-decoration text-emphasis-position text-emphasis text-indent text-overflow text-shadow
    text-transform text-underline-offset transform visibility white-space width word-break writing-mode z-index
`
    .trim()
    .split(/\s+/);

/** Values and groups of properties, looked for in the same place. */
const STYLES = {
    ...Object.fromEntries(PROPERTIES.map((name) => [`css-${name}`, property(name)])),
    'css-border-inline-block-individual': property('border-inline'),
    'css-display-flex': property('display', 'flex'),
    'css-display-grid': property('display', 'grid'),
    'css-display-none': property('display', 'none'),
    'css-important': /!\s*important/i,
    'css-margin-block-start-end': property('margin-block-(?:start|end)'),
    'css-margin-inline-start-end': property('margin-inline-(?:start|end)'),
    'css-padding-block-start-end': property('padding-block-(?:start|end)'),
    'css-padding-inline-start-end': property('padding-inline-(?:start|end)'),
    'css-radial-gradient': /radial-gradient\s*\(/i,
    'css-conic-gradient': /conic-gradient\s*\(/i,
    'css-rgb': /\brgb\s*\(/i,
    'css-rgba': /\brgba\s*\(/i,
    'css-unit-calc': /\bcalc\s*\(/i,
    'css-variables': /(?:^|[\s;])--[\w-]+\s*:|\bvar\s*\(/i,
};

/** Presentational attributes that stand for a property. Each counts once a document, however often it is used. */
const ATTRIBUTES = {
    'css-background-color': 'bgcolor',
    'css-background': 'background',
    'css-border': 'border',
    'css-height': 'height',
    'css-padding': 'padding',
    'css-width': 'width',
};

/** Units and keywords: every occurrence in a style attribute counts. */
const UNITS = {
    'css-unit-ch': /\b\d+ch\b/g,
    'css-unit-initial': /:\s?initial\b/g,
    'css-unit-rem': /\b\d+rem\b/g,
    'css-unit-vh': /\b\d+vh\b/g,
    'css-unit-vmax': /\b\d+vmax\b/g,
    'css-unit-vmin': /\b\d+vmin\b/g,
    'css-unit-vw': /\b\d+vw\b/g,
};

/** What stays behind in style elements: every occurrence counts. */
const RULES = {
    'css-at-font-face': /@font-face\s+?\{/gi,
    'css-at-import': /@import\s/gi,
    'css-at-keyframes': /@keyframes\s/gi,
    'css-at-media': /@media\s?\(/gi,
    'css-at-supports': /@supports\s?\(/gi,
    ...Object.fromEntries(
        'active checked first-child first-of-type focus has hover last-child last-of-type link target visited'
            .split(' ')
            .map((name) => [`css-pseudo-class-${name}`, new RegExp(`:${name}`, 'g')]),
    ),
    ...Object.fromEntries(
        'lang not nth-child nth-last-child nth-last-of-type nth-of-type only-child only-of-type'
            .split(' ')
            .map((name) => [`css-pseudo-class-${name}`, new RegExp(`:${name}\\s*\\(`, 'g')]),
    ),
    'css-pseudo-element-after': /:after/g,
    'css-pseudo-element-before': /:before/g,
    'css-pseudo-element-first-letter': /::first-letter/g,
    'css-pseudo-element-first-line': /::first-line/g,
    'css-pseudo-element-marker': /::marker/g,
    'css-pseudo-element-placeholder': /::placeholder/g,
};

export const columns = ['score'];

export async function judge(pages) {
    return new Map(
        pages.map((page) => {
            const { score, worst } = scored(page.html);
            const wrong = score >= LEAST ? [] : [`${score.toFixed(1)} % is below ${LEAST} %: ${worst}`];
            return [page, { score: { measure: score.toFixed(1), wrong } }];
        }),
    );
}

/** The score in per cent and, in words, what takes most of it away. */
export function scored(html) {
    const $ = load(html);
    const nodes = $('*:not(html):not(head):not(meta)').length;
    const found = counted($, load(juice(html)));
    const weighted = [...found].map(([slug, count]) => {
        const { partial, none } = features.get(slug);
        return { slug, count, partial: (partial * count) / nodes, none: (none * count) / nodes };
    });
    const [partial, none] = ['partial', 'none'].map((kind) => costs(weighted, kind, nodes));
    return { score: 100 - partial.most - none.most, worst: `partly supported: ${partial.list}; unsupported: ${none.list}` };
}

/** The most that a feature takes away, and a list of what else does: the next one takes over when the first is mended. */
function costs(weighted, kind, nodes) {
    const dear = weighted.filter((feature) => feature[kind] >= WORTH_A_WORD).sort((a, b) => b[kind] - a[kind]);
    const list = dear.map(({ slug, count, [kind]: cost }) => `${slug} in ${count} of ${nodes} nodes takes ${cost.toFixed(1)}`);
    return { most: Math.max(0, ...weighted.map((feature) => feature[kind])), list: list.join(', ') || 'little' };
}

/** How often each feature is found, in the document as it is (`$`) and with its rules written into style attributes. */
function counted($, inlined) {
    const found = new Map();
    const add = (slug, count) => count > 0 && features.has(slug) && found.set(slug, (found.get(slug) ?? 0) + count);
    for (const [slug, selector] of Object.entries(ELEMENTS)) add(slug, $(selector).length);
    for (const picture of $('img[src]').toArray()) {
        const src = $(picture).attr('src').toLowerCase();
        if (src.startsWith('data:image/')) add('image-base64', 1);
        for (const kind of PICTURES) if (src.endsWith(`.${kind}`)) add(`image-${kind}`, 1);
    }
    for (const node of inlined('[style]').toArray()) {
        const style = inlined(node).attr('style');
        for (const [slug, pattern] of Object.entries(STYLES)) if (pattern.test(style)) add(slug, 1);
        for (const [slug, pattern] of Object.entries(UNITS)) add(slug, style.match(pattern)?.length ?? 0);
    }
    for (const [slug, attribute] of Object.entries(ATTRIBUTES)) add(slug, inlined(`[${attribute}]`).length ? 1 : 0);
    const css = $('style').text();
    for (const [slug, pattern] of Object.entries(RULES)) add(slug, css.match(pattern)?.length ?? 0);
    return found;
}

function property(name, value = '') {
    return new RegExp(`(?:^|[\\s;])${name}\\s*:\\s*${value}${value && '\\s*(?:;|!|$)'}`, 'i');
}

/** The shares of clients, in per cent of all tested versions, that support a feature in part or not at all. */
function shares(feature) {
    const all = Object.values(feature.stats).flatMap(Object.values).flatMap(Object.values);
    const none = all.filter((support) => support === 'n').length;
    const partial = all.filter((support) => support !== 'n' && support !== 'y').length;
    return { partial: (100 * partial) / all.length, none: (100 * none) / all.length };
}
