"""What random programs are made of: shapes, and texts with gaps for what goes into them.

In a text, `{}` takes an expression of the shape that stands beside it; `I2` and `I3` are places
along axes of these lengths; in statements `X` is an array or list, `V` what is written to it.
"""

from __future__ import annotations

Shape = tuple[int, ...]

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
    "A": (2, 2),
    "T": (2, 2, 3),
    "F": (3,),  # of 32 bits
}
TUPLES: dict[str, dict[str, Shape]] = {
    "pair": {"pair[0]": (), "pair[1]": (3,)},
    "some": {"some[0]": (), "some[1]": ()},
}
# parameters whose entries the programs write to
DICTS: dict[str, dict[str, Shape]] = {"par": {"W": (2, 3), "b": (3,), "k": ()}}
OBJECTS: dict[str, dict[str, Shape]] = {"box": {"p": (), "x": (3,)}}
LISTS: dict[str, tuple[Shape, int]] = {"rows": ((3,), 2), "nums": ((), 3)}

LOCALS = ("p", "q", "r", "s", "t", "dx", "out", "cache", "dout", "s0", "tape")

SMALLER: dict[Shape, list[Shape]] = {
    (): [()],
    (1,): [(1,), ()],
    (2,): [(2,), (1,), ()],
    (3,): [(3,), (1,), ()],
    (2, 1): [(2, 1), (1,), ()],
    (1, 3): [(1, 3), (3,), ()],
    (2, 2): [(2, 2), (2,), (2, 1), ()],
    (2, 3): [(2, 3), (3,), (2, 1), (1, 3), (1,), ()],
    (3, 2): [(3, 2), (2,), ()],
    (2, 2, 3): [(2, 2, 3), (2, 3), (3,), (2, 1), ()],
}
# two shapes of which NumPy makes a third
CROSSED: dict[Shape, list[tuple[Shape, Shape]]] = {
    (2, 3): [((2, 1), (3,)), ((2, 1), (1, 3)), ((3,), (2, 1))],
    (2, 2): [((2, 1), (2,)), ((2,), (2, 1))],
}

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
    "np.clip({}, -0.9, 1.1)",
    "SCALE * {}",
)
UNARY_SCALAR = (
    "math.sin({})",
    "math.tanh({})",
    "abs({})",
    "math.exp(-abs({}))",
    "float({})",
    "[{}, 0.5][0]",
    'PICKS["sin"]({})',
    "round(2.5) * {}",
)
BINARY = (
    "{} + {}",
    "{} - {}",
    "{} * {}",
    "({}) * ({})",
    "({}) - ({})",
    "({}) / (2.0 + ({}) ** 2)",
    "np.maximum({}, {})",
    "np.minimum({}, {})",
    "np.hypot(1.0 + abs({}), {})",
)
BINARY_SCALAR = (
    "max({}, {})",
    "min({}, {})",
    "sum([{}, {}])",
    "({}, {})[-1]",
    "math.hypot({}, {})",
)
CHAINED = ("-0.5 < {} <= {}", "{} < {} < 9.0", "0.1 <= abs({}) < 2.0 + abs({})")

