"""The change that makes a wrong step right: what it is names the cause.

`Goal` says what a step may give.  Changes are tried on recorded values, first of the step itself,
then of the steps before it that nothing is known of, followed up to the step that went wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adgen.grading.causes import Cause
from adgen.grading.closeness import is_data, same
from adgen.grading.edits import Edit, edits
from adgen.grading.evaluate import Unknown, evaluate
from adgen.grading.steps import Step

# whether a value of the step's place would be right
Goal = Callable[[Any], bool]
# no step is tried in more ways
_MOST = 6000


@dataclass(frozen=True)
class Repair:
    """A step, why it is wrong, and the statement that would be right."""

    step: Step
    cause: Cause
    text: str
    says: str = ""


def combined(step: Step, value: Any, names: Mapping[str, Any], op: Any = ...) -> Any:
    """What the step's place holds if its expression has this value."""
    op = step.op if op is ... else op
    before = names.get(step.place, step.before)
    if isinstance(before, list):
        before = step.before
    if step.index is not None:
        return _with_elements(step, before, value, names, op)
    if op is None:
        return value
    if before is None:
        raise Unknown
    sum_: Any = evaluate(ast.BinOp(ast.Name("a"), op, ast.Name("b")), {"a": before, "b": value})
    if isinstance(before, np.ndarray) and np.shape(sum_) != before.shape:
        raise Unknown  # += keeps the shape
    return sum_


def _with_elements(step: Step, before: Any, value: Any, names: Mapping[str, Any], op: Any) -> Any:
    if not isinstance(before, np.ndarray):
        raise Unknown
    assert step.index is not None
    at = _index(step.index, names)
    made = before.copy()
    try:
        new = value if op is None else evaluate(
            ast.BinOp(ast.Name("a"), op, ast.Name("b")), {"a": made[at], "b": value}
        )  # fmt: skip
        made[at] = new
    except (IndexError, ValueError, TypeError):
        raise Unknown from None
    return made


def _index(index: ast.expr, names: Mapping[str, Any]) -> Any:
    """`a[index]` is evaluated as an element, so that slices are known."""
    if isinstance(index, ast.Slice) or (
        isinstance(index, ast.Tuple) and any(isinstance(e, ast.Slice) for e in index.elts)
    ):
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        found = tuple(_slice(p, names) if isinstance(p, ast.Slice) else evaluate(p, names)
                      for p in parts)  # fmt: skip
        return found
    return evaluate(index, names)


def _slice(node: ast.Slice, names: Mapping[str, Any]) -> slice:
    parts = (node.lower, node.upper, node.step)
    return slice(*[None if p is None else evaluate(p, names) for p in parts])


# -- one step -------------------------------------------------------------------------------------


def operators(step: Step, goal: Goal, names: Mapping[str, Any]) -> Repair | None:
    """`+=` for `=`, `=` for `+=`, `+=` for `-=`."""
    if step.expr is None or isinstance(step.stmt, ast.Return):
        return None
    tried: list[tuple[Cause, Any]] = []
    if step.op is None:
        tried = [(Cause.ASSIGNED, ast.Add())]
    elif isinstance(step.op, ast.Add | ast.Sub):
        other: Any = ast.Sub() if isinstance(step.op, ast.Add) else ast.Add()
        tried = [(Cause.SIGN, other), (Cause.ADDED, None)]
    elif isinstance(step.op, ast.Mult | ast.Div):
        tried = [(Cause.FACTOR, ast.Div() if isinstance(step.op, ast.Mult) else ast.Mult())]
    for cause, op in tried:
        if cause is Cause.ASSIGNED and (step.before is None or _is_zero(step.before)):
            continue
        try:
            value = combined(step, evaluate(step.expr, names), names, op)
        except Unknown:
            value = _recorded(step, op)
        if is_data(value) and goal(value):
            return Repair(step, cause, said(step, step.expr, op))
    return None


def _recorded(step: Step, op: Any) -> Any:
    """What another operator gives, of what was recorded, where an expression is not known here."""
    try:
        if step.index is not None or step.after is None or step.before is None:
            return None
        if step.op is None and isinstance(op, ast.Add):
            return step.before + step.after
        if isinstance(step.op, ast.Add) and isinstance(op, ast.Sub):
            return 2 * step.before - step.after
        if isinstance(step.op, ast.Add) and op is None:
            return step.after - step.before
    except (TypeError, ValueError):
        pass
    return None


