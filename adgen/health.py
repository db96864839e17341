"""What training goes wrong by: gradients that vanish or explode, dead units, the first NaN.

All is read off a run gate by gate (`explain.walk`), so it names gates and the author's lines.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.api import Gradient
from adgen.doors import observed
from adgen.errors import AdgenError
from adgen.explain.values import norm
from adgen.explain.walk import Visit, Walk, walk

if TYPE_CHECKING:
    from rich.table import Table

# a gradient this much smaller or larger than the largest or smallest beside it is worth a word
RATIO = 1e4
# bars end at gradients this many powers of ten below the largest
DECADES = 6.0


class NotFiniteError(AdgenError, ArithmeticError):
    """A value or gradient that is NaN or infinite; the message names the gate and its line."""


@dataclass(frozen=True)
class GateHealth:
    """How a gate fares: norms of its value and its gradient (its first turn, in a loop)."""

    number: int
    line: int | None
    text: str
    value: float
    gradient: float
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Health:
    """The gates in the order of the forward, and where the first NaN comes from, if from one."""

    name: str
    gates: tuple[GateHealth, ...]
    origin: str | None

    def __str__(self) -> str:
        worst = [
            f"line {g.line}: {g.text}: {', '.join(g.remarks)}" for g in self.gates if g.remarks
        ]
        return "\n".join([*([self.origin] if self.origin else []), *worst]) or "nothing to remark"


def health(gradient: Gradient, args: Sequence[Any]) -> Health:
    """Run a function and its gradient, and look at every gate.

    >>> from adgen import grad
    >>> def f(x):
    ...     h = np.maximum(0, x)
    ...     return np.sum(h * h)
    >>> print(health(grad(f), (np.array([[-1.0, 2.0], [-3.0, 4.0]]),)))
    line 2: h = np.maximum(0, x): 1 of 2 units are dead
    """
    with np.errstate(all="ignore"):
        run = walk(gradient, args)
    return Health(run.name, tuple(_gates(run)), origin(run))


def _gates(run: Walk) -> Iterator[GateHealth]:
    numbers = dict.fromkeys(v.number for v in run.visits if v.gradient is not None)
    for number in numbers:
        visits = [v for v in run.of(number) if v.gradient is not None]
        first = visits[0]
        remarks = [*_through_time(visits), *_dead(visits)]
        line = first.span.line if first.span is not None else None
        yield GateHealth(
            number, line, first.text, _size(first.value), _size(first.gradient), tuple(remarks)
        )


def _through_time(visits: Sequence[Visit]) -> Iterator[str]:
    """Whether the gradient grows or shrinks from the last turn of a loop to the first."""
    first, last = _size(visits[0].gradient), _size(visits[-1].gradient)
    if len(visits) < 2 or not np.isfinite(first + last) or not last:
        return
    if first < last / RATIO:
        yield f"the gradient vanishes: {last:.1e} in the last turn, {first:.1e} in the first"
    if first > last * RATIO:
        yield f"the gradient explodes: {last:.1e} in the last turn, {first:.1e} in the first"


def _dead(visits: Sequence[Visit]) -> Iterator[str]:
    """Units whose local derivative is switched off for every example."""
    slopes = [s.slope for v in visits for s in v.shares
              if isinstance(s.slope, np.ndarray) and s.slope.dtype == bool]  # fmt: skip
    if not slopes or slopes[0].ndim < 2:
        return
    alive = np.any([np.any(mask, axis=tuple(range(mask.ndim - 1))) for mask in slopes], axis=0)
    if not np.all(alive):
        yield f"{np.sum(~alive)} of {alive.size} units are dead"


def origin(run: Walk) -> str | None:
    """The gate that made the first value or gradient that is not finite."""
    for visit in run.visits:
        if not _is_finite(visit.value):
            return f"{_where(visit)} gives the first value that is {_kind(visit.value)}"
    for visit in reversed(run.visits):
        for share in visit.shares:
            if not _is_finite(share.value):
                return (
                    f"the gradient of {_where(visit)} is the first that is {_kind(share.value)}: "
                    f"{share.text}"
                )
    return None


def _where(visit: Visit) -> str:
    place = f" ({visit.span})" if visit.span is not None else ""
    turn = f", turn {visit.turn + 1}" if visit.turn else ""
    return f"`{visit.text}`{place}{turn}"


def _kind(value: Any) -> str:
    return "NaN" if np.any(np.isnan(np.asarray(value, dtype=complex))) else "infinite"


def _is_finite(value: Any) -> bool:
    parts = value if isinstance(value, tuple | list) else (value,)
    return all(
        np.all(np.isfinite(part))
        for part in parts
        if isinstance(part, float | complex | np.ndarray | np.generic)
        and np.asarray(part).dtype.kind in "fc"
    )


def _size(value: Any) -> float:
    """The root of the mean square."""
    try:
        return norm(value) / math.sqrt(max(np.size(value), 1))
    except (TypeError, ValueError):
        return float("nan")


# -- while code runs ----------------------------------------------------------------


@contextmanager
def debug_nans() -> Iterator[None]:
    """Within this, a gradient that is not finite raises `NotFiniteError`, which names the gate.

    The call is run a second time gate by gate to find out, so only what goes wrong costs time.

    >>> from adgen import debug_nans, grad
    >>> def f(x):
    ...     return np.log(x) * 2.0
    >>> with debug_nans(), np.errstate(all="ignore"):
    ...     try:
    ...         _ = grad(f)(np.zeros(()))
    ...     except NotFiniteError as wrong:
    ...         print("out0 = np.log(x)" in str(wrong))
    True
    """

    def check(gradient: Gradient, args: Sequence[Any], found: Any) -> None:
        if not _is_finite(tuple(_leaves(found))):
            run = walk(gradient, args)
            raise NotFiniteError(origin(run) or f"the gradient of `{run.name}` is not finite")

    with observed(check):
        yield


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for part in value:
            yield from _leaves(part)
    else:
        yield value


# -- for people ---------------------------------------------------------------------


def table(found: Health) -> Table:
    """A row for each gate, with a bar for its gradient."""
    from rich.markup import escape
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for head in ("line", "gate", "value", "gradient", "", "remarks"):
        made.add_column(head, justify="right" if head in ("line", "value", "gradient") else "left")
    for gate, bar in zip(found.gates, _bars(found), strict=True):
        line = "" if gate.line is None else str(gate.line)
        sizes = (f"{gate.value:.1e}", f"{gate.gradient:.1e}")
        made.add_row(line, escape(gate.text), *sizes, bar, escape("; ".join(gate.remarks)))
    return made


def _bars(found: Health, width: int = 20) -> list[str]:
    """Gradients on a logarithmic scale."""
    sizes = [np.log10(g.gradient) if 0 < g.gradient < np.inf else np.nan for g in found.gates]
    known = [s for s in sizes if not np.isnan(s)]
    high = max(known, default=0.0)
    low = max(min(known, default=0.0), high - DECADES)
    span = max(high - low, 1.0)
    parts = [0.0 if np.isnan(s) else max(s - low, 0.0) / span for s in sizes]
    return ["" if np.isnan(s) else "#" * round(1 + (width - 1) * p)
            for s, p in zip(sizes, parts, strict=True)]  # fmt: skip


def picture(found: Health, file: str) -> None:
    """Gradients gate by gate, drawn by matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 1.5 + 0.28 * len(found.gates)), layout="constrained")
    said = [f"{g.text}   ({g.number})" for g in found.gates][::-1]
    sizes = [g.gradient if np.isfinite(g.gradient) else 0.0 for g in found.gates][::-1]
    colours = ["tab:orange" if g.remarks else "tab:red" for g in found.gates][::-1]
    axes.barh(range(len(said)), sizes, color=colours)
    axes.set_yticks(range(len(said)), said, fontsize=8, family="monospace")
    if max(sizes, default=0.0) > 0.0:
        axes.set_xscale("log")
    axes.set_xlabel("gradient (root mean square)")
    axes.set_title(found.name)
    figure.savefig(file)
    plt.close(figure)
