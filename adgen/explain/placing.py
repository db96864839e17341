"""Where the parts of a circuit stand: igraph puts layers in order, frame by frame.

A frame is laid out by itself first, and is then one large gate of the frame round it.  So a frame
holds what belongs to it and nothing else.  Wires have a place on each border that they go through,
and a bend in each layer that they pass, so that they go round what stands there; those that carry
the same value go together as far as they can.

Points are (along, across): how far along the wires, and how far beside the first of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from adgen.errors import UserError
from adgen.explain.boxes import Box
from adgen.explain.circuit import Circuit, Node

# round what is in a frame, for its label, and for each wire that goes back in it
PADDING, HEADING, LANE = 16.0, 20.0, 28.0
# how far apart a wire leaves a node and comes back to it
ASIDE = 10.0
SWEEPS = 6

Point = tuple[float, float]


@dataclass(frozen=True)
class Room:
    """How large a node is, and the room between layers and between neighbours in one."""

    size: Callable[[Node], Point]
    gap: float
    beside: float


@dataclass
class Placed:
    """A box that is laid out, from the corner (0, 0).

    `routes` has the points of each wire, from border to border, and `lanes` the place across of
    those that go back.
    """

    size: Point
    nodes: dict[str, Point] = field(default_factory=dict)
    frames: list[tuple[str, Point, Point]] = field(default_factory=list)
    routes: dict[int, list[Point]] = field(default_factory=dict)
    lanes: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """A wire: its place among all of them, and the keys of its ends."""

    at: int
    start: str
    end: str
    again: bool


def placed(circuit: Circuit, box: Box, room: Room) -> Placed:
    """The places of everything in the box of a whole circuit."""
    links = [Link(at, w.start, w.end, w.again) for at, w in enumerate(circuit.wires)]
    order = {node.key: at for at, node in enumerate(circuit.nodes)}
    found = _Layout(box, links, order, room).placed()
    beside = {node.key: room.size(node)[1] / 2 for node in circuit.nodes}
    for link in links:
        if link.at in found.lanes:
            found.routes[link.at] = _back(link, found, beside)
    return found


def _back(link: Link, found: Placed, beside: Mapping[str, float]) -> list[Point]:
    """Out of a node to the lane, along it, and into the node that the wire goes back to."""
    (one, low), (other, high) = found.nodes[link.start], found.nodes[link.end]
    shift = ASIDE if link.start == link.end else 0.0
    lane = found.lanes[link.at]
    return [
        (one + shift, low + beside[link.start]),
        (one + shift, lane),
        (other - shift, lane),
        (other - shift, high + beside[link.end]),
    ]


class _Layout:
    """The layout of one box.  Its parts, the borders that wires go through and their bends are
    vertices; `layers` has the layer of each."""

    def __init__(
        self, box: Box, links: Sequence[Link], order: Mapping[str, int], room: Room
    ) -> None:
        self.box = box
        self.room = room
        self.order = order
        self.parts = sorted(box.contents, key=lambda part: min(order[k] for k in _keys(part)))
        self.holder = {key: at for at, part in enumerate(self.parts) for key in _keys(part)}
        self.back = [link for link in links if self.goes_back(link)]
        self.links = [link for link in links if link not in self.back]
        self.inner = [self.inside(part) for part in self.parts]
        self.layers: list[int] = []
        self.bends: dict[tuple[str, int], int] = {}
        self.paths = self.routed()
        self.across = self.beside_each_other()
        self.begins, self.widths = self.along()

    def goes_back(self, link: Link) -> bool:
        """Whether a wire of this box goes against the direction of all others."""
        start, end = self.holder.get(link.start), self.holder.get(link.end)
        if start is None or end is None or (start == end and isinstance(self.parts[start], Box)):
            return False
        return link.again or start >= end

    def inside(self, part: Node | Box) -> Placed:
        if isinstance(part, Node):
            return Placed(self.room.size(part))
        keys = set(_keys(part))
        links = [link for link in self.links if link.start in keys or link.end in keys]
        return _Layout(part, links, self.order, self.room).placed()

    # -- layers and their order -----------------------------------------------------

    def routed(self) -> dict[int, list[int]]:
        """The vertices that each wire goes through; ports and bends are made on the way."""
        ends = [
            (link, self.holder.get(link.start), self.holder.get(link.end)) for link in self.links
        ]
        ends = [(link, start, end) for link, start, end in ends if start != end]
        self.layers = self.layers_of_parts([(start, end) for _, start, end in ends])
        last = max(self.layers, default=0) + 1
        paths: dict[int, list[int]] = {}
        for link, start, end in ends:
            first = self.bend(link, 0) if start is None else start
            behind = self.bend(link, last) if end is None else end
            between = range(self.layers[first] + 1, self.layers[behind])
            paths[link.at] = [first, *(self.bend(link, layer) for layer in between), behind]
        return paths

    def bend(self, link: Link, layer: int) -> int:
        """The vertex where all wires from one node pass a layer, or the border of the box."""
        at = self.bends.setdefault((link.start, layer), len(self.layers))
        if at == len(self.layers):
            self.layers.append(layer)
        return at

    def layers_of_parts(self, ends: Sequence[tuple[int | None, int | None]]) -> list[int]:
        """Each part stands behind what it reads; an argument right before its first reader."""
        layers = [1] * len(self.parts)
        known = sorted((b, a) for a, b in ends if a is not None and b is not None)
        for end, start in known:
            layers[end] = max(layers[end], layers[start] + 1)
        for at, part in enumerate(self.parts):
            readers = [layers[end] for end, start in known if start == at]
            if isinstance(part, Node) and part.kind == "argument" and readers:
                layers[at] = min(readers) - 1
        return layers

    @property
    def edges(self) -> list[tuple[int, int, int]]:
        """The wire, the vertex and the next one."""
        return [
            (at, one, other)
            for at, path in self.paths.items()
            for one, other in zip(path, path[1:], strict=False)
        ]

    def in_order(self) -> dict[int, list[int]]:
        """The vertices of each layer, with few crossings."""
        try:
            import igraph
        except ImportError:
            raise UserError(
                "a circuit needs Graphviz (the program `dot`) or the package igraph for its layout",
                help="install one of them, or write a .dot file",
            ) from None
        edges = sorted({(one, other) for _, one, other in self.edges})
        graph = igraph.Graph(len(self.layers), edges, directed=True)
        found = graph.layout_sugiyama(layers=self.layers, maxiter=200)
        rows: defaultdict[int, list[int]] = defaultdict(list)
        for vertex in sorted(range(len(self.layers)), key=lambda v: float(found[v][0])):
            rows[self.layers[vertex]].append(vertex)
        return rows

    # -- places ---------------------------------------------------------------------

    def size(self, vertex: int) -> Point:
        return self.inner[vertex].size if vertex < len(self.parts) else (0.0, 0.0)

    def hold(self, at: int, vertex: int, leaves: bool) -> float:
        """How far beside the middle of a vertex a wire enters or leaves it."""
        route = self.inner[vertex].routes.get(at) if vertex < len(self.parts) else None
        if route is None:
            return 0.0
        return route[-1 if leaves else 0][1] - self.size(vertex)[1] / 2

    def beside_each_other(self) -> dict[int, float]:
        """The middle of each vertex across: close to what its wires lead to."""
        rows = self.in_order()
        near: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        for at, one, other in self.edges:
            shift = self.hold(at, one, True) - self.hold(at, other, False)
            near[other].append((one, shift))
            near[one].append((other, -shift))
        across: dict[int, float] = {}
        for row in rows.values():
            across |= zip(row, self.apart(row, [0.0] * len(row)), strict=True)
        layers = sorted(rows)
        for sweep in range(SWEEPS):
            for layer in layers if sweep % 2 == 0 else reversed(layers):
                row = rows[layer]
                wanted = [
                    sum(across[n] + s for n, s in near[v]) / len(near[v]) if near[v] else across[v]
                    for v in row
                ]
                across |= zip(row, self.apart(row, wanted), strict=True)
        top = min((across[v] - self.size(v)[1] / 2 for v in across), default=0.0)
        return {vertex: place - top + self.heading for vertex, place in across.items()}

    def apart(self, row: Sequence[int], wanted: Sequence[float]) -> list[float]:
        """Places as near as can be to those wanted, in this order and with room in between.

        It is the regression that does not fall: neighbours that want the same room share it.
        """
        offsets = [0.0]
        for one, other in zip(row, row[1:], strict=False):
            sizes = (self.size(one)[1] + self.size(other)[1]) / 2
            offsets.append(offsets[-1] + sizes + self.room.beside)
        blocks: list[tuple[float, int]] = []
        for place, offset in zip(wanted, offsets, strict=False):
            mean, count = place - offset, 1
            while blocks and blocks[-1][0] > mean:
                before, many = blocks.pop()
                mean = (mean * count + before * many) / (count + many)
                count += many
            blocks.append((mean, count))
        means = [mean for mean, count in blocks for _ in range(count)]
        return [mean + offset for mean, offset in zip(means, offsets, strict=False)]

    @property
    def heading(self) -> float:
        return HEADING if self.box.label else PADDING

    def along(self) -> tuple[dict[int, float], dict[int, float]]:
        """Where each layer begins, and how wide it is."""
        widths: defaultdict[int, float] = defaultdict(float)
        for vertex, layer in enumerate(self.layers):
            widths[layer] = max(widths[layer], self.size(vertex)[0])
        begins, place, last = {}, 0.0, max(self.layers, default=0)
        for layer in sorted(widths):
            begins[layer] = place = max(place, PADDING)
            # between a border and what is inside there need be no room for what wires carry
            at_border = self.box.label and (layer == 0 or layer + 1 == last and not widths[last])
            place += widths[layer] + (PADDING if at_border else self.room.gap)
        return begins, dict(widths)

    def placed(self) -> Placed:
        widest = [self.begins[layer] + width for layer, width in self.widths.items()]
        lowest = [place + self.size(v)[1] / 2 for v, place in self.across.items()]
        found = Placed(
            (
                max([*widest, len(self.box.label) * 5.5], default=0.0) + PADDING,
                max(lowest, default=0.0) + PADDING + LANE * len(self.back),
            )
        )
        for at, part in enumerate(self.parts):
            self.put(at, part, found)
        for at, path in self.paths.items():
            found.routes[at] = self.route(at, path, found)
        for lane, link in enumerate(self.back):
            found.lanes[link.at] = found.size[1] - LANE * (lane + 0.7)
        return found

    def corner(self, at: int) -> Point:
        """Where a part begins; it stands in the middle of its layer."""
        (wide, high), layer = self.size(at), self.layers[at]
        return self.begins[layer] + (self.widths[layer] - wide) / 2, self.across[at] - high / 2

    def put(self, at: int, part: Node | Box, found: Placed) -> None:
        corner, inner = self.corner(at), self.inner[at]
        if isinstance(part, Node):
            found.nodes[part.key] = _moved((inner.size[0] / 2, inner.size[1] / 2), corner)
            return
        found.frames.append((part.label, corner, inner.size))
        found.frames += [(label, _moved(c, corner), size) for label, c, size in inner.frames]
        found.nodes |= {key: _moved(point, corner) for key, point in inner.nodes.items()}
        found.lanes |= {wire: place + corner[1] for wire, place in inner.lanes.items()}
        for wire, route in inner.routes.items():
            found.routes[wire] = [_moved(point, corner) for point in route]

    def route(self, at: int, path: Sequence[int], found: Placed) -> list[Point]:
        """The points of a wire, with those inside of the frames that it leads from or to."""
        points: list[Point] = []
        for place, vertex in enumerate(path):
            if vertex < len(self.parts):
                points += self.through(at, vertex, leaves=place == 0)
            elif place in (0, len(path) - 1):
                points.append((0.0 if place == 0 else found.size[0], self.across[vertex]))
            else:
                begin, layer = self.begins[self.layers[vertex]], self.layers[vertex]
                across = self.across[vertex]
                points += [(begin, across), (begin + self.widths[layer], across)]
        return points

    def through(self, at: int, vertex: int, leaves: bool) -> list[Point]:
        """Where a wire begins or ends: at the border of a node, or inside of a frame."""
        corner, (wide, high) = self.corner(vertex), self.size(vertex)
        inner = self.inner[vertex].routes.get(at)
        if inner is None:
            return [(corner[0] + (wide if leaves else 0.0), corner[1] + high / 2)]
        return [_moved(point, corner) for point in inner]


def _keys(part: Node | Box) -> list[str]:
    """The nodes of a part."""
    if isinstance(part, Node):
        return [part.key]
    return [key for inner in part.contents for key in _keys(inner)]


def _moved(point: Point, by: Point) -> Point:
    return point[0] + by[0], point[1] + by[1]
