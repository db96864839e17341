"""Operations become gates: operands bound, types found, results named."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.algebra import Rewriter, simplify
from adgen.ir import Gate, name, names_in, substitute
from adgen.rules.operations import Given, Op
from adgen.rules.settle.spelling import constant_expr
from adgen.rules.shapes import count
from adgen.staging.cells import CELL
from adgen.staging.patterns import recognise
from adgen.staging.storage import View
from adgen.staging.structures import display_of
from adgen.staging.terms import (
    NotStatic,
    Term,
    call_of,
    is_number,
    item_of,
    leaves,
    literal,
    numpy,
    static_value,
)
from adgen.staging.wording import a, called, describe
from adgen.types import UNKNOWN, Known, ListOf, Num, Opaque, Ref, Seq, Sparse, Type

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


def element_wise(term: Term) -> ast.expr:
    """An operand; a list or tuple with differentiated elements is written out, as its adjoint
    goes to them, also where the author has a name for the whole."""
    if term.items is None or not term.varied:
        return term.expr
    kind = ast.List if isinstance(term.type, Seq) and term.type.kind == "list" else ast.Tuple
    return kind([element_wise(item) for item in term.items], ast.Load())


class Gates:
    """Makes gates, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def opaque(
        self,
        expr: ast.expr,
        node: ast.AST,
        into: str | None = None,
        sources: Iterable[Term] = (),
    ) -> Term:
        """A value that nothing is known of, and that carries no derivative.

        It may be, or be a view of, one of the arrays that it is made from.
        """
        if any(n.startswith(CELL) for n in names_in(expr)):
            raise self.stager.refuse(
                node, "a dict or object is handed to code that cannot be followed",
                help="hand over what it holds, one by one",
            )  # fmt: skip
        target = into or self.stager.fresh(self.stager.hint, introduced=True)
        self.stager.types[target] = UNKNOWN
        self.emit((target,), None, {}, expr, node)
        made = self.stager.storages.terms[target] = Term(name(target), UNKNOWN)
        self.stager.memory.join(target, self.stager.env, "", *sources)
        return made

    def apply(
        self,
        op: Op,
        bound: Mapping[str, Term],
        expr: ast.expr,
        node: ast.AST,
        into: str | None = None,
        place: ast.expr | None = None,
        virtual: bool = False,
        effect: bool = False,
    ) -> Term:
        """The gate that applies an operation, or the expression if it only counts."""
        if not all(map(is_number, bound.values())):
            if not virtual:
                bound, expr = self.with_arrays(op, bound, expr, node)
                bound, expr = self.as_now(bound, expr, node)
            if any(isinstance(t.type, Sparse) and op.general.marked(k) != "sparse"
                   for k, t in bound.items()):  # fmt: skip
                if not any(t.varied for t in bound.values()) or op.kind == "constant":
                    return self.opaque(expr, node, into)
                raise self.stager.refuse(
                    node, f"{op.name} of a sparse matrix is not supported", help="write `A @ x`"
                )
        if op.kind == "unsupported":
            return self.unsupported(op, [], bound, expr, node, into)
        operands = {key: self.operand(op, key, term, node) for key, term in bound.items()}
        defaults = {k: v for k, v in op.general.defaults.items() if k not in operands}
        try:
            result = op.shape(op, self.stager.facts, **defaults, **operands)
        except (TypeError, ValueError, IndexError, ZeroDivisionError, AssertionError) as wrong:
            raise self.stager.refuse(
                node, f"{called(op)} cannot be used like this: {wrong}"
            ) from None
        goes_in = any(t.varied and not op.general.passes(k) for k, t in bound.items())
        varied = goes_in and op.kind != "constant"
        if isinstance(result, Num) and not result.differentiable:
            varied = False
        if not varied and isinstance(result, Num) and _counts(result) and _cheap(bound):
            value = count(op.function, [t.type for t in bound.values()])
            return Term(_counted(expr, node), replace(result, value=value))
        if goes_in:
            self.check_supported(op, bound, operands, result, node)
        exprs = {k: element_wise(t) for k, t in bound.items()}
        exprs |= {k: constant_expr(operands[k]) for k in bound if op.general.marked(k) == "const"}
        if isinstance(result, Seq) and (varied or len(op.general.outputs) > 1):
            sources = [part for term in bound.values() for part in leaves(term)]
            return self.apply_several(op, exprs, expr, node, result, varied, sources)
        if isinstance(result, Num) and _may_choose(result):
            result = replace(result, value=self.stager.facts.fresh())
        target = into or self.stager.fresh(self.stager.hint, introduced=True)
        self.stager.types[target] = result
        self.emit((target,), op, exprs, expr, node, place, virtual, effect)
        if isinstance(result, Num) and not result.is_scalar:
            self.stager.memory.note_view(target, op, bound, expr)
        recognised = recognise(
            self.stager.defined[target], self.stager.defined, self.stager.catalogue
        )
        if recognised is not None:
            self.replace_gate(target, recognised)
        items = None
        if isinstance(result, Seq) and result.kind != "slice":
            items = tuple(Term(item_of(name(target), i), t) for i, t in enumerate(result.items))
        made = Term(name(target), result, varied, items)
        self.stager.storages.terms[target] = made
        return made

    def apply_several(
        self,
        op: Op,
        operands: Mapping[str, ast.expr],
        expr: ast.expr,
        node: ast.AST,
        result: Seq,
        varied: bool,
        sources: Sequence[Term],
    ) -> Term:
        """The gate of an operation with several results, each a value of its own."""
        items = []
        for type_ in result.items:
            value = self.stager.fresh(self.stager.hint, introduced=True)
            self.stager.types[value] = type_
            item = Term(name(value), type_, varied and _is_float(type_))
            self.stager.storages.terms[value] = item
            if op.general.aliases != "copy":
                # views, each of which would have to be taken anew after a write
                self.stager.memory.join(value, self.stager.env, "", *sources)
            items.append(item)
        if len(items) == 1 and result.items:
            expr = item_of(expr, 0)  # the one result, without what it comes in
        targets = tuple(t.expr.id for t in items if isinstance(t.expr, ast.Name))
        self.emit(targets, op, operands, expr, node)
        display = ast.Tuple([t.expr for t in items], ast.Load())
        return Term(display, result, varied, tuple(items))

    def as_now(
        self, bound: Mapping[str, Term], expr: ast.expr, node: ast.AST
    ) -> tuple[Mapping[str, Term], ast.expr]:
        """Operands as they are when the operation is carried out, not when they were named.

        In `x + f(x)` the call may write to `x`.
        """
        table: dict[str, ast.expr] = {}

        def now(term: Term) -> Term:
            if term.items is not None:
                items = tuple(now(item) for item in term.items)
                if all(a is b for a, b in zip(items, term.items, strict=True)):
                    return term
                if isinstance(term.expr, ast.Name) and isinstance(term.type, Seq):
                    shown = display_of(self.stager, term.type.kind, term.type.cls, items)
                    table[term.expr.id] = shown.expr
                    return replace(term, expr=shown.expr, items=items)
                return replace(term, expr=substitute(term.expr, table), items=items)
            found = self.stager.memory.fresh(None, term, node)
            if found is not term and isinstance(term.expr, ast.Name):
                table[term.expr.id] = found.expr
            return found

        bound = {key: now(term) for key, term in bound.items()}
        return bound, substitute(expr, table)

    def unsupported(
        self,
        op: Op,
        args: Sequence[Term],
        keywords: Mapping[str, Term],
        expr: ast.expr,
        node: ast.AST,
        into: str | None,
    ) -> Term:
        """An operation that is refused, unless nothing that is differentiated goes in."""
        terms = [*args, *keywords.values()]
        if any(t.varied for t in terms):
            raise self.stager.refuse(node, f"{called(op)} is not supported: {op.general.reason}")
        made = self.opaque(expr, node, into, terms)
        if op.general.shape is None:
            return made
        assert isinstance(made.expr, ast.Name)
        options = {key: term.type for key, term in keywords.items()}
        type_ = op.shape(op, self.stager.facts, *(t.type for t in args), **options)
        self.stager.types[made.expr.id] = type_
        return replace(made, type=type_)

    def with_arrays(
        self, op: Op, bound: Mapping[str, Term], expr: ast.expr, node: ast.AST
    ) -> tuple[Mapping[str, Term], ast.expr]:
        """Lists and tuples as the arrays that NumPy makes of them."""
        if op.kind in ("constant", "unsupported"):
            return bound, expr
        if not op.takes_arrays:
            return self.stager.lists.operands(op, bound, node), expr
        made = {
            key: self.as_array(term, node)
            for key, term in bound.items()
            if (term.items is not None or isinstance(term.type, ListOf))
            and not op.general.passes(key)
            and key not in op.several
        }
        for key, term in bound.items():
            if op.general.marked(key) == "arrays" and any(t.items for t in term.items or ()):
                made[key] = self.of_arrays(term, node)
        if not made:
            return bound, expr
        table = {id(bound[key].expr): term.expr for key, term in made.items()}
        return {**bound, **made}, _exchanged(expr, table)

    def of_arrays(self, term: Term, node: ast.AST) -> Term:
        """A list of arrays, of a list in which some are lists themselves."""
        items = tuple(t if t.items is None else self.as_array(t, node) for t in term.items or ())
        display = ast.Tuple([t.expr for t in items], ast.Load())
        assert isinstance(term.type, Seq)
        return replace(
            term, expr=display, type=Seq("tuple", tuple(t.type for t in items)), items=items
        )

    def as_array(self, term: Term, node: ast.AST) -> Term:
        """`np.array([a, b])`"""
        op = self.stager.catalogue.find(np.array)
        assert op is not None
        return self.apply(op, {"x": term}, call_of(numpy("array"), [term], {}, None), node)

    def virtual(self, author: str, op: Op, bound: Mapping[str, Term], view: View) -> Term:
        """A view as it is after a write: the same memory, so nothing is printed."""
        where = self.stager.definition.tree
        return self.apply(op, bound, view.expr, where, self.stager.version(author), virtual=True)

    def put_back(self, view: View, parent: Term, part: Term, node: ast.AST) -> Term:
        """The array that a changed view belongs to, as it is then."""
        op = self.stager.catalogue.find(view.op.general.put) if view.op.general.put else None
        if op is None or not isinstance(parent.expr, ast.Name):
            raise self.stager.refuse(
                node,
                f"writing through {view.op.name} is not supported",
                help="write into the array itself",
            )
        inputs = op.general.inputs
        bound = {key: term for key, term in view.bound.items() if key in inputs}
        bound |= {"x": parent, "v": part} if "v" in inputs else {"x": part}
        if "whole" in inputs:
            bound["whole"] = replace(parent, varied=False)  # only its shape is asked for
        target = self.stager.version(parent.expr.id)
        made = self.apply(op, bound, part.expr, node, target, virtual=True)
        assert isinstance(made.expr, ast.Name)
        self.stager.storages.views.pop(made.expr.id, None)
        return made

    def check_supported(
        self,
        op: Op,
        bound: Mapping[str, Term],
        operands: Mapping[str, Any],
        result: Any,
        node: ast.AST,
    ) -> None:
        """Refuse what has no rule for these operands; numbers may be real or complex."""
        if op.is_limited:
            seen = {
                key: operands[key] if op.general.marked(key) == "const" else self.given(term)
                for key, term in bound.items()
            }
            rule = op.rule_for(seen)
            if rule.kind == "unsupported":
                raise self.stager.refuse(node, f"{called(op)} is not supported here: {rule.reason}")
        unknown = isinstance(result, Num) and result.kind == ""
        if unknown and self.stager.facts.assumes_real and any(
            t.num is not None and t.num.kind == "c" for t in bound.values()
        ):  # fmt: skip
            raise self.stager.refuse(
                node,
                f"whether {called(op)} gives complex numbers here is not known",
                help="give example arguments, or annotations with dtypes",
            )

    def given(self, term: Term) -> Given:
        """What a rule's `when` sees of an operand."""
        is_complex = self.stager.facts.may_be_complex(term.type)
        return Given(term.type, term.varied, literal(term.expr) is not None, is_complex)

    def is_settled(self, term: Term, node: ast.AST) -> bool:
        """Whether this is a dict or object that holds nothing differentiated."""
        if not isinstance(term.type, Ref):
            return False
        return not any(t.varied for t in self.stager.objects.entries(term, node).values())

    def operand(self, op: Op, key: str, term: Term, node: ast.AST) -> Any:
        mark = op.general.passing.get(key, "")
        if mark and term.varied and not self.is_settled(term, node):
            because = f": {op.general.reason}" if op.general.reason else ""
            raise self.stager.refuse(
                node, f"{called(op)} is not differentiated in `{key}`{because}"
            )
        if mark != "const":
            several = op.kind == "constant" or key in op.several
            if isinstance(term.type, Seq) and term.varied and not several:
                raise self.stager.refuse(
                    node, f"{called(op)} of a {term.type.kind} of differentiated values"
                    " is not supported", help="make an array of them with np.array",
                )  # fmt: skip
            if isinstance(term.type, Opaque) and term.varied and op.kind != "constant":
                raise self.stager.refuse(
                    node, f"{called(op)} is given {a(describe(term.type))}, and its derivative is"
                    " not followed", help="make it the same kind of value on every path",
                )  # fmt: skip
            if isinstance(term.type, Known) and not mark and term.type.value is not None:
                raise self.stager.refuse(node, f"{called(op)} is given {a(describe(term.type))}")
            return term.type
        try:
            return static_value(term)
        except NotStatic as unknown:
            lengths = self.lengths(term)
            if lengths is not None:
                return lengths
            self.stager.ask_for(unknown)
            raise self.stager.refuse(
                node, f"`{key}` of {called(op)} is not known while compiling", help="write it out"
            ) from None

    def lengths(self, term: Term) -> Any:
        """What a number, or a tuple of them, comes to that is made of the lengths at hand."""
        if term.items is not None:
            parts = tuple(map(self.lengths, term.items))
            return None if None in parts else parts
        num = term.num
        if num is None or num.value is None:
            return None
        return self.stager.facts.number(num.value)

    def emit(
        self,
        targets: tuple[str, ...],
        op: Op | None,
        operands: Mapping[str, ast.expr],
        expr: ast.expr,
        node: ast.AST,
        place: ast.expr | None = None,
        virtual: bool = False,
        effect: bool = False,
    ) -> None:
        span = self.stager.definition.source.span(node)
        expr = self.spelled(expr, node)
        gate = Gate(
            targets, op, operands, expr, span, self.stager.statement, self.stager.new_key(),
            place, effect, virtual,
        )  # fmt: skip
        self.stager.body.append(gate)
        for target in targets:
            self.stager.defined[target] = gate

    def spelled(self, expr: Any, node: ast.AST) -> Any:
        """An expression with dicts and objects written out."""
        if CELL not in self.stager.counts:
            return expr
        cells = {n for n in names_in(expr) if n.startswith(CELL)}
        table = {c: self.stager.objects.display(self.stager.objects.term(c), node) for c in cells}
        return substitute(expr, table)

    def replace_gate(self, target: str, gate: Gate) -> None:
        body, before = self.stager.body, self.stager.defined[target]
        at = next(i for i in reversed(range(len(body))) if body[i] is before)
        body[at] = gate
        self.stager.defined[target] = gate


