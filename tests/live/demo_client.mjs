// SPDX-License-Identifier: Apache-2.0
// A Node program that calls an LLM API now and then, with nothing but what Node
// brings: demo_client.mjs PORT. It knows nothing of promtap.
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const port = process.argv[2];
const agent = new https.Agent({ keepAlive: true });
const calls = [
    ['/v1/responses', 'delay=30,events=25', { model: 'gpt-4.1-mini', stream: true }],
    ['/v1/embeddings', '', { model: 'text-embedding-3-small' }],
    ['/v1/embeddings', '', { model: 'text-embedding-3-small' }],
];

function post(path, live, body) {
    return new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'x-live': live };
        const request = https.request({ host: 'api.openai.com', port, path, method: 'POST', agent, headers }, (response) => {
            response.on('data', () => {}).on('end', resolve).on('error', reject);
        });
        request.on('error', reject);
        request.end(JSON.stringify(body));
    });
}

for (let i = 0; ; i++) {
    const [path, live, body] = calls[i % calls.length];
    await post(path, live, { ...body, input: `Question ${i}` });
    await sleep(250);
}
