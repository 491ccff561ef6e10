# SPDX-License-Identifier: Apache-2.0
"""Panels and boards as data, and the JSON that Grafana reads (schema version 39, Grafana 10.4 and later).

Made here and nowhere else: identifiers, grid, data source, units' place, legends,
links. A panel says what is its own: title, description, unit, queries.
"""

from dataclasses import dataclass, field

WIDTH = 24
TAG = "promtap"
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}

# What every query filters by; a label that no series has is "", which .* takes.
FLEET = 'cluster=~"$cluster", namespace=~"$namespace"'
CALLS = f'{FLEET}, service=~"$service", model=~"$model"'
FILTERS = {"%CALLS": CALLS, "%FLEET": FLEET}


@dataclass
class Query:
    expr: str
    legend: str = ""


@dataclass
class Panel:
    title: str
    about: str
    unit: str
    queries: list
    kind: str = "timeseries"        # timeseries, stat, table, heatmap, bargauge
    width: int = 12
    height: int = 8
    limits: list = field(default_factory=list)  # (from, color): thresholds
    empty: str = ""                 # why there may be nothing to see
    stack: bool = False
    decimals: int = None
    top: float = None               # of the axis
    links: list = field(default_factory=list)   # (title, board's uid, label): from a row or series to a board
    columns: dict = field(default_factory=dict)  # tables: name of a query's column -> (title, unit)


@dataclass
class Board:
    uid: str
    title: str
    about: str
    rows: list                      # (title, panels)
    variables: tuple = ("cluster", "namespace", "service", "model")
    span: str = "now-6h"


def filtered(expr):
    for name, text in FILTERS.items():
        expr = expr.replace(name, text)
    return " ".join(expr.split())


def thresholds(panel):
    steps = [{"color": "green" if panel.limits else "blue", "value": None}]
    steps += [{"color": color, "value": value} for value, color in panel.limits]
    return {"mode": "absolute", "steps": steps}


def data_links(panel):
    return [{"title": title, "url": f"/d/{uid}?${{__url_time_range}}&${{datasource:queryparam}}&${{cluster:queryparam}}"
                                    f"&var-{label}=${{__field.labels.{label}}}" if panel.kind != "table" else
             f"/d/{uid}?${{__url_time_range}}&${{datasource:queryparam}}&${{cluster:queryparam}}"
             f"&var-{label}=${{__data.fields.{label}}}"} for title, uid, label in panel.links]


def custom(panel):
    """What only one kind of panel has of its fields."""
    if panel.kind == "timeseries":
        return {"lineWidth": 1, "fillOpacity": 25 if panel.stack else 8, "showPoints": "never", "spanNulls": False,
                "stacking": {"mode": "normal" if panel.stack else "none", "group": "A"},
                "thresholdsStyle": {"mode": "dashed" if panel.limits else "off"}}
    if panel.kind == "table":
        return {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True}
    if panel.kind == "heatmap":
        return {"scaleDistribution": {"type": "linear"}}
    return {}


def field_config(panel):
    defaults = {"unit": panel.unit, "thresholds": thresholds(panel), "color": {
        "mode": "palette-classic" if panel.kind in ("timeseries", "heatmap", "table") else "thresholds"},
        "custom": custom(panel), "links": data_links(panel), "mappings": []}
    if panel.kind != "stat":
        defaults["min"] = None if "percent" == panel.unit else 0
        if defaults["min"] is None:
            del defaults["min"]
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    if panel.top is not None:
        defaults["max"] = panel.top
    overrides = [{"matcher": {"id": "byName", "options": name}, "properties": [
        {"id": "displayName", "value": title}, {"id": "unit", "value": unit},
        *([{"id": "decimals", "value": 0}] if unit == "short" else [])]}
        for name, (title, unit) in panel.columns.items()]
    return {"defaults": defaults, "overrides": overrides}


OPTIONS = {
    "timeseries": {"legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"],
                              "showLegend": True},
                   "tooltip": {"mode": "multi", "sort": "desc"}},
    "stat": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value",
             "graphMode": "area", "textMode": "auto", "justifyMode": "auto", "orientation": "auto"},
    "bargauge": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "displayMode": "gradient",
                 "orientation": "horizontal", "showUnfilled": True, "valueMode": "color"},
    "table": {"showHeader": True, "footer": {"show": False, "reducer": ["sum"], "fields": ""}, "cellHeight": "sm"},
}


def options(panel):
    if panel.kind == "heatmap":
        return {"calculate": False, "cellGap": 1, "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64,
                                                            "fill": "dark-orange", "exponent": 0.5},
                "yAxis": {"axisPlacement": "left", "unit": panel.unit}, "rowsFrame": {"layout": "le"},
                "cellValues": {"unit": "reqps"}, "tooltip": {"mode": "single", "yHistogram": True},
                "legend": {"show": True}, "showValue": "never"}
    return OPTIONS[panel.kind]


