"""What a `for` runs over, as a range of positions.

A loop over an array's rows, `enumerate`, `zip` or `reversed` becomes a loop over
positions that reads the elements; one over a tuple or list that is known
element by element is written out, trip by trip.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adgen.ir import name
from adgen.rules.shapes import as_num
from adgen.staging.terms import Term
from adgen.types import INT, Dim, Num

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

LONGEST = 64


@dataclass(frozen=True)
class Positions:
    """`for index in over`, after which `bind(index)` binds the author's targets."""

    index: str
    over: ast.expr
    bind: Callable[[str], None] | None


def counting(index: str) -> Num:
    """The type of a loop's index: an integer that stands for itself."""
    return replace(INT, value=Dim.of(("index", index)))


def plan_for(stager: Stager, node: ast.For) -> Positions | None:
    """The positions that a loop runs over; None if it has been written out."""
    called = _called(stager, node.iter)
    if called == "range":
        return _over_range(stager, node)
    if called == "enumerate" and isinstance(node.target, ast.Tuple):
        return _enumerated(stager, node)
    if called == "zip" and isinstance(node.target, ast.Tuple):
        return _zipped(stager, node)
    if called == "reversed":
        return _reversed(stager, node)
    term = stager.expr(node.iter)
    if term.items is not None:
        _written_out(stager, node, term)
        return None
    index = stager.fresh(_index_name(node.target))
    return _positions(stager, index, [(node.target, _array(stager, term, node.iter))])


def _called(stager: Stager, node: ast.expr) -> str:
    if not isinstance(node, ast.Call):
        return ""
    function = stager.invocations.static_object(node.func)
    table = {range: "range", enumerate: "enumerate", zip: "zip", reversed: "reversed"}
    try:
        return table.get(function, "")
    except TypeError:
        return ""


def _over_range(stager: Stager, node: ast.For) -> Positions:
    assert isinstance(node.iter, ast.Call)
    over = _range(stager, node.iter)
    if not isinstance(node.target, ast.Name):
        raise stager.refuse(node.target, "the target of a loop over a range is one name")
    author = node.target.id
    index = stager.fresh(author)
    stager.types[index] = counting(index)

    def bind(value: str) -> None:
        stager.env[author] = Term(name(value), counting(value))

    return Positions(index, over, bind)


def _range(stager: Stager, call: ast.Call) -> ast.expr:
    args = [stager.expr(arg) for arg in call.args]
    for term, arg in zip(args, call.args, strict=True):
        if not (isinstance(term.type, Num) and term.type.dims == () and not term.varied):
            raise stager.refuse(arg, "a bound of this range is not an integer")
    return ast.Call(name("range"), [t.expr for t in args], [])


def _array(stager: Stager, term: Term, node: ast.expr) -> Term:
    if not (isinstance(term.type, Num) and term.type.dims and isinstance(term.expr, ast.Name)):
        if isinstance(term.type, Num) and term.type.dims:
            target = stager.fresh(stager.hint, introduced=True)
            return stager.statements.as_target(target, term, node)
        raise stager.refuse(node, "what this loop runs over is not known while compiling")
    return term


def _positions(
    stager: Stager,
    index: str,
    pairs: list[tuple[ast.expr, Term]],
    counter: str | None = None,
    backwards: bool = False,
) -> Positions:
    """A loop over the elements of arrays of one length."""
    stager.types[index] = counting(index)
    for at, (_, term) in enumerate(pairs):
        # the loop goes on reading its array, whatever its name comes to mean
        stager.env[f"^{index} {at}"] = term
    lengths = [_length(term.expr) for _, term in pairs]
    nums = [as_num(term.type) for _, term in pairs]
    dims = [num.dims[0] for num in nums if num.dims]
    if all(stager.facts.same(dims[0], d) for d in dims[1:]):
        count = lengths[0]
    else:
        count = ast.Call(name("min"), lengths, [])
    over = ast.Call(name("range"), [count], [])
    if backwards:
        minus = ast.BinOp(count, ast.Sub(), ast.Constant(1))
        over = ast.Call(name("range"), [minus, ast.Constant(-1), ast.Constant(-1)], [])

    def bind(value: str) -> None:
        if counter is not None:
            stager.env[counter] = Term(name(value), counting(value))
        for target, term in pairs:
            _bind_element(stager, target, term, value)

    return Positions(index, over, bind)


