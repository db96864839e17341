"""From a run of a submission to what is right in it, and the first line that is not."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from adgen.grading.causes import Cause
from adgen.grading.closeness import is_data, same, same_shape
from adgen.grading.diagnosis import Diagnosis, Diagnostician
from adgen.grading.places import Path, parts, path_of, place
from adgen.grading.recording import Recording
from adgen.grading.reference import Reference
from adgen.grading.runner import Other, is_blank
from adgen.grading.steps import Step, steps
from adgen.grading.submission import CannotGrade, Submission
from adgen.grading.verdicts import Forward, Judge, Verdict, reads_gradients, verdicts

Mark = Literal["right", "wrong", "incomplete", "missing"]


@dataclass(frozen=True)
class Judged:
    """A named gradient: whether it is right, what it is and what it should be."""

    name: str
    mark: Mark
    given: Any = None
    wanted: Any = None
    line: int | None = None
    asked: bool = True


@dataclass(frozen=True)
class FirstWrong:
    """The first wrong line: what it gives and should give, and why it is wrong."""

    line: int
    text: str
    name: str
    given: Any
    wanted: Any
    cause: Cause | None
    says: str
    repaired: str


@dataclass(frozen=True)
class Grade:
    function: str
    submission: str
    gradients: tuple[Judged, ...]
    wrong: FirstWrong | None
    # why the run stopped early, if it did
    failure: str = ""

    @property
    def right(self) -> bool:
        return self.wrong is None and all(g.mark == "right" for g in self.gradients)


@dataclass(frozen=True)
class Judgement:
    """A grade and what it rests on: every step judged, and the places of what is asked for."""

    grade: Grade
    found: tuple[Verdict, ...]
    places: Mapping[str, str]


def judged(submission: Submission, ref: Reference, ran: Recording) -> Judgement:
    """The grade of a submission that ran."""
    answers = _answers(ran.returned, ref)
    every, failed = steps(ran, submission, tuple(answers))
    if ran.failure is not None and failed is None:
        where = f"line {ran.failure.lines[-1]}: " if ran.failure.lines else ""
        raise CannotGrade(f"{where}{ran.failure.kind}: {ran.failure.message}")
    if ran.failure is None:
        failed = None
    blanks = submission.unfinished.names
    every = [step for step in every if not (step.aliased and step.place in blanks)]
    given = _given(every, answers, ref)
    bad = {p for p, value in given.items() if not _is_right(value, ref.wanted[p], ref)}
    places = frozenset(s.place for s in every if bad & set(ref.labels(s.place, True)))
    forward = forward_of(ran, submission)
    judge, found = verdicts(every, ref, answers, forward, places, submission.unfinished)
    left_open = {p for b in blanks for p in ref.labels(b)}
    asked = tuple(
        _judged(p, given, p in bad, p in left_open, ref, found, answers) for p in ref.wanted
    )
    wrong = None
    complete = not bad and failed is None and len(given) == len(ref.wanted) and not blanks
    if not complete and not _untouched(submission, ref):
        waiting = {place for place, p in answers.items() if p in left_open}
        wrong = _first_wrong(
            submission, ref, judge, found, failed, bad, frozenset(blanks) | waiting, ran
        )
    done = wrong is None and not blanks and all(a.mark == "right" for a in asked)
    others = () if done else _others(found, ref, blanks)
    if ran.failure is not None and blanks and wrong is None:
        # it stopped where something is not filled in: what has come so far is no mistake
        asked = tuple(replace(a, mark="missing") if a.mark != "right" else a for a in asked)
        others = tuple(o for o in others if o.mark in ("right", "missing"))
    failure = f"{ran.failure.kind}: {ran.failure.message}" if ran.failure else ""
    grade = Grade(ref.function, submission.file, (*others, *asked), wrong, failure)
    held = {p: v.step.place for v in found for p in (ref.labels(v.step.place) if v.known else ())}
    return Judgement(grade, tuple(found), held | {p: place for place, p in answers.items()})


def _untouched(submission: Submission, ref: Reference) -> bool:
    """Whether it is an exercise in which nothing is filled in, and all the rest is ours."""
    return submission.entry.kind == "pair" and all(
        is_blank(stmt) or ast.unparse(stmt) in ref.lines for stmt in submission.backward
    )


def forward_of(ran: Recording, submission: Submission) -> Forward:
    """What the names of the forward have held."""
    found: dict[str, dict[int, Any]] = {}
    scope = submission.entry.forward or submission.entry.scopes[0]
    for event in ran.events:
        if event.scope == scope:
            for name, value in (*event.seen.items(), *(event.wrote or {}).items()):
                found.setdefault(name, {})[id(value)] = value
    return Forward(scope, {name: list(values.values()) for name, values in found.items()})


def _answers(returned: Any, ref: Reference) -> dict[str, str]:
    """Which of the gradients that are asked for each part of what is returned is.

    It may be a dict by name, a tuple in the order of the arguments or of all their parts, or one
    gradient with the structure of its argument: the reading that makes most sense of it is taken.
    """
    ways: list[list[tuple[Path, str | None]]] = []
    if isinstance(returned, dict):
        ways.append([(path, ref.label((), path)) for path, _ in parts(returned)])
    if isinstance(returned, tuple | list):
        fits = len(returned) == len(ref.parameters) != len(ref.of)
        roots = [path_of(name) for name in (ref.parameters if fits else ref.of)]
        given = [(at, path) for at, part in enumerate(returned) for path, _ in parts(part)]
        ways.append([((at, *path), ref.label(roots[at], path))
                     for at, path in given if at < len(roots)])  # fmt: skip
    if len(ref.of) == 1:
        root = path_of(ref.of[0])
        ways.append([(path, ref.label(root, path)) for path, _ in parts(returned)])
    if isinstance(returned, tuple | list) and len(given) == len(ref.asked):
        every = zip(given, ref.wanted, strict=True)
        ways.append([((at, *path), label) for (at, path), label in every])
    found = [{place("return", path): label for path, label in way if label} for way in ways]
    return max(found, key=lambda answers: len(set(answers.values())), default={})


def _given(every: Sequence[Step], answers: Mapping[str, str], ref: Reference) -> dict[str, Any]:
    """The gradient that a submission gives for each parameter, where it gives one."""
    found: dict[str, Any] = {}
    returned = {answers[s.place]: s.after for s in every if s.place in answers}
    for step in every:
        if is_data(step.after) and step.place not in ref.known:
            labels = ref.labels(step.place, reads_gradients(step, ref))
            if len(labels) == 1:
                found[labels[0]] = step.after
    return found | {p: value for p, value in returned.items() if is_data(value)}


def _is_right(value: Any, wanted: Any, ref: Reference) -> bool:
    return same_shape(value, wanted) and same(value, wanted, ref.rtol)


def _judged(
    name: str,
    given: Mapping[str, Any],
    bad: bool,
    left_open: bool,
    ref: Reference,
    found: Sequence[Verdict],
    answers: Mapping[str, str],
) -> Judged:
    wanted = ref.wanted[name]
    if name not in given or left_open:
        return Judged(f"d{name}", "missing", None, wanted)
    lines = [v.step.line for v in found if v.of == name and not v.step.place.startswith("return")]
    if bad and any(v.waits for v in found if v.of == name):
        return Judged(f"d{name}", "missing", None, wanted)
    mark: Mark = "wrong" if bad else "right"
    if bad and all(
        v.state != "wrong" for v in found if v.of == name and v.step.place not in answers
    ):
        mark = "incomplete" if lines else "wrong"
        if lines and not np.any(np.asarray(given[name])):
            mark = "missing"  # there is room for it, and no more
    return Judged(f"d{name}", mark, given[name], wanted, lines[-1] if lines else None)


def _others(
    found: Sequence[Verdict], ref: Reference, blanks: Collection[str]
) -> tuple[Judged, ...]:
    """The gradients in between, each as it was in the end, in the order of the submission."""
    last: dict[str, Verdict] = {}
    for verdict in found:
        place = verdict.step.place
        if verdict.known and verdict.of not in ref.wanted and place not in blanks:
            if place in last and last[place].state == "whole":
                continue
            last[place] = verdict
    marks: dict[str, Mark] = {"whole": "right", "part": "incomplete", "wrong": "wrong"}
    made = [
        Judged(place, marks[v.state], v.step.after, v.wanted, v.step.line, asked=False)
        for place, v in last.items()
        if v.state in marks
    ]
    return (*made, *[Judged(name, "missing", asked=False) for name in blanks
                     if not ref.labels(name) and not ref.holds_parts(name)])  # fmt: skip


# -- the first wrong line -------------------------------------------------------------------------


def _first_wrong(
    submission: Submission,
    ref: Reference,
    judge: Judge,
    found: Sequence[Verdict],
    failed: Step | None,
    bad: set[str],
    blanks: Collection[str],
    ran: Recording,
) -> FirstWrong | None:
    doctor = Diagnostician(judge, found, ref)
    wrong = next((v for v in found if v.final and _is_to_blame(v, ref, bad, blanks)), None)
    partial = None if failed is not None else _never_complete(found, bad, blanks)
    if wrong is not None and (partial is None or wrong.step.number <= partial.step.number):
        return _said(submission, wrong, doctor.of(wrong))
    if partial is not None:
        lacking = partial_says(partial, judge)
        return _said(submission, partial, Diagnosis(partial.step, Cause.MISSING, says=lacking))
    if failed is not None:
        return _failing(submission, judge, doctor, failed, ran)
    shaped = _wrong_answer([v for v in found if v.step.place not in blanks], judge, bad)
    if shaped is not None:
        return _said(submission, shaped, doctor.of(shaped))
    return None


def _is_to_blame(verdict: Verdict, ref: Reference, bad: set[str], blanks: Collection[str]) -> bool:
    """Not what is still to be filled in, nor what is right in the end, whatever it held before."""
    place = verdict.step.place
    labels = set(ref.labels(place))
    return place not in blanks and (not labels or bool(labels & bad))


def _never_complete(
    found: Sequence[Verdict], bad: set[str], blanks: Collection[str]
) -> Verdict | None:
    """The first place that got some contributions, all right, and not the others."""
    last: dict[tuple[str, str], Verdict] = {}
    for verdict in found:
        key = (verdict.step.scope, verdict.step.place)
        if verdict.known and not (key in last and last[key].state == "whole"):
            last[key] = verdict
    wrong = [v.step.number for v in found if v.final]
    for verdict in last.values():
        if verdict.state != "part" or verdict.step.place in blanks:
            continue
        if verdict.of in bad or any(number > verdict.step.number for number in wrong):
            return verdict
    return None


def partial_says(verdict: Verdict, judge: Judge) -> str:
    """Which uses of a value have not been gone back through."""
    lacking = judge.left.get((verdict.step.scope, verdict.step.place), ())
    uses = list(dict.fromkeys(f"`{c.through}`" for c in lacking))
    return f"nothing has come back through {', '.join(uses)}" if uses else ""


def _wrong_answer(found: Sequence[Verdict], judge: Judge, bad: set[str]) -> Verdict | None:
    """A gradient that is right but for its shape, or that is returned in another's place."""
    for verdict in found:
        if verdict.of in bad and verdict.known:
            key = judge.answers.get(verdict.step.place)
            rest = [v for v in found if v.of == verdict.of]
            if (
                key is not None
                or rest[-1] is verdict
                or not same_shape(verdict.step.after, verdict.wanted)
            ):
                return verdict
    return None


