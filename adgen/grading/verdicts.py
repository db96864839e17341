"""What each step of a submission is, held against the right gradients.

A gradient that is put together from several lines is not right before the last of them.  So a
step is `whole` (the gradient), `part` (some of its contributions, each once), `wrong`, or
`unknown`, where the function has nothing of this name or value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from adgen.grading.closeness import chosen, is_data, same, same_shape
from adgen.grading.reference import Contribution, Known, Reference
from adgen.grading.steps import Step

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

    @property
    def wanted(self) -> Any:
        """The whole gradient."""
        return self.known[-1].gradient if self.known else None


def named(place: str) -> list[str]:
    """The names whose gradient a place may be: `dx` and `grads['x']` mean `x`.

    >>> named("dx"), named("grads['W1']"), named("w_grad")
    (['x'], ['W1'], ['w'])
    """
    entry = re.fullmatch(r"\w+\['(\w+)'\]", place)
    if entry:
        return [entry[1], *named(entry[1])]
    found = []
    for prefix in ("d", "d_", "grad_", "grad", "g_", "dL_d", "dLd", "dloss_d"):
        if place.startswith(prefix) and len(place) > len(prefix):
            found.append(place[len(prefix) :])
    if place.endswith("_grad"):
        found.append(place[: -len("_grad")])
    return found


class Judge:
    """Goes through the steps in order, and keeps for each place what is still to come."""

    def __init__(
        self, reference: Reference, answers: Mapping[str, str], forward: Mapping[str, Any]
    ) -> None:
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
        every = self.reference.contributions.get(of, ())
        dropped = step.starts and key in self.partly
        left = every if step.starts or key not in self.left else self.left[key]
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
        if taken == () and step.starts and np.any(np.asarray(step.after)):
            taken = None  # it comes to nothing here, but it isn't the room for a sum
        self.left[key] = made.left
        if taken is None:
            return made
        self.left[key] = tuple(c for at, c in enumerate(made.left) if at not in taken)
        if taken:
            self.partly.add(key)
        return replace(made, state="wrong" if made.dropped and taken else "part")

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
        if step.starts or before is None:
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
            return name, (Known(name, ref.arguments[name], ref.wanted[name]),)
        if step.place.startswith("return") and not step.place.endswith("']"):
            return "", ()
        if step.place in ref.known and step.place != "out" and not self._reads_gradients(step):
            return "", ()  # a value of the function's own, whose name begins with a d
        for name in named(step.place):
            value = step.names.get(name, self.forward.get(name))
            found = ref.called(name, value)
            if found:
                return found[0].name, found
        return "", ()

    def _reads_gradients(self, step: Step) -> bool:
        return any(n.startswith("d") and n not in self.reference.known for n in step.reads)


def verdicts(
    steps: Sequence[Step],
    reference: Reference,
    answers: Mapping[str, str],
    forward: Mapping[str, Any],
    wrong_places: frozenset[str],
) -> tuple[Judge, list[Verdict]]:
    """All steps judged; `final` are those that nothing later makes right.

    `wrong_places` are places that hold something wrong in the end, though they were right once.
    """
    judge = Judge(reference, answers, forward)
    found = [judge.verdict(step) for step in steps]
    made: list[Verdict] = []
    whole: dict[tuple[str, str], set[int]] = {}  # the statements that make a place right later
    for verdict in reversed(found):
        step = verdict.step
        later = whole.setdefault((step.scope, step.place), set())
        if verdict.state == "whole":
            later.add(step.at)
        # the next turn of a loop may be right by two mistakes; a sum may need all turns
        mended = later if step.adds else later - {step.at}
        made.append(replace(verdict, final=verdict.state == "wrong" and not mended))
    made.reverse()
    return judge, _reused(judge, made, wrong_places)


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
            if len(verdict.known) == 1:
                verdict = replace(verdict, state="unknown", final=False)
        made.append(verdict)
    return made
