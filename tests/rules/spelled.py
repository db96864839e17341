"""Calls of the catalogue's operations as people write them, one to a line in `spellings/`.

Names in a line stand for the values below: those of `OPERANDS` are differentiated, those of
`CONSTANTS` are names of the module around.
"""

import ast
import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from adgen.rules.draws import drawn_by, draws
from tests.rules.calls import SCIPY, compiled_with

_draw = np.random.default_rng(5).uniform


def drawn(*shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
    return _draw(low, high, size=shape)


def symmetric() -> np.ndarray:
    """A matrix with positive eigenvalues that are far apart."""
    a = 0.3 * drawn(3, 3)
    return a + a.T + np.diag([2.0, 4.0, 7.0])


OPERANDS: dict[str, Any] = {
    "m": drawn(2, 3),
    "t": drawn(2, 3, 4),
    "v": drawn(4),
    "w": drawn(4),
    "v3": drawn(3),
    "v2": drawn(2),
    "c21": drawn(2, 1),
    "c2": drawn(2),
    "u13": drawn(1, 3),
    "u3": drawn(3, low=0.5),
    "u4": drawn(4, low=0.5),
    "u23": drawn(2, 3, low=0.5),
    "x3": drawn(3, low=0.5),
    "x3s": np.sort(drawn(3)),
    "x4": np.sort(drawn(4, low=0.2, high=4.0)),
    "s": 0.8437,
    "q": -0.4312,
    "s2": 1.7311,
    "z": np.array(1.3),
    "e": np.zeros((0,)),
    "sq": drawn(3, 3) + np.diag([3.0, 5.0, 7.0]),
    "c32": drawn(3, 2),
    "c42": drawn(4, 2) + np.array([[4, 0], [0, 6], [0, 0], [0, 0.0]]),
    "big": np.cumsum(drawn(2, 6, low=-5.0, high=9.0), axis=1),
    "spd": symmetric(),
    "nn": np.where(np.eye(2, 3, 1), np.nan, drawn(2, 3)),
}

CONSTANTS: dict[str, Any] = {
    "mask": np.array([[True, False, True], [True, True, False]]),
    "ints4": np.array([0, 2, 1, 2]),
    "ints2": np.array([0, 1]),
    "tmask": np.array([True, False, True]),
    "tmask2": np.array([[True, False, True], [False, True, True]]),
    "grid3": np.array([0.0, 0.5, 2.0]),
    "grid4": np.array([0.0, 0.5, 2.0, 2.5]),
    "pair": (0, slice(None, 2)),
    "part": slice(0, 1),
    "listed": [0, 2],
}

MODULES = {"np": np, "math": math, **SCIPY}

TEXTS = {
    path.stem: path.read_text("utf-8")
    for path in sorted(Path(__file__).parent.glob("spellings/*.txt"))
}


@dataclass(frozen=True)
class Spelling:
    """A line: the program that it is, and what it is tried with."""

    family: str
    text: str

    @property
    def operands(self) -> tuple[str, ...]:
        found = (n.id for n in ast.walk(ast.parse(self.text)) if isinstance(n, ast.Name))
        return tuple(dict.fromkeys(name for name in found if name in OPERANDS))

    @property
    def function(self) -> Callable[..., Any]:
        return compiled_with((f"return {self.text}",), self.operands, CONSTANTS)

    @property
    def values(self) -> list[Any]:
        return [OPERANDS[name] for name in self.operands]

    @functools.cached_property
    def called(self) -> frozenset[Any]:
        """What the line calls: functions, and methods and attributes by their names."""
        return frozenset(found for n in ast.walk(ast.parse(self.text)) for found in _called(n))

    @property
    def is_there(self) -> bool:
        """Whether NumPy and Python have what the line asks for: versions differ."""
        try:
            eval(self.text, {**MODULES, **CONSTANTS, **OPERANDS})
        except (AttributeError, TypeError):
            return False
        return True


@functools.lru_cache
def spellings() -> list[Spelling]:
    lines = ((family, line) for family, text in TEXTS.items() for line in text.splitlines())
    return [Spelling(family, line) for family, line in lines if line]


def called() -> set[Any]:
    """What all lines call."""
    return {function for spelling in spellings() for function in spelling.called}


def _called(node: ast.AST) -> Iterator[Any]:
    if isinstance(node, ast.Attribute):
        yield f"method {node.attr}"
        yield f"attribute {node.attr}"
    if isinstance(node, ast.Attribute | ast.Name):
        try:
            found = eval(ast.unparse(node), dict(MODULES))
        except (NameError, AttributeError):
            return
        yield found
        if draws(found):  # a generator's method is the function of that name
            yield drawn_by(found.__name__)
