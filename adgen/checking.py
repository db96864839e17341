"""Hold a gradient against differences.

In: a function and arguments.  Out: a `Report` with a line per argument, or a
`GradientError` that names the entry which is furthest off.

Differences are central ones at a few steps, extrapolated to step zero
(Ridders' way), so that they are good to ten digits or so where the function is
smooth.  Small arguments are checked entry by entry, large ones along random
directions; where a direction disagrees, it is halved until one entry is left.
Complex arguments are moved along both of their axes.

>>> import numpy as np
>>> print(check_grads(lambda x, k: 0.5 * k * np.sum(x**2), (np.array([1.0, 2.0]), 3.0)).table(0))
x  f8[2]  ok
k  float  ok
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adgen.api import Gradient
from adgen.errors import AdgenError
from adgen.parts import Place, copied, held, leaves, part_at, said, with_part
from adgen.paths import leaf_of
from adgen.values import is_named_tuple
from adgen.wrt import Wrt

# up to this many entries are checked one by one
SMALL = 100
DIRECTIONS = 5
# the first step, for an entry of size one, and how it shrinks
STEP = 1e-2
SHRINK = 0.25
STEPS = 8


class GradientError(AdgenError, AssertionError):
    """A gradient that differences contradict; `report` has the details."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.complaint())
        self.report = report


@dataclass(frozen=True)
class Slope:
    """The gradient and the differences at one entry, or along one direction."""

    place: str
    gradient: float
    differences: float
    ok: bool

    @property
    def error(self) -> float:
        off = abs(self.gradient - self.differences)
        return math.inf if math.isnan(off) else off


@dataclass(frozen=True)
class Checked:
    """What came out for one argument.

    `relative_error` is the largest error in terms of the argument's largest
    slope: that of single entries says little where they cancel to nothing.
    """

    name: str
    type: str
    slopes: tuple[Slope, ...]
    mismatch: str = ""

    @property
    def ok(self) -> bool:
        return not self.mismatch and all(slope.ok for slope in self.slopes)

    @property
    def worst(self) -> Slope | None:
        """The slope that is furthest off, a failed one if there is any."""
        return max(self.slopes, key=lambda s: (not s.ok, s.error), default=None)

    @property
    def absolute_error(self) -> float:
        return max((slope.error for slope in self.slopes), default=0.0)

    @property
    def relative_error(self) -> float:
        largest = max((abs(slope.differences) for slope in self.slopes), default=0.0)
        return self.absolute_error / largest if largest else self.absolute_error

    def complaint(self) -> str:
        if self.mismatch:
            return f"d{self.name} {self.mismatch}"
        worst = self.worst
        assert worst is not None
        return f"d{worst.place} is {worst.gradient:.9g}, differences say {worst.differences:.9g}"


@dataclass(frozen=True)
class Report:
    """The outcome for a function, argument by argument."""

    function: str
    arguments: tuple[Checked, ...]

    @property
    def ok(self) -> bool:
        return all(argument.ok for argument in self.arguments)

    def complaint(self) -> str:
        """The failures, a line each."""
        wrong = [f"  {a.complaint()}" for a in self.arguments if not a.ok]
        return "\n".join([f"the gradient of `{self.function}` is wrong:", *wrong])

    def table(self, errors: bool = True) -> str:
        """A line per argument, in columns; with `errors`, under a heading."""
        rows = [_row(argument, errors) for argument in self.arguments]
        if errors:
            rows.insert(0, ["argument", "type", "max abs error", "max rel error", ""])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in rows)
        return "\n".join(line.rstrip() for line in lines)

    __str__ = table


def _row(argument: Checked, errors: bool) -> list[str]:
    verdict = "ok" if argument.ok else "FAIL"
    if not errors:
        return [argument.name, argument.type, verdict]
    sizes = [f"{argument.absolute_error:.1e}", f"{argument.relative_error:.1e}"]
    return [argument.name, argument.type, *(["-", "-"] if argument.mismatch else sizes), verdict]


