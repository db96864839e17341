"""Calls of operations that the catalogue knows, and of functions that it does not."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.frontend.resolve import UNTOLD, BindError, bind
from adgen.rules.draws import makes_generator, number_drawn
from adgen.rules.operations import Op
from adgen.staging import sets
from adgen.staging.callbacks import Callbacks, as_fields, with_fields
from adgen.staging.calls import LocalFunction
from adgen.staging.terms import NotStatic, Term, as_tuple, call_of, static_value
from adgen.staging.wording import readable
from adgen.types import Known, Opaque, Type

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Operations:
    """Stages calls of operations, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.callbacks = Callbacks(stager)

    def silent(self, node: ast.Call, op: Op, given: Term, into: str | None) -> Term:
        """What a call makes of its operand, written as the operand alone."""
        if given.items is not None:
            items = tuple(self.silent(node, op, item, None) for item in given.items)
            return replace(given, varied=False, items=items)
        if given.num is None:
            return given
        return self.stager.gates.apply(op, {"x": given}, given.expr, node, into)

    def invoke(
        self,
        node: ast.Call,
        op: Op,
        args: list[Term],
        keywords: dict[str, Term],
        expr: ast.Call,
        into: str | None,
    ) -> Term:
        writes = self.stager.writes
        out = writes.out_of(op, args, keywords)
        op, args, expr = self.read(op, args, keywords, expr, out)
        rule = op.general
        where = keywords.pop("where", None) if out and isinstance(op.function, np.ufunc) else None
        if rule.folds and not keywords:
            several = self.operands(args)
            if several is not args or len(args) > len(rule.positional):
                return self.folded(node, op, several, expr.func, into)
        if op.kind == "unsupported":
            self.check_functions(node, op.name, [*args, *keywords.values()], op.general.reason)
            return self.stager.gates.unsupported(op, args, keywords, expr, node, into)
        try:
            bound = bind(op, rule.packed(args, as_tuple), keywords, value_or_untold)
        except BindError as wrong:
            terms = [*args, *keywords.values()]
            if out is None and not rule.writes and not any(t.varied for t in terms):
                self.check_functions(node, op.name, terms)
                return self.stager.gates.opaque(expr, node, into, terms)
            raise self.stager.refuse(
                _argument(node, wrong.argument),
                str(wrong),
                help=wrong.help or "see docs/catalogue.md for what the catalogue knows",
            ) from None
        if out is not None:
            return writes.out(op, bound, where, out, node, expr)
        if rule.writes:
            return writes.operand(op, bound, expr, node)
        if rule.leading is None or not self.callbacks.takes_part(bound):
            return self.stager.gates.apply(op, bound, expr, node, into)
        operands, call = self.callbacks.prepared(op, bound, expr, node)
        if not rule.fields:
            return self.stager.gates.apply(op, operands, call, node, into)
        return as_fields(op, self.stager.gates.apply(op, operands, with_fields(op, call), node))

    def read(
        self,
        op: Op,
        args: list[Term],
        keywords: Mapping[str, Term],
        expr: ast.Call,
        out: Term | None,
    ) -> tuple[Op, list[Term], ast.Call]:
        """The operation, arguments and text of a call that is the same as another."""
        reading = op.reading([value_or_untold(term) for term in args]) if op.general.reads else None
        if reading is None or (out is not None and isinstance(reading.function, str)):
            return op, args, expr  # what is put into an array is no view
        other = self.stager.catalogue.find(reading.function)
        assert other is not None
        args = [
            Term(ast.Constant(part), Known(part)) if isinstance(part, str) else args[part]
            for part in reading.args
        ]
        if isinstance(reading.function, str):
            return other, args, expr
        expr = call_of(expr.func, args, keywords, expr)
        return self.read(other, args, keywords, expr, out)

    def operands(self, args: list[Term]) -> list[Term]:
        """The operands of `max`: the arguments, or the elements of a list of numbers."""
        items = args[0].items if len(args) == 1 else None
        numbers = items is not None and all(item.num is not None for item in items)
        return list(items) if items and numbers else args

    def folded(
        self, node: ast.Call, op: Op, args: list[Term], func: ast.expr, into: str | None
    ) -> Term:
        """`max(max(a, b, c), d, e)`, which is what `max([a, b, c, d, e])` is."""
        if len(args) == 1:
            return args[0]
        most = len(op.general.positional)
        first, rest = args[:most], args[most:]
        expr = call_of(func, first, {}, node)
        bound = bind(op, first, {}, value_or_untold)
        made = self.stager.gates.apply(op, bound, expr, node, None if rest else into)
        return self.folded(node, op, [made, *rest], func, into) if rest else made

    def unknown_call(
        self, node: ast.Call, function: Any, terms: Sequence[Term], expr: ast.expr
    ) -> Term:
        varied = next((t for t in terms if t.varied), None)
        given = [*node.args, *(k.value for k in node.keywords)]
        said = {id(t): ast.unparse(e) for t, e in zip(terms, given, strict=False)}
        called = ast.unparse(node.func)
        if varied is None:
            self.check_functions(node, called, terms)
            made = self.stager.gates.opaque(expr, node, None, terms)
            generator = makes_generator(function)
            if generator is not None:
                return self.of_type(made, Opaque(generator))
            if function is set:
                return sets.known_set(self.stager, terms, expr) or self.of_type(made, sets.A_SET)
            return self.of_type(made, number_drawn(function) or made.type)
        argument = said.get(id(varied)) or readable(varied.expr)
        because = f"`{argument}` is differentiated"
        raise self.stager.refuse(
            node.func,
            f"no derivative rule for {called}",
            because=because,
            help=f"keep `{argument}` out of `wrt`, or add a rule: see docs/rules.md",
        )

    def of_type(self, made: Term, type_: Type) -> Term:
        """A value of which nothing was known, once something is."""
        assert isinstance(made.expr, ast.Name)
        self.stager.types[made.expr.id] = type_
        return replace(made, type=type_)

    def check_functions(
        self, node: ast.Call, called: str, terms: Sequence[Term], instead: str = ""
    ) -> None:
        """Refuse functions of the author's that would be handed to what is not followed."""
        for term in terms:
            if isinstance(term.type, Known) and isinstance(term.type.value, LocalFunction):
                raise self.stager.refuse(
                    node, f"a function defined here is handed to {called}, which is not supported",
                    help=instead or "call the function itself, or define it outside of this one",
                )  # fmt: skip


def value_or_untold(term: Term) -> Any:
    """What an argument is in every run, or `UNTOLD`."""
    try:
        return static_value(term)
    except NotStatic:
        return UNTOLD


def _argument(node: ast.Call, which: int | str) -> ast.AST:
    """The argument that a message is about."""
    if isinstance(which, int):
        return node.args[which] if which < len(node.args) and which else node
    return next((k.value for k in node.keywords if k.arg == which), node)
