"""Whose memory the value of an expression may be, or be a view of."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from adgen.algebra import Paren
from adgen.analysis.expressions import TypeOf
from adgen.ir import PairFunction, names_in
from adgen.runtime import HANDS_ON
from adgen.types import Seq

# stands for memory that is not this backward's own
READ_ONLY = "@broadcast"


def roots(node: ast.expr, type_of: TypeOf) -> set[str]:
    """The names whose storage an expression's value may share."""
    match node:
        case ast.Name(id=identifier):
            return {identifier}
        case Paren(value=value):
            return roots(value, type_of)
        case ast.Subscript(value=value):
            if isinstance(type_of(value), Seq) and any(":%" in n for n in names_in(value)):
                return set()  # what a helper's backward gives: each part is this one's own
            return roots(value, type_of)
        case ast.Attribute(value=value, attr="T" | "mT" | "real" | "imag"):
            return roots(value, type_of)
        case ast.IfExp(body=body, orelse=orelse):
            return roots(body, type_of) | roots(orelse, type_of)
        case ast.Call(func=func, args=args):
            return _call_roots(func, args, type_of)
    return set()


def _call_roots(func: ast.expr, args: Sequence[ast.expr], type_of: TypeOf) -> set[str]:
    if isinstance(func, ast.Name) and func.id.startswith("@rt."):
        sharing = args if func.id.removeprefix("@rt.") in HANDS_ON else []
        return set().union(*(roots(arg, type_of) for arg in sharing))
    function = type_of.resolve(func)
    if isinstance(function, PairFunction):
        return set()
    op = type_of.catalogue.find(function) if function is not None else None
    if op is None and isinstance(func, ast.Attribute):
        if func.attr == "copy":
            return set()
        op = type_of.catalogue.method(func.attr)
        args = [func.value, *args]
    if op is None:
        return set().union(*(roots(arg, type_of) for arg in args))
    reading = op.reading([type_of.value_of(arg) for arg in args])
    if reading is not None and isinstance(reading.function, str):
        return set().union(*(roots(arg, type_of) for arg in args))
    if not args or not (op.general.moves or op.general.views):
        return set()
    # what has been broadcast cannot be written to
    return roots(args[0], type_of) | ({READ_ONLY} if op.general.views else set())
