"""Expressions as gates, with what each means for the types of its operands."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.frontend.resolve import OPERATORS, SIGNS, operation_of_types
from adgen.ir import name
from adgen.staging import sets, unending
from adgen.staging.calls import local_function
from adgen.staging.cells import sequence
from adgen.staging.conditions import decided
from adgen.staging.terms import (
    Given,
    NotStatic,
    Term,
    constant_type,
    counted,
    is_number,
    is_text,
    literal,
    static_value,
)
from adgen.staging.wording import a, describe, not_supported, operation_of
from adgen.types import (
    BOOL,
    UNKNOWN,
    Known,
    Num,
    Opaque,
    Ref,
    Seq,
    Sparse,
    Text,
)
from adgen.values import is_plain_array, of_other_class

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Expressions:
    """Stages expressions, for a stager; calls are for `Invocations`."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def expr(self, node: ast.expr, into: str | None = None) -> Term:
        """Stage an expression; its outermost operation gives the value `into`."""
        match node:
            case Given(term=term):
                return term
            case ast.Constant(value=value):
                return Term(node, constant_type(value))
            case ast.Name(id=author):
                return self.lookup(node, author)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operator(node, type(op), [left, right], into)
            case ast.UnaryOp(op=ast.Not()):
                return self.negation(node)
            case ast.UnaryOp(op=op, operand=operand):
                if literal(node) is not None:
                    return Term(node, constant_type(literal(node)))
                return self.unary(node, operand, into)
            case ast.Compare(ops=[op], left=left, comparators=[right]):
                return self.operator(node, type(op), [left, right], into)
            case ast.Attribute():
                return self.stager.attributes.attribute(node, into)
            case ast.Subscript():
                return self.stager.subscripts.subscript(node, into)
            case ast.DictComp():
                return self.dict_of(node)
            case ast.GeneratorExp() if (endless := unending.terms(self.stager, node)) is not None:
                return endless
            case ast.ListComp() | ast.GeneratorExp():
                return self.stager.lists.comprehensions.comprehension(node, into)
            case ast.Call():
                return self.stager.invocations.call(node, into)
            case ast.List(elts=elts):
                return self.stager.lists.display(node, self.elements(elts), into)
            case ast.Tuple(elts=elts):
                return self.display(self.elements(elts))
            case ast.Set(elts=elts):
                return self.of_constants(node, [self.expr(e) for e in elts])
            case ast.Slice(lower=lower, upper=upper, step=step):
                return self.slice(node, [lower, upper, step])
            case ast.IfExp():
                return self.stager.conditions.conditional(node, into)
            case ast.BoolOp():
                return self.stager.conditions.value(node, into)
            case ast.Compare():
                return self.stager.conditions.comparison(node)
            case ast.NamedExpr(target=target, value=value):
                return self.named(target.id, value)
            case ast.Dict(keys=keys, values=values):
                return self.dict(node, keys, values)
            case ast.Lambda():
                return local_function(self.stager, node)
            case ast.JoinedStr():
                return self.text(node)
            case _:
                said, help = not_supported(node)
                raise self.stager.refuse(node, said, help=help)

    def lookup(self, node: ast.expr, author: str) -> Term:
        if author in self.stager.env:
            self.stager.lazily.check(author, node)
            term = self.stager.memory.fresh(author, self.stager.env[author], node)
            self.stager.env[author] = term
            return term
        for parent in () if author in self.stager.locals else reversed(self.stager.parents):
            if author in parent:
                return self.stager.memory.fresh(author, parent[author], node)
        found, value = self.stager.scope.lookup(author)
        if author in self.stager.locals or not found:
            raise self.stager.refuse(node, f"`{author}` has no value here")
        known_as = name(self.stager.note_external(author, value))
        return self.of_module(self.stager.constant(known_as, value), node)

    def of_module(self, term: Term, node: ast.AST) -> Term:
        """A constant of the author's module; operators mean on it what rules say."""
        value = term.type.value if isinstance(term.type, Known) else None
        if isinstance(value, np.ndarray) and not is_plain_array(value):
            raise of_other_class(value, ast.unparse(node), self.stager.definition.source.span(node))
        return term

    def display(self, terms: list[Term]) -> Term:
        expr = ast.Tuple([t.expr for t in terms], ast.Load())
        type_ = Seq("tuple", tuple(t.type for t in terms))
        return Term(expr, type_, any(t.varied for t in terms), tuple(terms))

    def dict(
        self, node: ast.Dict, keys: Sequence[ast.expr | None], values: Sequence[ast.expr]
    ) -> Term:
        """`{"x": x, **rest}`."""
        author = self.stager.hint
        objects = self.stager.objects
        entries: dict[Any, Term] = {}
        for key, value in zip(keys, values, strict=True):
            if key is None:
                entries |= objects.dicts.updates([self.expr(value)], {}, value)
            else:
                at = objects.dicts.static_key(self.expr(key), key)
                self.stager.hint = f"{author}_{at}" if str(at).isidentifier() else author
                entries[at] = self.expr(value)
        return objects.new(dict, entries, author)

    def dict_of(self, node: ast.DictComp) -> Term:
        """`{key: value for ...}`, over what is known element by element."""
        objects, author = self.stager.objects, self.stager.hint
        pairs = self.stager.lists.comprehensions.written_out(node)
        if pairs is None:
            raise self.stager.refuse(
                node, "which keys this dict has is not known while compiling",
                help="use a list, or write the keys out",
            )  # fmt: skip
        return objects.new(dict, objects.dicts.updates([sequence(pairs)], {}, node), author)

    def of_constants(self, node: ast.Set, terms: Sequence[Term]) -> Term:
        """A set of what is the same in every run, for `in`."""
        try:
            return Term(node, Known(frozenset(static_value(t) for t in terms)))
        except (NotStatic, TypeError):
            said, help = not_supported(node)
            raise self.stager.refuse(node, said, help=help) from None

    def slice(self, node: ast.Slice, parts: list[ast.expr | None]) -> Term:
        terms = [None if part is None else self.expr(part) for part in parts]
        expr = ast.Slice(*[t.expr if t else None for t in terms])
        missing = Term(ast.Constant(None), Known(None))
        items = tuple(t or missing for t in terms)
        varied = any(t.varied for t in items)
        return Term(expr, Seq("slice", tuple(t.type for t in items)), varied, items)

    def unary(self, node: ast.UnaryOp, operand: ast.expr, into: str | None) -> Term:
        """`-x`; of a constant of a module, as in `-np.inf`, a constant, too."""
        term = self.expr(operand)
        if isinstance(node.op, ast.USub) and term.static is not None:
            return replace(term, expr=ast.UnaryOp(node.op, term.expr), static=-term.static)
        return self.of_operands(node, type(node.op), [operand], [term], into)

    def operator(
        self, node: ast.expr, kind: type[ast.AST], operands: list[ast.expr], into: str | None
    ) -> Term:
        terms = [self.stager.expr(operand) for operand in operands]
        return self.of_operands(node, kind, operands, terms, into)

    def of_operands(
        self,
        node: ast.expr,
        kind: type[ast.AST],
        operands: list[ast.expr],
        terms: list[Term],
        into: str | None,
    ) -> Term:
        if not issubclass(kind, ast.cmpop):
            terms = [counted(term) for term in terms]
        if kind in ARITHMETIC and all(map(is_number, terms)):
            return self.of_numbers(node, OPERATORS[kind], terms, into)
        if kind not in (ast.Is, ast.IsNot):
            terms = [self.stager.lists.placed.shown(term, node) for term in terms]
        if any(isinstance(term.type, Ref) or _is_named(term) for term in terms):
            if kind not in (ast.In, ast.NotIn, ast.Is, ast.IsNot):
                return self.stager.objects.operator(node, kind, terms, into)
            if (asked := self.stager.objects.contains(node, kind, terms)) is not None:
                return asked
            told = self.stager.objects.compared(node, kind, terms)
            if told is not None:
                return Term(ast.Constant(told), BOOL)
        found = self.stager.lists.composed.operation(node, kind, terms, into)
        if found is not None:
            return found
        if kind is ast.Mod and is_text(terms[0]):
            return formatted(node, terms)
        with_array = any(t.num is not None and t.num.form in ("array", "np") for t in terms)
        for i, (term, operand) in enumerate(zip(terms, operands, strict=True)):
            if isinstance(term.type, Num | Known | Text | Sparse) or issubclass(kind, ast.cmpop):
                continue
            if not with_array or term.items is None:
                sign = SIGNS.get(kind, "an operator")
                raise self.stager.refuse(operand, f"`{sign}` on {a(describe(term.type))}")
            terms[i] = self.stager.gates.as_array(term, operand)
        return self.operation(node, kind, terms, into)

    def operation(
        self, node: ast.expr, kind: type[ast.AST], terms: list[Term], into: str | None = None
    ) -> Term:
        terms = self.stager.lists.composed.with_arrays(terms, node)
        expr = clone_with(node, terms)
        found = decided(self.stager, kind, *terms) if isinstance(node, ast.Compare) else None
        if found is not None:
            return Term(ast.Constant(found), BOOL)
        if all(isinstance(t.type, Known) for t in terms):
            return self.of_known(node, kind, terms, expr)
        types = [t.type for t in terms]
        op = self.stager.catalogue.find(operation_of_types(kind, types))
        if op is None or any(not isinstance(t, Num | Sparse) for t in types):
            return self.plain(node, expr, terms, into)
        bound = dict(zip(op.general.inputs, terms, strict=True))
        return self.stager.gates.apply(op, bound, expr, node, into)

    def of_numbers(
        self, node: ast.expr, function: Any, terms: list[Term], into: str | None
    ) -> Term:
        """An operator of arithmetic on numbers, which needs no question about what they are."""
        op = self.stager.catalogue.find(function)
        assert op is not None
        bound = dict(zip(op.general.inputs, terms, strict=True))
        return self.stager.gates.apply(op, bound, clone_with(node, terms), node, into)

    def of_known(
        self, node: ast.expr, kind: type[ast.AST], terms: Sequence[Term], expr: ast.expr
    ) -> Term:
        """An operator on what is the same in every run: `float | int`."""
        try:
            value = OPERATORS[kind](*(t.type.value for t in terms if isinstance(t.type, Known)))
        except TypeError as wrong:
            raise self.stager.refuse(node, str(wrong)) from None
        return self.stager.constant(expr, value)

    def negation(self, node: ast.UnaryOp) -> Term:
        """`not x`: the truth of a value, whatever it is."""
        found = self.stager.conditions.test(node)
        return Term(ast.Constant(found) if isinstance(found, bool) else found, BOOL)

    def named(self, author: str, value: ast.expr) -> Term:
        """`(author := value)`."""
        hint, self.stager.hint = self.stager.hint, self.stager.own_name(author)
        term = self.stager.env[author] = self.stager.statements.bound(author, value)
        self.stager.hint = hint
        return term

    def elements(self, nodes: Sequence[ast.expr]) -> list[Term]:
        """What stands in a tuple or list, `*parts` taken apart."""
        terms: list[Term] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                terms += self.stager.unpacking.elements(self.expr(node.value), node.value)
            else:
                terms.append(self.expr(node))
        return terms

    def plain(
        self, node: ast.expr, expr: ast.expr, terms: Sequence[Term], into: str | None
    ) -> Term:
        """What has no rule and needs none, since nothing differentiated goes in."""
        if any(t.varied for t in terms) and not isinstance(node, ast.Compare):
            kinds = " and ".join(a(describe(t.type)) for t in terms)
            raise self.stager.refuse(node, f"`{operation_of(node)}` of {kinds} is not supported")
        is_test = isinstance(node, ast.Compare) or _is_not(node)
        if is_test and any(t.type == sets.A_SET for t in terms):
            # what is in a set may be another thing where the test is read
            return self.stager.lists.counted(expr, node, into, BOOL)
        if isinstance(node, ast.BinOp) and any(is_text(t) for t in terms):
            made = OPERATORS[type(node.op)]
            return Term(expr, Text(made, tuple(terms)))
        return Term(expr, BOOL if is_test else UNKNOWN)

    def text(self, node: ast.JoinedStr) -> Term:
        """An f-string; what it says is known where its parts are."""
        expr = self.stager.rewritten(node)
        values = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        if not all(isinstance(n, PLAIN) for value in values for n in ast.walk(value)):
            return Term(expr, Opaque("str"))
        template = ast.Lambda(
            ast.arguments(
                [], [ast.arg(f"_{i}") for i in range(len(values))], None, [], [], None, []
            ),
            _with_values(node, [ast.Name(f"_{i}", ast.Load()) for i in range(len(values))]),
        )
        code = compile(ast.fix_missing_locations(ast.Expression(template)), "<text>", "eval")
        return Term(expr, Text(eval(code), tuple(self.expr(value) for value in values)))

    def may_change(self, value: object) -> bool:
        """Whether code depends on what this is, so that it has to be looked up again."""
        return callable(value) and self.stager.catalogue.find(value) is None


