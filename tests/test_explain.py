"""Runs gate by gate: what `adgen trace` and `adgen circuit` show."""

import copy
import graphlib
import itertools
import math
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from adgen import Gradient, UserError, grad
from adgen.cli import main
from adgen.explain import drawing
from adgen.explain.circuit import circuit, identity
from adgen.explain.drawing import dot, draw, svg
from adgen.explain.trace import rows
from adgen.explain.values import said
from adgen.explain.walk import walk
from adgen.health import health
from tests.check_program import leaves, same
from tests.sample_functions import every_sample
from tests.test_sample_properties import seed_for

ROOT = Path(__file__).parent.parent
STAGED = f"{ROOT / 'samples' / 'staged.py'}:f"
LOOPS = f"{ROOT / 'samples' / 'loops.py'}:iterate"


def staged(x, y):
    num = x * y
    den = 1.0 + num**2
    return num / den


def repeated(x, n):
    for _ in range(n):
        if x > 1.0:
            x = x * 0.5
        else:
            x = x + x**2
    return x


# --- a run ---------------------------------------------------------------------------------------


def test_values_and_gradients_of_every_gate():
    x, y = 0.5, 3.0
    seen = {v.target: (v.value, v.gradient) for v in walk(grad(staged), (x, y)).visits}
    num, den = 1.5, 3.25
    dnum = 1 / den - num / den**2 * 2 * num
    assert seen["num"] == (num, pytest.approx(dnum))
    assert seen["den"] == (den, pytest.approx(-num / den**2))
    assert seen["out"] == (pytest.approx(num / den), 1.0)


def test_local_derivatives():
    visits = walk(grad(staged), (0.5, 3.0)).visits
    shares = {(v.target, s.target): (s.local, s.slope) for v in visits for s in v.shares}
    assert shares["num", "dx"] == ("y", 3.0)
    assert shares["den0", "dnum"] == ("2 * num", 3.0)
    assert shares["den", "dden0"] == ("1", 1.0)


def test_turns_of_a_loop_and_the_side_that_was_taken():
    visits = walk(grad(repeated, wrt=("x",)), (0.9, 3)).visits
    assert [v.text for v in visits if v.target == "x"] == [
        "x = x + x0",
        "x = x * 0.5",
        "x = x + x0",
    ]
    assert [v.inside[0].trip for v in visits if v.target == "x"] == [0, 1, 2]
    last = visits[-1]
    assert last.gradient == 1.0
    # the gradient of each trip's x, against a difference in what the rest of the loop gives
    middle = visits[2]
    step = 1e-6
    rest = [repeated(middle.value + s, 1) for s in (step, -step)]
    assert middle.gradient == pytest.approx((rest[0] - rest[1]) / (2 * step), rel=1e-6)


def test_an_adjoint_that_holds_one_number_for_many_is_spread():
    seen = {v.target: v for v in walk(grad(lambda x: np.sum(x * x)), (np.ones(3),)).visits}
    assert seen["out0"].gradient.tolist() == [1.0, 1.0, 1.0]


def test_arguments_have_their_gradients():
    found = walk(grad(staged, wrt=("y",)), (0.5, 3.0)).arguments
    assert found["x"].gradient is None
    assert found["y"].gradient == pytest.approx(grad(staged, wrt="y")(0.5, 3.0))


# --- the table -----------------------------------------------------------------------------------


def test_rows_of_a_table():
    table = list(rows(walk(grad(staged), (0.5, 3.0))))
    assert table[0] == ("", "x", "0.5", "-0.355", "")
    line, gate, value, gradient, local = table[2]
    assert (gate, value, gradient) == ("num = x * y", "1.5", "-0.1183")
    assert local == "d/dx = y = 3; d/dy = x = 0.5"


def test_later_turns_are_left_out_and_counted():
    table = list(rows(walk(grad(repeated, wrt=("x",)), (0.9, 20)), most=2))
    assert table[-1][1].startswith("... and ") and table[-1][1].endswith("more turns of the loops")


def test_trace_prints_a_table(capsys):
    assert main(["trace", STAGED, "--args", "3.0, -4.0"]) == 0
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if "xpysqr = xpy**2" in line)
    assert " ".join(row.split()) == "9 xpysqr = xpy**2 1 -0.7916 d/dxpy = 2 * xpy = -2"


def test_trace_says_what_fails(capsys):
    assert main(["trace", STAGED, "--args", "3.0, 'y'"]) == 2
    assert "error" in capsys.readouterr().err


