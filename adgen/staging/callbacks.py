"""Operations that take a function of the author's: integrals, equations, roots.

The operation goes on calling the function itself; on the way back its rule calls the
function's pullback, which is compiled by itself.  What the function reads of the
functions around it becomes further arguments, so that they receive their adjoints,
too: `quad(lambda x: k * x, 0.0, 1.0)` is carried out as `quad(f, 0.0, 1.0, args=(k,))`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from adgen.errors import UserError
from adgen.frontend.source import MAKERS, Definition, derived, find
from adgen.ir import name
from adgen.rules.operations import Op
from adgen.staging.calls import LocalFunction, is_authors
from adgen.staging.closures import standing_alone
from adgen.staging.terms import Term
from adgen.staging.wording import readable
from adgen.types import Known, NeedValue, Num, Seq, Type

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


@dataclass(frozen=True, eq=False)
class Fields:
    """An object of which some attributes are values: `optimize.root(f, x).x`."""

    terms: Mapping[str, Term]

    def __call__(self) -> None:
        """Never called; what can be called is followed while compiling."""
        raise TypeError("it is followed while compiling, not called")


@dataclass
class Callbacks:
    """Stages operations that take a function, for a stager."""

    stager: Stager
    made: dict[Any, Any] = field(default_factory=dict)

    def takes_part(self, bound: Mapping[str, Term]) -> bool:
        """Whether anything differentiated may go in, also through the function."""
        if any(term.varied for term in bound.values()):
            return True
        types = [term.type for term in bound.values()]
        return any(isinstance(t, Known) and isinstance(t.value, LocalFunction) for t in types)

    def prepared(
        self, op: Op, bound: Mapping[str, Term], expr: ast.expr, node: ast.Call
    ) -> tuple[Mapping[str, Term], ast.expr]:
        """Operands and call, with all that the function depends on among its arguments."""
        rule = op.general
        key = next(k for k in rule.inputs if rule.marked(k) == "callback")
        given, args = bound[key], bound.get("args")
        items = list(self.listed(args))
        definition, captured = self.definition(op, given, node)
        self.check_parameters(op, definition, items, captured, node)
        every = [*items, *captured.values()]
        for term in every:
            if term.varied and not isinstance(term.type, Num):
                raise self.stager.refuse(
                    node, f"`{readable(term.expr)}`, which `{definition.name}` reads, is not "
                    "a number or array",
                )  # fmt: skip
        pullback = self.pullback(definition, given, captured)
        self.compile_ahead(op, bound, pullback, every, node)
        whole = ast.Tuple([term.expr for term in every], ast.Load())
        type_ = Seq("tuple", tuple(term.type for term in every))
        joined = Term(whole, type_, any(term.varied for term in every), tuple(every))
        known_as = self.stager.external(f"{definition.name}_vjp", pullback)
        function = Term(name(known_as), Known(pullback))
        expr = self.rewritten(expr, given, args, definition, pullback, whole, bool(captured))
        return {**bound, key: function, "args": joined}, expr

    def listed(self, args: Term | None) -> tuple[Term, ...]:
        """The further arguments, which may be given as a single one."""
        if args is None:
            return ()
        return args.items if args.items is not None else (args,)

    def definition(
        self, op: Op, given: Term, node: ast.Call
    ) -> tuple[Definition, Mapping[str, Term]]:
        """The function's definition, and what it reads of the functions around it."""
        function = given.type.value if isinstance(given.type, Known) else None
        if isinstance(function, LocalFunction):
            definition, captured = standing_alone(self.stager, function, node)
            return replace(definition, packs=True), captured
        if not is_authors(function) or derived(function) or given.varied:
            raise self.stager.refuse(
                node, f"what `{op.name}` calls is not a function that adgen can read",
                help="give a function defined with `def` or `lambda`",
            )  # fmt: skip
        return replace(find(function), packs=True), {}

    def check_parameters(
        self,
        op: Op,
        definition: Definition,
        items: list[Term],
        captured: Mapping[str, Term],
        node: ast.Call,
    ) -> None:
        """All parameters are given by place; a default would stand where none is expected."""
        arguments = definition.tree.args
        wanted = op.general.leads + len(items) + len(captured)
        plain = [*arguments.posonlyargs, *arguments.args]
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or len(plain) != wanted:
            raise self.stager.refuse(
                node, f"`{definition.name}` is called by {op.name} with {wanted} arguments",
                help="give it exactly these parameters; for others use `args=`",
            )  # fmt: skip

    def pullback(self, definition: Definition, given: Term, captured: Mapping[str, Term]) -> Any:
        assert isinstance(given.type, Known)
        function = given.type.value
        local = isinstance(function, LocalFunction)
        key = (id(function.definition.tree) if local else function, tuple(captured))
        if key not in self.made:
            made = MAKERS[-1](definition, None if local else function, self.stager.catalogue)
            self.made[key] = made
        return self.made[key]

    def compile_ahead(
        self,
        op: Op,
        bound: Mapping[str, Term],
        pullback: Any,
        args: list[Term],
        node: ast.Call,
    ) -> None:
        """What is wrong with the function is said now, at its own line."""
        assert op.general.leading is not None
        leading: list[Type] = op.general.leading({k: t.type for k, t in bound.items()})
        types = dict(zip(pullback.parameters, [*leading, *(t.type for t in args)], strict=True))
        if not self.stager.facts.sizes or not any(t.varied for t in (*args, *bound.values())):
            return
        try:
            made = pullback.compiled(types, self.stager.facts, self.stager.catalogue)
            self.stager.watched += made.staged.program.watched
        except NeedValue:
            return  # the run will tell
        except UserError as error:
            if error.span is not None:
                raise
            raise self.stager.refuse(node, error.message, help=error.help) from None

    def rewritten(
        self,
        expr: ast.expr,
        given: Term,
        args: Term | None,
        definition: Definition,
        pullback: Any,
        whole: ast.Tuple,
        captures: bool,
    ) -> ast.expr:
        """The call with a function that stands alone, and all of its arguments."""
        assert isinstance(expr, ast.Call)
        if not isinstance(given.type, Known) or not isinstance(given.type.value, LocalFunction):
            return expr
        function = name(self.stager.external(definition.name, pullback.function))
        call = ast.Call(
            expr.func,
            [function if a is given.expr else a for a in expr.args],
            [replace_keyword(k, given.expr, function) for k in expr.keywords],
        )
        if not captures:
            return call
        if args is None:
            call.keywords.append(ast.keyword("args", whole))
            return call
        call.args = [whole if a is args.expr else a for a in call.args]
        call.keywords = [replace_keyword(k, args.expr, whole) for k in call.keywords]
        return call


def replace_keyword(keyword: ast.keyword, old: ast.expr, new: ast.expr) -> ast.keyword:
    return ast.keyword(keyword.arg, new) if keyword.value is old else keyword


def with_fields(op: Op, expr: ast.expr) -> ast.expr:
    """`root(f, x).x`, or several attributes at once."""
    fields = op.general.fields
    if len(fields) == 1:
        return ast.Attribute(expr, fields[0], ast.Load())
    getter = ast.Attribute(name("@operator"), "attrgetter", ast.Load())
    return ast.Call(ast.Call(getter, [ast.Constant(f) for f in fields], []), [expr], [])


def as_fields(op: Op, made: Term) -> Term:
    """The object whose attributes an operation gives."""
    terms = made.items if made.items is not None else (made,)
    value = Fields(dict(zip(op.general.fields, terms, strict=True)))
    return Term(made.expr, Known(value), made.varied)
