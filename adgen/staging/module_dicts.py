"""Dicts of the author's module, read entry by entry as they are now.

The code that is made of one serves as long as it has the same keys, and holds the same.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adgen.frontend.source import Size
from adgen.staging.terms import NotStatic, Term, as_tuple, static_value
from adgen.types import Known
from adgen.values import is_dict_to_read

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


def entries(stager: Stager, term: Term, node: ast.AST) -> dict[Any, Term] | None:
    """What a dict of the author's module has under which keys; None for anything else."""
    value = term.type.value if isinstance(term.type, Known) else None
    if not is_dict_to_read(value):
        return None
    stager.watched.append((size := Size.of(value), None, size))
    of_module, held = stager.expressions.of_module, stager.subscripts.held
    return {key: of_module(held(term, key), node) for key in value}


def method(
    stager: Stager, node: ast.Call, attr: str, base: Term, args: Sequence[Term]
) -> Term | None:
    """What a method gives that only looks at such a dict; None for others."""
    held = entries(stager, base, node) if attr in ("keys", "values", "items", "get") else None
    if held is None:
        return None
    if attr == "get":
        return _got(held, args)
    return None if args else views(stager, attr, held)


def _got(held: dict[Any, Term], args: Sequence[Term]) -> Term | None:
    """`d.get(key, otherwise)`; None where only a run knows the key."""
    try:
        key = static_value(args[0])
    except NotStatic:
        return None
    return held.get(key, args[1] if len(args) > 1 else Term(ast.Constant(None), Known(None)))


def views(stager: Stager, attr: str, held: dict[Any, Term]) -> Term:
    """`d.keys()`, `d.values()` or `d.items()`, element by element."""
    items = []
    for key, value in held.items():
        known = stager.constant(ast.Constant(key), key)
        items.append({"keys": known, "values": value}.get(attr) or as_tuple([known, value]))
    return as_tuple(items)
