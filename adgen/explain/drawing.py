"""A circuit as a picture: laid out by Graphviz, or by igraph where that is not installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from adgen.errors import UserError
from adgen.explain.boxes import Box, boxed
from adgen.explain.circuit import GREEN, GREY, RED, Circuit, Node, Wire, identity
from adgen.explain.layered import layered


def draw(circuit: Circuit, file: str, down: bool = False) -> None:
    """Write a circuit to a file; its ending says how: .svg, .dot or .png.

    It runs from left to right, or `down` the page. The background is white, since nobody knows
    what a file will be shown on. Raises UserError if it cannot be written, or if what draws it is
    not installed.
    """
    kind = Path(file).suffix.lower()
    makers: dict[str, Any] = {".dot": dot, ".svg": svg, ".png": png}
    if kind not in makers:
        raise UserError(
            f"{file} is neither .svg nor .dot nor .png", help="give the file one of these endings"
        )
    made = makers[kind](circuit, down, "white")
    try:
        Path(file).write_bytes(made if isinstance(made, bytes) else made.encode())
    except OSError as wrong:
        raise UserError(f"{file} cannot be written: {wrong.strerror}") from None


def svg(circuit: Circuit, down: bool = False, background: str = "transparent") -> str:
    """The circuit as SVG text."""
    if shutil.which("dot"):
        return _graphviz(circuit, down, background, "svg").decode()
    return layered(circuit, down, background)


def png(circuit: Circuit, down: bool = False, background: str = "transparent") -> bytes:
    """The circuit as a PNG picture; needs Graphviz."""
    if not shutil.which("dot"):
        raise UserError("a .png needs Graphviz (the program `dot`)", help="write an .svg")
    return _graphviz(circuit, down, background, "png")


def _graphviz(circuit: Circuit, down: bool, background: str, kind: str) -> bytes:
    """What Graphviz draws; where statements go in circles it has no layout with frames."""
    for frames in (True, False):
        text = dot(circuit, down, background, frames)
        ran = subprocess.run(
            ["dot", f"-T{kind}"], input=text.encode(), capture_output=True, check=False
        )
        if not ran.returncode:
            return ran.stdout
    said = ran.stderr.decode(errors="replace").strip().partition("\n")[0]
    raise UserError(f"Graphviz fails: {said}", help="write a .dot file")


# -- for Graphviz -------------------------------------------------------------------


def dot(
    circuit: Circuit, down: bool = False, background: str = "transparent", frames: bool = True
) -> str:
    """The circuit in Graphviz's language, with or without frames round what stands together."""
    rankdir = "TB" if down else "LR"
    lines = [
        f"digraph {_quoted(circuit.title)} {{",
        f'    rankdir={rankdir}; bgcolor="{background}"; nodesep=0.35; ranksep=0.3;',
        '    node [fontname="Helvetica", fontsize=12]; edge [fontname="Helvetica", fontsize=10];',
    ]
    lines += _boxed(boxed(circuit, frames), 1)
    order = {node.key: at for at, node in enumerate(circuit.nodes)}
    # a statement with a call in it stands both before and behind the helper's
    back = [wire.again or order[wire.start] > order[wire.end] for wire in circuit.wires]
    lines += [f"    {_edge(wire, at, back[at])}" for at, wire in enumerate(circuit.wires)]
    return "\n".join([*lines, "}", ""])


def _boxed(box: Box, depth: int) -> Iterator[str]:
    margin = "    " * depth
    for part in box.contents:
        if isinstance(part, Node):
            yield f"{margin}{_node(part)}"
            continue
        yield f"{margin}subgraph {_quoted(f'cluster{part.key}')} {{"
        yield (
            f'{margin}    label={_quoted(part.label)}; color="#d0d7de"; style=rounded; '
            f'fontname="Helvetica"; fontsize=10; fontcolor="{GREY}";'
        )
        yield from _boxed(part, depth + 1)
        yield f"{margin}}}"


def _node(node: Node) -> str:
    shapes = {"gate": "ellipse", "statement": "box", "argument": "plaintext", "result": "plaintext"}
    hover = f", tooltip={_hover(node.hover)}" if node.hover else ""
    label, shape = _quoted(node.label), shapes[node.kind]
    return (
        f"{_quoted(node.key)} [id={_quoted(identity(node))}, label={label}, shape={shape}{hover}];"
    )


def _edge(wire: Wire, at: int, back: bool) -> str:
    rows = f'<TR><TD><FONT COLOR="{GREEN}">{escape(wire.value)}</FONT></TD></TR>'
    if wire.gradient:
        rows += f'<TR><TD><FONT COLOR="{RED}">{escape(wire.gradient)}</FONT></TD></TR>'
    label = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0">{rows}</TABLE>>'
    how = (", style=dashed" if wire.again else "") + (", constraint=false" if back else "")
    hover = _hover(wire.hover)
    ends = f"{_quoted(wire.start)} -> {_quoted(wire.end)}"
    return f"{ends} [id=wire{at}, label={label}, edgetooltip={hover}, labeltooltip={hover}{how}];"


def _quoted(text: str) -> str:
    # `&lt;` and the like would be read as entities
    inner = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    inner = inner.replace("\n", "\\n")
    return f'"{inner}"'


def _hover(text: str) -> str:
    """Graphviz takes backslashes away twice from what it shows on hover."""
    return _quoted(text.replace("\\", "\\\\"))
