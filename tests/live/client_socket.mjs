// SPDX-License-Identifier: Apache-2.0
// Holds the sessions of a plan with Node's `ws`; as client_socket.py does.
import { createRequire } from 'node:module';
import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

const [stack, planPath, port, ca] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planPath));
const WebSocket = createRequire(join(process.env.LIVE_NODE_MODULES, 'x'))('ws');
const say = (line) => console.log(JSON.stringify(line));
const unixNs = () => Number(BigInt(Date.now()) * 1000000n);
// Each message begins with an empty window, or goes on with the one before.
const takeover = { threshold: 0 };
const noTakeover = { threshold: 0, clientNoContextTakeover: true, serverNoContextTakeover: true };

function hold(session) {
    return new Promise((resolve, reject) => {
        const socket = new WebSocket(`wss://${session.host}:${port}${session.path}`, {
            ca: readFileSync(ca),
            perMessageDeflate: session.compress && (stack === 'ws-node-fresh' ? noTakeover : takeover),
            headers: {
                Authorization: `Bearer ${session.key}`,
                traceparent: `00-${session.trace_id}-${session.span_id}-01`,
            },
        });
        const left = [...session.messages];
        const next = () => {
            while (left.length > 0) {
                const message = left.shift();
                socket.send(message.text);
                if (message.answered) return;
            }
            socket.close();
        };
        socket.on('open', next);
        socket.on('message', (data) => {
            if (session.ends.some((end) => data.toString().includes(end))) next();
        });
        socket.on('close', resolve);
        socket.on('error', reject);
    });
}

say({ pid: process.pid, program: basename(readlinkSync('/proc/self/exe')) });
for (const session of plan.calls) {
    const start = unixNs();
    let error = null;
    try {
        await hold(session);
    } catch (failure) {
        error = String(failure);
    }
    say({ trace_id: session.trace_id, start_unix_ns: start, end_unix_ns: unixNs() + 1e6, error });
}
process.exit(0);
