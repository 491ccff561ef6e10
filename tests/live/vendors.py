# SPDX-License-Identifier: Apache-2.0
"""What the stand-in provider answers as Google, Amazon, Cohere, Mistral and
Ollama: the bodies of their own APIs, as dialects.py has those of OpenAI and Anthropic.
"""

import base64
import json
import struct
import zlib
from dataclasses import dataclass

import dialects
from dialects import Answer, Event, base_facts, numbers, words

ARGUMENTS = {"model": "decoy"}  # of every tool call
FRAMED = "application/vnd.amazon.eventstream"


@dataclass
class Line(Event):
    """A line of JSON."""

    def encode(self):
        return (json.dumps(self.data, ensure_ascii=False) + "\n").encode()


@dataclass
class Frame(Event):
    """A message of an AWS event stream; `kind`: event or exception."""
    kind: str = "event"

    def encode(self):
        payload = json.dumps(self.data, ensure_ascii=False).encode()
        headers = b"".join(frame_header(name, value) for name, value in (
            (f":{self.kind}-type", self.name), (":content-type", "application/json"), (":message-type", self.kind)))
        prelude = struct.pack(">II", 12 + len(headers) + len(payload) + 4, len(headers))
        message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
        return message + struct.pack(">I", zlib.crc32(message))


def frame_header(name, value):
    string = 7
    return struct.pack(f">B{len(name)}sBH", len(name), name.encode(), string, len(value)) + value.encode()


def start(dialect, operation, body, live, finish):
    """Facts, parts of the text, and counts; `finish`: (with text, with tools)."""
    count = numbers(body)
    facts = base_facts(dialect, operation, body, count, live)
    parts = [] if facts["tools"] else words(int(live.get("events", 4)))
    facts["text"] = "".join(parts)
    facts["finish_reasons"] = [finish[bool(facts["tools"])]]
    return facts, parts, count


# ---- Google: the path names the model and says whether to stream

def gemini(body, live):
    body = {**body, "tools": [tool for each in body.get("tools") or [] for tool in each["functionDeclarations"]]}
    facts, parts, count = start("gemini.generate", "generate_content", body, live, ("STOP", "STOP"))
    facts["response_id"] = count["id"]
    contents = [{"text": part} for part in parts] + \
        [{"functionCall": {"name": name, "args": ARGUMENTS}} for name in facts["tools"]]
    if not body["stream"]:
        return Answer(document=gemini_piece(facts, contents, count, "STOP"), facts=facts)
    events = []
    for i, part in enumerate(contents):
        # Each piece has the counts so far.
        last = i == len(contents) - 1
        so_far = count if last else {**count, "output": i + 1}
        events.append(Event(gemini_piece(facts, [part], so_far, "STOP" if last else None), output=True,
                            usage=facts["usage"] and so_far))
    return Answer(events=events, facts=facts)


def gemini_piece(facts, parts, count, finish):
    candidate = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    piece = {"candidates": [candidate], "modelVersion": facts["response_model"], "responseId": facts["response_id"]}
    if facts["usage"]:
        piece["usageMetadata"] = {
            "promptTokenCount": count["prompt"], "cachedContentTokenCount": count["cached"],
            "candidatesTokenCount": count["output"], "thoughtsTokenCount": count["reasoning"],
            "totalTokenCount": count["prompt"] + count["output"] + count["reasoning"],
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": count["prompt"]}],
        }
    return piece


# ---- Amazon: the same, percent-encoded; no answer of Converse names the model

def converse(body, live):
    tools = (body.get("toolConfig") or {}).get("tools") or []
    body = {**body, "tools": [tool["toolSpec"] for tool in tools]}
    facts, parts, count = start("bedrock.converse", "chat", body, live, ("end_turn", "tool_use"))
    facts.update(response_model=None, response_id=None)
    content = [{"text": facts["text"]}] if parts else []
    content += [{"toolUse": {"toolUseId": f"tooluse_{i}", "name": name, "input": ARGUMENTS}}
                for i, name in enumerate(facts["tools"])]
    usage = {
        "inputTokens": count["prompt"], "outputTokens": count["output"],
        "totalTokens": count["prompt"] + count["cached"] + count["written"] + count["output"],
        "cacheReadInputTokens": count["cached"], "cacheWriteInputTokens": count["written"],
    }
    last = {"usage": usage, "metrics": {"latencyMs": 7}} if facts["usage"] else {"metrics": {"latencyMs": 7}}
    if body["stream"]:
        return Answer(events=converse_events(facts, parts, last), facts=facts, content_type=FRAMED)
    return Answer(facts=facts, document={
        "output": {"message": {"role": "assistant", "content": content}}, "stopReason": facts["finish_reasons"][0],
        **last})


