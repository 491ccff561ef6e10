#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An application that is instrumented with OpenTelemetry's SDK and its
instrumentation of requests, as users have it, and knows nothing of promtap.

client_traced.py URL CA COLLECTOR CALLS SAMPLED: posts each body of the JSON list CALLS to URL within a span of its own, and
sends its spans to the collector. SAMPLED is 1 or 0. Prints what it knows of the spans: a line of JSON.
"""

import json
import sys

import requests
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased


def main():
    url, ca, collector, calls, sampled = sys.argv[1:]
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}),
                              sampler=ParentBased(TraceIdRatioBased(int(sampled))))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{collector}/v1/traces", certificate_file=ca)))
    trace.set_tracer_provider(provider)
    RequestsInstrumentor().instrument()
    made = []
    for body in json.loads(calls):
        with trace.get_tracer("shop").start_as_current_span("answer a customer") as span:
            answer = requests.post(url, json=body, verify=ca, timeout=60,
                                   headers={"Authorization": "Bearer a-key-of-the-tests"})
            context = span.get_span_context()
            made.append({"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}",
                         "status": answer.status_code})
    provider.shutdown()
    print(json.dumps(made))


if __name__ == "__main__":
    main()
