"""Entries under keys that only a run can tell: a statement becomes one for each key there is.

`totals[kind] += v` stands for

    if kind not in ("wages", "rents"):
        raise KeyError(kind)
    if kind == "wages":
        totals["wages"] += v
    else:
        totals["rents"] += v

so that each path reads and writes an entry that is known.  Which statements need it
shows where a key turns out to be unknown; the function is then staged again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from adgen.frontend.control import bound_names
from adgen.frontend.evaluated import calls_before, evaluated, replaced
from adgen.ir import Branch, clone, names_in, walk
from adgen.staging.terms import Given, Site
from adgen.types import Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# a statement is written out for that many keys at most
MOST_KEYS = 8
_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return)
_OWN_NAMES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Keyed:
    """Finds the statements that are staged key by key, for a stager; what an outer one knows of
    them holds for this one, too."""

    def __init__(self, stager: Stager, outer: Keyed | None) -> None:
        self.stager = stager
        # where keys stand that need it, and where such have been found
        self.sites: set[Site] = outer.sites if outer else set()
        self.asked: set[Site] = outer.asked if outer else set()

    def ask(self, node: ast.AST) -> None:
        """The key at a node is unknown."""
        if isinstance(node, ast.expr):
            self.asked.add(self.stager.lists.site(node))

    def as_branches(self, stmt: ast.stmt) -> list[ast.stmt] | None:
        """The statements that say the same with keys that are known; None if they are already."""
        if not self.sites:
            return None
        if isinstance(stmt, ast.If):
            return self.with_value_before(stmt)
        if isinstance(stmt, ast.For):
            part = self.first_unknown(stmt.iter)
            alone = part is not None and not {*names_in(part.slice)} & {*bound_names(stmt)}
            return self.written_out(stmt, part) if part is not None and alone else None
        part = self.first_unknown(stmt) if isinstance(stmt, _SIMPLE) else None
        return self.written_out(stmt, part) if part is not None else None

    def first_unknown(self, whole: ast.AST) -> ast.Subscript | None:
        """The first part of a statement or expression under a key that only a run can tell."""
        for part in (whole, *_evaluated_once(whole)):
            if isinstance(part, ast.Subscript) and not _is_said(part.slice):
                if self.stager.lists.site(part.slice) in self.sites:
                    return part
        return None

    def with_value_before(self, stmt: ast.If) -> list[ast.stmt] | None:
        """`if d > dist[u]:` with the entry read before the test."""
        for part in evaluated(stmt, ast.Subscript):
            if part is self.first_unknown(part) and not calls_before(stmt, part):
                author = self.stager.lists.comprehensions.unused("entry")
                read = ast.Assign([ast.Name(author, ast.Store())], part)
                entry = ast.copy_location(ast.Name(author, ast.Load()), part)
                return [ast.copy_location(read, part), replaced(stmt, part, entry)]
        return None

    def written_out(self, stmt: ast.stmt, part: ast.Subscript) -> list[ast.stmt] | None:
        """The statement with each of the keys in turn."""
        match part.slice:
            case ast.IfExp(
                test=test, body=ast.Constant(value=then), orelse=ast.Constant(value=other)
            ):
                return [_at(_choice(test, _with(stmt, part, then), _with(stmt, part, other)), stmt)]
        keys, error = self.keys(part.value)
        if not 0 < len(keys) <= MOST_KEYS:
            return None
        if set(keys) == {True, False} and all(isinstance(key, bool) for key in keys):
            test = clone(part.slice)
            return [_at(_choice(test, _with(stmt, part, True), _with(stmt, part, False)), stmt)]
        before: list[ast.stmt] = []
        key: ast.expr = part.slice
        if not isinstance(key, ast.Name):
            author = self.stager.lists.comprehensions.unused("key")
            before.append(_at(ast.Assign([ast.Name(author, ast.Store())], key), stmt))
            key = ast.Name(author, ast.Load())
        told = self.told(part.slice)
        if told is not None and told <= {*keys}:
            keys = [known for known in keys if known in told]
        else:
            fails = ast.Raise(ast.Call(ast.Name(error, ast.Load()), [clone(key)], []))
            every = ast.Tuple([self.shown(known, stmt) for known in keys], ast.Load())
            absent = ast.Compare(clone(key), [ast.NotIn()], [every])
            before.append(_at(ast.If(absent, [fails], []), stmt))
        *others, last = keys
        orelse = _with(stmt, part, last)
        for known in reversed(others):
            test = ast.Compare(clone(key), [ast.Eq()], [self.shown(known, stmt)])
            orelse = _choice(test, _with(stmt, part, known), orelse)
        return [*before, _at(orelse, stmt)]

    def shown(self, known: Any, stmt: ast.stmt) -> ast.expr:
        """A key as it is written in a test."""
        return ast.copy_location(Given(self.stager.constant(said(known), known)), stmt)

    def told(self, key: ast.expr) -> set[Any] | None:
        """The constants that a name has been given on the paths before; None if not all are
        known."""
        term = self.stager.env.get(key.id) if isinstance(key, ast.Name) else None
        merges = {m.target: m for stmt in walk(tuple(self.stager.body)) if isinstance(stmt, Branch)
                  for m in stmt.merges}  # fmt: skip
        waiting, found = [term.expr if term else None], set()
        while waiting:
            expr = waiting.pop()
            value = expr.id if isinstance(expr, ast.Name) else ""
            gate = self.stager.defined.get(value)
            if value in merges:
                waiting += (merges[value].then, merges[value].orelse)
            elif gate is not None and gate.place is None and not gate.effect:
                waiting.append(gate.expr)
            elif isinstance(expr, ast.Constant):
                found.add(expr.value)
            else:
                return None
        return found

    def keys(self, holder: ast.expr) -> tuple[Sequence[Any], str]:
        """The keys that a dict or list surely has, if it can have no others, and what Python
        raises for others."""
        objects = self.stager.objects
        term = objects.peek(holder)
        if term is None or not isinstance(term.type, Ref) or term.type.cell in objects.factories:
            return (), ""
        errors: dict[Any, str] = {dict: "KeyError", list: "IndexError"}
        error = errors.get(term.type.cls)
        return (objects.keys(term, holder), error) if error else ((), "")


def _choice(test: ast.expr, then: ast.stmt, orelse: ast.stmt) -> ast.If:
    return ast.If(test, [then], [orelse])


def _with(stmt: ast.stmt, part: ast.Subscript, key: Any) -> ast.stmt:
    """The statement with a key that is known in the place of the one that a part has."""
    return _Known(ast.dump(part.slice), key).visit(clone(stmt))  # type: ignore[no-any-return]


class _Known(ast.NodeTransformer):
    def __init__(self, dumped: str, key: Any) -> None:
        self.dumped = dumped
        self.key = key

    def visit(self, node: ast.AST) -> Any:
        # names of their own may be spelled like the key
        return node if isinstance(node, _OWN_NAMES) else super().visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if ast.dump(node.slice) == self.dumped:
            node.slice = located(said(self.key), node.slice)
        return self.generic_visit(node)


def said(key: Any) -> ast.expr:
    """A key as it is written."""
    if isinstance(key, tuple):
        return ast.Tuple([said(part) for part in key], ast.Load())
    return ast.Constant(key)


def _is_said(key: ast.expr) -> bool:
    """Whether a key is written out, so that it is known."""
    if isinstance(key, ast.Tuple):
        return all(map(_is_said, key.elts))
    return isinstance(key, ast.Constant)


def located(made: ast.expr, where: ast.expr) -> ast.expr:
    """An expression that stands where another one does, part for part."""
    for part in ast.walk(made):
        if isinstance(part, ast.expr):
            ast.copy_location(part, where)
    return made


def _at(made: ast.stmt, stmt: ast.stmt) -> ast.stmt:
    """A statement that stands where another one is, part for part."""
    for part in ast.walk(made):
        if isinstance(part, ast.stmt | ast.expr) and not hasattr(part, "lineno"):
            ast.copy_location(part, stmt)
    return made


def _evaluated_once(stmt: ast.AST) -> Iterator[ast.AST]:
    """The parts of a statement but for what functions and comprehensions in it read."""
    for part in ast.iter_child_nodes(stmt):
        if not isinstance(part, _OWN_NAMES):
            yield part
            yield from _evaluated_once(part)
