"""Lists that change at any position, as changes at their end and a new order.

`v = xs.pop(i)` stands for

    order = np.append(np.delete(np.arange(len(xs)), i), i)
    xs[:] = [xs[j] for j in order]
    v = xs.pop()

since what is put in or taken out at the end is told from all others by its place alone.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from adgen.staging.sugar import written_out
from adgen.staging.terms import Given, Term, numpy
from adgen.types import Known

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

_TO_THE_END = "places = arange(len(xs))\norder = append(delete(places, at), places[at])"
# slices end where the list does, as places to insert at do
_FROM_THE_END = (
    "places = arange(len(xs) - 1)\n"
    "order = concatenate((places[:at], [len(xs) - 1], places[at:]))"
)


def to_the_end(stager: Stager, base: Term, at: Term, node: ast.expr) -> None:
    """The element at a position goes to the end."""
    stager.lists.changes.reorder(base, _order(stager, _TO_THE_END, base, at, node), node)


def from_the_end(stager: Stager, base: Term, at: Term, node: ast.expr) -> None:
    """The last element goes to a position."""
    stager.lists.changes.reorder(base, _order(stager, _FROM_THE_END, base, at, node), node)


def _order(stager: Stager, text: str, base: Term, at: Term, node: ast.expr) -> Term:
    functions = {f.__name__: f for f in (np.arange, np.append, np.delete, np.concatenate)}
    terms = {known_as: Term(numpy(known_as), Known(f)) for known_as, f in functions.items()}
    terms |= {"xs": base, "at": at}
    given = {k: ast.copy_location(Given(term), node) for k, term in terms.items()}
    return written_out(stager, node, text, "order", given)
