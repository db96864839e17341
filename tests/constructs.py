"""What adgen accepts of Python, row by row: each row is a small function.

An accepted one is held against differences at each of its inputs, which between them
take every path; a refused one has to be refused with the message that it names.
`tests/test_constructs.py` runs the rows, and `docs/accepted.md` lists them.

A row is added by writing a function under its section:

    @accepted("conditional expression", [(2.0,), (-1.0,)])
    def either(x):
        return x * x if x > 0 else -x

    @refused("`yield`", "is a generator", [(1.0,)])
    def generator(x):
        yield x
"""

from __future__ import annotations

import collections
import contextlib
import copy
import enum
import functools
import heapq
import itertools
import math
import time
import types
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np

Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class Row:
    """One construct: how it is called, a function that uses it, and where."""

    section: str
    construct: str
    function: Callable[..., Any]
    inputs: Sequence[Arguments]
    # what the message of a refusal says; "" for what is accepted
    refusal: str = ""


ROWS: list[Row] = []
_sections: list[str] = []


def section(title: str) -> None:
    """Begin a part of the table."""
    _sections.append(title)


def accepted(construct: str, inputs: Sequence[Arguments]) -> Callable[..., Any]:
    """A row for what has the right gradient at all of the inputs."""
    return refused(construct, "", inputs)


def refused(construct: str, refusal: str, inputs: Sequence[Arguments]) -> Callable[..., Any]:
    """A row for what is refused, with a message that says this."""

    def note(function: Callable[..., Any]) -> Callable[..., Any]:
        ROWS.append(Row(_sections[-1], construct, function, tuple(inputs), refusal))
        return function

    return note


# names of this module that the functions read
SCALE = 1.5
WEIGHTS = (0.5, -1.0, 2.0)
TABLE = [0.1 * k for k in range(100)]
KNOTS = np.array([0.0, 1.0, 2.5])
counter = 0


def vector(*values: float) -> np.ndarray:
    return np.array(values)


def positive(x):
    """A helper that a condition may call."""
    total = 0.0
    for v in x:
        total += v * v
    return total > 1.0


def lowered(x):
    if x > 1.0:
        return x - 1.0
    return x


# --- branches ----------------------------------------------------------------------------------

section("Branches")


@accepted("`if`, `elif`, `else`", [(2.0,), (0.5,), (-1.0,)])
def branches(x):
    if x > 1.0:
        y = x * x
    elif x > 0.0:
        y = math.sin(x)
    else:
        y = 0.0
    return y * 2.0


@accepted("a name that one side alone binds", [(2.0,), (-1.0,)])
def one_sided(x):
    y = x
    if x > 0:
        z = x * x
        y = z * x
    return y + x


@accepted("`a if test else b`, nested", [(2.0,), (0.5,), (-1.0,)])
def ternaries(x):
    return (x * x if x > 1 else 3.0 * x) if x > 0 else -x


@accepted(
    "a conditional expression in a subscript", [(vector(1.0, 2.0), 1.0), (vector(1.0, 2.0), -1.0)]
)
def chosen_index(x, s):
    return x[0 if s > 0 else 1] * s


@accepted("`a or b`, `a and b` as values", [(2.0, 3.0), (0.5, 3.0), (-1.0, 4.0)])
def values_of_and_or(a, b):
    lo = max(a, 0.0)
    first = lo or b
    second = (a > 1.0 and a * b) or b * b
    return first * 2.0 + second


@accepted("`not` of a number", [(2.0,)])
def not_a_number(x):
    if not x:
        return x + 1.0
    return x * x


@accepted(
    "short-circuit evaluation",
    [(vector(1.0, 2.0), 1), (vector(1.0, 2.0), 5), (vector(1.0, -2.0), 1)],
)
def short_circuit(x, i):
    good = i < len(x) and x[i] > 0
    if good:
        return x[i] ** 2
    if i >= len(x) or x[i] < -10.0:
        return x[0]
    return np.sum(x)


@accepted("chained comparisons", [(0.5,), (2.0,), (-1.0,)])
def chained(x):
    inside = 0 < x * x < 1
    return x * 3.0 if inside and -1 < x else x * x


@accepted("a condition that calls a helper", [(vector(1.0, 2.0),), (vector(0.1, 0.2),)])
def helper_decides(x):
    if positive(x):
        return np.sum(x**2)
    return np.sum(x)


@accepted("a condition with `:=`", [(2.0,), (-3.0,), (0.1,)])
def walrus_test(x):
    if (y := x * x) > 4.0:
        return y * 2.0
    elif (z := y + x) > 0.1:
        return z * x
    return y


@accepted("a conditional expression as a condition", [(2.0, 1.0), (2.0, -1.0), (-2.0, 1.0)])
def ternary_test(x, s):
    if x > 1.0 if s > 0 else x > 3.0:
        return x * x
    return x * s


@accepted("truth of an array of one element", [(vector(2.0),)])
def truth_of_array(x):
    if x:
        return np.sum(x * x)
    return np.sum(x + 1.0)


