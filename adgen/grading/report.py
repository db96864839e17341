"""A grade as text for people, and as JSON for programs."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import numpy as np

from adgen.explain.values import said
from adgen.grading.judge import FirstWrong, Grade, Judged


def text(grade: Grade) -> str:
    """What the command prints."""
    parts = [f"{grade.submission} against {grade.function}", "", _table(grade)]
    if grade.wrong is not None:
        parts += ["", _first(grade)]
    elif grade.failure:
        parts += ["", f"the run stopped: {grade.failure}"]
    parts += ["", summary(grade)]
    return "\n".join(parts)


def summary(grade: Grade) -> str:
    """One sentence for all."""
    if grade.right:
        return "right: every gradient agrees with the compiler's own"
    asked = [g for g in grade.gradients if g.asked]
    count = sum(g.mark == "right" for g in asked)
    missing = [g.name for g in grade.gradients if g.mark == "missing"]
    left = f"; still missing: {', '.join(missing)}" if missing else ""
    return f"{count} of {len(asked)} gradients right{left}"


def _table(grade: Grade) -> str:
    rows = [("gradient", "line", "yours", "right", "")]
    for found in grade.gradients:
        yours = "" if found.given is None else said(found.given)
        right = "" if found.wanted is None or found.mark == "missing" else said(found.wanted)
        line = "" if found.line is None else str(found.line)
        rows.append((found.name, line, yours, right, _mark(found)))
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2]),
             row[3].rjust(widths[3]), row[4]]
        ).rstrip()
        for row in rows
    )  # fmt: skip


def _mark(found: Judged) -> str:
    return {"right": "ok", "wrong": "WRONG", "incomplete": "INCOMPLETE", "missing": "missing"}[
        found.mark
    ]


def _first(grade: Grade) -> str:
    wrong = grade.wrong
    assert wrong is not None
    lines = [f"first wrong line: {grade.submission}:{wrong.line}", f"    {wrong.text}"]
    if wrong.wanted is not None and wrong.given is not None:
        lines.append(f"  gives {said(wrong.given)}; {_should(wrong)}")
    lines += textwrap.wrap(explained(wrong), 90, initial_indent="  ", subsequent_indent="  ")
    return "\n".join(lines)


def _should(wrong: FirstWrong) -> str:
    return f"the whole gradient is {said(wrong.wanted)}"


def explained(wrong: FirstWrong) -> str:
    """The cause in words."""
    if wrong.cause is None:
        return "what it reads is right and what it gives is not; none of the usual mistakes fits"
    return f"{wrong.cause.value} ({wrong.says})" if wrong.says else wrong.cause.value


def as_json(grade: Grade) -> str:
    """The grade for programs; arrays are lists."""
    wrong = grade.wrong
    first = None
    if wrong is not None:
        first = {
            "line": wrong.line, "text": wrong.text, "gradient": wrong.name,
            "cause": wrong.cause.key if wrong.cause else None, "says": explained(wrong),
            "given": _plain(wrong.given), "wanted": _plain(wrong.wanted),
            "repaired": wrong.repaired or None,
        }  # fmt: skip
    gradients = [
        {"name": g.name, "mark": g.mark, "asked": g.asked, "line": g.line,
         "given": _plain(g.given), "wanted": _plain(g.wanted)}
        for g in grade.gradients
    ]  # fmt: skip
    whole = {
        "function": grade.function, "submission": grade.submission, "right": grade.right,
        "summary": summary(grade), "gradients": gradients, "first_wrong": first,
        "failure": grade.failure or None,
    }  # fmt: skip
    return json.dumps(whole, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, complex):
        return [value.real, value.imag]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)  # JSON has no name for it
    return value if isinstance(value, bool | int | float | None) else None
