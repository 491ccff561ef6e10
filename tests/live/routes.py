# SPDX-License-Identifier: Apache-2.0
"""Which function answers a request to the stand-in provider, and how an answer
fails: errors with a status, errors in a stream, streams that are cut off.
"""

import re
from urllib.parse import unquote

import dialects
import vendors
from dialects import Event

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
MESSAGE = "this text is content and must not be logged"

# (host or None: any, path, family, function). What a path captures is part of the request.
ROUTES = [(host, re.compile(path), family, make) for host, path, family, make in (
    ("api.mistral.ai", r"/v1/chat/completions", "mistral", vendors.mistral),
    (None, r"/v1/chat/completions", "openai", dialects.chat),
    (None, r"/v1/responses", "openai", dialects.responses),
    (None, r"/v1/embeddings", "openai", dialects.embeddings),
    (None, r"/v1/messages", "anthropic", dialects.messages),
    (None, r"/mcp", "mcp", dialects.tool),
    (None, r"/v1(?:beta)?/models/(?P<model>[^/:]+):(?:generateContent|(?P<stream>streamGenerateContent))", "google",
     vendors.gemini),
    (None, r"/model/(?P<model>[^/]+)/converse(?P<stream>-stream)?", "amazon", vendors.converse),
    (None, r"/model/(?P<model>[^/]+)/invoke(?P<stream>-with-response-stream)?", "amazon", vendors.invoke),
    (None, r"/v2/chat", "cohere", vendors.cohere),
    (None, r"/api/chat", "ollama", vendors.ollama),
)]


def error_document(family, status, quota=False):
    """The document and its headers."""
    if family not in ERRORS:
        return vendors.error(family, status, MESSAGE)
    kind, code = QUOTA if quota else ERRORS[family].get(status, ("server_error", None))
    if family == "anthropic":
        return {"type": "error", "error": {"type": kind, "message": MESSAGE}, "request_id": "req_1"}, {}
    return {"error": {"message": MESSAGE, "type": kind, "param": None, "code": code}}, {}


def error_event(family):
    """What a provider sends when it fails in the middle of a 200 stream, and the record's error_type."""
    if family == "anthropic":
        return Event(error_document(family, 529)[0], name="error"), "overloaded"
    if family == "openai":
        return Event({"error": {"message": "content", "type": "server_error", "param": None, "code": None}}), "server"
    return vendors.error_event(family, MESSAGE)


def error_type(status, quota=False):
    """The record's error_type for what is served here."""
    if quota:
        return "quota"
    return {400: "invalid_request", 401: "authentication", 429: "rate_limit", 500: "server", 529: "overloaded"}[status]


def route(host, path):
    """(family, function, what the path says of the request), or None: no LLM path."""
    for own_host, pattern, family, make in ROUTES:
        match = pattern.fullmatch(path)
        if match and own_host in (None, host):
            said = match.groupdict()
            if "model" in said:
                said = {"model": unquote(said["model"]), "stream": said["stream"] is not None}
            return family, make, said
    return None


def answer(host, path, body, live):
    """The Answer to a request; None: no LLM path."""
    found = route(host, path)
    if found is None:
        return None
    family, make, said = found
    reply = make({**body, **said}, live)
    if "status" in live:
        fail(reply, family, int(live["status"]), "quota" in live)
    for setting in ("error_event", "cut"):
        if setting in live and reply.events:
            break_off(reply, int(live[setting]))
    if "error_event" in live and reply.events:
        event, reply.facts["error_type"] = error_event(family)
        reply.events.append(event)
    return reply


def fail(reply, family, status, quota):
    reply.status, reply.events = status, None
    reply.document, reply.headers = error_document(family, status, quota)
    reply.facts.update(streaming=False, response_model=None, response_id=None, finish_reasons=[], tools=[],
                       usage=None, text="", error_type=error_type(status, quota))


# An OpenAI stream whose client went away before the last events.
CUT_SHORT = {"finish_reasons": [], "usage": None, "error_type": "cancelled"}


def break_off(reply, after):
    """Only the first events are sent: what stood in the later ones is unknown."""
    reply.events = reply.events[:after]
    known = [event.usage for event in reply.events if event.usage]
    reply.facts.update(finish_reasons=[], tools=[], usage=known[-1] if known else None, error_type="cancelled")