def target(panel, index, query):
    fixed = panel.kind in ("table", "bargauge")
    made = {"refId": chr(ord("A") + index), "datasource": DATASOURCE, "expr": filtered(query.expr), "editorMode": "code",
            "legendFormat": query.legend or "__auto", "instant": fixed, "range": not fixed}
    if panel.kind in ("table", "heatmap"):
        made["format"] = panel.kind
    return made


COLUMNS = ("alertname", "service", "model", "category", "dimension", "window", "where", "severity")  # of tables, from the left


def transformations(panel):
    if panel.kind != "table":
        return []
    hidden = {"Time": True, "__name__": True}
    order = {name: place for place, name in enumerate(COLUMNS)}
    return [{"id": "merge", "options": {}}, {"id": "organize", "options": {"excludeByName": hidden, "indexByName": order}}]


def panel_json(panel, number, place):
    about = panel.about + (f" May be empty: {panel.empty}." if panel.empty else "")
    made = {"id": number, "type": panel.kind, "title": panel.title, "description": about, "datasource": DATASOURCE,
            "gridPos": place, "fieldConfig": field_config(panel), "options": options(panel),
            "targets": [target(panel, index, query) for index, query in enumerate(panel.queries)]}
    if panel.kind == "table":
        made["transformations"] = transformations(panel)
    return made


def layout(board):
    """Rows from top to bottom, panels from left to right; a line is as high as its highest panel."""
    made, number, y = [], 1, 0
    for title, panels in board.rows:
        made.append({"id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
                     "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}})
        number, y, x, height = number + 1, y + 1, 0, 0
        for panel in panels:
            if x + panel.width > WIDTH:
                x, y, height = 0, y + height, 0
            made.append(panel_json(panel, number, {"x": x, "y": y, "w": panel.width, "h": panel.height}))
            number, x, height = number + 1, x + panel.width, max(height, panel.height)
        y += height
    return made


VARIABLES = {
    "cluster": ("Cluster", "label_values(promtap_build_info, cluster)"),
    "namespace": ("Namespace", 'label_values(promtap_build_info{cluster=~"$cluster"}, namespace)'),
    "service": ("Service", f"label_values(ai:requests:1h{{{FLEET}}}, service)"),
    # Counters name the model that answered, the agents' judgement the one that was asked for: both are there to choose.
    "model": ("Model", f'label_values({{__name__=~"ai:requests:1h|ai_confidence_score", {FLEET}, service=~"$service"}}, model)'),
}


def variables(board):
    made = [{"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0,
             "current": {}, "refresh": 1, "regex": "", "multi": False, "includeAll": False, "options": []}]
    for name in board.variables:
        label, query = VARIABLES[name]
        made.append({"name": name, "label": label, "type": "query", "datasource": DATASOURCE, "hide": 0,
                     "definition": query, "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "regex": "",
                     "multi": True, "includeAll": True, "allValue": ".*", "options": [],
                     "current": {"selected": True, "text": ["All"], "value": ["$__all"]}})
    return made


def annotations(board):
    service = ', service=~"$service|"' if "service" in board.variables else ""
    alerts = f'ALERTS{{alertstate="firing", alert_type!="", severity=~"warning|critical", cluster=~"$cluster"{service}}}'
    changes = f'changes(ai_model_changes_total{{{CALLS}}}[2m]) > 0' if "model" in board.variables else ""
    made = [annotation("Alerts", alerts, "red", "{{alertname}}", "{{service}} {{model}} {{dimension}}", True)]
    if changes:
        made.append(annotation("Another model answers", changes, "purple", "{{model}}", "{{service}}", False))
    return {"list": made}


def annotation(name, expr, color, title, text, shown):
    return {"name": name, "datasource": DATASOURCE, "enable": shown, "hide": False, "iconColor": color, "expr": expr,
            "step": "60s", "titleFormat": title, "textFormat": text, "tagKeys": "alert_type,severity",
            "useValueForTime": False}


def board_json(board):
    return {
        "uid": board.uid, "title": board.title, "description": board.about, "tags": [TAG], "schemaVersion": 39, "version": 1,
        "editable": False, "graphTooltip": 1, "timezone": "", "refresh": "1m", "time": {"from": board.span, "to": "now"},
        "timepicker": {}, "fiscalYearStartMonth": 0, "liveNow": False, "weekStart": "",
        "links": [{"title": "LLM calls", "type": "dashboards", "tags": [TAG], "asDropdown": True, "includeVars": True,
                   "keepTime": True, "targetBlank": False, "icon": "external link", "tooltip": "", "url": ""}],
        "templating": {"list": variables(board)}, "annotations": annotations(board), "panels": layout(board)}
