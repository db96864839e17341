"""What a `for` runs over, as a range of positions.

A loop over an array's rows, `enumerate`, `zip` or `reversed` becomes a loop over
positions that reads the elements; one over a tuple or list that is known
element by element is written out, trip by trip.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adgen.ir import name
from adgen.staging.terms import NeedTrips, NotStatic, Term, static_value
from adgen.types import Dim, NeedValue, Num

if TYPE_CHECKING:
    from adgen.staging.stager import Stager
from adgen.staging.iterables import as_call, bounds_of, function_called, source_of
from adgen.staging.sources import (
    Backwards,
    Counting,
    Enumerated,
    Listed,
    Source,
    Zipped,
    counting,
    sum_of,
    takes_apart,
    whole_number,
    written_number,
)

LONGEST = 64


@dataclass(frozen=True)
class Positions:
    """`for index in over`, after which `bind(index)` binds the author's targets."""

    index: str
    over: ast.expr
    bind: Callable[[str], None] | None
    # how many trips there have been before one, and how many there are
    number: Dim | None = None
    count: Dim | None = None


def plan_for(stager: Stager, node: ast.For) -> Positions | Iterable[Callable[[], None]]:
    """The positions that a loop runs over; for one to be written out, what binds each trip."""
    called = function_called(stager, node.iter)
    if called is range:
        return _over_range(stager, node, as_call(node.iter))
    if called is reversed:
        inner = as_call(node.iter).args[0]
        if function_called(stager, inner) is range and isinstance(node.target, ast.Name):
            plan = _over_range(stager, node, as_call(inner))
            number = None
            if plan.number is not None and plan.count is not None:
                number = plan.count - 1 - plan.number
            return replace(plan, over=ast.Call(name("reversed"), [plan.over], []), number=number)
    source = source_of(stager, node.iter)
    if source.is_listed:
        return _written_out(stager, node, source)
    if source.count is None:
        raise stager.refuse(
            node.iter, "this loop has no end that is known while compiling",
            help="write `while True:` and count yourself",
        )  # fmt: skip
    return _positions(stager, node, source)


def trips_of(stager: Stager, node: ast.For) -> Iterable[Callable[[], None]]:
    """What binds each trip of a loop whose index decides what the code is."""
    call, backwards = node.iter, function_called(stager, node.iter) is reversed
    if backwards:
        call = as_call(call).args[0]
    if function_called(stager, call) is not range:
        return _written_out(stager, node, source_of(stager, node.iter))
    numbers = list(range(*(_bound(stager, arg) for arg in as_call(call).args)))
    source = Listed(stager, [whole_number(i) for i in (numbers[::-1] if backwards else numbers)])
    return _written_out(stager, node, source)


def _bound(stager: Stager, node: ast.expr) -> int:
    """A bound of a range whose trips are written out."""
    term = stager.expr(node)
    try:
        return int(static_value(term))
    except NotStatic as unknown:
        counted = term.type.value if isinstance(term.type, Num) else None
        if counted is not None and (number := stager.facts.number(counted)) is not None:
            return number
        if unknown.index is not None:
            raise NeedTrips(unknown.index) from None
        if unknown.path is not None:
            raise NeedValue(unknown.path) from None
        raise stager.refuse(node, "how many trips there are is not known while compiling") from None


def _written_out(stager: Stager, node: ast.For, source: Source) -> Iterable[Callable[[], None]]:
    if source.may_change:
        return _as_it_changes(stager, node, source)
    count = source.known_count()
    if count is None:
        raise stager.refuse(node.iter, "how often this loop runs is not known while compiling")
    if count > LONGEST:
        raise stager.refuse(
            node.iter, f"a loop over a list of {count} elements", help="use an array"
        )
    if isinstance(source, Listed) and _is_bound_here_alone(stager, node):
        elements = [source.element(whole_number(at)) for at in range(count)]
        if all(written_number(element) is not None for element in elements):
            # the numbers stand where they are read
            author = node.target.id  # type: ignore[attr-defined]
            return [lambda e=e: stager.env.update({author: e}) for e in elements]  # type: ignore[misc]
    return [lambda at=at: source.bind(node.target, whole_number(at)) for at in range(count)]  # type: ignore[misc]


