# SPDX-License-Identifier: Apache-2.0
"""The dashboards: what each panel asks and says. panels.py makes JSON of it.

%CALLS and %FLEET stand for the filters of the variables. Sums over services or
models are taken of the rules' sums and buckets, never of means or percentiles.
"""

from panels import Board, Panel, Query

LATENCY_LIMITS = [(2000, "orange"), (5000, "red")]
ERROR_LIMITS = [(0.01, "orange"), (0.05, "red")]
DRIFT_LIMITS = [(-15, "green"), (15, "red")]
TO_SERVICE = ("Service", "promtap-service", "service")
TO_MODEL = ("Model", "promtap-model", "model")
NO_ERRORS = "no call has failed"
NO_STREAMS = "no call was streamed"
NO_COST = "no call has a known cost"
NO_FINDINGS = "nothing was found"
FEW_CALLS = "two windows of a hundred calls each are needed, so the first two hours have nothing"
YOUNG = "the first full hour has to pass"


def quantile(q, bucket, by=""):
    return f"histogram_quantile({q}, sum by ({by + ', ' if by else ''}le) ({bucket}{{%CALLS}}))"


def count_of(counter, window):
    """Of rare things: a series that is younger than the window counts as a whole, for increase() does not see its first value."""
    return f"((increase({counter}[{window}]) > 0) or ({counter} unless {counter} offset {window}))"


def share(part, whole, by=""):
    group = f"by ({by}) " if by else ""
    return f"sum {group}({part}) / (sum {group}({whole}) > 0)"


def latency(title, about, bucket, empty="", by="", **more):
    """p50, p95 and p99 of one figure; with a label, p95 by it."""
    queries = [Query(quantile(0.95, bucket, by), f"{{{{{by}}}}}")] if by else \
        [Query(quantile(q, bucket), name) for q, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))]
    return Panel(title, about, "ms", queries, empty=empty, **more)


def heat(title, about, bucket, empty=""):
    return Panel(title, about, "ms", [Query(f"sum by (le) ({bucket}{{%CALLS}})", "{{le}}")], kind="heatmap", empty=empty)


def stat(title, about, unit, expr, **more):
    return Panel(title, about, unit, [Query(expr)], kind="stat", width=more.pop("width", 4), height=4, **more)


def requests(by, links=()):
    return Panel("Requests", "Calls a second, failed ones included.", "reqps",
                 [Query(f"sum by ({by}) (ai:requests:rate5m{{%CALLS}})", f"{{{{{by}}}}}")], stack=True, links=list(links))


def error_rate(by, links=()):
    return Panel("Error rate", "Share of calls that failed, of the last five minutes; by service, the alert's limit is 5 %. A call that fails before an "
                 "answer counts under the model that was asked for, which may be an alias of the one that answers.", "percentunit",
                 [Query(share("ai:errors:rate5m{%CALLS}", "ai:requests:rate5m{%CALLS}", by), f"{{{{{by}}}}}")],
                 limits=ERROR_LIMITS, links=list(links))


def errors_by_type(width=12):
    return Panel("Errors by kind", "Failed calls a second: rate_limit and quota are the account's, server and overloaded the "
                 "provider's, timeout and cancelled often the caller's own.", "reqps",
                 [Query("sum by (error_type) (ai:errors_by_type:rate5m{%CALLS})", "{{error_type}}")], stack=True,
                 empty=NO_ERRORS, width=width)


def tokens(by="type"):
    return Panel("Tokens", "Tokens a second in classes that do not overlap: input is what no cache had, output is without "
                 "reasoning. Their sum is every token once.", "short",
                 [Query(f"sum by ({by}) (ai:tokens:rate5m{{%CALLS}})", f"{{{{{by}}}}}")], stack=True)


def cost_rate(by):
    return Panel(f"Cost by {by}", "Dollars an hour at the rate of the last five minutes, of calls whose cost is known.", "currencyUSD",
                 [Query(f"sum by ({by}) (ai:cost:rate5m{{%CALLS}}) * 3600", f"{{{{{by}}}}}")], stack=True, empty=NO_COST)


def confidence(by):
    return Panel("Confidence", "Mean confidence of answers, 0 to 1, from sums over nodes. From token probabilities where "
                 "answers carry them, else by signs in the answer; scaled down in domains that ask for care.", "none",
                 [Query(share("increase(ai_confidence_sum{%CALLS}[15m])", "increase(ai_confidence_count{%CALLS}[15m])", by),
                        f"{{{{{by}}}}}")], top=1, decimals=2, empty="no answer gives a basis for one")