# how a shape comes from others: a text and the shapes of what goes in
MADE: dict[Shape, list[tuple[str, list[Shape]]]] = {
    (): [
        *((f, [s]) for s in ((3,), (2, 3), (2, 1)) for f in ("np.sum({})", "np.mean({})")),
        ("({}).sum()", [(3,)]),
        ("np.max({})", [(3,)]),
        ("({}) @ ({})", [(3,), (3,)]),
        ("np.dot({}, {})", [(2,), (2,)]),
        ("({})[I3]", [(3,)]),
        ("({})[I2, I3]", [(2, 3)]),
        ("({})[I2][I3]", [(2, 3)]),
        ("({})[I2, I2, I3]", [(2, 2, 3)]),
        ("({})[0]", [(1,)]),
        ("np.linalg.norm(1.0 + np.abs({}))", [(3,)]),
        ("np.trace({})", [(2, 2)]),
        ('np.einsum("ij,ij->", {}, {})', [(2, 3), (2, 3)]),
        ('np.einsum("ijk->", {})', [(2, 2, 3)]),
        ("sum({})", [(3,)]),
        ("max({})", [(3,)]),
        ("sum(z * z for z in {})", [(3,)]),
        ("min(z + 0.1 * k for k, z in enumerate({}))", [(3,)]),
        ("sum(y * z for y, z in zip({}, {}))", [(3,), (3,)]),
        ("max(np.sum(z) for z in {})", [(2, 3)]),
        ("sum([z for z in {} if z > 0.1])", [(3,)]),
        ("np.prod(1.0 + 0.1 * {})", [(3,)]),
        ("({}).item()", [(1,)]),
    ],
    (1,): [
        ("({})[:1]", [(3,)]),
        ("({})[I2]", [(2, 1)]),
        ("np.array([{}])", [()]),
        ("np.atleast_1d({})", [()]),
    ],
    (2,): [
        ("({})[1:]", [(3,)]),
        ("({})[:2]", [(3,)]),
        ("({})[::2]", [(3,)]),
        ("({})[:, I3]", [(2, 3)]),
        ("({}) @ ({})", [(2, 3), (3,)]),
        ("({}) @ ({})", [(2, 2), (2,)]),
        ("np.sum({}, axis=1)", [(2, 3)]),
        ("np.array([{}, {}])", [(), ()]),
        ("np.diag({})", [(2, 2)]),
        ("np.diff({})", [(3,)]),
        ("({}).sum(axis=(0, 2))", [(2, 2, 3)]),
        ("np.array([np.sum(z) for z in {}])", [(2, 3)]),
    ],
    (3,): [
        ("({})[I2]", [(2, 3)]),
        ("({})[I2, I2]", [(2, 2, 3)]),
        ("np.sum({}, axis=0)", [(2, 3)]),
        ("({}).mean(axis=0)", [(2, 3)]),
        ("({}).T @ ({})", [(2, 3), (2,)]),
        ("np.cumsum({})", [(3,)]),
        ("({})[::-1]", [(3,)]),
        ("({})[0]", [(1, 3)]),
        ("({}).ravel()", [(1, 3)]),
        ("np.concatenate([{}, {}])", [(1,), (2,)]),
        ("np.append({}, {})", [(2,), ()]),
        ("({}) * KNOTS", [(3,)]),
        ("np.array([z**2 for z in {}])", [(3,)]),
        ("np.array([{}, {}, {}])", [(), (), ()]),
        ("np.roll({}, 1)", [(3,)]),
        ("({})[[0, 2, 0]]", [(3,)]),
        ("np.linspace({}, {}, 3)", [(), ()]),
        ('np.einsum("ij,j->i", {}, {})', [(3, 2), (2,)]),
        ("np.full(3, {})", [()]),
        ("np.sort({})", [(3,)]),
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
        ("np.expand_dims({}, 0)", [(3,)]),
    ],
    (2, 2): [
        ("({}) @ ({})", [(2, 3), (3, 2)]),
        ("({})[:, 1:]", [(2, 3)]),
        ("({})[..., I3]", [(2, 2, 3)]),
        ("({}) @ ({})", [(2, 2, 3), (3,)]),
        ("np.outer({}, {})", [(2,), (2,)]),
        ("np.array([[{}, {}], [{}, 1.0]])", [(), (), ()]),
        ("({}).T", [(2, 2)]),
        ("np.linalg.inv(3.0 * np.eye(2) + np.tanh({}))", [(2, 2)]),
        ("np.eye(2) * {}", [()]),
    ],
    (2, 3): [
        ("({}).T", [(3, 2)]),
        ("np.outer({}, {})", [(2,), (3,)]),
        ("np.stack([{}, {}])", [(3,), (3,)]),
        ("np.vstack([{}, {}])", [(3,), (3,)]),
        ("({}).reshape(2, 3)", [(3, 2)]),
        ("({})[I2]", [(2, 2, 3)]),
        ("({}).sum(axis=1)", [(2, 2, 3)]),
        ("np.concatenate([{}, {}], axis=1)", [(2, 1), (2, 2)]),
        ('np.einsum("ij,jk->ik", {}, {})', [(2, 2), (2, 3)]),
        ("np.cumsum({}, axis=1)", [(2, 3)]),
        ("np.broadcast_to({}, (2, 3))", [(3,)]),
        ("np.repeat({}, 2, axis=0)", [(1, 3)]),
    ],
    (3, 2): [
        ("({}).T", [(2, 3)]),
        ("({}) @ ({})", [(3, 2), (2, 2)]),
        ("({}).reshape(3, 2)", [(2, 3)]),
        ("({})[[2, 0, 2]]", [(3, 2)]),
        ("np.stack([{}, {}], axis=1)", [(3,), (3,)]),
    ],
    (2, 2, 3): [
        ("np.stack([{}, {}])", [(2, 3), (2, 3)]),
        ("({})[:, :, None] * {}", [(2, 2), (3,)]),
        ("({})[:, None, :] + ({})[:, :, None]", [(2, 3), (2, 2)]),
        ("np.einsum('ij,jk->ijk', {}, {})", [(2, 2), (2, 3)]),
        ("np.swapaxes({}, 0, 1)", [(2, 2, 3)]),
    ],
}  # fmt: skip