def _as_it_changes(stager: Stager, node: ast.For, source: Source) -> Iterator[Callable[[], None]]:
    """What binds each trip, as long as there is another element."""
    for at in itertools.count():
        if at == LONGEST:
            raise stager.refuse(node.iter, f"a loop over a list of {at} elements or more")
        if at >= (source.known_count() or 0):
            return
        yield lambda at=at: source.bind(node.target, whole_number(at))  # type: ignore[misc]


def _is_bound_here_alone(stager: Stager, node: ast.For) -> bool:
    """Whether a loop's target is one name, which nothing else binds and only the loop reads."""
    if not isinstance(node.target, ast.Name):
        return False
    author = node.target.id
    bound = [
        n for n in ast.walk(stager.definition.tree)
        if isinstance(n, ast.Name) and n.id == author and not isinstance(n.ctx, ast.Load)
    ]  # fmt: skip
    return len(bound) == 1 and author not in stager.names_read_outside([node])


def _positions(stager: Stager, node: ast.For, source: Source) -> Positions:
    """A loop over positions, named after the author's counter where there is one."""
    assert source.count is not None
    author, start = _counter(node.target, source)
    index = stager.fresh(author)
    stager.types[index] = counting(index)
    source.hold(f"^{index}")
    if source.dim is not None:
        stager.facts.ranges["index", index] = Dim(start), source.dim + (start - 1)
    if isinstance(source, Backwards):
        minus = ast.BinOp(source.count, ast.Sub(), ast.Constant(1))
        over = ast.Call(name("range"), [minus, ast.Constant(-1), ast.Constant(-1)], [])
        inner = source.inner
        number = None if source.dim is None else source.dim - 1 - Dim.of(("index", index))
        return Positions(
            index, over, lambda i: inner.bind(node.target, _index(i)), number, source.dim
        )
    if start:
        first = ast.Constant(start)
        over = ast.Call(name("range"), [first, ast.BinOp(source.count, ast.Add(), first)], [])
        number = Dim.of(("index", index)) - start
        return Positions(
            index, over, lambda i: _bind_from(stager, node.target, source, i, start),
            number, source.dim,
        )  # fmt: skip
    over = ast.Call(name("range"), [source.count], [])
    number = Dim.of(("index", index))
    return Positions(index, over, lambda i: source.bind(node.target, _index(i)), number, source.dim)


def _bind_from(stager: Stager, target: ast.expr, source: Source, index: str, start: int) -> None:
    """`for k in range(1, n + 1)`: the author's counter runs, and the position follows it."""
    assert isinstance(source, Zipped) and isinstance(target, ast.Tuple)
    position = sum_of(_index(index), whole_number(-start))
    for each, part in zip(target.elts, source.parts, strict=True):
        if isinstance(part, Counting) and isinstance(each, ast.Name):
            stager.env[each.id] = _index(index)
        else:
            part.bind(each, position)


def _counter(target: ast.expr, source: Source) -> tuple[str, int]:
    """What the author calls the position, and from where it is counted."""
    if isinstance(source, Zipped) and takes_apart(target, len(source.parts)):
        counted = [
            (each.id, part)
            for each, part in zip(target.elts, source.parts, strict=True)  # type: ignore[attr-defined]
            if isinstance(part, Counting) and isinstance(each, ast.Name)
        ]
        if counted and counted[0][1].is_plain:
            return counted[0][0], 0
        if isinstance(source, Enumerated) and counted:
            try:
                return counted[0][0], int(static_value(counted[0][1].start))
            except NotStatic:
                pass
        return "at", 0
    return (f"{target.id}_at" if isinstance(target, ast.Name) else "at"), 0


def _index(index: str) -> Term:
    return Term(name(index), counting(index))


def _over_range(stager: Stager, node: ast.For, call: ast.Call) -> Positions:
    bounds = bounds_of(stager, call)
    over = ast.Call(name("range"), [t.expr for t in bounds], [])
    if not isinstance(node.target, ast.Name):
        raise stager.refuse(node.target, "the target of a loop over a range is one name")
    author = node.target.id
    index = stager.fresh(author)
    stager.types[index] = counting(index)

    def bind(value: str) -> None:
        stager.env[author] = _index(value)

    ends = [t.type.value if isinstance(t.type, Num) else None for t in bounds]
    first, last = (Dim(0), ends[0]) if len(ends) == 1 else ends[:2]
    if first is None or last is None or len(ends) > 2:
        return Positions(index, over, bind)
    number = Dim.of(("index", index)) - first
    stager.facts.ranges["index", index] = first, last - 1
    return Positions(index, over, bind, number, (last - first).at_least_zero())
