"""`heapq`: what its functions do to a list, as the statements that they stand for.

Where the elements go depends on the data, as in sorting: a helper tells it by carrying the
function out on their places, and the list is put together again in that order.
"""

from __future__ import annotations

import ast
import heapq
from typing import TYPE_CHECKING, Any

from adgen import runtime
from adgen.ir import name
from adgen.staging.placed import is_placed
from adgen.staging.sugar import filled, written_out
from adgen.staging.terms import Given, Term
from adgen.types import Known

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# how many arguments each takes, and what it is called for `heap_order`
CHANGES: dict[Any, tuple[int, str]] = {
    heapq.heapify: (1, "heapify"),
    heapq.heappush: (2, "heappush"),
    heapq.heappop: (1, "heappop"),
}


def is_change(function: Any, node: ast.Call) -> bool:
    """Whether a call is one of those that are written out here."""
    found = next((count for known, (count, _) in CHANGES.items() if known is function), None)
    return len(node.args) == found and not node.keywords


def changed(stager: Stager, node: ast.Call, function: Any, into: str | None) -> Term:
    """What a call gives that changes a heap."""
    owner, *more = node.args
    if not isinstance(owner, ast.Name | ast.Attribute):
        raise stager.refuse(owner, "the heap has to have a name", help="give the list a name")
    _, called = CHANGES[function]
    if more:
        stager.flow.block(filled("xs.append(v)", {"xs": owner, "v": more[0]}, node))
    columns = _columns(stager, owner)
    order = _order(stager, node, columns, called)
    for column in columns:
        stager.lists.changes.reorder(column, order, node)
    if called != "heappop":
        return Term(ast.Constant(None), Known(None))
    pop = ast.copy_location(ast.Attribute(owner, "pop", ast.Load()), node)
    return stager.expr(ast.copy_location(ast.Call(pop, [], []), node), into)


def _order(stager: Stager, node: ast.Call, columns: tuple[Term, ...], called: str) -> Term:
    """Where the elements come from, as an array of positions."""
    order = Term(name("@rt.heap_order"), Known(runtime.heap_order))
    terms = {"ordered": order, **{f"c{at}": column for at, column in enumerate(columns)}}
    given = {k: ast.copy_location(Given(term), node) for k, term in terms.items()}
    keys = ", ".join(list(given)[1:])
    return written_out(stager, node, f"order = ordered(({keys},), {called!r})", "order", given)


def _columns(stager: Stager, owner: ast.expr) -> tuple[Term, ...]:
    """The list, or for one of tuples the list for each place in them."""
    found = stager.expr(owner)
    if is_placed(found):
        raise stager.lists.placed.refusal(found)
    if found.columns:
        return tuple(stager.memory.fresh(None, column, owner) for column in found.columns)
    if found.items is not None:
        raise stager.lists.needed(found, owner)
    return (found,)
