"""Decide between `=`, `+=` and `-=`; nothing else decides it.

The first contribution is assigned, later ones are added.  For arrays `+=` writes
in place, so it is used only on an array that this backward made and that no
other name still to be read shares; elsewhere the sum is a new array.

In: contributions in their final order.  Out: the lines as they are printed, and
results that have their argument's shape and dtype and belong to the caller.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from adgen.algebra import Arranger, Paren, is_negative, negate
from adgen.analysis.expressions import TypeOf, joined
from adgen.cleanup.fold import LONGEST, weight
from adgen.ir import Contribution, Step, name, names_in
from adgen.rules import settle
from adgen.rules.settle import Context
from adgen.rules.shapes import as_num
from adgen.types import Num, Type


@dataclass(frozen=True)
class Finished:
    """The backward as it will be printed."""

    steps: tuple[Step, ...]
    types: Mapping[str, Type]
    seed: str
    results: tuple[str, ...]


def accumulate(
    lines: Sequence[Contribution],
    primal_of: Mapping[str, str],
    seed: str,
    results: Sequence[str],
    context: Context,
    type_of: TypeOf,
    statement_of: Mapping[int, int],
) -> Finished:
    """Print-ready steps for contributions."""
    made = Accumulator(lines, primal_of, seed, results, context, type_of, statement_of)
    return made.run()


class Accumulator:
    def __init__(
        self,
        lines: Sequence[Contribution],
        primal_of: Mapping[str, str],
        seed: str,
        results: Sequence[str],
        context: Context,
        type_of: TypeOf,
        statement_of: Mapping[int, int],
    ) -> None:
        self.lines = lines
        self.primal_of = primal_of
        self.seed = seed
        self.results = tuple(results)
        self.context = context
        self.type_of = type_of
        self.statement_of = statement_of
        self.steps: list[Step] = []
        self.held: dict[str, Contribution] = {}
        self.shares: dict[str, set[str]] = {}
        self.given: dict[str, Num] = {}

    def run(self) -> Finished:
        lines = self.merged()
        self.last_read = {n: i for i, line in enumerate(lines) for n in names_in(line.expr)}
        left = Counter(line.target for line in lines)
        for i, line in enumerate(lines):
            left[line.target] -= 1
            self.line(i, line, last=left[line.target] == 0)
        for position, result in enumerate(self.results):
            self.finish(result, self.results[:position])
        return Finished(tuple(self.steps), self.type_of.types, self.seed, self.results)

    def merged(self) -> list[Contribution]:
        """Contributions of one statement to one adjoint, as one line if that is short."""
        kept: list[Contribution] = []
        for line in self.lines:
            before = kept[-1] if kept else None
            if (
                before is not None
                and before.target == line.target
                and before.index is None
                and line.index is None
                and self._statement(before) == self._statement(line)
                and weight(before.expr) + weight(line.expr) <= LONGEST
            ):
                both = Arranger(self.type_of.rank).visit(plus(before.expr, line.expr))
                kept[-1] = replace(before, expr=both)
            else:
                kept.append(line)
        return kept

    def _statement(self, line: Contribution) -> int:
        return self.statement_of.get(line.gate, line.gate)

    # -- one contribution -------------------------------------------------------

    def line(self, i: int, line: Contribution, last: bool) -> None:
        target = line.target
        if line.index is not None:
            self.element(i, line)
        elif target in self.held:
            first = self.held.pop(target)
            self.assign(line.target, plus(first.expr, line.expr), line.gate)
        elif target not in self.given:
            if not last and self._is_borrowed(line.expr):
                self.held[target] = line
            else:
                self.assign(target, line.expr, line.gate)
        else:
            self.add(i, line)

    def _is_borrowed(self, expr: ast.expr) -> bool:
        return isinstance(expr, ast.Name) and self.type_of.rank(expr) != 0

    def assign(self, target: str, expr: ast.expr, gate: int) -> None:
        found = self.type_of(expr)
        self.given[target] = as_num(found)
        self.shares[target] = self._storage(expr)
        self.steps.append(Step(target, "=", expr, gate))

    def add(self, i: int, line: Contribution) -> None:
        target = line.target
        before, more = self.given[target], as_num(self.type_of(line.expr))
        after = joined(self.context.facts, before, more)
        scalar = before.dims == () and after.dims == ()
        fits = settle.is_full(self.context, before, after) and before.dtype == after.dtype
        if scalar or (fits and before.dims is not None and self._owned(target, i)):
            negative = is_negative(line.expr)
            expr = negate(line.expr) if negative else line.expr
            self.steps.append(Step(target, "-=" if negative else "+=", expr, line.gate))
        else:
            self.assign(target, plus(name(target), line.expr), line.gate)
        self.given[target] = after

    def element(self, i: int, line: Contribution) -> None:
        """A contribution to some elements: the rest of a new adjoint is zero."""
        target = line.target
        primal = self.primal_of[target]
        type_ = self.type_of.types[primal]
        if target in self.held:
            first = self.held.pop(target)
            self.assign(target, self._whole(first.expr, primal), first.gate)
        elif target not in self.given:
            self.assign(target, settle.zeros_like(name(primal), type_), line.gate)
        elif not settle.is_full(self.context, self.given[target], type_) or not self._owned(
            target, i
        ):
            self.assign(target, self._whole(name(target), primal), line.gate)
        self.given[target] = as_num(type_)
        how = "at" if line.repeats else "-=" if is_negative(line.expr) else "+="
        expr = negate(line.expr) if how == "-=" else line.expr
        self.steps.append(Step(target, how, expr, line.gate, line.index))

    def _whole(self, expr: ast.expr, primal: str) -> ast.expr:
        """A new array of the primal's shape with the adjoint's values."""
        if settle.is_full(self.context, self.type_of(expr), self.type_of.types[primal]):
            return settle.copied(expr)
        return settle.full_like(name(primal), expr)

    # -- who owns what ------------------------------------------------------------

    def _storage(self, expr: ast.expr) -> set[str]:
        """The names whose array the expression's value may be, or be a view of."""
        if self.type_of.rank(expr) == 0:
            return set()
        shared: set[str] = set()
        for root in roots(expr, self.type_of):
            shared |= {root} | self.shares.get(root, set())
        return shared

    def _owned(self, target: str, i: int) -> bool:
        """Whether writing into `target` changes nothing that is still read."""
        group = self.shares.get(target, set())
        group = group | {o for o, s in self.shares.items() if target in s or s & group}
        for other in group - {target}:
            if other == self.seed or not self._is_adjoint(other):
                return False
            if self.last_read.get(other, -1) > i or other in self.results:
                return False
        return True

    def _is_adjoint(self, identifier: str) -> bool:
        return identifier.startswith("d:") or ":r" in identifier

    # -- what is returned -----------------------------------------------------------

    def finish(self, result: str, earlier: Iterable[str]) -> None:
        """Give a result its argument's shape and dtype, and the caller its own array."""
        primal = self.primal_of[result]
        type_ = self.type_of.types[primal]
        if not isinstance(type_, Num):
            self.finish_display(result)
            return
        if result in self.held:
            held = self.held.pop(result)
            self.assign(result, held.expr, held.gate)
        if result not in self.given:
            self.assign(result, settle.zeros_like(name(primal), type_), 0)
        given = self.given[result]
        if not settle.is_full(self.context, given, type_):
            self.wrap(result, lambda e: settle.full_like(name(primal), e))
        elif needs_cast(given, type_):
            self.wrap(result, lambda e: settle.cast(e, type_))
        elif type_.dims != () and self._is_shared(result, earlier):
            self.wrap(result, settle.copied)

    def _is_shared(self, result: str, earlier: Iterable[str]) -> bool:
        mine = self.shares.get(result, set())
        if any(other == self.seed or not self._is_adjoint(other) for other in mine):
            return True
        return any(
            other in mine or result in self.shares.get(other, set()) or
            mine & self.shares.get(other, set())
            for other in earlier
        )  # fmt: skip

    def wrap(self, target: str, around: object) -> None:
        """Apply a last conversion in the line that finishes an adjoint."""
        at = max(i for i, step in enumerate(self.steps) if step.target == target)
        step = self.steps[at]
        assert callable(around)
        if step.index is not None:
            self.steps.append(Step(target, "=", around(name(target)), step.gate))
        elif step.how == "=":
            self.steps[at] = replace(step, expr=around(step.expr))
        else:
            signed = negate(step.expr) if step.how == "-=" else step.expr
            self.steps[at] = replace(step, how="=", expr=around(plus(name(target), signed)))
        self.shares[target] = set()

    def finish_display(self, result: str) -> None:
        """A tuple's or list's adjoint: its elements belong to the caller, too."""
        at = max(i for i, step in enumerate(self.steps) if step.target == result)
        taken: set[str] = set()
        expr = self._element(self.steps[at].expr, self.primal_of[result], taken)
        self.steps[at] = replace(self.steps[at], expr=expr)

    def _element(self, expr: ast.expr, primal: str, taken: set[str]) -> ast.expr:
        if isinstance(expr, ast.Tuple | ast.List):
            parts = [self._element(e, f"{primal}[{i}]", taken) for i, e in enumerate(expr.elts)]
            return type(expr)(parts, ast.Load())
        type_ = self.type_of.types[primal]
        given = as_num(self.type_of(expr))
        if not isinstance(type_, Num) or not type_.differentiable:
            return expr
        if not settle.is_full(self.context, given, type_):
            return settle.full_like(name(primal), expr)
        if needs_cast(given, type_):
            return settle.cast(expr, type_)
        storage = self._storage(expr)
        borrowed = any(s == self.seed or not self._is_adjoint(s) for s in storage)
        if type_.dims != () and (borrowed or storage & taken):
            return settle.copied(expr)
        taken |= storage
        return expr