@pytest.mark.parametrize(
    "value, expected",
    [
        (np.float64(0.25), "0.25"),
        (True, "True"),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), "[[1 2] [3 4]]"),
        (np.zeros((2, 3), bool), "(2, 3)"),
        ((1.0, np.ones(2)), "(1, [1 1])"),
        (None, "None"),
        (1 + 2j, "1+2j"),
    ],
)
def test_values_in_few_characters(value, expected):
    assert said(value) == expected


# --- the picture ---------------------------------------------------------------------------------


def test_gates_and_wires():
    found = circuit(walk(grad(staged), (0.5, 3.0)))
    assert [n.label for n in found.nodes] == ["x", "y", "*", "num**2", "1.0 + den0", "/", "out"]
    wires = {(w.start, w.end): (w.value, w.gradient) for w in found.wires}
    assert wires["argument x", "gate 1 ()"] == ("0.5", "-0.355")
    assert wires["gate 4 ()", "out"] == ("0.4615", "1")


def test_a_loop_is_drawn_once_or_trip_by_trip():
    run = walk(grad(repeated, wrt=("x",)), (0.9, 3))
    folded, unrolled = circuit(run), circuit(run, unrolled=3)
    assert any(w.again for w in folded.wires)
    assert not any(w.again for w in unrolled.wires)
    assert "* 0.5" in " ".join(n.label for n in folded.nodes)
    boxes = {label for n in unrolled.nodes for _, label in n.groups}
    assert {f"for _ in range(n): trip {k}" for k in (1, 2, 3)} <= boxes


def below(value):
    return 0.5 * (1 + math.erf(value / math.sqrt(2)))


def priced(s, k):
    d = math.log(s / k)
    return s * below(d + 0.1) - k * below(d - 0.1)


def nested(x, n):
    total = 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                total = total + x[i] * x[j] * total
            else:
                total = total + x[i]
    return total


@pytest.mark.parametrize("function, args", [(priced, (100.0, 95.0)), (nested, (np.ones(4), 4))])
@pytest.mark.parametrize("unrolled", [0, 1, 2])
def test_wires_go_in_circles_from_trip_to_trip_alone(function, args, unrolled):
    drawn = circuit(walk(grad(function), args), unrolled)
    behind = graphlib.TopologicalSorter()
    for wire in drawn.wires:
        if not wire.again:
            behind.add(wire.end, wire.start)
    behind.prepare()  # raises CycleError


def test_a_helper_that_is_called_twice_has_two_frames():
    """In one frame it would stand both before and behind its caller."""
    nodes = circuit(walk(grad(priced), (100.0, 95.0))).nodes
    frames = [node.groups for node in sorted(nodes, key=lambda n: n.number or 0) if node.groups]
    rows = [frame for frame, _ in itertools.groupby(frames)]
    assert len(rows) == len(set(rows)) > 3


def weighted(net, x):
    return np.sum(net["layers"][0]["W"] * x) + net["b"] * x[0]


def test_a_gate_is_wired_to_the_parts_that_it_reads():
    net = {"layers": [{"W": np.array([1.0, 2.0])}], "b": 3.0}
    drawn = circuit(walk(grad(weighted, wrt="net"), (net, np.array([0.5, 4.0]))))
    found = {w.start: (w.value, w.gradient) for w in drawn.wires if "net" in w.start}
    assert found == {
        "argument net['layers'][0]['W']": ("[1 2]", "[0.5 4]"), "argument net['b']": ("3", "0.5")
    }  # fmt: skip
    assert [n.label for n in drawn.nodes if n.kind == "argument"] == [
        "net['layers'][0]['W']", "net['b']", "x"
    ]  # fmt: skip


def test_many_gates_are_drawn_by_statement():
    found = circuit(walk(grad(staged), (0.5, 3.0)), by_statement=True)
    assert [n.label for n in found.nodes if n.kind == "statement"] == [
        "num = x * y", "den = 1.0 + num**2", "return num / den",
    ]  # fmt: skip


KEY = "</script></title><b>&amp;&lt;\\N\"'"


def markup(parts):
    w = parts["</script></title><b>&amp;&lt;\\N\"'"]  # </script> <b> & "quotes"
    return np.sum(w * w)


@pytest.mark.parametrize("graphviz", [True, False])
def test_text_of_the_author_is_shown_as_text(monkeypatch, graphviz):
    """In gates, on wires and in hover text: what is read back is what the author wrote."""
    if graphviz and not drawing.shutil.which("dot"):
        pytest.skip("Graphviz is not installed")
    if not graphviz:
        monkeypatch.setattr(drawing.shutil, "which", lambda name: None)
    picture = ElementTree.fromstring(svg(circuit(walk(grad(markup), ({KEY: np.ones(3)},)))))
    tags = {element.tag.partition("}")[2] for element in picture.iter()}
    assert not tags & {"b", "script"}
    name = f"parts[{KEY!r}]"
    texts = {"".join(element.itertext()) for element in picture.iter()}
    texts |= {said for element in picture.iter() for said in element.attrib.values()}
    assert name in texts and any(text.startswith(f"{name}: shape (3,)") for text in texts)


