"""What each step of a submission is, held against the right gradients.

A gradient that is put together from several lines is not right before the last of them.  So a
step is `whole` (the gradient), `part` (some of its contributions, each once), `wrong`, or
`unknown`, where the function has nothing of this name or value.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from adgen.grading.closeness import chosen, is_data, same, same_shape
from adgen.grading.places import meanings, path_of
from adgen.grading.reference import Contribution, Known, Reference
from adgen.grading.steps import Step
from adgen.grading.submission import Unfinished

State = Literal["whole", "part", "wrong", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """A step and what it is.

    `of` is the name in the function whose gradient it should be, `known` what that may be, `left`
    the contributions that were not there yet before the step.
    """

    step: Step
    state: State
    of: str = ""
    known: tuple[Known, ...] = ()
    left: tuple[Contribution, ...] = ()
    # before it, the place held some of the contributions, and the step has thrown them away
    dropped: bool = False
    # it is wrong, and nothing later makes it right
    final: bool = False
    # it reads what is not filled in yet, so that nothing can be said of it
    waits: bool = False

    @property
    def wanted(self) -> Any:
        """The whole gradient."""
        mine = [k.gradient for k in self.known if k.name == self.of]
        return mine[-1] if mine else self.known[-1].gradient if self.known else None


@dataclass(frozen=True)
class Forward:
    """What the names of a submission's forward have held, one value after the other."""

    scope: str
    values: Mapping[str, Sequence[Any]]

    def held(self, name: str, step: Step | None = None) -> Sequence[Any]:
        """The values that a name may stand for in a step."""
        if step is not None and step.scope != self.scope and name in step.names:
            return [step.names[name]]
        return self.values.get(name, ())


class Judge:
    """Goes through the steps in order, and keeps for each place what is still to come."""

    def __init__(self, reference: Reference, answers: Mapping[str, str], forward: Forward) -> None:
        self.reference = reference
        self.forward = forward
        # what is returned: the parameter that a place answers for
        self.answers = answers
        self.left: dict[tuple[str, str], tuple[Contribution, ...]] = {}
        self.partly: set[tuple[str, str]] = set()

    def expected(self, step: Step) -> Verdict:
        """What a step should do; its state is not looked at yet."""
        of, known = self.meant(step)
        if not known:
            return Verdict(step, "unknown")
        key = (step.scope, step.place)
        every = self.reference.contributions_to(of)
        dropped = step.starts and key in self.partly
        left = every if step.renews or key not in self.left else self.left[key]
        return Verdict(step, "wrong", of, known, left, dropped)

    def verdict(self, step: Step) -> Verdict:
        made = self.expected(step)
        if made.state == "unknown" or not is_data(step.after):
            return replace(made, state="unknown")
        key = (step.scope, step.place)
        if self.is_whole(made, step.after):
            self.left[key] = ()
            self.partly.discard(key)
            return replace(made, state="whole")
        taken = self.taken(made, step.after)
        if taken == () and step.starts and not self._makes_room(step):
            taken = None  # it comes to nothing here, but it isn't the room for a sum
        self.left[key] = made.left
        if taken is None:
            return replace(made, state="unknown") if self._is_guess(made) else made
        self.left[key] = tuple(c for at, c in enumerate(made.left) if at not in taken)
        if taken:
            self.partly.add(key)
        return replace(made, state="wrong" if made.dropped and taken else "part")

    def _makes_room(self, step: Step) -> bool:
        """Whether a step gives zeros, to which something may be added."""
        zeros = not np.any(np.asarray(step.after))
        return zeros and not reads_gradients(step, self.reference)

    def _is_guess(self, verdict: Verdict) -> bool:
        """Whether it is by values alone that a name was recognised, and they are of several."""
        names = {k.name for k in verdict.known}
        mine = [path[-1] for path in meanings(verdict.step.place, any_container=True)]
        if names & {*mine, *self.reference.wanted} or any(" + " in name for name in names):
            return False
        gradients = [k.gradient for k in verdict.known]
        held = [self.forward.held(name, verdict.step) for name in mine]
        return any(len(values) > 1 for values in held) or any(
            not same(gradients[0], other) for other in gradients
        )

    def is_whole(self, verdict: Verdict, value: Any) -> bool:
        return any(same(value, k.gradient, self.reference.rtol) for k in verdict.known)

    def accepts(self, verdict: Verdict, value: Any) -> bool:
        """Whether a value would have been right in this step."""
        if self.is_whole(verdict, value):
            return True
        if verdict.step.index is not None and self._elements_are_right(verdict, value):
            return not same(verdict.step.before, value, 0.0)
        return bool(self.taken(verdict, value)) and not verdict.dropped

    def taken(self, verdict: Verdict, value: Any) -> Any:
        """The contributions that a step has added, or None if it has added something else."""
        step, shape = verdict.step, np.shape(verdict.known[-1].gradient)
        if step.index is not None and isinstance(step.before, np.ndarray):
            if self._elements_are_right(verdict, value):
                return ()
        before = step.before
        if step.renews or before is None:
            added = value
        else:
            if not is_data(before) or not is_data(value):
                return None
            try:
                added = value - before
            except (ValueError, TypeError):
                return None
        parts = [c.value for c in verdict.left]
        return chosen(added, parts, shape, self.reference.rtol)

    def _elements_are_right(self, verdict: Verdict, value: Any) -> bool:
        before = verdict.step.before
        if not same_shape(value, before):
            return False
        changed = np.asarray(before != value)
        return any(
            same_shape(value, k.gradient)
            and same(value[changed], np.asarray(k.gradient)[changed], self.reference.rtol)
            for k in verdict.known
        )

    # -- which gradient is meant --------------------------------------------------------------

    def meant(self, step: Step) -> tuple[str, tuple[Known, ...]]:
        """The name whose gradient a place should be, and what that may be."""
        ref = self.reference
        if step.place in self.answers:
            name = self.answers[step.place]
            return name, tuple(a.known for a in ref.asked if a.known.name == name)
        if step.place.startswith("return") and not step.place.endswith("']"):
            return "", ()
        follows = reads_gradients(step, ref)
        if step.place in ref.known and step.place != "out" and not follows:
            return "", ()  # a value of the function's own, whose name begins with a d
        for path in meanings(step.place, follows):
            found = ref.meant(path, self.forward.held(path[0], step))
            if found:
                return found[0].name, found
        return "", ()

    def holds_gradient(self, step: Step, name: str) -> bool:
        """Whether a name holds the gradient that it is called after, before a step."""
        value = step.names.get(name)
        known = [k for path in meanings(name)
                 for k in self.reference.meant(path, self.forward.held(path[0], step))]  # fmt: skip
        return any(same(value, k.gradient, self.reference.rtol) for k in known)


