"""Names that are bound further out than in the caller: they become attributes of an object.

    def f(x):
        total = 0.0
        def add(v):
            nonlocal total
            total += v
        def twice(v):
            add(v)
            add(v)
        twice(x)
        return total

`twice` has no `total`, and may have one of its own, so what `add` binds passes through a cell:
`f` is staged again as if it said `scope.total` wherever it, and functions in it, say `total`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Set
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from adgen.errors import Span
from adgen.frontend.control import declared, local_names
from adgen.frontend.source import Definition

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# what binds a name otherwise than by an assignment, whose target can be an attribute
_BINDERS = (ast.NamedExpr, ast.For, ast.comprehension, ast.withitem, ast.ExceptHandler,
            ast.FunctionDef, ast.ClassDef, ast.MatchAs, ast.MatchStar, ast.Import,
            ast.ImportFrom)  # fmt: skip


class Scopes:
    """Knows whose names become attributes, for a stager; what an outer one knows holds, too."""

    def __init__(self, stager: Stager, outer: Scopes | None) -> None:
        self.stager = stager
        self.known: set[tuple[Span | None, str]] = outer.known if outer else set()
        self.asked: set[tuple[Span | None, str]] = outer.asked if outer else set()

    def ask(self, author: str) -> None:
        """A function binds a name of one further out than its caller."""
        stager = self.stager
        owners = [c for c in stager.calls.visible if author in stager.names_of(c)]
        definition = stager.calls.definitions.get(owners[-1]) if owners else None
        if definition is not None and not _is_bound_otherwise(definition.tree, author):
            self.asked.add((definition.source.span(definition.tree), author))

    def entered(self, definition: Definition) -> Definition:
        """The definition of a function that begins, some names of which are attributes."""
        stager = self.stager
        place = definition.source.span(definition.tree)
        names = frozenset(author for where, author in self.known if where == place)
        if not names:
            return definition
        holder = stager.lists.comprehensions.unused("scope")
        given = {name: stager.env.pop(name) for name in sorted(names) if name in stager.env}
        stager.env[holder] = made = stager.objects.new(SimpleNamespace, given, holder)
        stager.objects.is_scope(made)
        for name in names - given.keys():
            if stager.owners.get(name) is definition.function:
                del stager.owners[name]  # no value has it as a name of its own
        tree = deepcopy(definition.tree)
        renamed = _Attributes(holder, names)
        tree.body = [renamed.visit(stmt) for stmt in tree.body]
        return replace(definition, tree=tree)


def _is_bound_otherwise(tree: ast.FunctionDef, author: str) -> bool:
    """Whether something else than an assignment binds a name in a function, or in one in it."""
    return any(author in _bound_by(node) for node in ast.walk(tree) if isinstance(node, _BINDERS))


def _bound_by(node: Any) -> set[str]:
    match node:
        case ast.For() | ast.comprehension() | ast.NamedExpr():
            targets: list[Any] = [node.target]
        case ast.withitem():
            targets = [node.optional_vars] if node.optional_vars else []
        case ast.Import() | ast.ImportFrom():
            return {(part.asname or part.name).split(".")[0] for part in node.names}
        case _:
            return {node.name}
    return {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}


class _Attributes(ast.NodeTransformer):
    """Puts an object's attributes in the place of names, wherever these mean the same."""

    def __init__(self, holder: str, names: Set[str]) -> None:
        self.holder = holder
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.names:
            return node
        holder = ast.copy_location(ast.Name(self.holder, ast.Load()), node)
        return ast.copy_location(ast.Attribute(holder, node.id, node.ctx), node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.stmt:
        names = [name for name in node.names if name not in self.names]
        return ast.copy_location(ast.Nonlocal(names) if names else ast.Pass(), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        own = local_names(node) | {
            arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)
        }
        node.args = self.visit(node.args)
        node.body = self.without(own - declared(node, ast.Nonlocal), node.body)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        own = {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)}
        node.args = self.visit(node.args)
        (node.body,) = self.without(own, [node.body])
        return node

    def without(self, own: Set[str], nodes: Iterable[Any]) -> list[Any]:
        """What stands in a function that has names of its own."""
        inner = _Attributes(self.holder, self.names - own)
        return [inner.visit(node) for node in nodes]