# texts of what shares an array's memory: the shape that it has, the text, the array's shape
VIEWS: dict[Shape, list[tuple[str, Shape]]] = {
    (1,): [("X[:1]", (3,)), ("X[I2]", (2, 1)), ("X[1:]", (2,))],
    (2,): [
        ("X[1:]", (3,)),
        ("X[:2]", (3,)),
        ("X[::2]", (3,)),
        ("X[::-1]", (2,)),
        ("X[:, I3]", (2, 3)),
        ("X.T[I3]", (2, 3)),
        ("X[I3]", (3, 2)),
        ("X[I2]", (2, 2)),
        ("X[:, 0]", (2, 1)),
        ("X.reshape(-1)", (2, 1)),
    ],
    (3,): [
        ("X[::-1]", (3,)),
        ("X[:]", (3,)),
        ("X", (3,)),
        ("X[I2]", (2, 3)),
        ("X[:, I2]", (3, 2)),
        ("X.ravel()[::2]", (2, 3)),
        ("X.reshape(6)[2:5]", (2, 3)),
        ("X[I2, I2]", (2, 2, 3)),
        ("X[0]", (1, 3)),
        ("np.ravel(X)", (1, 3)),
    ],
    (2, 1): [("X[:, None]", (2,)), ("X[:, 1:2]", (2, 3)), ("X.reshape(2, 1)", (2,))],
    (1, 3): [("X[None]", (3,)), ("X[1:]", (2, 3)), ("X.reshape(1, -1)", (3,))],
    (2, 2): [("X.T", (2, 2)), ("X[:, 1:]", (2, 3)), ("X[:2]", (3, 2)), ("X[..., I3]", (2, 2, 3))],
    (2, 3): [
        ("X.T", (3, 2)),
        ("X.reshape(2, 3)", (3, 2)),
        ("X[::-1]", (2, 3)),
        ("X", (2, 3)),
        ("X[I2]", (2, 2, 3)),
        ("X[:, I2]", (2, 2, 3)),
    ],
    (3, 2): [("X.T", (2, 3)), ("X.reshape((3, 2))", (2, 3)), ("X[I2].T", (2, 2, 3))],
    (2, 2, 3): [("np.swapaxes(X, 0, 1)", (2, 2, 3)), ("X.transpose(1, 0, 2)", (2, 2, 3))],
}

