"""What is known of a value that is one thing on one path and another on the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from adgen.ir import Branch, Leave, Stmt, alike, name
from adgen.rules.lists import common
from adgen.staging.terms import Term
from adgen.staging.wording import a as a_
from adgen.staging.wording import describe
from adgen.types import (
    UNKNOWN,
    Columns,
    Dim,
    Facts,
    Known,
    ListOf,
    Num,
    Opaque,
    Seq,
    Type,
    code,
    list_of,
)

PATHS = "function that is different on each path"


def join_terms(
    facts: Facts, target: str, a: Term | None, b: Term | None, since: int | None = None
) -> Term:
    """A value that is `a` on one path and `b` on another; for `since` see `join_dims`."""
    if a is None or b is None:
        known = a or b
        assert known is not None
        return retargeted(known, target)
    varied = a.varied or b.varied
    if isinstance(a.type, ListOf) or isinstance(b.type, ListOf):
        return join_lists(facts, target, a, b, since)
    if isinstance(a.type, Num) and isinstance(b.type, Num):
        return Term(name(target), join_nums(facts, a.type, b.type, since), varied)
    if is_none(a) or is_none(b):
        number = b.type if is_none(a) else a.type
        if isinstance(number, Num):
            return Term(name(target), replace(number, optional=True, value=None), varied)
    slices = [t.type for t in (a, b) if isinstance(t.type, Seq) and t.type.kind == "slice"]
    if len(slices) == 2:
        return Term(name(target), join_slices(facts, slices[0], slices[1], since))
    if a.type == b.type and not varied and not isinstance(a.type, Seq | Columns):
        return Term(name(target), a.type)
    if isinstance(a.type, Seq) and isinstance(b.type, Seq) and not varied:
        if a.items and b.items and len(a.items) == len(b.items):
            items = tuple(
                replace(join_terms(facts, target, x, y, since), expr=_item(target, i))
                for i, (x, y) in enumerate(zip(a.items, b.items, strict=True))
            )
            return Term(name(target), Seq(a.type.kind, tuple(t.type for t in items)), False, items)
    if _is_callable(a) and _is_callable(b):
        return Term(name(target), Opaque(PATHS))
    kinds = [a_(describe(t.type)) for t in (a, b)]
    if kinds[0] == kinds[1] or any(isinstance(t.type, Opaque) for t in (a, b)):
        return Term(name(target), Opaque("value that is different on each path"), varied)
    note = f"value that is {kinds[0]} on one path and {kinds[1]} on another"
    return Term(name(target), Opaque(note), varied)


def join_slices(facts: Facts, a: Seq, b: Seq, since: int | None) -> Seq:
    """A slice with the bounds of one or the other."""

    def joined(x: Type, y: Type) -> Type:
        if isinstance(x, Num) and isinstance(y, Num):
            return join_nums(facts, x, y, since)
        return x if x == y else UNKNOWN

    return Seq("slice", tuple(map(joined, a.items, b.items)))


def is_either(term: Term) -> bool:
    """Whether this is one function on one path and another on the other."""
    return isinstance(term.type, Opaque) and term.type == Opaque(PATHS)


def _is_callable(term: Term) -> bool:
    return is_either(term) or isinstance(term.type, Known) and callable(term.type.value)


def is_none(term: Term) -> bool:
    """Whether a value is None in every run."""
    return isinstance(term.type, Known) and term.type.value is None


def join_lists(facts: Facts, target: str, a: Term, b: Term, since: int | None) -> Term:
    """A list on either path; elements that differ in kind are followed no further."""
    varied = a.varied or b.varied
    if isinstance(a.type, Num) and isinstance(b.type, Num):
        met = join_numbers(facts, a.type, b.type, since)
        if met is not None:
            return Term(name(target), met, varied)
    return Term(name(target), Opaque("list on some paths only, or of elements that differ"), varied)


def join_numbers(facts: Facts, a: Num, b: Num, since: int | None = None) -> Num | None:
    """What is known of a number, an array or a list that is one or the other; None of what is a
    list on one path alone, or has elements of different kinds."""
    if not isinstance(a, ListOf) and not isinstance(b, ListOf):
        return join_nums(facts, a, b, since)
    if not isinstance(a, ListOf) or not isinstance(b, ListOf):
        return None
    try:
        item = common(facts, a.item, b.item)
    except TypeError:
        return None
    x, y = (type_.dims[0] if type_.dims else facts.fresh() for type_ in (a, b))
    form = "tuple" if "tuple" in (a.form, b.form) else a.form
    return replace(list_of(item, join_dims(facts, x, y, since)), form=form)


def join_nums(facts: Facts, a: Num, b: Num, since: int | None = None) -> Num:
    """What is known of a number that is one or the other."""
    dims: tuple[Dim, ...] | None = None
    if a.dims is not None and b.dims is not None and len(a.dims) == len(b.dims):
        dims = tuple(join_dims(facts, x, y, since) for x, y in zip(a.dims, b.dims, strict=True))
    dtype = a.dtype if a.dtype == b.dtype else _common(a, b)
    if dims is None:
        form = "any"
    elif dims:
        form = "array"
    else:
        form = a.form if a.form == b.form else "np"
    value = a.value if a.value == b.value else None
    return Num(dtype, dims, form, value, a.optional or b.optional)


def join_dims(facts: Facts, a: Dim, b: Dim, since: int | None = None) -> Dim:
    """A length that is one or the other.

    While a loop settles, a length that is unknown `since` it began stays what it is.
    """
    if facts.same(a, b):
        return a
    own = since is not None and any(atom[0] == "fresh" and atom[1] > since for atom, _ in a.terms)
    return a if own else facts.fresh()


def _common(a: Num, b: Num) -> str:
    kinds = {a.kind, b.kind}
    if "c" in kinds:  # what may be complex counts as complex
        known = [np.dtype(n.dtype) for n in (a, b) if n.dtype]
        return code(np.result_type(*known))
    if a.is_python and b.is_python and kinds <= {"i", "f", "b"}:
        return "f8" if "f" in kinds else ""
    if a.dims == b.dims == () and kinds <= {"i", "f", "b"} and "f8" in (a.dtype, b.dtype):
        return "f8"
    if kinds <= {"i", "f"} and "f8" in (a.dtype, b.dtype):
        return "f8"
    return ""


def widened(facts: Facts, guess: Term | None, end: Term | None, since: int) -> Term | None:
    """What a carried name may be at the start of a trip: as guessed, or as a trip ends."""
    if guess is None or end is None:
        return guess
    return join_terms(facts, "settling:1", guess, end, since)


def settles(guess: Term | None, settled: Term | None) -> bool:
    if guess is None or settled is None:
        return guess is settled
    return guess.type == settled.type and guess.varied == settled.varied


def length_of(term: Term) -> Any:
    """The length of a list, or None."""
    type_ = term.type
    return type_.dims[0] if isinstance(type_, ListOf) and type_.dims else None


def with_length(term: Term, length: Dim) -> Term:
    assert isinstance(term.type, ListOf)
    type_ = replace(list_of(term.type.item, length), form=term.type.form)
    return replace(term, type=type_)


def shorter(term: Term | None, by: Dim | None) -> Term | None:
    """A list as long as it was before a trip has made it longer."""
    if term is None or by is None or length_of(term) is None:
        return term
    return with_length(term, length_of(term) - by)


def may_break(body: Sequence[Stmt]) -> bool:
    for stmt in body:
        if isinstance(stmt, Leave):
            return True
        if isinstance(stmt, Branch) and (may_break(stmt.then) or may_break(stmt.orelse)):
            return True
    return False


def is_of_this_loop(dim: Dim, index: str, since: int) -> bool:
    """Whether a length may be another one in each trip."""
    return index in indices_in(dim) or any(
        atom[0] == "fresh" and atom[1] > since for atom in _atoms(dim)
    )


def _atoms(dim: Dim) -> Iterator[tuple[Any, ...]]:
    for atom, _ in dim.terms:
        yield atom
        for part in atom[1:]:
            if isinstance(part, Dim):
                yield from _atoms(part)


def indices_in(dim: Dim) -> Iterator[str]:
    """The loops' indices that a length is made of."""
    return (atom[1] for atom in _atoms(dim) if atom[0] == "index")


def is_filled(guess: Term | None, settled: Term | None) -> bool:
    """Whether a trip has put the first elements into a list."""
    before, after = (t.type if t else None for t in (guess, settled))
    return (
        isinstance(before, ListOf) and before.is_empty
        and isinstance(after, ListOf) and not after.is_empty
    )  # fmt: skip


def retargeted(term: Term, target: str) -> Term:
    """The same kind of value under another name."""
    if isinstance(term.type, Known):
        return term
    items = None
    if term.items is not None:
        if any(t.varied for t in term.items):
            return Term(name(target), Opaque("tuple or list that a loop changes"), True)
        items = tuple(replace(t, expr=_item(target, i)) for i, t in enumerate(term.items))
    return Term(name(target), term.type, term.varied, items)


def _item(target: str, index: int) -> ast.expr:
    return ast.Subscript(name(target), ast.Constant(index), ast.Load())


def is_same(a: Term, b: Term) -> bool:
    return a is b or (a.type == b.type and alike(a.expr, b.expr))


def reads(term: Term, value: str) -> bool:
    return isinstance(term.expr, ast.Name) and term.expr.id == value
