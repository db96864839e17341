"""Calls of methods: of arrays, lists, objects, strings, and of generators of random numbers."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from adgen.frontend.resolve import BindError, bind
from adgen.rules.draws import OF_NUMPY, OF_PYTHON, drawn_by, number_of
from adgen.staging import module_dicts, sets
from adgen.staging.callees import is_super
from adgen.staging.calls import LocalFunction
from adgen.staging.constructors import is_generated
from adgen.staging.list_kinds import is_list
from adgen.staging.operations import value_or_untold
from adgen.staging.remembered import Method, Remembered
from adgen.staging.terms import NotStatic, Term, as_tuple, call_of, is_text, static_value
from adgen.staging.wording import a, describe, readable
from adgen.types import UNKNOWN, Known, Opaque, Ref, Seq, Sparse, Text

if TYPE_CHECKING:
    from adgen.staging.invocations import Invocations
    from adgen.staging.stager import Stager


class Methods:
    """Stages calls of methods, for a stager."""

    def __init__(self, stager: Stager, invocations: Invocations) -> None:
        self.stager = stager
        self.invocations = invocations

    def remembered_method(
        self,
        node: ast.Call,
        method: Method,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
    ) -> Term:
        """`stats.norm(mu, s).logpdf(x)`, as `stats.norm.logpdf(x, mu, s)`."""
        for term in method.of.terms:
            if self.stager.memory.fresh(None, term, node) is not term:
                raise self.stager.refuse(
                    node, f"`{readable(term.expr)}` was written to after it was handed over"
                )
        args = [*args, *method.of.args]
        keywords = {**method.of.keywords, **keywords}
        func = ast.Attribute(method.of.expr, method.attr, ast.Load())
        expr = call_of(func, args, keywords, node)
        op = self.stager.catalogue.find(method.function)
        if op is None:
            return self.invocations.operations.unknown_call(
                node, method.function, [*args, *keywords.values()], expr
            )
        return self.invocations.operations.invoke(node, op, args, keywords, expr, into)

    def method_of_text(
        self, base: Term, method: str, args: Sequence[Term], expr: ast.expr, node: ast.AST
    ) -> Term | None:
        """What a string's method gives, if that is known: `spec.split(",")`, `"w{}".format(i)`."""
        function = getattr(str, method, None)
        try:
            given = [static_value(term) for term in (base, *args)]
        except NotStatic:
            if method not in ("format", "join"):
                return None
            return Term(self.stager.gates.spelled(expr, node), Text(function, (base, *args)))
        if function is None:
            return None
        found = function(*given)
        if isinstance(found, bool):
            return self.stager.conditions.truth(found)
        return self.stager.constant(expr, found)

    def method(self, node: ast.Call, func: ast.Attribute, into: str | None) -> Term:
        if is_super(func.value):
            return self.method_of_parent(node, func, into)
        base = self.stager.expr(func.value)
        args, keywords = self.invocations.arguments(node)
        if isinstance(base.type, Ref):
            return self.stager.objects.call_method(node, func, base, args, keywords, into)
        if isinstance(base.type, Seq) and base.type.cls is not None:
            return self.stager.objects.named_method(node, func, base, args, keywords, into)
        expr = call_of(ast.Attribute(base.expr, func.attr, ast.Load()), args, keywords, node)
        if isinstance(base.type, Known) and isinstance(base.type.value, Remembered):
            found = Method(base.type.value, func.attr)
            return self.remembered_method(node, found, args, keywords, into)
        if is_list(base) or base.columns:
            return self.stager.lists.method(node, base, func.attr, args, keywords, into)
        if isinstance(base.type, Seq) and func.attr in ("index", "count"):
            return self.stager.lists.counted(expr, node, into)
        if isinstance(base.type, Sparse):
            found_op = self.stager.catalogue.find(f"sparse {func.attr}")
            if found_op is not None:
                return self.invocations.operations.invoke(
                    node, found_op, [base, *args], keywords, expr, into
                )
        if base.type in (Opaque(OF_PYTHON), Opaque(OF_NUMPY)):
            return self.draw(node, base, func.attr, args, keywords, expr, into)
        if isinstance(base.type, Known) and isinstance(base.type.value, LocalFunction):
            made = ast.unparse(func.value)
            raise self.stager.refuse(
                node, f"the method `.{func.attr}()` of `{made}` is not supported",
                help="it is followed as a function that can be called, and nothing else",
            )  # fmt: skip
        if is_text(base) and not keywords:
            text = self.method_of_text(base, func.attr, args, expr, node)
            if text is not None:
                return text
        if self.invocations.callees.is_method_of_constant(base, func.attr):
            assert isinstance(base.type, Known)
            found = getattr(base.type.value, func.attr)
            return self.invocations.applied(
                node, Term(expr.func, Known(found)), args, keywords, into
            )
        held = module_dicts.method(self.stager, node, func.attr, base, args)
        if held is not None and not keywords:
            return held
        sets.check_method(self.stager, node, base, func.attr)
        if isinstance(base.type, Known) and not hasattr(base.type.value, func.attr):
            raise self.stager.refuse(func, f"`{ast.unparse(func)}` does not exist")
        is_of_arrays = hasattr(np.ndarray, func.attr)
        if base.num is None or (base.type == UNKNOWN and not is_of_arrays):
            if not any(t.varied for t in [base, *args, *keywords.values()]):
                return self.stager.gates.opaque(expr, node, into, [base, *args, *keywords.values()])
            raise self.stager.refuse(node, f"a method of {a(describe(base.type))} is not supported")
        if func.attr == "tolist":
            return self.stager.lists.apply("list of array", {"x": base}, expr, node, into)
        if not is_of_arrays:
            raise self.stager.refuse(func, f"an array has no method `.{func.attr}()`")
        op = self.stager.catalogue.method(func.attr)
        if op is None:
            raise self.stager.refuse(
                node,
                f"no derivative rule for the array method `.{func.attr}()`",
                help="see docs/rules.md for how to add one",
            )
        return self.invocations.operations.invoke(node, op, [base, *args], keywords, expr, into)

    def draw(
        self, node: ast.Call, base: Term, method: str, args: list[Term],
        keywords: dict[str, Term], expr: ast.Call, into: str | None,
    ) -> Term:  # fmt: skip
        """`rng.normal(size=3)`: numbers that the derivative takes as they come."""
        terms = [*args, *keywords.values()]
        varied = next((t for t in terms if t.varied), None)
        op = self.stager.catalogue.find(drawn_by(method))
        moves = op is not None and op.kind != "constant" and base.type != Opaque(OF_PYTHON)
        if varied is not None and not moves:
            raise self.stager.refuse(
                node, f"random numbers are drawn with `{readable(varied.expr)}`,"
                " which is differentiated",
                help="draw standard ones, then scale and move them",
            )  # fmt: skip
        if op is not None and base.type != Opaque(OF_PYTHON):
            with contextlib.suppress(BindError):
                bound = bind(op, op.general.packed(args, as_tuple), keywords, value_or_untold)
                return self.stager.gates.apply(op, bound, expr, node, into)
        made = self.stager.gates.opaque(expr, node, into, terms)
        number = number_of(method) if base.type == Opaque(OF_PYTHON) else None
        return self.invocations.operations.of_type(made, number or made.type)

    def method_of_parent(self, node: ast.Call, func: ast.Attribute, into: str | None) -> Term:
        """`super().method(...)`."""
        stager = self.stager
        cls = stager.scope.cells.get("__class__")
        first = stager.definition.tree.args.args[:1]
        if cls is None or not first:
            raise stager.refuse(func.value, "which class `super()` begins at is not known")
        own = stager.env[first[0].arg]
        args, keywords = self.invocations.arguments(node)
        mro = own.type.cls.__mro__ if isinstance(own.type, Ref) else ()
        for parent in mro[mro.index(cls.cell_contents) + 1 :] if mro else ():
            if func.attr in parent.__dict__ and parent is not object:
                if is_generated(parent.__dict__[func.attr]):
                    stager.objects.constructors.fill(node, parent, own, args, keywords)
                    return Term(ast.Constant(None), Known(None))
                return self.invocations.helpers.author(
                    node, parent.__dict__[func.attr], [own, *args], keywords, into
                )
        if func.attr == "__init__" and not args:
            return Term(ast.Constant(None), Known(None))
        raise stager.refuse(node, f"no parent class has `{func.attr}`")
