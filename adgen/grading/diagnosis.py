"""Why a step is wrong: the first change that makes it right, or else what it is made of."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from adgen.grading.causes import Cause
from adgen.grading.closeness import is_data, same, same_shape
from adgen.grading.edits import factors, transposes, turned_masks
from adgen.grading.evaluate import Unknown, evaluate
from adgen.grading.reference import Reference
from adgen.grading.repair import Goal, Repair, changes, combined, operators, replayed, said, scaled
from adgen.grading.steps import Step
from adgen.grading.verdicts import Judge, Verdict

# what stands for an expression that is not evaluated here
_WHOLE = "_whole_"


@dataclass(frozen=True)
class Diagnosis:
    """The step to blame; `cause` is None where no usual one fits."""

    step: Step
    cause: Cause | None
    repaired: str = ""
    says: str = ""


class Diagnostician:
    def __init__(self, judge: Judge, found: Sequence[Verdict], reference: Reference) -> None:
        self.judge = judge
        self.found = found
        self.reference = reference

    def of(self, verdict: Verdict) -> Diagnosis:
        """Who is to blame for a wrong step, and why."""
        step = verdict.step
        if step.aliased:
            return Diagnosis(step, Cause.SHARED, says=f"`{step.place}` changed with it")
        if self._is_anothers(verdict):
            return Diagnosis(step, Cause.ORDER)
        if self._has_other_shape(verdict):
            found = changes(step, self._exact(verdict), step.names)
            cause = found.cause if found and found.cause is Cause.AXIS else Cause.SHAPE
            return Diagnosis(step, cause, found.text if found else "")
        forward = self._wrong_forward(step)
        if forward is not None:
            return Diagnosis(forward, Cause.FORWARD)
        for attempt in (
            self._by_stranger, self._by_operator, self._by_version, self._by_change,
            self._by_chain, self._by_rest, self._by_mask, self._by_other_value, self._by_number,
        ):  # fmt: skip
            repair = attempt(verdict)
            if repair is not None:
                return Diagnosis(repair.step, repair.cause, repair.text, repair.says)
        return Diagnosis(self._suspect(step), None)

    def of_failing(self, step: Step) -> Diagnosis:
        """What would let a step run of whose gradient nothing is known."""
        for edit in transposes(step.expr, step.names) if step.expr is not None else ():
            try:
                evaluate(edit.expr, step.names)
            except Unknown:
                continue
            return Diagnosis(step, edit.cause, said(step, edit.expr, step.op))
        return Diagnosis(step, None)

    # -- the step itself ----------------------------------------------------------------------

    def _goal(self, verdict: Verdict) -> Goal:
        shape = np.shape(verdict.wanted)
        plain = self.judge.answers.get(verdict.step.place) is not None
        last = not any(v.step.place == verdict.step.place and v.step.number > verdict.step.number
                       and v.step.scope == verdict.step.scope for v in self.found)  # fmt: skip

        def goal(value: Any) -> bool:
            if is_data(value) and not np.any(value) and np.any(verdict.wanted):
                return False  # it is right in a turn to which nothing comes back
            if plain and np.shape(value) != shape:
                return False
            if last and verdict.step.after is not None:
                return self.judge.is_whole(verdict, value)  # nothing comes to it later
            return self.judge.accepts(verdict, value)

        return goal

    def _exact(self, verdict: Verdict) -> Goal:
        return lambda value: (
            np.shape(value) == np.shape(verdict.wanted) and self.judge.is_whole(verdict, value)
        )

    def _is_anothers(self, verdict: Verdict) -> bool:
        """Whether what is returned for one argument is the gradient of another."""
        step, ref = verdict.step, self.reference
        return step.place in self.judge.answers and any(
            same_shape(step.after, wanted) and same(step.after, wanted, ref.rtol)
            for name, wanted in ref.wanted.items()
            if name != verdict.of
        )

    def _has_other_shape(self, verdict: Verdict) -> bool:
        after = verdict.step.after
        if not is_data(after) or np.shape(after) == np.shape(verdict.wanted):
            return False
        if np.size(after) != np.size(verdict.wanted):
            return verdict.state == "whole"
        flat = np.reshape(after, np.shape(verdict.wanted))
        return self.judge.is_whole(verdict, flat)

    def _by_operator(self, verdict: Verdict) -> Repair | None:
        step = verdict.step
        together = replace(verdict, dropped=False)
        return operators(step, lambda value: self.judge.accepts(together, value), step.names)

    def _by_version(self, verdict: Verdict) -> Repair | None:
        """With the complete gradient, or an earlier value, of a name that it reads."""
        step, goal = verdict.step, self._goal(verdict)
        if step.expr is None:
            return None
        for name in dict.fromkeys(step.reads):
            for cause, value, blamed in self._versions(step, name):
                names = {**step.names, name: value}
                try:
                    made = combined(step, evaluate(step.expr, names), names)
                except Unknown:
                    continue
                if goal(made):
                    return self._version_found(step, name, cause, blamed)
        return None

    def _versions(self, step: Step, name: str) -> Iterator[tuple[Cause, Any, Step]]:
        latest = self._latest(step, name)
        if latest is not None and latest.state in ("part", "wrong"):
            for known in latest.known:
                yield Cause.INCOMPLETE, known.gradient, latest.step
        current = step.names.get(name)
        for verdict in reversed(self._before(step)):
            if verdict.step.place != name or verdict.step.before is None or name == step.place:
                continue
            if is_data(verdict.step.before) and not same(verdict.step.before, current):
                yield Cause.OVERWRITTEN, verdict.step.before, verdict.step

    def _version_found(self, step: Step, name: str, cause: Cause, blamed: Step) -> Repair:
        if cause is Cause.INCOMPLETE:
            latest = self._latest(step, name)
            repair = self._of_what_it_reads(latest) if latest is not None else None
            if repair is not None:
                return repair
            if latest is not None and latest.state == "part" and not self._is_added_to(name, step):
                says = "this is not all of it when it is used, and nothing adds to it"
                return Repair(latest.step, Cause.MISSING, "", says)
            return Repair(step, cause, "", f"`{name}` receives more later, or should have")
        if blamed.aliased:
            return Repair(blamed, Cause.SHARED, "", f"`{name}` changed with it")
        says = f"line {step.line} still needs what `{name}` held before"
        return Repair(blamed, cause, "", says)

    def _is_added_to(self, name: str, behind: Step) -> bool:
        return any(
            v.step.place == name and v.step.scope == behind.scope and v.step.adds
            for v in self.found
            if v.step.number > behind.number
        )

    def _of_what_it_reads(self, latest: Verdict) -> Repair | None:
        """What would have made the gradient that a step reads complete, in a loop's turn."""
        whole = partial(self.judge.is_whole, latest)
        if latest.step.op is None:
            found = operators(latest.step, whole, latest.step.names)
            if found is not None and found.cause is Cause.ASSIGNED:
                return found
        return self._changed(latest.step, whole) if latest.state == "wrong" else None

    def _by_change(self, verdict: Verdict) -> Repair | None:
        if verdict.dropped:
            return None
        return self._changed(verdict.step, self._goal(verdict))

    def _changed(self, step: Step, goal: Goal) -> Repair | None:
        """A change of an expression, or of its value where it cannot be evaluated here."""
        if step.expr is None:
            return None
        try:
            evaluate(step.expr, step.names)
        except Unknown as failed:
            if step.after is None or str(failed):
                return changes(step, goal, step.names)
            return self._changed_value(step, goal)
        return changes(step, goal, step.names)

    def _changed_value(self, step: Step, goal: Goal) -> Repair | None:
        value = step.after
        if isinstance(step.op, ast.Add | ast.Sub) and step.index is None:
            value = (step.after - step.before) * (1 if isinstance(step.op, ast.Add) else -1)
        elif not step.starts:
            return None
        assert step.expr is not None
        stand_in = replace(step, expr=ast.Name(_WHOLE, ast.Load()))
        found = changes(stand_in, goal, {**step.names, _WHOLE: value})
        if found is None:
            return None
        text = found.text.replace(_WHOLE, f"({ast.unparse(step.expr)})")
        return Repair(step, found.cause, text, found.says)

    # -- what leads to it ---------------------------------------------------------------------

    def _by_stranger(self, verdict: Verdict) -> Repair | None:
        """A gradient of the submission's own on the way that is nobody's here."""
        before = self._unknown_before(verdict.step)
        return self._through_any(verdict, [s for s in before if s.place.startswith("d")])

    def _by_chain(self, verdict: Verdict) -> Repair | None:
        """Any value of the submission's own on the way."""
        return self._through_any(verdict, self._unknown_before(verdict.step))

    def _through_any(self, verdict: Verdict, candidates: Sequence[Step]) -> Repair | None:
        step = verdict.step
        for candidate in candidates:
            between = [v.step for v in self._before(step) if v.step.number > candidate.number]
            goal = self._through(candidate, between, step, self._goal(verdict))
            repair = self._changed(candidate, goal)
            if repair is not None:
                return repair
        return None

    def _by_rest(self, verdict: Verdict) -> Repair | None:
        """A place that several lines make up: one of them may be wrong, which is not the first."""
        first = verdict.step
        mine = [v.step for v in self.found if v.step.place == first.place
                and v.step.scope == first.scope and v.step.number >= first.number]  # fmt: skip
        ran = Counter(step.at for step in mine)
        if len(mine) < 2 or ran[mine[-1].at] > 1:
            return None
        last = mine[-1]

        def whole(value: Any) -> bool:
            return self.judge.is_whole(verdict, value)

        for candidate in [step for step in mine if ran[step.at] == 1]:
            between = [v.step for v in self.found
                       if candidate.number < v.step.number < last.number
                       and v.step.scope == first.scope]  # fmt: skip
            goal = whole if candidate is last else self._through(candidate, between, last, whole)
            found = operators(candidate, goal, candidate.names) or self._changed(candidate, goal)
            if found is not None:
                return found
        return None

    def _by_mask(self, verdict: Verdict) -> Repair | None:
        step, goal = verdict.step, self._goal(verdict)
        for edit in turned_masks(step.expr, step.names) if step.expr is not None else ():
            try:
                value = combined(step, evaluate(edit.expr, step.names), step.names)
            except Unknown:
                continue
            if goal(value):
                return Repair(step, edit.cause, "", edit.says)
        return None

    def _by_other_value(self, verdict: Verdict) -> Repair | None:
        """A factor that the function has a name for, and the submission has not."""
        step, ref = verdict.step, self.reference
        if step.expr is None or verdict.dropped:
            return None
        more = {name: known[-1].value for name, known in ref.known.items() if name in ref.written}
        names, goal = {**more, **step.names}, self._goal(verdict)
        for edit in factors(step.expr, names):
            try:
                value = combined(step, evaluate(edit.expr, names), names)
            except Unknown:
                continue
            if goal(value):
                return Repair(step, edit.cause, "", edit.says)
        return None

    def _by_number(self, verdict: Verdict) -> Repair | None:
        """A number that is forgotten."""
        if verdict.dropped:
            return None
        return scaled(verdict.step, [*(c.value for c in verdict.left), verdict.wanted])

    def _through(self, candidate: Step, between: Sequence[Step], last: Step, goal: Goal) -> Goal:
        def reaches(value: Any) -> bool:
            try:
                return goal(replayed(candidate, value, between, last))
            except Unknown:
                return False

        return reaches

    def _unknown_before(self, step: Step, deep: int = 4) -> list[Step]:
        """The steps that it reads from, of which nothing is known, the latest first."""
        found: dict[int, Step] = {}
        todo = [(step, deep)]
        while todo:
            reader, left = todo.pop()
            for name in reader.reads:
                latest = self._latest(reader, name)
                if latest is None or latest.step.number in found or not left:
                    continue
                if latest.state == "unknown" and not self._is_right(latest.step, reader):
                    found[latest.step.number] = latest.step
                    todo.append((latest.step, left - 1))
        return [found[number] for number in sorted(found, reverse=True)]

    def _is_right(self, step: Step, reader: Step) -> bool:
        """Whether a step gives a value of the function's, or a gradient, and not a wrong one."""
        ref = self.reference
        if is_data(step.after) and ref.holding(step.after):
            return True
        if any(same(step.after, k.value) for k in ref.known.get(step.place, ())):
            return True
        return ref.is_a_gradient(step.after) and not self._spoils_all(step, reader)

    def _spoils_all(self, step: Step, reader: Step) -> bool:
        """Whether all that reads a step is wrong: then it may be the gradient of something else."""
        others = [
            v for v in self.found
            if v.known and v.step.at != reader.at and v.step.number > step.number
            and step.place in v.step.reads and self._latest(v.step, step.place) is not None
        ]  # fmt: skip
        return bool(others) and all(v.state == "wrong" for v in others)

    def _suspect(self, step: Step) -> Step:
        """Where no change helps: a gradient on the way that is nobody's, or the step itself."""
        for earlier in reversed(self._unknown_before(step)):
            if earlier.place.startswith("d"):
                return earlier
        return step

    def _wrong_forward(self, step: Step) -> Step | None:
        """The first value that the function has too, under this name, and that is another."""
        wrong: list[Step] = []
        seen: set[int] = set()
        todo = [step]
        while todo:
            reader = todo.pop()
            for name in reader.reads:
                latest = self._latest(reader, name, every_scope=True)
                if latest is None or latest.step.number in seen or name == reader.place:
                    continue  # before it is complete, it may be anything
                seen.add(latest.step.number)
                if latest.state in ("whole", "part"):
                    continue
                todo.append(latest.step)
                if self._is_another(latest.step):
                    wrong.append(latest.step)
        return min(wrong, key=lambda s: s.number, default=None)

    def _is_another(self, step: Step) -> bool:
        ref = self.reference
        known = ref.known.get(step.place, ())
        if not known or step.place == "out" or not is_data(step.after):
            return False
        if any(n.startswith("d") and n not in ref.known for n in step.reads):
            return False
        return not any(
            same(step.after, k.value, ref.rtol) for k in ref.called(step.place, [step.after])
        )

    def _before(self, step: Step) -> list[Verdict]:
        return [v for v in self.found if v.step.number < step.number and v.step.scope == step.scope]

    def _latest(self, step: Step, name: str, every_scope: bool = False) -> Verdict | None:
        for verdict in reversed(self.found):
            earlier = verdict.step
            if earlier.number < step.number and earlier.place == name:
                if every_scope or earlier.scope == step.scope:
                    return verdict
        return None
