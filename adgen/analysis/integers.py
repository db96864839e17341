"""Whether integers can meet linear conditions: Fourier and Motzkin's elimination.

In: lengths that are to be at least zero, and lengths that are to be zero, as `Dim`s.
Out: False where no integers do; True where some do, or where that is not found out.

>>> i, j, n = (Dim.of(("index", letter)) for letter in "ijn")
>>> is_possible([j, i - j - 1, n - i - 1], [i - j])
False
>>> is_possible([j, i - j - 1, n - i - 1], [i - j - 2])
True
>>> is_possible([], [i * 2 - j * 2 - 1])
False
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from adgen.types import Atom, Dim

# more conditions than this are not followed up
MOST = 300

# the coefficient of each unknown, and behind them the constant
Row = tuple[int, ...]


def is_possible(at_least_zero: Iterable[Dim], zero: Iterable[Dim] = ()) -> bool:
    """Whether integers may meet the conditions; only a False is certain."""
    inequalities, equations = list(at_least_zero), list(zero)
    atoms = list(dict.fromkeys(a for dim in (*inequalities, *equations) for a, _ in dim.terms))
    rows = {_row(dim, atoms) for dim in inequalities}
    return _equal(rows, [_row(dim, atoms) for dim in equations])


def _row(dim: Dim, atoms: Sequence[Atom]) -> Row:
    factors = dict(dim.terms)
    return (*(factors.get(atom, 0) for atom in atoms), dim.const)


def _equal(rows: set[Row], equations: list[Row]) -> bool:
    """Solve the equations first: an unknown that occurs once is what the others make it."""
    while equations:
        first, *equations = equations
        factor = math.gcd(*first[:-1])
        if factor == 0:
            if first[-1]:
                return False
            continue
        if first[-1] % factor:
            return False
        first = tuple(k // factor for k in first)
        column = next((c for c, k in enumerate(first[:-1]) if abs(k) == 1), None)
        if column is None:
            rows |= {first, tuple(-k for k in first)}
            continue
        rows = {_without(row, first, column) for row in rows}
        equations = [_without(row, first, column) for row in equations]
    return _eliminated(rows)


def _without(row: Row, equation: Row, column: int) -> Row:
    """A row with the unknown of a column replaced by what an equation makes it."""
    times = row[column] * equation[column]
    return tuple(a - times * b for a, b in zip(row, equation, strict=True))


def _eliminated(rows: set[Row]) -> bool:
    while True:
        rows = {_tightened(row) for row in rows}
        if any(row[-1] < 0 and not any(row[:-1]) for row in rows):
            return False
        rows = {row for row in rows if any(row[:-1])}
        if not rows or len(rows) > MOST:
            return True
        width = len(next(iter(rows))) - 1
        counts = []
        for column in range(width):
            above = sum(row[column] > 0 for row in rows)
            below = sum(row[column] < 0 for row in rows)
            if above or below:
                counts.append((above * below, column))
        _, column = min(counts)
        rising = [row for row in rows if row[column] > 0]
        falling = [row for row in rows if row[column] < 0]
        rows = {row for row in rows if not row[column]}
        rows |= {_sum(up, down, column) for up in rising for down in falling}


def _sum(up: Row, down: Row, column: int) -> Row:
    a, b = -down[column], up[column]
    return tuple(a * x + b * y for x, y in zip(up, down, strict=True))


def _tightened(row: Row) -> Row:
    """The same for integers: 2 i - 1 >= 0 says that i - 1 >= 0."""
    factor = math.gcd(*row[:-1])
    return row if factor < 2 else (*(k // factor for k in row[:-1]), row[-1] // factor)
