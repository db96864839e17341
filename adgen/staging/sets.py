"""Sets: those that are the same in every run, and those that the forward fills as it runs.

Nothing that is differentiated is kept in a set, so a set decides only which way a run goes. One
that is known while compiling may not change; one that may change is asked where the code runs.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adgen.ir import Effect
from adgen.staging.terms import Given, NotStatic, Term, leaves, listed, static_value
from adgen.types import Known, Opaque

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# a set that is filled as the code runs
A_SET = Opaque("set")
# the methods that change one, and those among them that give nothing
CHANGE = ("add", "remove", "discard", "clear", "pop", "update", "intersection_update",
          "difference_update", "symmetric_difference_update")  # fmt: skip
CHANGING = CHANGE[:4]


def known_set(stager: Stager, terms: Sequence[Term], expr: ast.expr) -> Term | None:
    """`set(xs)` of what is known while compiling, unless the function may add to it."""
    nodes = ast.walk(stager.definition.tree)
    if any(isinstance(n, ast.Attribute) and n.attr in CHANGE for n in nodes):
        return None
    try:
        held: frozenset[Any] = frozenset(*(static_value(term) for term in terms))
    except (NotStatic, TypeError):
        return None
    return Term(expr, Known(held))


def of_known(
    stager: Stager, function: Any, node: ast.Call, held: frozenset[Any], into: str | None
) -> Term | None:
    """`sorted`, `sum`, `min` or `max` of a set that is the same in every run."""
    if function not in (sorted, sum, min, max):
        return None
    ordered = listed([stager.constant(ast.Constant(k), k) for k in sorted(held)])
    if function is sorted:
        return ordered
    call = ast.Call(node.func, [ast.copy_location(Given(ordered), node)], [])
    return stager.expr(ast.copy_location(call, node), into)


def check_names(stager: Stager, node: ast.AugAssign, before: Term) -> None:
    """`s |= t` changes a set under all its names."""
    if not isinstance(before.type, Known) or not isinstance(before.type.value, frozenset):
        return
    known = before.type.value
    tables = [stager.env, *(frame.env for frame in stager.frames)]
    types = [term.type for table in tables for term in table.values()]
    if sum(isinstance(type_, Known) and type_.value is known for type_ in types) > 1:
        raise stager.refuse(
            node, "this changes a set that has another name, too",
            help="make a new one, with `|`",
        )  # fmt: skip


def changed(stager: Stager, call: ast.Call) -> bool:
    """Carry out `seen.add(i)` on the way forward, of a set of the function's own."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr not in CHANGING:
        return False
    if not isinstance(func.value, ast.Name) or call.keywords:
        return False
    holder = stager.env.get(func.value.id)
    if holder is None or holder.type != A_SET:
        return False
    terms = [stager.expr(arg) for arg in call.args]
    if any(part.varied for term in terms for part in (term, *leaves(term))):
        raise stager.refuse(
            call, "a set of differentiated values is not supported",
            help="keep their positions in it",
        )  # fmt: skip
    done = ast.Call(ast.Attribute(holder.expr, func.attr, ast.Load()),
                    [t.expr for t in terms], [])  # fmt: skip
    note = ast.copy_location(ast.Expr(done), call)
    stager.body.append(Effect(note, stager.statement, stager.new_key()))
    return True


def check_method(stager: Stager, node: ast.AST, base: Term, attr: str) -> None:
    """A set that is known while compiling is changed by no method."""
    if isinstance(base.type, Known) and isinstance(base.type.value, frozenset):
        if attr in CHANGE:
            raise stager.refuse(
                node, f"`.{attr}()` of this set is not supported",
                help="begin with `set()`, and add to it",
            )  # fmt: skip