def _is_zero(value: Any) -> bool:
    return is_data(value) and not np.any(np.asarray(value))


def changes(step: Step, goal: Goal, names: Mapping[str, Any]) -> Repair | None:
    """The first edit of what a step says, or of the elements it writes to, that is right."""
    for edit in _limited(_edits_of(step, names)):
        try:
            added = evaluate(edit.expr, names)
            value = combined(step, added, names)
        except Unknown:
            continue
        if goal(value) and not (step.adds and _is_zero(added)):
            return Repair(step, edit.cause, said(step, edit.expr, step.op), edit.says)
    return index_changes(step, goal, names)


def scaled(step: Step, wanted: Sequence[Any]) -> Repair | None:
    """A number that is forgotten: what it gives is a multiple of one of the values wanted."""
    value = step.after
    if step.op is not None and is_data(value) and is_data(step.before):
        value = value - step.before
    if not is_data(value) or step.index is not None or _is_zero(value):
        return None
    at = np.argmax(np.abs(value))
    for right in wanted:
        if np.shape(right) == np.shape(value) and not _is_zero(right):
            by = float(np.real(np.ravel(right)[at] / np.ravel(value)[at]))
            if same(value * by, right) and _is_short(by):
                return Repair(step, Cause.FACTOR, "", f"it is {by:.4g} times that")
    return None


def _is_short(number: float) -> bool:
    """Whether it is a number that people write: a fraction with a few digits."""
    return any(abs(f - float(f"{f:.3g}")) <= 1e-6 * abs(f) for f in (number, 1 / number))


def index_changes(step: Step, goal: Goal, names: Mapping[str, Any]) -> Repair | None:
    """Other elements: `dh[h > 0] = 0` for `dh[h <= 0] = 0`."""
    if step.index is None or step.expr is None:
        return None
    for edit in _limited(edits(step.index, names)):
        if edit.cause in (Cause.BRANCH, Cause.NAME):
            made = _with_index(step, edit.expr)
            try:
                value = combined(made, evaluate(step.expr, names), names)
            except Unknown:
                continue
            if goal(value):
                return Repair(step, edit.cause, said(made, step.expr, step.op), edit.says)
    return None


def _with_index(step: Step, index: ast.expr) -> Step:
    return replace(step, index=index)


def _edits_of(step: Step, names: Mapping[str, Any]) -> Iterator[Edit]:
    if step.expr is not None:
        yield from edits(step.expr, names)


def _limited(found: Iterator[Edit]) -> Iterator[Edit]:
    for count, edit in enumerate(found):
        if count >= _MOST:
            return
        yield edit


def said(step: Step, expr: ast.expr, op: Any) -> str:
    """The statement as it would be right."""
    value = ast.unparse(ast.fix_missing_locations(expr))
    if isinstance(step.stmt, ast.Return):
        return value
    target = step.place
    if step.index is not None:
        place = ast.Subscript(ast.Name(step.place, ast.Load()), step.index, ast.Store())
        target = ast.unparse(ast.fix_missing_locations(place))
    sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}.get(type(op), "")
    return f"{target} {sign}= {value}"


# -- steps that lead to it ------------------------------------------------------------------------


def replayed(changed: Step, value: Any, others: Sequence[Step], last: Step) -> Any:
    """What `last` gives if `changed` gave `value`: the steps in between, on recorded values.

    Unknown where one of them cannot be evaluated here.
    """
    made: dict[str, Any] = {changed.place: value}
    for step in others:
        names = {**step.names, **made}
        if step is changed or not _reads_any(step, made):
            if step is not changed:
                made.pop(step.place, None)  # written anew from what has not changed
            continue
        if step.expr is None:
            raise Unknown
        made[step.place] = combined(step, evaluate(step.expr, names), names)
    names = {**last.names, **made}
    if last is changed:
        return made[last.place]
    if last.expr is None:
        raise Unknown
    return combined(last, evaluate(last.expr, names), names)


def _reads_any(step: Step, made: Mapping[str, Any]) -> bool:
    writes_into = step.index is not None or step.op is not None
    return any(name in made for name in step.reads) or (writes_into and step.place in made)
