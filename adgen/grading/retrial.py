"""The submission run again with one line changed: what makes everything right is what was wrong.

A diagnosis is made of recorded values, one step at a time. Where it finds no change of a line, or
one that does not make all gradients right, small changes of each line are tried in runs of the
whole submission, which know of loops, of writing in place, and of the submission's own functions.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from adgen.grading.causes import Cause
from adgen.grading.edits import (
    KINDS,
    Edit,
    divisors,
    functions,
    gradient_names,
    neighbours,
    signs,
    transposes,
)
from adgen.grading.judge import FirstWrong, Grade, Judgement
from adgen.grading.places import path_of
from adgen.grading.recording import Recording
from adgen.grading.reference import Reference
from adgen.grading.runner import sketch
from adgen.grading.submission import CannotGrade, Submission

# changes of one line, of all lines, and seconds for all runs together
_MOST, _MOST_OF_ALL, SECONDS = 400, 6000, 4.0
# what the values themselves show, and what is wrong in how lines follow each other, which a
# factor more somewhere may hide
_SHOWN = (Cause.FORWARD, Cause.ORDER, Cause.SHARED, Cause.SHAPE)
_OF_SEVERAL = (Cause.MISSING, Cause.OVERWRITTEN)
_BY_CHANCE = (Cause.FACTOR, Cause.NAME)

# kinds with few changes in a line
_FIRST = (signs, transposes, gradient_names, functions, neighbours, divisors)

# gives for each of several texts the sketches of what is asked for
Try = Callable[[Sequence[str], Sequence[Any], float], Recording]


@dataclass(frozen=True)
class Change:
    """A node of the submission's text, and what would stand there instead."""

    stmt: ast.stmt
    node: ast.AST
    text: str
    cause: Cause
    says: str = ""


def retried(
    submission: Submission, ref: Reference, ran: Recording, found: Judgement, run_it: Try
) -> Grade:
    """The grade, with a first wrong line of which it is known that changing it helps."""
    wrong = found.grade.wrong
    if wrong is None or wrong.cause in _SHOWN or submission.blanks():
        return found.grade
    if set(found.places) != set(ref.wanted):
        return found.grade
    trial = _Trial(submission, ref, ran, found, run_it)
    better = trial.better(wrong) if trial.can_be else None
    return found.grade if better is None else replace(found.grade, wrong=better)