def converse_events(facts, parts, last):
    events = [Frame({"role": "assistant", "p": "abcd"}, "messageStart")]
    events += [Frame({"contentBlockIndex": 0, "delta": {"text": part}, "p": "ab"}, "contentBlockDelta", output=True)
               for part in parts]
    if parts:
        events.append(Frame({"contentBlockIndex": 0}, "contentBlockStop"))
    for i, name in enumerate(facts["tools"]):
        begin = {"toolUse": {"toolUseId": f"tooluse_{i}", "name": name}}
        events += [
            Frame({"contentBlockIndex": i, "start": begin}, "contentBlockStart", output=True),
            Frame({"contentBlockIndex": i, "delta": {"toolUse": {"input": json.dumps(ARGUMENTS)}}}, "contentBlockDelta",
                  output=True),
            Frame({"contentBlockIndex": i}, "contentBlockStop"),
        ]
    return [*events, Frame({"stopReason": facts["finish_reasons"][0]}, "messageStop"), Frame(last, "metadata")]


def invoke(body, live):
    """A model of Anthropic behind InvokeModel: its own events, each wrapped."""
    answer = dialects.messages(body, live)
    facts = answer.facts
    facts["dialect"] = "bedrock.invoke"
    counts = {"input-token-count": "prompt", "output-token-count": "output", "cache-read-input-token-count": "cached",
              "cache-write-input-token-count": "written"}
    if answer.events is None:
        if facts["usage"]:
            answer.headers = {f"x-amzn-bedrock-{name}": str(facts["usage"][key]) for name, key in counts.items()}
        return answer
    if facts["usage"]:
        answer.events[-1].data["amazon-bedrock-invocationMetrics"] = {
            "inputTokenCount": facts["usage"]["prompt"], "outputTokenCount": facts["usage"]["output"],
            "cacheReadInputTokenCount": facts["usage"]["cached"],
            "cacheWriteInputTokenCount": facts["usage"]["written"],
            "invocationLatency": 9, "firstByteLatency": 4,
        }
    answer.content_type = FRAMED
    answer.events = [
        Frame({"bytes": base64.b64encode(json.dumps(event.data).encode()).decode(), "p": "abcdefgh"}, "chunk",
              output=event.output, usage=event.usage)
        for event in answer.events]
    return answer


# ---- Cohere: what is charged for and what the model saw; no answer names the model

def cohere(body, live):
    facts, parts, count = start("cohere.v2", "chat", body, live, ("COMPLETE", "TOOL_CALL"))
    facts.update(response_model=None, response_id=count["id"])
    usage = {
        "billed_units": {"input_tokens": count["prompt"], "output_tokens": count["output"]},
        "tokens": {"input_tokens": count["prompt"] + 500, "output_tokens": count["output"] + 3},
        "cached_tokens": count["cached"],
    }
    end = {"finish_reason": facts["finish_reasons"][0]}
    if facts["usage"]:
        end["usage"] = usage
    calls = [{"id": f"{name}_{i}", "type": "function", "function": {"name": name, "arguments": json.dumps(ARGUMENTS)}}
             for i, name in enumerate(facts["tools"])]
    if body.get("stream"):
        return Answer(events=cohere_events(count["id"], parts, calls, end), facts=facts)
    message = {"role": "assistant", "content": [{"type": "text", "text": facts["text"]}] if parts else []}
    if calls:
        message.update(tool_calls=calls, tool_plan="I will ask.")
    return Answer(document={"id": count["id"], "message": message, **end}, facts=facts)


def cohere_events(answer_id, parts, calls, end):
    def event(name, message=None, index=None, output=False, **more):
        data = {"type": name, **more}
        if index is not None:
            data["index"] = index
        if message is not None:
            data["delta"] = {"message": message}
        return Event(data, name=name, output=output)

    message = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": []}
    events = [event("message-start", message, id=answer_id)]
    if parts:
        events.append(event("content-start", {"content": {"type": "text", "text": ""}}, 0))
        events += [event("content-delta", {"content": {"text": part}}, 0, output=True) for part in parts]
        events.append(event("content-end", index=0))
    if calls:
        events.append(event("tool-plan-delta", {"tool_plan": "I will ask."}, output=True))
    for i, call in enumerate(calls):
        begin = {**call, "function": {**call["function"], "arguments": ""}}
        rest = {"function": {"arguments": call["function"]["arguments"]}}
        events += [event("tool-call-start", {"tool_calls": begin}, i, output=True),
                   event("tool-call-delta", {"tool_calls": rest}, i, output=True), event("tool-call-end", index=i)]
    return [*events, event("message-end", delta=end), Event("[DONE]")]


