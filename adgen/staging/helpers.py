"""Calls of the author's own functions: in place, as pairs, or call by call.

A helper is staged in place; one that calls itself becomes a pair, or, where it can be none, each of
its calls is staged in place, as long as integers tell where that ends.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adgen.errors import UserError
from adgen.rules.operations import Op
from adgen.staging.calls import LocalFunction, constant, inline, is_from_library, is_function
from adgen.staging.storage import is_array
from adgen.staging.terms import NeedTrips, NotStatic, Recursive, Term, call_of, static_value
from adgen.types import Known, NeedValue, Num, Ref

if TYPE_CHECKING:
    from adgen.staging.invocations import Invocations
    from adgen.staging.stager import Stager


class Helpers:
    """Stages calls of the author's functions, for a stager."""

    def __init__(self, stager: Stager, invocations: Invocations) -> None:
        self.stager = stager
        self.invocations = invocations

    def written_out(
        self,
        node: ast.Call,
        function: Any,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
    ) -> Term | None:
        """What a library's function gives that calls the author's, as it is written out."""
        op = self.stager.catalogue.find(function)
        made = op is None or op.kind != "written out"
        if made:
            op = self.stager.catalogue.find(type(function))
        if op is None or op.kind != "written out":
            return None
        body = op.general.body
        if not made:
            self.check_written(node, op, args, keywords)
            return self.author(node, body, args, keywords, into)
        given = op.general.apart(function) if op.general.apart is not None else None
        if given is None:
            return None
        known_as = getattr(node.func, "id", "function")
        remembered = [constant(self.stager, known_as, value) for value in given]
        maker = self.author(node, body, remembered, {}, None)
        return self.invocations.applied(node, maker, args, keywords, into)

    def check_written(
        self, node: ast.Call, op: Op, args: list[Term], keywords: dict[str, Term]
    ) -> None:
        """Refuse what a function takes that is written out without it."""
        rule = op.general
        other = next((key for key in keywords if key not in rule.parameters), None)
        if other is not None:
            raise self.stager.refuse(node, f"{op.name} with `{other}=` is not supported")
        if len(args) > len(rule.parameters):
            raise self.stager.refuse(
                node, f"{op.name} is not supported like this", help=rule.reason
            )

    def author(
        self,
        node: ast.AST,
        function: Any,
        args: Sequence[Term],
        keywords: Mapping[str, Term],
        into: str | None,
    ) -> Term:
        """What one of the author's functions gives for these terms."""
        return inline(self.stager, node, function, args, keywords, into)

    def helper(
        self,
        node: ast.Call,
        callee: Term,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
    ) -> Term:
        """A call of the author's own function."""
        assert isinstance(callee.type, Known)
        function = callee.type.value
        terms = [*args, *keywords.values()]
        state = self.stager.snapshot()
        try:
            return self.inlined(node, function, args, keywords, into)
        except UserError as error:
            touched = any(
                t.varied or is_array(t) or t.items is not None or isinstance(t.type, Ref)
                for t in terms
            )
            if touched or any(is_function(t) for t in terms) or isinstance(function, LocalFunction):
                if is_from_library(function):
                    called = ast.unparse(node.func)
                    raise self.stager.refuse(
                        node.func, f"no derivative rule for {called}", because=error.message
                    ) from None
                raise
            self.stager.restore(state)
        func = self.stager.expr(node.func)
        expr = self.invocations.callees.printed(function, func.expr)
        if isinstance(callee.expr, ast.Attribute) and callee.expr.attr == "__func__":
            args = args[1:]  # the call names the method together with its object
        made = call_of(expr, args, keywords, node)
        return self.stager.gates.opaque(made, node, into, [*args, *keywords.values()])

    def inlined(
        self,
        node: ast.Call,
        function: Any,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
    ) -> Term:
        """A call staged in place, or as one of a helper that is compiled by itself."""
        stager = self.stager
        state = stager.snapshot()
        try:
            return inline(stager, node, function, args, keywords, into)
        except Recursive as found:
            outside = all(frame.function is not function for frame in stager.frames)
            if found.function is not function or not outside or function is stager.function:
                raise
        stager.restore(state)
        stager.outlines.add(function)
        try:
            return inline(stager, node, function, args, keywords, into)
        except UserError as refusal:
            if stager.outer is not None:
                raise
            stager.restore(state)
            return self.unrolled(node, function, args, keywords, into, refusal)

    def unrolled(
        self,
        node: ast.Call,
        function: Any,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
        refusal: UserError,
    ) -> Term:
        """A function that calls itself, call by call: its integers tell where that ends."""
        stager = self.stager
        for term in (*args, *keywords.values()):
            settle_count(term)
        stager.outlines.functions[:] = [f for f in stager.outlines.functions if f is not function]
        stager.unrolling.append(function)
        try:
            return inline(stager, node, function, args, keywords, into)
        except (UserError, RecursionError):
            raise refusal from None
        finally:
            stager.unrolling.remove(function)


def settle_count(term: Term) -> None:
    """Let an integer that the caller may tell be one that is known while compiling."""
    if not isinstance(term.type, Num) or term.type.dims != () or term.type.kind != "i":
        return
    try:
        static_value(term)
    except NotStatic as unknown:
        if unknown.path is not None:
            raise NeedValue(unknown.path) from None
        if unknown.index is not None:
            raise NeedTrips(unknown.index) from None
