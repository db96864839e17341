"""`match` as the branches that it means.

Each `case` is an `if`: a test of the subject, and the names that the pattern binds.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adgen.ir import substitute
from adgen.staging import module_dicts
from adgen.staging.terms import Given, Term, listed
from adgen.types import Known, Ref, Seq

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

_CLASSES = (float, int, bool, str, tuple, list, complex)


@dataclass(frozen=True)
class Matched:
    """When a pattern fits, as tests that all have to hold, and what it binds then."""

    tests: tuple[ast.expr, ...] = ()
    names: tuple[tuple[str, ast.expr], ...] = ()

    def __add__(self, other: Matched) -> Matched:
        return Matched(self.tests + other.tests, self.names + other.names)


NEVER = Matched((ast.Constant(False),))


def as_branches(stager: Stager, node: ast.Match) -> ast.If:
    """The `if` statement that says the same."""
    subject = stager.expr(node.subject)
    orelse: list[ast.stmt] = []
    for case in reversed(node.cases):
        found = pattern(stager, case.pattern, subject)
        binds = [ast.copy_location(_bind(author, value, case.pattern), case.pattern)
                 for author, value in found.names]  # fmt: skip
        tests = list(found.tests)
        if case.guard is not None:
            tests.append(_with_names(case.guard, dict(found.names)))
        test = (
            ast.BoolOp(ast.And(), tests) if len(tests) > 1 else (tests or [ast.Constant(True)])[0]
        )
        made = ast.If(_at(test, case.pattern), [*binds, *case.body], orelse)
        orelse = [ast.copy_location(made, case.pattern)]
    assert isinstance(orelse[0], ast.If)
    return orelse[0]


def _bind(author: str, value: ast.expr, where: ast.AST) -> ast.Assign:
    target = ast.copy_location(ast.Name(author, ast.Store()), where)
    return ast.Assign([target], value)


def _with_names(guard: ast.expr, names: dict[str, ast.expr]) -> ast.expr:
    """A guard that reads what the pattern would bind, before it is bound."""
    return substitute(guard, names)


def _at(test: ast.expr, where: ast.AST) -> ast.expr:
    for child in ast.walk(test):
        if isinstance(child, ast.expr) and not hasattr(child, "lineno"):
            ast.copy_location(child, where)
    return test


def pattern(stager: Stager, node: ast.pattern, subject: Term) -> Matched:
    """When a pattern fits a subject."""
    given = ast.copy_location(Given(subject), node)
    match node:
        case ast.MatchValue(value=value):
            return Matched((ast.Compare(given, [ast.Eq()], [value]),))
        case ast.MatchSingleton(value=value):
            return Matched((ast.Compare(given, [ast.Is()], [ast.Constant(value)]),))
        case ast.MatchOr(patterns=patterns):
            return either(stager, node, [pattern(stager, p, subject) for p in patterns])
        case ast.MatchAs(pattern=inner, name=author):
            found = pattern(stager, inner, subject) if inner is not None else Matched()
            return found + Matched((), ((author, given),)) if author else found
        case ast.MatchSequence(patterns=patterns):
            return sequence(stager, patterns, subject)
        case ast.MatchClass():
            return of_class(stager, node, subject, given)
        case ast.MatchMapping():
            return entries(stager, node, subject)
    raise stager.refuse(node, "this kind of pattern is not supported")


def either(stager: Stager, node: ast.pattern, found: Sequence[Matched]) -> Matched:
    """`a | b`"""
    if any(one.names for one in found):
        raise stager.refuse(
            node, "a pattern with `|` that binds names is not supported",
            help="write a `case` for each",
        )  # fmt: skip
    if any(not one.tests for one in found):
        return Matched()
    tests = [one.tests[0] if len(one.tests) == 1 else ast.BoolOp(ast.And(), list(one.tests))
             for one in found]  # fmt: skip
    return Matched((ast.BoolOp(ast.Or(), tests),))


def sequence(stager: Stager, patterns: Sequence[ast.pattern], subject: Term) -> Matched:
    """`(a, 0.0)`, `[first, *others]`: for tuples and lists, whose length is known."""
    items = subject.items
    if items is None:
        return NEVER
    stars = [i for i, p in enumerate(patterns) if isinstance(p, ast.MatchStar)]
    if len(items) != len(patterns) if not stars else len(items) < len(patterns) - 1:
        return NEVER
    found = Matched()
    at = 0
    for part in patterns:
        if isinstance(part, ast.MatchStar):
            count = len(items) - len(patterns) + 1
            if part.name is not None:
                rest = listed(items[at : at + count])
                found += Matched((), ((part.name, ast.copy_location(Given(rest), part)),))
            at += count
        else:
            found += pattern(stager, part, items[at])
            at += 1
    return found


def of_class(stager: Stager, node: ast.MatchClass, subject: Term, given: ast.expr) -> Matched:
    """`float()`, `int(n)`, `Circle(r)`: a test of the class, then of the value or attributes."""
    cls: Any = stager.invocations.callees.static_object(node.cls)
    test = Matched((ast.Call(ast.Name("isinstance", ast.Load()), [given, node.cls], []),))
    if cls in _CLASSES and len(node.patterns) == 1 and not node.kwd_patterns:
        return test + pattern(stager, node.patterns[0], subject)
    names = getattr(cls, "__match_args__", ())
    if len(node.patterns) > len(names):
        called = ast.unparse(node.cls)
        raise stager.refuse(
            node, f"`{called}` has {len(names)} attributes to be matched by their places"
        )
    wanted = [
        *zip(names, node.patterns, strict=False),
        *zip(node.kwd_attrs, node.kwd_patterns, strict=True),
    ]
    if not wanted:
        return test
    return attributes(stager, wanted, subject, given) if _is_one(subject, cls) else NEVER


def attributes(
    stager: Stager, wanted: Sequence[tuple[str, ast.pattern]], subject: Term, given: ast.expr
) -> Matched:
    """What an object holds, attribute by attribute."""
    found = Matched()
    for attr, inner in wanted:
        place = ast.copy_location(ast.Attribute(given, attr, ast.Load()), inner)
        if not _has(stager, subject, attr, inner):
            return NEVER
        found += pattern(stager, inner, stager.expr(place))
    return found


def _has(stager: Stager, subject: Term, attr: str, node: ast.AST) -> bool:
    """Whether an object has an attribute, of its own or of its class."""
    if isinstance(subject.type, Known):
        return hasattr(subject.type.value, attr)
    if isinstance(subject.type, Ref) and stager.objects.has(subject, attr, node):
        return True
    return hasattr(getattr(subject.type, "cls", None), attr)


def _is_one(subject: Term, cls: Any) -> bool:
    """Whether a subject is an object of a class."""
    if not isinstance(cls, type):
        return False
    if isinstance(subject.type, Known):
        return isinstance(subject.type.value, cls)
    own = subject.type.cls if isinstance(subject.type, Ref | Seq) else None
    return own is not None and issubclass(own, cls)


def entries(stager: Stager, node: ast.MatchMapping, subject: Term) -> Matched:
    """`{"kind": "circle", "r": r, **rest}`: for dicts, whose keys are known."""
    held = module_dicts.entries(stager, subject, node)
    if isinstance(subject.type, Ref) and subject.type.cls is dict:
        held = dict(stager.objects.entries(subject, node))
    if held is None:
        return NEVER
    found = Matched()
    for key, inner in zip(node.keys, node.patterns, strict=True):
        at = stager.objects.dicts.static_key(stager.expr(key), key)
        if at not in held:
            return NEVER
        found += pattern(stager, inner, held.pop(at))
    if node.rest is not None:
        rest = Given(stager.objects.new(dict, held, node.rest))
        found += Matched((), ((node.rest, ast.copy_location(rest, node)),))
    return found
