// What the judges found, for a person to read.

/** One row a page, one column a judge: what it measured, or how many things are wrong. */
export function table(columns, verdicts) {
    const rows = [['', ...columns]];
    for (const [page, byColumn] of verdicts) rows.push([page.name, ...columns.map((column) => cell(byColumn[column]))]);
    const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
    const line = (row) => row.map((text, at) => (at ? text.padStart(widths[at]) : text.padEnd(widths[at]))).join('  ');
    return rows.map((row) => line(row).trimEnd()).join('\n');
}

/** Every single thing that is wrong, once, with the pages that have it. */
export function details(verdicts) {
    const pagesOf = new Map();
    for (const [page, byColumn] of verdicts) {
        for (const [column, { wrong }] of Object.entries(byColumn)) {
            for (const what of wrong) {
                const key = `${column}: ${what}`;
                pagesOf.set(key, [...(pagesOf.get(key) ?? []), page.name]);
            }
        }
    }
    return [...pagesOf].map(([what, pages]) => `${what}\n    ${pages.join(', ')}`).join('\n');
}

function cell(verdict) {
    if (!verdict) return '·';
    const { measure, wrong } = verdict;
    if (!wrong.length) return measure ?? '0';
    return `${measure ? `${measure} ` : `${wrong.length} `}WRONG`;
}
