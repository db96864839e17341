"""Generators without an end: a loop over one is the generator's own, with the trip where it yields.

    def powers(x):                    for v in powers(r):            p = 1.0
        p = 1.0                           if v < 0.1:                while True:
        while True:                           break                      v = p
            yield p                       total += v                     if v < 0.1:
            p *= x                                                           break
                                                                         total += v
                                                                         p *= r

What such a generator has been given is known where it is called; it is a value like any other
until something runs over it.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adgen.frontend.control import bound_names, is_endless, local_names, may_be_left, ways_out
from adgen.frontend.generators import is_generator, may_be_read_again
from adgen.frontend.source import Definition
from adgen.ir import name, names_in
from adgen.staging import calls
from adgen.staging.iterables import Endless, as_call, function_called, has_no_end
from adgen.staging.list_kinds import has_elements
from adgen.staging.storage import is_array
from adgen.staging.sugar import filled, new_name
from adgen.staging.terms import Given, Term, is_number
from adgen.types import Known

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


@dataclass(frozen=True, eq=False)
class Unending(Endless):
    """A generator without an end, and what it has been given."""

    function: Any
    definition: Definition
    given: Mapping[str, Term]


@dataclass(frozen=True, eq=False)
class UnendingTerms(Endless):
    """A generator expression over what has no end, and the call that it stands in."""

    node: ast.GeneratorExp
    call: int


def called(
    stager: Stager, node: ast.AST, function: Any, definition: Definition,
    args: Sequence[Term], keywords: Mapping[str, Term],
) -> Term | None:  # fmt: skip
    """What a call of a generator without an end gives; None of any other function."""
    if not is_generator(definition.tree) or _own_loop(function, definition) is None:
        return None
    given = calls.bound_arguments(stager, node, function, definition, args, keywords)
    return Term(name("generator"), Known(Unending(function, definition, given)))


def terms(stager: Stager, node: ast.GeneratorExp) -> Term | None:
    """What a generator expression over what has no end gives; None of any other."""
    if len(node.generators) != 1 or unending(stager, node.generators[0].iter) is None:
        return None
    return Term(name("generator"), Known(UnendingTerms(node, stager.calls.current)))


def unending(stager: Stager, node: ast.expr) -> Any:
    """What an expression gives, if that has no end: `itertools.count` itself, or a generator."""
    if isinstance(node, ast.Call) and function_called(stager, node) is itertools.count:
        return itertools.count
    if isinstance(node, ast.GeneratorExp):
        found = terms(stager, node)
    elif isinstance(node, Given):
        found = node.term
    elif isinstance(node, ast.Name):
        found = stager.env.get(node.id)
        if found is not None and isinstance(found.type, Known):
            found = stager.expr(node)  # which is checked
            _check_read_once(stager, node, found)
    else:
        function = function_called(stager, node)
        if function is None or not stager.invocations.callees.is_author(function):
            return None
        found = stager.expr(node) if _gives_unending(function) else None
    value = found.type.value if found is not None and isinstance(found.type, Known) else None
    return value if isinstance(value, Endless) else None


def _check_read_once(stager: Stager, node: ast.Name, found: Term) -> None:
    """A generator goes on where it was; staging begins anew whenever something runs over it."""
    assert isinstance(found.type, Known)
    if not isinstance(found.type.value, Endless):
        return
    tree, author = stager.definition.tree, node.id
    if not _is_looked_at(stager, tree, author) and may_be_read_again(tree, author, tree.args):
        raise stager.refuse(
            node, f"`{author}` is a generator without an end, and may be read again here",
            help="make a list of what is drawn of it, with `itertools.islice`",
        )  # fmt: skip


def _is_looked_at(stager: Stager, tree: ast.FunctionDef, author: str) -> bool:
    """Whether a name is bound once, by a statement that makes an iterator: how often that is read
    has been asked there."""
    stores = (ast.Store, ast.Del)
    bound = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == author
             and isinstance(n.ctx, stores)]  # fmt: skip
    makes = [n for n in ast.walk(tree) if isinstance(n, ast.Assign) and n.targets == bound]
    parameters = {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    once = len(makes) == 1 and author not in parameters
    return once and stager.invocations.callees.gives_iterator(makes[0].value)


def as_own_loop(stager: Stager, node: ast.For) -> list[ast.stmt] | None:
    """A loop over what has no end, as the loop of what gives it; None of any other."""
    function = function_called(stager, node.iter)
    if function is enumerate and unending(stager, as_call(node.iter).args[0]):
        return _counted(stager, node, as_call(node.iter))
    if function is zip:
        return _beside_others(stager, node, as_call(node.iter))
    found = unending(stager, node.iter)
    if isinstance(found, Endless) and not may_be_left(node.body):
        raise has_no_end(stager, node.iter)
    if isinstance(found, UnendingTerms) and found.call == stager.calls.current:
        return _over_terms(stager, node, found.node)
    return _generators_own(stager, node, found) if isinstance(found, Unending) else None


def _gives_unending(function: Any) -> bool:
    from adgen.frontend.source import find

    definition = find(function)
    return is_generator(definition.tree) and _own_loop(function, definition) is not None


def _own_loop(function: Any, definition: Definition) -> ast.While | ast.For | None:
    """The loop without an end that is the last statement of a generator, if it alone yields."""
    *before, loop = definition.tree.body
    if any(isinstance(n, ast.Yield | ast.YieldFrom) for stmt in before for n in ast.walk(stmt)):
        return None
    if isinstance(loop, ast.While) and is_endless(loop):
        endless = "return" not in ways_out(loop.body)
    else:
        endless = isinstance(loop, ast.For) and _counts(function, definition, loop)
    return loop if endless and _yields_plainly(loop) else None  # type: ignore[return-value]


def _counts(function: Any, definition: Definition, loop: ast.For) -> bool:
    """Whether a loop runs over `itertools.count`, and is never left."""
    func = loop.iter.func if isinstance(loop.iter, ast.Call) else None
    scope = calls.scope_of(function, definition)
    known_as = func.value if isinstance(func, ast.Attribute) else func
    value = scope.lookup(known_as.id)[1] if isinstance(known_as, ast.Name) else None
    if isinstance(func, ast.Attribute):
        value = getattr(value, func.attr, None)
    return value is itertools.count and not may_be_left(loop.body)


def _yields_plainly(loop: ast.stmt) -> bool:
    """Whether a loop yields in statements of its own, in no loop or block inside of it."""
    yields = [n for n in ast.walk(loop) if isinstance(n, ast.Yield | ast.YieldFrom)]
    return bool(yields) and len(yields) == len(_yielding(loop.body))  # type: ignore[attr-defined]


def _yielding(body: Sequence[ast.stmt]) -> list[ast.Expr]:
    """The statements that yield in a block and in the branches of it."""
    found: list[ast.Expr] = []
    for stmt in body:
        if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Yield) and stmt.value.value:
            found.append(stmt)
        elif isinstance(stmt, ast.If):
            found += _yielding(stmt.body) + _yielding(stmt.orelse)
    return found


# -- the loops ----------------------------------------------------------------------------


def _generators_own(stager: Stager, node: ast.For, found: Unending) -> list[ast.stmt] | None:
    """The statements of the generator, with the trip where it yields."""
    inside = statements_of(stager, node, node.iter, found)
    if inside is None:
        return None
    loop = inside[-1]
    loop.body = _with_trip(loop.body, node)  # type: ignore[attr-defined]
    return inside


def statements_of(
    stager: Stager, node: ast.stmt, where: ast.expr, found: Unending
) -> list[ast.stmt] | None:
    """The statements of a generator, as if they stood around those of the author's that run over
    it; None where its names mean something else there."""
    tree = found.definition.tree
    if not _reads_the_same(stager, found):
        return None
    own = local_names(tree)
    rebound = {*bound_names(ast.Module(tree.body, []))}
    table = {author: _unused(stager, author, node) for author in sorted(own)}
    given: dict[str, ast.expr] = {
        author: ast.copy_location(Given(term), where) for author, term in found.given.items()
    }
    begun: list[ast.stmt] = [
        ast.copy_location(
            ast.Assign([ast.Name(table[author], ast.Store())], given.pop(author)), where
        )
        for author in [*given]
        if author in rebound or not is_number(found.given[author])
    ]
    keeps = found.definition.source is stager.definition.source
    renamed = _Renamed(table, given, None if keeps else where)
    return [*begun, *(renamed.visit(copy.deepcopy(stmt)) for stmt in tree.body)]


def _with_trip(body: list[ast.stmt], node: ast.For) -> list[ast.stmt]:
    """A generator's statements with the trip of a loop in the place of each that yields."""
    made: list[ast.stmt] = []
    for at, stmt in enumerate(body):
        if isinstance(stmt, ast.If):
            stmt.body, stmt.orelse = _with_trip(stmt.body, node), _with_trip(stmt.orelse, node)
        if not (isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Yield)):
            made.append(stmt)
            continue
        value, behind = stmt.value.value, _with_trip(body[at + 1 :], node)
        assert value is not None
        if not behind or "continue" not in ways_out(node.body):
            bound = _at(ast.Assign([node.target], value), node)
            return [*made, bound, *node.body, *behind]
        # `continue` goes on with what follows the `yield`
        once = _at(ast.For(node.target, _at(ast.List([value], ast.Load()), node), node.body,
                           [*behind, _at(ast.Continue(), node)]), node)  # fmt: skip
        return [*made, once, _at(ast.Break(), node)]
    return made


