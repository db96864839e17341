"""Tuples, lists, dicts and objects where paths meet: part by part, and put together again.

A name that is `(x, v)` on one path and `(a, b)` on another is joined as two
names would be, `state/0` and `state/1`, which no variable of the author's can
be called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from adgen.staging.cells import is_held, named
from adgen.staging.terms import Term
from adgen.types import Ref, Seq

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


@dataclass(frozen=True)
class Structure:
    """How a value is put together: its parts by key; no parts is a plain value.

    What is `held` has parts that vary; a tuple of constants may as well stay one value.
    """

    cls: type | None = None
    kind: str = ""
    keys: tuple[Any, ...] = ()
    parts: tuple[Structure, ...] = ()
    held: bool = field(default=False, compare=False)


PLAIN = Structure()


def structure_of(stager: Stager, term: Term | None, node: ast.AST) -> Structure:
    """How a term is put together."""
    return _taken_apart(made_up(stager, term, node))


def made_up(stager: Stager, term: Term | None, node: ast.AST) -> Structure:
    """How a term could be taken apart, down to constants."""
    if term is None or not (is_held(term) or _is_display(term)):
        return PLAIN
    parts = dict(_parts(stager, term, node))
    cls = term.type.cls if isinstance(term.type, Ref | Seq) else None
    kind = "cell" if isinstance(term.type, Ref) else term.type.kind  # type: ignore[union-attr]
    held = tuple(made_up(stager, part, node) for part in parts.values())
    return Structure(cls, kind, tuple(parts), held, is_held(term))


def _is_display(term: Term) -> bool:
    return term.items is not None and isinstance(term.type, Seq) and term.type.kind != "slice"


def _taken_apart(whole: Structure) -> Structure:
    """A structure in which only what is held has parts."""
    if not whole.held:
        return PLAIN
    return replace(whole, parts=tuple(map(_taken_apart, whole.parts)))


def met(a: Structure, b: Structure) -> Structure | None:
    """What two values are taken apart into that are joined; None if they differ too much."""
    if not (a.held or b.held):
        return PLAIN
    if (a.cls, a.kind, a.keys) != (b.cls, b.kind, b.keys):
        return None
    parts = [met(x, y) for x, y in zip(a.parts, b.parts, strict=True)]
    if any(part is None for part in parts):
        return None
    return replace(a, parts=tuple(part for part in parts if part is not None), held=True)


def stands_alone(structure: Structure) -> bool:
    """Whether this is an object whose attributes are values, and no dicts or objects."""
    inside = [part for part in structure.parts if part.kind]
    return structure.kind == "cell" and structure.cls not in (dict, list) and not any(
        part.kind == "cell" or part.parts and any(p.kind for p in part.parts) for part in inside
    )  # fmt: skip


def _parts(stager: Stager, term: Term, node: ast.AST) -> Iterator[tuple[Any, Term]]:
    if isinstance(term.type, Ref):
        yield from stager.objects.entries(term, node).items()
    else:
        yield from enumerate(term.items or ())


def slots(author: str, structure: Structure) -> Iterator[str]:
    """The names for the plain parts of a structure."""
    if not structure.kind:
        yield author
        return
    for key, part in zip(structure.keys, structure.parts, strict=True):
        yield from slots(slot(author, key), part)


def slot(author: str, key: Any) -> str:
    return f"{author}/{key!r}"


def spread(
    stager: Stager, author: str, term: Term, structure: Structure, node: ast.AST
) -> dict[str, Term]:
    """The parts of a term that a structure names, each under its name."""
    if not structure.kind:
        return {author: term}
    found: dict[str, Term] = {}
    for (key, part), inner in zip(_parts(stager, term, node), structure.parts, strict=True):
        found |= spread(stager, slot(author, key), part, inner, node)
    return found


def gather(
    stager: Stager, author: str, structure: Structure, parts: Mapping[str, Term]
) -> Term | None:
    """The term that these parts make; None if one has no value."""
    if not structure.kind:
        return parts.get(author)
    items = []
    for key, part in zip(structure.keys, structure.parts, strict=True):
        item = gather(stager, slot(author, key), part, parts)
        if item is None:
            return None
        items.append(item)
    if structure.kind == "cell":
        assert structure.cls is not None
        made = stager.objects.new(
            structure.cls, dict(zip(structure.keys, items, strict=True)), author.split("/")[0]
        )
        assert isinstance(made.type, Ref)
        stager.objects.stands_for[made.type.cell] = author
        return made
    return display_of(stager, structure.kind, structure.cls, items)


def display_of(stager: Stager, kind: str, cls: type | None, items: Sequence[Term]) -> Term:
    """A tuple, named tuple or list of these values, written out."""
    if cls is not None:
        return named(stager.class_name(cls), cls, items)
    display = ast.Tuple if kind == "tuple" else ast.List
    type_ = Seq(kind, tuple(t.type for t in items))
    expr = display([t.expr for t in items], ast.Load())
    return Term(expr, type_, any(t.varied for t in items), tuple(items))
