"""A submission graded: read, run within limits, and judged."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from adgen.api import Gradient
from adgen.errors import UserError
from adgen.grading import runner
from adgen.grading.closeness import is_data
from adgen.grading.judge import Grade, forward_of, judged
from adgen.grading.places import meanings, named
from adgen.grading.recording import Event, Recording, recording
from adgen.grading.reference import Reference, reference
from adgen.grading.retrial import retried
from adgen.grading.runner import LARGEST, Other, Values, decoded, names_of
from adgen.grading.sandbox import Limits, run
from adgen.grading.submission import CannotGrade, Submission
from adgen.grading.verdicts import Forward

# what runs a request and gives its notes
Run = Callable[[Mapping[str, Any]], Recording]
# what is right at these arguments, with this adjoint of the result (if it is given)
Right = Callable[..., Reference]


def grade(
    submission: Submission, gradient: Gradient, args: Sequence[Any], limits: Limits | None = None
) -> Grade:
    """Grade a submission at these arguments, in a process of its own."""
    within = limits or Limits()
    right = partial(reference, gradient)
    return grade_with(submission, right, args, lambda request: run(request, within))


def grade_with(submission: Submission, right: Right, args: Sequence[Any], run_it: Run) -> Grade:
    """Grade a submission, run by `run_it`, against what is right at a point."""
    ref = right(args, None, not submission.takes_dout)
    ran = run_it(request_for(submission, ref))
    own = _own_values(submission, ref, ran)
    if own is not None:
        ref = right(*own)
    if submission.blanks():
        filled = _filled(submission, ref, forward_of(ran, submission))
        ran = run_it(request_for(submission, ref, filled))
    found = judged(submission, ref, ran)

    def try_it(sources: Sequence[str], asked: Sequence[Any], seconds: float) -> Recording:
        trials = {"sources": sources, "asked": asked, "seconds": seconds}
        return run_it({**request_for(submission, ref), "trials": trials})

    return retried(submission, ref, ran, found, try_it)


def here(request: Mapping[str, Any]) -> Recording:
    """The notes of a run in this process, without limits: for submissions that are trusted."""
    return recording(runner.run(request))


def _filled(submission: Submission, ref: Reference, forward: Forward) -> dict[str, Any]:
    """The gradients that stand for what is not filled in, so that the other lines can run."""
    found: dict[str, Any] = {}
    for place in submission.blanks():
        for path in meanings(place):
            known = ref.meant(path, forward.held(path[0]))
            if known and place not in found:
                found[place] = known[-1].gradient
    return found


def request_for(
    submission: Submission, ref: Reference, filled: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the runner is asked to do; `filled` has values for what is not filled in."""
    values = Values()
    entry = submission.entry
    given = {name: values.number(value) for name, value in ref.arguments.items()}
    for name, number in given.items():
        if not _is_plain(decoded(values.table, number)):
            raise UserError(
                f"the argument `{name}` cannot be handed to a submission: it has to be made of "
                f"numbers, arrays of at most {LARGEST} elements, lists, tuples, dicts and objects"
            )
    given["dout"] = values.number(ref.dout)
    if entry.kind == "script":
        given |= {f"d{name}": values.number(part) for name, part in ref.douts.items()}
    calls: dict[str, list[str]] = {}
    if entry.kind == "pair":
        calls["forward"] = _matched(entry.forward, entry.forward_parameters, ref, given, values)
        wanted = [name for name in entry.backward_parameters if name != "cache"]
        douts = iter(_adjoints(entry.backward, wanted, ref, given, values))
        calls["backward"] = [n if n == "cache" else next(douts) for n in entry.backward_parameters]
    elif entry.kind == "function":
        calls["backward"] = _matched(entry.backward, entry.backward_parameters, ref, given, values)
    complete = {place: values.number(value) for place, value in (filled or {}).items()}
    return {
        "source": submission.source, "file": submission.file,
        "entry": {"kind": entry.kind, "backward": entry.backward, "forward": entry.forward},
        "given": given, "calls": calls, "filled": complete, "values": values.table,
        "skipped": submission.skipped(),
        "blanks": {name: at for name, at in submission.blanks().items() if name in complete},
    }  # fmt: skip


