"""Functions that take functions: `map`, `filter`, `reduce`, `partial`, `wraps`.

They are Python's own ways to call, so they are carried out while compiling: what
they call is staged, one call for each element of a tuple, list or range.
"""

from __future__ import annotations

import ast
import collections
import copy
import dataclasses
import functools
import heapq
import inspect
import itertools
import operator
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adgen.ir import name
from adgen.staging import calls, heaps
from adgen.staging.choosing import Choosing, is_by_key
from adgen.staging.containers import Containers
from adgen.staging.iterables import drawn_from, function_called
from adgen.staging.sugar import drawn, once, written_out
from adgen.staging.terms import Given, NotStatic, Term, call_of, item_of, listed, static_value
from adgen.staging.unending import unending
from adgen.types import Known, Num, Opaque, Text

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# what Python draws one by one
ITERATORS = (
    zip, enumerate, reversed, itertools.pairwise, itertools.combinations, itertools.permutations,
)  # fmt: skip
# what `itertools` gives, as the statements that it stands for: arguments, and text
_MEAN = "data = list(xs)\nmean = sum(data) / len(data)\n"
_SQUARES = _MEAN + "squares = sum([(v - mean) ** 2 for v in data])\n"
WRITTEN: dict[Any, tuple[tuple[str, ...], str]] = {
    statistics.mean: (("xs",), f"{_MEAN}drawn = mean"),
    statistics.fmean: (("xs",), f"{_MEAN}drawn = mean"),
    statistics.variance: (("xs",), f"{_SQUARES}drawn = squares / (len(data) - 1)"),
    statistics.pvariance: (("xs",), f"{_SQUARES}drawn = squares / len(data)"),
    statistics.stdev: (("xs",), f"{_SQUARES}drawn = (squares / (len(data) - 1)) ** 0.5"),
    statistics.pstdev: (("xs",), f"{_SQUARES}drawn = (squares / len(data)) ** 0.5"),
    statistics.median: (
        ("xs",),
        "data = sorted(xs)\nhalf = len(data) // 2\n"
        "drawn = data[half] if len(data) % 2 else (data[half - 1] + data[half]) / 2",
    ),
    statistics.harmonic_mean: (
        ("xs",),
        "data = list(xs)\ndrawn = len(data) / sum([1 / v for v in data])",
    ),
    heapq.nlargest: (("n", "xs"), "drawn = sorted(xs, reverse=True)[:n]"),
    heapq.nsmallest: (("n", "xs"), "drawn = sorted(xs)[:n]"),
    dict.fromkeys: (("ks", "v"), "one = v\ndrawn = {k: one for k in ks}"),
    itertools.starmap: (("f", "xs"), "drawn = [f(*row) for row in xs]"),
    itertools.compress: (("xs", "kept"), "drawn = [v for v, k in zip(xs, kept) if k]"),
    itertools.filterfalse: (("f", "xs"), "drawn = [v for v in xs if not f(v)]"),
    itertools.chain.from_iterable: (("xss",), "drawn = [v for xs in xss for v in xs]"),
    itertools.takewhile: (
        ("f", "xs"),
        "drawn = []\nfor v in xs:\n    if not f(v):\n        break\n    drawn.append(v)",
    ),
    itertools.dropwhile: (
        ("f", "xs"),
        "drawn = []\ndrops = True\nfor v in xs:\n    drops = drops and f(v)\n"
        "    if not drops:\n        drawn.append(v)",
    ),
}

# the same with a `key`
BY_KEY: dict[Any, tuple[tuple[str, ...], str]] = {
    heapq.nlargest: (("n", "xs", "key"), "drawn = sorted(xs, key=key, reverse=True)[:n]"),
    heapq.nsmallest: (("n", "xs", "key"), "drawn = sorted(xs, key=key)[:n]"),
}


