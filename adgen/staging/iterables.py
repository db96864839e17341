"""Which source an author's expression is: `range`, `zip`, a list, an array, a dict's items."""

from __future__ import annotations

import ast
import contextlib
import enum
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adgen.errors import UserError
from adgen.ir import name
from adgen.rules.contexts import counts_like_range
from adgen.staging import module_dicts
from adgen.staging.sources import rows_of
from adgen.staging.sugar import written_out
from adgen.staging.terms import Given, NotStatic, Term, counted, static_value
from adgen.types import Columns, Dim, Known, Num, Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager
from adgen.staging.placed import is_placed
from adgen.staging.sources import (
    Backwards,
    Constants,
    Counting,
    Enumerated,
    Listed,
    Places,
    Repeated,
    Rows,
    Source,
    Zipped,
    tuple_of,
    whole_number,
)

# a list of constants shorter than this is written out, trip by trip
FEW = 3
# so many elements are drawn one by one while compiling
LONGEST_DRAWN = 64


class Endless:
    """What gives one value after the other, without an end."""

    __name__ = "generator"

    def __call__(self) -> None:
        """Never called: nothing is bound to it, as nothing is to a function."""
        raise TypeError("a generator is staged, not called")


def has_no_end(stager: Stager, node: ast.AST) -> UserError:
    """What is wrong with running over all that has no end."""
    return stager.refuse(
        node, "what this runs over has no end",
        help="draw a number of values from it, with `itertools.islice`",
    )  # fmt: skip


def bounds_of(stager: Stager, call: ast.Call) -> list[Term]:
    args = [counted(stager.expr(arg)) for arg in call.args]
    for term, arg in zip(args, call.args, strict=True):
        whole = isinstance(term.type, Num) and term.type.dims == () and term.type.kind in ("i", "")
        if not whole or term.varied:
            raise stager.refuse(arg, "a bound of this range is not an integer")
    return args


def source_of(stager: Stager, node: ast.expr) -> Source:
    """What an expression gives to run over."""
    called = function_called(stager, node)
    if called is not None and called in _MAKERS:
        return _MAKERS[called](stager, as_call(node))
    term = stager.expr(node)
    if isinstance(term.type, Known) and isinstance(term.type.value, Endless):
        raise has_no_end(stager, node)
    values = term.type.value if isinstance(term.type, Known) else _of_module(stager, term, node)
    if isinstance(values, list | tuple) and values and _are_alike(values):
        return Constants(stager, term.expr, values)
    if isinstance(term.type, Known) and isinstance(term.type.value, str):
        letters = [stager.constant(ast.Constant(c), c) for c in term.type.value]
        return Listed(stager, letters)
    if isinstance(term.type, Known) and is_set_of_integers(term.type.value):
        return Listed(stager, [stager.constant(ast.Constant(k), k) for k in term.type.value])
    if isinstance(term.type, Known) and isinstance(term.type.value, enum.EnumType):
        members: list[enum.Enum] = list(term.type.value)
        exprs = [ast.Attribute(term.expr, member.name, ast.Load()) for member in members]
        return Listed(stager, list(map(stager.constant, exprs, members)))
    held = module_dicts.entries(stager, term, node)
    if held is not None:
        return source_of(stager, Given(module_dicts.views(stager, "keys", held)))
    if is_placed(term):
        return Places(stager, term, node)
    if isinstance(term.type, Ref) and term.type.cls is not dict:
        found = stager.objects.special(node, "__iter__", [term], {}, None)
        return source_of(stager, ast.copy_location(Given(found), node))
    if isinstance(term.type, Ref):
        return Listed(stager, stager.objects.dicts.listed(term, node))
    written = _written_floats(term)
    if written is not None:
        return Constants(stager, _under_a_name(stager, term, node), written)
    if term.items is not None:
        return Listed(stager, term.items)
    if isinstance(term.type, Columns):
        return rows_of(stager, term.type.layout, term.columns)
    check_run_over_once(stager, term, node)
    return Rows(stager, _array(stager, term, node))


def check_run_over_once(stager: Stager, term: Term, node: ast.expr) -> None:
    """An iterator that has a name, as that of `x.flat`, is empty once it has been run over."""
    if not isinstance(node, ast.Name) or not isinstance(term.expr, ast.Name):
        return
    view = stager.storages.views.get(term.expr.id)
    if view is None or not view.op.general.hands_out:
        return
    names = [n for n in ast.walk(stager.definition.tree) if isinstance(n, ast.Name)]
    reads = [n for n in names if n.id == node.id and isinstance(n.ctx, ast.Load)]
    each_trip = any(node.id in start.env for start in stager.flow.repeats.handed_on.starts)
    drawn = stager.storages.drawn
    if len(reads) > 1 or each_trip or term.expr.id in drawn:
        raise stager.refuse(
            node,
            f"`{node.id}` is an iterator, which is empty once it has been run over",
            help="write the attribute where it is run over, as in `for x in array.flat`",
        )
    drawn.add(term.expr.id)