def check_grads(
    function: Any,
    args: Sequence[Any],
    *,
    wrt: Wrt = None,
    dout: Any = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> Report:
    """Compare the gradient of `function` at `args` with differences.

    A result that is an array is weighted with `dout`, random by default.  The
    tolerances are those of float64, or of float32 where that is among the
    arguments; `atol` comes on top of the noise that differences have.

    Raises `GradientError`, an `AssertionError` too, where they disagree, and
    `UserError` for code that is not accepted.

    >>> check_grads(lambda x: x * x, (3.0,)).ok
    True
    """
    report = compare(function, args, wrt=wrt, dout=dout, rtol=rtol, atol=atol)
    if not report.ok:
        raise GradientError(report)
    return report


def compare(
    function: Any,
    args: Sequence[Any],
    *,
    wrt: Wrt = None,
    dout: Any = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> Report:
    """`check_grads`, without an exception for what disagrees."""
    gradient = function if isinstance(function, Gradient) else Gradient(function, wrt)
    out, cache = gradient.forward(*args)
    if dout is None:
        dout = _random_like(out)
    found = gradient.backward(dout, cache)
    names, bare = gradient.differentiated(gradient.bound(*args))
    gradients = (found,) if bare else found
    coarse = any(_is_coarse(leaf) for arg in (*args, out) for _, leaf in leaves(arg))
    tolerance = Tolerance(
        rtol if rtol is not None else 2e-3 if coarse else 1e-6,
        atol if atol is not None else 1e-4 if coarse else 1e-8,
    )
    function, values = gradient.on_all(args)
    parts = []
    for path, given in zip(names, gradients, strict=True):
        parameter, place = leaf_of(path)
        loss = Loss(function, values, parameter, dout)
        parts.append(_argument(path, values[parameter], place, given, loss, tolerance))
    return Report(gradient.definition.name, tuple(parts))


@dataclass(frozen=True)
class Tolerance:
    """When a slope and its differences agree."""

    rtol: float
    atol: float

    def slope(self, place: str, gradient: float, found: tuple[float, float]) -> Slope:
        differences, noise = found
        allowed = self.atol + noise + self.rtol * max(abs(gradient), abs(differences))
        return Slope(place, gradient, differences, abs(gradient - differences) <= allowed)


@dataclass(frozen=True)
class Loss:
    """`sum(dout * function(...))`, of which the real part counts, as a function of one argument."""

    function: Callable[..., Any]
    values: Mapping[str, Any]
    name: str
    dout: Any

    def __call__(self, value: Any) -> tuple[float, float]:
        """The loss, and the size of the numbers that it was summed up from."""
        args = [value if n == self.name else copied(v) for n, v in self.values.items()]
        with np.errstate(all="ignore"):
            pairs = _paired(self.dout, self.function(*args))
            terms = [np.real(_wide(dout * out)) for dout, out in pairs]
            sizes = [float(np.sum(np.abs(part))) for part in terms]
            return sum(float(np.sum(part)) for part in terms), sum(sizes)

    def slope(self, along: Callable[[float], Any]) -> tuple[float, float]:
        """The derivative of the loss along a path at its zero, and its noise."""
        return extrapolated(lambda step: (*self(along(step)), *self(along(-step))))


def extrapolated(
    sides: Callable[[float], tuple[float, float, float, float]],
) -> tuple[float, float]:
    """Ridders' extrapolation of central differences, and the noise they may have.

    `sides(step)` gives value and size of the terms on both sides of the point.
    """
    best, error, noise = math.nan, math.inf, 0.0
    row: list[float] = []
    for k in range(STEPS):
        step = STEP * SHRINK**k
        try:
            up, size_up, down, size_down = sides(step)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue  # the step leaves the domain; a smaller one may not
        row, before = [(up - down) / (2 * step)], row
        rounding = float(4 * np.finfo(float).eps * (size_up + size_down) / step)
        best = row[0] if math.isnan(best) else best
        for i, coarser in enumerate(before, 1):
            factor = SHRINK ** (-2 * i)
            row.append((row[-1] * factor - coarser) / (factor - 1))
            off = max(abs(row[i] - row[i - 1]), abs(row[i] - coarser)) + rounding
            if off <= error:
                best, error, noise = row[i], off, rounding
    return best, noise


def _argument(
    name: str, value: Any, root: Place, gradient: Any, loss: Loss, tolerance: Tolerance
) -> Checked:
    """The part of an argument at `root`, which a gradient is for."""
    mine = part_at(value, root)
    kind = describe(mine)
    mismatch = _mismatch(mine, gradient)
    if mismatch:
        return Checked(name, kind, (), mismatch)
    slopes: list[Slope] = []
    for place, leaf in leaves(mine):
        if not _is_floating(leaf):
            continue
        known_as = name + said(mine, place)
        part, given = (*root, *place), part_at(gradient, place)
        by = _by_entry if np.size(leaf) <= SMALL else _by_direction
        slopes += by(known_as, value, part, given, loss, tolerance)
    return Checked(name, kind, tuple(slopes))


def _by_entry(
    said: str, value: Any, place: Place, gradient: Any, loss: Loss, tolerance: Tolerance
) -> Iterator[Slope]:
    shape = np.shape(gradient)
    for index in np.ndindex(shape):
        mask = np.zeros(shape)
        mask[index] = 1.0
        entry = f"{said}[{', '.join(map(str, index))}]" if index else said
        yield _along(entry, value, place, gradient, mask, loss, tolerance)
        if np.iscomplexobj(part_at(value, place)):
            yield _along(entry + _AXIS[1j], value, place, gradient, mask * 1j, loss, tolerance)


def _by_direction(
    said: str, value: Any, place: Place, gradient: Any, loss: Loss, tolerance: Tolerance
) -> Iterator[Slope]:
    rng = np.random.default_rng(0)
    axes = (1.0, 1j) if np.iscomplexobj(part_at(value, place)) else (1.0,)
    for number in range(1, DIRECTIONS + 1):
        direction: Any = sum(axis * rng.normal(size=np.shape(gradient)) for axis in axes)
        direction /= np.linalg.norm(direction)

        def slope(mask: Any, place_said: str) -> Slope:
            return _along(place_said, value, place, gradient, mask, loss, tolerance)

        found = slope(direction, f"{said} along random direction {number}")
        yield found
        if not found.ok:
            yield _narrowed(said, direction, slope, axes)
            return


def _narrowed(
    said: str, direction: Any, slope: Callable[[Any, str], Slope], axes: Sequence[complex]
) -> Slope:
    """The slope at one entry that makes a direction disagree, found by halving."""
    where = np.arange(direction.size)
    while where.size > 1:
        halves = np.array_split(where, 2)
        found = [slope(_only(direction, half), said) for half in halves]
        where = halves[0] if found[0].error >= found[1].error else halves[1]
    index = np.unravel_index(int(where[0]), direction.shape)
    single = _only(np.ones(direction.shape), where)
    entry = f"{said}[{', '.join(str(int(i)) for i in index)}]"
    found = [slope(single * axis, entry + _AXIS[axis]) for axis in axes]
    return max(found, key=lambda s: s.error)


# how a slope along an axis of the complex plane is told
_AXIS = {1.0: "", 1j: " along the imaginary axis"}


def _only(direction: Any, where: Any) -> Any:
    mask = np.zeros_like(direction).ravel()
    mask[where] = direction.ravel()[where]
    return mask.reshape(direction.shape)


def _along(
    said: str,
    value: Any,
    place: Place,
    gradient: Any,
    direction: Any,
    loss: Loss,
    tolerance: Tolerance,
) -> Slope:
    """The slope along a direction; every entry moves in proportion to its size."""
    leaf = part_at(value, place)
    moved = np.asarray(direction) * np.clip(np.abs(_wide(leaf)), 1e-2, 1.0)
    reach = np.max(np.abs(moved)) / np.max(np.abs(direction))

    def along(step: float) -> Any:
        changed = _wide(leaf) + step * moved
        return with_part(value, place, changed if np.ndim(leaf) else _scalar(leaf, changed))

    found, noise = loss.slope(along)
    expected = float(np.real(np.sum(_wide(gradient) * moved)))
    return tolerance.slope(said, expected / reach, (found / reach, noise / reach))


# -- arguments and their parts --------------------------------------------------


def describe(value: Any) -> str:
    """The type as it is shown to people: `float`, `f8[3,4]`, `list of 3`."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str[1:]}[{','.join(map(str, value.shape))}]"
    if isinstance(value, list | tuple | dict) and not is_named_tuple(type(value)):
        return f"{type(value).__name__} of {len(value)}"
    return type(value).__name__


def _mismatch(value: Any, gradient: Any) -> str:
    """How a gradient's structure differs from its argument's."""
    parts = held(value)
    wrong = f"is {describe(gradient)}, the argument is {describe(value)}"
    if parts is None:
        alike = np.shape(gradient) == np.shape(value)
        return "" if alike and np.result_type(gradient) == np.result_type(value) else wrong
    floating = [key for key, part in parts if _holds_floats(part)]
    if isinstance(value, list | tuple):
        fits = type(gradient) is type(value) and len(gradient) == len(value)
    else:
        fits = isinstance(gradient, dict) and list(gradient) == floating
    if not fits:
        return wrong
    found = (_mismatch(part_at(value, (k,)), part_at(gradient, (k,))) for k in floating)
    return next((mismatch for mismatch in found if mismatch), "")


def _holds_floats(value: Any) -> bool:
    return any(_is_floating(leaf) for _, leaf in leaves(value))


def _is_floating(leaf: Any) -> bool:
    if isinstance(leaf, np.ndarray):
        return leaf.dtype.kind in ("f", "c")
    return isinstance(leaf, float | complex | np.inexact)


def _wide(value: Any) -> Any:
    """A number or an array in double precision."""
    wide = np.result_type(np.asarray(value).dtype, np.float64)
    return np.asarray(value, dtype=wide)[()]


def _is_coarse(leaf: Any) -> bool:
    coarse = (np.float32, np.float16, np.complex64)
    return isinstance(leaf, np.ndarray | np.generic) and leaf.dtype in coarse


def _scalar(leaf: Any, value: Any) -> Any:
    """A moved number of the kind it was, in double precision."""
    if isinstance(leaf, np.ndarray):
        return np.asarray(value)
    if isinstance(leaf, np.generic):
        return _wide(value)
    return complex(value) if isinstance(leaf, complex) else float(value)


def _random_like(out: Any) -> Any:
    """An adjoint for a result: 1.0 for a number, random for an array."""
    if isinstance(out, dict):
        return {key: _random_like(part) for key, part in out.items()}
    if isinstance(out, list | tuple):
        return [_random_like(part) for part in out]
    if np.ndim(out) == 0:
        return 1.0 + 0.5j if np.iscomplexobj(out) else 1.0
    rng = np.random.default_rng(1)
    drawn = rng.normal(size=np.shape(out))
    if np.iscomplexobj(out):
        drawn = drawn + 1j * rng.normal(size=np.shape(out))
    return drawn.astype(np.result_type(out))


def _paired(dout: Any, out: Any) -> Iterator[tuple[Any, Any]]:
    """Adjoints with the numbers and arrays of a result that they are for."""
    for place, part in leaves(out):
        if _is_floating(part):
            yield part_at(dout, place), part
