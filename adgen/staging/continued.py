"""Calls from which each path goes on by itself, since what they give is something else there.

    hit = crossing(ray, r)            def crossing(ray, r):
    if hit is None:                       ...
        return 0.2                        if disc < 0:
    t, point = hit                            return None
    ...                                   return t, at(t)

The statement with the call, and what follows it, is staged where the helper returns: on the path
that gives None, and on that which gives a pair.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adgen.frontend.evaluated import evaluated, replaced
from adgen.staging.calls import Frame, Whereabouts, leave, step_out
from adgen.staging.joins import is_same
from adgen.staging.meetings import RESULT
from adgen.staging.parted import with_calls_made
from adgen.staging.terms import GIVES_NONE, Given, Site, Term

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# how a path has left a call whose caller has gone on from there
CONTINUED = "continued"


@dataclass(eq=False)
class Pending:
    """A call under way, and what is done with its result on each path."""

    call: ast.Call
    go_on: Callable[[Term], None]
    # whether the call is written out as statements: `max(objects, key=f)`
    is_form: bool
    taken: bool = False
    # the names of the call that mean the same at the end of all paths so far
    names: dict[str, Term] | None = None


class Continued:
    """Stages statements where the calls in them return, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.pending: list[Pending] = []
        # where the calls under way stand; what they are written out as stands there, too
        self.under_way: list[Site] = []

    def statement(self, stmt: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
        """Stage a statement, and what follows it, on each path of a call in it, if there is one
        that needs it."""
        if not self.stager.parted.sites:
            return False
        call = next(filter(self.goes_on, evaluated(stmt, ast.Call)), None)
        if call is None:
            return False
        stmt = with_calls_made(self.stager, stmt, call)
        site = self.stager.lists.site(call)

        def go_on(result: Term) -> None:
            given = ast.copy_location(Given(result), call)
            self.under_way.remove(site)
            self.stager.flow.block([replaced(stmt, call, given), *rest])
            self.under_way.append(site)

        pending = Pending(call, go_on, self.is_form(call))
        self.pending.append(pending)
        self.under_way.append(site)
        with self.stager.parted.opened(True):
            result = self.stager.expr(call)
            if not pending.taken:
                self.pending.remove(pending)
                go_on(result)
        self.under_way.remove(site)
        return True

    def goes_on(self, call: ast.Call) -> bool:
        """Whether each path of a call goes on by itself."""
        parted = self.stager.parted
        return parted.parts(call) and self.stager.lists.site(call) not in self.under_way

    def is_form(self, call: ast.Call) -> bool:
        """Whether a call is written out as statements."""
        function = self.stager.invocations.callees.static_object(call.func)
        return function is not None and self.stager.functional.is_form(function, call)

    def take(self, node: ast.AST, is_form: bool) -> Pending | None:
        """What waits for the result of a call that is being staged."""
        if not self.waits_for(node) or self.pending[-1].is_form != is_form:
            return None
        found = self.pending.pop()
        found.taken = True
        return found

    def waits_for(self, node: ast.AST) -> bool:
        """Whether a call that is being staged goes on from each of its paths."""
        return bool(self.pending) and self.pending[-1].call is node

    def returned(self) -> None:
        """A path has come to a `return`: go on with its caller, if that waits for it."""
        stager, flow = self.stager, self.stager.flow
        frame: Frame | None = stager.frames[-1] if stager.frames else None
        if frame is None or frame.pending is None:
            return
        inside = Whereabouts.of(stager)
        result = stager.env.get(RESULT, GIVES_NONE)
        leave(stager)
        self.note_names(frame.pending, stager.calls.ended[inside.call])
        frame.pending.go_on(result)
        left = flow.left
        inside.restore(stager, frame)
        flow.left = left or CONTINUED

    @contextlib.contextmanager
    def outside(self) -> Iterator[None]:
        """What the paths of a call have gone on to meets where its caller stands."""
        stager = self.stager
        inside: list[tuple[Whereabouts, Frame]] = []
        while stager.frames and stager.frames[-1].pending is not None:
            frame = stager.frames.pop()
            inside.append((Whereabouts.of(stager), frame))
            step_out(stager, frame)
        try:
            yield
        finally:
            for whereabouts, frame in reversed(inside):
                whereabouts.restore(stager, frame)

    def ended(self) -> Term:
        """All paths of a call have gone on: what is known behind them is the caller's."""
        stager, flow = self.stager, self.stager.flow
        if flow.left is None:
            self.returned()
        left, env, call = flow.left, stager.env, stager.calls.current
        pending = stager.frames[-1].pending
        leave(stager)
        stager.env, flow.left = env, None if left == CONTINUED else left
        stager.calls.ended[call] = (pending.names if pending else None) or {}
        return GIVES_NONE

    def note_names(self, pending: Pending, own: dict[str, Term]) -> None:
        """What functions made in the call read of it is what is the same on all paths."""
        known = own if pending.names is None else pending.names
        pending.names = {n: t for n, t in known.items() if n in own and is_same(t, own[n])}
