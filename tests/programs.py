"""Random small programs, as people write them: arrays and numbers, branches, loops, names reused.

`written(choose)` makes one; `choose(options)` is whatever picks from a list, `random.choice` or
a draw of hypothesis.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Choose = Callable[[Sequence[Any]], Any]

# parameters, and what stands for their values in the programs' expressions
SCALARS: dict[str, Shape] = {"a": (), "b": (), "c": ()}
ARRAYS: dict[str, Shape] = {
    "u": (3,),
    "v": (3,),
    "w": (1,),
    "g": (2,),
    "M": (2, 3),
    "K": (3, 2),
    "C": (2, 1),
    "R": (1, 3),
}
CONTAINERS: dict[str, dict[str, Shape]] = {
    "pair": {"pair[0]": (), "pair[1]": (3,)},
    "some": {"some[0]": (), "some[1]": ()},
}
LOCALS = ("p", "q", "r", "s", "t", "dx", "out", "cache", "dout", "s0", "tape")

SMALLER: dict[Shape, list[Shape]] = {
    (): [()],
    (1,): [(1,), ()],
    (2,): [(2,), (1,), ()],
    (3,): [(3,), (1,), ()],
    (2, 1): [(2, 1), (1,), ()],
    (1, 3): [(1, 3), (3,), ()],
    (2, 3): [(2, 3), (3,), (2, 1), (1, 3), (1,), ()],
    (3, 2): [(3, 2), (2,), ()],
}
# two shapes of which NumPy makes a third
CROSSED: dict[Shape, list[tuple[Shape, Shape]]] = {
    (2, 3): [((2, 1), (3,)), ((2, 1), (1, 3)), ((3,), (2, 1))]
}

# statements that write into an array X, and the shape of what is written
WRITES: dict[Shape, list[tuple[str, Shape]]] = {
    (3,): [
        ("X[I3] = V", ()),
        ("X[I3] += V", ()),
        ("X[1:] = V", (2,)),
        ("X[:2] *= V", (2,)),
        ("X[1:] += X[:-1] * V", ()),
        ("X[::-1][I3] = V", ()),
        ("X[X > 0.2] *= V", ()),
        ("X[X > 0.2] = V", ()),
        ("X[np.array([0, 2, 0])] = V", (3,)),
        ("X[[2, 0]] -= V", (2,)),
        ("X[I3], X[I3] = X[I3], V", ()),
        ("np.sin(X, out=X)", ()),
        ("np.multiply(X, V, out=X)", (3,)),
        ("np.add(X, V, out=X, where=X > 0.1)", (3,)),
        ("np.add.at(X, np.array([0, 2, 0]), V)", (3,)),
        ("np.copyto(X, V)", (3,)),
        ("X.fill(V)", ()),
        ("_scale(X, V)", (3,)),
        ("_scale(X[1:], V)", ()),
        ("_shift(X)[0] += V", ()),
        ("X += V", (3,)),
        ("X[:] = V", (3,)),
    ],
    (2, 3): [
        ("X[I2, I3] = V", ()),
        ("X[I2] = V", (3,)),
        ("X[:, I3] += V", (2,)),
        ("X.T[I3] = V", (2,)),
        ("X.T[I3, I2] *= V", ()),
        ("X[I2][1:] = V", (2,)),
        ("X[X > 0.0] *= V", ()),
        ("X[np.array([0, 0])] = V", (2, 3)),
        ("X[:, [0, 2]] += V", (2, 1)),
        ("X[[0, 1]] = X[[1, 0]] * V", (3,)),
        ("_scale(X[I2], V)", (3,)),
        ("_scale(X.T, V)", (2,)),
        ("np.cos(X[I2], out=X[I2])", ()),
        ("np.add(X, V, out=X)", (2, 1)),
        ("np.add.at(X, (np.array([1, 1]), np.array([0, 0])), V)", (2,)),
        ("X.flat[::4] = V", (2,)),
        ("X -= V", (3,)),
    ],
}

HELPERS = """
def _scale(x, by):
    x *= by


