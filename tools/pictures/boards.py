#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the dashboards' queries with matplotlib: not Grafana, which these pictures only
resemble. boards.py RUN FOLDER [BOARD...] asks a Prometheus what Grafana would ask it
for a range, and writes FOLDER/BOARD.png. RUN is what record.py has left, or the URL of
a Prometheus that runs, with --start and --end. What Grafana puts in for a query's
variables is put in here: those of CHOSEN, "All" for the others; the step, and
$__rate_interval, by its rules.
"""

import argparse
import itertools
import json
import math
import re
import sys
import textwrap
import urllib.parse
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

import matplotlib
matplotlib.use("Agg")
import matplotlib.dates as dates
import matplotlib.pyplot as plt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.textpath import TextPath
from matplotlib.ticker import FixedLocator
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/dashboards"))
import stack  # noqa: E402 - the path comes first
import tree  # noqa: E402

# Of a board about one service or model: what the reader has chosen. Counters name the model that answered, the agents'
# judgement the one that was asked for.
CHOSEN = {
    "promtap-service": {"service": ["support-chat"]},
    "promtap-model": {"model": ["gpt-4o-mini", "gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06"]},
}

PAGE, PANEL, EDGE, INK, PALE, FAINT, GRID = "#111217", "#181b1f", "#24272c", "#d5d5e0", "#9394a0", "#73757f", "#2b2e34"
PALETTE = ("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#e0b400", "#37872d", "#ffa6b0", "#806eb7",
           "#1f9e9a")
COLORS = {"green": "#73bf69", "yellow": "#fade2a", "orange": "#ff9830", "red": "#f2495c", "blue": "#5794f2"}
HEAT = LinearSegmentedColormap.from_list("heat", [PANEL, "#5a2d0c", "#b3560f", "#ff8a1f", "#ffd9a8"])
COLUMN, LINE = 0.44, 0.35       # inches of a grid's cell
DPI = 170
SMALL, NORMAL = 7, 8            # points
LEGEND_ROWS, TABLE_ROWS, BARS = 6, 12, 10
PIXELS = 48                     # of a column of Grafana's grid, on a screen of usual width


# ---- what Grafana asks

def step_of(seconds, scrape):
    """The seconds between two points of half a screen's width: rounded as roundInterval() of @grafana/data does
    (packages/grafana-data/src/datetime/rangeutil.ts), and no less than between two scrapes."""
    wanted = seconds / (12 * PIXELS)
    ladder = ((1.5, 1), (3.5, 2), (7.5, 5), (12.5, 10), (17.5, 15), (25, 20), (45, 30), (90, 60), (210, 120), (450, 300), (750, 600),
              (1050, 900), (1500, 1200), (2700, 1800), (5400, 3600))
    return max(scrape, next((step for below, step in ladder if wanted < below), 7200))


class Prometheus:
    """One range of one Prometheus, and what is chosen."""

    def __init__(self, url, start, end, scrape, chosen):
        self.url, self.chosen = url, chosen
        self.step = step_of(end - start, scrape)
        self.start, self.end = start // self.step * self.step, end // self.step * self.step
        rate = max(self.step + scrape, 4 * scrape)      # Grafana's $__rate_interval
        self.put_in = {"rate": f"{rate}s", "span": f"{int(end - start)}s",
                       **{name: self.one_or_more(values) for name, values in chosen.items()}}

    @staticmethod
    def one_or_more(values):
        words = [re.escape(value).replace("\\", "\\\\").replace("\\\\-", "-") for value in values]
        return words[0] if len(words) == 1 else f"({'|'.join(words)})"

    def ask(self, path, **parameters):
        data = urllib.parse.urlencode(parameters).encode()
        with urllib.request.urlopen(self.url + path, data, timeout=120) as response:
            return json.load(response)["data"]["result"]

    def now(self, expr):
        return self.ask("/api/v1/query", query=tree.resolved(expr, **self.put_in), time=self.end)

    def range(self, expr):
        return self.ask("/api/v1/query_range", query=tree.resolved(expr, **self.put_in), start=self.start, end=self.end, step=self.step)

    def alert_moments(self):
        """When alerts began to fire, of those that the boards' annotation marks."""
        expr = 'ALERTS{alertstate="firing", alert_type!="", severity=~"warning|critical", service=~"$service|"}'
        moments = set()
        for series in self.range(expr):
            stamps = [float(stamp) for stamp, _ in series["values"]]
            moments |= {at for before, at in zip([0, *stamps], stamps) if at - before > 1.5 * self.step}
        return sorted(moments - {self.start})