def _is_plain(value: Any) -> bool:
    """Whether a value has come through as JSON; an object's attributes may be anything."""
    if isinstance(value, dict):
        return all(_is_plain(v) for v in value.values())
    if isinstance(value, tuple | list):
        return all(_is_plain(v) for v in value)
    return not isinstance(value, Other)


def _matched(
    function: str,
    parameters: Sequence[str],
    ref: Reference,
    given: dict[str, int],
    values: Values,
) -> list[str]:
    """What to call a function of the submission with: arguments, `dout`, or values by name."""
    found: list[str | None] = []
    for name in parameters:
        if name not in given and name in ref.known:
            given[name] = values.number(ref.known[name][-1].value)
        found.append(name if name in given else None)
    handed = [n for n, at in zip(parameters, found, strict=True)
              if at is None and n.startswith(("d", "grad"))]  # fmt: skip
    if found.count(None) == len(handed):
        douts = iter(_adjoints(function, handed, ref, given, values))
        return [next(douts) if name is None else name for name in found]
    if len(parameters) == len(ref.parameters):
        return list(ref.parameters)
    if len(parameters) == len(ref.parameters) + 1:
        return [*ref.parameters, "dout"]
    raise CannotGrade(
        f"`{function}({', '.join(parameters)})` cannot be called: the function's arguments are "
        f"{', '.join(ref.parameters)}"
    )


def _adjoints(
    function: str,
    parameters: Sequence[str],
    ref: Reference,
    given: dict[str, int],
    values: Values,
) -> list[str]:
    """Which adjoints a function is handed: the result's, or those of its parts, one by one."""
    named_ = [next((n for n in named(p) if n in ref.douts), "") for p in parameters]
    if parameters and all(named_):
        made = {f"d{name}": ref.douts[name] for name in named_}
    elif len(parameters) <= 1:
        return ["dout"] * len(parameters)
    else:
        every = ref.dout if isinstance(ref.dout, tuple | list) else []
        taken = [part for part in every if part is not None]
        taken = taken if len(taken) == len(parameters) else list(every)
        if len(taken) != len(parameters):
            raise CannotGrade(
                f"`{function}` asks for {len(parameters)} gradients of results "
                f"({', '.join(parameters)}), and the function has "
                f"{len(every) or 'only one'}; ask for `dout` alone"
            )
        made = {f"dout[{at}]": part for at, part in enumerate(taken)}
    given |= {name: values.number(part) for name, part in made.items()}
    return list(made)


def _own_values(
    submission: Submission, ref: Reference, ran: Recording
) -> tuple[list[Any], Any] | None:
    """The arguments, and the adjoint of the result, that a script sets at its top itself."""
    if submission.entry.kind != "script":
        return None
    found: dict[str, Any] = {}
    for event in ran.events:
        stmt = submission.statements[event.at]
        if not isinstance(stmt, ast.Assign | ast.AnnAssign) or event.scope != "<module>":
            continue
        for name, value in (event.wrote or {}).items():
            is_first = name not in found and name in (*ref.arguments, "dout")
            if is_first and is_data(value) and (name == "dout" or not _reads_data(event, stmt)):
                found[name] = value
    if not found:
        return None
    args = [_like(found.get(name, value), value) for name, value in ref.arguments.items()]
    return args, found.get("dout")


def _like(value: Any, given: Any) -> Any:
    """A script's `x = 3` where the function is differentiated in a float."""
    kind = np.asarray(given).dtype
    if kind.kind not in "fc" or np.asarray(value).dtype.kind not in "biu":
        return value
    return np.asarray(value, kind) if np.ndim(value) else float(value)


def _reads_data(event: Event, stmt: ast.stmt) -> bool:
    return any(is_data(event.seen.get(name)) for name in names_of(stmt)[0])
