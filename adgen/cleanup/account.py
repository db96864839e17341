"""What each adjoint has been given so far: its type, the lines that say so, and whose memory
it may share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable
from copy import copy

from adgen.algebra import negate, plus
from adgen.analysis.expressions import Lengths, TypeOf
from adgen.cleanup.storage import roots
from adgen.ir import FIRST, Contribution, Nested, Program, Step, altered, name, names_in, primal_of
from adgen.rules.settle import Context
from adgen.rules.settle.adjoints import (
    cast,
    dtype_argument,
    full_like,
    is_full,
    list_of_zeros,
    zeros_like,
)
from adgen.rules.settle.spelling import call
from adgen.rules.shapes import as_num
from adgen.types import Num


class Account:
    def __init__(
        self,
        program: Program,
        seed: str,
        lists: Collection[str],
        context: Context,
        type_of: TypeOf,
    ) -> None:
        """`lists` are the adjoints that are lists of their own elements."""
        self.inputs = program.inputs
        self.unbound = program.unbound
        self.seed = seed
        self.lists = lists
        self.context = context
        self.type_of = type_of
        self.lengths = Lengths.of(type_of.types)
        self.steps: list[Nested[Step]] = []
        # first contributions that wait for a second one
        self.held: dict[str, Contribution] = {}
        self.given: dict[str, Num] = {}
        self.shares: dict[str, set[str]] = {}

    def side(self) -> Account:
        """The account of one side of a branch, as it stands before it."""
        side = copy(self)
        side.steps, side.held = [], {}
        side.given = dict(self.given)
        side.shares = {t: set(s) for t, s in self.shares.items()}
        return side

    def assign(self, target: str, expr: ast.expr, gate: int) -> None:
        self.given[target] = self._received(expr)
        self.shares[target] = self.storage(expr)
        self.steps.append(Step(target, "=", expr, gate))

    def _received(self, expr: ast.expr) -> Num:
        """The type of an adjoint that is assigned: another's may be as that was received."""
        before = self.given.get(expr.id) if isinstance(expr, ast.Name) else None
        if before is not None and before.dims is not None:
            return before
        return as_num(self.type_of(expr))

    def release(self, targets: Iterable[str]) -> None:
        """Write down first contributions that were held back for a second one."""
        for target in targets:
            held = self.held.pop(target, None)
            if held is not None:
                self.assign(target, held.expr, held.gate)

    def storage(self, expr: ast.expr) -> set[str]:
        """The names whose array the expression's value may be, or be a view of."""
        if self.type_of.rank(expr) == 0:
            return set()
        shared: set[str] = set()
        for root in roots(expr, self.type_of):
            shared |= {root} | self.shares.get(root, set())
        return shared

    # -- zeros, and all elements --------------------------------------------------------

    def zeros(self, target: str) -> ast.expr:
        """Zeros for an adjoint, also where its primal may have no value to be like."""
        primal = primal_of(target)
        type_ = self.type_of.types[primal]
        if primal in self.unbound and isinstance(type_, Num) and not type_.is_scalar:
            for other in (self.seed, *self.given, *self.inputs):
                if self.type_of.types.get(other) == type_.of_adjoint:
                    return zeros_like(name(other), type_)
        gate = self.context.definition(primal)
        if gate is not None and gate.op is not None and gate.op.general.hands_out:
            size = ast.Attribute(next(iter(gate.operands.values())), "size", ast.Load())
            assert isinstance(type_, Num)
            return call("zeros", size, *dtype_argument(type_))
        if target in self.lists:
            return list_of_zeros(name(primal))
        return zeros_like(name(primal), type_)

    def is_whole(self, target: str) -> bool:
        """Whether what an adjoint has received so far has room for all that it may receive."""
        expr = name(target)
        return self.whole(target, expr) is expr

    def whole(self, target: str, expr: ast.expr) -> ast.expr:
        """What an adjoint has received so far, as an array that all else can be added to."""
        return self.made_whole(expr, self.given[target], primal_of(target))

    def made_whole(self, expr: ast.expr, given: Num, primal: str) -> ast.expr:
        """An adjoint with an element for each of the primal's, complex if these are."""
        type_ = self.type_of.types[primal]
        if not is_full(self.context, given, type_):
            return full_like(name(primal), expr, type_)
        if isinstance(type_, Num) and type_.kind == "c" and given.kind != "c" and type_.dims != ():
            return cast(expr, type_)
        return expr

    def widen(self, target: str, given: Num, gate: int) -> None:
        """An adjoint with all its elements: in the line that has made it, if nothing has read it
        since."""
        primal, at = primal_of(target), self.made_at(target)
        step = self.steps[at] if at is not None else None
        if at is not None and isinstance(step, Step):
            whole = self.made_whole(step.expr, given, primal)
            self.steps[at] = altered(step, expr=whole)
            self.shares[target] = self.storage(whole)
        else:
            self.assign(target, self.made_whole(name(target), given, primal), gate)
        self.given[target] = as_num(self.type_of.types[primal]).of_adjoint

    def made_at(self, target: str) -> int | None:
        """The place of the line of this block that gives an adjoint the value that it has."""
        for at in range(len(self.steps) - 1, -1, -1):
            step = self.steps[at]
            if not isinstance(step, Step) or target in (*names_in(step.expr), *step.more):
                return None
            if step.target == target:
                return at if step.how == "=" and step.index is None else None
        return None

    # -- conversions ---------------------------------------------------------------------

    def needs_cast(self, given: Num, type_: Num) -> bool:
        """Whether the dtype may not be the argument's: of numbers of two lengths none is sure.

        `max(a, b)` and what branches and lists hold is one of them or the other.
        """
        if given.is_python and type_.is_python and given.dtype == type_.dtype:
            return False
        unsure = self.lengths.short and (type_.is_python or self.lengths.long)
        return unsure or _needs_cast(given, type_)

    def wrap(self, target: str, around: Callable[[ast.expr], ast.expr]) -> None:
        """Apply a last conversion in the line that finishes an adjoint."""
        found = [i for i, step in enumerate(self.steps)
                 if not isinstance(step, Step) or step.target == target]  # fmt: skip
        at = max(found, default=-1)
        step = self.steps[at] if found else None
        if not isinstance(step, Step):
            self.steps.append(Step(target, "=", around(name(target)), FIRST))
        elif step.index is not None:
            self.steps.append(Step(target, "=", around(name(target)), step.gate))
        elif step.how == "=":
            self.steps[at] = altered(step, expr=around(step.expr))
        else:
            signed = negate(step.expr) if step.how == "-=" else step.expr
            self.steps[at] = altered(step, how="=", expr=around(plus(name(target), signed)))
        self.shares[target] = set()


def _needs_cast(given: Num, primal: Num) -> bool:
    """Whether the dtype has to be brought back to the argument's."""
    if primal.is_python:
        return given.form in ("array", "any") or given.dtype != primal.dtype
    if given.is_python:
        return primal.form == "np" and primal.dtype != ("c16" if given.kind == "c" else "f8")
    if primal.form == "np" and given.form == "array":
        return True  # np.where makes arrays of numbers, too
    # what nothing is known of is float64, if anything
    return (given.dtype or "f8") != (primal.dtype or "f8")
