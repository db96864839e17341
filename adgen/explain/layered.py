"""A circuit as SVG where Graphviz is not installed: igraph puts its layers in order.

Every gate stands in the layer behind the last one that it reads from.  A wire over several layers
has a bend in each, which is ordered along with the gates, so that it goes round them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from adgen.errors import UserError
from adgen.explain.circuit import GREEN, GREY, RED, Circuit, Node, Wire, identity

# the room of a letter, round a gate, for what a wire carries, and between neighbours in a layer
LETTER, MARGIN, GAP, BESIDE = 7.0, 10.0, 130.0, 58.0

Point = tuple[float, float]


def layered(circuit: Circuit, down: bool, background: str) -> str:
    """The circuit as SVG text."""
    placed = _placed(circuit, down)
    corners = [point for bends in placed.bends for point in bends]
    across = [x + _half(node) for node, (x, _) in zip(circuit.nodes, placed.nodes, strict=True)]
    width = max([*across, *(x for x, _ in corners)], default=0.0) + 2 * MARGIN
    height = max([y for _, y in (*placed.nodes, *corners)], default=0.0) + 4 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" font-family="Helvetica" font-size="12" '
        f'style="background: {background}">',
        f"<title>{escape(circuit.title)}</title>",
    ]
    for at, (wire, bends) in enumerate(zip(circuit.wires, placed.bends, strict=True)):
        parts.append(_wire(wire, at, bends, down))
    parts += map(_node, circuit.nodes, placed.nodes)
    return "\n".join([*parts, "</svg>", ""])


# -- where things stand -------------------------------------------------------------


@dataclass(frozen=True)
class _Placed:
    """The middles of the nodes, and for each wire the points that it goes through."""

    nodes: Sequence[Point]
    bends: Sequence[Sequence[Point]]


def _placed(circuit: Circuit, down: bool) -> _Placed:
    numbers = {node.key: at for at, node in enumerate(circuit.nodes)}
    ends = [(numbers[w.start], numbers[w.end]) for w in circuit.wires]
    layers = _layers(circuit, ends)
    edges: list[tuple[int, int]] = []
    routes: list[list[int]] = []
    for wire, (start, end) in zip(circuit.wires, ends, strict=True):
        route = [start]
        if not wire.again and start < end:
            for layer in range(layers[start] + 1, layers[end]):
                route.append(len(layers))
                layers.append(layer)
            edges += zip([*route], [*route[1:], end], strict=True)
        routes.append([*route, end])
    along = _along(circuit, layers, down)
    widest = 2 * max(map(_half, circuit.nodes), default=0.0)
    beside = max(widest + BESIDE, GAP + BESIDE) if down else BESIDE
    places = [
        (MARGIN + beside * (0.5 + at), along[layer])
        for at, layer in zip(_in_order(edges, layers), layers, strict=True)
    ]
    points = places if down else [(y, x) for x, y in places]
    return _Placed(
        points[: len(circuit.nodes)],
        [[points[at] for at in route] for route in routes],
    )


def _layers(circuit: Circuit, ends: Sequence[tuple[int, int]]) -> list[int]:
    """The layer of each node; arguments stand right before what reads them first."""
    layers = [0] * len(circuit.nodes)
    forward = sorted((end, start) for start, end in ends if start < end)
    for end, start in forward:
        layers[end] = max(layers[end], layers[start] + 1)
    for at, node in enumerate(circuit.nodes):
        readers = [layers[end] for end, start in forward if start == at]
        if node.kind == "argument" and readers:
            layers[at] = min(readers) - 1
    return layers


def _along(circuit: Circuit, layers: Sequence[int], down: bool) -> list[float]:
    """How far along each layer stands, with room for its widest gate."""
    halves = [0.0] * (max(layers, default=0) + 1)
    for node, layer in zip(circuit.nodes, layers, strict=False):
        halves[layer] = max(halves[layer], 14.0 if down else _half(node))
    found = [MARGIN + half for half in halves[:1]]
    for before, half in zip(halves, halves[1:], strict=False):
        found.append(found[-1] + before + (60.0 if down else GAP) + half)
    return found


def _in_order(edges: Sequence[tuple[int, int]], layers: Sequence[int]) -> list[float]:
    """The place of everything within its layer, with few crossings."""
    try:
        import igraph
    except ImportError:
        raise UserError(
            "a circuit needs Graphviz (the program `dot`) or the package igraph for its layout",
            help="install one of them, or write a .dot file",
        ) from None
    graph = igraph.Graph(len(layers), edges, directed=True)
    found = graph.layout_sugiyama(layers=list(layers), maxiter=200)
    places = [float(found[at][0]) for at in range(len(layers))]
    least = min(places, default=0.0)
    return [place - least for place in places]


# -- what is drawn ------------------------------------------------------------------


def _half(node: Node) -> float:
    """Half the width of a node."""
    return MARGIN + LETTER * len(node.label) / 2


def _wire(wire: Wire, at: int, bends: Sequence[Point], down: bool) -> str:
    style = ' stroke-dasharray="4"' if wire.again else ""
    first, second = bends[0], bends[1]
    if wire.again or first == second:
        x, y = first[0], max(first[1], second[1]) + 2.2 * MARGIN
        path = f"M {first[0]:.0f} {first[1]:.0f} C {_at((x, y + 20))} "
        path += f"{_at((second[0], y + 20))} {_at(second)}"
        x = (first[0] + second[0]) / 2
    else:
        path = _curve(bends, down)
        x, y = (first[0] + second[0]) / 2, (first[1] + second[1]) / 2
    texts = [(wire.value, GREEN, y - 4), (wire.gradient, RED, y + 12)]
    said = "".join(
        f'<text x="{x:.0f}" y="{height:.0f}" fill="{colour}" text-anchor="middle" font-size="10" '
        f'stroke="white" stroke-width="3" paint-order="stroke">{escape(text)}</text>'
        for text, colour, height in texts
    )
    return (
        f'<g id="wire{at}"><title>{escape(wire.hover)}</title>'
        f'<path d="{path}" fill="none" stroke="{GREY}"{style}/>{said}</g>'
    )


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
        f'<rect x="{x - half:.0f}" y="{y - 13:.0f}" width="{2 * half:.0f}" height="26" rx="13" '
        f'fill="white" stroke="{frame}"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle">{escape(node.label)}</text></g>'
    )
