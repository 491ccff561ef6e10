# SPDX-License-Identifier: Apache-2.0
"""What the stand-in provider answers: bodies of OpenAI's and Anthropic's APIs.

The answer follows from the request alone (its body and the settings of its
x-live header), so that a test can tell what a record must say. Each function
gives an Answer: a JSON document or a list of stream events, and the facts.
"""

import hashlib
import json
from dataclasses import dataclass, field

SNAPSHOTS = {
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "claude-opus-4-6": "claude-opus-4-6-20260205",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
}

ERRORS = {
    "openai": {
        400: ("invalid_request_error", None),
        401: ("invalid_request_error", "invalid_api_key"),
        429: ("requests", "rate_limit_exceeded"),
        500: ("server_error", None),
    },
    "anthropic": {
        400: ("invalid_request_error", None),
        401: ("authentication_error", None),
        429: ("rate_limit_error", None),
        500: ("api_error", None),
        529: ("overloaded_error", None),
    },
}
QUOTA = ("insufficient_quota", "insufficient_quota")


@dataclass
class Event:
    """One server-sent event. `output`: it carries something generated."""
    data: object
    name: str = ""
    output: bool = False

    def encode(self):
        data = self.data if isinstance(self.data, str) else json.dumps(self.data, ensure_ascii=False)
        name = f"event: {self.name}\n" if self.name else ""
        return f"{name}data: {data}\n\n".encode()


@dataclass
class Answer:
    status: int = 200
    document: object = None
    events: list = None
    facts: dict = field(default_factory=dict)


