"""`adgen explain`: a run as one page, to be stepped through in a browser without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from importlib import resources
from string import Template
from typing import Any

from adgen.api import Gradient
from adgen.checking import Checked, Report, compare
from adgen.errors import UserError
from adgen.explain.circuit import Circuit, circuit, identity
from adgen.explain.drawing import svg
from adgen.explain.javascript import Untranslatable, translated
from adgen.explain.mathematics import slope
from adgen.explain.sources import Source, sources
from adgen.explain.values import said
from adgen.explain.walk import NotedLine, Visit, Walk, seed, walk

# a page has so many visits of gates at most
MANY = 600


def explained(gradient: Gradient, args: Sequence[Any]) -> str:
    """The page of a run of a function and its gradient at these arguments.

    Raises UserError if the function fails there.
    """
    run = walk(gradient, args)
    report = compare(gradient, args, dout=seed(run.result))
    return page(run, sources(run, gradient.primal), report)


def page(run: Walk, texts: Sequence[Source], report: Report) -> str:
    """The page's HTML; `texts` are the function's own and those of its helpers."""
    drawn = circuit(run)
    kept = list(_first_turns(run))
    editable = _emitted(run)
    data = {
        "visits": [_visit(visit, texts) for visit in kept],
        "arguments": [
            {
                "name": name,
                "value": repr(a.value) if editable else said(a.value),
                "gradient": None if a.gradient is None else said(a.gradient),
                "difference": _difference(report, name),
            }
            for name, a in run.inputs.items()
        ],
        "sourceOf": {v.number: _line_key(v, texts) for v in run.visits},
        "nodes": _nodes(run, drawn),
        "wires": list(_wires(run, drawn)),
        "lines": [_line(line) for line in run.noted.lines],
        "emitted": editable,
        "note": _note(run, len(kept), editable is not None),
    }
    static = resources.files("adgen.explain") / "static"
    return Template((static / "page.html").read_text("utf-8")).substitute(
        title=escape(run.name),
        style=(static / "page.css").read_text("utf-8") + colours("pre"),
        source="\n".join(_source(at, text) for at, text in enumerate(texts)),
        forward=_rows(run.forward, _numbers(run.forward, True), "forward"),
        backward=_rows(run.backward, _numbers(run.backward, False), "backward"),
        circuit=_picture(drawn),
        alt=escape(
            f"{len(drawn.nodes)} nodes and {len(drawn.wires)} wires; the table of steps says all"
        ),
        data=json.dumps(data).replace("<", "\\u003c"),
        script=(static / "page.js").read_text("utf-8"),
    )


def _picture(drawn: Circuit) -> str:
    """The circuit, or what to install for one: all else on the page does without."""
    try:
        return re.sub(r"^.*?(?=<svg)", "", svg(drawn), flags=re.DOTALL)
    except UserError as wrong:
        return f"<p>No picture here: {escape(wrong.message)}.</p>"


def _difference(report: Report, name: str) -> str | None:
    """What differences say of the gradient of an argument, or of a part of one."""
    for checked in report.arguments:
        if checked.name == name:
            return _checked(checked)
        mine = tuple(s for s in checked.slopes if re.match(rf"{re.escape(name)}(?!\w)", s.place))
        if mine:
            return _checked(replace(checked, slopes=mine))
    return None


def _checked(checked: Checked) -> str:
    """The gradient by differences, or how far one of many entries is from it."""
    if len(checked.slopes) == 1 and not checked.mismatch:
        return said(checked.slopes[0].differences)
    if not checked.ok:
        return "disagrees"
    return f"agrees to {checked.relative_error:.0e}"


def _first_turns(run: Walk) -> Iterator[Visit]:
    """Visits, of loops only as many turns as a page has room for."""
    most = max((v.turn for v in run.visits), default=0)
    while sum(v.turn <= most for v in run.visits) > MANY and most:
        most //= 2
    yield from (v for v in run.visits if v.turn <= most)


def _source(at: int, source: Source) -> str:
    count = source.text.count("\n") + 1
    numbers = {line: source.first + line for line in range(count)}
    keys = {line: f'data-l="{at}-{n}" data-at="{n}"' for line, n in numbers.items()}
    return _rows(source.text, keys, f"source{at}")


def _line_key(visit: Visit, texts: Sequence[Source]) -> str | None:
    """What the author's line behind a gate is known as in the page."""
    span = visit.span
    if span is None:
        return None
    return next((f"{at}-{span.line}" for at, text in enumerate(texts) if text.holds(span)), None)