def drift_table(title="Drift now"):
    return Panel(title, "Change of the mean in per cent: the last hour against the hour before, or the last day against the day "
                 "before where hours have fewer than a hundred calls. Level: 0 none, 1 minor (5 %), 2 moderate (10 %), "
                 "3 significant (15 %), only where chance does not explain it.", "none",
                 [Query("ai:drift_percent{%CALLS}"), Query("ai:drift_level{%CALLS}")], kind="table", width=24, height=9,
                 columns={"Value #A": ("Change", "percent"), "Value #B": ("Level", "none")}, links=[TO_SERVICE],
                 empty=FEW_CALLS)


def findings(by, width=12):
    return Panel(f"Findings by {by}", "Matches of detection rules in ten minutes, of any severity. Text that is sent again "
                 "counts once.", "short",
                 [Query(f"sum by ({by}) {count_of('ai_findings_total{%CALLS}', '10m')}", f"{{{{{by}}}}}")], stack=True, decimals=0,
                 empty=NO_FINDINGS, width=width)


def finish_reasons():
    return Panel("Why answers ended", "Share of answers by finish reason, whatever the provider calls it. More length than "
                 "usual: answers are cut; more refusal or content_filter: the model declines.", "percentunit",
                 [Query("sum by (reason) (rate(ai_finish_reasons_total{%CALLS}[5m])) / "
                        "ignoring (reason) group_left sum(rate(ai_finish_reasons_total{%CALLS}[5m]))", "{{reason}}")],
                 stack=True, top=1)


def refusals(by):
    return Panel("Refusals", "Share of answers that decline.", "percentunit",
                 [Query(share("rate(ai_refusals_total{%CALLS}[5m])", "ai:requests:rate5m{%CALLS}", by), f"{{{{{by}}}}}")],
                 empty="no answer has declined")


def token_speed(by):
    return Panel("Output speed", "Tokens a second of one stream, of the slower half (median time per token).", "short",
                 [Query(f"1000 / ({quantile(0.5, 'ai:token_time_bucket:rate5m', by)} > 0)", f"{{{{{by}}}}}")], empty=NO_STREAMS)


def cost_per_request(by):
    return Panel("Cost of a call", "Mean of the last hour's calls whose cost is known. The alert's limit is $0.015.", "currencyUSD",
                 [Query(f"sum by ({by}) (ai:cost_per_request:1h{{%CALLS}} * ai:priced_requests:1h) / "
                        f"(sum by ({by}) (ai:priced_requests:1h{{%CALLS}}) > 0)", f"{{{{{by}}}}}")],
                 limits=[(0.015, "red")], decimals=4, empty=NO_COST)


TOTALS = [
    stat("Requests", "Calls a second, over all nodes, failed ones included.", "reqps", "sum(ai:requests:rate5m{%CALLS})"),
    stat("Error rate", "Share of calls that failed, of the last five minutes.", "percentunit",
         share("ai:errors:rate5m{%CALLS}", "ai:requests:rate5m{%CALLS}"), limits=ERROR_LIMITS),
    stat("p95 latency", "95 of 100 calls take less: first request byte to last response byte, of the buckets of all nodes.", "ms",
         quantile(0.95, "ai:latency_bucket:rate5m"), limits=LATENCY_LIMITS),
    stat("Cost of the last hour", "Dollars, of calls whose cost is known.", "currencyUSD", "sum(ai:cost:1h{%CALLS})",
         decimals=2, empty=NO_COST),
]

