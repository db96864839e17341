"""Iterators read as they go on; staging makes a list of what they give.

The two are the same while nothing that an iterator reads changes before its end, and that
is checked: where a name that is bound to one is read, and in the trips of a loop over one.
"""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Iterable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from adgen.frontend.control import bound_names
from adgen.frontend.source import find
from adgen.ir import dumped
from adgen.staging.calls import LocalFunction
from adgen.staging.storage import is_array
from adgen.staging.terms import Continuation, Term
from adgen.types import Known, Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# loops over these read arrays as they are when a trip begins
_FOLLOWED = (enumerate, zip, reversed, iter)
_VIEWS = ("values", "items")


class Bound(NamedTuple):
    """A name that has been bound to an iterator: what that reads, and how it was then."""

    term: Term
    value: ast.expr
    state: Mapping[str, Any]


class Lazily:
    """Checks that what iterators read stays as it is, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.bound: dict[str, Bound] = {}

    def note(self, author: str, value: ast.expr) -> None:
        """A name has been bound; to an iterator, perhaps."""
        if self.stager.invocations.callees.gives_iterator(value) or _is_view(value):
            state = self.state(self.read_by([value]))
            self.bound[author] = Bound(self.stager.env[author], value, state)

    def check(self, author: str, node: ast.expr) -> None:
        """A name is read: what it is may be an iterator, which reads now."""
        bound = self.bound.get(author)
        if bound is None or self.stager.env[author].expr is not bound.term.expr:
            return
        changed = self.changed(bound.state)
        if changed:
            made = ast.unparse(bound.value)
            raise self.stager.refuse(
                node, f"`{author}` is read where its `{changed}` is not what it was any more",
                because=f"`{made}` reads as it goes on",
                help=f"make a list of it at once, with `list({made})`",
            )  # fmt: skip

    def watched(self, node: ast.For) -> ast.For:
        """A loop over an iterator whose trips are checked; any other loop as it is."""
        reads = self.read_by(self.lazy_parts(node.iter))
        if isinstance(node.iter, ast.Name) and node.iter.id in self.bound:
            reads |= self.bound[node.iter.id].state.keys()
        objects = [found for part in _followed_parts(node.iter)
                   if (found := self.run_over(part)) is not None]  # fmt: skip
        if not reads and not objects:
            return node
        begun: dict[str, Any] = {}
        held: list[Any] = []

        def begin() -> None:
            begun.clear()
            begun.update(self.state(reads))
            held[:] = [self.as_read(term, read, set()) for term, read in objects]

        def end() -> None:
            changed = self.changed(begun)
            if held != [self.as_read(term, read, set()) for term, read in objects]:
                changed = ast.unparse(node.iter)
            if changed:
                raise self.stager.refuse(
                    node.iter, f"this loop changes `{changed}`, which what it runs over reads",
                    help=f"make a list of it first, with `list({ast.unparse(node.iter)})`",
                )  # fmt: skip

        made = copy.copy(node)
        body = [_Watching(end).visit(copy.copy(stmt)) for stmt in node.body]
        made.body = [Continuation(begin), *_flat(body), Continuation(end)]
        return made

    def run_over(self, node: ast.expr) -> tuple[Term, frozenset[str]] | None:
        """An object that a loop runs over, and the attributes that its `__iter__` reads."""
        term = (
            self.stager.objects.peek(node) if isinstance(node, ast.Name | ast.Attribute) else None
        )
        if term is None or not isinstance(term.type, Ref) or term.type.cls in (dict, list):
            return None
        method = inspect.getattr_static(term.type.cls, "__iter__", None)
        if not isinstance(method, FunctionType):
            return None
        read = (n.attr for n in ast.walk(find(method).tree) if isinstance(n, ast.Attribute))
        return term, frozenset(read)

    def as_read(self, term: Term, attributes: frozenset[str], seen: set[str]) -> Any:
        """A value, and in objects what these attributes are, in a form that can be compared."""
        if isinstance(term.type, Ref):
            mine = f"{term.type.cell}/"
            if mine in seen:
                return mine
            seen.add(mine)
            plain = term.type.cls in (dict, list)
            held = {key: part for key, part in self.stager.env.items() if key.startswith(mine)
                    and (plain or key[len(mine) :].strip("'") in attributes)}  # fmt: skip
            return mine, {key: self.as_read(part, attributes, seen) for key, part in held.items()}
        if term.columns or term.items is not None:
            parts = term.columns or term.items or ()
            return [self.as_read(part, attributes, seen) for part in parts]
        return self.told(term)

    def by_keys(self, node: ast.For) -> ast.For:
        """`for k in d.keys(): v = d[k]` for `for k, v in d.items()`, since a trip may change d."""
        match node:
            case ast.For(
                target=ast.Tuple(elts=[index, target]),
                iter=ast.Call(func=ast.Name(id="enumerate") as func, args=[over, *start]),
            ) if _is_view(over):
                inner = self.by_keys(_with(node, target, over, node.body))
                pair = ast.copy_location(ast.Tuple([index, inner.target], ast.Store()), target)
                counted = ast.copy_location(ast.Call(func, [inner.iter, *start], []), node.iter)
                return _with(node, pair, counted, inner.body)
            case ast.For(
                target=ast.Tuple(elts=[ast.Name() as key, target]),
                iter=ast.Call(func=ast.Attribute(value=holder, attr="items"), args=[]),
            ):
                pass
            case ast.For(
                target=target,
                iter=ast.Call(func=ast.Attribute(value=holder, attr="values"), args=[]),
            ):
                author = self.stager.lists.comprehensions.unused("key")
                key = ast.copy_location(ast.Name(author, ast.Store()), target)
            case _:
                return node
        read = {n.id for n in ast.walk(holder) if isinstance(n, ast.Name)}
        if not self.is_dict(holder) or read & {*bound_names(node)}:
            return node
        keys = ast.Call(ast.Attribute(holder, "keys", ast.Load()), [], [])
        entry = ast.Subscript(holder, ast.Name(key.id, ast.Load()), ast.Load())
        bind = ast.Assign([target], entry)
        for part in (keys, keys.func, bind, entry, entry.slice):
            ast.copy_location(part, node.iter)
        return _with(node, key, keys, [bind, *node.body])

    def lazy_parts(self, node: ast.expr) -> list[ast.expr]:
        """What in an expression that a loop runs over reads as the loop goes on.

        Of arrays and lists themselves a trip reads what is there when it begins.
        """
        if _is_view(node) and self.is_dict(node.func.value):  # type: ignore[attr-defined]
            return [node]
        if not self.stager.invocations.callees.gives_iterator(node):
            return []
        called = isinstance(node, ast.Call) and self.stager.invocations.callees.static_object(
            node.func
        )
        if any(called is function for function in _FOLLOWED):
            return [part for arg in node.args for part in self.lazy_parts(arg)]  # type: ignore[attr-defined]
        return [node]

    def is_dict(self, holder: ast.expr) -> bool:
        term = self.stager.objects.peek(holder)
        return term is not None and isinstance(term.type, Ref) and term.type.cls is dict

    def read_by(self, parts: Iterable[ast.AST]) -> set[str]:
        """The names that expressions read, also in the functions that they name."""
        found: set[str] = set()
        waiting: list[ast.AST] = list(parts)
        for part in waiting:  # grows on the way
            for node in ast.walk(part):
                if isinstance(node, ast.Name) and node.id not in found:
                    found.add(node.id)
                    term = self.meant(node.id)
                    function = term.type.value if term and isinstance(term.type, Known) else None
                    if isinstance(function, LocalFunction):
                        waiting.append(function.definition.tree)
        return found

    def meant(self, author: str) -> Term | None:
        """What a name means here, or in a function around."""
        for names in (self.stager.env, *reversed(self.stager.parents)):
            if author in names:
                return names[author]
        return None

    def state(self, authors: Iterable[str]) -> dict[str, Any]:
        """How what these names mean is now."""
        terms = {author: self.meant(author) for author in authors}
        return {author: self.told(term) for author, term in terms.items() if term is not None}

    def changed(self, before: Mapping[str, Any]) -> str | None:
        """One of these names that does not mean what it did."""
        now = self.state(before)
        return next((author for author, told in before.items() if now.get(author) != told), None)

    def told(self, term: Term) -> Any:
        """A term in a form that is another one once it, or what it holds, has changed."""
        env = self.stager.env
        if isinstance(term.type, Ref):
            mine = f"{term.type.cell}/"
            return {key: self.told(held) for key, held in env.items() if key.startswith(mine)}
        if term.columns or term.items is not None:
            return [self.told(part) for part in term.columns or term.items or ()]
        if is_array(term) and isinstance(term.expr, ast.Name):
            storage = self.stager.storages.storage(term.expr.id)
            return term.expr.id, self.stager.memory.current(storage)
        return dumped(term.expr)


def _with(node: ast.For, target: ast.expr, over: ast.expr, body: list[ast.stmt]) -> ast.For:
    made = copy.copy(node)
    made.target, made.iter, made.body = target, over, body
    return made


def _followed_parts(node: ast.expr) -> list[ast.expr]:
    """What a loop runs over, and what is given to calls in it: `enumerate(items)`."""
    if not isinstance(node, ast.Call):
        return [node]
    return [part for arg in node.args for part in _followed_parts(arg)]


def _is_view(value: ast.expr) -> bool:
    """Whether this may be `d.values()`, which shows what the dict holds later."""
    called = isinstance(value, ast.Call) and not value.args and value.func
    return isinstance(called, ast.Attribute) and called.attr in _VIEWS


class _Watching(ast.NodeTransformer):
    """Checks before each `continue` of a loop, as at the end of its trips."""

    def __init__(self, end: Any) -> None:
        self.end = end

    def visit_Continue(self, node: ast.Continue) -> list[ast.stmt]:
        return [Continuation(self.end), node]

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, ast.If | ast.With | ast.Try | ast.ExceptHandler | ast.Match
                          | ast.match_case):  # fmt: skip
            return node
        for name, field in ast.iter_fields(node):
            if isinstance(field, list):
                copies = [self.visit(copy.copy(p)) if isinstance(p, ast.AST) else p for p in field]
                setattr(node, name, _flat(copies))
        return node


def _flat(parts: Iterable[Any]) -> list[Any]:
    return [p for part in parts for p in (part if isinstance(part, list) else [part])]
