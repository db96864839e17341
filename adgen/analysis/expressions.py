"""The type of an expression, from the types of the names in it.

Emitted code is made of operations of the catalogue, so the catalogue's own shape
functions tell what it gives.  What cannot be told is unknown, never guessed.
"""

from __future__ import annotations

import ast
import builtins
import cmath
import math
import operator
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeGuard

import numpy as np

from adgen import runtime
from adgen.algebra import Paren
from adgen.frontend.resolve import OPERATORS, UNTOLD, BindError, bind, operation_of_types
from adgen.ir import PairFunction
from adgen.rules.lookup import Catalogue
from adgen.rules.operations import Op, infer_shape
from adgen.rules.pairs import adjoints_of
from adgen.rules.shapes import as_num, broadcast, count, promote, volume
from adgen.staging.terms import constant_type, literal
from adgen.types import (
    BOOL,
    INT,
    UNKNOWN,
    Dim,
    Facts,
    Known,
    ListOf,
    Num,
    Saved,
    Seq,
    Sparse,
    Stack,
    Type,
    scalar,
)

# operators of which the types of numbers tell the type of the result
_PLAIN = (ast.Add, ast.Sub, ast.Mult, ast.Div)


def _is_number(type_: Type) -> TypeGuard[Num]:
    return isinstance(type_, Num) and type_.is_scalar and type_.kind == "f"