# statements that write into an array of any shape; SAME and ONE are the shapes of what is written
WRITES_TO_ANY = (
    ("X += V", "SAME"),
    ("X -= V", "ONE"),
    ("X *= V", "ONE"),
    ("X /= 2.0 + (V) ** 2", "ONE"),
    ("X[:] = V", "SAME"),
    ("X[...] = V", "ONE"),
    ("X[X > 0.3] = V", "ONE"),
    ("X[X <= 0.3] *= V", "ONE"),
    ("X[0] = V", "ONE"),
    ("X[-1] += V", "ONE"),
    ("X **= 2", "ONE"),
    ("np.multiply(X, V, out=X)", "SAME"),
    ("np.subtract(V, X, X)", "SAME"),
    ("np.tanh(X, out=X)", "ONE"),
    ("np.copyto(X, V)", "SAME"),
    ("X.fill(V)", "ONE"),
)
WRITES: dict[Shape, list[tuple[str, Shape]]] = {
    (3,): [
        ("X[I3] = V", ()),
        ("X[I3] += V", ()),
        ("X[I3] *= V", ()),
        ("X[1:] = V", (2,)),
        ("X[:2] *= V", (2,)),
        ("X[1:] += X[:-1] * V", ()),
        ("X[:-1] = X[1:] - V", ()),
        ("X[::-1][I3] = V", ()),
        ("X[np.array([0, 2, 0])] = V", (3,)),
        ("X[[2, 0]] -= V", (2,)),
        ("X[I3], X[I3] = X[I3], V", ()),
        ("np.add(X, V, out=X, where=X > 0.1)", (3,)),
        ("np.add.at(X, np.array([0, 2, 0]), V)", (3,)),
        ("np.cumsum(X, out=X)", ()),
        ("X.sort()", ()),
        ("X[I3] = X[I3] * V", ()),
        ("X[[2, 0, 1]] = X * V", (3,)),
        ("shift(X)[0] += V", ()),
    ],
    (2,): [("X[I2] = V", ()), ("X[0], X[1] = X[1], V", ()), ("X[:] = X[::-1] * V", ())],
    (2, 3): [
        ("X[I2, I3] = V", ()),
        ("X[I2, I3] -= V", ()),
        ("X[I2][I3] = V", ()),
        ("X[I2] = V", (3,)),
        ("X[:, I3] += V", (2,)),
        ("X.T[I3] = V", (2,)),
        ("X.T[I3, I2] *= V", ()),
        ("X[I2][1:] = V", (2,)),
        ("X[np.array([0, 0])] = V", (2, 3)),
        ("X[:, [0, 2]] += V", (2, 1)),
        ("X[[0, 1]] = X[[1, 0]] * V", (3,)),
        ("np.cos(X[I2], out=X[I2])", ()),
        ("np.add.at(X, (np.array([1, 1]), np.array([0, 0])), V)", (2,)),
        ("X.flat[::4] = V", (2,)),
        ("X[0], X[1] = X[1].copy(), V", (3,)),
        ("X[:, 1:] *= X[:, :-1]", ()),
        ("X[1] -= X[0] * V", ()),
    ],
    (2, 2): [
        ("X[I2, I2] = V", ()),
        ("X[I2] -= X[I2] * V", ()),
        ("np.fill_diagonal(X, V)", ()),
        ("X += X.T * V", ()),
    ],
    (2, 2, 3): [
        ("X[I2] = V", (2, 3)),
        ("X[I2, I2, I3] += V", ()),
        ("X[:, I2] *= V", (3,)),
        ("X[..., I3] = V", (2, 2)),
        ("X[0] += X[1] * V", ()),
    ],
}

# statements that change a list of whatever is V, and by how much its length grows
LIST_CHANGES: list[tuple[str, int]] = [
    ("X.append(V)", 1),
    ("X.append(V)", 1),
    ("X.extend([V, V])", 2),
    ("X.insert(0, V)", 1),
    ("X.insert(1, V)", 1),
    ("X += [V]", 1),
    ("X[0] = V", 0),
    ("X[-1] = V", 0),
    ("X[-1] = X[-1] + V", 0),
    ("X[0] *= V", 0),
    ("X.reverse()", 0),
    ("X[0], X[-1] = X[-1], V", 0),
    ("X.pop()", -1),
    ("X.pop(0)", -1),
    ("X[:] = [z + V for z in X]", 0),
    ("X = X[::-1]", 0),
    ("X = [z * V for z in X]", 0),
    ("X = [V] + X", 1),
    ("X = X[1:] + [V]", 0),
    ("X = [z for z in X[:-1]] + [V]", 0),
    ("X = [y * z for y, z in zip(X, reversed(X))]", 0),
    ("X = list(X)", 0),
    ("X[:1] = [V]", 0),
    ("X[1:1] = [V]", 1),
    ("del X[0]", -1),
    ("del X[-1:]", -1),
]
# numbers of a list X of numbers, and of one of arrays
FOLDED = (
    "sum(X)",
    "max(X)",
    "min(X)",
    "np.sum(X)",
    "np.mean(X)",
    "sum(z * z for z in X)",
    "max(abs(z) for z in X)",
    "sum(y * z for y, z in zip(X, X[1:]))",
    "sum((k + 1) * z for k, z in enumerate(X))",
    "len(X) * X[0]",
    "np.sum(np.array(X) ** 2)",
    "sum(X[::-1][:2])",
    "sorted(X)[0]",
    "functools.reduce(lambda y, z: 0.5 * y + z, X)",
    "X[len(X) - 1]",
    "sum(X, 0.5)",
    "math.fsum(X)",
    "np.prod([1.0 + 0.1 * z for z in X])",
)
FOLDED_ARRAYS = (
    "np.sum(X)",
    "sum(np.sum(z) for z in X)",
    "np.sum(sum(X))",
    "np.max(np.stack(X))",
    "np.mean(np.array(X))",
    "max(z.sum() for z in X)",
    "np.sum(np.concatenate(X))",
    "sum([np.sum(y * z) for y, z in zip(X, reversed(X))])",
)

