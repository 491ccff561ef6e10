#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the dashboards' queries with matplotlib: not Grafana, which these pictures
only resemble. render_dashboards.py URL FOLDER [--end TIME] [--hours H]
[--cluster NAME]: asks the Prometheus at URL, writes FOLDER/UID.png."""

import argparse
import json
import math
import time
import urllib.parse
import urllib.request
from pathlib import Path

import matplotlib
matplotlib.use("Agg")
import matplotlib.dates as dates
import matplotlib.pyplot as plt
from PIL import Image
from datetime import datetime, timezone

import sys
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/dashboards"))
import tree  # noqa: E402 - the path comes first

PAGE, PANEL, INK, PALE, GRID = "#111217", "#181b1f", "#ccccdc", "#8e8e9b", "#2c3235"
PALETTE = ("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#fade2a", "#56a64b", "#ffa6b0")
COLORS = {"green": "#73bf69", "yellow": "#fade2a", "orange": "#ff9830", "red": "#f2495c", "blue": "#5794f2"}
COLUMN, LINE = 0.62, 0.32   # inches of a grid's cell
ROWS_MAX = 10


class Prometheus:
    def __init__(self, url, end, hours, cluster):
        self.url, self.end, self.start, self.cluster = url, end, end - hours * 3600, cluster
        self.step = max(60, int(hours * 3600 / 240))

    def ask(self, path, **parameters):
        data = urllib.parse.urlencode(parameters).encode()
        with urllib.request.urlopen(self.url + path, data, timeout=120) as response:
            return json.load(response)["data"]["result"]

    def resolved(self, expr):
        return tree.resolved(expr, cluster=self.cluster)

    def now(self, expr):
        return self.ask("/api/v1/query", query=self.resolved(expr), time=self.end)

    def range(self, expr):
        return self.ask("/api/v1/query_range", query=self.resolved(expr), start=self.start, end=self.end, step=self.step)


# ---- words and numbers

def scaled(value, steps):
    for size, unit in steps:
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def shown(value, unit, decimals=None):
    value += 0.0  # no minus zero
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞"
    if unit == "currencyUSD":
        return f"${value:,.{2 if decimals is None else decimals}f}"
    if unit in ("percentunit", "percent"):
        return f"{value * (100 if unit == 'percentunit' else 1):.3g}%"
    if unit == "ms":
        return scaled(value, ((60000, " min"),)) if value >= 60000 else f"{value / 1000:.3g} s" if value >= 1000 else f"{value:.3g} ms"
    if unit == "reqps":
        return f"{value:.3g} /s"
    if unit in ("bytes", "Bps"):
        return scaled(value, ((2**30, " GiB"), (2**20, " MiB"), (2**10, " KiB"))) + ("/s" if unit == "Bps" else "")
    if unit == "s":
        return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"
    return scaled(value, ((1e9, "G"), (1e6, "M"), (1e3, "k"))) if decimals is None else f"{value:.{decimals}f}"


def legend(pattern, labels):
    if pattern == "__auto":
        return ", ".join(value for name, value in labels.items() if name != "__name__") or "value"
    for name in ("service", "model", *labels):
        pattern = pattern.replace("{{" + name + "}}", labels.get(name, ""))
    return pattern


def limit_color(panel, value):
    color = "green"
    for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
        if step["value"] is None or value >= step["value"]:
            color = step["color"]
    return COLORS[color]


# ---- panels

class Cell:
    """A panel's place on the page, with its title."""

    def __init__(self, figure, panel, rows):
        place = panel["gridPos"]
        self.panel, self.unit = panel, panel["fieldConfig"]["defaults"]["unit"]
        self.decimals = panel["fieldConfig"]["defaults"].get("decimals")
        gap_x, gap_y = 0.12 / 24, 0.12 / rows
        left, width = place["x"] / 24 + gap_x / 2, place["w"] / 24 - gap_x
        bottom, height = 1 - (place["y"] + place["h"]) / rows + gap_y / 2, place["h"] / rows - gap_y
        figure.patches.append(plt.Rectangle((left, bottom), width, height, color=PANEL, transform=figure.transFigure, zorder=-1))
        figure.text(left + 0.12 / 24, bottom + height - 0.16 / rows, panel["title"], color=INK, size=8, weight="bold", va="top")
        self.box = (left, bottom, width, height)
        self.rows, self.figure = rows, figure

    def axes(self, left=1.1, bottom=0.6, right=0.3, top=1.0):
        x, y, w, h = self.box
        axes = self.figure.add_axes((x + left / 24, y + bottom / self.rows, w - (left + right) / 24, h - (bottom + top) / self.rows))
        axes.set_facecolor(PANEL)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(colors=PALE, labelsize=6, length=0)
        axes.grid(color=GRID, linewidth=0.5)
        axes.set_axisbelow(True)
        return axes

    def nothing(self):
        x, y, w, h = self.box
        self.figure.text(x + w / 2, y + h / 2, "No data", color=PALE, size=9, ha="center", va="center")


