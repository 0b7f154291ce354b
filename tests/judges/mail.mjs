// Reads a message as a mail program does, from its octets: the judges see what arrives, not what was meant.

import { Buffer } from 'node:buffer';

/** The parts of a message, as `{ type, id, body }`: media type in lower case, Content-ID without brackets, decoded octets. */
export function partsOf(octets) {
    const [fields, body] = halves(octets.toString('latin1'));
    return parts(fields, body);
}

/** The decoded text of the first part of the media type. */
export function textOf(parts, type) {
    const part = parts.find((part) => part.type === type);
    if (!part) throw new Error(`the message has no ${type} part`);
    return part.body.toString('utf8').replaceAll('\r\n', '\n');
}

function parts(fields, body) {
    const kind = fields.get('content-type') ?? 'text/plain';
    const type = kind.split(';')[0].trim().toLowerCase();
    if (!type.startsWith('multipart/')) {
        const id = fields.get('content-id')?.replace(/^\s*<|>\s*$/g, '');
        return [{ type, id, body: decoded(body, fields.get('content-transfer-encoding')) }];
    }
    const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(kind);
    if (!boundary) throw new Error(`${type} without a boundary`);
    const pieces = `\r\n${body}`.split(`\r\n--${boundary[1] ?? boundary[2]}`).slice(1);
    if (!pieces.pop()?.startsWith('--')) throw new Error(`${type} is not closed`);
    return pieces.flatMap((piece) => parts(...halves(piece.replace(/^[ \t]*\r\n/, ''))));
}

/** The header fields, unfolded and by name in lower case, and what follows the empty line. */
function halves(text) {
    const end = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n') + 2;
    if (end === 1) throw new Error('a part without an empty line after its header');
    const fields = new Map();
    for (const line of text
        .slice(0, end)
        .replace(/\r\n(?=[ \t])/g, '')
        .split('\r\n')) {
        const colon = line.indexOf(':');
        if (colon > 0) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    return [fields, text.slice(end + 2)];
}

function decoded(body, encoding = '7bit') {
    switch (encoding.trim().toLowerCase()) {
        case 'base64':
            return Buffer.from(body, 'base64');
        case 'quoted-printable': {
            const plain = body.replace(/[ \t]+$/gm, '').replace(/=\r\n/g, '');
            return Buffer.from(
                plain.replace(/=([0-9A-F]{2})/gi, (_, code) => String.fromCharCode(parseInt(code, 16))),
                'latin1',
            );
        }
        case '7bit':
        case '8bit':
            return Buffer.from(body, 'latin1');
        default:
            throw new Error(`unknown transfer encoding: ${encoding}`);
    }
}
