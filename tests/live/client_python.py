#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the calls of a plan with one of Python's HTTP or LLM libraries.

client_python.py STACK PLAN BASE CA: PLAN is a JSON file (see harness.Plan), BASE the port.
With "wait" in the plan it says {"ready": true}, and goes on at each line
of standard input. Prints one JSON line per call: what came back, and when.
It knows nothing of promtap.
"""

import asyncio
import gzip
import hashlib
import json
import os
import ssl
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

PRINT_LOCK = threading.Lock()


def say(**line):
    with PRINT_LOCK:
        print(json.dumps(line), flush=True)


class Client:
    """Common to all: `calls` hold the request; subclasses send it."""

    def __init__(self, plan, port, ca):
        self.plan, self.port, self.ca = plan, port, ca

    def base(self, call):
        return f"https://{call['host']}:{self.port}"

    def url(self, call):
        return self.base(call) + call["path"]

    def headers(self, call):
        """The headers of the raw HTTP clients."""
        return {"Content-Type": "application/json", "Authorization": "Bearer test", **self.extra(call)}

    def extra(self, call):
        extra = {"traceparent": f"00-{call['trace_id']}-{call['span_id']}-01"}
        if call.get("live"):
            extra["x-live"] = call["live"]
        return extra

    def payload(self, call):
        return json.dumps(call["body"]).encode()


def outcome(status, body):
    return {"status": status, "body_sha256": hashlib.sha256(body).hexdigest()}


def failure(error):
    return {"error": type(error).__name__, "status": getattr(error, "status_code", None)}


# ---- libraries that block

class BlockingClient(Client):
    def run(self):
        self.open()
        groups = groups_of(self.plan)
        workers = self.plan.get("concurrency", 1)
        for group in groups:
            if workers == 1:
                list(map(self.timed, group))
                continue
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(self.timed, group))
        self.close()

    def timed(self, call):
        start = time.time_ns()
        try:
            result = self.send(call)
        except Exception as error:  # noqa: BLE001 - an outcome like another
            result = failure(error)
        say(trace_id=call["trace_id"], start_unix_ns=start, end_unix_ns=time.time_ns(), **result)

    def open(self):
        pass

    def close(self):
        pass


class HttpClient(BlockingClient):
    """http.client of the standard library."""

    def open(self):
        self.connections = threading.local()

    def send(self, call):
        import http.client
        connections = self.connections.__dict__
        if call["host"] not in connections:
            context = ssl.create_default_context(cafile=self.ca)
            connections[call["host"]] = http.client.HTTPSConnection(call["host"], self.port, context=context)
        connection = connections[call["host"]]
        try:
            connection.request("POST", call["path"], self.payload(call), self.headers(call))
            response = connection.getresponse()
            body = response.read()
        except Exception:
            connection.close()
            raise
        coded = response.getheader("Content-Encoding") == "gzip"
        return outcome(response.status, gzip.decompress(body) if coded else body)


class Requests(BlockingClient):
    def open(self):
        import requests
        self.session = requests.Session()
        self.session.verify = self.ca
        self.session.trust_env = False

    def send(self, call):
        response = self.session.post(self.url(call), data=self.payload(call), headers=self.headers(call), stream=True)
        return outcome(response.status_code, b"".join(response.iter_content(None)))

    def close(self):
        self.session.close()


class Httpx(BlockingClient):
    def open(self):
        import httpx
        self.client = httpx.Client(verify=ssl.create_default_context(cafile=self.ca), timeout=120)

    def send(self, call):
        with self.client.stream("POST", self.url(call), content=self.payload(call), headers=self.headers(call)) as answer:
            return outcome(answer.status_code, b"".join(answer.iter_bytes()))

    def close(self):
        self.client.close()


class OpenAi(BlockingClient):
    def open(self):
        import openai
        self.client = openai.OpenAI(base_url=f"https://api.openai.com:{self.port}/v1", api_key="test", max_retries=0)

    def send(self, call):
        create = openai_method(self.client, call["path"])
        result = create(**call["body"], extra_headers=self.extra(call))
        if call["body"].get("stream"):
            return {"status": 200, "text": "".join(map(event_text, result))}
        return {"status": 200, "text": openai_text(result)}


class Anthropic(BlockingClient):
    def open(self):
        import anthropic
        self.client = anthropic.Anthropic(base_url=f"https://api.anthropic.com:{self.port}", api_key="test", max_retries=0)

    def send(self, call):
        result = self.client.messages.create(**call["body"], extra_headers=self.extra(call))
        if call["body"].get("stream"):
            return {"status": 200, "text": "".join(map(event_text, result))}
        return {"status": 200, "text": "".join(block.text for block in result.content if block.type == "text")}


# ---- asyncio: TLS on memory BIOs

class AsyncClient(Client):
    def run(self):
        asyncio.run(self.all())

    async def all(self):
        await self.open()
        limit = asyncio.Semaphore(self.plan.get("concurrency", 1))
        for group in groups_of(self.plan):
            await asyncio.gather(*(self.timed(call, limit) for call in group))
        await self.close()

    async def timed(self, call, limit):
        async with limit:
            start = time.time_ns()
            try:
                result = await self.send(call)
            except Exception as error:  # noqa: BLE001 - an outcome like another
                result = failure(error)
            say(trace_id=call["trace_id"], start_unix_ns=start, end_unix_ns=time.time_ns(), **result)

    async def open(self):
        pass

    async def close(self):
        pass


class HttpxAsync(AsyncClient):
    async def open(self):
        import httpx
        self.client = httpx.AsyncClient(verify=ssl.create_default_context(cafile=self.ca), timeout=120)

    async def send(self, call):
        async with self.client.stream("POST", self.url(call), content=self.payload(call),
                                      headers=self.headers(call)) as answer:
            return outcome(answer.status_code, b"".join([piece async for piece in answer.aiter_bytes()]))

    async def close(self):
        await self.client.aclose()


class Aiohttp(AsyncClient):
    async def open(self):
        import aiohttp
        context = ssl.create_default_context(cafile=self.ca)
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, limit=0))

    async def send(self, call):
        async with self.session.post(self.url(call), data=self.payload(call), headers=self.headers(call)) as answer:
            return outcome(answer.status, await answer.read())

    async def close(self):
        await self.session.close()


class OpenAiAsync(AsyncClient):
    async def open(self):
        import openai
        self.client = openai.AsyncOpenAI(base_url=f"https://api.openai.com:{self.port}/v1", api_key="test", max_retries=0)

    async def send(self, call):
        create = openai_method(self.client, call["path"])
        result = await create(**call["body"], extra_headers=self.extra(call))
        if call["body"].get("stream"):
            return {"status": 200, "text": "".join([event_text(event) async for event in result])}
        return {"status": 200, "text": openai_text(result)}

    async def close(self):
        await self.client.close()


class AnthropicAsync(AsyncClient):
    async def open(self):
        import anthropic
        self.client = anthropic.AsyncAnthropic(base_url=f"https://api.anthropic.com:{self.port}", api_key="test",
                                               max_retries=0)

    async def send(self, call):
        result = await self.client.messages.create(**call["body"], extra_headers=self.extra(call))
        if call["body"].get("stream"):
            return {"status": 200, "text": "".join([event_text(event) async for event in result])}
        return {"status": 200, "text": "".join(block.text for block in result.content if block.type == "text")}

    async def close(self):
        await self.client.close()


# ---- the SDKs' answers

def openai_method(client, path):
    return {
        "/v1/chat/completions": client.chat.completions.create,
        "/v1/responses": client.responses.create,
        "/v1/embeddings": client.embeddings.create,
    }[path]


def openai_text(result):
    if hasattr(result, "choices"):
        return result.choices[0].message.content or ""
    return getattr(result, "output_text", "")


def event_text(event):
    """The text of a stream event of any dialect."""
    if getattr(event, "choices", None):
        return event.choices[0].delta.content or ""
    if getattr(event, "type", "") == "response.output_text.delta":
        return event.delta
    if getattr(event, "type", "") == "content_block_delta":
        return getattr(event.delta, "text", "")
    return ""


def groups_of(plan):
    """The calls, in the groups between which the client waits for a line."""
    if not plan.get("wait"):
        yield plan["calls"]
        return
    for group in plan["groups"]:
        say(ready=True)
        sys.stdin.readline()
        yield group


STACKS = {
    "http.client": HttpClient, "requests": Requests, "httpx": Httpx, "httpx-async": HttpxAsync, "aiohttp": Aiohttp,
    "openai": OpenAi, "openai-async": OpenAiAsync, "anthropic": Anthropic, "anthropic-async": AnthropicAsync,
}


def main(stacks):
    stack, plan, port, ca = sys.argv[1:]
    with open(plan, encoding="utf-8") as file:
        plan = json.load(file)
    say(pid=os.getpid(), program=os.path.basename(os.readlink("/proc/self/exe")))
    stacks[stack](plan, int(port), ca).run()


if __name__ == "__main__":
    main(STACKS)