def _over_terms(stager: Stager, node: ast.For, terms: ast.GeneratorExp) -> list[ast.stmt]:
    """The loop of a generator expression, with the trip for each of its terms."""
    (generator,) = terms.generators
    targets = {n.id for n in ast.walk(generator.target) if isinstance(n, ast.Name)}
    renamed = _Renamed({t: _unused(stager, t, node) for t in sorted(targets)}, {}, None)
    target, elt, *tests = (
        renamed.visit(copy.deepcopy(part)) for part in (generator.target, terms.elt, *generator.ifs)
    )
    body: list[ast.stmt] = [_at(ast.Assign([node.target], elt), node), *node.body]
    for test in reversed(tests):
        body = [_at(ast.If(test, body, []), node)]
    return [_at(ast.For(target, generator.iter, body, []), node)]


def _counted(stager: Stager, node: ast.For, call: ast.Call) -> list[ast.stmt] | None:
    """`for i, v in enumerate(endless, start)`"""
    if not isinstance(node.target, ast.Tuple) or len(node.target.elts) != 2:
        return None
    start = [*call.args[1:], *(k.value for k in call.keywords), ast.Constant(0)][0]
    count = new_name(stager, "count")
    first, now, on = filled(
        f"{count} = start\ni = {count}\n{count} = {count} + 1", {"start": start}, node.iter
    )
    index, target = node.target.elts
    now.targets = [index]  # type: ignore[attr-defined]
    return [first, _at(ast.For(target, call.args[0], [now, on, *node.body], []), node)]