def times(axes):
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M", tz=timezone.utc))
    axes.xaxis.set_major_locator(dates.AutoDateLocator(minticks=3, maxticks=6))


def moment(stamp):
    return datetime.fromtimestamp(float(stamp), timezone.utc)


def lines_of(prometheus, panel):
    found = []
    for target in panel["targets"]:
        for series in prometheus.range(target["expr"]):
            values = [(moment(stamp), float(value)) for stamp, value in series["values"]]
            values = [(at, value if math.isfinite(value) else math.nan) for at, value in values]
            if any(not math.isnan(value) for _, value in values):
                found.append((legend(target["legendFormat"], series["metric"]), values))
    return sorted(found)[:len(PALETTE)]


def draw_lines(cell, prometheus):
    found = lines_of(prometheus, cell.panel)
    if not found:
        return cell.nothing()
    count = min(len(found), 4)
    axes = cell.axes(bottom=0.75 + 0.42 * count)
    custom = cell.panel["fieldConfig"]["defaults"]["custom"]
    if custom["stacking"]["mode"] == "normal":
        stamps = sorted({at for _, values in found for at, _ in values})
        tables = [dict(values) for _, values in found]
        heights = [[0 if math.isnan(table.get(at, 0)) else table.get(at, 0) for at in stamps] for table in tables]
        axes.stackplot(stamps, heights, colors=PALETTE, alpha=0.35, linewidth=0)
        sums = [0] * len(stamps)
        for color, row in zip(PALETTE, heights):
            sums = [a + b for a, b in zip(sums, row)]
            axes.plot(stamps, sums, color=color, linewidth=0.8)
    else:
        for color, (_, values) in zip(PALETTE, found):
            axes.plot(*zip(*values), color=color, linewidth=0.9)
    if custom["thresholdsStyle"]["mode"] == "dashed":
        top = axes.get_ylim()[1]
        for step in cell.panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
            if step["value"] is not None and step["value"] < top * 1.5:
                axes.axhline(step["value"], color=COLORS[step["color"]], linewidth=0.7, linestyle=(0, (4, 3)))
    if cell.unit != "percent":
        axes.set_ylim(bottom=0)
    axes.set_xlim(moment(prometheus.start), moment(prometheus.end))
    axes.yaxis.set_major_locator(plt.MaxNLocator(4))
    axes.yaxis.set_major_formatter(lambda value, _: shown(value, cell.unit, cell.decimals))
    times(axes)
    x, y, _, _ = cell.box
    for row, (color, (name, values)) in enumerate(zip(PALETTE, found[:count])):
        last = next((value for _, value in reversed(values) if not math.isnan(value)), math.nan)
        at = y + (0.25 + 0.42 * (count - 1 - row)) / cell.rows
        cell.figure.text(x + 0.3 / 24, at, "▬", color=color, size=6, va="center")
        more = f"  (+{len(found) - count} more)" if row == count - 1 and len(found) > count else ""
        cell.figure.text(x + 0.65 / 24, at, f"{name}  {shown(last, cell.unit, cell.decimals)}{more}", color=INK, size=6, va="center")


def draw_stat(cell, prometheus):
    expr = cell.panel["targets"][0]["expr"]
    found, past = prometheus.now(expr), prometheus.range(expr)
    if not found:
        return cell.nothing()
    value = float(found[0]["value"][1])
    color = limit_color(cell.panel, value)
    x, y, w, h = cell.box
    cell.figure.text(x + w / 2, y + h * 0.5, shown(value, cell.unit, cell.decimals), color=color, size=17, ha="center", va="center", weight="bold")
    values = [float(one) for _, one in past[0]["values"]] if past else []
    if len(values) > 1:
        axes = cell.axes(left=0.1, right=0.1, bottom=0.1, top=h * cell.rows * 0.72)
        axes.fill_between(range(len(values)), values, color=color, alpha=0.25, linewidth=0)
        axes.plot(values, color=color, linewidth=0.8)
        axes.axis("off")
        axes.set_ylim(bottom=min(0, min(values)))


def draw_heat(cell, prometheus):
    series = {}
    for one in prometheus.range(cell.panel["targets"][0]["expr"]):
        series[float(one["metric"]["le"])] = {float(stamp): float(value) for stamp, value in one["values"]}
    bounds = sorted(series)
    stamps = sorted({stamp for values in series.values() for stamp in values})
    if not stamps:
        return cell.nothing()
    rows, below = [], {}
    for bound in bounds:
        rows.append([max(0, series[bound].get(stamp, 0) - below.get(stamp, 0)) for stamp in stamps])
        below = series[bound]
    axes = cell.axes()
    axes.grid(False)
    axes.pcolormesh([moment(stamp) for stamp in stamps], range(len(bounds)), [[value ** 0.5 for value in row] for row in rows],
                    cmap="inferno", shading="nearest", rasterized=True)
    axes.set_yticks(range(len(bounds)), [shown(bound, cell.unit, 4 if cell.unit == "currencyUSD" else None) if math.isfinite(bound) else "more"
                                         for bound in bounds])
    times(axes)


