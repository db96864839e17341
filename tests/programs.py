"""Random small programs, as people write them: constructs of the accepted language, combined.

`written(choose)` makes one; `choose(options)` is whatever picks from a list, `random.choice` or
a draw of hypothesis.  The writer knows what can be read at each place and which shape it has, so
that most programs run; the few that don't are told from the others by running them.
"""

from __future__ import annotations

import ast
import importlib.util
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.program_pieces import (
    ARRAYS,
    BINARY,
    BINARY_SCALAR,
    CALLS,
    CHAINED,
    CROSSED,
    DICT_LOOPS,
    DICT_NUMBERS,
    DICTS,
    FOLDED,
    FOLDED_ARRAYS,
    HEAD,
    LIST_CHANGES,
    LISTS,
    LOCALS,
    MADE,
    OBJECTS,
    SCALARS,
    SMALLER,
    TALLIES,
    TUPLES,
    UNARY,
    UNARY_SCALAR,
    VIEWS,
    WRITES,
    WRITES_TO_ANY,
    Shape,
)

Choose = Callable[[Sequence[Any]], Any]


# how a part is written
DICT, OBJECT, TUPLE = "{}['{}']", "{}.{}", "{}{}"


@dataclass(frozen=True)
class Cell:
    """A dict, object or tuple: how a part of it is written, and the shapes of its parts.

    Names of one object share the dict of its parts.
    """

    text: str
    parts: dict[str, Shape]
    fixed: bool = False  # of a tuple: its parts are not bound anew

    @property
    def is_dict(self) -> bool:
        return self.text == DICT

    def read(self, name: str) -> dict[str, Shape]:
        return {self.text.format(name, key): shape for key, shape in self.parts.items()}


@dataclass(frozen=True)
class Items:
    """A list: the shape of its elements, and how many there are at least."""

    shape: Shape
    length: int


@dataclass(frozen=True)
class Function:
    """A function of the program's: names and shapes of its parameters, and of its result."""

    takes: dict[str, Shape]
    gives: Shape | None  # None: it is called for what it writes
    optional: int = 0  # how many of the last parameters have defaults


@dataclass
class Known:
    """What can be read at a place of the program, by the text that reads it."""

    values: dict[str, Shape] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
    lists: dict[str, Items] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)  # positions in loops, and their bounds
    fixed: frozenset[str] = frozenset()  # what is not bound anew
    steady: frozenset[str] = frozenset()  # what keeps its shape, since a function reads it
    result: Shape | None = ()  # of the function being written
    depth: int = 0  # blocks around
    indent: int = 1
    loops: int = 0
    counted: bool = True  # whether `n` can be read
    walked: frozenset[str] = frozenset()  # lists in loops over them, which must not grow

    def copy(self) -> Known:
        return replace(
            self,
            values=dict(self.values),
            cells=dict(self.cells),
            lists=dict(self.lists),
            functions=dict(self.functions),
            places=dict(self.places),
        )

    def readable(self) -> dict[str, Shape]:
        found = dict(self.values)
        for name, cell in self.cells.items():
            found |= cell.read(name)
        for name, items in self.lists.items():
            if items.length:
                found |= {f"{name}[0]": items.shape, f"{name}[-1]": items.shape}
        return found

    def bindable(self) -> dict[str, Shape]:
        """What may stand on the left of an assignment."""
        fixed = set(self.fixed)
        for name, cell in self.cells.items():
            fixed |= set(cell.read(name)) if cell.fixed else set()
        return {text: shape for text, shape in self.readable().items() if text not in fixed}


