// nodemailer's pool, as its documentation writes it: node nodemailer.cjs PORT MESSAGES CONNECTIONS TEXT-FILE HTML-FILE
const { readFileSync } = require('node:fs');
const nodemailer = require('nodemailer');
const [port, messages, connections] = process.argv.slice(2, 5).map(Number);
const [text, html] = process.argv.slice(5, 7).map((file) => readFileSync(file, 'utf8'));
const transport = nodemailer.createTransport({
    host: '127.0.0.1', port, secure: false, ignoreTLS: true, pool: true, maxConnections: connections, maxMessages: Infinity,
});
let next = 0;
async function work() {
    while (next < messages) {
        const number = next++;
        await transport.sendMail({
            from: 'News <news@example.org>', to: `reader${number}@example.org`, subject: 'News',
            text: `Dear reader ${number},\n\n${text}`, html: `<p>Dear reader ${number},</p>${html}`,
        });
    }
}
Promise.all(Array.from({ length: 2 * connections }, work)).then(() => transport.close());
