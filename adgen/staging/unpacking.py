"""A value that is taken apart: `a, b = b, a`, `N, D = X.shape`, `first, *others = xs`."""

from __future__ import annotations

import ast
import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from adgen.ir import Gate, is_introduced, name
from adgen.staging.calls import is_function
from adgen.staging.storage import is_array
from adgen.staging.terms import Given, Term, item_of, listed
from adgen.types import INT, UNKNOWN, Dim, ListOf, Num, Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Unpacking:
    """Gives several targets their parts of a value, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def assign(self, target: ast.expr, targets: list[ast.expr], value: ast.expr) -> None:
        """`a, b = value`"""
        if _match_one_by_one(targets, value):
            assert isinstance(value, ast.Tuple | ast.List)
            terms = []
            for t, v in zip(targets, value.elts, strict=True):
                self.stager.hint = (
                    self.stager.own_name(t.id) if isinstance(t, ast.Name) else self.stager.hint
                )
                into = self.stager.fresh(t.id) if isinstance(t, ast.Name) else None
                terms.append((t, into, v, self.stager.expr(v, into)))
            if exchanges(targets, value.elts):
                terms = [(t, into, v, self.set_aside(term, v)) for t, into, v, term in terms]
            last = {t.id: t for t, *_ in terms if isinstance(t, ast.Name)}
            for t, into, v, term in terms:
                if isinstance(t, ast.Name) and last[t.id] is not t:
                    continue  # `a, a = x, y` binds the last
                if into is None:
                    self.term(t, term, v)
                else:
                    assert isinstance(t, ast.Name)
                    self.stager.env[t.id] = self.stager.statements.as_target(into, term, v)
            return
        names = [t.id for t in targets if isinstance(t, ast.Name)]
        self.stager.hint = self.stager.own_name(names[0]) if names else self.stager.hint
        self.term(target, self.stager.expr(value, None), value)

    def set_aside(self, term: Term, node: ast.expr) -> Term:
        """An element that changes places with another: a copy of it, which is as good."""
        in_list = isinstance(term.expr, ast.Name) and self.stager.memory.contained.is_element(
            term.expr.id
        )
        return self.stager.copied(term, node) if in_list and is_array(term) else term

    def term(self, target: ast.expr, term: Term, node: ast.expr) -> None:
        """Let a target, or several, mean a value."""
        if isinstance(target, ast.Name):
            self.stager.env[target.id] = self.stager.statements.as_target(
                self.stager.fresh(target.id), term, node
            )
            return
        if not isinstance(target, ast.Tuple | ast.List):
            self.stager.statements.put(target, term, node)
            return
        starred = any(isinstance(t, ast.Starred) for t in target.elts)
        if starred and isinstance(term.type, Num) and term.type.dims:
            self.slices(target.elts, term, node)
            return
        if is_untold(term) and all(isinstance(t, ast.Name) for t in target.elts):
            self.untold(target, term, node)
            return
        items = self.elements(term, node)
        if starred:
            self.starred(target.elts, items, node)
            return
        if len(items) != len(target.elts):
            count = len(target.elts)
            raise self.stager.refuse(node, f"{len(items)} values are unpacked into {count} names")
        if self.takes_over(target, items):
            return
        together = all(isinstance(t, ast.Name) for t in target.elts) and not term.varied
        together = together and not is_function(term)
        together = together and not any(is_array(t) and isinstance(t.expr, ast.Name) for t in items)
        if together and len(items) > 1 and not isinstance(term.type, Num | Ref):
            self.together(target, term, items, node)
            return
        for t, item in zip(target.elts, items, strict=True):
            self.term(t, item, node)

    def starred(self, targets: Sequence[ast.expr], items: Sequence[Term], node: ast.expr) -> None:
        """`first, *others = items`"""
        at = next(i for i, t in enumerate(targets) if isinstance(t, ast.Starred))
        behind = len(targets) - at - 1
        if len(items) < len(targets) - 1:
            raise self.stager.refuse(node, f"{len(items)} values are too few for these names")
        middle = listed(items[at : len(items) - behind])
        starred = targets[at]
        assert isinstance(starred, ast.Starred)
        pairs = [*zip(targets[:at], items, strict=False), (starred.value, middle)]
        pairs += zip(targets[at + 1 :], items[len(items) - behind :], strict=True)
        for target, item in pairs:
            self.term(target, item, node)

    def slices(self, targets: Sequence[ast.expr], term: Term, node: ast.expr) -> None:
        """`first, *others = x`, as `x[0]` and `x[1:]`, of a list or an array."""
        at = next(i for i, t in enumerate(targets) if isinstance(t, ast.Starred))
        behind = len(targets) - at - 1
        whole = ast.copy_location(Given(term), node)
        for i, target in enumerate(targets):
            index: ast.expr = ast.Constant(i if i < at else i - len(targets))
            if isinstance(target, ast.Starred):
                last = ast.Constant(-behind) if behind else None
                index, target = ast.Slice(ast.Constant(at), last, None), target.value
            part: ast.expr = ast.Subscript(whole, index, ast.Load())
            if isinstance(index, ast.Slice) and not isinstance(term.type, ListOf):
                part = ast.Call(ast.Name("list", ast.Load()), [part], [])
            for made in (*ast.walk(part),):
                ast.copy_location(made, node)
            self.term(target, self.stager.expr(part), node)

    def takes_over(self, target: ast.Tuple | ast.List, items: Sequence[Term]) -> bool:
        """`w, v = eigh(a)`: the author's names for what the last gate gives."""
        gate = self.stager.body[-1] if self.stager.body else None
        given = tuple(t.expr.id for t in items if isinstance(t.expr, ast.Name))
        if not isinstance(gate, Gate) or gate.targets[: len(given)] != given or len(given) < 2:
            return False
        if not all(isinstance(t, ast.Name) for t in target.elts) or not is_introduced(given[0]):
            return False
        targets = []
        for t, item in zip(target.elts, items, strict=True):
            assert isinstance(t, ast.Name)
            assert isinstance(item.expr, ast.Name)
            value = self.stager.fresh(t.id)
            targets.append(value)
            self.stager.types[value] = item.type
            self.stager.env[t.id] = self.stager.storages.terms[value] = replace(
                item, expr=name(value)
            )
            self.stager.memory.rename(item.expr.id, value)
        made = replace(gate, targets=(*targets, *gate.targets[len(given) :]))
        self.stager.body[-1] = made
        for value in targets:
            self.stager.defined[value] = made
        return True

    def together(
        self, target: ast.Tuple | ast.List, term: Term, items: Sequence[Term], node: ast.expr
    ) -> None:
        """`N, D = X.shape`: what carries no derivative is unpacked as the author wrote it."""
        targets = []
        for t, item in zip(target.elts, items, strict=True):
            assert isinstance(t, ast.Name)
            value = self.stager.fresh(t.id)
            targets.append(value)
            self.stager.types[value] = item.type
            made = Term(name(value), item.type, False, item.items)
            self.stager.env[t.id] = self.stager.storages.terms[value] = made
        self.stager.gates.emit(tuple(targets), None, {}, term.expr, node)

    def untold(self, target: ast.Tuple | ast.List, term: Term, node: ast.expr) -> None:
        """`a, b = f(n)`, of which nothing is known but that it carries no derivative."""
        parts = tuple(Term(item_of(term.expr, i), UNKNOWN) for i in range(len(target.elts)))
        self.together(target, term, parts, node)
        for t in target.elts:
            assert isinstance(t, ast.Name)
            made = self.stager.env[t.id].expr
            assert isinstance(made, ast.Name)
            self.stager.memory.join(made.id, self.stager.env, "", term)

    def elements(self, term: Term, node: ast.expr) -> Sequence[Term]:
        """The elements of what is unpacked, one by one."""
        if isinstance(term.type, Ref):
            return self.stager.objects.dicts.listed(term, node)
        if term.items is not None:
            return term.items
        num = term.num
        if num is not None and num.dims == ():
            raise self.stager.refuse(node, "a number cannot be unpacked")
        if num is not None and num.dims:
            count = self.stager.facts.number(num.dims[0])
            if count is not None:
                op = self.stager.catalogue.find(operator.getitem)
                assert op is not None
                return [
                    self.stager.gates.apply(
                        op, {"x": term, "index": _int_term(i)}, item_of(term.expr, i), node
                    )
                    for i in range(count)
                ]
        raise self.stager.refuse(
            node, "how many values are unpacked here is not known while compiling"
        )


def is_untold(term: Term) -> bool:
    """Whether nothing is known of what a call has given, and it carries no derivative."""
    return term.type == UNKNOWN and term.items is None and not term.varied


def exchanges(targets: Sequence[ast.expr], values: Sequence[ast.expr]) -> bool:
    """`rows[i], rows[j] = rows[j], rows[i]`: elements of a list that change places."""
    if not all(isinstance(t, ast.Subscript) for t in targets):
        return False
    said = [sorted(ast.unparse(part) for part in side) for side in (targets, values)]
    return said[0] == said[1]


def _int_term(value: int) -> Term:
    return Term(ast.Constant(value), replace(INT, value=Dim(value)))


def _match_one_by_one(targets: Sequence[ast.expr], value: ast.expr) -> bool:
    """Whether a display has one expression for each target."""
    if not isinstance(value, ast.Tuple | ast.List) or len(value.elts) != len(targets):
        return False
    return not any(isinstance(part, ast.Starred) for part in (*targets, *value.elts))