# ---- Mistral: OpenAI's chat, with the counts in the last piece of any stream

def mistral(body, live):
    facts, parts, count = start("openai.chat", "chat", body, live, ("stop", "tool_calls"))
    facts["response_id"] = count["id"]
    if facts["usage"]:
        facts["usage"] = {**count, "reasoning": None}
    end = {"finish_reason": facts["finish_reasons"][0]}
    usage = {
        "prompt_tokens": count["prompt"], "completion_tokens": count["output"],
        "total_tokens": count["prompt"] + count["output"], "prompt_tokens_details": {"cached_tokens": count["cached"]},
    }
    tail = {"usage": usage} if facts["usage"] else {}
    calls = [{"id": f"call{i:05}", "function": {"name": name, "arguments": json.dumps(ARGUMENTS)}, "index": i}
             for i, name in enumerate(facts["tools"])]
    head = {"id": count["id"], "created": 1700000000, "model": facts["response_model"]}
    if not body.get("stream"):
        message = {"role": "assistant", "content": facts["text"], "tool_calls": calls or None}
        return Answer(facts=facts, document={**head, "object": "chat.completion", **tail,
                                             "choices": [{"index": 0, "message": message, **end}]})
    head["object"] = "chat.completion.chunk"

    def piece(delta, finish=None, output=False, **more):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return Event({**head, "choices": [choice], **more}, output=output)

    events = [piece({"role": "assistant", "content": ""}), *(piece({"content": part}, output=True) for part in parts)]
    last = {"content": "", "tool_calls": calls} if calls else {"content": ""}
    events.append(piece(last, end["finish_reason"], output=bool(calls), **tail))
    return Answer(events=[*events, Event("[DONE]")], facts=facts)


# ---- Ollama: one document, or one per line

def ollama(body, live):
    body = {"stream": True, **body}
    facts, parts, count = start("ollama.native", "chat", body, live, ("stop", "stop"))
    facts["response_id"] = None
    head = {"model": facts["response_model"], "created_at": "2026-08-01T00:00:00.000000Z"}
    message = {"role": "assistant", "content": ""}
    calls = [{"function": {"index": i, "name": name, "arguments": ARGUMENTS}} for i, name in enumerate(facts["tools"])]
    end = {"done": True, "done_reason": "stop", "total_duration": 9000000, "load_duration": 1000000,
           "prompt_eval_duration": 2000000, "eval_duration": 6000000}
    if facts["usage"]:
        end.update(prompt_eval_count=count["prompt"], eval_count=count["output"])
    if not body["stream"]:
        whole = {**message, "content": facts["text"], **({"tool_calls": calls} if calls else {})}
        return Answer(document={**head, "message": whole, **end}, facts=facts)
    events = [Line({**head, "message": {**message, "content": part}, "done": False}, output=True) for part in parts]
    events += [Line({**head, "message": {**message, "tool_calls": [call]}, "done": False}, output=True)
               for call in calls]
    events.append(Line({**head, "message": message, **end}))
    return Answer(events=events, facts=facts, content_type="application/x-ndjson")


# ---- errors

ERRORS = {
    "google": {400: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"},
    "amazon": {400: "ValidationException", 429: "ThrottlingException", 500: "InternalServerException"},
    "mistral": {400: ("invalid_request_error", "3051"), 429: ("rate_limited", "1300"),
                500: ("internal_server_error", "1000")},
}


def error(family, status, message):
    """The document, and the headers that belong to it."""
    if family == "google":
        return {"error": {"code": status, "message": message, "status": ERRORS[family][status]}}, {}
    if family == "amazon":
        return {"message": message}, {"x-amzn-ErrorType": f"{ERRORS[family][status]}:http://internal.amazon.com/"}
    if family == "mistral":
        kind, code = ERRORS[family][status]
        return {"object": "error", "message": message, "type": kind, "param": None, "code": code}, {}
    if family == "cohere":
        return {"id": "1", "message": message}, {}
    return {"error": message}, {}


def error_event(family, message):
    """(how a 200 stream of that family fails, the record's error_type)."""
    if family == "google":
        return Event(error(family, 503, message)[0]), "overloaded"
    if family == "amazon":
        return Frame({"message": message}, "throttlingException", kind="exception"), "rate_limit"
    return Line({"error": message}), "other"  # it does not say what failed
