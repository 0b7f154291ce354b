// Programs that are not npm's.

import { spawn, spawnSync } from 'node:child_process';

/** The path of a program, or an error that names it: a judge that is missing is never passed over. */
export function found(program) {
    const path = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
    if (!path) throw new Error(`${program} is missing: tests/run installs what the judges need`);
    return path;
}

/** Runs a program to its end, while others work, and returns what it wrote as `{ stdout, stderr }`, a character an octet. */
export function run(program, parameters, input = '') {
    return new Promise((resolve, reject) => {
        const child = spawn(found(program), parameters);
        const written = { stdout: '', stderr: '' };
        for (const stream of ['stdout', 'stderr']) {
            child[stream].setEncoding('latin1').on('data', (text) => (written[stream] += text));
        }
        child.on('error', reject);
        child.on('close', (code) =>
            code === 0 ? resolve(written) : reject(new Error(`${program} ended with ${code}: ${written.stderr}`)),
        );
        // A program that ends without reading all says why by itself.
        child.stdin.on('error', () => {}).end(input);
    });
}
