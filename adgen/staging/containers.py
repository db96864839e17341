"""Python's own containers, made while compiling: queues, dicts with defaults, counters, copies."""

from __future__ import annotations

import ast
import collections
import dataclasses
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from adgen.ir import name
from adgen.staging.iterables import drawn_from, source_of
from adgen.staging.sugar import drawn
from adgen.staging.terms import Given, NotStatic, Term, static_value
from adgen.types import Known, Num, Ref, Seq

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Containers:
    """Stages the calls that make containers, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def queue(self, node: ast.Call) -> Term:
        """`deque(xs, maxlen=n)`: a list, of which only the last `n` elements stay."""
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        longest = options.get("maxlen", node.args[1] if len(node.args) > 1 else None)
        most = None if longest is None else self.stager.expr(longest)
        items: Sequence[Term] = ()
        given = node.args[0] if node.args else options.get("iterable")
        if given is not None:
            found = drawn_from(self.stager, given)
            if not self.has_room(given, most):
                found = self.last(found, most, given)
            if found is None:
                copied = self.stager.expr(ast.copy_location(drawn(given), node))
                if most is not None:
                    self.stager.lists.queues.note_longest(copied, most, node)
                return copied
            items = found
        made = self.stager.lists.display(node, list(items), None)
        if most is not None and most.type != Known(None):
            self.stager.lists.queues.note_longest(made, most, node)
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

    def as_dict(self, node: ast.Call) -> Term:
        """`dataclasses.asdict(x)`: copies of what an object holds, under their names."""
        args, keywords = self.stager.invocations.arguments(node)
        if keywords or len(args) != 1 or not self.is_record(args[0]):
            raise self.stager.refuse(node, "a call of this form is not supported")
        return self.named_parts(args[0], node)

    def named_parts(self, term: Term, node: ast.Call) -> Term:
        parts = self.stager.objects.entries(term, node)
        if any(part.items is not None and any(map(self.is_record, part.items))
               for part in parts.values()):  # fmt: skip
            raise self.stager.refuse(node, "objects in a tuple or list are not supported here")
        made = {
            key: (
                self.named_parts(part, node)
                if self.is_record(part)
                else self.deep_copy(part, node, {})
            )
            for key, part in parts.items()
        }
        return self.stager.objects.new(dict, made)

    def is_record(self, term: Term) -> bool:
        """Whether this is an object of a dataclass."""
        return isinstance(term.type, Ref) and dataclasses.is_dataclass(term.type.cls)

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
        """`Counter(words)`: a dict of numbers that are 0 to begin with."""
        counted = self._counted(node.args[0]) if len(node.args) == 1 else []
        if counted is None or len(node.args) > 1 or node.keywords:
            raise self.stager.refuse(
                node, "a `Counter` of what is counted here is not supported",
                help="begin with an empty one, and count in a loop",
            )  # fmt: skip
        static_key = self.stager.objects.dicts.static_key
        counts = collections.Counter(static_key(term, node) for term in counted)
        entries = {key: self.stager.constant(ast.Constant(n), n) for key, n in counts.items()}
        made = self.stager.objects.new(dict, entries)
        zero = self.stager.constant(ast.Constant(0), 0)
        self.stager.objects.make_missing(made, node, lambda: zero, keeps=False)
        return made

    def _counted(self, node: ast.expr) -> list[Term] | None:
        """What a `Counter` counts, one by one; of a dict it takes the numbers that are there."""
        term = self.stager.expr(node) if not isinstance(node, ast.GeneratorExp) else None
        if term is not None and (isinstance(term.type, Ref) or self._is_constant_dict(term)):
            return None
        return drawn_from(self.stager, ast.copy_location(Given(term), node) if term else node)

    def _is_constant_dict(self, term: Term) -> bool:
        return isinstance(term.type, Known) and isinstance(term.type.value, dict)

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