@accepted(
    "`x is None`, `isinstance`, `hasattr`, `callable`, `type(x) is float`",
    [(2.0, None), (2.0, 3.0), (vector(1.0, 2.0), None)],
)
def static_tests(x, y):
    if y is None:
        y = x
    if isinstance(x, np.ndarray) and hasattr(x, "shape") and not callable(x):
        return np.sum(x * y)
    if type(x) is float and isinstance(y, float | int):
        return x * x * y
    return x


@accepted(
    "`x.ndim`, `len(x)`, `x.shape[0]` in a test",
    [(vector(1.0, 2.0),), (np.ones((2, 3)),), (vector(1.0, 2.0, 3.0, 4.0),)],
)
def tests_of_shape(x):
    if x.ndim == 2:
        return np.sum(x**2)
    if x.shape[0] > 3 or len(x) == 0:
        return np.sum(x**3)
    return np.sum(x)


@accepted("several `return`s, early `return`", [(3.0,), (0.5,), (-1.0,)])
def early_return(x):
    if x < 0:
        return x * x * x
    y = x * x
    if y > 4:
        return y + x
    return math.exp(y)


@refused("a path that ends without `return`", "can end without returning", [(1.0,)])
def no_return(x):
    if x > 0:
        return x


class Kind(enum.Enum):
    LINEAR = 1
    SQUARE = "square"


@accepted("members of an `Enum`", [(2.0, Kind.LINEAR), (2.0, Kind.SQUARE)])
def members(x, kind):
    if kind is Kind.LINEAR:
        return 3.0 * x
    return x * x if kind == Kind.SQUARE else x


@accepted("`if __debug__`", [(2.0,)])
def debug(x):
    if __debug__:
        x = x * 2.0
    return x


# --- match ---------------------------------------------------------------------------------------

section("`match`")


@accepted("constants, `|`, `_`", [(2.0, "square"), (2.0, "cube"), (2.0, "third"), (2.0, "else")])
def match_constants(x, kind):
    match kind:
        case "square":
            return x * x
        case "cube" | "third":
            return x**3
        case _:
            return x


@accepted("integers known in a run", [(2.0, 0), (2.0, 1), (2.0, 7)])
def match_integers(x, n):
    match n:
        case 0:
            y = x
        case 1:
            y = x * x
        case k:
            y = x * k
    return y


@accepted(
    "tuples, guards, captures, `*rest`",
    [(2.0, 0, 1), (2.0, 3, 0), (2.0, 3, 2), (-2.0, 3, 2)],
)
def match_tuples(x, m, n):
    match (x, m, n):
        case (v, 0, _):
            return v * v
        case (v, k, 0):
            return v * k
        case (v, _, k) if v > 0:
            return v**k
        case (v, *rest) as whole:
            return v * rest[0] + whole[2] * v * v
        case _:
            return 0.0


@accepted("classes", [(2.0,), (np.array([1.0, 2.0]),)])
def match_classes(x):
    match x:
        case float(v):
            return v * v
        case np.ndarray():
            return np.sum(x**3)


@dataclass
class Ring:
    inner: float
    outer: float


@accepted("dicts, and objects by their attributes", [(2.0,), (-2.0,)])
def match_mapping(x):
    shape = Ring(x, 1.0) if x > 0 else Ring(1.0, x)
    match {"shape": shape, "x": x}:
        case {"shape": Ring(outer=1.0, inner=v), **rest}:
            return v * rest["x"]
        case {"y": v}:
            return v
        case {"shape": Ring(v, w)}:
            return v**3 * w
    return x


# --- names ---------------------------------------------------------------------------------------

section("Assignment")


@accepted("several targets, nested unpacking, swaps", [(2.0, 3.0)])
def unpacking(x, y):
    a = b = x * y
    (c, d), e = (a, b * x), y
    c, d = d, c
    x, y = y, x + y
    return c + d * e + x * y


@accepted("a condition that reads a name bound anew beside it", [(2.0, 3.0), (0.5, 3.0)])
def condition_beside(x, y):
    x, z = y + 1.0, (x * x if x > 1.0 else y)
    return x * z


@accepted("starred targets", [(2.0, 3.0)])
def starred(x, y):
    first, *middle, last = [x, x * y, y * y, y]
    *_, end = middle
    return first * last + middle[0] * end


@accepted("unpacking the rows or elements of an array", [(vector(1.0, 2.0, 3.0),)])
def unpack_array(x):
    a, b, c = x
    first, *others = x
    return a * b + b * c + first * others[1]


@refused(
    "unpacking an array whose length is not known",
    "not known while compiling",
    [(vector(1.0, 2.0),)],
)
def unpack_unknown(x):
    a, b = x[x > 0.0]
    return a * b


@accepted("annotated names", [(2.0,)])
def annotated(x: float) -> float:
    y: float = x * x
    z: float
    z = y + x
    return z