OVERVIEW = Board(
    "promtap-overview", "LLM calls: overview", "All LLM calls of all nodes: how many, how well, how fast, how dear.", [
        ("Now", [
            *TOTALS,
            stat("Cost of 24 hours", "Dollars of 24 whole hours, up to the last full one.", "currencyUSD",
                 "sum(ai:cost:1d{%CALLS})", decimals=2, empty=YOUNG),
            stat("Alerts", "Alerts of the rules that fire now, of severity warning or above.", "short",
                 'count(ALERTS{alertstate="firing", alert_type!="", severity=~"warning|critical", cluster=~"$cluster"}) or vector(0)',
                 limits=[(1, "red")]),
        ]),
        ("By service", [
            requests("service", [TO_SERVICE]), error_rate("service", [TO_SERVICE]),
            latency("p95 latency by service", "95 of 100 calls of the service take less. The alert's limit is 2000 ms.",
                    "ai:latency_bucket:rate5m", by="service", limits=LATENCY_LIMITS, links=[TO_SERVICE]),
            latency("p95 time to first token", "Streams only: how long readers look at nothing.", "ai:ttft_bucket:rate5m",
                    by="service", empty=NO_STREAMS, links=[TO_SERVICE]),
            cost_rate("service"), tokens(),
        ]),
        ("Now, in a table", [
            Panel("Services", "The last hour by service and model. A click on a service leads to its dashboard.", "none", [
                Query("sum by (service, model) (ai:requests:1h{%CALLS}) > 0"),
                Query("max by (service, model) (ai:error_rate:1h{%CALLS})"),
                Query("max by (service, model) (ai:latency_p95:1h{%CALLS}) >= 0"),
                Query("sum by (service, model) (ai:cost:1h{%CALLS})")], kind="table", width=14, height=10,
                columns={"Value #A": ("Calls", "short"), "Value #B": ("Errors", "percentunit"), "Value #C": ("p95", "ms"),
                         "Value #D": ("Cost", "currencyUSD")}, links=[TO_SERVICE]),
            Panel("Alerts that fire", "Of the rules of alerts.yaml, all severities; each has a runbook.", "none",
                  [Query('sum by (alertname, severity, service, model) (ALERTS{alertstate="firing", alert_type!="", '
                         'cluster=~"$cluster", service=~"$service|"})')], kind="table", width=10, height=10,
                  empty="no alert fires"),
        ]),
    ])

SERVICE = Board(
    "promtap-service", "LLM calls: service", "One service: its models, errors, times, tokens, money and answers.", [
        ("Now", [*TOTALS, stat("Cost of a call", "Mean of the last hour's calls with a known cost.", "currencyUSD",
                               "sum(ai:cost_per_request:1h{%CALLS} * ai:priced_requests:1h) / (sum(ai:priced_requests:1h{%CALLS}) > 0)",
                               limits=[(0.015, "red")], decimals=4, empty=NO_COST),
                 stat("Grave findings", "Matches of detection rules in the last hour, severity high or critical.", "short",
                      'sum(ai:findings:1h{%CALLS, severity=~"high|critical"}) or vector(0)', decimals=0, limits=[(1, "red")])]),
        ("Calls", [requests("model", [TO_MODEL]), error_rate("model", [TO_MODEL]), errors_by_type(),
                   latency("Latency", "First request byte to last response byte.", "ai:latency_bucket:rate5m", limits=LATENCY_LIMITS)]),
        ("Streams", [latency("Time to first token", "Streams only: first request byte to the first event with output.",
                             "ai:ttft_bucket:rate5m", NO_STREAMS), token_speed("model")]),
        ("Tokens and money", [tokens(), cost_rate("model"), cost_per_request("model"),
                              Panel("Size of a call", "Median tokens of a call, cached and reasoning ones included.", "short", [
                                  Query("histogram_quantile(0.5, sum by (le) (rate(ai_input_tokens_bucket{%CALLS}[5m])))", "input"),
                                  Query("histogram_quantile(0.5, sum by (le) (rate(ai_output_tokens_bucket{%CALLS}[5m])))", "output")])]),
        ("Answers", [confidence("model"), finish_reasons(), findings("category"),
                     Panel("Tools", "Tools that the service runs over MCP, a second.", "reqps",
                           [Query("sum by (tool) (rate(ai_tool_calls_total{%FLEET, service=~\"$service\"}[5m]))", "{{tool}}")],
                           stack=True, empty="the service runs no tools over MCP")]),
    ])