# ---- words and numbers

def scaled(value, steps, plain=""):
    for size, unit in steps:
        if abs(value) >= size:
            return f"{three(value / size)}{unit}"
    return three(value) + plain


def three(value):
    """Three digits, and an exponent for what is tiny."""
    if value and abs(value) < 0.001:
        return f"{value:.1e}"
    if not 0 < abs(value) < 100:
        return f"{value:.0f}"
    return f"{value:.{2 - math.floor(math.log10(abs(value)))}f}".rstrip("0").rstrip(".")


def dollars(value, decimals):
    """As many cents as there are, and parts of a cent where there is less."""
    if decimals is None and 1e-6 < abs(value) < 0.1:
        whole, _, part = f"{value:.{2 - math.floor(math.log10(abs(value)))}f}".partition(".")
        return f"${whole}.{part.rstrip('0').ljust(2, '0')}"
    return f"${value:,.{2 if decimals is None else decimals}f}"


def shown(value, unit, decimals=None):
    value += 0.0  # no minus zero
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞"
    if unit == "currencyUSD":
        return dollars(value, decimals)
    if unit in ("percentunit", "percent"):
        return three(value * (100 if unit == "percentunit" else 1)) + " %"
    if unit == "ms":
        return scaled(value, ((60000, " min"), (1000, " s")), " ms")
    if unit == "s":
        return scaled(value * 1000, ((60000, " min"), (1000, " s")), " ms")
    if unit == "reqps":
        return f"{three(value)} req/s"
    if unit in ("bytes", "Bps"):
        return scaled(value, ((2**30, " GiB"), (2**20, " MiB"), (2**10, " KiB")), " B") + ("/s" if unit == "Bps" else "")
    return scaled(value, ((1e9, " G"), (1e6, " M"), (1e3, " K"))) if decimals is None else f"{value:.{decimals}f}"


def legend(pattern, labels):
    if pattern == "__auto":
        return ", ".join(value for name, value in labels.items() if name != "__name__") or "value"
    for name in set(re.findall(r"\{\{(\w+)\}\}", pattern)):
        pattern = pattern.replace("{{" + name + "}}", labels.get(name, ""))
    return pattern


def width_of(text, size, weight="normal"):
    """Inches of a text of so many points."""
    return TextPath((0, 0), text, size=size, prop=FontProperties(weight=weight)).get_extents().x1 / 72 if text.strip() else 0


def fitted(text, inches, size, weight="normal"):
    """Cut where there is no room for more."""
    if width_of(text, size, weight) <= inches:
        return text
    while len(text) > 1 and width_of(text + "…", size, weight) > inches:
        text = text[:-1]
    return text + "…"


def limit_color(panel, value):
    color = "green"
    for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
        if step["value"] is None or value >= step["value"]:
            color = step["color"]
    return COLORS[color]


# ---- panels

