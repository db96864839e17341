"""What staging knows an expression to be."""

from __future__ import annotations

import ast
import enum
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adgen.ir import name
from adgen.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    Dim,
    Known,
    Num,
    Opaque,
    Seq,
    Sparse,
    Text,
    Type,
    code,
    is_sparse,
)
from adgen.values import is_plain_array

# what tells a place in the author's code from all others, also when it is staged again
Site = tuple[Any, ...]


@dataclass(frozen=True)
class Term:
    """An expression that is already staged.

    `expr` is what a gate that reads it mentions: a name, a constant, or a small
    expression of integers and constants.  `varied` says that it depends on a
    differentiated input; `items` are the elements of a tuple or list, one by one.
    """

    expr: ast.expr
    type: Type
    varied: bool = False
    items: tuple[Term, ...] | None = None
    # the number that a constant of a module is: that of `np.inf`
    static: float | None = None
    # where a list was made whose elements are known one by one: see `lists`
    site: Site | None = None
    # the lists that a list of tuples consists of
    columns: tuple[Term, ...] = ()

    @property
    def num(self) -> Num | None:
        return self.type if isinstance(self.type, Num) else None


def is_number(term: Term) -> bool:
    """Whether this is one number, which nothing can be written into and no list holds."""
    return isinstance(term.type, Num) and term.type.is_scalar and term.items is None


# what a handler has caught: only a run knows of which class it is
AN_EXCEPTION = Opaque("exception")


def listed(items: Sequence[Term]) -> Term:
    """Several values as a list."""
    display = ast.List([t.expr for t in items], ast.Load())
    type_ = Seq("list", tuple(t.type for t in items))
    return Term(display, type_, any(t.varied for t in items), tuple(items))


# what a call gives that gives nothing
GIVES_NONE = Term(ast.Constant(None), Known(None))


_numbers = itertools.count()


class Given(ast.expr):
    """A staged value in the place of an expression of the author's."""

    # tells it from others, where expressions are compared by what they say
    _fields = ("number",)

    def __init__(self, term: Term) -> None:
        super().__init__()
        self.term = term
        self.number = next(_numbers)


class Continuation(ast.stmt):
    """What staging has to do between statements of the author's."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act


class NeedTrips(Exception):
    """A loop's index whose value decides what the code is: the trips are written out."""

    def __init__(self, index: str) -> None:
        super().__init__(index)
        self.index = index


class NotStatic(Exception):
    """A value that only a run can tell.

    `path` names the integer argument that it is, `index` the loop's index, and `truth` the
    value that is true or false, if any.
    """

    def __init__(
        self, path: str | None = None, index: str | None = None, truth: str | None = None
    ) -> None:
        super().__init__(path)
        self.path = path
        self.index = index
        self.truth = truth


class Recursive(Exception):
    """A function that calls itself, found while it was staged in place."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self.function = function


class NoResultYet(Exception):
    """A call of a helper of which no path has been staged yet: its own path is left out."""


def static_value(term: Term) -> Any:
    """The value of a term that is the same in every run, or `NotStatic`."""
    if isinstance(term.type, Known):
        return term.type.value
    if isinstance(term.type, Text):
        return term.type.make(*map(static_value, term.type.parts))
    if isinstance(term.type, Seq):
        if term.items is None:
            raise NotStatic
        values = [static_value(item) for item in term.items]
        return tuple(values) if term.type.kind == "tuple" else values
    if isinstance(term.type, Num) and not term.varied:
        value = term.static if term.static is not None else literal(term.expr)
        if value is not None:
            return value
        if term.type.value is not None:
            if term.type.value.known is not None:
                known = term.type.value.known
                return bool(known) if term.type.kind == "b" else known
            raise NotStatic(*_origin(term.type.value))
        if isinstance(term.expr, ast.Name) and term.type.is_python and term.type.kind == "b":
            raise NotStatic(truth=term.expr.id)
    raise NotStatic


def is_text(term: Term) -> bool:
    """Whether a term is a string."""
    if isinstance(term.type, Known):
        return isinstance(term.type.value, str)
    return isinstance(term.type, Text)


def _origin(value: Dim) -> tuple[str | None, str | None]:
    """The integer argument that a value is made of, or else the loop's index."""
    atoms = [atom for atom, _ in value.terms]
    path = next((str(atom[1]) for atom in atoms if atom[0] == "int"), None)
    index = next((str(atom[1]) for atom in atoms if atom[0] == "index"), None)
    return path, index


def literal(node: ast.expr) -> Any:
    """A number written out, also with a sign; None for anything else."""
    match node:
        case ast.Constant(value=bool() | int() | float() | complex() as value):
            return value
        case ast.UnaryOp(
            op=ast.USub(), operand=ast.Constant(value=int() | float() | complex() as value)
        ):
            return -value
    return None


_PLAIN: dict[type, Num] = {bool: BOOL, float: FLOAT, complex: COMPLEX}


def constant_type(value: Any) -> Type:
    """The type of a constant of the module or of a literal."""
    if type(value) is int:
        return Num(INT.dtype, (), "py", Dim(value))
    if type(value) in _PLAIN:
        return _PLAIN[type(value)]
    if isinstance(value, np.generic) and code(value.dtype):
        return Num(code(value.dtype), (), "np")
    if is_plain_array(value) and code(value.dtype):
        return Num(code(value.dtype), tuple(Dim(n) for n in value.shape))
    if isinstance(value, slice):
        return Seq("slice", tuple(map(constant_type, (value.start, value.stop, value.step))))
    if type(value) in (tuple, list) and len(value) <= 64:
        return Seq(type(value).__name__, tuple(constant_type(v) for v in value))
    if is_sparse(value):
        return Sparse(code(value.dtype), (Dim(value.shape[0]), Dim(value.shape[1])))
    return Known(value)


def counted(term: Term) -> Term:
    """A member of an `IntEnum` as the integer that it counts; any other term as it is."""
    value = term.type.value if isinstance(term.type, Known) else None
    if not (isinstance(value, enum.Enum) and isinstance(value, int)):
        return term
    return replace(term, type=Num(INT.dtype, (), "py", Dim(int(value))))


def item_of(expr: ast.expr, index: int) -> ast.expr:
    return ast.Subscript(expr, ast.Constant(index), ast.Load())


def call_of(
    func: ast.expr, args: Sequence[Term], keywords: Mapping[str, Term], node: ast.Call | None
) -> ast.Call:
    made = [ast.keyword(key, term.expr) for key, term in keywords.items()]
    call = ast.Call(func, [t.expr for t in args], made)
    return ast.copy_location(call, node) if node is not None else call


def numpy(function: str) -> ast.expr:
    """A NumPy function by its name."""
    return ast.Attribute(name("@np"), function, ast.Load())


def as_tuple(parts: Sequence[Term]) -> Term:
    """`x.reshape(2, 3)` says what `np.reshape(x, (2, 3))` says."""
    whole = ast.Tuple([t.expr for t in parts], ast.Load())
    type_ = Seq("tuple", tuple(t.type for t in parts))
    return Term(whole, type_, any(t.varied for t in parts), tuple(parts))


def leaves(term: Term) -> Iterator[Term]:
    """A value, or the values that a tuple or list is made of."""
    if term.items is None:
        yield term
        return
    for item in term.items:
        yield from leaves(item)