def _beside_others(stager: Stager, node: ast.For, call: ast.Call) -> list[ast.stmt] | None:
    """`for a, b in zip(endless, xs)`, which ends where `xs` does."""
    if len(call.args) != 2 or not isinstance(node.target, ast.Tuple) or node.orelse:
        return None
    found = [unending(stager, arg) for arg in call.args]
    if len(node.target.elts) != 2 or found.count(None) != 1 or itertools.count in found:
        return None
    at = 0 if found[0] is None else 1
    others = stager.expr(call.args[at])
    if not (has_elements(others) or is_array(others)):
        return None
    count = new_name(stager, "count")
    drawn = new_name(stager, "drawn")
    text = (
        f"{count} = 0\nif {count} == len(xs): break\nx = xs[{count}]\nv = {drawn}\n"
        f"{count} = {count} + 1"
    )
    first, ends, now, then, on = filled(text, {"xs": _at(Given(others), node)}, node.iter)
    now.targets = [node.target.elts[at]]  # type: ignore[attr-defined]
    then.targets = [node.target.elts[1 - at]]  # type: ignore[attr-defined]
    target = _at(ast.Name(drawn, ast.Store()), node)
    body = [ends, now, then, on, *node.body]
    return [first, _at(ast.For(target, call.args[1 - at], body, []), node)]


# -- names --------------------------------------------------------------------------------


def _reads_the_same(stager: Stager, found: Unending) -> bool:
    """Whether the names that a generator reads, not its own, mean the same where it is run over."""
    function, definition = found.function, found.definition
    if isinstance(function, calls.LocalFunction):
        return function.calls == (*stager.calls.visible, stager.calls.current)
    scope = calls.scope_of(function, definition)
    others = {*names_in(definition.tree)} - local_names(definition.tree)
    if others & (stager.locals | stager.env.keys()):
        return False
    return all(scope.lookup(author) == stager.scope.lookup(author) for author in others)


def _unused(stager: Stager, author: str, node: ast.stmt) -> str:
    """A generator's own name, or another where what runs over it has one spelled the same."""
    taken = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    found = new_name(stager, author)
    while found in taken:
        found = new_name(stager, f"{found}_")
    return found


def _at(made: Any, node: ast.For) -> Any:
    """A node that stands where a loop's iterable does."""
    return ast.copy_location(made, node.iter)


class _Renamed(ast.NodeTransformer):
    """Gives a generator's names others, and puts what it was given in the place of the rest."""

    def __init__(
        self, table: Mapping[str, str], given: Mapping[str, ast.expr], where: ast.expr | None
    ) -> None:
        self.table, self.given, self.where = table, given, where

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if self.where is not None and isinstance(node, ast.expr | ast.stmt):
            ast.copy_location(node, self.where)
        return super().generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        where = self.where or node
        if node.id in self.given:
            return self.given[node.id]
        return ast.copy_location(ast.Name(self.table.get(node.id, node.id), node.ctx), where)