def clone_with(node: ast.expr, terms: Sequence[Term]) -> ast.expr:
    """The operator expression with staged operands."""
    exprs = [t.expr for t in terms]
    match node:
        case ast.BinOp(op=op):
            return ast.BinOp(exprs[0], op, exprs[1])
        case ast.UnaryOp(op=op):
            return ast.UnaryOp(op, exprs[0])
        case ast.Compare(ops=ops):
            return ast.Compare(exprs[0], ops, exprs[1:])
    raise TypeError(node)


def formatted(node: ast.expr, terms: Sequence[Term]) -> Term:
    """`"w%d" % i`: what it says is known where its parts are."""
    template, given = terms
    if given.items is None:
        return Term(clone_with(node, terms), Text(lambda t, v: t % v, (template, given)))
    parts = (template, *given.items)
    return Term(clone_with(node, terms), Text(lambda t, *values: t % values, parts))


# what numbers are reckoned with: of two numbers nothing else has to be asked
ARITHMETIC = frozenset({ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub})
PLAIN = (ast.Name, ast.Constant, ast.BinOp, ast.operator, ast.expr_context)


def _with_values(node: ast.JoinedStr, values: Sequence[ast.expr]) -> ast.JoinedStr:
    """An f-string with other values in its places."""
    rest = iter(values)
    parts = [
        (
            ast.FormattedValue(next(rest), part.conversion, part.format_spec)
            if isinstance(part, ast.FormattedValue)
            else part
        )
        for part in node.values
    ]
    return ast.JoinedStr(parts)


def _is_named(term: Term) -> bool:
    """Whether a term is a named tuple, which may have operators of its own."""
    return isinstance(term.type, Seq) and term.type.cls is not None


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