class _Exchange(Rewriter):
    unchanged = frozenset()

    def __init__(self, table: Mapping[int, ast.expr]) -> None:
        self.table = table

    def visit(self, node: ast.AST) -> Any:
        return self.table.get(id(node)) or super().visit(node)


def _exchanged(expr: ast.expr, table: Mapping[int, ast.expr]) -> ast.expr:
    """The expression with other nodes in the place of these."""
    exchanged: ast.expr = _Exchange(table).visit(expr)
    return exchanged


def _is_float(type_: Type) -> bool:
    return isinstance(type_, Num) and type_.differentiable


def _counts(result: Num) -> bool:
    """A number that counts or decides: it has no derivative and costs nothing."""
    return result.is_python and result.kind in ("i", "b")


def _may_choose(result: Num) -> bool:
    """An integer that may be a length, or truth values that may pick elements: what they count is
    one number wherever they are read."""
    if result.dims == ():
        return result.kind == "i" and result.value is None
    # what has been written to has another value than before
    return type(result) is Num and result.kind == "b" and result.dims is not None


def _counted(expr: ast.expr, node: ast.AST) -> ast.expr:
    """`i - 1`, and not `i + -1`, for the author's `i + di` where `di` is -1."""
    if not isinstance(expr, ast.BinOp) or not isinstance(node, ast.BinOp):
        return expr
    written = [literal(part) is not None for part in (node.left, node.right)]
    numbers = [literal(part) is not None for part in (expr.left, expr.right)]
    return expr if written == numbers else simplify(expr)


def _cheap(bound: Mapping[str, Term]) -> bool:
    return all(
        t.num is not None and t.num.is_python and t.num.kind in ("i", "b") for t in bound.values()
    )