def _shift(x):
    x[1:] = x[:-1] - x[1:]
    return x
"""

UNARY = (
    "np.sin({})",
    "np.cos({})",
    "np.tanh({})",
    "-{}",
    "({})**2",
    "np.square({})",
    "np.sqrt(1.5 + ({})**2)",
    "np.log(2.0 + ({}) ** 2)",
    "np.exp(0.3 * np.tanh({}))",
    "np.abs({})",
    "1.0 / (1.0 + np.exp(-np.sin({})))",
)
UNARY_SCALAR = ("math.sin({})", "math.tanh({})", "abs({})", "math.exp(-abs({}))")
BINARY = (
    "{} + {}",
    "{} - {}",
    "{} * {}",
    "({}) * ({})",
    "({}) - ({})",
    "({}) / (2.0 + ({}) ** 2)",
    "np.maximum({}, {})",
    "np.minimum({}, {})",
)
BINARY_SCALAR = ("max({}, {})", "min({}, {})")

# how a shape comes from others: a template and the shapes of what goes in; I2 and I3 are
# places along axes of these lengths
MADE: dict[Shape, list[tuple[str, list[Shape]]]] = {
    (): [
        *((f, [s]) for s in ((3,), (2, 3), (2, 1)) for f in ("np.sum({})", "np.mean({})")),
        ("({}).sum()", [(3,)]),
        ("np.max({})", [(3,)]),
        ("({}) @ ({})", [(3,), (3,)]),
        ("np.dot({}, {})", [(2,), (2,)]),
        ("({})[I3]", [(3,)]),
        ("({})[I2, I3]", [(2, 3)]),
        ("({})[0]", [(1,)]),
    ],
    (1,): [("({})[:1]", [(3,)]), ("({})[I2]", [(2, 1)])],
    (2,): [
        ("({})[1:]", [(3,)]),
        ("({})[:2]", [(3,)]),
        ("({})[:, I3]", [(2, 3)]),
        ("({}) @ ({})", [(2, 3), (3,)]),
        ("np.sum({}, axis=1)", [(2, 3)]),
        ("np.array([{}, {}])", [(), ()]),
    ],
    (3,): [
        ("({})[I2]", [(2, 3)]),
        ("np.sum({}, axis=0)", [(2, 3)]),
        ("({}).mean(axis=0)", [(2, 3)]),
        ("({}).T @ ({})", [(2, 3), (2,)]),
        ("np.cumsum({})", [(3,)]),
        ("({})[::-1]", [(3,)]),
        ("({})[0]", [(1, 3)]),
        ("({}).ravel()", [(1, 3)]),
        ("np.concatenate([{}, {}])", [(1,), (2,)]),
    ],
    (2, 1): [
        ("np.sum({}, axis=1, keepdims=True)", [(2, 3)]),
        ("({})[:, :1]", [(2, 3)]),
        ("({})[:, None]", [(2,)]),
        ("({}).reshape(2, 1)", [(2,)]),
    ],
    (1, 3): [
        ("({})[None, :]", [(3,)]),
        ("np.sum({}, axis=0, keepdims=True)", [(2, 3)]),
        ("({})[:1]", [(2, 3)]),
    ],
    (2, 3): [
        ("({}).T", [(3, 2)]),
        ("np.outer({}, {})", [(2,), (3,)]),
        ("np.stack([{}, {}])", [(3,), (3,)]),
        ("({}).reshape(2, 3)", [(3, 2)]),
    ],
    (3, 2): [
        ("({}).T", [(2, 3)]),
        ("({}) @ ({})", [(3, 2), (2, 2)]),
        ("({}).reshape(3, 2)", [(2, 3)]),
    ],
    (2, 2): [("({}) @ ({})", [(2, 3), (3, 2)])],
}  # fmt: skip


class Writer:
    """Writes one program, keeping account of which names have which shapes."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.lines: list[str] = []
        self.scope: dict[str, Shape] = {}
        self.fixed: set[str] = set()  # names that stand for a shape or count trips
        self.places: dict[str, int] = {}  # names of loops' positions, and their bounds
        self.depth = 0
        self.loops = 0
        self.testing = False  # whether a condition is being written
        self.counters = itertools.count()

    # -- expressions --------------------------------------------------------------

    def expr(self, shape: Shape, depth: int) -> str:
        if depth <= 0:
            return self.leaf(shape)
        kinds = ["leaf", "unary", "binary", "binary", "made"]
        if shape == ():
            kinds += ["scalar"] if self.testing else ["scalar", "either"]
        elif shape in CROSSED:
            kinds.append("crossed")
        kind = self.choose(kinds)
        if kind == "leaf" or (shape == (2, 2) and kind != "made"):
            return self.leaf(shape)
        if kind == "unary":
            return self.choose(UNARY).format(self.operand(shape, depth - 1))
        if kind == "binary":
            shapes = [shape, self.choose(SMALLER[shape])]
            if self.choose([True, False]):
                shapes.reverse()
            if shape and self.choose(range(5)) == 0:
                condition = f"{self.operand(shape, 0)} > {self.number()}"
                parts = [self.expr(s, depth - 1) for s in shapes]
                return f"np.where({condition}, {', '.join(parts)})"
            return self.combined(BINARY, shapes, depth)
        if kind == "crossed":
            return self.combined(BINARY[:4], self.choose(CROSSED[shape]), depth)
        if kind == "scalar":
            if self.choose([True, False]):
                return self.choose(UNARY_SCALAR).format(self.expr((), depth - 1))
            return self.combined(BINARY_SCALAR, [(), ()], depth)
        if kind == "either":
            parts = [self.expr((), depth - 1) for _ in range(2)]
            return f"({parts[0]} if {self.test()} else {parts[1]})"
        template, shapes = self.choose(MADE[shape])
        text = template.format(*(self.expr(s, depth - 1) for s in shapes))
        return self.placed(text)

    def combined(self, templates: Sequence[str], shapes: Sequence[Shape], depth: int) -> str:
        template = self.choose(templates)
        parts = [self.operand(s, depth - 1) for s in shapes]
        return template.format(*parts)

    def operand(self, shape: Shape, depth: int) -> str:
        text = self.expr(shape, depth)
        return text if text.isidentifier() else f"({text})"

    def placed(self, text: str) -> str:
        for mark, length in (("I2", 2), ("I3", 3)):
            while mark in text:
                names = [n for n, bound in self.places.items() if bound <= length]
                place = self.choose([*map(str, range(-1, length)), *names * 3])
                text = text.replace(mark, place, 1)
        return text

    def leaf(self, shape: Shape) -> str:
        names = [n for n, s in self.scope.items() if s == shape]
        if shape == ():
            return self.choose([*names * 3, self.number()]) if names else self.number()
        if shape == (2, 2):
            return "np.eye(2)"
        if not names:
            return f"{self.leaf(())} * np.ones({shape})"
        return self.choose(names)

    def number(self) -> str:
        return self.choose(["0.5", "2.0", "-0.7", "1.3", "3"])

    def test(self) -> str:
        testing, self.testing = self.testing, True
        text = self.condition()
        self.testing = testing
        return text

    def condition(self) -> str:
        kind = self.choose(["compare", "compare", "sum", "both", "place"])
        if kind == "sum":
            return f"np.sum({self.expr((3,), 1)}) > {self.number()}"
        if kind == "both":
            sign = self.choose(["and", "or"])
            return f"{self.leaf(())} > {self.number()} {sign} {self.leaf(())} < {self.number()}"
        if kind == "place" and self.places:
            return f"{self.choose(list(self.places))} {self.choose(['==', '>', '<'])} 1"
        return f"{self.expr((), 1)} {self.choose(['>', '<', '>='])} {self.number()}"

    # -- statements ---------------------------------------------------------------

    def write(self, text: str) -> None:
        self.lines.append("    " * (self.depth + 1) + text)

    def shape(self) -> Shape:
        return self.choose([(), (), (3,), (2, 3), (3,), (2, 1), (2,)])

    def target(self, shape: Shape, nested: bool) -> str:
        """A name to bind: any at the top, in a block one that keeps its shape or is new."""
        taken = [n for n, s in self.scope.items() if n.isidentifier() and n not in self.fixed]
        if nested or self.choose([True, False]):
            taken = [n for n in taken if self.scope[n] == shape]
        free = [n for n in LOCALS if n not in self.scope]
        return self.choose([*taken * 2, *free[:3]] or ["p"])

    def assign(self, nested: bool) -> None:
        shape = self.shape()
        kind = self.choose(["plain", "plain", "plain", "alias", "pair", "swap", "add", "add"])
        name = self.target(shape, nested)
        same = [n for n, s in self.scope.items() if s == shape and n.isidentifier()]
        movable = [n for n in same if n not in self.fixed]
        if kind == "alias" and same:
            self.write(f"{name} = {self.choose(same)}")
        elif kind == "swap" and len(movable) > 1:
            first, second = self.choose(movable), self.choose(movable)
            if first == second:
                return
            self.write(f"{first}, {second} = {second}, {first}")
            return
        elif kind == "pair":
            other = self.target(shape, nested)
            if other == name:
                return
            self.write(f"{name}, {other} = {self.expr(shape, 1)}, {self.expr(shape, 2)}")
            self.scope[other] = shape
        elif kind == "add" and movable and (shape == () or self.choose(range(8)) == 0):
            sign = self.choose(["+=", "-=", "*="])
            self.write(f"{self.choose(movable)} {sign} {self.expr(shape, 2)}")
            return
        else:
            self.write(f"{name} = {self.expr(shape, self.choose([1, 2, 3]))}")
        self.scope[name] = shape

    def block(self, size: int) -> None:
        """Statements one level in; what they define anew is not there behind them."""
        before = dict(self.scope)
        self.depth += 1
        for _ in range(size):
            self.statement(nested=True)
        self.depth -= 1
        self.scope = before

    def statement(self, nested: bool = False) -> None:
        kinds = ["assign", "assign", "assign"]
        if self.depth < 2:
            kinds += ["if", "for", "while"]
        if self.depth < 3 and self.choose(range(6)) == 0:
            kinds += ["leave"]
        if self.depth < 3 and self.choose(range(3)) == 0:
            kinds += ["elif", "match", "try", "with", "or", "none", "guard"]
        if any(s in WRITES for s in self.scope.values()):
            kinds += ["write"]
        match self.choose(kinds):
            case "assign":
                count = len(self.lines)
                self.assign(nested)
                if len(self.lines) == count:
                    self.write("pass")
            case "if":
                self.write(f"if {self.test()}:")
                self.block(self.choose([1, 2]))
                if self.choose([True, False]):
                    self.write("else:")
                    self.block(self.choose([1, 2]))
            case "for":
                self.for_loop()
            case "while":
                self.while_loop()
            case "leave":
                self.leave()
            case "elif":
                self.chain()
            case "match":
                self.match()
            case "try":
                self.try_except()
            case "with":
                self.write(self.choose(['with np.errstate(over="ignore"):', "try:"]))
                kept = self.lines[-1].endswith("try:")
                self.block(self.choose([1, 2]))
                if kept:
                    self.write("finally:")
                    self.block(1)
            case "or":
                self.choice_of_values()
            case "none":
                self.none_state()
            case "guard":
                self.write(f"if {self.leaf(())} > 1e6:")
                self.lines.append("    " * (self.depth + 2) + 'raise OverflowError("large")')
            case "write":
                self.write_into()

    def chain(self) -> None:
        """`if`, `elif`, `else`, with a name that a test binds."""
        name = f"y{next(self.counters)}"
        self.write(f"if ({name} := {self.expr((), 1)}) > {self.number()}:")
        self.scope[name] = ()
        self.block(1)
        self.write(f"elif {self.test()}:")
        self.block(self.choose([1, 2]))
        if self.choose([True, False]):
            self.write("else:")
            self.block(1)

    def match(self) -> None:
        subject = self.choose([*self.places, "n"])
        self.write(f"match {subject}:")
        self.depth += 1
        self.write(f"case {self.choose(['0', '1 | 3', '2'])}:")
        self.block(1)
        self.write(f"case {self.choose(['1', '_', 'k9'])} if {self.test()}:")
        self.block(1)
        if self.choose([True, False]):
            self.write("case _:")
            self.block(1)
        self.depth -= 1

    def try_except(self) -> None:
        """A division that fails on some trips or for some programs, and what comes in its place."""
        name = self.target((), True)
        below = self.choose([*(f"({p} - 1)" for p in self.places), "(n - 3)", "2.0"])
        known = name in self.scope
        self.write("try:")
        self.depth += 1
        self.write(f"{name} = float({self.leaf(())}) / {below}")
        self.depth -= 1
        self.write("except ZeroDivisionError:")
        self.depth += 1
        self.write(self.choose(["pass"] * known + [f"{name} = {self.expr((), 1)}"]))
        self.depth -= 1
        self.scope[name] = ()

    def choice_of_values(self) -> None:
        name = self.target((), True)
        sign = self.choose(["or", "and"])
        self.write(f"{name} = {self.leaf(())} > {self.number()} {sign} {self.expr((), 1)}")
        self.write(f"{name} = {name} * 1.0")
        self.scope[name] = ()

    def none_state(self) -> None:
        """The largest element so far, None before the first."""
        vectors = [n for n, s in self.scope.items() if s == (3,) and n.isidentifier()]
        if not vectors:
            self.write("pass")
            return
        name = f"b{next(self.counters)}"
        self.write(f"{name} = None")
        self.write(f"for e in {self.choose(vectors)}:")
        self.depth += 1
        self.write(f"if {name} is None or e > {name}:")
        self.lines.append("    " * (self.depth + 2) + f"{name} = e * {self.number()}")
        self.depth -= 1
        self.scope[name] = ()

    def write_into(self) -> None:
        """A statement that changes an array, perhaps through a view, in a helper or by a call."""
        names = [n for n, s in self.scope.items() if s in WRITES and n.isidentifier()]
        names = [n for n in names if n not in self.fixed]
        if not names:
            self.write("pass")
            return
        name = self.choose(names)
        template, shape = self.choose(WRITES[self.scope[name]])
        text = template.replace("X", name).replace("V", self.operand(shape, self.choose([0, 1, 2])))
        self.write(self.placed(text))

    def leave(self) -> None:
        kinds = ["return"] + (["break", "continue"] * 2 if self.loops else [])
        kind = self.choose(kinds)
        self.write(f"if {self.test()}:")
        what = f"return {self.expr(self.result, 1)}" if kind == "return" else kind
        self.lines.append("    " * (self.depth + 2) + what)

    def for_loop(self) -> None:
        place = f"i{next(self.counters)}"
        vectors = [n for n, s in self.scope.items() if s == (3,) and n.isidentifier()]
        kinds = ["range", "range", "n", "list", "written"] + (
            ["elements", "enumerate", "zip", "reversed", "start", "slices", "both"] * bool(vectors)
        )
        outer, outer_scope = dict(self.places), dict(self.scope)
        match self.choose(kinds):
            case "range":
                bound = self.choose([2, 3])
                self.places[place] = bound
                self.write(f"for {place} in range({bound}):")
            case "n":
                self.places[place] = 3
                self.write(f"for {place} in range(n):")
            case "elements":
                self.scope["e"] = ()
                self.write(f"for e in {self.choose(vectors)}:")
            case "enumerate":
                self.scope["e"], self.places[place] = (), 3
                self.write(f"for {place}, e in enumerate({self.choose(vectors)}):")
            case "zip":
                self.scope["e"], self.scope["h"] = (), ()
                self.write(f"for e, h in zip({self.choose(vectors)}, {self.choose(vectors)}):")
            case "reversed":
                self.places[place] = 3
                self.write(f"for {place} in reversed(range(3)):")
            case "start":
                self.scope["e"] = ()
                self.write(f"for {place}, e in enumerate({self.choose(vectors)}, start=1):")
            case "slices":
                self.scope["e"], self.scope["h"] = (), ()
                name = self.choose(vectors)
                self.write(f"for e, h in zip({name}[:-1], {name}[1:]):")
            case "both":
                self.scope["e"], self.scope["h"], self.places[place] = (), (), 3
                pair = f"{self.choose(vectors)}, {self.choose(vectors)}"
                self.write(f"for {place}, (e, h) in enumerate(zip({pair})):")
            case "list":
                self.write(f"for e in [{self.leaf(())}, {self.expr((), 1)}]:")
                self.scope["e"] = ()
            case "written":
                self.scope["e"], self.scope["h"] = (), ()
                rows = "(0.5, 1.0), (1.5, -1.0), (0.1, 2.0)"
                self.write(f"for e, h in [{rows}]:")
        self.loop_body()
        self.places, self.scope = outer, {k: s for k, s in self.scope.items() if k in outer_scope}
        if self.choose(range(4)) == 0:
            self.write("else:")
            self.block(1)

    def while_loop(self) -> None:
        count = f"k{next(self.counters)}"
        self.write(f"{count} = 0")
        also = f" and abs({self.leaf(())}) < 5.0" if self.choose([True, False]) else ""
        self.write(f"while {count} < {self.choose(['2', '3', 'n'])}{also}:")
        self.depth += 1
        self.write(f"{count} += 1")
        self.depth -= 1
        self.loop_body()
        if self.choose(range(4)) == 0:
            self.write("else:")
            self.block(1)

    def loop_body(self) -> None:
        self.loops += 1
        self.block(self.choose([1, 2, 3]))
        self.loops -= 1

    # -- the whole ----------------------------------------------------------------

    def program(self) -> str:
        arrays = [n for n in ARRAYS if self.choose(range(3)) == 0] or ["u"]
        scalars = [n for n in SCALARS if self.choose([True, False])] or ["a"]
        containers = [n for n in CONTAINERS if self.choose(range(6)) == 0]
        for name in arrays:
            self.scope[name] = ARRAYS[name]
        for name in scalars:
            self.scope[name] = ()
        for name in containers:
            self.scope |= CONTAINERS[name]
        self.result: Shape = self.choose([(), (), (), (3,), (2, 3)])
        for _ in range(self.choose([1, 2, 3, 4, 5, 6])):
            self.statement()
        self.write(f"return {self.expr(self.result, 2)}")
        head = f"def f({', '.join([*scalars, *arrays, *containers, 'n'])}):"
        return "\n".join([head, *self.lines]) + "\n"


def written(choose: Choose) -> str:
    """The text of a program; its function is called f."""
    return Writer(choose).program()


# -- as functions -----------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    function: Callable[..., Any]
    args: tuple[Any, ...]


_numbers = itertools.count()


def made(text: str, folder: Path, seed: int = 0) -> Made:
    """The program as a module on disk, and arguments for it."""
    path = folder / f"program{next(_numbers)}.py"
    head = f"import math\n\nimport numpy as np\n\n{HELPERS}\n\n"
    path.write_text(f"{head}{text}", encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = module.f
    code = function.__code__
    rng = np.random.default_rng(seed)
    args = tuple(argument(name, rng) for name in code.co_varnames[: code.co_argcount])
    return Made(function, args)


def argument(name: str, rng: np.random.Generator) -> Any:
    """A value for a parameter."""
    if name == "n":
        return 3
    if name == "pair":
        return (float(rng.normal()), rng.normal(size=3))
    if name == "some":
        return [float(v) for v in rng.normal(size=2)]
    if name in SCALARS:
        return float(rng.normal())
    return rng.normal(size=ARRAYS[name])