class Writer:
    """Writes one program."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.lines: list[str] = []
        self.above: list[str] = []  # helpers and classes, finished
        self.known = Known()
        self.testing = False  # whether a condition is being written
        self.counters = itertools.count()

    def chance(self, of: int) -> bool:
        """True once in so many times."""
        return self.choose(range(of)) == of - 1

    def new(self, prefix: str) -> str:
        return f"{prefix}{next(self.counters)}"

    # -- expressions --------------------------------------------------------------

    def expr(self, shape: Shape, depth: int) -> str:
        if depth <= 0:
            return self.leaf(shape)
        kinds = ["leaf", "unary", "binary", "binary", "made", "made"]
        kinds += ["call"] * (shape in CALLS)
        kinds += ["own"] * (2 * bool(self.functions_giving(shape)))
        kinds += ["crossed"] * (shape in CROSSED)
        if shape == ():
            kinds += ["scalar", "folded"] if self.testing else ["scalar", "folded", "either"]
        match self.choose(kinds):
            case "leaf":
                return self.leaf(shape)
            case "unary":
                return self.choose(UNARY).format(self.operand(shape, depth - 1))
            case "binary":
                return self.binary(shape, depth)
            case "crossed":
                return self.combined(BINARY[:4], self.choose(CROSSED[shape]), depth)
            case "scalar" if self.choose([True, False]):
                return self.choose(UNARY_SCALAR).format(self.operand((), depth - 1))
            case "scalar":
                return self.combined(BINARY_SCALAR, [(), ()], depth)
            case "either":
                parts = [self.expr((), depth - 1) for _ in range(2)]
                return f"({parts[0]} if {self.test()} else {parts[1]})"
            case "folded":
                return self.folded(depth)
            case "own":
                return self.called(self.choose(self.functions_giving(shape)), depth)
            case kind:
                template, shapes = self.choose((MADE if kind == "made" else CALLS)[shape])
                text = template.format(*(self.expr(s, depth - 1) for s in shapes))
                return self.placed(text)

    def binary(self, shape: Shape, depth: int) -> str:
        shapes = [shape, self.choose(SMALLER[shape])]
        if self.choose([True, False]):
            shapes.reverse()
        if shape and self.chance(5):
            condition = f"{self.operand(shape, 0)} > {self.number()}"
            parts = [self.expr(s, depth - 1) for s in shapes]
            return f"np.where({condition}, {', '.join(parts)})"
        return self.combined(BINARY, shapes, depth)

    def combined(self, templates: Sequence[str], shapes: Sequence[Shape], depth: int) -> str:
        template = self.choose(templates)
        parts = [self.operand(s, depth - 1) for s in shapes]
        return template.format(*parts)

    def folded(self, depth: int) -> str:
        """A number made of a list or a dict."""
        full = {n: items for n, items in self.known.lists.items() if items.length}
        dicts = [n for n, cell in self.known.cells.items() if cell.is_dict]
        if full and not (dicts and self.chance(3)):
            name = self.choose(list(full))
            return self.choose(FOLDED_ARRAYS if full[name].shape else FOLDED).replace("X", name)
        if dicts:
            text = self.choose(DICT_NUMBERS).replace("X", self.choose(dicts))
            return text.format(self.operand((), depth - 1))
        return self.leaf(())

    def functions_giving(self, shape: Shape | None) -> list[str]:
        return [n for n, f in self.known.functions.items() if f.gives == shape]

    def called(self, name: str, depth: int) -> str:
        """A call of a function of the program's, arguments by position and by name."""
        function = self.known.functions[name]
        given = list(function.takes.items())
        if function.optional and self.choose([True, False]):
            given = given[: -function.optional]
        by_name = self.choose([0, 0, 1, 2])
        arguments = []
        for position, (parameter, shape) in enumerate(given):
            value = self.expr(shape, depth - 1) if function.gives is not None else self.view(shape)
            keyword = position >= len(given) - by_name
            arguments.append(f"{parameter}={value}" if keyword else value)
        return f"{name}({', '.join(arguments)})"

    def operand(self, shape: Shape, depth: int) -> str:
        text = self.expr(shape, depth)
        return text if text.isidentifier() else f"({text})"

    def placed(self, text: str) -> str:
        """The text with places along axes in the gaps for them."""
        for mark, length in (("I2", 2), ("I3", 3)):
            while mark in text:
                names = [n for n, bound in self.known.places.items() if bound <= length]
                place = self.choose([*map(str, range(-1, length)), *names * 3])
                text = text.replace(mark, place, 1)
        return text

    def leaf(self, shape: Shape) -> str:
        names = [n for n, s in self.known.readable().items() if s == shape]
        if shape == ():
            return self.choose([*names * 3, self.number()]) if names else self.number()
        if not names:
            ones = "np.eye(2)" if shape == (2, 2) else f"np.ones({shape})"
            return f"{self.leaf(())} * {ones}"
        return self.choose(names)

    def number(self) -> str:
        numbers = ["0.5", "2.0", "-0.7", "1.3", "3"]
        if self.known.places and self.chance(3):
            return f"({self.choose(list(self.known.places))} + 1)"
        if self.known.counted and self.chance(8):
            return self.choose(["n", "n % 2", "0.1 * n"])
        return self.choose(numbers)

    def view(self, shape: Shape) -> str:
        """What shares the memory of an array that may be written to."""
        arrays = {n: s for n, s in self.known.readable().items() if s}
        found = [n for n, s in arrays.items() if s == shape]
        for text, of in VIEWS.get(shape, []):
            found += [text.replace("X", n) for n, s in arrays.items() if s == of]
        if not found:
            return self.leaf(shape) if not shape else f"np.ones({shape})"
        return self.placed(self.choose(found))

    def test(self) -> str:
        testing, self.testing = self.testing, True
        text = self.condition()
        self.testing = testing
        return text

    def condition(self) -> str:
        match self.choose(["compare", "compare", "sum", "both", "place", "chain", "not", "length"]):
            case "sum":
                return f"np.sum({self.expr((3,), 1)}) > {self.number()}"
            case "both":
                sign = self.choose(["and", "or"])
                first = f"{self.leaf(())} > {self.number()}"
                return f"{first} {sign} {self.leaf(())} < {self.number()}"
            case "place" if self.known.places:
                signs = ["==", ">", "<", "!="]
                return f"{self.choose(list(self.known.places))} {self.choose(signs)} 1"
            case "chain":
                return self.combined(CHAINED, [(), ()], 1)
            case "not":
                return f"not ({self.expr((), 1)} > {self.number()})"
            case "length" if self.known.lists:
                return f"len({self.choose(list(self.known.lists))}) > {self.choose(['1', '3'])}"
            case _:
                signs = [">", "<", ">="]
                return f"{self.expr((), 1)} {self.choose(signs)} {self.number()}"

    # -- statements ---------------------------------------------------------------

    def write(self, text: str) -> None:
        for line in text.split("\n"):
            self.lines.append("    " * self.known.indent + line)

    def shape(self) -> Shape:
        return self.choose([(), (), (), (3,), (3,), (2, 3), (2, 1), (2,), (2, 2), (2, 2, 3)])

    def target(self, shape: Shape) -> str:
        """What to bind: anything at the top, in a block what keeps its shape or is new."""
        known = self.known
        taken = known.bindable()
        if known.depth or self.chance(2):
            names = [n for n, s in taken.items() if s == shape]
        else:
            names = [n for n, s in known.values.items() if n in taken and n not in known.steady]
            names += [n for n, s in taken.items() if n not in known.values and s == shape]
        free = [n for n in LOCALS if n not in known.values]
        return self.choose([*names * 2, *free[:3]] or ["p"])

    def bind(self, name: str, shape: Shape) -> None:
        if name.isidentifier():
            self.known.values[name] = shape

    @contextmanager
    def inside(self, **changes: Any) -> Iterator[None]:
        """One level in; what is bound anew there is not known behind it."""
        outer = self.known
        self.known = replace(
            outer.copy(), depth=outer.depth + 1, indent=outer.indent + 1, **changes
        )
        yield
        self.known = outer

    def block(self, size: int = 0, **changes: Any) -> dict[str, Shape]:
        """Statements one level in, and the names that are known at their end."""
        with self.inside(**changes):
            for _ in range(size or self.choose([1, 1, 2])):
                self.statement()
            return self.known.values

    def statement(self) -> None:
        known, count = self.known, len(self.lines)
        kinds = ["assign"] * 4 + ["change"] * 3
        kinds += ["write_array", "write_array", "view_array"] * any(known.readable().values())
        kinds += ["effect", "effect"] * bool(self.functions_giving(None))
        if known.depth < 2 or (known.depth == 2 and self.chance(8)):
            kinds += ["branch", "branch", "for_loop", "for_loop", "while_loop"]
        if known.depth < 3 and self.chance(6):
            kinds += ["leave"] * 3
        if known.depth < 3 and self.chance(3):
            kinds += ["chain", "match", "attempt", "context", "value_of_test", "largest", "guard"]
            kinds += ["buffers", "walrus", "tally"]
        if known.depth < 2 and self.chance(3):
            kinds += ["container", "container", "define"]
        getattr(self, self.choose(kinds))()
        if len(self.lines) == count:
            self.write("pass")

    def assign(self) -> None:
        shape = self.shape()
        name = self.target(shape)
        movable = [n for n, s in self.known.bindable().items() if s == shape]
        match self.choose(["plain", "plain", "plain", "alias", "pair", "swap", "add", "add"]):
            case "alias":
                self.write(f"{name} = {self.leaf(shape)}")
            case "swap" if len(movable) > 1:
                first, second = self.choose(movable), self.choose(movable)
                self.write(f"{first}, {second} = {second}, {first}")
                return
            case "pair":
                other = self.target(shape)
                self.write(f"{name}, {other} = {self.expr(shape, 1)}, {self.expr(shape, 2)}")
                self.bind(other, shape)
            case "add" if movable and (shape == () or self.chance(4)):
                sign = self.choose(["+=", "-=", "*=", "+="])
                self.write(f"{self.choose(movable)} {sign} {self.expr(shape, 2)}")
                return
            case _:
                self.write(f"{name} = {self.expr(shape, self.choose([1, 2, 3]))}")
        self.bind(name, shape)

    def branch(self) -> None:
        self.write(f"if {self.test()}:")
        first = self.block()
        if self.choose([True, False]):
            self.write("else:")
            second = self.block()
            for name, shape in first.items():  # what both sides bind is known behind them
                if second.get(name) == shape and name.isidentifier():
                    self.known.values.setdefault(name, shape)

    def chain(self) -> None:
        """`if`, `elif`, `else`, with a name that a test binds."""
        name = self.new("y")
        self.write(f"if ({name} := {self.expr((), 1)}) > {self.number()}:")
        self.bind(name, ())
        self.block()
        self.write(f"elif {self.test()}:")
        self.block()
        if self.choose([True, False]):
            self.write("else:")
            self.block()

    def match(self) -> None:
        self.write(
            f"match {self.choose([*self.known.places, 'n' if self.known.counted else '2'])}:"
        )
        with self.inside():
            self.write(f"case {self.choose(['0', '1 | 3', '2'])}:")
            self.block()
            self.write(f"case {self.choose(['1', '_', 'k9'])} if {self.test()}:")
            self.block()
            if self.choose([True, False]):
                self.write("case _:")
                self.block()

    def attempt(self) -> None:
        """A division that fails on some trips or for some programs, and what comes in its place."""
        name = self.target(())
        below = self.choose([*(f"({p} - 1)" for p in self.known.places), "(3 - 3)", "2.0"])
        known = name in self.known.readable()
        self.write(f"try:\n    {name} = float({self.leaf(())}) / {below}")
        self.write("except ZeroDivisionError:")
        self.write("    " + self.choose(["pass"] * known + [f"{name} = {self.expr((), 1)}"]))
        self.bind(name, ())

    def context(self) -> None:
        head = self.choose(['with np.errstate(over="ignore"):', "with contextlib.nullcontext():"])
        head = self.choose([head, "try:"])
        self.write(head)
        for name, shape in self.block().items():
            self.known.values.setdefault(name, shape)
        if head == "try:":
            self.write("finally:")
            self.block(1)

    def value_of_test(self) -> None:
        name, sign = self.target(()), self.choose(["or", "and"])
        self.write(f"{name} = {self.leaf(())} > {self.number()} {sign} {self.expr((), 1)}")
        self.write(f"{name} = {name} * 1.0")
        self.bind(name, ())

    def largest(self) -> None:
        """The largest element so far, None before the first."""
        vectors = [n for n, s in self.known.readable().items() if s == (3,)]
        if vectors:
            name = self.new("b")
            self.write(f"{name} = None\nfor e in {self.choose(vectors)}:")
            self.write(f"    if {name} is None or e > {name}:")
            self.write(f"        {name} = e * {self.number()}")
            self.bind(name, ())

    def tally(self) -> None:
        vectors = [n for n, s in self.known.readable().items() if s == (3,)]
        if vectors:
            name, text = self.new("b"), self.choose(TALLIES)
            parts = {"X": self.choose(vectors), "V": self.leaf(()), "W": self.leaf(()), "N": name}
            for letter, part in parts.items():
                text = re.sub(rf"\b{letter}\b", lambda _, part=part: part, text)
            self.write(text)
            self.bind(name, ())

    def guard(self) -> None:
        self.write(f"if {self.leaf(())} > 1e6:\n    raise OverflowError('large')")

    def walrus(self) -> None:
        name, bound = self.target(()), self.new("y")
        self.write(f"{name} = ({bound} := {self.expr((), 1)}) * {bound} + {self.leaf(())}")
        self.bind(name, ())
        self.bind(bound, ())

    def buffers(self) -> None:
        """Two arrays that change places after each trip, each made of the other."""
        name, other, place = self.new("x"), self.new("x"), self.new("i")
        self.write(f"{name} = {self.expr((3,), 1)} * 1.0")
        self.write(f"{other} = {self.choose([f'{name}.copy()', 'np.zeros(3)', f'0.5 * {name}'])}")
        self.known.values |= {name: (3,), other: (3,)}
        self.write(f"for {place} in range({self.choose([2, 3])}):")
        with self.inside(loops=1, places=self.known.places | {place: 3}):
            for text, shape in self.choose(WRITES[(3,)]), ("X[1:] = Y[:-1] * V", ()):
                text = text.replace("V", self.operand(shape, 1))
                self.write(self.placed(text.replace("X", other).replace("Y", name)))
            self.write(f"{name}, {other} = {other}, {name}")

    def write_into(self, name: str, shape: Shape) -> None:
        options: list[tuple[str, Any]] = list(WRITES.get(shape, []))
        if not options or self.chance(3):
            options = list(WRITES_TO_ANY)
        template, takes = self.choose(options)
        if isinstance(takes, str):
            takes = {"SAME": shape, "ONE": ()}[takes]
        value = self.operand(takes, self.choose([0, 1, 2]))
        name = name if name in self.known.bindable() else f"{name}[:]"
        self.write(self.placed(template.replace("V", value).replace("X", name)))

    def write_array(self) -> None:
        """A statement that changes an array, perhaps through a view or by a call."""
        arrays = {n: s for n, s in self.known.readable().items() if s}
        name = self.choose(list(arrays))
        self.write_into(name, arrays[name])

    def view_array(self) -> None:
        """Another name of an array's memory, written through perhaps at once."""
        shape = self.choose(list(VIEWS))
        name = self.target(shape)
        self.write(f"{name} = {self.view(shape)}")
        self.bind(name, shape)
        if self.choose([True, False]):
            self.write_into(name, shape)

    def effect(self) -> None:
        """A call for what it writes."""
        self.write(self.called(self.choose(self.functions_giving(None)), 1))

    def leave(self) -> None:
        kind = self.choose(["return"] + (["break", "continue"] * 2 if self.known.loops else []))
        if kind == "return" and self.known.result is not None:
            kind = f"return {self.expr(self.known.result, 1)}"
        self.write(f"if {self.test()}:\n    {kind}")

    # -- loops --------------------------------------------------------------------

    def for_loop(self) -> None:
        place, known = self.new("i"), self.known
        vectors = [n for n, s in known.readable().items() if s == (3,)]
        matrices = [n for n, s in known.readable().items() if s in ((2, 3), (2, 2, 3))]
        lists = [n for n, items in known.lists.items()]
        kinds = ["range", "range", "list", "written", "reversed"] + ["n"] * known.counted
        kinds += ["elements", "enumerate", "zip", "start", "slices", "both"] * bool(vectors)
        kinds += ["rows"] * (2 * bool(matrices)) + ["items", "counted", "pairs"] * bool(lists)
        kinds += ["cells"] * (len(known.cells) > 1)
        values, places, cells = dict(known.values), dict(known.places), dict(known.cells)
        walked = known.walked
        match self.choose(kinds):
            case "range":
                places[place] = self.choose([2, 3])
                head = f"for {place} in range({places[place]}):"
            case "n":
                places[place] = 3
                head = f"for {place} in range({self.choose(['n', '1, n', 'n - 1, -1, -1'])}):"
            case "reversed":
                places[place] = 3
                head = f"for {place} in reversed(range(3)):"
            case "elements":
                values["e"] = ()
                head = f"for e in {self.choose(vectors)}:"
            case "enumerate":
                values["e"], places[place] = (), 3
                head = f"for {place}, e in enumerate({self.choose(vectors)}):"
            case "start":
                values["e"] = ()
                head = f"for {place}, e in enumerate({self.choose(vectors)}, start=1):"
            case "zip":
                values["e"], values["h"] = (), ()
                head = f"for e, h in zip({self.choose(vectors)}, {self.choose(vectors)}):"
            case "slices":
                values["e"], values["h"] = (), ()
                name = self.choose(vectors)
                head = f"for e, h in zip({name}[:-1], {name}[1:]):"
            case "both":
                values["e"], values["h"], places[place] = (), (), 3
                pair = f"{self.choose(vectors)}, {self.choose(vectors)}"
                head = f"for {place}, (e, h) in enumerate(zip({pair})):"
            case "rows":
                name = self.choose(matrices)
                values["x"] = known.readable()[name][1:]
                head = f"for x in {name}:"
            case "list":
                values["e"] = ()
                head = f"for e in [{self.leaf(())}, {self.expr((), 1)}]:"
            case "written":
                values["e"], values["h"] = (), ()
                head = "for e, h in [(0.5, 1.0), (1.5, -1.0), (0.1, 2.0)]:"
            case "items":
                name = self.choose(lists)
                values["e"] = known.lists[name].shape
                walked |= {name}
                whole = f"{name}[:]" if known.functions else name  # one of these may append to it
                head = f"for e in {self.choose([whole, f'reversed({whole})', f'{name}[1:]'])}:"
            case "counted":
                name = self.choose(lists)
                values[f"{name}[{place}]"] = known.lists[name].shape
                head = f"for {place} in range(len({name})):"
            case "pairs":
                name, other = self.choose(lists), self.choose(lists)
                values["e"], values["h"] = known.lists[name].shape, known.lists[other].shape
                walked |= {name, other}
                head = f"for e, h in zip({name}[:], {other}):"
            case _:
                first, second = self.choose(list(known.cells)), self.choose(list(known.cells))
                one, two = known.cells[first], known.cells[second]
                shared = {k: s for k, s in one.parts.items() if two.parts.get(k) == s}
                if one.text != two.text or one.fixed != two.fixed:
                    return
                cells["o"] = Cell(one.text, shared, one.fixed)
                head = f"for o in [{first}, {second}]:"
        self.write(head)
        self.loop_body(values=values, places=places, cells=cells, walked=walked)
        if self.chance(4):
            self.write("else:")
            self.block(1)

    def while_loop(self) -> None:
        count = self.new("k")
        self.write(f"{count} = 0")
        also = f" and abs({self.leaf(())}) < 5.0" if self.choose([True, False]) else ""
        bounds = ["2", "3"] + ["n"] * self.known.counted
        self.write(f"while {count} < {self.choose(bounds)}{also}:")
        self.write(f"    {count} += 1")
        self.loop_body()
        if self.chance(4):
            self.write("else:")
            self.block(1)

    def loop_body(self, **changes: Any) -> None:
        self.block(self.choose([1, 2, 2, 3]), loops=self.known.loops + 1, **changes)

    # -- lists, dicts, objects, tuples ----------------------------------------------

    def container(self) -> None:
        """A container made, under a name of its own."""
        makers = [self.make_list, self.make_dict, self.make_object, self.make_tuple]
        self.choose([*makers, self.name_again])()

    def make_list(self) -> None:
        name, shape = self.new("xs"), self.choose([(), (), (3,), (2,)])
        kind = self.choose(["display", "display", "empty", "made"])
        length = 0
        if kind == "display":
            length = self.choose([1, 2, 3])
            items = [self.expr(shape, self.choose([0, 1])) for _ in range(length)]
            self.write(f"{name} = [{', '.join(items)}]")
        elif kind == "empty":
            self.write(f"{name} = []")
        elif shape == ():
            length = 3
            condition = self.choose(["", "", f" if z > {self.number()}"])
            vector = self.expr((3,), 1)
            self.write(f"{name} = [z * {self.operand((), 1)} for z in {vector}{condition}]")
            length = 0 if condition else 3
        else:
            length = 2
            self.write(f"{name} = [{self.expr(shape, 1)} * k for k in range(2)]")
        if not self.known.depth:
            self.known.lists[name] = Items(shape, length)

    def make_dict(self) -> None:
        name = self.new("d")
        shapes = {key: self.shape() for key in self.choose(["p", "pq", "pqr", "px"])}
        texts = {key: self.expr(shape, self.choose([0, 1])) for key, shape in shapes.items()}
        if self.choose([True, False]):
            self.write(f"{name} = {{{', '.join(f'{k!r}: {v}' for k, v in texts.items())}}}")
        else:
            self.write(f"{name} = dict({', '.join(f'{k}={v}' for k, v in texts.items())})")
        if not self.known.depth:
            self.known.cells[name] = Cell(DICT, shapes)

    def make_object(self) -> None:
        """A class, with a method or two perhaps, and an object of it."""
        name, kind = self.new("o"), self.choose(["plain", "plain", "data", "named"])
        shapes = {key: self.shape() for key in self.choose(["p", "pq", "px"])}
        title = name.upper()
        text = [f"class {title}:"]
        if kind == "data":
            text.insert(0, "@dataclass")
        if kind == "named":
            text = [f"class {title}(NamedTuple):"]
        if kind == "plain":
            text += [f"    def __init__(self, {', '.join(shapes)}):"]
            text += [f"        self.{key} = {key}" for key in shapes]
        else:
            text += [f"    {key}: object" for key in shapes]
        cell = Cell(OBJECT, shapes, fixed=kind == "named")
        methods = {}
        for _ in range(self.choose([0, 1, 2]) if not self.known.depth else 0):
            method, takes = self.new("m"), {"x": self.shape()}
            gives = None if self.chance(3) and not cell.fixed else self.shape()
            inner = Known(values=dict(takes), cells={"self": cell}, result=gives, counted=False)
            text += [f"    def {method}(self, x):", *self.body(inner, indent=2, size=[0, 1, 2])]
            methods[f"{name}.{method}"] = Function(takes, gives)
        self.above += [*text, ""]
        values = [self.expr(shape, self.choose([0, 1])) for shape in shapes.values()]
        self.write(f"{name} = {title}({', '.join(values)})")
        if not self.known.depth:
            self.known.cells[name] = cell
            self.known.functions |= methods

    def make_tuple(self) -> None:
        name, shape, other = self.new("t"), self.shape(), self.shape()
        first, second, third = self.expr(shape, 1), self.expr(other, 1), self.leaf(shape)
        self.write(f"{name} = ({first}, ({second}, {third}))")
        parts = {"[0]": shape, "[1][0]": other, "[1][-1]": shape}
        if not self.known.depth:
            self.known.cells[name] = Cell(TUPLE, parts, fixed=True)
        match self.choose(["none", "nested", "star"]):
            case "nested":
                targets = self.target(shape), self.target(other), self.target(shape)
                self.write("{}, ({}, {}) = {}".format(*targets, name))
                for target, size in zip(targets, (shape, other, shape), strict=True):
                    self.bind(target, size)
            case "star":
                first = self.target(shape)
                self.write(f"{first}, *rest = {name}")
                self.bind(first, shape)

    def name_again(self) -> None:
        """A second name of a container."""
        if self.known.depth or not self.known.cells:
            return
        old = self.choose(list(self.known.cells))
        new = self.new("o")
        cell = self.known.cells[old]
        match self.choose(["plain", "dict", "list"]):
            case "dict":
                self.write(f'{new} = {{"y": {old}}}')
                new = f'{new}["y"]'
            case "list":
                self.write(f"{new} = [{old}]")
                new = f"{new}[0]"
            case _:
                self.write(f"{new} = {old}")
        self.known.cells[new] = cell

    def change(self) -> None:
        """What a container holds changes."""
        dicts = [n for n, cell in self.known.cells.items() if cell.is_dict]
        if self.known.lists and not (dicts and self.chance(3)):
            self.change_list(self.choose(list(self.known.lists)))
        elif dicts:
            self.change_dict(self.choose(dicts))
        else:
            self.assign()

    def change_list(self, name: str) -> None:
        items, known = self.known.lists[name], self.known
        options = [(text, by) for text, by in LIST_CHANGES if items.length or by > 0]
        if name in known.walked:
            options = [(text, by) for text, by in options if by == 0]
        if known.depth or items.length < 2:
            options = [(text, by) for text, by in options if by >= 0]
        if name in known.fixed:
            options = [(text, by) for text, by in options if text[:3] not in ("X =", "X +")]
        if not options:
            return
        template, by = self.choose(options)
        text = template.replace("V", self.operand(items.shape, self.choose([0, 1, 1, 2])))
        text = text.replace("X", name)
        if items.length and by < 0 and "pop" in text and self.choose([True, False]):
            target = self.target(items.shape)
            self.write(f"{target} = {text}")
            self.bind(target, items.shape)
        else:
            self.write(text)
        known.lists[name] = replace(items, length=items.length + by)

    def change_dict(self, name: str) -> None:
        cell = self.known.cells[name]
        if self.chance(3) and not self.known.depth:
            shape = self.shape()
            key = self.choose("stuv")
            if cell.parts.get(key, shape) == shape:
                value = self.expr(shape, 1)
                text = self.choose(["{}['{}'] = {}", "{0}.update({1}={2})", "{} |= {{'{}': {}}}"])
                self.write(text.format(name, key, value))
                cell.parts[key] = shape
            return
        pairs = [
            (a, b)
            for a, b in itertools.combinations(cell.parts, 2)
            if cell.parts[a] == cell.parts[b]
        ]
        if pairs and self.chance(3):
            a, b = self.choose(pairs)
            key = f"{a!r} if {self.test()} else {b!r}"
            if self.choose([True, False]):
                self.write(f"key = {key}")
                key = "key"
            sign = self.choose(["=", "+=", "*="])
            self.write(f"{name}[{key}] {sign} {self.expr(cell.parts[a], 1)}")
            return
        text = self.choose(DICT_LOOPS)
        rebinds = text.startswith("X =")
        if rebinds and (self.known.depth or name in self.known.fixed or not name.isidentifier()):
            return
        value, number = self.operand((), 1), self.target(())
        if "N" in text and number not in self.known.values:
            return
        self.write(text.replace("N", number).replace("X", name).replace("V", value))
        if rebinds:
            self.known.cells[name] = replace(cell, parts=dict(cell.parts))

    # -- functions ------------------------------------------------------------------

    def define(self) -> None:
        self.choose([self.helper, self.helper, self.closure, self.closure, self.lambda_])()

    def helper(self) -> None:
        """A function of the module's; it may write into its arguments, and nothing else."""
        name = self.new("h")
        effect = self.chance(2)
        shapes = [(3,), (3,), (2, 3), (2,), (2, 2)] if effect else [(), (), (3,), (2, 3)]
        takes = {p: self.choose(shapes) for p in self.choose(["x", "xy", "xyz"])}
        optional = int(not effect and takes[list(takes)[-1]] == () and self.chance(2))
        gives = None if effect else self.shape()
        inner = Known(values=dict(takes), result=gives, counted=False)
        texts = list(takes)
        if optional:
            texts[-1] += f"={self.choose(['0.5', '1', '-1.3'])}"
        size = [1, 2, 3] if effect else [0, 1, 2]
        lines = [f"def {name}({', '.join(texts)}):", *self.body(inner, 1, size)]
        self.above += [*lines, "", ""]
        self.known.functions[name] = Function(takes, gives, optional)

    def closure(self) -> None:
        """A function inside of the function, that reads and changes what is around it."""
        name = self.new("g")
        gives = None if self.chance(3) else self.shape()
        takes = {"x": self.choose([(), (3,)])}
        inner = self.known.copy()
        mine = self.choose([[], [], list(self.known.values)[:2]])
        mine = [n for n in mine if n in self.known.bindable() and n not in takes]
        inner.values |= takes
        around = {*self.known.values, *self.known.lists, *self.known.cells}
        inner.fixed = (inner.fixed | around) - {*mine, *takes}
        inner.result, inner.loops = gives, 0
        self.write(f"def {name}(x):")
        if mine:
            self.write(f"    nonlocal {', '.join(mine)}")
        indent = self.known.indent + 1
        self.lines += self.body(inner, indent, [0, 1] if gives is not None else [1, 2])
        self.known.steady |= set(self.known.values)
        self.known.functions[name] = Function(takes, gives)

    def lambda_(self) -> None:
        name, gives = self.new("g"), self.choose([(), (3,)])
        takes = {"y": gives, "z": ()}
        outer, self.known = self.known, self.known.copy()
        self.known.values |= takes
        self.testing, text = True, self.expr(gives, 2)
        self.testing, self.known = False, outer
        self.known.steady |= set(self.known.values)
        self.write(f"{name} = lambda y, z=1.5: {text}")
        self.known.functions[name] = Function(takes, gives, 1)

    def body(self, inner: Known, indent: int, size: Sequence[int]) -> list[str]:
        """The lines of a function that is written in the midst of another."""
        outer, lines = self.known, self.lines
        self.known, self.lines = replace(inner, depth=1, indent=indent), []
        for _ in range(self.choose(size)):
            self.statement()
        if inner.result is not None:
            self.write(f"return {self.expr(inner.result, 2)}")
        elif not self.lines:
            self.write("pass")
        found, self.lines, self.known = self.lines, lines, outer
        return found

    # -- the whole --------------------------------------------------------------------

    def parameters(self) -> list[str]:
        known = self.known
        scalars = [n for n in SCALARS if self.choose([True, False])] or ["a"]
        arrays = [n for n in ARRAYS if self.chance(5)] or ["u"]
        for name in scalars + arrays:
            known.values[name] = (SCALARS | ARRAYS)[name]
        tuples = [n for n in TUPLES if self.chance(10)]
        for name in tuples:
            known.values |= TUPLES[name]
            known.fixed |= set(TUPLES[name])
        dicts = [n for n in DICTS if self.chance(10)]
        for name in dicts:
            known.cells[name] = Cell(DICT, dict(DICTS[name]))
        objects = [n for n in OBJECTS if self.chance(10)]
        for name in objects:
            known.cells[name] = Cell(OBJECT, dict(OBJECTS[name]))
        lists = [n for n in LISTS if self.chance(10)]
        for name in lists:
            known.lists[name] = Items(*LISTS[name])
        return [*scalars, *arrays, *tuples, *dicts, *objects, *lists, "n"]

    def program(self) -> str:
        parameters = self.parameters()
        self.known.result = self.choose([(), (), (), (3,), (2, 3)])
        for _ in range(self.choose([0, 0, 1, 1, 2])):
            self.choose([self.container, self.container, self.define])()
        for _ in range(self.choose([1, 2, 3, 4, 5, 6])):
            self.statement()
        self.write(f"return {self.expr(self.known.result, 2)}")
        return "\n".join([*self.above, f"def f({', '.join(parameters)}):", *self.lines]) + "\n"