class Cell:
    """A panel's place on the page, with its title. Lengths are inches from its lower left corner."""

    def __init__(self, figure, panel, top):
        place, (_, page) = panel["gridPos"], figure.get_size_inches()
        self.panel, self.figure = panel, figure
        self.defaults = panel["fieldConfig"]["defaults"]
        self.unit, self.decimals = self.defaults["unit"], self.defaults.get("decimals")
        gap = 0.05
        self.x, self.width = place["x"] * COLUMN + gap, place["w"] * COLUMN - 2 * gap
        self.y, self.height = page - top - (place["y"] + place["h"]) * LINE + gap, place["h"] * LINE - 2 * gap
        box = FancyBboxPatch(self.at(0, 0), *self.share(self.width, self.height), boxstyle="square,pad=0", facecolor=PANEL,
                             edgecolor=EDGE, linewidth=0.6, transform=figure.transFigure, zorder=-1)
        figure.patches.append(box)
        self.text(0.1, self.height - 0.16, fitted(panel["title"], self.width - 0.2, NORMAL, "bold"), size=NORMAL, weight="bold")

    def share(self, width, height):
        page = self.figure.get_size_inches()
        return width / page[0], height / page[1]

    def at(self, x, y):
        return self.share(self.x + x, self.y + y)

    def text(self, x, y, text, size=SMALL, color=INK, **more):
        self.figure.text(*self.at(x, y), text, size=size, color=color, va="center", **more)

    def shown(self, value):
        return shown(value, self.unit, self.decimals)

    def axes(self, left, bottom, right=0.12, top=0.36):
        axes = self.figure.add_axes((*self.at(left, bottom), *self.share(self.width - left - right, self.height - bottom - top)))
        axes.set_facecolor(PANEL)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(colors=PALE, labelsize=SMALL, length=0, pad=3)
        axes.grid(color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        return axes

    def nothing(self):
        """Grafana says as much; the reason is in the panel's description."""
        reason = self.panel["description"].partition(tree.MAY_BE_EMPTY)[2].rstrip(".")
        self.text(self.width / 2, self.height * 0.47, "No data", size=NORMAL + 1, color=PALE, ha="center")
        for number, words in enumerate(textwrap.wrap(reason, int((self.width - 0.2) / (0.5 * SMALL / 72)))):
            self.text(self.width / 2, self.height * 0.47 - 0.2 - 0.14 * number, words, color=FAINT, ha="center")


def moment(stamp):
    return datetime.fromtimestamp(float(stamp), timezone.utc)


def times(axes, prometheus):
    start, end = moment(prometheus.start), moment(prometheus.end)
    axes.set_xlim(start, end)
    places = dates.AutoDateLocator(minticks=4, maxticks=8).tick_values(start, end)
    # One at the left edge would lie on the label of the other axis.
    edge = dates.date2num(start + (end - start) / 30)
    axes.xaxis.set_major_locator(FixedLocator([place for place in places if place > edge]))
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M", tz=timezone.utc))


def lines_of(prometheus, panel):
    """(name, [(moment, value)]) in the order of Prometheus."""
    found = []
    for target in panel["targets"]:
        for series in prometheus.range(target["expr"]):
            values = {float(stamp): float(value) for stamp, value in series["values"]}
            if any(math.isfinite(value) for value in values.values()):
                found.append((legend(target["legendFormat"], series["metric"]), values))
    return found


def on_steps(prometheus, values):
    """Where a step has no sample the line has a gap."""
    count = int((prometheus.end - prometheus.start) / prometheus.step) + 1
    stamps = [prometheus.start + i * prometheus.step for i in range(count)]
    return [value if math.isfinite(value := values.get(stamp, math.nan)) else math.nan for stamp in stamps]


def draw_legend(cell, found):
    """A table of the last value and the highest, as the panels ask for; returns its height."""
    rows = found if len(found) <= LEGEND_ROWS else found[:LEGEND_ROWS - 1]
    height, row, last, most = 0.15 * (len(rows) + 1 + (len(rows) < len(found))), 0.15, cell.width - 0.95, cell.width - 0.12
    top = 0.08 + height - row / 2
    for x, word in ((last, "Last"), (most, "Max")):
        cell.text(x, top, word, color=COLORS["blue"], size=SMALL - 0.5, ha="right")
    for number, (color, (name, values)) in enumerate(zip(itertools.cycle(PALETTE), rows)):
        at = top - (number + 1) * row
        known = [value for value in values.values() if math.isfinite(value)]
        cell.figure.add_artist(Line2D(*zip(cell.at(0.12, at), cell.at(0.26, at)), color=color, linewidth=2))
        cell.text(0.34, at, fitted(name, last - 0.34 - 0.75, SMALL))
        cell.text(last, at, cell.shown(known[-1]), ha="right")
        cell.text(most, at, cell.shown(max(known)), ha="right")
    if len(rows) < len(found):
        cell.text(0.34, top - (len(rows) + 1) * row, f"and {len(found) - len(rows)} more", color=PALE)
    return height + 0.06


def draw_stack(axes, stamps, found, prometheus):
    below = [0] * len(stamps)
    for color, (_, values) in zip(itertools.cycle(PALETTE), found):
        heights = [0 if math.isnan(value) else value for value in on_steps(prometheus, values)]
        above = [a + b for a, b in zip(below, heights)]
        axes.fill_between(stamps, below, above, color=color, alpha=0.25, linewidth=0)
        axes.plot(stamps, above, color=color, linewidth=1)
        below = above


def draw_limits(axes, panel):
    """Where they are in sight."""
    low, high = axes.get_ylim()
    for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
        if step["value"] is not None and low <= step["value"] <= high:
            axes.axhline(step["value"], color=COLORS[step["color"]], linewidth=0.8, linestyle=(0, (5, 4)), alpha=0.9)


def ticks(cell, top):
    """Few, round, and of bytes round in powers of two."""
    if cell.unit in ("bytes", "Bps"):
        unit = next((size for size in (2**30, 2**20, 2**10) if top >= size), 1)
        return FixedLocator([value * unit for value in plt.MaxNLocator(4).tick_values(0, top / unit)])
    whole = cell.decimals == 0 or cell.unit == "none" and cell.decimals is None and cell.defaults.get("max") != 1
    return plt.MaxNLocator(4, integer=whole)


def draw_lines(cell, prometheus, alerts):
    found = lines_of(prometheus, cell.panel)
    if not found:
        return cell.nothing()
    axes = cell.axes(left=0.72 if cell.unit in ("reqps", "Bps") else 0.58, bottom=draw_legend(cell, found) + 0.24)
    custom, most = cell.defaults["custom"], cell.defaults.get("max")
    stamps = [moment(prometheus.start + i * prometheus.step) for i in range(len(on_steps(prometheus, {})))]
    if custom["stacking"]["mode"] == "normal":
        draw_stack(axes, stamps, found, prometheus)
    else:
        for color, (_, values) in zip(itertools.cycle(PALETTE), found):
            axes.plot(stamps, on_steps(prometheus, values), color=color, linewidth=1.1)
    if "min" in cell.defaults:
        axes.set_ylim(bottom=cell.defaults["min"])
    if most is not None:
        axes.set_ylim(top=most * 1.02)
    elif not any(value for _, values in found for value in values.values()):
        axes.set_ylim(0, 1)
    if custom["thresholdsStyle"]["mode"] == "dashed":
        draw_limits(axes, cell.panel)
    for stamp in alerts:
        axes.axvline(moment(stamp), color=COLORS["red"], linewidth=0.6, linestyle=(0, (2, 3)), alpha=0.5)
    axes.yaxis.set_major_locator(ticks(cell, axes.get_ylim()[1]))
    axes.yaxis.set_major_formatter(lambda value, _: cell.shown(value))
    times(axes, prometheus)
    return None


def draw_stat(cell, prometheus, _):
    expr = cell.panel["targets"][0]["expr"]
    found = lines_of(prometheus, cell.panel)
    now = prometheus.now(expr)
    if not now or not found:
        return cell.nothing()
    value = float(now[0]["value"][1])
    color, values = limit_color(cell.panel, value), on_steps(prometheus, found[0][1])
    size = next((size for size in range(17, SMALL, -1) if width_of(cell.shown(value), size, "bold") < cell.width - 0.3), SMALL)
    cell.text(cell.width / 2, cell.height * 0.55, cell.shown(value), color=color, size=size, ha="center", weight="bold")
    axes = cell.axes(left=0, right=0, bottom=0, top=cell.height * 0.72)
    axes.fill_between(range(len(values)), values, color=color, alpha=0.2, linewidth=0)
    axes.plot(values, color=color, linewidth=0.9)
    axes.axis("off")
    known = [value for value in values if not math.isnan(value)]
    axes.set_ylim(min(0, *known), max(known) * 1.15 or 1)
    axes.margins(x=0)
    return None


def draw_heat(cell, prometheus, _):
    series = {}
    for one in prometheus.range(cell.panel["targets"][0]["expr"]):
        series[float(one["metric"]["le"])] = on_steps(prometheus, {float(stamp): float(value) for stamp, value in one["values"]})
    bounds = sorted(series)
    rows, below = [], None
    for bound in bounds:
        rows.append([value - less for value, less in zip(series[bound], below)] if below else series[bound])
        below = series[bound]
    if not any(value > 0 for row in rows for value in row):
        return cell.nothing()
    axes = cell.axes(left=0.62, bottom=0.28)
    axes.grid(False)
    stamps = [moment(prometheus.start + i * prometheus.step) for i in range(len(rows[0]))]
    # Grafana's exponent 0.5 makes what is rare visible.
    axes.pcolormesh(stamps, range(len(bounds)), [[math.nan if math.isnan(value) else max(0, value) ** 0.5 for value in row] for row in rows],
                    cmap=HEAT, shading="nearest", rasterized=True)
    axes.set_yticks(range(len(bounds)), [shown(bound, cell.unit) if math.isfinite(bound) else "more" for bound in bounds])
    axes.tick_params(axis="y", labelsize=SMALL - 1)
    times(axes, prometheus)
    return None


def draw_bars(cell, prometheus, _):
    target = cell.panel["targets"][0]
    found = sorted(((float(one["value"][1]), legend(target["legendFormat"], one["metric"])) for one in prometheus.now(target["expr"])
                    if math.isfinite(float(one["value"][1]))), reverse=True)[:BARS]
    if not found:
        return cell.nothing()
    names = min(max(width_of(name, SMALL) for _, name in found), cell.width * 0.45)
    left, room = 0.3 + names, cell.width - names - 0.3 - 0.7
    row = min(0.26, (cell.height - 0.5) / len(found))
    most = max(value for value, _ in found) or 1
    for number, (value, name) in enumerate(found):
        at, color = cell.height - 0.45 - (number + 0.5) * row, limit_color(cell.panel, value)
        cell.text(left - 0.08, at, fitted(name, names, SMALL), ha="right")
        for size, tone in ((room, GRID), (room * value / most, color)):
            box = plt.Rectangle(cell.at(left, at - row * 0.36), *cell.share(size, row * 0.72), facecolor=tone, transform=cell.figure.transFigure)
            cell.figure.add_artist(box)
        cell.text(cell.width - 0.1, at, cell.shown(value), color=color, ha="right")
    return None


def table_rows(prometheus, panel):
    names, rows = [], {}
    for number, target in enumerate(panel["targets"]):
        column = "Value" if len(panel["targets"]) == 1 else f"Value #{chr(65 + number)}"
        for one in prometheus.now(target["expr"]):
            labels = tuple(sorted((name, value) for name, value in one["metric"].items() if name != "__name__"))
            names += [name for name, _ in labels if name not in names]
            rows.setdefault(labels, {})[column] = float(one["value"][1])
    order = next(one["options"].get("indexByName", {}) for one in panel["transformations"] if one["id"] == "organize")
    return sorted(names, key=lambda name: order.get(name, len(order))), rows


def draw_table(cell, prometheus, _):
    names, rows = table_rows(prometheus, cell.panel)
    if not rows:
        return cell.nothing()
    titles = {one["matcher"]["options"]: [each["value"] for each in one["properties"]]  # title, unit, decimals
              for one in cell.panel["fieldConfig"]["overrides"]}
    columns = list(titles)
    head = [*names, *(titles[column][0] for column in columns)]
    lines = [[dict(labels).get(name, "") for name in names] +
             [shown(values[column], *titles[column][1:]) if column in values else "" for column in columns]
             for labels, values in sorted(rows.items(), key=lambda item: [-abs(item[1].get(column, 0)) for column in columns[:1]])]
    step, top = 0.2, cell.height - 0.42
    fits = min(TABLE_ROWS, int((top - 0.12) / step) - 1)
    lines, more = (lines, 0) if len(lines) <= fits else (lines[:fits], len(lines) - fits)
    widths = [max(width_of(line[place], SMALL) for line in [head, *lines]) for place in range(len(head))]
    spare = max(0.12, (cell.width - 0.24 - sum(widths)) / max(1, len(head) - 1))
    for row, line in enumerate([head, *lines]):
        x = 0.12
        for place, word in enumerate(line):
            number = place >= len(names)
            cell.text(x + (widths[place] if number else 0), top - row * step, word, color=INK if row else PALE, ha="right" if number else "left")
            x += widths[place] + spare
        cell.figure.add_artist(Line2D(*zip(cell.at(0.08, top - (row + 0.5) * step), cell.at(cell.width - 0.08, top - (row + 0.5) * step)),
                                      color=GRID, linewidth=0.5))
    if more:
        cell.text(0.12, top - (len(lines) + 1) * step + 0.02, f"and {more} more", color=PALE)
    return None


DRAW = {"timeseries": draw_lines, "stat": draw_stat, "heatmap": draw_heat, "bargauge": draw_bars, "table": draw_table}


# ---- pages

def draw_head(figure, board, prometheus):
    """Title, what is chosen, the range; and that this is no Grafana."""
    width, height = figure.get_size_inches()

    def put(x, y, text, size, color, **more):
        figure.text(x / width, 1 - y / height, text, size=size, color=color, va="center", **more)

    put(0.1, 0.2, board["title"], 13, INK, weight="bold")
    span = f"{moment(prometheus.start):%H:%M} to {moment(prometheus.end):%H:%M} UTC, a point each {prometheus.step:.0f} s"
    put(width - 0.1, 0.2, span, NORMAL, INK, ha="right")
    names = [(one["label"], prometheus.chosen.get(one["name"])) for one in board["templating"]["list"] if one["type"] == "query"]
    chosen = "     ".join(f"{label}: {' + '.join(values) if values else 'All'}" for label, values in names)
    put(0.1, 0.47, chosen, NORMAL, PALE)
    put(width - 0.1, 0.47, "the dashboard's queries, drawn with matplotlib; not Grafana", NORMAL, PALE, ha="right")


def with_palette(image):
    """A third of the bytes. The colours that are there most stay what they are, which no quantizer promises of thin lines."""
    count = image.width * image.height
    most = sorted(image.getcolors(count), reverse=True)[:256]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, color in most for part in color])
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def draw(board, prometheus, path):
    top = 0.65
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    figure = plt.figure(figsize=(24 * COLUMN, rows * LINE + top + 0.05), facecolor=PAGE)
    draw_head(figure, board, prometheus)
    alerts = prometheus.alert_moments()
    for panel in board["panels"]:
        if panel["type"] == "row":
            height = figure.get_size_inches()[1]
            at = 1 - (top + (panel["gridPos"]["y"] + 0.55) * LINE) / height
            figure.text(0.1 / figure.get_size_inches()[0], at, panel["title"], color=INK, size=NORMAL + 0.5, va="center")
            continue
        DRAW[panel["type"]](Cell(figure, panel, top), prometheus, alerts)
    figure.savefig(path, dpi=DPI, facecolor=PAGE)
    plt.close(figure)
    with_palette(Image.open(path).convert("RGB")).save(path, optimize=True)


def draw_all(url, start, end, scrape, options):
    options.folder.mkdir(parents=True, exist_ok=True)
    for uid, board in tree.boards().items():
        if options.boards and uid not in options.boards:
            continue
        prometheus = Prometheus(url.rstrip("/"), start, end, scrape, CHOSEN.get(uid, {}))
        draw(board, prometheus, options.folder / f"{uid.removeprefix('promtap-')}.png")
        print(uid, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("folder", type=Path)
    parser.add_argument("boards", nargs="*")
    parser.add_argument("--start", type=float)
    parser.add_argument("--end", type=float)
    parser.add_argument("--scrape", type=int, default=15, help="seconds between two scrapes")
    options = parser.parse_intermixed_args()
    if "://" in options.run:
        draw_all(options.run, options.start, options.end, options.scrape, options)
        return
    folder = Path(options.run).resolve()
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    server = stack.Prometheus(folder, stack.prometheus_config(), "prometheus")
    try:
        draw_all(server.url(), run["start"], run["end"], run["scrape_seconds"], options)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