def draw_bars(cell, prometheus):
    target = cell.panel["targets"][0]
    found = sorted(((float(one["value"][1]), legend(target["legendFormat"], one["metric"])) for one in prometheus.now(target["expr"])))[-ROWS_MAX:]
    if not found:
        return cell.nothing()
    axes = cell.axes(left=4.6, right=1.6)
    axes.barh(range(len(found)), [value for value, _ in found], color=[limit_color(cell.panel, value) for value, _ in found], height=0.6)
    axes.set_yticks(range(len(found)), [name for _, name in found])
    axes.grid(False)
    axes.set_xticks([])
    for row, (value, _) in enumerate(found):
        axes.text(value, row, " " + shown(value, cell.unit, cell.decimals), color=INK, size=6, va="center")


def table_rows(prometheus, panel):
    names, rows = [], {}
    for number, target in enumerate(panel["targets"]):
        column = "Value" if len(panel["targets"]) == 1 else f"Value #{chr(65 + number)}"
        for one in prometheus.now(target["expr"]):
            labels = tuple(sorted((name, value) for name, value in one["metric"].items() if name not in ("__name__", "cluster")))
            names += [name for name, _ in labels if name not in names]
            rows.setdefault(labels, {})[column] = float(one["value"][1])
    return names, rows


def draw_table(cell, prometheus):
    names, rows = table_rows(prometheus, cell.panel)
    if not rows:
        return cell.nothing()
    titles = {one["matcher"]["options"]: (one["properties"][0]["value"], one["properties"][1]["value"])
              for one in cell.panel["fieldConfig"]["overrides"]}
    columns = list(titles)
    first = columns[0] if columns else "Value"
    ordered = sorted(rows.items(), key=lambda item: -abs(item[1].get(first, 0)))[:ROWS_MAX]
    head = [*names, *(titles[column][0] for column in columns)]
    lines = [[dict(labels).get(name, "") for name in names] +
             [shown(values[column], titles[column][1]) if column in values else "" for column in columns] for labels, values in ordered]
    x, y, w, h = cell.box
    step = w / len(head)
    for place, word in enumerate(head):
        cell.figure.text(x + 0.3 / 24 + place * step, y + h - 1.15 / cell.rows, word, color=PALE, size=6.5, va="center")
    for row, line in enumerate(lines):
        at = y + h - (1.85 + 0.66 * row) / cell.rows
        if at < y + 0.2 / cell.rows:
            break
        for place, word in enumerate(line):
            cell.figure.text(x + 0.3 / 24 + place * step, at, word, color=INK, size=6.5, va="center")


DRAW = {"timeseries": draw_lines, "stat": draw_stat, "heatmap": draw_heat, "bargauge": draw_bars, "table": draw_table}


def draw(board, prometheus, path):
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"]) + 2
    figure = plt.figure(figsize=(24 * COLUMN, rows * LINE), facecolor=PAGE)
    figure.text(0.006, 1 - 0.7 / rows, board["title"], color=INK, size=12, weight="bold", va="center")
    figure.text(0.994, 1 - 0.7 / rows, "queries of the dashboard, drawn with matplotlib; not Grafana", color=PALE, size=7, va="center", ha="right")
    for panel in board["panels"]:
        moved = {**panel, "gridPos": {**panel["gridPos"], "y": panel["gridPos"]["y"] + 1.4}}
        if panel["type"] == "row":
            at = 1 - (moved["gridPos"]["y"] + 0.5) / rows
            figure.text(0.006, at, panel["title"], color=PALE, size=8, va="center")
            continue
        DRAW[panel["type"]](Cell(figure, moved, rows), prometheus)
    figure.savefig(path, dpi=76, facecolor=PAGE)
    plt.close(figure)
    # A hundred colours are all that is in it: a third of the bytes.
    Image.open(path).convert("RGB").quantize(100, dither=Image.Dither.NONE).save(path, optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--end", type=float, default=time.time())
    parser.add_argument("--hours", type=float, default=6)
    parser.add_argument("--cluster", default=".*")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    prometheus = Prometheus(options.url.rstrip("/"), options.end, options.hours, options.cluster)
    for uid, board in tree.boards().items():
        draw(board, prometheus, options.folder / f"{uid}.png")
        print(uid)


if __name__ == "__main__":
    main()