MODEL = Board(
    "promtap-model", "LLM calls: model", "One model: who uses it, how fast it is, what it costs, whether it still is the same.", [
        ("Now", [*TOTALS,
                 stat("Output speed", "Tokens a second of one stream, median.", "short",
                      f"1000 / ({quantile(0.5, 'ai:token_time_bucket:rate5m')} > 0)", empty=NO_STREAMS),
                 stat("1000 output tokens", "Cost of all calls by their output tokens, reasoning included: what an answer "
                      "costs with its prompt.", "currencyUSD",
                      "1000 * sum(ai:cost:1h{%CALLS}) / (sum(ai:tokens:1h{%CALLS, type=~\"output|reasoning\"}) > 0)",
                      decimals=4, empty=NO_COST)]),
        ("Use", [requests("service", [TO_SERVICE]), error_rate("service", [TO_SERVICE]), errors_by_type(), cost_rate("service")]),
        ("Speed", [latency("Latency", "First request byte to last response byte.", "ai:latency_bucket:rate5m", limits=LATENCY_LIMITS),
                   latency("Time to first token", "Streams only.", "ai:ttft_bucket:rate5m", NO_STREAMS),
                   latency("Time per output token", "Streams only: the pace after the first token.", "ai:token_time_bucket:rate5m", NO_STREAMS),
                   heat("Latency, all calls", "Calls a second by how long they took. Two bands are two kinds of calls: a mean of them tells of neither.",
                        "ai:latency_bucket:rate5m")]),
        ("Still the same?", [
            confidence("model"), refusals("model"), finish_reasons(),
            Panel("Another model answers", "Changes of the response model, version or fingerprint behind the same name, in an hour.",
                  "short", [Query(f"sum by (model) {count_of('ai_model_changes_total{%CALLS}', '1h')}", "{{model}}")],
                  decimals=0, empty="no name has changed what is behind it"),
            drift_table()]),
    ])

COST = Board(
    "promtap-cost", "LLM calls: cost", "Where the money goes, what it will come to, and what is not known of it.", [
        ("Totals", [
            stat("Last hour", "Dollars, of calls whose cost is known.", "currencyUSD", "sum(ai:cost:1h{%CALLS})", decimals=2, empty=NO_COST),
            stat("Last 24 hours", "24 whole hours, up to the last full one.", "currencyUSD", "sum(ai:cost:1d{%CALLS})", decimals=2, empty=YOUNG),
            stat("Last 7 days", "168 whole hours, up to the last full one.", "currencyUSD", "sum(ai:cost:7d{%CALLS})", decimals=2, empty=YOUNG),
            stat("30 days at this pace", "Thirty times the last 24 hours.", "currencyUSD", "30 * sum(ai:cost:1d{%CALLS})", decimals=0, empty=YOUNG),
            stat("Cost of a call", "Mean of the last hour's calls with a known cost.", "currencyUSD",
                 "sum(ai:cost_per_request:1h{%CALLS} * ai:priced_requests:1h) / (sum(ai:priced_requests:1h{%CALLS}) > 0)",
                 limits=[(0.015, "red")], decimals=4, empty=NO_COST),
            stat("Calls of unknown cost", "Share of the last hour's calls that are in no cost: they are not free.", "percentunit",
                 "(sum(ai:unpriced_requests:1h{%CALLS}) or vector(0)) / (sum(ai:requests:1h{%CALLS}) > 0)", limits=[(0.05, "orange")]),
        ]),
        ("Where it goes", [
            cost_rate("service"), cost_rate("model"),
            Panel("Dearest of 24 hours", "The ten pairs of service and model that cost most.", "currencyUSD",
                  [Query("topk(10, sum by (service, model) (ai:cost:1d{%CALLS}))", "{{service}}, {{model}}")], kind="bargauge",
                  decimals=2, links=[TO_SERVICE], empty=YOUNG),
            cost_per_request("service"),
        ]),
        ("Budgets", [
            Panel("Spent today", "Dollars since midnight UTC by service, over all nodes, as promtap counts them.", "currencyUSD",
                  [Query('sum by (service) (ai_cost_today_dollars{%FLEET, service=~"$service"})', "{{service}}")], empty=NO_COST),
            Panel("Share of the budget", "What today has cost by the service's daily budget. At 80 % somebody is told, at 100 % somebody is woken; nothing is blocked.",
                  "percentunit", [Query('sum by (service) (ai_cost_today_dollars{%FLEET, service=~"$service"}) / on (service) '
                                        "(max by (service) (ai_daily_budget_dollars{%FLEET}) > 0)", "{{service}}")],
                  limits=[(0.8, "orange"), (1, "red")], empty="no service has a budget"),
        ]),
        ("What makes it", [
            tokens(),
            Panel("Input from a cache", "Share of input tokens that the provider read from its cache, which cost a fraction.", "percentunit",
                  [Query(share('ai:tokens:rate5m{%CALLS, type="cache_read"}', 'ai:tokens:rate5m{%CALLS, type=~"input|cache_read|cache_write"}', "model"),
                         "{{model}}")], top=1, empty="no provider reports a cache"),
            Panel("Cost of single calls", "Calls a second by what they cost: few dear ones hide behind a mean.", "currencyUSD",
                               [Query("sum by (le) (rate(ai_request_cost_dollars_bucket{%CALLS}[5m]))", "{{le}}")], kind="heatmap", empty=NO_COST),
            Panel("Unknown, by reason", "Calls without a cost: no_price, the table has no such model; no_usage, nobody counts tokens; prepaid, paid by time.",
                  "short", [Query("sum by (reason) (ai:unpriced_requests:1h{%CALLS})", "{{reason}}")], stack=True, decimals=0,
                  empty="every call has a cost"),
            Panel("Where costs are from", "Calls a second with a cost: of the provider's own figure, the price table, or the table without a price for the tier.",
                  "reqps", [Query("sum by (source) (rate(ai_cost_source_requests_total{%FLEET}[5m]))", "{{source}}")], stack=True, empty=NO_COST),
            Panel("Besides", "Dollars an hour that are in no figure above: guesses for calls whose provider counts nothing, and what gateways pay for calls that "
                  "are counted at their clients.", "currencyUSD", [
                      Query("sum(rate(ai_estimated_cost_dollars_total{%CALLS}[5m])) * 3600", "estimated"),
                      Query("sum(rate(ai_gateway_upstream_cost_dollars_total{%FLEET}[5m])) * 3600", "gateways, upstream")],
                  empty="nothing is guessed and no gateway is observed"),
        ]),
    ], span="now-24h")

