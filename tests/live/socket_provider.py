#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in provider of sessions: WebSockets over TLS, on loopback.

Speaks OpenAI's Realtime and Responses and Gemini Live, as far as the tests need.
What it answers follows from the client's messages alone: a question may hold the
word "live:" with settings behind it, e.g. "live:events=5,delay=3":

  events=N   deltas of the answer        delay=MS  wait before each
  tool       the answer is a tool call   error     an error in place of an answer
  status=S   how the response ends       hang      stop in the middle, and close
  repeat     the answer (Realtime) is what the session's instructions say

A key that says "wrong" is answered 401. Writes one JSON line per answer to --log
before its last message is sent. Prints its port as a JSON line.
"""

import argparse
import asyncio
import http
import json
import os
import re
import signal
import ssl
import time

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

REALTIME_MODEL = "gpt-realtime-2025-08-28"
RESPONSES_MODEL = "gpt-4.1-mini-2025-04-14"


def parse_live(text):
    found = re.search(r"live:([\w=,.]+)", text)
    pairs = (item.partition("=") for item in (found[1] if found else "").split(",") if item)
    return {name: value for name, _, value in pairs}


class Session:
    """One connection: counts what a record counts, and logs each answer."""

    dialect = operation = None

    def __init__(self, connection, log):
        self.connection, self.log, self.answers, self.asked_bytes = connection, log, 0, 0
        request = connection.request
        parts = (request.headers.get("traceparent") or "--").split("-")
        self.base = {"trace_id": parts[1], "span_id": parts[2], "host": request.headers["Host"],
                     "path": request.path.partition("?")[0], "dialect": self.dialect, "operation": self.operation,
                     "compressed": bool(connection.protocol.extensions)}
        model = re.search(r"[?&]model=([^&]+)", request.path)
        self.asked_model = model[1] if model else None

    async def run(self):
        await self.begin()
        async for message in self.connection:
            received_ns = time.monotonic_ns()
            raw = message.encode() if isinstance(message, str) else message
            self.asked_bytes += len(raw)
            message = json.loads(raw)
            if self.is_question(message):
                await self.answer(message, parse_live(json.dumps(message)), received_ns)

    async def answer(self, message, live, received_ns):
        self.answers += 1
        self.entry = {
            **self.base, "request_bytes": self.asked_bytes, "response_bytes": 0, "received_ns": received_ns,
            "request_model": self.asked_model, "response_model": None, "status": 101, "error_type": None,
            "finish_reasons": [], "response_id": None, "usage": None, "tools": [], "output_events": 0,
            "first_output_ns": None, "capture": "complete",
        }
        self.asked_bytes = 0
        await self.respond(message, live)

    async def say(self, message, output=False, last=False):
        data = json.dumps(message)
        self.entry["response_bytes"] += len(data.encode())
        if output:
            self.entry["output_events"] += 1
            self.entry["first_output_ns"] = self.entry["first_output_ns"] or time.monotonic_ns()
        self.entry["last_ns"] = time.monotonic_ns()
        if last:
            self.log(self.entry)
        await self.connection.send(data)

    async def deltas(self, live, make):
        for i in range(int(live.get("events", 3))):
            await asyncio.sleep(float(live.get("delay", 0)) / 1000)
            await self.say(make(i), output=True)
            if "hang" in live:
                self.entry.update(capture="aborted", error_type="cancelled", finish_reasons=[], usage=None)
                self.log(self.entry)
                await self.connection.close()
                raise ConnectionClosed(None, None)

    async def begin(self):
        pass


class Realtime(Session):
    dialect, operation = "openai.realtime", "chat"
    told = ""

    async def begin(self):
        await self.connection.send(json.dumps({"type": "session.created", "event_id": "event_0", "session": {
            "type": "realtime", "object": "realtime.session", "id": "sess_1", "model": REALTIME_MODEL,
            "output_modalities": ["audio"], "instructions": "", "tools": []}}))

    def is_question(self, message):
        self.told = message.get("session", {}).get("instructions", self.told)
        return message["type"] == "response.create"

    async def respond(self, message, live):
        if "error" in live:
            self.entry.update(error_type="rate_limit", response_model=REALTIME_MODEL)
            await self.say({"type": "error", "event_id": "event_1", "error": {
                "type": "invalid_request_error", "code": "rate_limit_exceeded", "message": "Slow down.", "param": None,
                "event_id": message.get("event_id")}}, last=True)
            return
        name = f"resp_{self.base['trace_id'][:8]}_{self.answers}"
        response = {"object": "realtime.response", "id": name, "status": "in_progress", "status_details": None,
                    "output": [], "output_modalities": ["text"], "usage": None, "metadata": None}
        about = {"response_id": name, "output_index": 0, "item_id": "item_1", "event_id": "event_2"}
        self.entry.update(response_id=name, response_model=REALTIME_MODEL)
        await self.say({"type": "response.created", "event_id": "event_1", "response": response})
        await self.connection.send(json.dumps({"type": "rate_limits.updated", "event_id": "e", "rate_limits": []}))
        item = {"id": "item_1", "type": "message", "status": "completed", "role": "assistant", "content": []}
        if "tool" in live:
            item = {"id": "item_1", "type": "function_call", "status": "completed", "name": "get_weather",
                    "call_id": "call_1", "arguments": "{}"}
            self.entry["tools"] = ["get_weather"]
        await self.say({"type": "response.output_item.added", **about, "item": item}, output="tool" in live)
        kind = "function_call_arguments" if "tool" in live else "output_text"
        words = self.told.split() if "repeat" in live else [f"wörd{i}" for i in range(int(live.get("events", 3)))]
        await self.deltas({**live, "events": len(words)}, lambda i: {
            "type": f"response.{kind}.delta", **about, "content_index": 0, "delta": words[i] + " "})
        await self.finish(response, item, live)

    async def finish(self, response, item, live):
        usage = {"prompt": 20 + self.answers, "cached": 8, "output": 10, "audio_output": 4}
        status = live.get("status", "completed")
        reason = {"cancelled": "turn_detected", "incomplete": "max_output_tokens"}.get(status)
        self.entry.update(usage=usage, finish_reasons=[reason or status],
                          error_type="cancelled" if status == "cancelled" else None)
        response.update(status=status, output=[item], status_details=reason and {"type": status, "reason": reason}, usage={
            "total_tokens": usage["prompt"] + usage["output"], "input_tokens": usage["prompt"], "output_tokens": usage["output"],
            "input_token_details": {"text_tokens": 12, "audio_tokens": 5, "image_tokens": 0, "cached_tokens": usage["cached"]},
            "output_token_details": {"text_tokens": 6, "audio_tokens": usage["audio_output"]}})
        await self.say({"type": "response.done", "event_id": "event_9", "response": response}, last=True)


class Responses(Session):
    dialect, operation = "openai.responses", "chat"

    @staticmethod
    def is_question(message):
        return message["type"] == "response.create"

    async def respond(self, message, live):
        self.entry["request_model"] = message["model"]
        if "error" in live:
            self.entry.update(error_type="rate_limit", status=429)
            await self.say({"type": "error", "status": 429, "error": {"type": "usage_limit_reached", "message": "m"}}, last=True)
            return
        name = f"resp_{self.base['trace_id'][:8]}_{self.answers}"
        response = {"id": name, "object": "response", "model": RESPONSES_MODEL, "status": "in_progress", "output": []}
        self.entry.update(response_id=name, response_model=RESPONSES_MODEL)
        await self.say({"type": "response.created", "sequence_number": 0, "response": response})
        await self.deltas(live, lambda i: {"type": "response.output_text.delta", "sequence_number": i, "output_index": 0,
                                           "content_index": 0, "item_id": "msg_1", "delta": f"wörd{i} "})
        usage = {"prompt": 30 + self.answers, "cached": 4, "output": 9, "reasoning": 2}
        self.entry.update(usage=usage, finish_reasons=["completed"])
        response.update(status="completed", usage={
            "input_tokens": usage["prompt"], "input_tokens_details": {"cached_tokens": usage["cached"]},
            "output_tokens": usage["output"], "output_tokens_details": {"reasoning_tokens": usage["reasoning"]},
            "total_tokens": usage["prompt"] + usage["output"]})
        await self.say({"type": "response.completed", "sequence_number": 9, "response": response}, last=True)


class Live(Session):
    dialect, operation = "gemini.live", "generate_content"

    def is_question(self, message):
        if "setup" in message:
            self.asked_model = message["setup"]["model"].removeprefix("models/")
            self.greeting = asyncio.ensure_future(self.connection.send(json.dumps({"setupComplete": {}}).encode()))
        return message.get("clientContent", {}).get("turnComplete")

    async def say(self, message, output=False, last=False):
        """Google sends its JSON in binary frames."""
        data = json.dumps(message).encode()
        self.connection, real = self, self.connection
        self.send = lambda _: real.send(data)
        try:
            await super().say(message, output, last)
        finally:
            self.connection = real

    async def respond(self, message, live):
        if "tool" in live:
            self.entry["tools"] = ["get_weather"]
            await self.say({"toolCall": {"functionCalls": [{"name": "get_weather", "args": {}, "id": "f1"}]}}, output=True)
        await self.deltas(live, lambda i: {"serverContent": {"modelTurn": {"parts": [{"text": f"wörd{i} "}]}}})
        await self.say({"serverContent": {"generationComplete": True}})
        usage = {"prompt": 40 + self.answers, "output": 7, "reasoning": 3}
        self.entry["usage"] = {**usage, "output": 10}
        await self.say({"serverContent": {"turnComplete": True}, "usageMetadata": {
            "promptTokenCount": usage["prompt"], "responseTokenCount": usage["output"],
            "thoughtsTokenCount": usage["reasoning"], "totalTokenCount": usage["prompt"] + 10}}, last=True)


ROUTES = {
    "/v1/realtime": Realtime, "/v1/responses": Responses,
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent": Live,
}


def refuse(connection, request):
    """Before the handshake; None: go on with it."""
    if request.path.partition("?")[0] not in ROUTES:
        return connection.respond(http.HTTPStatus.NOT_FOUND, "no such path\n")
    if "wrong" not in request.headers.get("Authorization", ""):
        return None
    response = connection.respond(http.HTTPStatus.UNAUTHORIZED, json.dumps(
        {"error": {"type": "invalid_request_error", "code": "invalid_api_key", "message": "No."}}))
    response.headers["Content-Type"] = "application/json"
    return response


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--log", default=os.devnull)
    options = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    with open(options.log, "a", encoding="utf-8") as file:
        def log(entry):
            file.write(json.dumps(entry) + "\n")
            file.flush()

        async def handle(connection):
            try:
                await ROUTES[connection.request.path.partition("?")[0]](connection, log).run()
            except ConnectionClosed:
                pass  # the client went away, or was sent away

        stopped = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set_result, None)
        async with serve(handle, "127.0.0.1", 0, ssl=context, process_request=refuse, max_size=None) as server:
            print(json.dumps({"port": server.sockets[0].getsockname()[1], "pid": os.getpid()}), flush=True)
            await stopped


if __name__ == "__main__":
    asyncio.run(main())