def written(choose: Choose) -> str:
    """The text of a program, with no needless parentheses; its function is called f."""
    return ast.unparse(ast.parse(Writer(choose).program())) + "\n"


# -- as functions -----------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """A program's function with arguments for it; the twin has numbers of 32 bits in 64."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    twin: tuple[Any, ...] | None = None


_numbers = itertools.count()


def made(text: str, folder: Path, seed: int = 0) -> Made:
    """The program as a module on disk, and arguments for it."""
    path = folder / f"program{next(_numbers)}.py"
    path.write_text(HEAD.lstrip() + text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    code = module.f.__code__
    names = code.co_varnames[: code.co_argcount]
    args = arguments(names, seed, np.float32, module.Box)
    twin = arguments(names, seed, np.float64, module.Box) if "F" in names else None
    return Made(module.f, args, twin)


def arguments(names: Sequence[str], seed: int, short: Any, box: Any) -> tuple[Any, ...]:
    """Values for parameters, each by its name."""
    sources = {name: np.random.default_rng([seed, *name.encode()]) for name in names}
    return tuple(argument(name, rng, short, box) for name, rng in sources.items())


def argument(name: str, rng: np.random.Generator, short: Any, box: Any) -> Any:
    """A value for a parameter."""

    def value(shape: Shape) -> Any:
        return rng.normal(size=shape) if shape else float(rng.normal())

    if name == "n":
        return 3
    if name == "F":
        return value(ARRAYS[name]).astype(np.float32).astype(short)
    if name in TUPLES:
        parts = [value(shape) for shape in TUPLES[name].values()]
        return parts if name == "some" else tuple(parts)
    if name in DICTS:
        return {key: value(shape) for key, shape in DICTS[name].items()}
    if name in OBJECTS:
        return box(**{key: value(shape) for key, shape in OBJECTS[name].items()})
    if name in LISTS:
        shape, length = LISTS[name]
        return [value(shape) for _ in range(length)]
    return value((SCALARS | ARRAYS)[name])