class TypeOf:
    """Call it with an expression to get its type."""

    def __init__(
        self,
        types: Mapping[str, Type],
        facts: Facts,
        catalogue: Catalogue,
        externals: Mapping[str, Any],
    ) -> None:
        self.types = types
        self.facts = facts
        self.catalogue = catalogue
        self.externals = externals
        self.memo: dict[ast.expr, Type] = {}
        # what operators make of numbers, of which no question about lengths is asked
        self.numbers: dict[tuple[Any, ...], Type] = {}

    def __call__(self, node: ast.expr) -> Type:
        if node.__class__ is ast.Name:
            return self.types.get(node.id) or self._name(node.id)
        found = self.memo.get(node)
        if found is None:
            found = self.memo[node] = self._find(node)
        return found

    def rank(self, node: ast.expr) -> int | None:
        """How many axes; None where that is unknown."""
        type_ = self(node)
        return type_.ndim if isinstance(type_, Num) else None

    def _find(self, node: ast.expr) -> Type:
        match node:
            case Paren(value=value):
                return self(value)
            case ast.Constant(value=value):
                return constant_type(value)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operator(type(op), left, right)
            case ast.UnaryOp(op=op, operand=operand):
                if literal(node) is not None:
                    return constant_type(literal(node))
                return self._of_number(OPERATORS[type(op)], operand)
            case ast.Compare(left=left, comparators=[right]) if self._are_tuples(left, right):
                return BOOL
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._apply(self.catalogue.find(OPERATORS[type(op)]), [left, right], {})
            case ast.IfExp(body=body, orelse=orelse) | ast.BoolOp(values=[body, orelse]):
                return self._either(body, orelse)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._item(node)
            case ast.Call():
                return self._call(node)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                kind = "tuple" if isinstance(node, ast.Tuple) else "list"
                return Seq(kind, tuple(self(e) for e in elts))
            case ast.Slice(lower=lower, upper=upper, step=step):
                parts = (Known(None) if p is None else self(p) for p in (lower, upper, step))
                return Seq("slice", tuple(parts))
        return UNKNOWN

    def _are_tuples(self, left: ast.expr, right: ast.expr) -> bool:
        """Whether tuples or lists are compared, of which Python makes one truth."""
        return isinstance(self(left), Seq) and isinstance(self(right), Seq)

    def _operator(self, op: type, left: ast.expr, right: ast.expr) -> Type:
        a, b = self(left), self(right)
        if op in _PLAIN and _is_number(a) and _is_number(b):
            kinds = (op, a.form, a.dtype, b.form, b.dtype)
            if kinds not in self.numbers:
                self.numbers[kinds] = self._operation(op, left, right, [a, b])
            return self.numbers[kinds]
        return self._operation(op, left, right, [a, b])

    def _operation(self, op: type, left: ast.expr, right: ast.expr, types: list[Type]) -> Type:
        function = operation_of_types(op, types)
        return self._apply(self.catalogue.find(function), [left, right], {})

    def _of_number(self, function: Any, operand: ast.expr) -> Type:
        type_ = self(operand)
        if not _is_number(type_):
            return self._apply(self.catalogue.find(function), [operand], {})
        kinds = (id(function), type_.form, type_.dtype)
        if kinds not in self.numbers:
            self.numbers[kinds] = self._apply(self.catalogue.find(function), [operand], {})
        return self.numbers[kinds]

    def _name(self, identifier: str) -> Type:
        if identifier in self.externals:
            return constant_type(self.externals[identifier])
        if ":" not in identifier and hasattr(builtins, identifier):
            return constant_type(getattr(builtins, identifier))
        return UNKNOWN

    def _either(self, body: ast.expr, orelse: ast.expr) -> Type:
        a, b = as_num(self(body)), as_num(self(orelse))
        if a.dims is None or b.dims is None:
            return UNKNOWN
        wide, other = (a, b) if len(a.dims) >= len(b.dims) else (b, a)
        if other.kind == "c":
            return replace(wide, dtype=other.dtype)
        if wide.is_python and not other.is_python:
            return other
        return wide

    def _item(self, node: ast.Subscript) -> Type:
        static = self.resolve(node)
        if static is not None:
            return constant_type(static)
        value, index = node.value, node.slice
        base = self(value)
        if isinstance(base, Seq):
            at = literal(index)
            return base.items[at] if isinstance(at, int) else UNKNOWN
        return self._apply_bound(
            self.catalogue.find(operator.getitem), {"x": value, "index": index}
        )

    def _attribute(self, node: ast.Attribute) -> Type:
        static = self.resolve(node)
        if static is not None:
            return constant_type(static)
        base = self(node.value)
        if isinstance(base, Sparse) and node.attr == "T":
            return base.transposed
        if not isinstance(base, Num):
            return UNKNOWN
        match node.attr:
            case "shape" if base.dims is not None:
                return Seq("tuple", tuple(replace(INT, value=d) for d in base.dims))
            case "size" | "ndim":
                size = volume(base.dims) if base.dims is not None else None
                return replace(INT, value=size if node.attr == "size" else None)
            case "dtype":
                return Known(np.dtype(base.dtype)) if base.dtype else UNKNOWN
        op = self.catalogue.find(f"attribute {node.attr}")
        return self._apply(op, [node.value], {})

    def _call(self, node: ast.Call) -> Type:
        keywords = {k.arg: k.value for k in node.keywords if k.arg}
        function = self.resolve(node.func)
        if function is len:
            base = self(node.args[0])
            return replace(INT, value=base.dims[0] if isinstance(base, Num) and base.dims else None)
        if function is float:
            return Num("f8", (), "py")
        if isinstance(function, PairFunction) and function.inputs:
            return adjoints_of(function.inputs, [self(arg) for arg in node.args[1:]])
        if isinstance(function, PairFunction):
            kept = self(node.args[-1])
            return self._as_given(kept.adjoints) if isinstance(kept, Saved) else UNKNOWN
        if function is runtime.unbroadcast and self._is_scalars_shape(node.args[1]):
            return Num(as_num(self(node.args[0])).dtype, (), "np")
        if function is not None and len(node.args) == 1 and not keywords:
            return self._of_number(function, node.args[0])
        if function is not None:
            return self._apply(self.catalogue.find(function), node.args, keywords)
        if isinstance(node.func, ast.Name) and node.func.id.startswith("@rt."):
            return UNKNOWN
        if isinstance(node.func, ast.Attribute):
            if isinstance(stack := self(node.func.value), Stack):
                return stack.item
            op = self.catalogue.method(node.func.attr)
            return self._apply(op, [node.func.value, *node.args], keywords)
        return UNKNOWN

    def _as_given(self, adjoints: Type) -> Type:
        """What a helper's backward gives: numbers as long as the adjoint that it is given."""
        if isinstance(adjoints, Seq):
            return replace(adjoints, items=tuple(map(self._as_given, adjoints.items)))
        if isinstance(adjoints, Num) and adjoints.is_python:
            return Lengths.of(self.types).whole_adjoint(adjoints)
        return adjoints

    def _is_scalars_shape(self, node: ast.expr) -> bool:
        match node:
            case ast.Tuple(elts=elts):
                return not elts
            case ast.Attribute(value=value, attr="shape") | ast.Call(args=[value]):
                return self.rank(value) == 0
        return False

    def resolve(self, node: ast.expr) -> Any:
        """The object that a dotted name of the module stands for, or None."""
        match node:
            case ast.Name(id=value) if isinstance(known := self.types.get(value), Known):
                return known.value
            case ast.Name(id="@np"):
                return np
            case ast.Name(id="@math"):
                return math
            case ast.Name(id="@cmath"):
                return cmath
            case ast.Name(id=identifier) if identifier.startswith("@rt."):
                return getattr(runtime, identifier[4:], None)
            case ast.Name(id=identifier) if identifier.startswith("@"):
                return sys.modules[identifier[1:]]
            case ast.Name(id=identifier) if ":" not in identifier:
                if identifier in self.externals:
                    return self.externals[identifier]
                return getattr(builtins, identifier, None)
            case ast.Attribute(value=value, attr=attr):
                base = self.resolve(value)
                return getattr(base, attr, None) if base is not None else None
            case ast.Subscript(value=value, slice=ast.Constant(value=key)):
                held = self.resolve(value)
                of_items = isinstance(held, dict | list | tuple)
                return operator.getitem(held, key) if of_items else None
        return None

    def _apply(self, op: Op | None, args: list[ast.expr], keywords: Mapping[str, ast.expr]) -> Type:
        if op is None:
            return UNKNOWN
        try:
            given = op.general.packed(args, lambda parts: ast.Tuple([*parts], ast.Load()))
            return self._apply_bound(op, bind(op, given, keywords, self.value_of))
        except BindError:
            return UNKNOWN

    def _apply_bound(self, op: Op | None, bound: Mapping[str, ast.expr]) -> Type:
        if op is None or (op.kind == "unsupported" and op.general.shape is None):
            return UNKNOWN
        operands: dict[str, Any] = dict(op.general.defaults)
        for key, value in bound.items():
            operands[key] = self._operand(op, key, value)
        try:
            found = infer_shape(op, self.facts, operands)
        except (TypeError, ValueError, IndexError, AttributeError, AssertionError):
            return UNKNOWN
        if isinstance(found, Num) and found.is_python and found.kind == "i" and found.value is None:
            return replace(found, value=count(op.function, list(operands.values())))
        return found

    def _operand(self, op: Op, key: str, value: ast.expr) -> Any:
        if op.general.marked(key) != "const":
            return self(value)
        found = self.value_of(value)
        if found is not UNTOLD:
            return found
        static = self(value)
        return static.value if isinstance(static, Known) else static

    def value_of(self, node: ast.expr) -> Any:
        """What an expression is in every run, or `UNTOLD`."""
        try:
            return self.constant(node)
        except ValueError:
            return UNTOLD

    def constant(self, node: ast.expr) -> Any:
        """The value of what is written out, also by name: `(0, 1)`, `float`, `-np.inf`."""
        match node:
            case Paren(value=value):
                return self.constant(value)
            case ast.Constant(value=value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.constant(operand)
            case ast.Tuple(elts=elts):
                return tuple(self.constant(e) for e in elts)
            case ast.List(elts=elts):
                return [self.constant(e) for e in elts]
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                return {self.constant(k): self.constant(v) for k, v in pairs if k is not None}
        found = self.resolve(node)
        if found is None:
            raise ValueError("it is not known while compiling")
        return found


def counted(types: Mapping[str, Type]) -> dict[Dim, str]:
    """Integers of the program by what they count, the first of each; a mask is no number."""
    table: dict[Dim, str] = {}
    for value, type_ in types.items():
        if isinstance(type_, Num) and type_.value is not None and type_.value.terms:
            if type_.dims == () and type_.kind == "i":
                table.setdefault(type_.value, value)
    return table


def joined(facts: Facts, a: Num, b: Num) -> Num:
    """The type of an adjoint that has received contributions of both types."""
    dims = broadcast(facts, a.dims, b.dims)
    form = "any" if dims is None else "array" if dims else "np"
    if a.is_python and b.is_python:
        form = "py"
    dtype = a.dtype if a.dtype == b.dtype else _wider(a, b)
    return scalar(dtype, form) if dims == () else Num(dtype, dims, form)


def handed_on(facts: Facts, primal: Num, lengths: Lengths) -> Num:
    """The type of an adjoint that a loop's trips hand on: a list may be longer in some of them."""
    if isinstance(primal, ListOf) and primal.dims:
        return primal.array.with_dims((facts.fresh(), *primal.dims[1:]))
    return lengths.whole_adjoint(primal)


class Lengths(NamedTuple):
    """Whether a program has numbers of 32 bits, and others that make them longer."""

    short: bool
    long: bool

    @staticmethod
    def of(types: Mapping[str, Type]) -> Lengths:
        numbers = [t for t in types.values() if isinstance(t, Num) and not t.is_python]
        dtypes = {t.dtype for t in numbers}
        return Lengths(bool(dtypes & _LONGER.keys()), bool(dtypes & {"f8", "c16", ""}))

    def whole_adjoint(self, primal: Num) -> Num:
        """The type of an adjoint of which some trips may have made a shorter or longer number."""
        found = primal.of_adjoint
        if self.short and found.is_python:
            return replace(found, form="np")
        if self.short and self.long:
            return replace(found, dtype=_LONGER.get(found.dtype, found.dtype))
        return found


# the dtypes of less than 64 bits, and what they become beside those that have them
_LONGER = {"f2": "f8", "f4": "f8", "c8": "c16"}


def _wider(a: Num, b: Num) -> str:
    if a.dtype and b.dtype and "c" in (a.kind, b.kind):
        return promote(a, b)
    if a.is_python or b.is_python:
        return (b if a.is_python else a).dtype
    if not a.dtype or not b.dtype:
        return ""
    return np.result_type(a.dtype, b.dtype).str[1:]