LATENCY = Board(
    "promtap-latency", "LLM calls: latency and streaming", "How long calls take, when output begins, how evenly it comes.", [
        ("Whole calls", [
            latency("Latency", "First request byte to last response byte, of all nodes' buckets.", "ai:latency_bucket:rate5m", limits=LATENCY_LIMITS),
            heat("Latency, all calls", "Calls a second by how long they took.", "ai:latency_bucket:rate5m"),
            latency("p95 by service", "95 of 100 calls of the service take less.", "ai:latency_bucket:rate5m", by="service", limits=LATENCY_LIMITS, links=[TO_SERVICE]),
            latency("p95 by model", "95 of 100 calls of the model take less.", "ai:latency_bucket:rate5m", by="model", limits=LATENCY_LIMITS, links=[TO_MODEL]),
        ]),
        ("First token", [
            latency("Time to first token", "Streams only: first request byte to the first event with output.", "ai:ttft_bucket:rate5m", NO_STREAMS),
            heat("Time to first token, all streams", "Streams a second by how long they kept silent.", "ai:ttft_bucket:rate5m", NO_STREAMS),
        ]),
        ("The stream", [
            latency("Time per output token", "First to last event with output, by the tokens between: the pace that readers see.", "ai:token_time_bucket:rate5m", NO_STREAMS),
            token_speed("model"),
            latency("p95 of the longest silence", "Of each stream its longest pause between two events with output; one in twenty pauses longer.",
                    "ai:stall_bucket:rate5m", NO_STREAMS, by="model"),
            Panel("Streams that stall", "Share of streams that paused for more than a second in their middle.", "percentunit",
                  [Query('1 - sum by (model) (ai:stall_bucket:rate5m{%CALLS, le="1000"}) / (sum by (model) (ai:stall_bucket:rate5m{%CALLS, le="+Inf"}) > 0)',
                         "{{model}}")], limits=[(0.05, "orange"), (0.2, "red")], empty=NO_STREAMS),
            heat("Longest silence, all streams", "Streams a second by their longest pause.", "ai:stall_bucket:rate5m", NO_STREAMS),
            Panel("Slowest now", "The ten slowest pairs of service and model, by p95 of the last hour.", "ms",
                  [Query("topk(10, ai:latency_p95:1h{%CALLS})", "{{service}}, {{model}}")], kind="bargauge", limits=LATENCY_LIMITS, links=[TO_SERVICE]),
        ]),
        ("Gateways", [
            Panel("Behind gateways", "p95 of the calls that observed gateways make for their clients: the difference to the clients' own is the gateway's.", "ms",
                  [Query("histogram_quantile(0.95, sum by (service, le) (rate(ai_gateway_upstream_response_time_ms_bucket{%FLEET}[5m])))", "{{service}}")],
                  empty="no gateway is observed"),
            Panel("Tools", "p95 of tools run over MCP, by tool.", "ms",
                  [Query('histogram_quantile(0.95, sum by (tool, le) (rate(ai_tool_call_duration_ms_bucket{%FLEET, service=~"$service"}[5m])))', "{{tool}}")],
                  empty="no tool is run over MCP"),
        ]),
    ])

