"""Attributes: of arrays, objects, modules, and of what operations give."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.frontend.source import Holder, Size
from adgen.staging.callbacks import Fields
from adgen.staging.calls import is_authors
from adgen.staging.remembered import Remembered, is_varied, member
from adgen.staging.terms import (
    Term,
    constant_type,
    item_of,
)
from adgen.staging.wording import a, describe
from adgen.types import (
    INT,
    Dim,
    Known,
    Num,
    Opaque,
    Ref,
    Seq,
    Sparse,
)

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# the attributes of a slice
BOUNDS = ("start", "stop", "step")


class Attributes:
    """Stages attributes, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def attribute(self, node: ast.Attribute, into: str | None) -> Term:
        base = self.stager.expr(node.value)
        expr = ast.Attribute(base.expr, node.attr, ast.Load())
        if isinstance(base.type, Ref):
            return self.stager.objects.attribute(node, base, into)
        if isinstance(base.type, Seq) and base.type.cls is not None:
            return self.stager.objects.field(node, base, into)
        if isinstance(base.type, Seq) and base.type.kind == "slice" and node.attr in BOUNDS:
            return Term(expr, base.type.items[BOUNDS.index(node.attr)])
        if isinstance(base.type, Known):
            if isinstance(base.type.value, Fields):
                return self.field(node, base.type.value)
            return self.member(node, base, base.type.value, into)
        if isinstance(base.type, Sparse) and node.attr == "T":
            return Term(expr, base.type.transposed)
        if isinstance(base.type, Sparse) and node.attr == "shape":
            return self.shape_of(replace(base, type=Num("", base.type.dims)))
        if base.num is None:
            raise self.stager.refuse(
                node, f"an attribute of {a(describe(base.type))} is not supported"
            )
        return self.array_attribute(node, base, expr, into)

    def member(self, node: ast.Attribute, base: Term, holder: Any, into: str | None) -> Term:
        """An attribute of a module, class or object that is the same in every run."""
        in_module = isinstance(holder, ModuleType)
        static = None if in_module else inspect.getattr_static(type(holder), node.attr, None)
        if isinstance(static, property) and is_authors(static.fget):
            return self.stager.invocations.helpers.author(node, static.fget, [base], {}, into)
        if not hasattr(holder, node.attr) and member(holder, node.attr) is None:
            raise self.stager.refuse(node, f"`{ast.unparse(node)}` does not exist")
        return self.stager.expressions.of_module(self.held_by(base, node.attr), node)

    def held_by(self, base: Term, attr: str) -> Term:
        """What a module, class or object of the author's has under a name, as it is now."""
        assert isinstance(base.type, Known)
        holder = base.type.value
        expr = ast.Attribute(base.expr, attr, ast.Load())
        value = member(holder, attr)
        in_module = isinstance(holder, ModuleType)
        if isinstance(value, float | complex) and not in_module:
            return Term(expr, constant_type(value))  # read when it runs, as it is then
        if isinstance(value, np.ndarray) and not in_module:
            size = Size.of(holder, attr)
            self.stager.watched.append((size, attr, size))
        elif (
            self.stager.expressions.may_change(value)
            if in_module
            else not is_made_anew(holder, value)
        ):
            now = Holder(holder)
            self.stager.watched.append((now, attr, now.lookup(attr)[1]))
        made = self.stager.constant(expr, value)
        return replace(made, varied=True) if is_varied(value) else made

    def field(self, node: ast.Attribute, made: Fields) -> Term:
        """An attribute of what an operation gives."""
        if node.attr not in made.terms:
            known = " and ".join(f"`.{known_as}`" for known_as in made.terms)
            raise self.stager.refuse(
                node, f"the attribute `.{node.attr}` of this result is not supported: {known}"
            )
        return self.stager.memory.fresh(None, made.terms[node.attr], node)

    def array_attribute(
        self, node: ast.Attribute, base: Term, expr: ast.Attribute, into: str | None
    ) -> Term:
        num = base.num
        assert num is not None
        dims = num.dims
        match node.attr:
            case "shape":
                return self.shape_of(base)
            case "size":
                size = None
                if dims is not None:
                    size = Dim(1)
                    for dim in dims:
                        size = size * dim
                return Term(expr, replace(INT, value=size))
            case "ndim":
                rank = None if dims is None else Dim(len(dims))
                return Term(expr, replace(INT, value=rank))
            case "dtype":
                return Term(expr, Known(np.dtype(num.dtype)) if num.dtype else Opaque("dtype"))
        op = self.stager.catalogue.find(f"attribute {node.attr}")
        if op is None:
            raise self.stager.refuse(
                node, f"the attribute `.{node.attr}` of an array is not supported"
            )
        return self.stager.gates.apply(op, {op.general.inputs[0]: base}, expr, node, into)

    def shape_of(self, base: Term) -> Term:
        """`x.shape`, length by length where the rank is known."""
        expr = ast.Attribute(base.expr, "shape", ast.Load())
        if base.num is None or base.num.dims is None:
            return Term(expr, Opaque("shape"))
        items = tuple(
            Term(item_of(expr, i), replace(INT, value=d)) for i, d in enumerate(base.num.dims)
        )
        return Term(expr, Seq("tuple", tuple(t.type for t in items)), False, items)


def is_made_anew(holder: Any, value: Any) -> bool:
    """Whether asking an object for this gives another one every time."""
    return inspect.ismethod(value) or isinstance(holder, Remembered)