def _failing(
    submission: Submission,
    judge: Judge,
    doctor: Diagnostician,
    failed: Step,
    ran: Recording,
) -> FirstWrong | None:
    """A line that raises: the change that would let it through and be right, or what it says."""
    failure = ran.failure
    assert failure is not None
    if any(isinstance(failed.names.get(n), Other) and failed.names[n].kind == "ellipsis"
           for n in failed.reads) or is_blank(failed.stmt):  # fmt: skip
        return None  # what it waits for is not filled in
    expected = judge.expected(failed)
    found = doctor.of(expected) if expected.known else doctor.of_failing(failed)
    said = f"{failure.kind}: {failure.message}"
    if found.step is failed:
        cause = found.cause or Cause.FAILS
        if failure.kind == "UnboundLocalError" or failure.kind == "NameError":
            cause = Cause.ADDED if f"'{failed.place}'" in failure.message else Cause.NAME
        says = f"{said}; {found.says}" if found.says else said
        found = Diagnosis(failed, cause, found.repaired, says)
    return _said(submission, expected, found)


def _said(submission: Submission, verdict: Verdict, found: Diagnosis) -> FirstWrong:
    step = found.step
    mine = step is verdict.step
    text = ast.get_source_segment(submission.source, step.stmt) or submission.line(step.line)
    return FirstWrong(
        step.line, " ".join(text.split()), step.place, step.after,
        verdict.wanted if mine else None, found.cause, found.says, found.repaired,
    )  # fmt: skip