def _visit(visit: Visit, texts: Sequence[Source]) -> dict[str, Any]:
    return {
        "n": visit.number,
        "l": _line_key(visit, texts),
        "text": visit.text,
        "target": visit.target,
        "value": said(visit.value),
        "gradient": "" if visit.gradient is None else said(visit.gradient),
        "shares": [
            {
                "text": share.text,
                "target": share.target,
                "math": _math(visit.target, share.target, share.local),
                "local": share.local,
                "value": said(share.value),
                "slope": said(share.slope) if share.local and share.slope is not None else "",
            }
            for share in visit.shares
        ],
    }


def _math(of: str, adjoint: str, local: str) -> str:
    return slope(of, adjoint.removeprefix("d"), local) if local else ""


def _line(line: NotedLine) -> dict[str, str]:
    target = ", ".join(line.targets)
    return {
        "text": line.text,
        "target": target,
        "local": line.local,
        "math": _math(line.of, target, line.local),
    }


def _nodes(run: Walk, drawn: Circuit) -> dict[int, str]:
    """The node of each gate."""
    by_key = {node.key: identity(node) for node in drawn.nodes}
    pairs = zip(run.visits, drawn.drawn_as, strict=True)
    return {visit.number: by_key[key] for visit, key in pairs if key is not None}


def _wires(run: Walk, drawn: Circuit) -> Iterator[dict[str, Any]]:
    """What each wire carries: the value of a gate, or an argument's."""
    pairs = zip(run.visits, drawn.drawn_as, strict=True)
    number = {key: visit.number for visit, key in pairs if key is not None}
    for at, wire in enumerate(drawn.wires):
        argument = (
            wire.start.removeprefix("argument ") if wire.start.startswith("argument ") else ""
        )
        yield {"id": f"wire{at}", "n": number.get(wire.start), "argument": argument}


def _emitted(run: Walk) -> dict[str, str] | None:
    """The emitted code as JavaScript, if it is about numbers alone."""
    values = [argument.value for argument in run.arguments.values()]
    if not all(type(v) in (int, float) for v in values) or type(run.result) is not float:
        return None
    try:
        code = "\n".join(translated(text) for text in (run.noted.forward, run.noted.backward))
    except Untranslatable:
        return None
    return {"code": code, "forward": f"{run.name}_forward", "backward": f"{run.name}_backward"}


def _note(run: Walk, kept: int, editable: bool) -> str:
    parts = []
    if kept < len(run.visits):
        parts.append(f"The loops ran longer than is shown: {kept} of {len(run.visits)} steps.")
    if editable:
        parts.append("Change a value: everything above is computed anew.")
    return " ".join(parts)


# -- text ---------------------------------------------------------------------------


def _rows(text: str, attributes: Mapping[int, str], key: str = "source") -> str:
    """Python text as coloured rows."""
    rows = []
    for at, line in enumerate(coloured_lines(text)):
        given = attributes.get(at, "")
        focus = ' tabindex="0"' if given else ""
        rows.append(f'<span class="row" {given}{focus}>{line or " "}</span>')
    return f'<span id="{key}">{"".join(rows)}</span>'


def coloured_lines(text: str) -> list[str]:
    """The lines of a Python text as HTML, with classes for `colours`."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    lexer = PythonLexer(stripnl=False, ensurenl=False)
    coloured: str = highlight(text, lexer, HtmlFormatter(nowrap=True))
    return coloured.rstrip("\n").split("\n")


def _numbers(text: str, forward: bool) -> dict[int, str]:
    """For each line of a listing the gate that it belongs to."""
    found: dict[int, str] = {}
    current, inside = "", ""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        margin = line[: len(line) - len(line.lstrip())]
        said = _gate_of(line)
        if said:
            current, inside = said, margin
        elif forward or len(margin) < len(inside) or _begins_others(lines[at:]):
            current = ""
        if current:
            found[at] = f'data-n="{current}"'
    return found


def _gate_of(line: str) -> str:
    """The number in the comment at the end of a line, or ""."""
    said = re.search(r"# .*?\((\d+)\)$", line)
    return said[1] if said else ""


def _begins_others(lines: Sequence[str]) -> bool:
    """Whether a loop or branch begins here that other gates are undone in."""
    inner = next((line for line in lines if not line.endswith(":")), "")
    return lines[0].endswith(":") and bool(_gate_of(inner))


def colours(within: str) -> str:
    """The style sheet for `coloured_lines` in an element, for light and dark."""
    from pygments.formatters import HtmlFormatter

    found = []
    for style in ("default", "github-dark"):
        rules = HtmlFormatter(style=style).get_style_defs(within).split("\n")
        found.append("\n".join(r for r in rules if r.startswith(f"{within} .") and "{" in r))
    return f"{found[0]}\n@media (prefers-color-scheme: dark) {{\n{found[1]}\n}}\n"
