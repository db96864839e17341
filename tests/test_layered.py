"""Circuits where Graphviz is not installed: places, frames, arrowheads."""

import copy
import functools
import xml.etree.ElementTree as ElementTree

import pytest

from adgen import Gradient
from adgen.explain.boxes import Box, boxed
from adgen.explain.circuit import circuit
from adgen.explain.layered import layered
from adgen.explain.placing import Room, placed
from adgen.explain.walk import walk
from tests.sample_functions import SAMPLE_FUNCTIONS

ROOM = Room(lambda node: (60.0, 26.0), 80.0, 32.0)
SVG = "{http://www.w3.org/2000/svg}"


@functools.cache
def walked(at):
    sample = SAMPLE_FUNCTIONS[at]
    return walk(Gradient(sample.function, sample.wrt), copy.deepcopy(sample.args))


def drawn(sample, unrolled):
    return circuit(walked(SAMPLE_FUNCTIONS.index(sample)), unrolled)


every_circuit = pytest.mark.parametrize("unrolled", [0, 2])
every_sample = pytest.mark.parametrize("sample", SAMPLE_FUNCTIONS, ids=lambda s: s.target)


def keys(box):
    for part in box.contents:
        yield from keys(part) if isinstance(part, Box) else [part.key]


def frames(box):
    """The nodes of each frame, in the order in which frames are laid out."""
    parts = [part for part in box.contents if isinstance(part, Box)]
    for part in parts:
        yield part.label, set(keys(part))
        yield from frames(part)


def holds(corner, size, point):
    return all(c < p < c + s for c, s, p in zip(corner, size, point, strict=True))


@every_sample
@every_circuit
def test_a_frame_holds_what_belongs_to_it_and_nothing_else(sample, unrolled):
    made = drawn(sample, unrolled)
    box = boxed(made)
    found = placed(made, box, ROOM)
    assert set(found.nodes) == {node.key for node in made.nodes}
    expected = sorted((label, sorted(nodes)) for label, nodes in frames(box))
    inside = sorted(
        (label, sorted(key for key, point in found.nodes.items() if holds(corner, size, point)))
        for label, corner, size in found.frames
    )
    assert inside == expected


@every_sample
@every_circuit
def test_gates_do_not_overlap(sample, unrolled):
    made = drawn(sample, unrolled)
    points = list(placed(made, boxed(made), ROOM).nodes.values())
    for at, (a, b) in enumerate(points):
        assert not any(abs(a - c) < 60 and abs(b - d) < 26 for c, d in points[:at])


@every_sample
def test_wires_lead_from_border_to_border(sample):
    made = drawn(sample, 0)
    found = placed(made, boxed(made), ROOM)
    for at, wire in enumerate(made.wires):
        first, last = found.routes[at][0], found.routes[at][-1]
        for point, key, side in (first, wire.start, 1), (last, wire.end, -1):
            along, across = found.nodes[key]
            if at in found.lanes:
                assert point[1] == across + 13 and abs(point[0] - along) <= 10
            else:
                assert point == pytest.approx((along + side * 30, across))
        assert at in found.lanes or first[0] < last[0]


@pytest.mark.parametrize("down", [False, True])
def test_every_wire_has_an_arrowhead(down):
    (sample,) = [s for s in SAMPLE_FUNCTIONS if s.target == "samples/loops.py:iterate"]
    made = drawn(sample, 2)
    tree = ElementTree.fromstring(layered(made, down, "white"))
    wires = [g for g in tree.iter(f"{SVG}g") if g.get("id", "").startswith("wire")]
    assert len(wires) == len(made.wires)
    assert all(wire.find(f"{SVG}path").get("marker-end") == "url(#head)" for wire in wires)
    assert tree.find(f".//{SVG}marker").get("id") == "head"
    labels = [text.text for text in tree.iter(f"{SVG}text")]
    assert "for i in range(n): trip 2" in labels and "if s > 0" in labels
