"""Figures as a table for people."""

import math
from collections.abc import Callable, Iterable, Sequence

from tests.benchmarks.measuring import Figures
from tests.benchmarks.rivals import NAMES

Column = tuple[str, Callable[[Figures], float | None]]


def _columns() -> Sequence[Column]:
    found: list[Column] = [
        ("adgen/hand", lambda f: f.ratio("adgen", "hand")),
        ("special/hand", lambda f: f.ratio("specialized", "hand")),
        ("adgen/primal", lambda f: f.ratio("adgen", "primal")),
        ("peak/hand", lambda f: f.peaks["adgen"] / f.peaks["hand"]),
        ("cache/hand", lambda f: (f.caches["adgen"] + 1024) / (f.caches["hand"] + 1024)),
        ("lines/hand", lambda f: f.lines["adgen"] / f.lines["hand"]),
    ]
    found += [(f"{name}/adgen", lambda f, name=name: f.ratio(name, "adgen")) for name in NAMES]
    return found


def table(size: str, figures: Sequence[Figures]) -> str:
    """One row a workload, and the geometric mean, the median and the largest below."""
    columns = _columns()
    rows = [[size, "hand", *(title for title, _ in columns), "lines"]]
    for f in figures:
        lines = f"{f.lines['adgen']} : {f.lines['hand']}"
        ratios = [_shown(value(f)) for _, value in columns]
        rows.append([f.workload, duration(f.seconds["hand"]), *ratios, lines])
    for title, summary in [("geometric mean", geometric), ("median", median), ("largest", max)]:
        ratios = []
        for _, value in columns:
            # a call with a few numbers may find all its memory among what Python keeps
            known = [v for v in map(value, figures) if v]
            ratios.append(_shown(summary(known) if known else None))
        rows.append([title, "", *ratios, ""])
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(cells)) + " |"
        for cells in (list(zip(row, widths, strict=True)) for row in rows)
    ]
    rule = "|" + "|".join("-" * (w + 1) + ("-" if i == 0 else ":") for i, w in enumerate(widths))
    return "\n".join([lines[0], rule + "|", *lines[1:]])


def geometric(values: Iterable[float]) -> float:
    logs = [math.log(v) for v in values]
    return math.exp(sum(logs) / len(logs))


def median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def duration(seconds: float) -> str:
    for unit, scale in [("s", 1.0), ("ms", 1e-3)]:
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"


def _shown(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"