QUALITY = Board(
    "promtap-quality", "LLM calls: quality and drift", "Whether answers are as good as they were, and whether the model still is the same.", [
        ("Answers", [
            confidence("model"),
            Panel("Confidence, all answers", "Answers a second by confidence: two bands are two kinds of answers.", "none",
                  [Query("sum by (le) (rate(ai_confidence_bucket{%CALLS}[5m]))", "{{le}}")], kind="heatmap", empty="no answer gives a basis for one"),
            refusals("model"), finish_reasons(),
            Panel("Answers that ask for care", "Answers in ten minutes by hallucination risk of their domain: medicine, law, money, references.", "short",
                  [Query(f"sum by (risk) {count_of('ai_risk_responses_total{%CALLS}', '10m')}", "{{risk}}")], stack=True, decimals=0, empty="no answer is of such a domain"),
            Panel("Another model answers", "Changes of what is behind a name, in an hour.", "short",
                  [Query(f"sum by (service, model) {count_of('ai_model_changes_total{%CALLS}', '1h')}", "{{service}}, {{model}}")],
                  decimals=0, empty="no name has changed what is behind it"),
        ]),
        ("The fleet's drift", [
            drift_table(),
            *[Panel(f"Drift of {title}", f"Change of the mean {about} in per cent, the last hour against the hour before, over all nodes. Shown from a hundred "
                    "calls in each; an alert only where chance does not explain it.", "percent",
                    [Query(f'ai:drift_percent{{%CALLS, dimension="{dimension}", window="1h"}}', "{{service}}, {{model}}")], width=8, empty=FEW_CALLS)
              for dimension, title, about in (("confidence", "confidence", "confidence"), ("latency", "latency", "latency"),
                                              ("output_tokens", "answer length", "of output tokens a call"))],
            Panel("How sure", "Standard errors between the two hours: four are chance once in 16,000 comparisons. Only drifts beyond are judged.", "short",
                  [Query('max by (dimension) (abs(ai:drift_z{%CALLS, window="1h"}))', "{{dimension}}")], limits=[(4, "red")], empty=FEW_CALLS),
            Panel("Highest level by dimension", "0 none, 1 minor, 2 moderate, 3 significant; the gravest of the pairs chosen above.", "none",
                  [Query("max by (dimension) (ai:drift_level{%CALLS})", "{{dimension}}")], limits=[(1, "yellow"), (2, "orange"), (3, "red")], top=3, empty=FEW_CALLS),
        ]),
        ("As the agents see it: the last 100 calls against the 100 before", [
            Panel("Drift score", "Over all dimensions, 0 to 1, the highest of all agents. Agents judge by the name that was asked for, where the figures "
                  "above have the model that answered.", "none",
                  [Query("max by (service, model) (ai_drift_score{%CALLS})", "{{service}}, {{model}}")], top=1, decimals=2, empty="200 calls of a pair on one node are needed"),
            Panel("Change by dimension", "The agents' own figure in per cent, the furthest from zero. With several nodes the fleet's figure above is the one to believe.", "percent",
                  [Query("max by (dimension) (abs(ai_drift_percent{%CALLS}))", "{{dimension}}")], empty="200 calls of a pair on one node are needed"),
            Panel("Chance", "The smallest p-value: how likely chance alone makes such a change. Below 0.01 an agent calls it significant.", "none",
                  [Query("min by (dimension) (ai_drift_p_value{%CALLS})", "{{dimension}}")], top=1, decimals=3, empty="200 calls of a pair on one node are needed"),
            Panel("Distance of distributions", "Population stability index over fixed bins: above 0.25 the distribution is another one, whatever the mean says.", "none",
                  [Query("max by (dimension) (ai_drift_psi{%CALLS})", "{{dimension}}")], limits=[(0.1, "orange"), (0.25, "red")], decimals=2,
                  empty="200 calls of a pair on one node are needed"),
        ]),
    ], span="now-12h")