@pytest.mark.parametrize("down", [False, True])
def test_without_graphviz_gates_stand_apart_and_have_names(down, monkeypatch):
    monkeypatch.setattr(drawing.shutil, "which", lambda name: None)
    drawn = circuit(walk(grad(priced), (100.0, 95.0)))
    picture = ElementTree.fromstring(svg(drawn, down))
    groups = {g.get("id"): g for g in picture.iter("{http://www.w3.org/2000/svg}g")}
    assert {f"wire{at}" for at in range(len(drawn.wires))} <= set(groups)
    boxes = []
    for node in drawn.nodes:
        found = groups[identity(node)].find("{http://www.w3.org/2000/svg}rect")
        boxes.append([float(found.get(side)) for side in ("x", "y", "width", "height")])
    for (x, y, w, h), (x2, y2, w2, h2) in itertools.combinations(boxes, 2):
        assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_statements_of_a_helper_are_drawn_once_for_each_call():
    drawn = circuit(walk(grad(priced), (100.0, 95.0)), by_statement=True)
    labels = [node.label for node in drawn.nodes]
    assert labels.count("return 0.5 * (1 + math.erf(value / math.sqrt(2)))") == 2
    assert labels.count("return s * below(d + 0.1) - k * below(d - 0.1)") == 1


def test_dot_has_values_over_gradients():
    text = dot(circuit(walk(grad(staged), (0.5, 3.0))))
    last = next(line for line in text.splitlines() if '-> "out"' in line)
    assert 0 < last.index(">0.4615<") < last.index(">1<")


def test_drawing_needs_a_known_ending(tmp_path):
    with pytest.raises(UserError, match="neither .svg nor .dot nor .png"):
        draw(circuit(walk(grad(staged), (0.5, 3.0))), str(tmp_path / "f.gif"))


def test_circuit_writes_a_file(tmp_path):
    file = tmp_path / "f.dot"
    assert main(["circuit", LOOPS, "-o", str(file), "--unroll", "2"]) == 0
    assert "trip 2" in file.read_text()


@pytest.mark.parametrize("graphviz", [False, True])
def test_a_file_may_run_down_the_page_and_is_on_white(tmp_path, monkeypatch, graphviz):
    if graphviz and not drawing.shutil.which("dot"):
        pytest.skip("Graphviz is not installed")
    if not graphviz:
        monkeypatch.setattr(drawing.shutil, "which", lambda name: None)
    sizes = []
    for options in [], ["--down"]:
        file = tmp_path / "f.svg"
        assert main(["circuit", LOOPS, "-o", str(file), "--unroll", "4", *options]) == 0
        text = file.read_text()
        assert "white" in text
        sizes.append(
            [float(size) for size in re.search(r'viewBox="0\S* 0\S* (\S+) (\S+)"', text).groups()]
        )
    (wide, flat), (narrow, tall) = sizes
    assert narrow < wide and tall > flat


def test_without_layout_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(drawing.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "igraph", None)
    with pytest.raises(UserError, match="needs Graphviz .* or the package igraph"):
        svg(circuit(walk(grad(staged), (0.5, 3.0))))


def test_a_walk_is_for_the_lengths_that_it_is_given():
    """Also where the code for other lengths would do."""

    def spread(x, y):
        z = x * y
        return np.sum(z) + np.sum(np.mean(z, axis=0))

    gradient = Gradient(spread)
    for shapes in (((2, 3), (2, 3)), ((4, 3), (4, 3)), ((1, 3), (1, 3)), ((2, 3), (1, 3))):
        args = [np.ones(shape) for shape in shapes]
        assert walk(gradient, args).backward == walk(Gradient(spread), args).backward
        assert gradient.compilation(*args).staged.facts.sizes[("shape", "x", 0)] == shapes[0][0]