@dataclass(frozen=True, eq=False)
class Partial:
    """A function with some of its arguments given already."""

    callee: Term
    args: tuple[Term, ...]
    keywords: Mapping[str, Term] = field(default_factory=dict)
    __name__: str = "partial"

    def __call__(self) -> None:
        """Never called: what it stands for is staged."""
        raise TypeError("a partial function is staged, not called")


@dataclass(frozen=True, eq=False)
class Unchanged:
    """What `functools.wraps(f)` gives: a decorator that leaves a function as it is."""

    __name__: str = "wraps"

    def __call__(self) -> None:
        """Never called: what it stands for is staged."""
        raise TypeError("a decorator is staged, not called")


class Functional:
    """Stages calls of functions that take functions, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.choosing = Choosing(stager)
        containers = Containers(stager)
        self.forms: dict[Any, Callable[[ast.Call], Term]] = {
            map: self.mapped,
            filter: self.filtered,
            functools.reduce: self.reduced,
            functools.partial: self.partial,
            functools.wraps: self.wraps,
            functools.lru_cache: self.cached,
            functools.cache: self.cached,
            itertools.accumulate: self.accumulated,
            **dict.fromkeys(ITERATORS, self.drawn),
            itertools.product: self.product,
            itertools.chain: self.chain,
            itertools.islice: self.part,
            itertools.zip_longest: self.zipped,
            copy.deepcopy: containers.deeply_copied,
            collections.deque: containers.queue,
            dict: containers.dictionary,
            collections.OrderedDict: containers.dictionary,
            collections.defaultdict: containers.with_default,
            collections.Counter: containers.counter,
            dataclasses.replace: containers.replaced,
            dataclasses.asdict: containers.as_dict,
            copy.copy: containers.replaced,
            str: self.string,
            operator.itemgetter: self.getter,
            operator.attrgetter: self.getter,
            collections.namedtuple: containers.kind_of_tuple,
        }
        # functions may be of a class that has no hash
        self.ids = frozenset(map(id, self.forms))

    def is_form(self, function: Any, node: ast.Call) -> bool:
        """Whether a call of this function is carried out while compiling."""
        if (written := _written(function, node.keywords)) is not None:
            given = len(node.args) + len(node.keywords)
            return given == len(written[0]) and not _starred(node)
        if is_by_key(function, node):
            return True
        if heaps.is_change(function, node):
            return not _starred(node)
        if function is sum and not node.keywords and node.args[:1]:
            return isinstance(node.args[0], ast.GeneratorExp | ast.ListComp)
        return id(function) in self.ids

    def form(self, node: ast.Call, function: Any, into: str | None) -> Term:
        """The result of a call of one of these functions."""
        if (written := _written(function, node.keywords)) is not None:
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            given = dict(zip(written[0], values, strict=True))
            return written_out(self.stager, node, written[1], "drawn", given)
        if is_by_key(function, node):
            return self.choosing.by_key(node, function)
        if function is sum:
            return self.added(node, into)
        if heaps.is_change(function, node):
            return heaps.changed(self.stager, node, function, into)
        stage = next(stage for form, stage in self.forms.items() if form is function)
        return stage(node)

    def unbound(self, function: Any, callee: Term) -> Partial | None:
        """The function and arguments that a partial function stands for."""
        if isinstance(function, Partial):
            return function
        if hasattr(function, "cache_info") and calls.is_authors(function.__wrapped__):
            inner = Term(_part(callee.expr, "__wrapped__"), Known(function.__wrapped__))
            return Partial(inner, ())
        if calls.is_callable_object(function):
            return self.method(function.__call__, Term(_part(callee.expr, "__call__"), callee.type))
        if inspect.ismethod(function) and calls.is_method(function):
            return self.method(function, callee)
        if not isinstance(function, functools.partial):
            return None
        whole = self.stager.invocations.callees.printed(function, callee.expr)
        args = [
            self.given(item_of(_part(whole, "args"), i), v) for i, v in enumerate(function.args)
        ]
        keywords = {
            key: self.given(ast.Subscript(_part(whole, "keywords"), ast.Constant(key)), value)
            for key, value in function.keywords.items()
        }
        inner = Term(_part(whole, "func"), Known(function.func))
        return Partial(inner, tuple(args), keywords)

    def method(self, function: Any, callee: Term) -> Partial:
        """A method of a class, or of an object of the author's module."""
        holder: ast.expr = ast.Attribute(callee.expr, "__self__", ast.Load())
        if isinstance(callee.expr, ast.Attribute):
            holder = callee.expr.value
        inner = Term(_part(callee.expr, "__func__"), Known(function.__func__))
        return Partial(inner, (self.stager.constant(holder, function.__self__),))

    def leaves_unchanged(self, function: Any, args: Sequence[Term]) -> bool:
        """Whether a call gives the function that it is given: `functools.wraps(f)(g)`."""
        return isinstance(function, Unchanged) and len(args) == 1

    def given(self, expr: ast.expr, value: Any) -> Term:
        """An argument that a partial function of the author's module has already."""
        plain = type(value) in (int, float, bool, str, type(None))
        return self.stager.constant(ast.Constant(value) if plain else expr, value)

    # -- the forms ----------------------------------------------------------------

    def mapped(self, node: ast.Call) -> Term:
        function = self.function(node)
        state = self.stager.snapshot()
        parts = [drawn_from(self.stager, arg) for arg in node.args[1:]]
        if None not in parts:
            rows = zip(*(part for part in parts if part is not None), strict=False)
            return listed([self.call(node, function, list(row)) for row in rows])
        self.stager.restore(state)
        given = {f"xs{i}": arg for i, arg in enumerate(node.args[1:])}
        values = ", ".join(f"v{i}" for i in range(len(given)))
        over = f"zip({', '.join(given)})" if len(given) > 1 else "xs0"
        text = f"mapped = [f({values}) for {values} in {over}]"
        return written_out(self.stager, node, text, "mapped", {"f": node.args[0], **given})

    def filtered(self, node: ast.Call) -> Term:
        function = self.function(node)
        state = self.stager.snapshot()
        part = drawn_from(self.stager, node.args[1])
        try:
            if part is not None:
                return listed([t for t in part if static_value(self.call(node, function, [t]))])
        except NotStatic:
            pass  # a run decides what is kept
        self.stager.restore(state)
        given = {"f": node.args[0], "xs": node.args[1]}
        text = "kept = [v for v in xs if f(v)]"
        return written_out(self.stager, node, text, "kept", given)

    def reduced(self, node: ast.Call) -> Term:
        function = self.function(node)
        state = self.stager.snapshot()
        part = drawn_from(self.stager, node.args[1])
        if part is None:
            self.stager.restore(state)
            given = {"f": node.args[0], "xs": once(self.stager, node.args[1])}
            first, over = "xs[0]", "xs[1:]"
            if len(node.args) > 2:
                given["first"], first, over = node.args[2], "first", "xs"
            text = f"reduced = {first}\nfor v in {over}: reduced = f(reduced, v)"
            return written_out(self.stager, node, text, "reduced", given)
        items = list(part)
        if len(node.args) > 2:
            items = [self.stager.expr(node.args[2]), *items]
        if not items:
            raise self.stager.refuse(node, "`reduce` of nothing has no value")
        found = items[0]
        for item in items[1:]:
            found = self.call(node, function, [found, item])
        return found

    def added(self, node: ast.Call, into: str | None) -> Term:
        """`sum(f(x) for x in xs)`: as a loop, it adds to the author's own name."""
        stager = self.stager
        terms, *start = node.args
        assert isinstance(terms, ast.GeneratorExp | ast.ListComp)
        known = stager.lists.comprehensions.written_out(terms)
        if known is None:
            zero = ast.copy_location(ast.Constant(0), node)
            # what is given to an element, or on a path, goes by no name of the author's
            named = into is not None and into.split(":")[0] == stager.hint and ":t" not in into
            author = stager.hint if named else None
            return stager.lists.comprehensions.added(terms, author, start[0] if start else zero)
        shown = Given(stager.lists.display(terms, known, None))
        call = ast.Call(node.func, [ast.copy_location(shown, terms), *start], [])
        return stager.expr(ast.copy_location(call, node), into)

    def accumulated(self, node: ast.Call) -> Term:
        """`itertools.accumulate(xs, f, initial=a)`"""
        counts = function_called(self.stager, node.args[0]) is range
        given = {"xs": drawn(node.args[0]) if counts else node.args[0]}
        given = {"xs": once(self.stager, given["xs"])}
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        function = options.pop("func", node.args[1] if len(node.args) > 1 else None)
        if function is not None:
            given["f"] = function
        first, over = "xs[0]", "xs[1:]"
        if "initial" in options:
            given["first"], first, over = options.pop("initial"), "first", "xs"
        if options or len(node.args) > 2:
            raise self.stager.refuse(node, "a call of this form is not supported")
        step = "total + v" if function is None else "f(total, v)"
        text = (
            f"total = {first}\nsums = [total]\n"
            f"for v in {over}:\n    total = {step}\n    sums.append(total)"
        )
        return written_out(self.stager, node, text, "sums", given)

    def drawn(self, node: ast.Call) -> Term:
        """`zip(a, b)`, `reversed(xs)` as a value: the list of what it gives."""
        return self.stager.expr(ast.copy_location(drawn(node), node))

    def product(self, node: ast.Call) -> Term:
        """`itertools.product(a, b)`"""
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        static = self.stager.objects.dicts.static_key
        times = int(static(self.stager.expr(options["repeat"]), node)) if options else 1
        factors = [once(self.stager, arg) for arg in node.args] * times
        given = {f"xs{i}": factor for i, factor in enumerate(factors)}
        values = ", ".join(f"v{i}" for i in range(len(given)))
        loops = " ".join(f"for v{i} in xs{i}" for i in range(len(given)))
        text = f"drawn = [({values},) {loops}]"
        return written_out(self.stager, node, text, "drawn", given)

    def chain(self, node: ast.Call) -> Term:
        """`itertools.chain(a, b)`"""
        given = {f"xs{i}": arg for i, arg in enumerate(node.args)}
        text = "drawn = " + " + ".join(f"[v for v in {known_as}]" for known_as in given or ("()",))
        return written_out(self.stager, node, text, "drawn", given)

    def part(self, node: ast.Call) -> Term:
        """`itertools.islice(xs, start, stop, step)`"""
        xs, *bounds = node.args
        if unending(self.stager, xs) is not None:
            return self.first_of(node, bounds)
        given = {"xs": xs, **{f"b{i}": bound for i, bound in enumerate(bounds)}}
        where = "".join(f"b{i}:" for i in range(len(bounds)))[:-1] if bounds[1:] else ":b0"
        text = f"drawn = [v for v in xs][{where}]"
        return written_out(self.stager, node, text, "drawn", given)

    def first_of(self, node: ast.Call, bounds: Sequence[ast.expr]) -> Term:
        """`itertools.islice(endless, start, stop, step)`"""
        stop = bounds[0] if len(bounds) == 1 else bounds[1]
        given = {"xs": node.args[0], "n": once(self.stager, stop)}
        text = "drawn = []\nfor v in xs:\n    if len(drawn) == n: break\n    drawn.append(v)"
        if len(bounds) > 1:
            given |= {"start": bounds[0], "step": [*bounds[2:], ast.Constant(1)][0]}
            text += "\ndrawn = drawn[start::step]"
        return written_out(self.stager, node, text, "drawn", given)

    def zipped(self, node: ast.Call) -> Term:
        """`itertools.zip_longest(a, b, fillvalue=v)`"""
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        filler = options.get("fillvalue", ast.copy_location(ast.Constant(None), node))
        given = {f"xs{i}": once(self.stager, arg) for i, arg in enumerate(node.args)}
        parts = ", ".join(f"{xs}[i] if i < len({xs}) else filler" for xs in given)
        count = ", ".join(f"len({xs})" for xs in given)
        text = f"drawn = [({parts},) for i in range(max({count}))]"
        return written_out(self.stager, node, text, "drawn", {**given, "filler": filler})

    def cached(self, node: ast.Call) -> Term:
        """`functools.cache(f)`, or `lru_cache(maxsize=None)`, which gives such a decorator."""
        args, _ = self.stager.invocations.arguments(node)
        if args and calls.is_function(args[0]):
            return args[0]
        return self.wraps(node)

    def partial(self, node: ast.Call) -> Term:
        args, keywords = self.stager.invocations.arguments(node)
        if not args or not calls.is_function(args[0]):
            raise self.stager.refuse(node, "what `partial` is given is not known while compiling")
        return Term(name("partial"), Known(Partial(args[0], tuple(args[1:]), keywords)))

    def getter(self, node: ast.Call) -> Term:
        """`itemgetter(1)` and `attrgetter("x")`, as the functions that say the same."""
        function = self.stager.invocations.callees.static_object(node.func)
        if not node.args or node.keywords or _starred(node):
            raise self.stager.refuse(node, "a call of this form is not supported")
        parts: list[ast.expr] = []
        for arg in node.args:
            got: ast.expr = ast.Name("item", ast.Load())
            if function is operator.itemgetter:
                got = ast.Subscript(got, arg, ast.Load())
            else:
                for attr in static_value(self.stager.expr(arg)).split("."):
                    got = ast.Attribute(got, attr, ast.Load())
            parts.append(got)
        got = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
        argument = ast.arguments([], [ast.arg("item")], None, [], [], None, [])
        made = ast.Lambda(argument, got)
        for part in ast.walk(made):
            if isinstance(part, ast.expr | ast.arg) and not hasattr(part, "lineno"):
                ast.copy_location(part, node)
        return self.stager.expr(made)

    def string(self, node: ast.Call) -> Term:
        args, keywords = self.stager.invocations.arguments(node)
        call = call_of(name("str"), args, keywords, node)
        return Term(call, Text(str, tuple(args)) if not keywords else Opaque("str"))

    def wraps(self, node: ast.Call) -> Term:
        return Term(name("wraps"), Known(Unchanged()))

    # -- what they are made of ------------------------------------------------------

    def function(self, node: ast.Call) -> Term:
        """The function that is given as the first argument."""
        if node.keywords or len(node.args) < 2 or _starred(node):
            raise self.stager.refuse(node, "a call of this form is not supported")
        return self.function_called(ast.copy_location(ast.Call(node.args[0], [], []), node))

    def function_called(self, call: ast.Call) -> Term:
        invocations = self.stager.invocations
        return invocations.callees.callee(call, invocations.callees.static_object(call.func))

    def call(self, node: ast.Call, function: Term, args: list[Term]) -> Term:
        known = function.type.value if isinstance(function.type, Known) else None
        if _written(known) is not None:
            given: list[ast.expr] = [ast.copy_location(Given(arg), node) for arg in args]
            return self.form(ast.copy_location(ast.Call(node.func, given, []), node), known, None)
        made = self.stager.invocations.applied(node, function, args, {}, None)
        if isinstance(made.type, Num) and not isinstance(made.expr, ast.Name | ast.Constant):
            target = self.stager.fresh(self.stager.hint, introduced=True)
            return self.stager.statements.as_target(target, made, node)
        return made


def _written(
    function: Any, keywords: Sequence[ast.keyword] = ()
) -> tuple[tuple[str, ...], str] | None:
    """The arguments of a function of Python's, and the statements that it stands for."""
    given = [keyword.arg for keyword in keywords]
    table = WRITTEN if not given else BY_KEY if given == ["key"] else {}
    return next((found for known, found in table.items() if known == function), None)


def _part(whole: ast.expr, attr: str) -> ast.expr:
    return ast.Attribute(whole, attr, ast.Load())


def _starred(node: ast.Call) -> bool:
    return any(isinstance(arg, ast.Starred) for arg in node.args)