SECURITY = Board(
    "promtap-security", "LLM calls: security", "What detection found in texts of calls. Counts and rule categories only: no text is kept anywhere.", [
        ("The last hour", [
            stat("Critical", "Findings of critical severity.", "short", 'sum(ai:findings:1h{%CALLS, severity="critical"}) or vector(0)', decimals=0, limits=[(1, "red")], width=6),
            stat("High", "Findings of high severity.", "short", 'sum(ai:findings:1h{%CALLS, severity="high"}) or vector(0)', decimals=0, limits=[(1, "orange")], width=6),
            stat("Credentials", "Credentials in prompts and answers.", "short", 'sum(ai:findings:1h{%CALLS, category="secret"}) or vector(0)', decimals=0, limits=[(1, "red")], width=6),
            stat("Personal data", "Findings of personal data.", "short", 'sum(ai:findings:1h{%CALLS, category="personal_data"}) or vector(0)', decimals=0, limits=[(1, "orange")], width=6),
        ]),
        ("Findings", [
            findings("severity"), findings("category"), findings("service"), findings("where"),
            Panel("By service, category and place", "Findings of the last hour. Place: user and system are prompts, tool_result is what tools brought, tool_description how they present themselves, completion and tool_args are what the model said.",
                  "none", [Query("sum by (service, model, category, severity, where) (ai:findings:1h{%CALLS}) > 0")], kind="table", width=24, height=10,
                  columns={"Value": ("Findings", "short")}, links=[TO_SERVICE], empty=NO_FINDINGS),
            Panel("Of served calls", "The same in calls seen at processes that serve models, in ten minutes.", "short",
                  [Query(f"sum by (service) {count_of('ai_server_findings_total{%FLEET}', '10m')}", "{{service}}")], stack=True, decimals=0, empty="no observed process serves models"),
            Panel("Security alerts", "Alerts of attacks and credentials, one for each service and model.", "short",
                  [Query('count by (alertname) (ALERTS{alertstate="firing", alert_type=~"injection|secret_leak", cluster=~"$cluster", service=~"$service"})', "{{alertname}}")],
                  decimals=0, empty="no alert fires"),
        ]),
        ("The detector", [
            Panel("Text looked at", "Bytes a second that came to the detector: scanned, or seen before and not scanned again.", "Bps",
                  [Query("sum by (result) (rate(promtap_detect_bytes_total{%FLEET}[5m]))", "{{result}}")], stack=True),
            Panel("Left out", "Matches, encoded runs and texts that found no room, a second. Not zero: findings may be missing.", "short",
                  [Query("sum(rate(promtap_detect_over_limit_total{%FLEET}[5m]))", "over a limit")]),
        ]),
    ])