# statements over a dict X
DICT_LOOPS = (
    "for key in X:\n    X[key] = X[key] * V",
    "for key, value in X.items():\n    X[key] = value - V",
    "for key in X.keys():\n    X[key] *= V",
    "for key, value in X.items():\n    N = N + np.sum(value) * V",
    "for value in X.values():\n    N += np.sum(value)",
    "for key in sorted(X):\n    N = N * 0.5 + np.sum(X[key])",
    "X = {key: value * V for key, value in X.items()}",
    "X = {key: np.tanh(value) for key, value in X.items()}",
    "X = dict(X)",
    "X = {**X}",
    "X = X.copy()",
)
DICT_NUMBERS = (
    "sum(np.sum(z) for z in X.values())",
    "len(X) * {}",
    'X.get("none", {})',
    '(1.0 if "p" in X else 2.0) * {}',
    "max(np.max(value) for key, value in X.items())",
    "sum(np.sum(X[key]) for key in X)",
)

# a number N made of a vector X: of some of its elements, the best of them, or in order
TALLIES = (
    "sums = collections.defaultdict(float)\nfor e in X:\n"
    "    if e > V:\n        sums['p'] += e * W\n    else:\n        sums['q'] -= e\n"
    "N = sums['p'] * sums['q']",
    "sums = {'p': 0.5, 'q': W}\nfor e in X:\n    sums['p' if e > V else 'q'] *= e\n"
    "N = sums['p'] - sums['q']",
    "groups = {True: [W], False: [0.5]}\nfor e in X:\n    groups[e > V].append(e)\n"
    "N = sum(groups[True]) * len(groups[False]) + groups[False][-1]",
    "best = (V, 0)\nfor at, e in enumerate(X):\n    if e * W > best[0]:\n"
    "        best = (e * W, at)\nN = best[0] * X[best[1]]",
    "ranked = sorted(((e * W, at) for at, e in enumerate(X)), reverse=True)\n"
    "N = ranked[0][0] * X[ranked[-1][1]] + V",
    "counts = collections.Counter()\nfor at, e in enumerate(X):\n    counts[at % 2] += e * V\n"
    "N = counts[0] * counts[1] + W",
    "acc = 0\nfor e in X:\n    acc += np.tanh(e * X)\nN = np.sum(acc * X) + V",
    "acc = 1.5\nfor at in range(len(X)):\n    acc = acc - X[at] * X * W\nN = acc @ X * V",
    "N = np.sum(sum(e * X for e in X if e > V)) + W * sum(e for e in X)",
    "waiting = []\nfor at, e in enumerate(X):\n    heapq.heappush(waiting, (e * W, at))\n"
    "    if len(waiting) > 2:\n        heapq.heappop(waiting)\n"
    "N = waiting[0][0] * X[waiting[-1][1]] - V",
    "left = [e * V for e in X]\nleft.insert(1, W)\nat = left.index(max(left))\n"
    "N = left.pop(at) * left[0]\nleft.remove(min(left))\nN = N - left[-1]",
    "one, other = Box(V, X), Box(W, X * 2)\nbest = one if np.sum(X) > 0.1 else other\n"
    "N = best.p * one.p + best.x[1]\nranked = sorted([one, other, Box(N, X)], key=lambda b: b.p)\n"
    "N = ranked[0].p * ranked[-1].x[0] - ranked[1].p",
    "tally = 0.0\ndef bump(z):\n    nonlocal tally\n    tally += z * V\n"
    "def both(z):\n    bump(z)\n    if z > W:\n        bump(z * z)\n"
    "for e in X:\n    both(e)\nN = tally",
    "parts = (V, W, V * W) if V > W else (W,)\nN = sum(parts) * len(parts)",
    "hit = crossing(V, W)\nif hit is None:\n    N = V * W\n"
    "else:\n    low, high = hit\n    N = low * high",
    "found = next((e * W for e in X if e > V), W)\nN = found * V + next(iter(X))",
    "steps = [{'at': V, 'by': 0.5}]\nfor e in X:\n    if e > V:\n"
    "        steps.append({'at': e, 'by': steps[-1]['at'] * W})\n"
    "N = sum(step['at'] * step['by'] for step in steps) + len(steps) * V",
    "try:\n    low = math.log(V * V + 0.1)\nexcept ValueError:\n"
    "    raise OverflowError('small')\nN = low * W",
    "options = {'p': V}\nif V > W:\n    options['r'] = W * V\n"
    "N = options['p'] * options.get('r', 0.5) + len(options) * W",
    "ones, others = [W], [0.5]\nfor e in X:\n    (ones if e > V else others).append(e * V)\n"
    "N = sum(ones) * others[-1]",
    "held = {'p': V, 'q': W, 'r': V * W}\nN = held[max(held, key=held.get)] * V",
    "rest = [V]\nfor e in X:\n    if e > W:\n        rest.append(e)\n"
    "    else:\n        rest = [e * V]\nN = sum(rest) * rest[0]",
    "for at in itertools.count(1):\n    if at > 2 or X[at - 1] > V:\n        break\n"
    "N = X[at - 1] * W * at",
)