def reads_gradients(step: Step, reference: Reference) -> bool:
    """Whether a step reads anything that is called like a gradient."""
    return any(n.startswith("d") and n not in reference.known for n in step.reads)


def verdicts(
    steps: Sequence[Step],
    reference: Reference,
    answers: Mapping[str, str],
    forward: Forward,
    wrong_places: frozenset[str],
    unfinished: Unfinished,
) -> tuple[Judge, list[Verdict]]:
    """All steps judged; `final` are those that nothing later makes right.

    `wrong_places` are places that hold something wrong in the end, though they were right once.
    """
    judge = Judge(reference, answers, forward)
    found = _waiting(judge, [judge.verdict(step) for step in steps], unfinished)
    made: list[Verdict] = []
    waiting: set[tuple[str, str]] = set()
    whole: dict[tuple[str, str], set[int]] = {}  # the statements that make a place right later
    for verdict in reversed(found):
        step = verdict.step
        later = whole.setdefault((step.scope, step.place), set())
        if verdict.state == "whole":
            later.add(step.at)
        if verdict.waits:
            waiting.add((step.scope, step.place))
        # the next turn of a loop may be right by two mistakes; a sum may need all turns
        mended = later if step.adds else later - {step.at}
        if (step.scope, step.place) in waiting:
            mended = later | {step.at}  # what is filled in may make it right
        made.append(replace(verdict, final=verdict.state == "wrong" and not mended))
    made.reverse()
    return judge, _reused(judge, made, wrong_places)


def _waiting(judge: Judge, found: Sequence[Verdict], unfinished: Unfinished) -> list[Verdict]:
    """What reads, directly or not, a name whose value is not there yet is neither right nor wrong.

    Where a blank runs once, the right gradient stands for it.  In a loop there would be one for
    each turn, so there nothing is wrong before all is filled in.
    """
    still: set[tuple[str, str]] = set()
    made = []
    for verdict in found:
        step = verdict.step
        key = (step.scope, path_of(step.place)[0])
        waits = step.at in unfinished.loops or any(
            (step.scope, name) in still
            or (name in unfinished.names and not judge.holds_gradient(step, name))
            for name in step.reads
        )
        if verdict.state == "whole":
            still.discard(key)
        elif waits or key[1] in unfinished.names:
            still.add(key)
            verdict = replace(verdict, state="unknown", waits=True)
        elif step.starts:
            still.discard(key)
        made.append(verdict)
    return made


def _reused(judge: Judge, found: Sequence[Verdict], wrong_places: frozenset[str]) -> list[Verdict]:
    """A name may serve for something else once its gradient was whole: then nothing is known."""
    whole: set[tuple[str, str]] = set()
    made = []
    for verdict in found:
        key = (verdict.step.scope, verdict.step.place)
        if verdict.known and judge.is_whole(verdict, verdict.step.before):
            whole.add(key)  # `dout` is right from the beginning
        if verdict.state == "whole":
            whole.add(key)
        elif verdict.final and key in whole and verdict.step.place not in wrong_places:
            if len(verdict.known) == 1 or _clears(verdict.step):
                verdict = replace(verdict, state="unknown", final=False)
        made.append(verdict)
    return made


def _clears(step: Step) -> bool:
    """Whether elements are set to 0: what was there has been handed on."""
    zero = isinstance(step.expr, ast.Constant) and step.expr.value == 0
    return zero and step.index is not None and step.op is None