def numbers(body):
    """Token counts that a test can tell from one another, from the request."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
    prompt = 100 + int.from_bytes(digest[:2], "big") % 5000
    return {
        "prompt": prompt,
        "cached": prompt // 3,
        "written": prompt // 5,
        "output": 20 + digest[2],
        "reasoning": 3 + digest[3] % 16,
        "id": digest[4:16].hex(),
    }


def words(count):
    return [f"word{i} " if i % 3 else f"wört{i} " for i in range(count)]


def tool_names(body):
    return [(tool.get("function") or tool).get("name") for tool in body.get("tools") or []]


def served_model(body):
    return SNAPSHOTS.get(body["model"], body["model"])


def base_facts(dialect, operation, body, count, live):
    """Shared by all: what a record says whatever the dialect."""
    return {
        "dialect": dialect,
        "operation": operation,
        "streaming": bool(body.get("stream")),
        "request_model": body["model"],
        "response_model": served_model(body),
        "finish_reasons": [],
        "tools": tool_names(body),
        "usage": None if "no_usage" in live else count,
        "error_type": None,
        "text": "",
    }


def error_document(family, status, quota=False):
    kind, code = QUOTA if quota else ERRORS[family].get(status, ("server_error", None))
    message = "this text is content and must not be logged"
    if family == "anthropic":
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


# ---- OpenAI chat completions

def chat_usage(count):
    return {
        "prompt_tokens": count["prompt"],
        "completion_tokens": count["output"],
        "total_tokens": count["prompt"] + count["output"],
        "prompt_tokens_details": {"cached_tokens": count["cached"], "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": count["reasoning"], "audio_tokens": 0},
    }


def chat(body, live):
    count = numbers(body)
    facts = base_facts("openai.chat", "chat", body, count, live)
    facts["response_id"] = f"chatcmpl-{count['id']}"
    parts = [] if facts["tools"] else words(int(live.get("events", 4)))
    facts["text"] = "".join(parts)
    facts["finish_reasons"] = ["tool_calls" if facts["tools"] else "stop"]
    head = {"id": facts["response_id"], "created": 1700000000, "model": facts["response_model"]}
    if body.get("stream"):
        return chat_stream(body, live, facts, head, parts, count)
    message = {"role": "assistant", "content": facts["text"] or None, "refusal": None}
    if facts["tools"]:
        message["tool_calls"] = [
            {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": '{"model":"decoy"}'}}
            for i, name in enumerate(facts["tools"])]
    document = {**head, "object": "chat.completion",
                "choices": [{"index": 0, "message": message, "logprobs": None,
                             "finish_reason": facts["finish_reasons"][0]}]}
    if facts["usage"]:
        document["usage"] = chat_usage(count)
    return Answer(document=document, facts=facts)


def chat_stream(body, live, facts, head, parts, count):
    include_usage = bool((body.get("stream_options") or {}).get("include_usage"))
    head = {**head, "object": "chat.completion.chunk"}
    if include_usage:
        head["usage"] = None
    else:
        facts["usage"] = None

    def chunk(delta, finish=None, output=False):
        return Event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}, output=output)

    events = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"content": part}, output=True) for part in parts]
    for i, name in enumerate(facts["tools"]):
        events.append(chunk({"tool_calls": [{"index": i, "id": f"call_{i}", "type": "function",
                                             "function": {"name": name, "arguments": ""}}]}, output=True))
        events.append(chunk({"tool_calls": [{"index": i, "function": {"arguments": "{\"usage\":1}"}}]}, output=True))
    events.append(chunk({}, facts["finish_reasons"][0]))
    if facts["usage"]:
        events.append(Event({**head, "choices": [], "usage": chat_usage(count)}))
    events.append(Event("[DONE]"))
    return Answer(events=events, facts=facts)


# ---- OpenAI responses

def responses(body, live):
    count = numbers(body)
    facts = base_facts("openai.responses", "chat", body, count, live)
    facts["response_id"] = f"resp_{count['id']}"
    parts = [] if facts["tools"] else words(int(live.get("events", 4)))
    facts["text"] = "".join(parts)
    facts["finish_reasons"] = ["tool_calls"] if facts["tools"] else ["completed"]
    document = responses_document(body, facts, count)
    if not body.get("stream"):
        return Answer(document=document, facts=facts)
    started = {**document, "status": "in_progress", "output": [], "usage": None}
    events = [("response.created", {"response": started}, False), ("response.in_progress", {"response": started}, False)]
    for index, item in enumerate(document["output"]):
        events += responses_item_events(index, item, parts)
    events.append(("response.completed", {"response": document}, False))
    return Answer(facts=facts, events=[
        Event({"type": name, "sequence_number": i, **data}, name=name, output=output)
        for i, (name, data, output) in enumerate(events)])


def responses_document(body, facts, count):
    usage = {
        "input_tokens": count["prompt"], "input_tokens_details": {"cached_tokens": count["cached"]},
        "output_tokens": count["output"], "output_tokens_details": {"reasoning_tokens": count["reasoning"]},
        "total_tokens": count["prompt"] + count["output"],
    }
    calls = [{"type": "function_call", "id": f"fc_{i}", "call_id": f"call_{i}", "name": name, "arguments": "{}",
              "status": "completed"} for i, name in enumerate(facts["tools"])]
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
               "content": [{"type": "output_text", "text": facts["text"], "annotations": []}]}
    return {
        "id": facts["response_id"], "object": "response", "created_at": 1700000000, "status": "completed",
        "model": facts["response_model"], "error": None, "incomplete_details": None,
        "instructions": body.get("instructions"), "tools": body.get("tools") or [], "tool_choice": "auto",
        "parallel_tool_calls": True, "metadata": {}, "temperature": 1, "top_p": 1,
        "output": calls or [message], "usage": usage if facts["usage"] else None,
    }


def responses_item_events(index, item, parts):
    place = {"output_index": index, "item_id": item["id"]}
    # The item of a tool call brings its name, which is generated.
    added = {"output_index": index, "item": {**item, "status": "in_progress"}}
    events = [("response.output_item.added", added, item["type"] == "function_call")]
    if item["type"] == "function_call":
        events.append(("response.function_call_arguments.delta", {**place, "delta": item["arguments"]}, True))
        events.append(("response.function_call_arguments.done", {**place, "arguments": item["arguments"]}, False))
    else:
        place["content_index"] = 0
        empty = {"type": "output_text", "text": "", "annotations": []}
        events.append(("response.content_part.added", {**place, "part": empty}, False))
        events += [("response.output_text.delta", {**place, "delta": part, "logprobs": []}, True) for part in parts]
        events.append(("response.output_text.done", {**place, "text": "".join(parts), "logprobs": []}, False))
        events.append(("response.content_part.done", {**place, "part": item["content"][0]}, False))
    events.append(("response.output_item.done", {"output_index": index, "item": item}, False))
    return events


# ---- OpenAI embeddings

def embeddings(body, live):
    count = numbers(body)
    facts = base_facts("openai.embeddings", "embeddings", body, count, live)
    facts["response_id"] = None
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    vector = "AACAPwAAAEA=" if body.get("encoding_format") == "base64" else [1.0, 2.0]
    document = {
        "object": "list", "model": facts["response_model"],
        "data": [{"object": "embedding", "index": i, "embedding": vector} for i in range(len(inputs))],
        "usage": {"prompt_tokens": count["prompt"], "total_tokens": count["prompt"]},
    }
    if not facts["usage"]:
        del document["usage"]
    return Answer(document=document, facts=facts)


# ---- Anthropic messages

def messages(body, live):
    count = numbers(body)
    facts = base_facts("anthropic.messages", "chat", body, count, live)
    facts["response_id"] = f"msg_{count['id']}"
    parts = words(int(live.get("events", 4)))
    facts["text"] = "".join(parts)
    facts["finish_reasons"] = ["tool_use" if facts["tools"] else "end_turn"]
    usage = {
        "input_tokens": count["prompt"], "cache_read_input_tokens": count["cached"],
        "cache_creation_input_tokens": count["written"],
        "cache_creation": {"ephemeral_5m_input_tokens": count["written"], "ephemeral_1h_input_tokens": 0},
        "output_tokens": count["output"], "service_tier": "standard",
    }
    document = {
        "id": facts["response_id"], "type": "message", "role": "assistant", "model": facts["response_model"],
        "content": [{"type": "text", "text": facts["text"]}] + [
            {"type": "tool_use", "id": f"toolu_{i}", "name": name, "input": {"model": "decoy"}}
            for i, name in enumerate(facts["tools"])],
        "stop_reason": facts["finish_reasons"][0], "stop_sequence": None, "usage": usage,
    }
    if not facts["usage"]:
        del document["usage"]
    if not body.get("stream"):
        return Answer(document=document, facts=facts)
    return Answer(events=messages_events(document, parts, count), facts=facts)


def messages_events(document, parts, count):
    start = {**document, "content": [], "stop_reason": None}
    if "usage" in document:
        start["usage"] = {**document["usage"], "output_tokens": 1}
    events = [Event({"type": "message_start", "message": start})]
    for index, block in enumerate(document["content"]):
        empty = {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}
        deltas = [{"type": "text_delta", "text": part} for part in parts]
        if block["type"] == "tool_use":
            deltas = [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
        events.append(Event({"type": "content_block_start", "index": index, "content_block": empty},
                            output=block["type"] == "tool_use"))
        if index == 0:
            events.append(Event({"type": "ping"}))
        events += [Event({"type": "content_block_delta", "index": index, "delta": delta}, output=True)
                   for delta in deltas]
        events.append(Event({"type": "content_block_stop", "index": index}))
    last = {"type": "message_delta", "delta": {"stop_reason": document["stop_reason"], "stop_sequence": None}}
    if "usage" in document:
        last["usage"] = {"output_tokens": count["output"]}
    events += [Event(last), Event({"type": "message_stop"})]
    for event in events:
        event.name = event.data["type"]
    return events


ROUTES = {
    "/v1/chat/completions": ("openai", chat),
    "/v1/responses": ("openai", responses),
    "/v1/embeddings": ("openai", embeddings),
    "/v1/messages": ("anthropic", messages),
}


def error_event(family):
    """What a provider sends when it fails in the middle of a 200 stream."""
    if family == "anthropic":
        return Event(error_document(family, 529), name="error")
    return Event({"error": {"message": "content", "type": "server_error", "param": None, "code": None}})


def error_type(status, quota=False):
    """The record's error_type for what is served here."""
    if quota:
        return "quota"
    return {400: "invalid_request", 401: "authentication", 429: "rate_limit", 500: "server", 529: "overloaded"}[status]