@every_sample
def test_samples_can_be_walked_and_drawn(f, args, wrt):
    """Values and gradients are those of a call, and every sample has a circuit."""
    gradient = Gradient(f, wrt)
    seed = seed_for(f(*copy.deepcopy(args)))
    run = walk(gradient, copy.deepcopy(args), seed)
    out, cache = gradient.forward(*copy.deepcopy(args))
    assert same(run.result, out)
    expected = gradient.backward(seed, cache)
    found = [a.gradient for a in run.arguments.values() if a.gradient is not None]
    if not isinstance(expected, tuple):
        expected = (expected,)
    for one, other in zip(found, expected, strict=True):
        for mine, theirs in zip(leaves(one), leaves(other), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)
    drawn = circuit(run)
    assert drawn.nodes and "digraph" in dot(drawn)
    assert list(rows(run))
    assert health(gradient, copy.deepcopy(args)).gates


def softmax_loss(scores, label):
    shifted = scores - np.max(scores)
    p = np.exp(shifted) / np.sum(np.exp(shifted))
    return -np.log(p[label])


@pytest.mark.parametrize("by_statement", [False, True])
def test_a_wire_goes_past_gates_that_a_pattern_stands_for(by_statement):
    """The adjoint of a softmax goes to the scores, whose exponentials get none."""
    drawn = circuit(walk(grad(softmax_loss), (np.array([1.0, 2.0]), 1)), 0, by_statement)
    softmax = next(node.key for node in drawn.nodes if "p = " in node.hover)
    assert [(w.start, w.value, w.gradient) for w in drawn.wires if w.end == softmax] == [
        ("argument scores", "[1 2]", "[0.2689 -0.2689]")
    ]


def copied(a, b):
    a = a.copy()
    for i in range(1, len(a)):
        a[i] += a[i - 1] * b
    return np.sum(a * b)


def test_a_wire_goes_past_gates_that_hand_on_what_they_are_given():
    """A copy has no line in the backward."""
    drawn = circuit(walk(grad(copied), (np.array([1.0, 2.0, 3.0]), 0.5)))
    read = {(w.start, w.end) for w in drawn.wires}
    (element,) = [n.key for n in drawn.nodes if n.hover.startswith("a1 = a[i - 1]")]
    assert ("argument a", element) in read


@pytest.mark.parametrize("start", [lambda n: np.zeros(n), lambda n: np.full(n, 0.5)])
def test_what_a_constant_is_made_of_has_no_wire(start):
    def f(x, n):
        h = start(len(x))
        for _ in range(n):
            h = np.tanh(h + x)
        return np.sum(h)

    drawn = circuit(walk(grad(f), (np.ones(3), 3)))
    assert {w.start for w in drawn.wires if w.start.startswith("argument")} == {"argument x"}
    assert len([w for w in drawn.wires if w.start == "argument x"]) == 1


def squashed_thrice(x):
    a = squashed(x)
    b = squashed(2.0 * x)
    return a * b * squashed(a)


def test_each_call_of_a_helper_is_a_statement_of_its_own():
    drawn = circuit(walk(grad(squashed_thrice), (0.5,)), by_statement=True)
    assert [n.label for n in drawn.nodes].count("return 1.0 / (1.0 + math.exp(-z))") == 3


def squashed(z):
    return 1.0 / (1.0 + math.exp(-z))


def rebinding(z):
    z = z * z
    return z


def test_a_parameter_that_is_bound_anew_stands_in_the_line_that_names_it():
    def f(x):
        y = 3.0 * x
        z = rebinding(y)
        return z + y

    spans = [v.span for v in walk(grad(f), (0.5,)).visits]
    helper = {s.line: s.text for s in spans if "z" in s.text and "return" not in s.text}
    assert "def rebinding(z):" in [text.strip() for text in helper.values()]


def test_the_frame_of_the_trips_that_are_left_says_so():
    drawn = circuit(walk(grad(repeated, wrt="x"), (0.5, 5)), 2)
    said = {label for node in drawn.nodes for _, label in node.groups}
    assert {f"for _ in range(n): {t}" for t in ("trip 1", "trip 2", "from trip 3 on")} <= said


def test_what_comes_from_another_trip_is_dashed_though_its_gate_stands_before():
    drawn = circuit(walk(grad(repeated, wrt="x"), (0.9, 3)))
    label = {node.key: node.label for node in drawn.nodes}
    wires = {(label[w.start], label[w.end], w.again) for w in drawn.wires}
    assert ("x * 0.5", "x**2  (2 times)", True) in wires
    assert ("x**2  (2 times)", "+  (2 times)", False) in wires


def test_room_for_a_sum_is_no_gates():
    def f(x, n):
        h = 1.0
        for i in range(n):
            h = h * x[i]
        return 2.0 * h

    last = walk(grad(f), (np.array([2.0, 3.0]), 2)).visits[-1]
    assert [share.text for share in last.shares] == ["dh = 2.0 * dout"]
