// SPDX-License-Identifier: Apache-2.0
// The same as client_python.py for Node: client_node.mjs STACK PLAN PORT CA.
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import http2 from 'node:http2';
import https from 'node:https';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { vendorClients } from './client_vendors.mjs';

const [stack, planFile, port, ca] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planFile, 'utf8'));
// Packages stand in the build folder, not beside this file.
const load = createRequire(join(process.env.LIVE_NODE_MODULES ?? '.', 'client.js'));

const say = (line) => console.log(JSON.stringify(line));
const unixNs = () => Math.round((performance.timeOrigin + performance.now()) * 1e6);

const extra = (call) => ({
    traceparent: `00-${call.trace_id}-${call.span_id}-01`,
    ...(call.live ? { 'x-live': call.live } : {}),
});
const headers = (call) => ({ 'content-type': 'application/json', authorization: 'Bearer test', ...extra(call) });
const outcome = (status, body) => ({ status, body_sha256: createHash('sha256').update(body).digest('hex') });

function httpsClient() {
    const agent = new https.Agent({ keepAlive: true, ca: readFileSync(ca), maxSockets: Infinity });
    return (call) => new Promise((resolve, reject) => {
        const body = JSON.stringify(call.body);
        const options = {
            host: call.host, port, path: call.path, method: 'POST', agent,
            headers: { ...headers(call), 'content-length': Buffer.byteLength(body) },
        };
        const request = https.request(options, (response) => {
            const pieces = [];
            response.on('data', (piece) => pieces.push(piece));
            response.on('end', () => {
                const body = Buffer.concat(pieces);
                const coded = response.headers['content-encoding'] === 'gzip';
                resolve(outcome(response.statusCode, coded ? gunzipSync(body) : body));
            });
            response.on('error', reject);
        });
        request.on('error', reject);
        request.end(body);
    });
}

// All calls of a host are streams of one connection.
function http2Client() {
    const sessions = new Map();
    const connect = (host) => {
        const session = http2.connect(`https://${host}:${port}`, { ca: readFileSync(ca) });
        session.on('error', () => sessions.delete(host));
        sessions.set(host, session);
        return session;
    };
    return (call) => new Promise((resolve, reject) => {
        const session = sessions.get(call.host) ?? connect(call.host);
        const stream = session.request({ ':method': 'POST', ':path': call.path, ...headers(call) });
        const pieces = [];
        let answer = {};
        stream.on('response', (received) => { answer = received; });
        stream.on('data', (piece) => pieces.push(piece));
        // A stream that is reset ends first, and fails then.
        stream.on('close', () => {
            if (stream.rstCode) reject(new Error(`reset: ${stream.rstCode}`));
            const body = Buffer.concat(pieces);
            const coded = answer['content-encoding'] === 'gzip';
            resolve(outcome(answer[':status'], coded ? gunzipSync(body) : body));
        });
        stream.on('error', reject);
        stream.end(JSON.stringify(call.body));
    });
}

function fetchClient() {
    return async (call) => {
        const url = `https://${call.host}:${port}${call.path}`;
        const response = await fetch(url, { method: 'POST', headers: headers(call), body: JSON.stringify(call.body) });
        return outcome(response.status, Buffer.from(await response.arrayBuffer()));
    };
}

function eventText(event) {
    if (event.choices?.length) return event.choices[0].delta.content ?? '';
    if (event.type === 'response.output_text.delta') return event.delta;
    if (event.type === 'content_block_delta') return event.delta.text ?? '';
    return '';
}

async function collect(stream) {
    let text = '';
    for await (const event of stream) text += eventText(event);
    return { status: 200, text };
}

function openaiClient() {
    const { OpenAI } = load('openai');
    const client = new OpenAI({ baseURL: `https://api.openai.com:${port}/v1`, apiKey: 'test', maxRetries: 0 });
    const resources = {
        '/v1/chat/completions': client.chat.completions,
        '/v1/responses': client.responses,
        '/v1/embeddings': client.embeddings,
    };
    return async (call) => {
        const result = await resources[call.path].create(call.body, { headers: extra(call) });
        if (call.body.stream) return collect(result);
        return { status: 200, text: result.choices?.[0].message.content ?? result.output_text ?? '' };
    };
}

function anthropicClient() {
    const { Anthropic } = load('@anthropic-ai/sdk');
    const client = new Anthropic({ baseURL: `https://api.anthropic.com:${port}`, apiKey: 'test', maxRetries: 0 });
    return async (call) => {
        const result = await client.messages.create(call.body, { headers: extra(call) });
        if (call.body.stream) return collect(result);
        return { status: 200, text: result.content.map((block) => block.text ?? '').join('') };
    };
}

const stacks = {
    'node-https': httpsClient, 'node-http2': http2Client, 'node-fetch': fetchClient,
    'node-openai': openaiClient, 'node-anthropic': anthropicClient,
    // Some of these packages are modules that cannot be required.
    ...vendorClients((name) => import(pathToFileURL(load.resolve(name))), extra, port),
};

async function timed(send, call) {
    const start = unixNs();
    let result;
    try {
        result = await send(call);
    } catch (error) {
        result = { error: error.constructor.name, status: error.status ?? null };
    }
    say({ trace_id: call.trace_id, start_unix_ns: start, end_unix_ns: unixNs(), ...result });
}

async function runGroup(send, calls) {
    const left = [...calls];
    const worker = async () => {
        while (left.length > 0) await timed(send, left.shift());
    };
    await Promise.all(Array.from({ length: plan.concurrency ?? 1 }, worker));
}

say({ pid: process.pid, program: basename(readlinkSync('/proc/self/exe')) });
const send = await stacks[stack]();
if (plan.wait) {
    const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    for (const group of plan.groups) {
        say({ ready: true });
        await lines.next();
        await runGroup(send, group);
    }
} else {
    await runGroup(send, plan.calls);
}
process.exit(0);