HEALTH = Board(
    "promtap-health", "promtap: health and completeness", "Whether the agents run, and how much of the calls they see.", [
        ("Agents", [
            stat("Agents", "Agents that answer Prometheus.", "short", 'sum(up{job=~".*promtap.*", %FLEET})'),
            stat("Down", "Targets of Prometheus that do not answer.", "short", 'count(up{job=~".*promtap.*", %FLEET} == 0) or vector(0)', limits=[(1, "red")]),
            stat("Calls captured in part", "Share of the last 15 minutes' calls with a gap, cut off at a limit, or not decodable.", "percentunit",
                 share('rate(promtap_calls_total{%FLEET, capture=~"gap|truncated|undecodable"}[15m])', "rate(promtap_calls_total{%FLEET}[15m])"),
                 limits=[(0.001, "orange"), (0.01, "red")], empty="there were no calls"),
            stat("Bytes lost", "Plaintext that found no room or could not be read, in 15 minutes.", "bytes", "sum(increase(promtap_lost_bytes_total{%FLEET}[15m]))", limits=[(1, "red")]),
            stat("Not observed", "Processes with a TLS library that promtap cannot follow.", "short", 'sum(promtap_processes{%FLEET, covered="false"}) or vector(0)', limits=[(1, "orange")]),
            stat("Roles restarted", "Roles that died and were started again, in an hour.", "short", "sum(increase(promtap_role_restarts_total{%FLEET}[1h]))", limits=[(1, "red")]),
        ]),
        ("Completeness", [
            Panel("Calls by capture", "Calls a second by how much of them was seen. aborted: the client went away; no_usage: the provider sent no tokens; both are no loss.", "reqps",
                  [Query("sum by (capture) (rate(promtap_calls_total{%FLEET}[5m]))", "{{capture}}")], stack=True),
            Panel("Lost bytes", "Plaintext bytes a second that were lost, by reason. ring_full: a larger --ring-size helps.", "Bps",
                  [Query("sum by (reason) (rate(promtap_lost_bytes_total{%FLEET}[5m]))", "{{reason}}")], stack=True),
            Panel("Processes by TLS library", "Processes that have it loaded, observed or not.", "short",
                  [Query("sum by (stack, covered) (promtap_processes{%FLEET})", "{{stack}}, observed: {{covered}}")], stack=True),
            Panel("Not decoded", "Connections in another protocol than HTTP, and bodies in codings that promtap does not know, a second.", "short", [
                Query("sum(rate(promtap_connections_undecodable_total{%FLEET}[5m]))", "connections, not HTTP"),
                Query("sum(rate(promtap_http_coding_unsupported_total{%FLEET}[5m]))", "bodies, unknown coding"),
                Query("sum(rate(promtap_http_malformed_total{%FLEET}[5m]))", "connections, malformed"),
                Query("sum(rate(promtap_json_malformed_total{%FLEET}[5m]))", "bodies, no JSON")]),
        ]),
        ("Load", [
            Panel("Captured", "Plaintext bytes a second taken from the kernel.", "Bps",
                  [Query("sum by (direction) (rate(promtap_captured_bytes_total{%FLEET}[5m]))", "{{direction}}")], stack=True),
            Panel("Left out on purpose", "Bytes a second of connections that carry no LLM calls, or beyond a limit.", "Bps",
                  [Query("sum by (reason) (rate(promtap_skipped_bytes_total{%FLEET}[5m]))", "{{reason}}")], stack=True),
            Panel("Attachments", "Files with a TLS library by the result of attaching, now.", "short",
                  [Query("sum by (result) (promtap_attachments_total{%FLEET})", "{{result}}")]),
            Panel("Pairs judged", "Pairs of service and model in the agents' windows, of those that fit.", "short",
                  [Query("sum(promtap_judge_pairs{%FLEET})", "pairs"), Query("sum(rate(promtap_judge_pairs_evicted_total{%FLEET}[5m]))", "evicted a second")]),
            Panel("Memory of the windows", "What the windows of all pairs take, on the agent that takes most.", "bytes", [Query("max(promtap_judge_bytes{%FLEET})", "bytes")]),
            Panel("Labels over the cap", "Label values that became \"other\", in an hour.", "short",
                  [Query("sum by (label) (increase(promtap_label_overflow_total{%FLEET}[1h])) > 0", "{{label}}")], empty="no label has too many values"),
        ]),
        ("What leaves the agents", [
            Panel("Records not taken", "Call records and lines that an output did not take, in ten minutes.", "short",
                  [Query("sum by (exporter) (increase(promtap_export_lost_total{%FLEET}[10m]))", "{{exporter}}")], empty="every output takes what it is given"),
            Panel("Messages", "Notifications of the agents' own alerts in ten minutes, by channel and result.", "short",
                  [Query("sum by (channel, result) (increase(promtap_notifications_total{%FLEET}[10m]))", "{{channel}}, {{result}}")], empty="no channel is configured"),
            Panel("Messages that wait", "Notifications in the queue on disk: a channel does not answer.", "short",
                  [Query("sum(promtap_notify_queue_messages{%FLEET})", "messages")], empty="no channel is configured"),
            Panel("History", "Size of the embedded stores, and rows that they lost.", "bytes",
                  [Query("sum(promtap_history_bytes{%FLEET})", "bytes")], empty="history is off"),
            Panel("History written", "Rows a second by table, and those that are lost.", "short", [
                Query("sum by (table) (rate(promtap_history_rows_total{%FLEET}[5m]))", "{{table}}"),
                Query("sum(rate(promtap_history_lost_total{%FLEET}[5m]))", "lost")], empty="history is off"),
            Panel("Alerts of the agents", "Active alerts of the agents themselves, by condition; one that several nodes see counts for each.", "short",
                  [Query("sum by (alert_type, severity) (ai_active_alerts{%FLEET}) > 0", "{{alert_type}}, {{severity}}")], stack=True, empty="no agent has an active alert"),
        ]),
        ("Prometheus", [
            Panel("Samples of a scrape", "Series of an agent: what promtap costs Prometheus. docs/prometheus.md has the sum.", "short",
                  [Query('max(scrape_samples_scraped{job=~".*promtap.*", %FLEET})', "largest agent"),
                   Query('avg(scrape_samples_scraped{job=~".*promtap.*", %FLEET})', "mean")]),
            Panel("Duration of a scrape", "The slowest agent to answer.", "s", [Query('max(scrape_duration_seconds{job=~".*promtap.*", %FLEET})', "slowest")]),
        ]),
    ], variables=("cluster", "namespace"))

BOARDS = (OVERVIEW, SERVICE, MODEL, COST, LATENCY, QUALITY, SECURITY, HEALTH)