@accepted("augmented assignment to names, elements and slices", [(vector(1.0, 2.0, 3.0),)])
def augmented(x):
    y = x.copy()
    y[0] += x[1]
    y[1:] *= x[:-1]
    y **= 2
    total = 0.0
    total -= y[0]
    total *= y[1]
    total /= y[2]
    return total


@accepted("`:=` in an expression", [(2.0,)])
def walrus(x):
    z = (y := x * x) + y
    return z * y


@accepted("`del` of a name", [(2.0,)])
def deleted(x):
    y = x * x
    z = y + x
    del y
    return z * x


@accepted("`del` of elements, and slices of lists written to", [(2.0,), (-0.5,)])
def deleted_element(x):
    y, z = [x, x * x, 1.0], {"a": x, "b": 2.0}
    del y[0], z["b"]
    y[1:] = [3.0 * x, x**3]
    return y[0] * y[2] + sum(z.values())


@accepted("a function that an `if` has chosen", [(2.0, 0), (2.0, 1), (2.0, 2)])
def chosen_function(x, k):
    if k == 0:
        act = np.sin
    else:
        act = np.tanh if k == 1 else lambda z: z * z
    return act(x) * x


class Remembering:
    """A layer that keeps what it was given."""

    def __init__(self):
        self.weight = 0.7
        self.given = None

    def __call__(self, x):
        self.given = x
        return math.sin(x * self.weight)


LAYERS = [Remembering(), Remembering()]


@accepted("objects of the module: read, called, written to as the function does", [(0.4,)])
def module_objects(x):
    for layer in LAYERS:
        x = layer(x)
    return x * LAYERS[1].given


@accepted("constants of the module, `global` to read them", [(2.0,)])
def module_constants(x):
    global SCALE
    return SCALE * x + np.sum(KNOTS) * x * WEIGHTS[1]


@refused("writing to a `global`", "global", [(2.0,)])
def global_write(x):
    global counter
    counter = counter + 1
    return x * x


