"""The value of an expression of arithmetic, without running anybody's code.

Names mean recorded values.  What is known: numbers, arithmetic, comparisons, elements, and a list
of functions and methods that neither write, nor read files, nor make something large out of
something small.  All else is `Unknown`.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

# no intermediate value is larger
_LARGEST = 2_000_000


class Unknown(Exception):
    """An expression that is not evaluated here."""


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
    ast.MatMult: operator.matmul, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_,
    ast.Invert: operator.invert,
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip

_ONE_TO_ONE = (
    "exp", "log", "log1p", "expm1", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan",
    "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "abs", "absolute", "fabs", "sign",
    "square", "negative", "reciprocal", "logical_not", "isfinite", "real", "imag", "conj",
    "conjugate", "exp2", "zeros_like", "ones_like", "array", "asarray", "copy", "float64",
    "float32", "float_", "floor", "ceil",
)  # fmt: skip
_BROADCAST = (
    "add", "subtract", "multiply", "divide", "true_divide", "power", "float_power", "maximum",
    "minimum", "fmax", "fmin", "where", "arctan2", "hypot", "greater", "greater_equal", "less",
    "less_equal", "equal", "not_equal", "logical_and", "logical_or", "clip", "heaviside",
    "logaddexp",
)  # fmt: skip
_SMALLER = (
    "sum", "mean", "prod", "max", "min", "amax", "amin", "var", "std", "argmax", "argmin",
    "cumsum", "transpose", "swapaxes", "squeeze", "ravel", "reshape", "expand_dims", "flip",
    "diag", "trace", "sort", "argsort", "any", "all", "size", "shape", "ndim", "atleast_1d",
    "atleast_2d", "moveaxis",
)  # fmt: skip
_PRODUCTS = ("dot", "matmul", "outer", "inner", "vdot")
NUMPY = frozenset([*_ONE_TO_ONE, *_BROADCAST, *_SMALLER, *_PRODUCTS, "arange"])
_MATH = frozenset({
    "exp", "log", "log1p", "expm1", "log2", "log10", "sqrt", "sin", "cos", "tan", "asin",
    "acos", "atan", "atan2", "sinh", "cosh", "tanh", "fabs", "erf", "erfc", "pow", "floor",
    "ceil",
})  # fmt: skip
_METHODS = frozenset({
    "sum", "mean", "prod", "max", "min", "var", "std", "argmax", "argmin", "cumsum",
    "transpose", "swapaxes", "squeeze", "ravel", "flatten", "reshape", "dot", "copy", "conj",
    "any", "all", "clip", "item", "astype",
})  # fmt: skip
_ATTRIBUTES = ("T", "shape", "size", "ndim", "real", "imag", "dtype")
_PLAIN: dict[str, Callable[..., Any]] = {
    "len": len, "float": float, "int": int, "abs": abs, "max": max, "min": min, "bool": bool,
}  # fmt: skip


def evaluate(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of an expression; `Unknown` where that is not known here."""
    try:
        with np.errstate(all="ignore"):
            return _Evaluator(names).value(node)
    except (Unknown, RecursionError):
        raise Unknown from None
    except Exception as wrong:  # it fails, as it would in the submission
        raise Unknown(str(wrong)) from None


class _Evaluator:
    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names

    def value(self, node: ast.expr) -> Any:
        found = self.found(node)
        if isinstance(found, np.ndarray) and found.size > _LARGEST:
            raise Unknown
        return found

    def found(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                if isinstance(value, str):
                    raise Unknown
                return value
            case ast.Name(id=name):
                if name not in self.names:
                    raise Unknown
                return self.names[name]
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(op, self.value(left), self.value(right))
            case ast.UnaryOp(op=op, operand=operand):
                return _UNARY[type(op)](self.value(operand))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return _COMPARE[type(op)](*self.fitting(self.value(left), self.value(right)))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.value(body if self.value(test) else orelse)
            case ast.Subscript(value=of, slice=index):
                return self.value(of)[self.index(index)]
            case ast.Attribute(value=of, attr=attr) if attr in _ATTRIBUTES:
                return getattr(np.asarray(self.value(of)), attr)
            case ast.Tuple(elts=elements):
                return tuple(self.value(e) for e in elements)
            case ast.List(elts=elements):
                return [self.value(e) for e in elements]
            case ast.Call():
                return self.call(node)
        raise Unknown

    def index(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return slice(*[None if p is None else self.value(p) for p in parts])
        if isinstance(node, ast.Tuple):
            return tuple(self.index(e) for e in node.elts)
        if isinstance(node, ast.Attribute) and node.attr == "newaxis":
            return None
        return self.value(node)

    def binary(self, op: ast.operator, left: Any, right: Any) -> Any:
        if not all(isinstance(v, bool | int | float | complex | np.ndarray | np.generic)
                   for v in (left, right)):  # fmt: skip
            raise Unknown
        if isinstance(op, ast.MatMult):
            self.product("matmul", left, right)
        else:
            self.fitting(left, right)
        if isinstance(op, ast.Pow) and isinstance(left, int) and isinstance(right, int):
            if abs(right) > 64 or abs(left) > 2**63:
                raise Unknown
        return _BINARY[type(op)](left, right)

    def fitting(self, *values: Any) -> tuple[Any, ...]:
        """The values, if what they broadcast to is not too large."""
        shape = np.broadcast_shapes(*[np.shape(v) for v in values])
        if math.prod(shape) > _LARGEST:
            raise Unknown
        return values

    def product(self, name: str, left: Any, right: Any) -> None:
        a, b = np.shape(left), np.shape(right)
        if name in ("outer", "dot") or len(a) > 2 or len(b) > 2:
            size = math.prod(a) * math.prod(b)
        else:
            size = math.prod(a[:-1]) * math.prod(b[1:] if len(b) > 1 else ())
        if size > _LARGEST * (100 if name == "dot" else 1):
            raise Unknown

    def call(self, node: ast.Call) -> Any:
        args = [self.argument(a) for a in node.args]
        named = {k.arg: self.value(k.value) for k in node.keywords if k.arg}
        if len(named) != len(node.keywords) or "out" in named:
            raise Unknown
        match node.func:
            case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=name) if name in NUMPY:
                return self.numpy(name, args, named)
            case ast.Attribute(value=ast.Name(id="math"), attr=name) if name in _MATH:
                return getattr(math, name)(*args)
            case ast.Name(id="range"):
                return self.numpy("arange", args, named)
            case ast.Name(id=name) if name in _PLAIN and name not in self.names:
                return _PLAIN[name](*args, **named)
            case ast.Attribute(value=of, attr=name) if name in _METHODS:
                array = np.asarray(self.value(of))
                if name == "dot":
                    self.product("dot", array, args[0])
                return getattr(array, name)(*args, **named)
        raise Unknown

    def argument(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name) and node.id in ("float", "int", "bool"):
            return _PLAIN[node.id]
        return self.value(node)

    def numpy(self, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        if name in _BROADCAST:
            self.fitting(*args)
        elif name in _PRODUCTS:
            self.product(name, *args)
        elif name == "arange" and any(abs(a) > _LARGEST for a in args):
            raise Unknown
        return getattr(np, name)(*args, **named)