def drawn_from(stager: Stager, node: ast.expr) -> list[Term] | None:
    """The elements of what an expression runs over, if they are known one by one, and few."""
    source = source_of(stager, node)
    count = source.dim.known if source.dim is not None else None
    if count is None or count > LONGEST_DRAWN:
        return None
    return [source.element(whole_number(at)) for at in range(count)]


def is_set_of_integers(value: Any) -> bool:
    """Whether this is a set that has the same order in every run."""
    return isinstance(value, frozenset) and all(type(k) is int for k in value)


def _of_module(stager: Stager, term: Term, node: ast.expr) -> Any:
    """The list of a module that an expression names, if its elements are floats."""
    if not isinstance(node, ast.Name | ast.Attribute) or term.items is None:
        return None
    if any(isinstance(n, ast.Name) and ":" in n.id for n in ast.walk(term.expr)):
        return None
    values = stager.invocations.callees.static_object(node)
    return values if values and _has_floats(values[0]) else None


def _written_floats(term: Term) -> Sequence[Any] | None:
    """The elements of a list of floats that the function itself writes out."""
    if term.varied or term.items is None or len(term.items) < FEW:
        return None
    try:
        values = [static_value(item) for item in term.items]
    except NotStatic:
        return None
    return values if _are_alike(values) and _has_floats(values[0]) else None


def _under_a_name(stager: Stager, term: Term, node: ast.expr) -> ast.expr:
    if isinstance(term.expr, ast.Name):
        return term.expr
    target = stager.fresh("table", introduced=True)
    return stager.statements.as_target(target, replace(term, items=None), node).expr


def _has_floats(value: Any) -> bool:
    return any(map(_has_floats, value)) if isinstance(value, tuple | list) else type(value) is float


def _are_alike(values: Sequence[Any]) -> bool:
    """Whether the elements of a list are numbers, or tuples of numbers, of one type."""
    types = [_plain_type(v) for v in values]
    return types[0] is not None and all(t == types[0] for t in types)


def _plain_type(value: Any) -> Any:
    if isinstance(value, tuple | list):
        parts = tuple(_plain_type(v) for v in value)
        return None if None in parts else (type(value), parts)
    return type(value) if type(value) in (int, float) else None


def _array(stager: Stager, term: Term, node: ast.expr) -> Term:
    if isinstance(term.type, Num) and term.type.dims == ():
        raise stager.refuse(node, "a loop over a number", help="write `range(n)`")
    if not (isinstance(term.type, Num) and term.type.dims):
        raise stager.refuse(
            node,
            "what this loop runs over is not known while compiling",
            help="run over an array, a list, or a range of positions",
        )
    if not isinstance(term.expr, ast.Name):
        target = stager.fresh(stager.hint, introduced=True)
        return stager.statements.as_target(target, term, node)
    return term


def _range(stager: Stager, call: ast.Call) -> Source:
    args = bounds_of(stager, call)
    zero, one = whole_number(0), whole_number(1)
    if len(args) == 1:
        stop = args[0]
        dim = stop.type.value if isinstance(stop.type, Num) else None
        if dim is not None and dim.known is not None:
            return Counting(stager, zero, one, stop.expr, dim.at_least_zero())
        return Counting(stager, zero, one, stop.expr, None)
    count: ast.expr = ast.Call(
        name("len"), [ast.Call(name("range"), [t.expr for t in args], [])], []
    )
    step = args[2] if len(args) == 3 else one
    dim = None
    with contextlib.suppress(NotStatic):
        known = len(range(*[static_value(t) for t in args]))
        count, dim = ast.Constant(known), Dim(known)
    return Counting(stager, args[0], step, count, dim)


def _count(stager: Stager, call: ast.Call) -> Source:
    args = [stager.expr(arg) for arg in call.args]
    start, step = [*args, whole_number(0), whole_number(1)][:2] if args else (
        whole_number(0), whole_number(1))  # fmt: skip
    if len(args) == 1:
        step = whole_number(1)
    return Counting(stager, start, step, None, None)


def _enumerate(stager: Stager, call: ast.Call) -> Source:
    given = [*call.args[1:], *(k.value for k in call.keywords)]
    start = stager.expr(given[0]) if given else whole_number(0)
    return Enumerated(stager, source_of(stager, call.args[0]), start)


def _zip(stager: Stager, call: ast.Call) -> Source:
    if len(call.args) == 1 and isinstance(call.args[0], ast.Starred):
        return _columns(stager, call.args[0].value, call)
    return Zipped(stager, [source_of(stager, arg) for arg in call.args])