HEAD = """
import collections
import contextlib
import functools
import heapq
import itertools
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

SCALE = 0.7
KNOTS = np.array([0.3, -0.5, 1.1])
PICKS = {"sin": np.sin, "square": lambda z: z * z}


class Box:
    def __init__(self, p, x):
        self.p = p
        self.x = x


def shift(x):
    x[1:] = x[:-1] - x[1:]
    return x


def total(*parts, scale=1.0, **named):
    s = 0.0
    for part in parts:
        s += np.sum(part)
    for key, value in named.items():
        s -= 0.5 * np.sum(value)
    return s * scale


def power(x, k):
    return 1.0 if k == 0 else x * power(x, k - 1)


def halves(x):
    if len(x) < 2:
        return np.sin(x[0])
    return halves(x[: len(x) // 2]) * 0.5 + halves(x[len(x) // 2 :])


def norms(x):
    first, *others = x
    return first * first, (sum(others), np.sum(x))


def twice(f, x):
    return f(f(x))


def crossing(x, r):
    if x > r:
        return None
    return x * r, x - r


"""
# calls of the functions above; {} is an expression
CALLS: dict[Shape, list[tuple[str, list[Shape]]]] = {
    (): [
        ("total({}, {})", [(3,), ()]),
        ("total({}, scale={})", [(2,), ()]),
        ("total({}, first={}, second={})", [(), (3,), ()]),
        ("total(*{})", [(3,)]),
        ("total(*[{}, {}])", [(), ()]),
        ('total(**{{"y": {}, "scale": {}}})', [(3,), ()]),
        ("power({}, 3)", [()]),
        ("power({}, 0)", [()]),
        ("halves({})", [(3,)]),
        ("norms({})[0]", [(3,)]),
        ("norms({})[1][1]", [(3,)]),
        ("twice(np.sin, {})", [()]),
        ("twice(lambda z: z * 0.5 + 1.0, {})", [()]),
        ("functools.partial(total, scale={})({})", [(), (3,)]),
        ("(lambda y, z=2.0: y * z)({})", [()]),
    ],
    (3,): [
        ("twice(np.tanh, {})", [(3,)]),
        ("shift({} * 1.0)", [(3,)]),
        ("np.array([power(z, 2) for z in {}])", [(3,)]),
        ("np.array(list(map(math.sin, {})))", [(3,)]),
    ],
    (2, 3): [("twice(lambda z: np.cos(z), {})", [(2, 3)])],
}
