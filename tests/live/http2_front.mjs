// SPDX-License-Identifier: Apache-2.0
// HTTP/2 over TLS in front of the stand-in provider: http2_front.mjs PORT CERTIFICATE KEY.
// Passes requests on as HTTP/1.1 in plaintext, and answers back as they come.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';

const [port, certificate, key] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
// Headers of one connection, which HTTP/2 does not have (RFC 9113 section 8.2.2).
const hop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date', 'server']);

function pass(stream, headers) {
    const kept = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
    const options = {
        port, agent, host: '127.0.0.1', method: headers[':method'], path: headers[':path'],
        headers: { ...Object.fromEntries(kept), host: headers[':authority'] },
    };
    const request = http.request(options, (answer) => {
        const back = Object.entries(answer.headers).filter(([name]) => !hop.has(name));
        stream.respond({ ':status': answer.statusCode, ...Object.fromEntries(back) });
        // close() would end the stream before it resets it.
        answer.on('error', (error) => stream.destroy(error));
        answer.pipe(stream);
    });
    request.on('error', (error) => stream.destroy(error));
    stream.on('error', () => request.destroy());
    stream.on('close', () => request.destroy());
    stream.pipe(request);
}

const server = http2.createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) });
server.on('stream', pass);
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
process.on('SIGTERM', () => process.exit(0));