def _columns(stager: Stager, node: ast.expr, call: ast.Call) -> Source:
    """`zip(*rows)`: the columns of a table."""
    term = stager.expr(node)
    if term.items is not None:
        given = [ast.copy_location(Given(item), node) for item in term.items]
        return Zipped(stager, [source_of(stager, item) for item in given])
    if isinstance(term.type, Columns):
        columns = [ast.copy_location(Given(column), node) for column in term.columns]
        return Listed(stager, [stager.expr(column) for column in columns])
    table = {"rows": ast.copy_location(Given(term), node)}
    text = "columns = [[row[i] for row in rows] for i in range(len(rows[0]))]"
    turned = written_out(stager, call, text, "columns", table)
    if turned.items is not None:
        return Listed(stager, list(turned.items))
    return Rows(stager, turned)


def _reversed(stager: Stager, call: ast.Call) -> Source:
    return Backwards(stager, source_of(stager, call.args[0]))


def _same(stager: Stager, call: ast.Call) -> Source:
    return source_of(stager, call.args[0])


def _pairwise(stager: Stager, call: ast.Call) -> Source:
    term = stager.expr(call.args[0])
    if term.items is not None:
        pairs = itertools.pairwise(term.items)
        return Listed(stager, [tuple_of(list(pair)) for pair in pairs])
    given = ast.copy_location(Given(_array(stager, term, call.args[0])), call.args[0])
    minus = ast.UnaryOp(ast.USub(), ast.Constant(1))
    parts = [ast.Slice(None, minus, None), ast.Slice(ast.Constant(1), None, None)]
    slices = [ast.copy_location(ast.Subscript(given, p, ast.Load()), call) for p in parts]
    return Zipped(stager, [source_of(stager, part) for part in slices])


def _choices(stager: Stager, call: ast.Call) -> Source:
    """Combinations of what is known one by one."""
    function = function_called(stager, call)
    sources = [source_of(stager, arg) for arg in call.args[:1]]
    if not all(source.is_listed for source in sources):
        return _chosen(stager, call, function is itertools.permutations)
    static = stager.objects.dicts.static_key
    others = [static(stager.expr(arg), arg) for arg in call.args[1:]]
    items = [[s.element(whole_number(i)) for i in range(s.known_count() or 0)] for s in sources]
    return Listed(stager, [tuple_of(list(row)) for row in function(*items, *others)])


def _chosen(stager: Stager, call: ast.Call, in_any_order: bool) -> Source:
    """`combinations(x, 2)` of an array: nested loops over positions."""
    size = None
    if len(call.args) > 1:
        size = stager.objects.dicts.static_key(stager.expr(call.args[1]), call.args[1])
    if size not in (1, 2, 3) or (in_any_order and size != 2):
        raise stager.refuse(
            call,
            f"`{ast.unparse(call)}` of what is not known one by one is not supported",
            help="write nested loops over positions",
        )
    given = {"xs": ast.copy_location(Given(stager.expr(call.args[0])), call)}
    values = ", ".join(f"xs[i{n}]" for n in range(size))
    if in_any_order:
        loops = "for i0 in range(len(xs)) for i1 in range(len(xs)) if i0 != i1"
    else:
        starts = ["0", *(f"i{n} + 1" for n in range(size - 1))]
        loops = " ".join(f"for i{n} in range({s}, len(xs))" for n, s in enumerate(starts))
    text = f"chosen = [({values},) {loops}]"
    chosen = written_out(stager, call, text, "chosen", given)
    return source_of(stager, ast.copy_location(Given(chosen), call))


def _repeat(stager: Stager, call: ast.Call) -> Source:
    args = [stager.expr(arg) for arg in [*call.args, *(k.value for k in call.keywords)]]
    return Repeated(stager, args[0], args[1] if len(args) > 1 else None)


_MAKERS: dict[Any, Callable[[Any, ast.Call], Source]] = {
    range: _range,
    enumerate: _enumerate,
    zip: _zip,
    reversed: _reversed,
    list: _same,
    tuple: _same,
    itertools.count: _count,
    itertools.repeat: _repeat,
    itertools.pairwise: _pairwise,
    itertools.combinations: _choices,
    itertools.permutations: _choices,
}


def function_called(stager: Stager, node: ast.expr) -> Any:
    """The function that an expression calls, if it is known and can be looked up."""
    if not isinstance(node, ast.Call):
        return None
    function = stager.invocations.callees.static_object(node.func)
    try:
        hash(function)
    except TypeError:
        return None
    return range if counts_like_range(function) else function


def as_call(node: ast.expr) -> ast.Call:
    assert isinstance(node, ast.Call)
    return node
