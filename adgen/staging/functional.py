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
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.errors import UserError
from adgen.ir import name
from adgen.staging import calls, heaps
from adgen.staging.iterables import function_called, source_of
from adgen.staging.sources import whole_number
from adgen.staging.sugar import once, written_out
from adgen.staging.terms import (
    Given,
    NotStatic,
    Term,
    call_of,
    item_of,
    listed,
    numpy,
    static_value,
)
from adgen.types import Known, Num, Opaque, Ref, Seq, Text

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

LONGEST = 64
# so many objects are sorted at most, by exchanging neighbours
MOST_EXCHANGED = 6
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
    heapq.nlargest: (("n", "xs"), "drawn = sorted(xs, reverse=True)[:n]"),
    heapq.nsmallest: (("n", "xs"), "drawn = sorted(xs)[:n]"),
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
# what may be given a `key`
BY_KEY = (sorted, max, min)


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
            copy.deepcopy: self.deeply_copied,
            collections.deque: self.queue,
            dict: self.dictionary,
            collections.OrderedDict: self.dictionary,
            collections.defaultdict: self.with_default,
            collections.Counter: self.counter,
            dataclasses.replace: self.replaced,
            copy.copy: self.replaced,
            str: self.string,
            operator.itemgetter: self.getter,
            operator.attrgetter: self.getter,
            collections.namedtuple: self.kind_of_tuple,
        }

    def is_form(self, function: Any, node: ast.Call) -> bool:
        """Whether a call of this function is carried out while compiling."""
        if any(function == each for each in WRITTEN) and not node.keywords:
            return not _starred(node)
        if any(function is each for each in BY_KEY) and node.keywords:
            return any(keyword.arg in ("key", "reverse") for keyword in node.keywords)
        if heaps.is_change(function, node):
            return not _starred(node)
        if function is sum and not node.keywords and node.args[:1]:
            return isinstance(node.args[0], ast.GeneratorExp | ast.ListComp)
        return any(function is form for form in self.forms)

    def form(self, node: ast.Call, function: Any, into: str | None) -> Term:
        """The result of a call of one of these functions."""
        for known, (names, text) in WRITTEN.items():
            if function == known and len(node.args) == len(names):
                given = dict(zip(names, node.args, strict=True))
                return written_out(self.stager, node, text, "drawn", given)
        if any(function is each for each in BY_KEY):
            return self.by_key(node, function)
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
        whole = self.stager.invocations.printed(function, callee.expr)
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
        parts = [self.drawn_from(arg) for arg in node.args[1:]]
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
        part = self.drawn_from(node.args[1])
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
        part = self.drawn_from(node.args[1])
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
            author = stager.hint if into else None
            return stager.lists.comprehensions.added(terms, author, start[0] if start else zero)
        shown = Given(stager.lists.display(terms, known, None))
        call = ast.Call(node.func, [ast.copy_location(shown, terms), *start], [])
        return stager.expr(ast.copy_location(call, node), into)

    def accumulated(self, node: ast.Call) -> Term:
        """`itertools.accumulate(xs, f, initial=a)`"""
        counts = function_called(self.stager, node.args[0]) is range
        given = {"xs": _drawn(node.args[0]) if counts else node.args[0]}
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

    def by_key(self, node: ast.Call, function: Any) -> Term:
        """`sorted(xs, key=f)`, `max(xs, key=f)`: by the places of what `f` gives."""
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        key, turned = options.pop("key", None), options.pop("reverse", None)
        if function is not sorted and len(node.args) > 1:
            several = ast.copy_location(ast.Tuple(node.args, ast.Load()), node)
            node = ast.copy_location(ast.Call(node.func, [several], node.keywords), node)
        if options or len(node.args) != 1:
            raise self.stager.refuse(
                node, "a call with `key` and these arguments is not supported",
                help="give it one list",
            )  # fmt: skip
        backwards = turned is not None and bool(static_value(self.stager.expr(turned)))
        known = self.by_known_key(node, function, key, backwards)
        if known is not None:
            return known
        if function is sorted and key is None:
            ordered = self.function_of("sorted", sorted, node)
            text = "chosen = order(xs)[::-1]" if backwards else "chosen = order(xs)"
            return written_out(
                self.stager, node, text, "chosen", {"xs": node.args[0], "order": ordered}
            )
        state = self.stager.snapshot()
        try:
            given = {"xs": self.kept(node.args[0]), "f": key or identity(node)}
        except UserError as refusal:
            self.stager.restore(state)
            return self.by_trying(node, function, key or identity(node), backwards, refusal)
        if function is sorted:
            order = "argsort(keys, kind='stable')"
            if backwards:
                order = "argsort([-k for k in keys], kind='stable')"
            given["argsort"] = self.function_of_numpy("argsort", node)
            text = f"keys = [f(v) for v in xs]\nchosen = [xs[i] for i in {order}]"
        else:
            place = "argmax" if function is max else "argmin"
            given["place"] = self.function_of_numpy(place, node)
            text = "keys = [f(v) for v in xs]\nchosen = xs[place(keys)]"
        return written_out(self.stager, node, text, "chosen", given)

    def by_trying(
        self, node: ast.Call, function: Any, key: ast.expr, backwards: bool, refusal: UserError
    ) -> Term:
        """What is chosen of what no list can hold that changes: one is compared after the other."""
        parts = self.drawn_from(node.args[0])
        if not parts or len(parts) > (LONGEST if function is not sorted else MOST_EXCHANGED):
            raise refusal
        objects = self.stager.objects
        alike = [ast.copy_location(Given(objects.alike(part, node)), node) for part in parts]
        given = {f"v{at}": part for at, part in enumerate(alike)}
        found = written_out(
            self.stager, node, self.comparisons(function, len(parts), backwards), "chosen",
            {**given, "f": key},
        )  # fmt: skip
        objects.note_chosen(found, parts)
        return found

    def comparisons(self, function: Any, count: int, backwards: bool) -> str:
        """What `sorted`, `max` or `min` of values stands for, one compared after the other."""
        if function is sorted:
            return exchanges(count, ">" if backwards else "<")
        beats = ">" if function is max else "<"
        text = "chosen = v0\nbest = f(v0)"
        for at in range(1, count):
            text += f"\nnow = f(v{at})\nif now {beats} best:\n    chosen, best = v{at}, now"
        return text

    def by_known_key(
        self, node: ast.Call, function: Any, key: ast.expr | None, backwards: bool
    ) -> Term | None:
        """The same, where what decides is known while compiling; None where it is not."""
        stager = self.stager
        state = stager.snapshot()
        try:
            part = self.drawn_from(node.args[0])
            call = ast.copy_location(ast.Call(key or identity(node), [node.args[0]], []), node)
            callee = self.function_called(call)
            keys = [static_value(self.call(node, callee, [item])) for item in part or ()]
            order = sorted(range(len(keys)), key=keys.__getitem__, reverse=backwards)
        except (NotStatic, UserError, TypeError):
            keys, part = [], None
        if not part:
            stager.restore(state)
            return None
        if function is sorted:
            return listed([part[at] for at in order])
        return part[keys.index(function(keys))]

    def kept(self, node: ast.expr) -> ast.expr:
        """A list to choose from, at positions that a run decides."""
        term = self.stager.expr(ast.copy_location(_drawn(node), node))
        if term.items is not None:
            lists = self.stager.lists
            layout = lists.tables.layout_within(term, node)
            made = lists.made if layout is None else lambda t, n: lists.tables.table(layout, t, n)
            term = made(term.items, node)
        return ast.copy_location(Given(term), node)

    def function_of(self, known_as: str, function: Any, node: ast.expr) -> ast.expr:
        return ast.copy_location(Given(Term(name(known_as), Known(function))), node)

    def function_of_numpy(self, known_as: str, node: ast.expr) -> ast.expr:
        return ast.copy_location(Given(Term(numpy(known_as), Known(getattr(np, known_as)))), node)

    def drawn(self, node: ast.Call) -> Term:
        """`zip(a, b)`, `reversed(xs)` as a value: the list of what it gives."""
        return self.stager.expr(ast.copy_location(_drawn(node), node))

    def product(self, node: ast.Call) -> Term:
        """`itertools.product(a, b)`"""
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        times = int(static_value(self.stager.expr(options["repeat"]))) if options else 1
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
        given = {"xs": xs, **{f"b{i}": bound for i, bound in enumerate(bounds)}}
        where = "".join(f"b{i}:" for i in range(len(bounds)))[:-1] if bounds[1:] else ":b0"
        text = f"drawn = [v for v in xs][{where}]"
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

    def queue(self, node: ast.Call) -> Term:
        """`deque(xs, maxlen=n)`: a list, of which only the last `n` elements stay."""
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        longest = options.get("maxlen", node.args[1] if len(node.args) > 1 else None)
        most = None if longest is None else self.stager.expr(longest)
        items: Sequence[Term] = ()
        given = node.args[0] if node.args else options.get("iterable")
        if given is not None:
            found = self.drawn_from(given)
            if not self.has_room(given, most):
                found = self.last(found, most, given)
            if found is None:
                copied = self.stager.expr(ast.copy_location(_drawn(given), node))
                if most is not None:
                    self.stager.lists.note_longest(copied, most, node)
                return copied
            items = found
        made = self.stager.lists.display(node, list(items), None)
        if most is not None and most.type != Known(None):
            self.stager.lists.note_longest(made, most, node)
        return made

    def has_room(self, given: ast.expr, most: Term | None) -> bool:
        """Whether a queue can hold all of what it begins with."""
        if most is None or most.type == Known(None):
            return True
        dims = [source_of(self.stager, given).dim, most.num.value if most.num else None]
        if None in dims:
            return False
        return self.stager.facts.exceeds(*dims) is False  # type: ignore[arg-type]

    def last(self, items: list[Term] | None, most: Term | None, node: ast.expr) -> list[Term]:
        """What a queue keeps of more than it can hold."""
        try:
            longest = static_value(most) if most is not None else None
        except NotStatic:
            longest = None
        if items is None or not isinstance(longest, int):
            raise self.stager.refuse(
                node, "how much of this goes into the deque is not known while compiling",
                help="begin with an empty deque, and append",
            )  # fmt: skip
        return items[len(items) - longest :]

    def deeply_copied(self, node: ast.Call) -> Term:
        args, _ = self.stager.invocations.arguments(node)
        return self.deep_copy(args[0], node, {})

    def deep_copy(self, term: Term, node: ast.Call, made: dict[str, Term]) -> Term:
        """`copy.deepcopy(x)`: what it holds is copied, too; what is there twice, once."""
        known_as = term.expr.id if isinstance(term.expr, ast.Name) else ""
        if known_as not in made:
            found = self.copied_inside(term, node, made)
            if not known_as:
                return found
            made[known_as] = found
        return made[known_as]

    def copied_inside(self, term: Term, node: ast.Call, made: dict[str, Term]) -> Term:
        objects = self.stager.objects
        if isinstance(term.type, Ref):
            if hasattr(term.type.cls, "__deepcopy__"):
                raise self.stager.refuse(node, "a class with a `__deepcopy__` of its own")
            entries = objects.entries(term, node)
            copies = {key: self.deep_copy(part, node, made) for key, part in entries.items()}
            return objects.new(term.type.cls, copies)
        if term.items is not None and isinstance(term.type, Seq):
            items = [self.deep_copy(item, node, made) for item in term.items]
            if term.type.kind == "list":
                return self.stager.lists.display(node, items, None)
            display = ast.Tuple([t.expr for t in items], ast.Load())
            type_ = replace(term.type, items=tuple(t.type for t in items))
            return replace(term, expr=display, type=type_, items=tuple(items))
        if isinstance(term.type, Num) and not term.type.is_scalar:
            return self.stager.copied(term, node)
        return term

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

    def dictionary(self, node: ast.Call) -> Term:
        args, keywords = self.stager.invocations.arguments(node)
        objects = self.stager.objects
        return objects.new(dict, objects.dicts.updates(args, keywords, node))

    def with_default(self, node: ast.Call) -> Term:
        args, keywords = self.stager.invocations.arguments(node)
        objects = self.stager.objects
        made = objects.new(dict, objects.dicts.updates(args[1:], keywords, node))
        factory = args[0] if args else Term(ast.Constant(None), Known(None))
        if isinstance(made.type, Ref) and factory.type != Known(None):
            call = ast.copy_location(ast.Call(node.args[0], [], []), node)
            objects.make_missing(made, node, lambda: self.fresh_value(call, factory))
        return made

    def getter(self, node: ast.Call) -> Term:
        """`itemgetter(1)` and `attrgetter("x")`, as the functions that say the same."""
        function = self.stager.invocations.static_object(node.func)
        if len(node.args) != 1 or node.keywords or _starred(node):
            raise self.stager.refuse(node, "a call of this form is not supported")
        got: ast.expr = ast.Name("item", ast.Load())
        if function is operator.itemgetter:
            got = ast.Subscript(got, node.args[0], ast.Load())
        else:
            for attr in static_value(self.stager.expr(node.args[0])).split("."):
                got = ast.Attribute(got, attr, ast.Load())
        argument = ast.arguments([], [ast.arg("item")], None, [], [], None, [])
        made = ast.Lambda(argument, got)
        for part in ast.walk(made):
            if isinstance(part, ast.expr | ast.arg) and not hasattr(part, "lineno"):
                ast.copy_location(part, node)
        return self.stager.expr(made)

    def kind_of_tuple(self, node: ast.Call) -> Term:
        """`namedtuple("Point", "x y")`, which is the same in every run."""
        args, keywords = self.stager.invocations.arguments(node)
        try:
            given = [static_value(term) for term in args]
            options = {key: static_value(term) for key, term in keywords.items()}
            made = collections.namedtuple(*given, **options)  # type: ignore[misc]
        except (NotStatic, TypeError, ValueError):
            raise self.stager.refuse(
                node, "this kind of tuple is not known while compiling"
            ) from None
        return Term(name(made.__name__), Known(made))

    def counter(self, node: ast.Call) -> Term:
        """`Counter()`: a dict of numbers that are 0 to begin with."""
        if node.args or node.keywords:
            raise self.stager.refuse(
                node, "a `Counter` of what is counted here is not supported",
                help="begin with an empty one, and count in a loop",
            )  # fmt: skip
        made = self.dictionary(node)
        zero = self.stager.constant(ast.Constant(0), 0)
        self.stager.objects.make_missing(made, node, lambda: zero)
        return made

    def fresh_value(self, node: ast.Call, factory: Term) -> Term:
        """What `float()` or `list()` gives, or a function of the author's."""
        function = factory.type.value if isinstance(factory.type, Known) else None
        if function in (int, float, bool):
            value = function()
            return self.stager.constant(ast.Constant(value), value)
        if function is list:
            empty = ast.copy_location(ast.List([], ast.Load()), node)
            return self.stager.expr(empty)
        if function is dict:
            return self.stager.objects.new(dict, {})
        return self.stager.invocations.applied(node, factory, [], {}, None)

    def replaced(self, node: ast.Call) -> Term:
        args, keywords = self.stager.invocations.arguments(node)
        if len(args) != 1 or not isinstance(args[0].type, Ref):
            raise self.stager.refuse(node, "what is copied here cannot be followed")
        return self.stager.objects.constructors.copied(args[0], keywords, node)

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
        return invocations.callee(call, invocations.static_object(call.func))

    def call(self, node: ast.Call, function: Term, args: list[Term]) -> Term:
        made = self.stager.invocations.applied(node, function, args, {}, None)
        if isinstance(made.type, Num) and not isinstance(made.expr, ast.Name | ast.Constant):
            target = self.stager.fresh(self.stager.hint, introduced=True)
            return self.stager.statements.as_target(target, made, node)
        return made

    def drawn_from(self, node: ast.expr) -> list[Term] | None:
        """The elements of what a form runs over, if they are known one by one."""
        source = source_of(self.stager, node)
        count = source.dim.known if source.dim is not None else None
        if count is None or count > LONGEST:
            return None
        return [source.element(whole_number(at)) for at in range(count)]