def _bind_element(stager: Stager, target: ast.expr, term: Term, index: str) -> None:
    op = stager.catalogue.find(operator.getitem)
    assert op is not None
    term = stager.memory.fresh(None, term, target)
    at = Term(name(index), counting(index))
    expr = ast.Subscript(term.expr, name(index), ast.Load())
    if isinstance(target, ast.Name):
        stager.hint = stager.own_name(target.id)
        into = stager.fresh(target.id)
        row = stager.apply(op, {"x": term, "index": at}, expr, target, into)
        stager.env[target.id] = row
        return
    row = stager.apply(op, {"x": term, "index": at}, expr, target)
    stager.statements.unpack_term(target, row, target)


def _length(expr: ast.expr) -> ast.expr:
    return ast.Call(name("len"), [expr], [])


def _index_name(target: ast.expr) -> str:
    return f"{target.id}_at" if isinstance(target, ast.Name) else "at"


def _enumerated(stager: Stager, node: ast.For) -> Positions | None:
    assert isinstance(node.iter, ast.Call) and isinstance(node.target, ast.Tuple)
    counter, element = node.target.elts
    if len(node.iter.args) != 1 or node.iter.keywords or not isinstance(counter, ast.Name):
        raise stager.refuse(node.iter, "enumerate with a start is not supported")
    term = stager.expr(node.iter.args[0])
    if term.items is not None:
        pairs = [(Term(ast.Constant(i), INT), item) for i, item in enumerate(term.items)]
        _write_out(stager, node, [list(pair) for pair in pairs])
        return None
    index = stager.fresh(counter.id)
    array = _array(stager, term, node.iter.args[0])
    return _positions(stager, index, [(element, array)], counter.id)


def _zipped(stager: Stager, node: ast.For) -> Positions | None:
    assert isinstance(node.iter, ast.Call) and isinstance(node.target, ast.Tuple)
    terms = [stager.expr(arg) for arg in node.iter.args]
    if len(terms) != len(node.target.elts):
        raise stager.refuse(node.iter, "zip gives more values than there are names")
    if all(t.items is not None for t in terms):
        rows = zip(*(t.items or () for t in terms), strict=False)
        _write_out(stager, node, [list(row) for row in rows])
        return None
    arrays = [_array(stager, t, arg) for t, arg in zip(terms, node.iter.args, strict=True)]
    index = stager.fresh("at")
    return _positions(stager, index, list(zip(node.target.elts, arrays, strict=True)))


def _reversed(stager: Stager, node: ast.For) -> Positions | None:
    assert isinstance(node.iter, ast.Call)
    inner = node.iter.args[0]
    if _called(stager, inner) == "range":
        assert isinstance(inner, ast.Call) and isinstance(node.target, ast.Name)
        plan = _over_range(stager, ast.copy_location(replace_iter(node, inner), node))
        over = ast.Call(name("reversed"), [plan.over], [])
        return replace(plan, over=over)
    term = stager.expr(inner)
    if term.items is not None:
        _written_out(stager, node, replace(term, items=term.items[::-1]))
        return None
    index = stager.fresh(_index_name(node.target))
    pairs = [(node.target, _array(stager, term, inner))]
    return _positions(stager, index, pairs, backwards=True)


def replace_iter(node: ast.For, over: ast.expr) -> ast.For:
    """The same loop over something else."""
    return ast.For(node.target, over, node.body, node.orelse)


def _written_out(stager: Stager, node: ast.For, term: Term) -> None:
    assert term.items is not None
    _write_out(stager, node, [[item] for item in term.items])


def _write_out(stager: Stager, node: ast.For, rows: list[list[Term]]) -> None:
    """One copy of the body for each element."""
    from adgen.staging.flow import leaves

    if leaves(node.body) != "never":
        raise stager.refuse(
            node, "leaving a loop over a tuple or list before its end is not supported"
        )
    if len(rows) > LONGEST:
        raise stager.refuse(
            node.iter, f"a loop over a list of {len(rows)} elements", help="use an array"
        )
    for row in rows:
        targets = [node.target]
        if len(row) > 1 and isinstance(node.target, ast.Tuple | ast.List):
            targets = node.target.elts
        for target, item in zip(targets, row, strict=True):
            stager.statements.unpack_term(target, item, node.iter)
        stager.flow.block(node.body)