@accepted("`nonlocal`", [(2.0,)])
def nonlocal_write(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total + v * v

    add(x)
    add(3.0 * x)
    return total


@accepted("`nonlocal` names of a function further out than the caller", [(2.0,)])
def nonlocal_further_out(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total + v * v

    def twice(v):
        add(v)
        add(total * v)

    twice(x)
    return total


@accepted("`import` inside of the function", [(2.0,)])
def local_import(x):
    import math as m
    from math import sin

    return m.exp(x) * sin(x)


# --- expressions -----------------------------------------------------------------------------------

section("Expressions")


@accepted("arithmetic", [(2.5, 1.5)])
def arithmetic(x, y):
    return x + y - x * y / (x**2 + 1.0) + x**y - -y + +x


@accepted("`//` and `%`", [(7.3, 2.0)])
def floor_and_mod(x, y):
    return x % y + (x // y) * y * x


@accepted("`@`", [(np.array([[1.0, 2.0], [3.0, 4.0]]), vector(1.0, -1.0))])
def matrix_product(a, x):
    y = a @ x
    y = a.T @ y
    return y @ x


@accepted("integers: `<<`, `&`, `~` ...", [(2.0, 3)])
def integer_arithmetic(x, n):
    k = (1 << n) | 1
    k ^= 2
    return x ** (k & 3) * (~n) * (n % 2) + x * (k >> 1)


@accepted("masks: `&`, `|`, `~`, `^`", [(vector(-2.0, 0.5, 3.0),)])
def masks(x):
    inside = (x > -1.0) & (x < 1.0) | (x > 2.0)
    return np.sum(x[inside] ** 2) + np.sum(np.where(~inside ^ False, x, 0.0))


@accepted("f-strings, docstrings, comments", [(2.0,)])
def strings(x):
    """A docstring."""
    name = "x"
    label = f"{name} = {x:.2f}"  # type: str
    return x * len(name) + 0.0 * len(label) + x * x


@accepted("tuples and lists of known length", [(2.0, 3.0)])
def displays(x, y):
    pair = (x * y, x + y)
    values = [*pair, y]
    return pair[0] * values[-1] + sum(values[1:])


@accepted("indexing and slicing", [(np.arange(12.0).reshape(3, 4),)])
def indexing(x):
    rows = x[1:, ::2]
    return np.sum(rows[..., 0] * x[0, -1]) + x[2, None, 1:3].sum() + x[[0, 2], 1] @ x[:2, 0]


@accepted("attributes `.T`, `.shape`, `.size`, `.ndim`", [(np.arange(6.0).reshape(2, 3),)])
def attributes(x):
    n, m = x.shape
    return np.sum(x.T @ x) / (n * m) + x.size * x[0, 1] * x.ndim


@accepted("`lambda`", [(2.0,)])
def lambdas(x):
    square = lambda v: v * v
    return square(x) + (lambda a, b=2.0: a * b)(x)


@accepted("`in` a tuple, list or set of constants", [(2.0, "a"), (2.0, "c")])
def membership(x, kind):
    if kind in {"a", "b"} and kind not in ("b", "c"):
        return x * x
    return x


@accepted("sets of positions", [(vector(1.0, -2.0, 3.0, 0.5),), (vector(-1.0, 5.0),)])
def visited(x):
    seen, total, i = set(), 0.0, 0
    while i not in seen:
        seen.add(i)
        total += x[i] ** 2 * len(seen)
        i = int(np.argmax(x)) if x[i] < 1.0 else (i + 1) % len(x)
    return total


@refused("a set of differentiated values", "set", [(2.0,)])
def sets(x):
    return sum({x, x * x})


@refused("`await`, `async`", "coroutine", [(2.0,)])
async def asynchronous(x):
    return x * x


def halves(x, n):
    while n > 0:
        yield x / n
        n //= 2


def through(xs):
    for v in xs:
        if v > 0:
            yield v * v
    yield from xs


@accepted("generators: `yield`, `yield from`", [(vector(1.0, 2.0), 5), (vector(1.0, -2.0), 3)])
def generators(x, n):
    total = sum(halves(x[0], n))
    for i, v in enumerate(through(x)):
        total += (i + 1) * v
    return total


def naturals(x):
    while True:
        yield x
        x = x + 1


@accepted("a generator without an end, and a loop that breaks", [(1.0,), (3.5,)])
def endless(x):
    total = 0.0
    for i, v in enumerate(naturals(x)):
        if v > 5.0:
            break
        total += i * v * v
    return total + v


@accepted("`islice`, `takewhile` of what has no end", [(0.5,), (0.9,)])
def first_of_endless(x):
    powers = (x**k for k in itertools.count(1))
    few = list(itertools.islice(naturals(x), 3))
    return sum(itertools.takewhile(lambda p: p > 0.1, powers)) * few[2]


@refused("all of a generator without an end", "what this runs over has no end", [(1.0,)])
def all_of_endless(x):
    return sum([v * v for v in naturals(x)])


@refused("an iterator that is read twice", "`rows` is an iterator", [(vector(1.0, 2.0),)])
def read_twice(x):
    rows = (v * v for v in x)
    return sum(rows) + sum(rows)


section("Lists")


@accepted("`append`, `extend`, `insert(i, v)`, `xs += ys`", [(vector(1.0, -2.0, 3.0), 2.0)])
def grown(x, w):
    xs = [w]
    for v in x:
        xs.append(v * xs[-1])
    xs.insert(0, w * w)
    xs.insert(int(w), x[1])
    xs.extend([v * w for v in x])
    xs += [x[0]]
    return sum(xs) * xs[2]


@accepted("`pop()`, `pop(i)`, `remove(v)`, `while xs:`", [(vector(1.0, -2.0, 3.0), 2.0)])
def taken(x, w):
    xs = [v * w for v in x]
    total = xs.pop(int(w) - 1)
    xs.remove(min(xs))
    while xs:
        total = total * xs.pop() + w
    return total


@accepted("`xs[i] = v`, tables `d[i][j] = v`", [(vector(1.0, -2.0, 3.0), 2.0)])
def table(x, w):
    n = len(x)
    d = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            d[i][j] = x[i] * w if j == 0 else d[i][j - 1] * x[j]
    return d[n - 1][n - 1] + d[0][1]


@accepted("comprehensions with `if`, several `for`; generators", [(vector(1.0, -2.0, 3.0), 2.0)])
def comprehended(x, w):
    ys = [a * b for a in x for b in x if a > b]
    return sum(v * w for v in ys) + max(v for v in x)


@accepted("lists of arrays, `np.array`, `np.stack`", [(vector(1.0, -2.0, 3.0), 0.5)])
def states(x, w):
    hs = [x]
    for _ in range(3):
        hs.append(np.tanh(w * hs[-1]))
    return np.sum(np.stack(hs) * x) + np.sum(np.array(hs) ** 2)


@accepted("lists of tuples", [(vector(1.0, -2.0, 3.0), 0.5)])
def pairs(x, w):
    hist = []
    for v in x:
        hist.append((v, v * w))
    return sum(a * b for a, b in hist) * hist[-1][0]


@accepted("`reverse`, `sort`, `sorted`, `copy`, slices, `+`, `*`", [(vector(1.1, -2.0, 3.0), 2.0)])
def rearranged(x, w):
    xs = [v * w for v in x]
    ys = xs.copy()
    xs.sort()
    ys.reverse()
    zs = xs[1:] + ys[:1] + [w] * 2
    return sum(a * b for a, b in zip(zs, sorted(zs), strict=True)) * xs[0]


@accepted("`sorted`, `max`, `min` by a `key`", [([3.0, -1.0, 2.0], 0.5), ([0.1, 4.0, -5.0], 2.0)])
def by_key(xs, w):
    order = sorted(xs, key=lambda v: (v - w) ** 2)
    best = max(range(len(xs)), key=lambda i: xs[i] * w)
    return order[0] + 2.0 * order[1] + w * xs[best] + min(xs, key=abs)


@accepted(
    "`map`, `filter`, `reduce`, `accumulate`", [(vector(1.0, -2.0, 3.0),), (vector(2.0, 1.0),)]
)
def functions_of_functions(x):
    kept = list(filter(lambda v: v > 0, map(lambda v: v * x[1], x)))
    sums = list(itertools.accumulate(x, lambda a, b: a * b + 1.0))
    sums += itertools.accumulate(range(2), lambda a, i: a + i * x[0], initial=x[1])
    return sum(kept) + sums[-1] + functools.reduce(lambda a, b: a * b, reversed(x))


@accepted("`heapq`: `heappush`, `heappop`, `heapify`", [(vector(1.0, -2.0, 3.0, 0.5),),
                                                        (vector(0.5, 2.0),)])  # fmt: skip
def heaps(x):
    heap = [v * v for v in x]
    heapq.heapify(heap)
    cost = 0.0
    while len(heap) > 1:
        both = heapq.heappop(heap) + heapq.heappop(heap)
        cost += both**2
        heapq.heappush(heap, both)
    return cost


@accepted("other parts of `itertools`", [(vector(1.0, -2.0, 3.0),), (vector(0.5, 2.0),)])
def from_itertools(x):
    pairs = sum(abs(p - q) for p, q in itertools.combinations(x, 2))
    grid = sum(a * b for a, b in itertools.product(x, x[1:]))
    head = sum(itertools.takewhile(lambda v: v < 2.5, x)) + sum(itertools.islice(x, 1, None))
    kept = sum(itertools.compress(x, [True, False, True]))
    return pairs + grid * head + kept + sum(itertools.chain(x, [x[0] * x[1]]))


@accepted("`collections.deque`, with `maxlen` too", [(vector(1.0, -2.0, 3.0, 0.5), 2),
                                                    (vector(0.5, 2.0), 3)])  # fmt: skip
def queues(x, n):
    window, waiting = deque(maxlen=n), deque()
    total = 0.0
    for v in x:
        window.append(v)
        waiting.appendleft(v * v)
        total += max(window) * len(window)
    while waiting:
        total = total * 0.5 + waiting.popleft()
    return total


@accepted("rows of a list of lists that change places", [([[1.0, 2.0], [3.0, 4.0], [5.0, -1.0]], 2),
                                                         ([[1.0, 2.0], [3.0, 4.0]], 1)])  # fmt: skip
def rows_swapped(rows, i):
    rows = [[v * v for v in row] for row in rows]
    rows[0], rows[i] = rows[i], rows[0]
    for j in range(2):
        rows[0][j] += rows[1][j] * rows[i][0]
    return rows[0][0] * rows[0][1] + rows[1][1]


@accepted("`copy.deepcopy`", [(vector(1.0, -2.0), 3.0)])
def deeply_copied(x, y):
    state = {"x": x * 2.0, "parts": [x * y, y]}
    other = copy.deepcopy(state)
    other["x"][0] = y
    other["parts"][0] *= 2.0
    return np.sum(state["x"] * other["x"]) + np.sum(state["parts"][0] * other["parts"][0])


@accepted("`zip(*rows)`", [([(1.0, 2.0), (3.0, 4.0)],), ([(1.0, -2.0), (0.5, 1.0), (2.0, 2.0)],)])
def unzipped(points):
    xs, ys = zip(*points)
    return sum(x * y for x, y in zip(xs, ys, strict=True)) + max(ys)


@accepted("lists given as arguments, and changed", [([1.0, -2.0, 3.0], 2.0)])
def given(xs, w):
    for i in range(len(xs)):
        xs[i] = xs[i] * w
    xs.append(w)
    return sum(xs) * xs[0]


@accepted("elements of different shapes, in loops of few trips",
          [(vector(1.0, -2.0, 3.0), 2.0), (vector(0.5, 1.5), -1.0)])  # fmt: skip
def ragged(x, w):
    rows, row = [], []
    for v in x:
        row.append(v * w)
        rows.append(row.copy())
    total = rows[0][0]
    for i, row in enumerate(rows):
        total += (i + 1) * sum(row) * row[-1]
    return total


@refused("elements of different shapes, in loops of many trips", "of one shape",
         [(np.linspace(0.0, 1.0, 50), 2.0)])  # fmt: skip
def ragged_and_long(x, w):
    return ragged(x, w)


class Layer:
    def __init__(self, w, squashes):
        self.w, self.squashes = w, squashes

    def __call__(self, x):
        return math.tanh(self.w * x) if self.squashes else self.w * x


@accepted("lists of objects, dicts, None", [(vector(0.3, -0.2, 1.5), 2.0), (vector(1.0, 2.0), 0.5)])
def of_objects(ws, x):
    layers, seen = [], [None] * len(ws)
    for i in range(len(ws)):
        layers.append(Layer(ws[i], i < len(ws) - 1))
    for i, layer in enumerate(layers):
        x = layer(x)
        seen[i] = {"value": x, "at": i}
    return sum(s["value"] * (s["at"] + 1) for s in seen)


@accepted("entries of dicts under keys that the data choose", [(vector(0.3, 0.8),), (vector(0.9),)])
def by_size(x):
    total = {"small": 1.0, "large": 0.0}
    for v in x:
        size = "small" if v < 0.5 else "large"
        total[size] += v * v
    return total["small"] * total["large"]


@accepted("dicts whose keys the data make, of numbers or lists", [(vector(0.3, 0.8, 2.1, 2.2),)])
def by_whole_part(x):
    groups = {}
    for v in x:
        groups.setdefault(int(v), []).append(v)
    return sum(len(vs) * sum(vs) ** 2 for vs in groups.values())


@refused("one array under a name and in a list, written to", "has been put into a list",
         [(vector(1.0, -2.0, 3.0), 2.0)])  # fmt: skip
def shared(x, w):
    h = x * w
    hs = [h]
    hs.append(x)
    h[0] = w
    return np.sum(hs[0])


section("Other statements")


@accepted("`pass`, `...`", [(2.0,)])
def nothing(x):
    if x > 0:
        pass
    else:
        ...
    return x * x


@accepted("`assert`", [(2.0,)])
def asserted(x):
    assert x > 0, f"{x} is not positive"
    return math.log(x)


@accepted("`raise` on a path", [(2.0,)])
def raising(x):
    if x < 0:
        raise ValueError("negative")
    return math.sqrt(x)


@accepted("`print`, once and on the way forward", [(2.0,)])
def printing(x):
    print("x =", x, end="")
    y = x * x
    print(f"{y:.3f}")
    return y


@accepted("calls for their effect, given nothing differentiated that they may change", [(2.0,)])
def timing(x):
    time.perf_counter()
    warnings.warn("careful", stacklevel=1)
    return x * x


@accepted("`with np.errstate(...)`", [(vector(1.0, 4.0),)])
def errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.sqrt(x)
        z = np.where(x > 0, y / x, 0.0)
    return np.sum(z * x)


@accepted("`with` of any context manager that is a constant; `return` inside", [(2.0,), (-2.0,)])
def with_return(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if x > 0:
            return x * x
        y = x * x * x
    return y * 2.0


@refused("`with contextlib.suppress(...)`", "suppress", [(2.0,)])
def suppressed(x):
    with contextlib.suppress(ValueError):
        x = math.sqrt(x)
    return x


@accepted("`try` / `finally`", [(2.0,), (-2.0,)])
def try_finally(x):
    try:
        y = x * x
        if x < 0:
            return y * x
    finally:
        print("done")
    return y


@accepted("`try` / `except` that gives another value", [(2.0, 4.0), (2.0, 0.0)])
def try_except(x, y):
    try:
        r = x / y
    except ZeroDivisionError:
        r = 3.0 * x
    return r * x


@accepted("`else` of a `try`", [(2.0, 1.0), (-2.0, 1.0), (2.0, 0.0)])
def try_else(x, y):
    out = x
    try:
        z = math.log(x) / y
    except ValueError:
        out = x * x
    except ZeroDivisionError:
        pass
    else:
        out = out * z
    return out + y


@accepted("`return` in `try` and in `except`", [(4.0,), (-4.0,)])
def try_return(x):
    try:
        return math.sqrt(x)
    except ValueError:
        return 0.0


@accepted(
    "`except` that leaves",
    [(np.array([[2.0, 0.5], [0.5, 1.0]]),), (np.array([[1.0, 2.0], [2.0, 1.0]]),)],
)
def try_leave(a):
    try:
        chol = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return np.sum(a)
    return np.sum(np.log(np.diag(chol)))


@accepted("a class inside of a function, `namedtuple`, `SimpleNamespace`", [(2.0,), (-0.7,)])
def inner_class(x):
    @dataclass
    class Scale:
        by: float

        def __call__(self, v):
            return self.by * v

    Pair = collections.namedtuple("Pair", "first second")
    pair = Pair(Scale(x)(3.0), second=x)
    box = types.SimpleNamespace(v=pair.first)
    box.v += pair.second**2
    return box.v * pair[0]


@refused("a class inside of a function that reads its names", "reads its `x`", [(2.0,)])
def inner_class_that_reads(x):
    class Box:
        def value(self):
            return x

    return Box().value()


@refused("`exec`, `eval`", "eval", [(2.0,)])
def evaluated(x):
    return eval("x * x")


@refused("`locals()`", "locals", [(2.0,)])
def local_names(x):
    return locals()["x"] * x


# --- loops -----------------------------------------------------------------------------------------

section("Loops")


@accepted("`for` over a range: any start, stop and step", [(2.0, 3), (2.0, 0)])
def ranges(x, n):
    total = 0.0
    for i in range(n, -1, -1):
        total += x**i
    for i in range(int(x) + 1, 2 * n, 2):
        total *= x + i
    return total


@accepted("elements and rows of arrays", [(np.arange(6.0).reshape(2, 3),)])
def rows(x):
    total = 0.0
    for row in x:
        for v in row:
            total += v * total + row[0]
    return total


@accepted("tuples and lists", [(2.0, 3.0)])
def elements(x, y):
    total = 0.0
    for v in (x, y, x * y):
        total = total * v + v
    for name, (a, b) in [("one", (x, y)), ("two", (y, x * x))]:
        if name == "one":
            total += a * b
        else:
            total -= a * b
    return total


@accepted("`enumerate`, with a start too", [(vector(1.0, 2.0, 3.0),)])
def enumerated(x):
    total = 0.0
    for k, v in enumerate(x, start=1):
        total += k * v**k
    for k, v in enumerate([x[0], x[1] * x[2]], 2):
        total += v**k
    return total


@accepted("`zip` of arrays, slices, ranges, lists", [(vector(1.0, 2.0, 3.0),)])
def zipped(x):
    total = 0.0
    for a, b in zip(x[:-1], x[1:]):
        total += a * b
    for i, v in zip(range(5), x):
        total += i * v
    for i, w in zip(range(2), WEIGHTS):
        total += w * x[i] ** 2
    for a, w, k in zip(x, KNOTS, range(1, 10)):
        total += w * a**k
    return total


@accepted("`enumerate(zip(...))`, `zip(enumerate(...))`", [(vector(1.0, 2.0, 3.0),)])
def nested_iterators(x):
    total = 0.0
    for i, (a, b) in enumerate(zip(x, x[1:])):
        total += i * a * b
    for (i, a), b in zip(enumerate(x), x):
        total += i * a * b
    return total


@accepted("`reversed`", [(vector(1.0, 2.0, 3.0),)])
def reversals(x):
    total = 0.0
    for i in reversed(range(3)):
        total = total * x[i] + i
    for v in reversed([x[0], x[1]]):
        total = total * v + v
    for v in reversed(x):
        total = total + v * v
    for v in x[::-1]:
        total = total * 0.5 + v
    return total


@accepted("constants of the module, also long ones", [(2.0,)])
def long_table(x):
    total = 0.0
    for c in TABLE:
        total = total * 0.5 + c * x
    for i, w in enumerate(WEIGHTS):
        total += w * x**i
    return total


@accepted("`itertools.product`, `combinations`, `chain`, `pairwise`", [(vector(1.0, 2.0, 3.0),)])
def combined(x):
    total = 0.0
    for i, j in itertools.product(range(2), range(3)):
        total += x[i] * x[j] * (i + 1)
    for i, j in itertools.combinations(range(3), 2):
        total += (x[i] - x[j]) ** 2
    for a, b in pairwise(x):
        total += a * b
    for i, j in product(range(2), repeat=2):
        total -= x[i] * x[j]
    for v in itertools.chain([x[0], x[1]], [x[2] * x[2]]):
        total += v * v
    return total


@accepted(
    "`next` of a generator expression, with a default too",
    [(vector(1.0, 2.0, 3.0),), (vector(-2.0, 1.0),)],
)
def first_of_several(x):
    large = next((v * v for v in x if v > 1.5), 7.0 * x[0])
    at = next(i for i, v in enumerate(x) if abs(v) > 1.0)
    return large * x[at]


@refused("iterators by hand: `iter`, `next`", "cannot be followed", [(vector(1.0, 2.0),)])
def other_iterators(x):
    total = 0.0
    for v in iter(x):
        total += v
    return total


@accepted("`while`", [(2.0,), (40.0,)])
def while_loop(x):
    n = 0
    while abs(x) > 1.0 and n < 50:
        x = x / 3.0
        n += 1
    return x * n


@accepted("a `while` whose condition takes several statements", [(2.0,), (40.0,)])
def while_condition(x):
    n = 0
    while (y := lowered(x)) > 1.5 and n < 50:
        x = y / 2.0
        n += 1
    return x * y


@accepted("`while True` with `break`", [(2.0,), (40.0,)])
def while_true(x):
    term = x
    total = 0.0
    k = 1
    while True:
        total += term
        k += 1
        term = term * x / (k * 10.0)
        if abs(term) < 1e-6:
            break
    return total


@accepted("`break` and `continue`", [(vector(1.0, -2.0, 3.0),), (vector(1.0, 2.0, 30.0),)])
def break_continue(x):
    total = 0.0
    for v in x:
        if v < 0:
            continue
        if v > 10.0:
            break
        total += v * v
    return total


@accepted(
    "`for` ... `else`, `while` ... `else`", [(vector(1.0, -2.0, 3.0),), (vector(1.0, 2.0, 3.0),)]
)
def loop_else(x):
    total = 0.0
    for v in x:
        if v < 0:
            break
        total += v * v
    else:
        total = total * 10.0
    n = 0
    while n < 3:
        n += 1
        if total > 100.0:
            break
    else:
        total = total + x[0]
    return total


@accepted("`return` from inside of a loop", [(vector(1.0, -2.0, 3.0),), (vector(1.0, 2.0, 3.0),)])
def return_in_loop(x):
    total = 0.0
    for v in x:
        if v < 0:
            return total * v
        total += v * v
    return total


@accepted(
    "`break`, `continue`, `return` in a loop over a list",
    [(2.0, 3.0), (-2.0, 3.0), (2.0, -3.0), (20.0, 1.0)],
)
def leave_list(x, y):
    total = 0.0
    for v in [x, y, x * y]:
        if v < 0:
            continue
        if v > 50.0:
            return total
        if v > 15.0:
            break
        total += v * v
    else:
        total *= 2.0
    return total + x * y


@accepted("a name that only the `else` of a loop binds anew", [(0.5, 3), (3.0, 2)])
def bound_in_else(x, n):
    p = x / 2.0
    for _ in range(n):
        x = 1.0 if x > 2.0 else x - p
    else:
        p = x - p
    return -p


@accepted("None until there is a value", [(vector(1.0, 3.0, 2.0),), (vector(-1.0, -3.0, -2.0),)])
def none_at_first(x):
    best = None
    for v in x:
        if best is None or v > best:
            best = v * v
    return best


@accepted("the loop's variable behind the loop", [(2.0, 3), (2.0, 1)])
def variable_after(x, n):
    for i in range(n):
        x = x * 1.5
    return x * i


@accepted("types that settle after the first trip", [(vector(1.0, 2.0), 3)])
def settling(x, n):
    total = 0
    for i in range(n):
        total = total + i * 0.5
        total = total * x
    return np.sum(total)


@accepted("a rank that changes from trip to trip", [(vector(1.0, 2.0), 3)])
def growing(x, n):
    for _ in range(n):
        x = x[None] * 2.0
    return np.sum(x)


@accepted("nested loops with `break`", [(vector(1.0, 2.0, 3.0),), (vector(1.0, 5.0, 3.0),)])
def nested_breaks(x):
    total = 0.0
    for i in range(3):
        for j in range(3):
            if i * j > 1 and x[i] > 4.0:
                break
            total += x[i] * x[j]
        if total > 60.0:
            break
        total += x[i]
    return total


# -- functions --------------------------------------------------------------------------

section("Functions inside and outside")


@accepted("a function that calls itself, with a memo", [(0.7, 5), (1.5, 1)])
def memoised(x, n):
    memo = {}

    def hermite(k):
        if k not in memo:
            memo[k] = 1.0 if k == 0 else 2 * x * hermite(k - 1) - 2 * (k - 1) * lower(k)
        return memo[k]

    def lower(k):
        return hermite(k - 2) if k > 1 else 0.0

    return hermite(n)


@accepted("a function that calls itself and gives a tuple or dict", [(0.7, 4), (1.5, 0)])
def of_tuples(x, n):
    def pair(k):
        if k == 0:
            return 1.0, {"value": x}
        a, b = pair(k - 1)
        return b["value"] * x, {"value": a + x}

    a, b = pair(n)
    return a * b["value"]


@accepted("`functools.cache`, `lru_cache`", [(0.7,), (1.5,)])
def cached(x):
    @functools.lru_cache(maxsize=None)
    def scaled(v):
        return math.sin(v) * x

    return scaled(x) * scaled(2.0 * x)


@accepted("lengths where a number has to be known", [(vector(1.0, -2.0, 3.0, 0.5), vector(0.3, 2.0)),
                                                     (vector(1.0, -2.0, 3.0), vector(0.3, 2.0, 1.0))])  # fmt: skip
def windows(x, kernel):
    parts = np.lib.stride_tricks.sliding_window_view(x, (len(kernel),))
    wide = np.pad(x, (kernel.shape[0] - 1, 0), mode="edge")
    return np.sum((parts @ kernel) ** 2) + np.sum(np.diff(wide, n=kernel.size) * x[0])


@accepted("several values of a call of which nothing is known", [(vector(1.0, -2.0, 3.0), 0.3)])
def untold(x, scale):
    values, counts = np.unique([1, 2, 2, 3], return_counts=True)
    places, weights = np.polynomial.legendre.leggauss(3)
    return np.sum(x) * np.sum(values * counts) + scale * np.sum(weights * np.exp(scale * places))


@accepted("generators of random numbers", [(vector(1.0, -2.0, 3.0), 0.3)])
def drawn(x, scale):
    rng = np.random.default_rng(3)
    noise = scale * rng.normal(size=x.shape)
    for _ in range(2):
        x = x * rng.random() + noise
    return np.sum(x * x[rng.permutation(3)])


@refused("random numbers of a differentiated distribution", "random numbers are drawn with `scale`",
         [(vector(1.0, -2.0, 3.0), 0.3)])  # fmt: skip
def drawn_with(x, scale):
    rng = np.random.default_rng(3)
    return np.sum(x * rng.chisquare(scale, size=3))
