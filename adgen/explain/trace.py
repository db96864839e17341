"""`adgen trace`: a run of a function as a table, a row for each gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from adgen.explain.values import said
from adgen.explain.walk import Share, Visit, Walk
from adgen.parts import held

if TYPE_CHECKING:
    from rich.table import Table

# of a gate that runs more often than this, the last turns are left out
MANY = 8


def table(walk: Walk, most: int = MANY) -> Table:
    """Source line, gate, value, gradient and local derivatives of everything that ran.

    Of a gate in a loop the first `most` turns are shown.
    """
    from rich.markup import escape
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    made.add_column("line", justify="right")
    made.add_column("gate", overflow="fold")
    made.add_column("value", style="green", justify="right")
    made.add_column("gradient", style="red", justify="right")
    made.add_column("local derivative", overflow="fold")
    for row in rows(walk, most):
        made.add_row(*map(escape, row))
    return made


def rows(walk: Walk, most: int = MANY) -> Iterator[Sequence[str]]:
    """The table's cells: arguments, gates in the order of the forward, and what was left out."""
    for name, argument in walk.inputs.items():
        gradient = "" if argument.gradient is None else said(argument.gradient)
        yield "", name, said(argument.value), gradient, ""
    left_out = 0
    for visit in walk.visits:
        if visit.turn >= most:
            left_out += 1
            continue
        line = str(visit.span.line) if visit.span is not None else ""
        gradient = "" if visit.gradient is None else said(visit.gradient)
        yield line, visit.text, said(visit.value), gradient, "; ".join(_locals(visit))
    if left_out:
        yield "", f"... and {left_out} more turns of the loops", "", "", ""


def _locals(visit: Visit) -> Iterator[str]:
    for share in visit.shares:
        if share.local:
            yield _local(share)
        elif share.target.startswith("d") and held(share.value) is None:
            yield share.text


def _local(share: Share) -> str:
    """`d/dx = 2 * x = 6`."""
    value = said(share.slope)
    shown = share.local if share.local in (value, f"{value}.0") else f"{share.local} = {value}"
    return f"d/{share.target} = {shown}"
