// SPDX-License-Identifier: Apache-2.0
// SDKs of Google, Amazon, Cohere, Mistral and Ollama for client_node.mjs. The body of a call is what the SDK's
// method takes; `stream` says which method.

// load(name): the package; extra(call): its headers. Each function gives a function that makes a call.
export function vendorClients(load, extra, port) {
    const base = (host) => `https://${host}:${port}`;

    function client(whole, text, stream, eventText) {
        return async (call) => {
            const { stream: streamed, ...args } = call.body;
            if (!streamed) return { status: 200, text: text(await whole(call, args)) };
            let collected = '';
            for await (const event of await stream(call, args)) collected += eventText(event);
            return { status: 200, text: collected };
        };
    }

    async function google() {
        const { GoogleGenAI } = await load('@google/genai');
        const { models } = new GoogleGenAI({
            apiKey: 'test', httpOptions: { baseUrl: base('generativelanguage.googleapis.com') },
        });
        const params = (call, { tools, ...args }) => ({
            ...args, config: { tools, httpOptions: { headers: extra(call) } },
        });
        const text = (answer) => answer.candidates[0].content.parts.map((part) => part.text ?? '').join('');
        return client((call, args) => models.generateContent(params(call, args)), text,
            (call, args) => models.generateContentStream(params(call, args)), text);
    }

    async function bedrock() {
        const aws = await load('@aws-sdk/client-bedrock-runtime');
        const runtime = new aws.BedrockRuntimeClient({
            region: 'us-east-1', endpoint: base('bedrock-runtime.us-east-1.amazonaws.com'), maxAttempts: 1,
            credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        });
        const send = (call, Command, input) => {
            const command = new Command(input);
            command.middlewareStack.add((next) => (args) => {
                Object.assign(args.request.headers, extra(call));
                return next(args);
            }, { step: 'build' });
            return runtime.send(command);
        };
        const method = (Converse, Invoke) => (call, { model: modelId, tools, ...args }) => {
            if (args.anthropic_version) {
                const body = JSON.stringify(tools ? { ...args, tools } : args);
                return send(call, Invoke, { modelId, body, contentType: 'application/json' });
            }
            return send(call, Converse, { modelId, ...args, ...(tools ? { toolConfig: { tools } } : {}) });
        };
        const whole = method(aws.ConverseCommand, aws.InvokeModelCommand);
        const stream = method(aws.ConverseStreamCommand, aws.InvokeModelWithResponseStreamCommand);
        const parse = (bytes) => JSON.parse(Buffer.from(bytes).toString());
        const text = (answer) => (answer.output?.message ?? parse(answer.body)).content
            .map((block) => block.text ?? '').join('');
        const eventText = (event) => {
            const delta = event.chunk ? parse(event.chunk.bytes).delta : event.contentBlockDelta?.delta;
            return delta?.text ?? '';
        };
        return client(whole, text, async (call, args) => {
            const answer = await stream(call, args);
            return answer.stream ?? answer.body;
        }, eventText);
    }

    async function cohere() {
        const { CohereClientV2 } = await load('cohere-ai');
        const sdk = new CohereClientV2({ token: 'test', environment: base('api.cohere.com') });
        const options = (call) => ({ headers: extra(call), maxRetries: 0 });
        return client((call, args) => sdk.chat(args, options(call)),
            (answer) => (answer.message.content ?? []).map((block) => block.text).join(''),
            (call, args) => sdk.chatStream(args, options(call)),
            (event) => (event.type === 'content-delta' ? event.delta.message.content.text : ''));
    }

    async function mistral() {
        const { Mistral } = await load('@mistralai/mistralai');
        const { chat } = new Mistral({ apiKey: 'test', serverURL: base('api.mistral.ai') });
        const options = (call) => ({ headers: extra(call) });
        return client((call, args) => chat.complete(args, options(call)), (answer) => answer.choices[0].message.content,
            (call, args) => chat.stream(args, options(call)), (event) => event.data.choices[0].delta.content ?? '');
    }

    async function ollama() {
        const { Ollama } = await load('ollama');
        const sdk = (call) => new Ollama({ host: base('ollama.com'), headers: extra(call) });
        const text = (answer) => answer.message.content ?? '';
        return client((call, args) => sdk(call).chat(args), text,
            (call, args) => sdk(call).chat({ ...args, stream: true }), text);
    }

    return {
        'node-google': google, 'node-bedrock': bedrock, 'node-cohere': cohere, 'node-mistral': mistral,
        'node-ollama': ollama,
    };
}