def needs_cast(given: Num, primal: Num) -> bool:
    """Whether the dtype has to be brought back to the argument's."""
    if primal.is_python:
        return not (given.is_python or given.dtype == "f8" or not given.dtype)
    if given.is_python and primal.form == "np":
        return primal.dtype != "f8"
    return bool(given.dtype) and not given.is_python and given.dtype != primal.dtype


def plus(a: ast.expr, b: ast.expr) -> ast.expr:
    """a + b, written as a - c where b is -c."""
    if isinstance(b, Paren):
        b = b.value
    if ast.dump(a) == ast.dump(b):
        return ast.BinOp(ast.Constant(2), ast.Mult(), a)
    if is_negative(b):
        return ast.BinOp(a, ast.Sub(), negate(b))
    return ast.BinOp(a, ast.Add(), b)


def roots(node: ast.expr, type_of: TypeOf) -> set[str]:
    """The names whose storage an expression's value may share."""
    match node:
        case ast.Name(id=identifier):
            return {identifier}
        case Paren(value=value):
            return roots(value, type_of)
        case ast.Subscript(value=value) | ast.Attribute(value=value):
            return roots(value, type_of)
        case ast.IfExp(body=body, orelse=orelse):
            return roots(body, type_of) | roots(orelse, type_of)
        case ast.Call(func=func, args=args):
            return _call_roots(func, args, type_of)
    return set()


def _call_roots(func: ast.expr, args: Sequence[ast.expr], type_of: TypeOf) -> set[str]:
    if isinstance(func, ast.Name) and func.id.startswith("@rt."):
        return set().union(*(roots(arg, type_of) for arg in args))
    function = type_of.resolve(func)
    op = type_of.catalogue.find(function) if function is not None else None
    if op is None and isinstance(func, ast.Attribute):
        if func.attr == "copy":
            return set()
        op = type_of.catalogue.method(func.attr)
        args = [func.value, *args]
    if op is None or op.general.moves:
        return set().union(*(roots(arg, type_of) for arg in args))
    return set()


