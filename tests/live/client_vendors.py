#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""client_python.py with the SDKs of Google, Amazon, Cohere, Mistral and Ollama.

client_vendors.py STACK PLAN PORT CA. The body of a call is what the SDK's
method takes; "stream" says which method.
"""

import json

from client_python import BlockingClient, main


class Sdk(BlockingClient):
    host = None

    def base(self, call=None):
        return f"https://{self.host}:{self.port}"

    def send(self, call):
        arguments = dict(call["body"])
        stream = arguments.pop("stream", False)
        if stream:
            return {"status": 200, "text": "".join(map(self.event_text, self.stream(call, arguments)))}
        return {"status": 200, "text": self.text(self.whole(call, arguments))}


class Google(Sdk):
    host = "generativelanguage.googleapis.com"

    def open(self):
        from google import genai
        self.client = genai.Client(api_key="test", http_options={
            "base_url": self.base(), "retry_options": {"attempts": 1}})

    def arguments(self, call, arguments):
        config = {"http_options": {"headers": self.extra(call)}, "tools": arguments.pop("tools", None)}
        return {**arguments, "config": config}

    def whole(self, call, arguments):
        return self.client.models.generate_content(**self.arguments(call, arguments))

    def stream(self, call, arguments):
        return self.client.models.generate_content_stream(**self.arguments(call, arguments))

    @staticmethod
    def text(answer):
        return "".join(part.text or "" for part in answer.candidates[0].content.parts)

    event_text = text


class Bedrock(Sdk):
    """Converse; InvokeModel where the body is one of Anthropic."""

    host = "bedrock-runtime.us-east-1.amazonaws.com"

    def open(self):
        import boto3
        from botocore.config import Config
        self.client = boto3.client(
            "bedrock-runtime", region_name="us-east-1", endpoint_url=self.base(), aws_access_key_id="test",
            aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}))
        self.client.meta.events.register("before-call.bedrock-runtime", self.add_headers)

    def add_headers(self, params, **_):
        params["headers"].update(self.extra(self.call))

    def run_method(self, call, arguments, converse, invoke):
        self.call = call  # one at a time: the SDK's calls take no headers
        model = arguments.pop("model")
        if "anthropic_version" in arguments:
            return invoke(modelId=model, body=json.dumps(arguments))["body"]
        tools = arguments.pop("tools", None)
        if tools:
            arguments["toolConfig"] = {"tools": tools}
        return converse(modelId=model, **arguments)

    def whole(self, call, arguments):
        return self.run_method(call, arguments, self.client.converse, self.client.invoke_model)

    def stream(self, call, arguments):
        answer = self.run_method(call, arguments, self.client.converse_stream,
                                 self.client.invoke_model_with_response_stream)
        return answer["stream"] if isinstance(answer, dict) else answer

    @staticmethod
    def text(answer):
        content = answer["output"]["message"]["content"] if isinstance(answer, dict) else json.load(answer)["content"]
        return "".join(block.get("text", "") for block in content)

    @staticmethod
    def event_text(event):
        if "chunk" in event:
            return json.loads(event["chunk"]["bytes"]).get("delta", {}).get("text", "")
        return event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")


class Cohere(Sdk):
    host = "api.cohere.com"

    def open(self):
        import cohere
        self.client = cohere.ClientV2("test", base_url=self.base())

    def options(self, call):
        return {"additional_headers": self.extra(call), "max_retries": 0}

    def whole(self, call, arguments):
        return self.client.chat(**arguments, request_options=self.options(call))

    def stream(self, call, arguments):
        return self.client.chat_stream(**arguments, request_options=self.options(call))

    @staticmethod
    def text(answer):
        return "".join(block.text for block in answer.message.content or [])

    @staticmethod
    def event_text(event):
        return event.delta.message.content.text if event.type == "content-delta" else ""


class Mistral(Sdk):
    host = "api.mistral.ai"

    def open(self):
        from mistralai.client import Mistral as Client
        self.client = Client("test", server_url=self.base())

    def whole(self, call, arguments):
        return self.client.chat.complete(**arguments, http_headers=self.extra(call))

    def stream(self, call, arguments):
        return self.client.chat.stream(**arguments, http_headers=self.extra(call))

    @staticmethod
    def text(answer):
        return answer.choices[0].message.content

    @staticmethod
    def event_text(event):
        return event.data.choices[0].delta.content or ""


class Ollama(Sdk):
    host = "ollama.com"

    def open(self):
        import ollama
        # Calls take no headers of their own; what the SDK passes on to its HTTP library may add some.
        self.client = ollama.Client(self.base(), event_hooks={"request": [self.add_headers]})

    def add_headers(self, request):
        request.headers.update(self.extra(self.call))

    def whole(self, call, arguments, stream=False):
        self.call = call
        return self.client.chat(**arguments, stream=stream)

    def stream(self, call, arguments):
        return self.whole(call, arguments, stream=True)

    @staticmethod
    def text(answer):
        return answer.message.content or ""

    event_text = text


if __name__ == "__main__":
    main({"google": Google, "bedrock": Bedrock, "cohere": Cohere, "mistral": Mistral, "ollama": Ollama})