def answer(path, body, live):
    """The Answer to a request; None: no LLM path."""
    if path not in ROUTES:
        return None
    family, make = ROUTES[path]
    reply = make(body, live)
    if "status" in live:
        status, quota = int(live["status"]), "quota" in live
        reply.status, reply.events = status, None
        reply.document = error_document(family, status, quota)
        reply.facts.update(streaming=False, response_model=None, response_id=None, finish_reasons=[], tools=[],
                           usage=None, text="", error_type=error_type(status, quota))
    for setting in ("error_event", "cut"):
        if setting in live and reply.events:
            break_off(reply, family, int(live[setting]), error="cancelled")
    if "error_event" in live and reply.events:
        reply.events.append(error_event(family))
        reply.facts["error_type"] = "overloaded" if family == "anthropic" else "server"
    return reply


# An OpenAI stream whose client went away before the last events.
CUT_SHORT = {"finish_reasons": [], "usage": None, "error_type": "cancelled"}


def break_off(reply, family, after, error):
    """Only the first events are sent: what stood in the later ones is unknown.
    Anthropic gives its first counts with the first event."""
    reply.events = reply.events[:after]
    usage = reply.facts["usage"]
    early = usage is not None and family == "anthropic"
    reply.facts.update(finish_reasons=[], tools=[], usage={**usage, "output": 1} if early else None, error_type=error)
