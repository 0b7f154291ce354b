// html-validate, on the document as it is and on the one that Word's engine sees.

import { HtmlValidate } from 'html-validate';
import { load } from 'cheerio';

/** Rules for the web that are wrong for mail, each with its reason. */
const OFF = {
    // Case and white space of a doctype are a matter of taste.
    'doctype-style': 'off',
    // Void elements are written as HTML writes them.
    'void-style': 'off',
    // No script and no stylesheet is fetched whose content could be vouched for.
    'require-sri': 'off',
    // Word's engine reads conditional comments; nothing else reaches it.
    'no-conditional-comment': 'off',
    // Most mail programs keep style attributes, and several drop style elements.
    'no-inline-style': 'off',
    // Word's engine has no margin, width or alignment of tables but by attributes: align, width, cellpadding, border.
    'no-deprecated-attr': 'off',
    // For the same reason, and since xml:lang is the language that Word reads.
    'attribute-allowed-values': 'off',
    // A mail is an article within someone else's page; Outlook and Gmail drop <article>, but keep role="article".
    'prefer-native-element': 'off',
};

const validator = new HtmlValidate({
    root: true,
    extends: ['html-validate:document', 'html-validate:a11y'],
    elements: ['html5'],
    rules: OFF,
});

/** What only the expanded document can have wrong; it is otherwise judged by the same rules. */
const LAYOUT_ROLES = ['presentation', 'none'];

export const columns = ['html-validate', 'word'];

export async function judge(pages) {
    const findings = new Map();
    for (const page of pages) {
        const word = wordsDocument(page.html);
        findings.set(page, {
            'html-validate': { wrong: await complaints(page.html) },
            word: { wrong: [...(await complaints(word)), ...tablesWithoutRole(word)] },
        });
    }
    return findings;
}

async function complaints(html) {
    const report = await validator.validateString(html);
    const messages = report.results.flatMap((result) => result.messages);
    return messages.map(({ ruleId, line, column, message }) => {
        const at = html.split('\n')[line - 1]?.slice(Math.max(0, column - 1), column + 119);
        return `${line}:${column} ${ruleId}: ${message} … ${at}`;
    });
}

/** The document as Word's engine takes it: comments meant for it opened, what is hidden from it gone. */
export function wordsDocument(html) {
    return html
        .replace(/<!--\[if !mso\]><!-->[^]*?<!--<!\[endif\]-->/g, '')
        .replace(/<!--\[if [^\]]*\bmso\b[^\]]*\]>([^]*?)<!\[endif\]-->/g, '$1');
}

function tablesWithoutRole(html) {
    const $ = load(html);
    const bare = $('table').filter((_, table) => !LAYOUT_ROLES.includes($(table).attr('role')));
    return bare.toArray().map((table) => `a table without a role: ${$.html(table).slice(0, 120)}`);
}
