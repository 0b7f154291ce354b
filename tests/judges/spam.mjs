// SpamAssassin with its own rules alone: no network, no learning, nobody's preferences. One process for all messages.

import { run } from './program.mjs';

/** A message is spam from 5 on; what is below this says little against it. */
const LIMIT = 1.0;
/** The text says something else than the HTML. */
const NEVER = 'MPART_ALT_DIFF';

const ASKED = [
    '--local',
    '--test-mode',
    '--mbox',
    '--nocreate-prefs',
    '--prefspath=/dev/null',
    '--cf=use_bayes 0',
    '--cf=use_auto_welcomelist 0',
];
const SEPARATOR = 'From newsletter@example.org Sat Sep 30 00:00:00 2023\n';

export const columns = ['spam'];

export async function judge(pages) {
    const mailbox = Buffer.concat(
        pages.map((page, index) => Buffer.concat([Buffer.from(SEPARATOR + mark(index)), rows(page), Buffer.from('\n')])),
    );
    const { stdout, stderr } = await run('spamassassin', ASKED, mailbox);
    // Messages come back in an order of its own.
    const answers = stdout.split(/^(?=From newsletter@)/m);
    return new Map(
        pages.map((page, index) => {
            const answer = answers.find((answer) => answer.includes(`\n${mark(index)}`));
            const judged = answer && /^X-Spam-Status:((?:.|\n[ \t])*)/m.exec(answer);
            if (!judged) throw new Error(`spamassassin does not judge ${page.name}: ${stderr}`);
            return [page, { spam: verdict(judged[1].replace(/\n\s*/g, ' ')) }];
        }),
    );
}

/** A field by which a message is known again. */
function mark(index) {
    return `X-Judged: ${index}.\n`;
}

/** Lines as a mailbox file has them. A line that looks like the beginning of the next message is quoted. */
function rows(page) {
    return Buffer.from(
        page.octets
            .toString('latin1')
            .replaceAll('\r\n', '\n')
            .replace(/^(?=>*From )/gm, '>'),
        'latin1',
    );
}

function verdict(status) {
    const score = Number(/score=(-?[\d.]+)/.exec(status)?.[1]);
    const tests = /tests=([\w, ]*?)(?: \w+=|$)/.exec(status)?.[1].replaceAll(' ', '') ?? '';
    const isWrong = !(score < LIMIT) || tests.includes(NEVER);
    return { measure: score.toFixed(1), wrong: isWrong ? [`score ${score}, by ${tests}`] : [] };
}
