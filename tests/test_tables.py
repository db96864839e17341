"""Lists of dicts and objects that become longer as a run goes on: a list for each key."""

from dataclasses import dataclass

import pytest

from adgen import UserError, grad
from tests.check_program import check


@dataclass
class Step:
    t: float
    x: float
    kind: str = "free"

    def energy(self):
        return self.x**2 * self.t


def payments(x, y):
    rows, month, paid = [], 0, 0.0
    while x > 0.1 and month < 9:
        interest = x * y / 3
        x -= 0.4 - interest
        month += 1
        rows.append({"month": month, "interest": interest, "left": x, "note": None})
        paid += interest
    last = rows[-1]
    even = sum(row["interest"] for row in rows if row["month"] % 2 == 0)
    return paid + last["left"] * len(rows) + even


def objects(x, y):
    steps = [Step(0.1, x)]
    while steps[-1].x > 0.2 and len(steps) < 9:
        before = steps[-1]
        steps.append(Step(before.t + y, before.x * 0.7))
    largest = max(steps, key=lambda step: step.energy())
    last = steps.pop()
    return sum(step.energy() for step in steps) + largest.t * last.x


def state_made_anew(x, y):
    state = {"x": x, "v": {"now": 1.0, "before": y}}
    history = [state]
    while state["x"] < 4.0:
        now = state["v"]["now"] * 1.1
        state = {**state, "x": state["x"] * 1.5 + now, "v": {"now": now, "before": now - y}}
        history.append(state)
    return sum(s["x"] * s["v"]["before"] for s in history) + history[0]["x"]


@pytest.mark.parametrize("f", [payments, objects, state_made_anew], ids=lambda f: f.__name__)
def test_slopes(f):
    for args in ((1.0, 0.3), (2.2, 0.5)):
        check(f, args)


def changed_in_the_trip(x, y):
    rows, state = [], {"x": x}
    while x < y:
        state["x"] = x * x
        rows.append(state)
        x += 0.4
    return sum(row["x"] for row in rows)


def changed_behind_the_loop(x, y):
    rows, state = [], {"x": x}
    while x < y:
        rows.append(state)
        x += 0.4
    state["x"] = y
    return sum(row["x"] for row in rows)


def changed_in_the_list(x, y):
    rows = []
    while x < y:
        rows.append({"x": x * x})
        rows[-1]["x"] += y
        x += 0.4
    return sum(row["x"] for row in rows)


REFUSED = [changed_in_the_trip, changed_behind_the_loop, changed_in_the_list]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_what_is_changed_while_it_is_in_the_list_is_refused(f):
    with pytest.raises(UserError, match="cannot be an element of a list that changes"):
        grad(f)(1.0, 2.0)


def test_a_list_for_each_key():
    assert "rows_left.append(x)" in grad(payments).source(1.0, 0.3)
