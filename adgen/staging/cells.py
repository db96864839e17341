"""Cells: how dicts and objects stand among the values that a stager knows."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adgen.ir import name
from adgen.staging.functional import Partial
from adgen.staging.terms import Term
from adgen.types import Known, Num, Ref, Seq
from adgen.values import is_named_tuple, is_plain_class

if TYPE_CHECKING:
    pass


CELL = "#"


# how Python itself makes an object of a class
CALL = inspect.getattr_static(type, "__call__")


NEW = inspect.getattr_static(object, "__new__")


def is_entry(key: str) -> bool:
    """Whether a key of the environment is for what a cell holds."""
    return key.startswith(CELL) and "/" in key


def is_slot(key: str) -> bool:
    """Whether a key of the environment is for a part of something: `#1/'W'`, `state/0`."""
    return "/" in key and not key.startswith(("@", "^"))


def sequence(items: Sequence[Term]) -> Term:
    """A tuple of terms."""
    display = ast.Tuple([t.expr for t in items], ast.Load())
    type_ = Seq("tuple", tuple(t.type for t in items))
    return Term(display, type_, any(t.varied for t in items), tuple(items))


def pair(a: Term, b: Term) -> Term:
    """A tuple of two terms."""
    return sequence([a, b])


def named(known_as: str, cls: type, items: Sequence[Term]) -> Term:
    """A named tuple of terms."""
    expr = ast.Call(name(known_as), [t.expr for t in items], [])
    type_ = Seq("tuple", tuple(t.type for t in items), cls)
    return Term(expr, type_, any(t.varied for t in items), tuple(items))


def method_of(function: Any, first: Term) -> Partial:
    """A method, with the object that it belongs to."""
    return Partial(Term(name(function.__name__), Known(function)), (first,))


def is_made_by_class(function: Any) -> bool:
    """Whether calling this makes an object that can be followed."""
    if not isinstance(function, type):
        return False
    return is_named_tuple(function) or is_plain_class(function)


def is_held(term: Term) -> bool:
    """Whether a term is a structure: a dict or object, or a display with parts that vary."""
    if isinstance(term.type, Ref):
        return True
    if term.items is None or not isinstance(term.type, Seq) or term.type.kind == "slice":
        return False
    return any(t.varied or is_held(t) or _is_array(t) for t in term.items)


def refers(term: Term, cell: str) -> bool:
    """Whether a term is this dict or object, or holds it."""
    if isinstance(term.type, Ref) and term.type.cell == cell:
        return True
    if isinstance(term.type, Known) and isinstance(term.type.value, Partial):
        return any(refers(arg, cell) for arg in term.type.value.args)
    return any(refers(item, cell) for item in term.items or ())


def holds_cells(term: Term) -> bool:
    """Whether a term is a dict, object or named tuple, or holds one."""
    if isinstance(term.type, Ref) or isinstance(term.type, Seq) and term.type.cls is not None:
        return True
    return term.items is not None and any(map(holds_cells, term.items))


def is_followed(term: Term) -> bool:
    """Whether a term is a dict or object, or holds one."""
    if isinstance(term.type, Ref):
        return True
    return term.items is not None and any(map(is_followed, term.items))


def _is_array(term: Term) -> bool:
    return isinstance(term.type, Num) and not term.type.is_scalar
