"""A circuit as SVG where Graphviz is not installed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from adgen.explain.boxes import boxed
from adgen.explain.circuit import GREEN, GREY, RED, Circuit, Node, Wire, identity
from adgen.explain.placing import Placed, Point, Room, placed

# the room of a letter in gates and on wires, and round the label of a gate; half its height
LETTER, SMALL, MARGIN, HALF = 7.0, 5.2, 10.0, 13.0


def layered(circuit: Circuit, down: bool, background: str) -> str:
    """The circuit as SVG text."""
    found = placed(circuit, boxed(circuit), _room(circuit, down))
    width, height = _turned(found.size, down)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" font-family="Helvetica" font-size="12" '
        f'style="background: {background}">',
        f"<title>{escape(circuit.title)}</title>",
        '<defs><marker id="head" viewBox="0 0 10 8" refX="10" refY="4" markerWidth="10" '
        'markerHeight="8" orient="auto"><path d="M 0 0 L 10 4 L 0 8 z" fill="black"/></marker>'
        "</defs>",
    ]
    parts += [
        _frame(label, _turned(corner, down), _turned(size, down))
        for label, corner, size in found.frames
    ]
    parts += [_wire(wire, at, found, down) for at, wire in enumerate(circuit.wires)]
    parts += [_node(node, _turned(found.nodes[node.key], down)) for node in circuit.nodes]
    return "\n".join([*parts, "</svg>", ""])


def _room(circuit: Circuit, down: bool) -> Room:
    carried = [text for wire in circuit.wires for text in (wire.value, wire.gradient)]
    widest = max(map(len, carried), default=0) * SMALL + 2 * MARGIN

    def size(node: Node) -> Point:
        return _turned((2 * _half(node), 2 * HALF), down)

    return Room(size, 55.0, widest) if down else Room(size, min(max(widest, 60.0), 130.0), 32.0)


def _turned(point: Point, down: bool) -> Point:
    """A point along and across as x and y, and the other way round."""
    return (point[1], point[0]) if down else point


def _half(node: Node) -> float:
    """Half the width of a node."""
    return MARGIN + LETTER * len(node.label) / 2


def _frame(label: str, corner: Point, size: Point) -> str:
    (x, y), (width, height) = corner, size
    return (
        f'<g><rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="8" '
        f'fill="none" stroke="#d0d7de"/><text x="{x + 8:.0f}" y="{y + 13:.0f}" font-size="10" '
        f'fill="{GREY}">{escape(label)}</text></g>'
    )


def _wire(wire: Wire, at: int, found: Placed, down: bool) -> str:
    style = ' stroke-dasharray="4"' if wire.again else ""
    bends = [_turned(point, down) for point in found.routes[at]]
    goes_back = at in found.lanes
    path = _corners(bends) if goes_back else _curve(bends, down)
    x, y = _middle_of_longest(bends[1:3] if goes_back else bends)
    texts = [(wire.value, GREEN, y - 4), (wire.gradient, RED, y + 12)]
    said = "".join(
        f'<text x="{x:.0f}" y="{height:.0f}" fill="{colour}" text-anchor="middle" font-size="10" '
        f'stroke="white" stroke-width="3" paint-order="stroke">{escape(text)}</text>'
        for text, colour, height in texts
    )
    return (
        f'<g id="wire{at}"><title>{escape(wire.hover)}</title><path d="{path}" fill="none" '
        f'stroke="black" marker-end="url(#head)"{style}/>{said}</g>'
    )


def _middle_of_longest(bends: Sequence[Point]) -> Point:
    """The middle of the longest piece of a wire: there is most room for what it carries."""
    pieces = list(zip(bends, bends[1:], strict=False))
    (a, b), (c, d) = max(pieces, key=lambda piece: math.dist(*piece))
    return (a + c) / 2, (b + d) / 2


def _corners(bends: Sequence[Point]) -> str:
    """Straight from point to point."""
    return f"M {' L '.join(map(_at, bends))}"


def _curve(bends: Sequence[Point], down: bool) -> str:
    """A line through points that leaves each in the direction of the drawing."""
    path = f"M {_at(bends[0])}"
    for (x1, y1), (x2, y2) in zip(bends, bends[1:], strict=False):
        if down:
            one, other = (x1, (y1 + y2) / 2), (x2, (y1 + y2) / 2)
        else:
            one, other = ((x1 + x2) / 2, y1), ((x1 + x2) / 2, y2)
        path += f" C {_at(one)} {_at(other)} {_at((x2, y2))}"
    return path


def _at(point: Point) -> str:
    return f"{point[0]:.0f} {point[1]:.0f}"


def _node(node: Node, place: Point) -> str:
    x, y = place
    half = _half(node)
    frame = "none" if node.kind in ("argument", "result") else "black"
    return (
        f'<g id="{identity(node)}"><title>{escape(node.hover)}</title>'
        f'<rect x="{x - half:.0f}" y="{y - HALF:.0f}" width="{2 * half:.0f}" '
        f'height="{2 * HALF:.0f}" rx="{HALF:.0f}" fill="white" stroke="{frame}"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle">{escape(node.label)}</text></g>'
    )