def _drawn(node: ast.expr) -> ast.expr:
    """`[item for item in xs]`"""
    target = ast.comprehension(ast.Name("item", ast.Store()), node, [], 0)
    made = ast.ListComp(ast.Name("item", ast.Load()), [target])
    for part in (made, made.elt, target.target):
        ast.copy_location(part, node)
    return made


def exchanges(count: int, comes_first: str) -> str:
    """A stable sort of that many values: neighbours are exchanged until all are in order."""
    text = "".join(f"x{at}, k{at} = v{at}, f(v{at})\n" for at in range(count))
    for last in range(count - 1, 0, -1):
        for at in range(last):
            a, b = at, at + 1
            exchange = f"x{a}, x{b}, k{a}, k{b} = x{b}, x{a}, k{b}, k{a}"
            text += f"if k{b} {comes_first} k{a}:\n    {exchange}\n"
    return f"{text}chosen = [{', '.join(f'x{at}' for at in range(count))}]"


def identity(node: ast.AST) -> ast.expr:
    """`lambda v: v`"""
    made = ast.parse("lambda v: v", mode="eval").body
    for part in ast.walk(made):
        ast.copy_location(part, node)
    return made


def _part(whole: ast.expr, attr: str) -> ast.expr:
    return ast.Attribute(whole, attr, ast.Load())


def _starred(node: ast.Call) -> bool:
    return any(isinstance(arg, ast.Starred) for arg in node.args)
