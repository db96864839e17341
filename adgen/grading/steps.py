"""The notes of a run as steps: one thing written each, with what was there before and after.

What is written to is a place: a name (`dx`), an entry of a dict (`grads['W1']`), or a position
of what is returned (`return[0]`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adgen.grading.closeness import is_data, same, same_shape
from adgen.grading.places import Path, as_array, parts, path_of, place
from adgen.grading.recording import Event, Recording
from adgen.grading.runner import names_of
from adgen.grading.submission import Submission
from adgen.parts import part_at


@dataclass(frozen=True)
class Step:
    """One thing that a statement writes.

    `expr` is what is assigned or added, where that is one expression; `index` the elements that
    are written to; `names` what is known of all names before; `after` is None if it fails.
    """

    number: int
    at: int
    scope: str
    stmt: ast.stmt
    place: str
    expr: ast.expr | None
    index: ast.expr | None
    before: Any
    after: Any
    names: Mapping[str, Any]
    # another name for the array that a statement wrote into
    aliased: bool = False

    @property
    def line(self) -> int:
        return self.stmt.lineno

    @property
    def op(self) -> ast.operator | None:
        """The operator of `+=`; None for `=`."""
        return self.stmt.op if isinstance(self.stmt, ast.AugAssign) else None

    @property
    def starts(self) -> bool:
        """Whether what the place held before plays no part."""
        return self.op is None and self.index is None and self.place not in self.reads

    @property
    def adds(self) -> bool:
        """Whether it adds to the place, or changes some elements: `dx += ...`, `dx = dx + ...`."""
        if isinstance(self.op, ast.Add | ast.Sub) or self.index is not None:
            return True
        return self.expr is not None and self.place in _terms(self.expr)

    @property
    def renews(self) -> bool:
        """Whether it makes something new of what was there, if it was: `dh = dh * mask`."""
        return self.op is None and self.index is None and not self.adds

    @property
    def reads(self) -> tuple[str, ...]:
        """The names that it reads."""
        if isinstance(self.stmt, ast.Return) and self.expr is not None:
            return tuple(n.id for n in ast.walk(self.expr) if isinstance(n, ast.Name))
        return names_of(self.stmt)[0]


def steps(
    ran: Recording, submission: Submission, answers: Sequence[str]
) -> tuple[list[Step], Step | None]:
    """All steps in the order of the run, and the one that failed, if one did.

    `answers` are the parts of what is returned that are gradients.
    """
    made: list[Step] = []
    failed = None
    known: dict[str, dict[str, Any]] = {}
    latest: dict[str, Event] = {}
    for event in ran.events:
        if event.scope not in submission.entry.scopes:
            continue
        names = known.setdefault(event.scope, {})
        for step in _aliases(event, latest.get(event.scope), names, submission, len(made)):
            made.append(step)
        names |= event.seen
        stmt = submission.statements[event.at]
        if isinstance(stmt, ast.Return) and event.scope == submission.entry.forward:
            continue
        if event.wrote is None:
            failed = Step(len(made), event.at, event.scope, stmt, *_target(stmt),
                          event.seen.get(_target(stmt)[0]), None, dict(names))  # fmt: skip
            continue
        for written, expr, index, before, after in _written(event, stmt, answers):
            made.append(Step(len(made), event.at, event.scope, stmt, written, expr, index,
                             before, after, dict(names)))  # fmt: skip
        if not isinstance(stmt, ast.Return):
            names |= event.wrote
        latest[event.scope] = event
    return made, failed


def _terms(expr: ast.expr) -> list[str]:
    """The names that are terms of a sum."""
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add | ast.Sub):
        return [*_terms(expr.left), *_terms(expr.right)]
    return [expr.id] if isinstance(expr, ast.Name) else []


def _aliases(
    event: Event,
    latest: Event | None,
    names: Mapping[str, Any],
    submission: Submission,
    number: int,
) -> Iterator[Step]:
    """What holds something else now, though no statement has written to it by its name."""
    if latest is None:
        return
    stmt = submission.statements[latest.at]
    for name, value in event.seen.items():
        if not isinstance(value, np.ndarray):
            continue  # a number is what a loop has given its name
        if name in names and same_shape(value, names[name]) and not same(value, names[name], 1e-12):
            yield Step(number, latest.at, event.scope, stmt, name, None, None,
                       names[name], value, dict(names), aliased=True)  # fmt: skip


def _target(stmt: ast.stmt) -> tuple[str, ast.expr | None, ast.expr | None]:
    """Place, expression and index of a statement with one target."""
    if isinstance(stmt, ast.Return):
        return "return", stmt.value, None
    targets = stmt.targets if isinstance(stmt, ast.Assign) else [getattr(stmt, "target", None)]
    value = getattr(stmt, "value", None)
    found = targets[0] if len(targets) == 1 else None
    if isinstance(found, ast.Name):
        return found.id, value, None
    if isinstance(found, ast.Subscript) and isinstance(found.value, ast.Name):
        if isinstance(found.slice, ast.Constant) and isinstance(found.slice.value, str):
            return f"{found.value.id}[{found.slice.value!r}]", value, None
        return found.value.id, value, found.slice
    return "", value, None


def _written(
    event: Event, stmt: ast.stmt, answers: Sequence[str]
) -> Iterator[tuple[str, ast.expr | None, ast.expr | None, Any, Any]]:
    wrote = event.wrote or {}
    if isinstance(stmt, ast.Return):
        if "return" in wrote:
            yield from _returned(stmt, wrote["return"], answers)
        return
    exprs = {**_expressions(stmt), **_put_into(stmt, event.seen)}
    for name, written in wrote.items():
        before, after = as_array(event.seen.get(name)), as_array(written)
        expr, index = exprs.get(name, (None, None))
        if isinstance(after, dict | tuple | list):
            yield from _entries(name, expr, before, after, index)
        elif is_data(after) and not (isinstance(stmt, ast.Expr) and same(before, after, 0.0)):
            yield name, expr, index, before, after


def _entries(
    name: str, expr: ast.expr | None, before: Any, after: Any, index: ast.expr | None
) -> Iterator[tuple[str, ast.expr | None, ast.expr | None, Any, Any]]:
    """What changed in a container of gradients."""
    old = dict(parts(before))
    for path, value in parts(after):
        written = isinstance(index, ast.Constant) and (index.value,) == path
        if written or not same(old.get(path), value, 0.0):
            said = expr if written else _shown(expr, path) if index is None else None
            yield place(name, path), said, None, old.get(path), value


def _shown(expr: ast.expr | None, path: Path) -> ast.expr | None:
    """The expression of a part of what is written out: of `{"W": [a, b]}`."""
    for key in path:
        match expr:
            case ast.Dict(keys=keys, values=values):
                shown = {k.value: v for k, v in zip(keys, values, strict=True)
                         if isinstance(k, ast.Constant)}  # fmt: skip
                expr = shown.get(key)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) if isinstance(key, int):
                expr = elements[key] if key < len(elements) else None
            case _:
                return None
    return expr


def _expressions(stmt: ast.stmt) -> dict[str, tuple[ast.expr | None, ast.expr | None]]:
    """By name, what a statement assigns to it, and to which elements."""
    value = getattr(stmt, "value", None)
    targets = stmt.targets if isinstance(stmt, ast.Assign) else [getattr(stmt, "target", None)]
    found: dict[str, tuple[ast.expr | None, ast.expr | None]] = {}
    for target in targets:
        if isinstance(target, ast.Name):
            found[target.id] = (value, None)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            found[target.value.id] = (value, target.slice)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for name, part in zip(target.elts, value.elts, strict=False):
                if isinstance(name, ast.Name):
                    found[name.id] = (part, None)
    return found


def _put_into(
    stmt: ast.stmt, seen: Mapping[str, Any]
) -> dict[str, tuple[ast.expr | None, ast.expr | None]]:
    """What `dWs.append(...)` or `dWs.insert(0, ...)` puts into a list, at its place in one."""
    match getattr(stmt, "value", None):
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[new]):
            held = seen.get(name)
            before = len(held) if isinstance(held, list) else 0
            return {name: (ast.List([ast.Constant(None)] * before + [new], ast.Load()), None)}
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr="insert"),
            args=[ast.Constant(value=0), new],
        ):
            return {name: (ast.List([new], ast.Load()), None)}
    return {}


def _returned(
    stmt: ast.Return, value: Any, answers: Sequence[str]
) -> Iterator[tuple[str, ast.expr | None, ast.expr | None, Any, Any]]:
    for answer in answers:
        path = path_of(answer)[1:]
        try:
            found = as_array(part_at(value, path))
        except (LookupError, TypeError, AttributeError):
            continue  # the function has returned something else before
        yield answer, _shown(stmt.value, path), None, None, found
