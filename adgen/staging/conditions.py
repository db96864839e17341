"""Conditions: what is decided while compiling, what a test says, and what `and` and `or` give.

A condition becomes one expression where that says what Python does; the operations in
it are then never gates.  What cannot be said in an expression (`:=`, a call of the
author's own function) is staged before the test, and on one side of a branch where
Python would evaluate it on that side only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from adgen.frontend.resolve import OPERATORS
from adgen.ir import Gate, Stmt, is_introduced, substitute
from adgen.staging.calls import is_function
from adgen.staging.meetings import Side
from adgen.staging.terms import NoResultYet, NotStatic, Term, listed, static_value
from adgen.types import BOOL, UNKNOWN, Dim, Known, ListOf, Num, Seq

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

T = TypeVar("T")


# stages a value, and puts it under the name that is given if it makes one
Part = Callable[[str], Term]


class Conditions:
    """Stages conditions, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    # -- tests ------------------------------------------------------------------------

    def test(self, node: ast.expr) -> bool | ast.expr:
        """A condition: its truth where that is known, or the expression of it."""
        match node:
            case ast.BoolOp():
                return self.junction(node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                found = self.test(operand)
                return not found if isinstance(found, bool) else ast.UnaryOp(ast.Not(), found)
        side, term = self.tried(
            lambda: self.stager.objects.dicts.told(self.stager.expr(node), node)
        )
        known = truth_of(term)
        folded = self.folded(term.expr, side)
        if folded is None:
            self.carry_out(side)
            return known if known is not None else term.expr
        return known if known is not None else folded

    def junction(self, node: ast.BoolOp) -> bool | ast.expr:
        """`a and b` of which only the truth counts."""
        going_on = isinstance(node.op, ast.And)
        parts: list[ast.expr] = []
        for i, value in enumerate(node.values):
            if not parts:
                found = self.test(value)
            else:
                side, found = self.tried(lambda value=value: self.test(value))  # type: ignore[misc]
                if side.block:
                    return self.junction_in_steps(node, joined(node.op, parts), node.values[i:])
            if not isinstance(found, bool):
                parts.append(found)
            elif found != going_on:
                return found if not parts else joined(node.op, [*parts, ast.Constant(found)])
        return joined(node.op, parts) if parts else going_on

    def junction_in_steps(
        self, node: ast.BoolOp, first: ast.expr, others: list[ast.expr]
    ) -> ast.expr:
        """The operands after the first take statements, which may have to be left out."""
        rest = joined(node.op, others)

        def decided(_: str) -> Term:
            return self.truth(isinstance(node.op, ast.Or))

        def undecided(_: str) -> Term:
            found = self.test(rest)
            return self.truth(found) if isinstance(found, bool) else Term(found, BOOL)

        sides = (undecided, decided) if isinstance(node.op, ast.And) else (decided, undecided)
        return self.either("holds", first, sides, node).expr

    def truth(self, value: bool) -> Term:
        return Term(ast.Constant(value), BOOL)

    # -- values -----------------------------------------------------------------------

    def conditional(self, node: ast.IfExp, into: str | None) -> Term:
        """`a if test else b`, as a branch that binds one name on both sides."""
        test = self.test(node.test)
        if isinstance(test, bool):
            return self.stager.expr(node.body if test else node.orelse, into)
        parts = [partial(self.stager.expr, part) for part in (node.body, node.orelse)]
        return self.either(self.author(into), test, parts, node)

    def value(self, node: ast.BoolOp, into: str | None) -> Term:
        """`a and b`, `a or b` as a value: one of the operands, as Python chooses it."""
        is_and = isinstance(node.op, ast.And)
        first = self.stager.expr(node.values[0])
        rest = joined(node.op, node.values[1:])
        known = truth_of(first)
        if known is not None:
            return self.stager.expr(rest, into) if known == is_and else first
        side, second = self.tried(lambda: self.stager.expr(rest))
        folded = self.folded(second.expr, side)
        if folded is not None and is_truth(first) and is_truth(second):
            return Term(joined(node.op, [first.expr, folded]), BOOL)
        parts: list[Part] = [lambda _: first, partial(self.stager.expr, rest)]
        return self.either(self.author(into), first.expr, parts[::-1] if is_and else parts, node)

    def comparison(self, node: ast.Compare) -> Term:
        """`a < b < c`: evaluated as Python does, one after the other."""
        terms = [self.stager.expr(node.left), self.stager.expr(node.comparators[0])]
        for value in node.comparators[1:]:
            side, term = self.tried(lambda value=value: self.stager.expr(value))  # type: ignore[misc]
            folded = self.folded(term.expr, side)
            if folded is None:
                raise self.stager.refuse(
                    value,
                    "this comparison is evaluated only if those before it hold, "
                    "which takes statements of its own",
                    help="write it as a comparison of its own, joined with `and`",
                )
            terms.append(Term(folded, term.type, term.varied))
        pairs = zip(node.ops, terms, terms[1:], strict=False)
        truths = [decided(self.stager, type(op), a, b) for op, a, b in pairs]
        if all(truth is True for truth in truths):
            return self.truth(True)
        return Term(ast.Compare(terms[0].expr, node.ops, [t.expr for t in terms[1:]]), BOOL)

    def author(self, into: str | None) -> str:
        """The name that both sides of a choice bind."""
        named = into is not None and ":t" not in into
        return into.split(":")[0] if into and named else f"{self.stager.hint}_either"

    def either(self, author: str, test: ast.expr, parts: Sequence[Part], node: ast.expr) -> Term:
        """A value that is staged on each side of a branch, under one name."""
        given: list[Term] = []
        sides = [self.value_side(author, part, node, given) for part in parts]
        if all(side.left for side in sides):
            raise NoResultYet
        if len(given) == 2:
            self.stager.flow.meetings.check_lists(*given)
        lengths = {_length(side, author) for side in sides if not side.left}
        self.stager.flow.choice(test, sides[0], sides[1], node)
        env = self.stager.env
        items = [env.pop(f"{author}_{i} ") for i in range(99) if f"{author}_{i} " in env]
        found = env.pop(f"{author} ", None)
        if len(lengths) > 1:
            self.stager.parted.asked.add(self.stager.lists.site(node))
            raise self.stager.refuse(
                node,
                "this is a tuple or list on one path, and something else on another",
                help="bind the values one by one, in an `if` statement",
            )
        return found if found is not None else listed(items)

    def value_side(self, author: str, part: Part, node: ast.expr, given: list[Term]) -> Side:
        """One side of a choice; what it gives is added to `given`, if it gives anything."""

        def bind() -> None:
            own = self.stager.fresh(author)
            term = part(own)
            given.append(term)
            for i, item in enumerate(_apart(term)):
                target = self.stager.fresh(f"{author}_{i}")
                self.stager.env[f"{author}_{i} "] = self.stager.statements.as_target(
                    target, item, node
                )
            if not _apart(term):
                made = self.stager.statements.as_target(own, term, node)
                self.stager.env[f"{author} "] = made  # no name of the author's has a space

        env, since = self.stager.env, self.stager.calls.count
        try:
            return self.tried(bind)[0]
        except NoResultYet:
            return Side((), dict(env), "raise", since)

    # -- what an expression takes -------------------------------------------------------

    def tried(self, act: Callable[[], T]) -> tuple[Side, T]:
        """Stage something apart: its statements and what names mean behind it."""
        stager = self.stager
        env, body, since = stager.env, stager.body, stager.calls.count
        stager.env, stager.body = dict(env), []
        try:
            found = act()
            return Side(tuple(stager.body), stager.env, None, since), found
        finally:
            stager.env, stager.body = env, body

    def carry_out(self, side: Side) -> None:
        """Let what was staged apart be done here."""
        self.stager.body += side.block
        self.stager.env = side.env

    def folded(self, expr: ast.expr, side: Side) -> ast.expr | None:
        """An expression with the gates that lead to it written out in it again, if it can be."""
        table: dict[str, ast.expr] = {}
        for stmt in side.block:
            if not folds(stmt):
                return None
            assert isinstance(stmt, Gate)
            table[stmt.targets[0]] = substitute(stmt.expr, table)
        return substitute(expr, table)


def _length(side: Side, author: str) -> int | None:
    """How many elements the tuple or list has that a side gives; None for anything else."""
    count = sum(1 for i in range(99) if f"{author}_{i} " in side.env)
    return None if f"{author} " in side.env else count


def _apart(term: Term) -> Sequence[Term]:
    """The elements of a tuple or list that are bound one by one: of what is differentiated,
    and of functions, to which nothing is bound."""
    return term.items if term.items is not None and (term.varied or is_function(term)) else ()


def folds(stmt: Stmt) -> bool:
    """Whether a statement is an operation of an expression, and nothing more."""
    if not isinstance(stmt, Gate) or len(stmt.targets) != 1 or stmt.place is not None:
        return False
    return stmt.virtual or is_introduced(stmt.targets[0])


def joined(op: ast.boolop, parts: Sequence[ast.expr]) -> ast.expr:
    """Several operands of `and` or `or`, or the only one."""
    return ast.BoolOp(op, list(parts)) if len(parts) > 1 else parts[0]


def is_truth(term: Term) -> bool:
    """Whether a value is True or False, of Python's or NumPy's."""
    return isinstance(term.type, Num) and term.type.is_scalar and term.type.kind == "b"


def truth_of(term: Term) -> bool | None:
    """Whether a value counts as true, where that is known while compiling."""
    if isinstance(term.type, Known):
        return bool(term.type.value)
    if term.items is not None:
        return bool(term.items)
    if isinstance(term.type, ListOf) and term.type.is_empty:
        return False
    try:
        return bool(static_value(term))
    except NotStatic:
        return None


def decided(stager: Stager, kind: type[ast.AST], a: Term, b: Term) -> bool | None:
    """What a comparison comes to, where that is known while compiling."""
    if kind in (ast.Is, ast.IsNot):
        same = _is_same(a, b)
        return same if same is None or kind is ast.Is else not same
    if a.items is not None and b.items is not None and kind in (ast.Eq, ast.NotEq):
        same = _are_equal(stager, a.items, b.items)
        return same if same is None or kind is ast.Eq else not same
    if kind in (ast.Eq, ast.NotEq) and _is_number_and_text(a, b):
        return kind is ast.NotEq
    try:
        left, right = static_value(a), static_value(b)
    except NotStatic:
        return _of_lengths(stager, kind, a, b)
    try:
        if kind in (ast.In, ast.NotIn):
            return bool(left in right) == (kind is ast.In)
        return bool(OPERATORS[kind](left, right))
    except (TypeError, ValueError):
        return None


def _is_number_and_text(a: Term, b: Term) -> bool:
    """Whether one is a Python number and the other a string: these are never equal."""
    texts = [t for t in (a, b) if isinstance(t.type, Known) and isinstance(t.type.value, str)]
    numbers = [t for t in (a, b) if t.num is not None and t.num.is_python and not t.num.optional]
    return len(texts) == len(numbers) == 1


def _is_same(a: Term, b: Term) -> bool | None:
    if isinstance(a.type, Known) and isinstance(b.type, Known):
        return a.type.value is b.type.value
    known = a.type if isinstance(a.type, Known) else b.type
    other = b.type if known is a.type else a.type
    if isinstance(other, Num) and (other.optional or other == UNKNOWN):
        return None
    if isinstance(known, Known) and isinstance(other, Num | Seq):
        return False  # numbers, arrays and tuples are not None, and no function either
    return None


def _are_equal(stager: Stager, a: Sequence[Term], b: Sequence[Term]) -> bool | None:
    if len(a) != len(b):
        return False
    answers = [decided(stager, ast.Eq, x, y) for x, y in zip(a, b, strict=True)]
    return False if False in answers else None if None in answers else True


def _of_lengths(stager: Stager, kind: type[ast.AST], a: Term, b: Term) -> bool | None:
    """A comparison of the arguments' lengths: the code serves all calls that answer it so."""
    dims = [t.type.value if isinstance(t.type, Num) else None for t in (a, b)]
    if any(d is None or not _of_shapes(d) for d in dims):
        return None
    first, second = dims
    assert first is not None and second is not None
    facts = stager.facts
    answers: dict[type[ast.AST], Callable[[], bool | None]] = {
        ast.Eq: lambda: facts.same(first, second),
        ast.NotEq: lambda: _not(facts.same(first, second)),
        ast.Gt: lambda: facts.exceeds(first, second),
        ast.LtE: lambda: _not(facts.exceeds(first, second)),
        ast.Lt: lambda: facts.exceeds(second, first),
        ast.GtE: lambda: _not(facts.exceeds(second, first)),
    }
    return answers[kind]() if kind in answers else None


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _of_shapes(dim: Dim) -> bool:
    """Whether a number is made of lengths of arguments alone."""
    return all(
        atom[0] == "shape"
        or atom[0] in ("times", "over", "clamp")
        and all(_of_shapes(part) for part in atom[1:])
        for atom, _ in dim.terms
    )
