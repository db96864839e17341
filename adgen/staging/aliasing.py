"""Whether an operation gives a view of its operand: what NumPy promises, and memory decides."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from adgen.ir import names_in
from adgen.rules.operations import Op
from adgen.staging.storage import Storages
from adgen.staging.terms import Term
from adgen.types import Known, Num, Seq, Type

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Aliasing:
    """Tells views from copies, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    @property
    def known(self) -> Storages:
        return self.stager.storages

    def of(self, op: Op, bound: Mapping[str, Term], made: Type) -> str:
        """Whether an operation gives a "view", a "copy", or "maybe" either."""
        how = op.general.aliases
        parent = next(iter(bound.values()))
        value = parent.expr.id if isinstance(parent.expr, ast.Name) else ""
        if how == "index":
            of_view = self.known.views.get(value)
            basic = is_basic(bound["index"]) and not (of_view and of_view.op.general.hands_out)
            return "view" if basic else "maybe" if may_be_basic(bound["index"]) else "copy"
        if how == "real":
            kind = getattr(parent.type, "kind", "")
            return "copy" if kind == "c" else "view" if kind else "maybe"
        if how == "dtype":
            mine = [t.dtype for t in (parent.type, made) if isinstance(t, Num)]
            unlike = len(mine) < 2 or not all(mine)
            return "maybe" if unlike else "view" if mine[0] == mine[1] else "copy"
        if how == "of matrices":
            rank = parent.type.ndim if isinstance(parent.type, Num) else None
            return "maybe" if rank is None else "view" if rank == 2 else "copy"
        if how == "layout" and "order" in bound:
            return "maybe"
        if how == "layout":
            return "view" if self.is_contiguous(value) else "maybe"
        return how or "copy"

    def is_contiguous(self, value: str) -> bool:
        """Whether an array's elements certainly lie one after the other, as C has them."""
        view = self.known.views.get(value)
        if view is not None:
            how = view.op.general.aliases
            lies = how in ("layout", "index") and (how == "layout" or _is_leading(view.bound))
            return (view.certain and lies or view.op.name == "copy") and self.is_contiguous(
                view.parent
            )
        storage = self.known.of.get(value, value)
        gate, type_ = self.stager.defined.get(storage), self.stager.types.get(storage)
        if gate is None or gate.op is None or not isinstance(type_, Num) or type_.dims is None:
            return False
        if self.known.views.get(storage) is not None or storage in self.known.mixed:
            return False
        if len(type_.dims) == 1:
            return True
        if "order" in gate.operands or asks_for_order(gate.expr):
            return False
        if gate.op.general.in_order:
            return True
        operands = [n for e in gate.operands.values() for n in names_in(e)]
        arrays = [n for n in operands if isinstance(t := self.stager.types.get(n), Num)
                  and (t.dims is None or len(t.dims) > 1)]  # fmt: skip
        return gate.op.kind == "elementwise" and all(map(self.is_contiguous, arrays))


def is_basic(index: Term) -> bool:
    """Whether an index is made of integers, slices, None and `...` alone."""
    type_ = index.type
    if isinstance(type_, Seq):
        if type_.kind == "slice":
            return True
        if type_.kind != "tuple" or index.items is None:
            return False
        return all(is_basic(item) for item in index.items)
    if isinstance(type_, Known):
        return True
    return isinstance(type_, Num) and type_.is_scalar and type_.kind == "i"


def may_be_basic(index: Term) -> bool:
    """Whether an index may turn out to be made of integers and slices."""
    type_ = index.type
    if isinstance(type_, Seq) and type_.kind == "tuple" and index.items is not None:
        return all(is_basic(item) or may_be_basic(item) for item in index.items)
    return type_.kind in ("", "tuple") if isinstance(type_, Num | Seq) else True


def asks_for_order(expr: ast.expr) -> bool:
    """Whether a call says how elements are to lie in memory."""
    return isinstance(expr, ast.Call) and any(k.arg == "order" for k in expr.keywords)


def _is_leading(bound: Mapping[str, Term]) -> bool:
    """Whether an index names neighbours: `A[i]`, `A[i, 1:3]`, `A[1:3]`."""
    index = bound["index"]
    parts = index.items if isinstance(index.type, Seq) and index.type.kind == "tuple" else (index,)
    *before, last = parts or ()
    single = all(isinstance(p.type, Num) and p.type.is_scalar for p in before)
    return single and (isinstance(last.type, Num) or _in_ones(last.type))


def _in_ones(type_: object) -> bool:
    """Whether a slice leaves nothing out between its ends."""
    return isinstance(type_, Seq) and type_.kind == "slice" and type_.items[2] == Known(None)