class _Trial:
    def __init__(
        self, submission: Submission, ref: Reference, ran: Recording, found: Judgement, run_it: Try
    ) -> None:
        self.submission = submission
        self.ref = ref
        self.found = found
        self.run_it = run_it
        self.numbers = {id(stmt): at for at, stmt in enumerate(submission.statements)}
        self.names: dict[int, Mapping[str, Any]] = {e.at: e.seen for e in ran.events}
        self.names |= {v.step.at: v.step.names for v in found.found}
        self.began: dict[int, int] = {}
        for number, event in enumerate(ran.events):
            self.began.setdefault(event.at, number)
        self.asked = [(path_of(place), ref.wanted[label]) for label, place in found.places.items()]

    @property
    def can_be(self) -> bool:
        """Whether everything asked for can be read off a run: it is returned, or a script's."""
        is_script = self.submission.entry.kind == "script"
        return is_script or all(path[0] == "return" for path, _ in self.asked)

    def better(self, wrong: FirstWrong) -> FirstWrong | None:
        """Another line, or another cause, where the one found does not make everything right."""
        if any(self.right([*self.known_repair(wrong)], SECONDS)):
            return None
        passed = self.passed(wrong.line)
        if wrong.cause in _OF_SEVERAL:
            passed = [change for change in passed if change.cause not in _BY_CHANCE]
        mine = [change for change in passed if change.stmt.lineno == wrong.line]
        if any(change.cause is wrong.cause for change in mine):
            return None
        rest = sorted(passed, key=lambda change: self.place(change.stmt))
        return self.said((mine or rest)[0], wrong) if passed else None

    def passed(self, line: int) -> list[Change]:
        """The changes of the first kind of which one makes everything right."""
        every = [stmt for stmt in self.statements() if self.may_be_wrong(stmt)]
        every.sort(key=lambda stmt: stmt.lineno != line)
        until, left = time.monotonic() + SECONDS, _MOST_OF_ALL
        for kind in (_operators, *sorted(KINDS, key=_FIRST.__contains__, reverse=True)):
            tried = [one for stmt in every for one in islice(self.of(stmt, kind), _MOST)][:left]
            left -= len(tried)
            right = self.right(tried, until - time.monotonic())
            if any(right):
                return [change for change, ok in zip(tried, right, strict=False) if ok]
            if time.monotonic() > until:
                break
        return []

    def known_repair(self, wrong: FirstWrong) -> Iterator[Change]:
        """The change that the diagnosis has found, if it is one of a whole statement."""
        for stmt in self.submission.statements:
            if stmt.lineno == wrong.line and wrong.repaired and wrong.cause is not None:
                if not isinstance(stmt, ast.Return):
                    yield Change(stmt, stmt, wrong.repaired, wrong.cause)

    def said(self, change: Change, wrong: FirstWrong) -> FirstWrong:
        stmt = change.stmt
        text = ast.get_source_segment(self.submission.source, stmt) or ""
        if isinstance(stmt, ast.If):
            text = self.submission.line(stmt.lineno)
        verdict = next(
            (v for v in self.found.found if v.step.at == self.numbers.get(id(stmt))), None
        )
        same_line = stmt.lineno == wrong.line
        return FirstWrong(
            stmt.lineno, " ".join(text.split()),
            wrong.name if same_line or verdict is None else verdict.step.place,
            wrong.given if same_line or verdict is None else verdict.step.after,
            wrong.wanted if same_line or verdict is None else verdict.wanted,
            change.cause, change.says, self.repaired(change),
        )  # fmt: skip

    def repaired(self, change: Change) -> str:
        """The statement as it would be right."""
        stmt = ast.parse(changed(self.submission.source, change.node, change.text))
        mine = [n for n in ast.walk(stmt) if getattr(n, "lineno", 0) == change.stmt.lineno
                and type(n) in (type(change.stmt), ast.Assign, ast.AugAssign)]  # fmt: skip
        return ast.unparse(mine[0]).partition("\n")[0] if mine else change.text

    # -- runs -----------------------------------------------------------------------

    def right(self, changes: Sequence[Change], seconds: float) -> list[bool]:
        """Whether each change makes everything right, as far as there was time to try."""
        if not changes:
            return []
        asked = [
            [*(path if self.submission.entry.kind == "script" else path[1:]), np.shape(wanted)]
            for path, wanted in self.asked
        ]
        sources = [changed(self.submission.source, c.node, c.text) for c in changes]
        try:
            ran = self.run_it(sources, asked, seconds)
        except CannotGrade:
            return []
        return [self.is_right(made) for made in ran.trials]

    def is_right(self, made: Any) -> bool:
        """Whether sketches are those of what is right; a submission may have forged them."""
        if not isinstance(made, list) or len(made) != len(self.asked):
            return False
        for given, (_, wanted) in zip(made, self.asked, strict=True):
            room = self.ref.rtol * float(np.sum(np.abs(wanted))) + 1e-12
            try:
                apart = np.abs(np.array(given, float) - sketch(wanted, np.shape(wanted)))
            except (TypeError, ValueError):
                return False
            if not np.all(apart <= room):
                return False
        return True

    # -- changes --------------------------------------------------------------------

    def place(self, stmt: ast.stmt) -> tuple[bool, int]:
        """Lines about gradients come first, in the order in which they have run."""
        ran = [self.began.get(self.numbers.get(id(node), -1)) for node in ast.walk(stmt)]
        names = [getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(stmt)]
        about = any(name.startswith(("d", "grad")) for name in names if name not in self.ref.known)
        return not about, min(number for number in ran if number is not None)

    def statements(self) -> Iterator[ast.stmt]:
        """What has run of the submission but for its forward."""
        forward = self.submission.entry.forward
        for top in self.submission.tree.body:
            if isinstance(top, ast.FunctionDef) and top.name == forward:
                continue
            for node in ast.walk(top):
                if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.If):
                    if any(self.numbers.get(id(n)) in self.began for n in ast.walk(node)):
                        yield node

    def may_be_wrong(self, stmt: ast.stmt) -> bool:
        """Not if all that it has given is a right gradient, or a value of the function's."""
        at = self.numbers.get(id(stmt))
        mine = [v for v in self.found.found if v.step.at == at]
        return not mine or any(
            v.state != "whole" and not self.ref.holding(v.step.after) for v in mine
        )

    def of(self, stmt: ast.stmt, kind: Any) -> Iterator[Change]:
        """The changes of a kind in a statement: in its value, where it writes to, or in a test."""
        if kind is _operators:
            yield from _operators(stmt)
            return
        names = self.names.get(self.numbers.get(id(stmt), -1), {})
        target = getattr(stmt, "target", None) or getattr(stmt, "targets", [None])[0]
        places = [getattr(stmt, "value", None), getattr(stmt, "test", None)]
        if isinstance(target, ast.Subscript):
            places.append(target.slice)
        for place in filter(None, places):
            for edit in kind(place, names):
                yield _change(stmt, place, edit.expr, edit)


def _operators(stmt: ast.stmt) -> Iterator[Change]:
    """`+=` for `=`, `=` for `+=`, `-=` for `+=`."""
    made: list[tuple[Cause, ast.stmt]] = []
    match stmt:
        case ast.Assign(targets=[ast.Name() | ast.Subscript() as target], value=value):
            made = [(Cause.ASSIGNED, ast.AugAssign(target, ast.Add(), value))]
        case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as op, value=value):
            other = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
            made = [
                (Cause.SIGN, ast.AugAssign(target, other, value)),
                (Cause.ADDED, ast.Assign([target], value)),
            ]
    for cause, new in made:
        yield _change(stmt, stmt, new, Edit(cause, ast.Constant(None)))


def _change(stmt: ast.stmt, node: ast.AST, new: ast.AST, edit: Edit) -> Change:
    new = ast.copy_location(new, node)
    text = ast.unparse(ast.fix_missing_locations(new))
    within = isinstance(node, ast.expr) and not isinstance(node, ast.Tuple | ast.Slice)
    return Change(stmt, node, f"({text})" if within else text, edit.cause, edit.says)


def changed(source: str, node: Any, text: str) -> str:
    """The text with what a node says replaced.

    >>> changed("a = 1\\nb = a", ast.parse("a = 1\\nb = a").body[1], "b = -a")
    'a = 1\\nb = -a'
    """
    lines = source.encode().splitlines(keepends=True)
    before = b"".join([*lines[: node.lineno - 1], lines[node.lineno - 1][: node.col_offset]])
    behind = lines[node.end_lineno - 1][node.end_col_offset :]
    return (before + text.encode() + b"".join([behind, *lines[node.end_lineno :]])).decode()
