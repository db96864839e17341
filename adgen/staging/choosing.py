"""What is put in order, or chosen, by a key: `sorted`, `max` and `min` with `key`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.errors import UserError
from adgen.ir import name
from adgen.staging.iterables import LONGEST_DRAWN, drawn_from
from adgen.staging.sugar import drawn, identity, written_out
from adgen.staging.terms import Given, NotStatic, Term, is_text, leaves, listed, numpy, static_value
from adgen.types import Known

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# what may be given a `key`
BY_KEY = (sorted, max, min)
# so many objects are sorted at most, by exchanging neighbours
MOST_EXCHANGED = 6


def is_by_key(function: Any, node: ast.Call) -> bool:
    """Whether a call says what decides, or in which direction."""
    named = any(keyword.arg in ("key", "reverse") for keyword in node.keywords)
    return named and any(function is each for each in BY_KEY)


class Choosing:
    """Stages what is chosen by a key, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def by_key(self, node: ast.Call, function: Any) -> Term:
        """`sorted(xs, key=f)`, `max(xs, key=f)`: by the places of what `f` gives."""
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        key, turned = options.pop("key", None), options.pop("reverse", None)
        args = node.args
        if function is not sorted and len(args) > 1:
            args = [ast.copy_location(ast.Tuple(args, ast.Load()), node)]
        if options or len(args) != 1:
            raise self.stager.refuse(
                node, "a call with `key` and these arguments is not supported",
                help="give it one list",
            )  # fmt: skip
        static = self.stager.objects.dicts.static_key
        backwards = turned is not None and bool(static(self.stager.expr(turned), turned))
        known = self.by_known_key(node, args[0], function, key, backwards)
        if known is not None:
            return known
        if function is sorted and key is None:
            ordered = self.function_of("sorted", sorted, node)
            text = "chosen = order(xs)[::-1]" if backwards else "chosen = order(xs)"
            return written_out(self.stager, node, text, "chosen", {"xs": args[0], "order": ordered})
        if function is not sorted and (parts := self.told_apart(node, args[0])):
            return self.by_trying(node, parts, function, key or identity(node), backwards)
        state = self.stager.snapshot()
        try:
            return self.at_places(node, args[0], function, key or identity(node), backwards)
        except UserError:
            self.stager.restore(state)
            parts = drawn_from(self.stager, args[0])
            most = LONGEST_DRAWN if function is not sorted else MOST_EXCHANGED
            if not parts or len(parts) > most:
                raise
        return self.by_trying(node, parts, function, key or identity(node), backwards)

    def told_apart(self, node: ast.Call, over: ast.expr) -> list[Term] | None:
        """The elements to choose from, where each path is to know which it has chosen: since it
        goes on by itself, or since strings are among them."""
        state = self.stager.snapshot()
        parts = drawn_from(self.stager, over)
        texts = any(is_text(leaf) for part in parts or () for leaf in leaves(part))
        if texts or self.stager.continued.waits_for(node):
            return parts
        self.stager.restore(state)
        return None

    def at_places(
        self, node: ast.Call, over: ast.expr, function: Any, key: ast.expr, backwards: bool
    ) -> Term:
        """What is chosen of a list, by the places of what the key gives."""
        given = {"xs": self.kept(over), "f": key}
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
        self, node: ast.Call, parts: Sequence[Term], function: Any, key: ast.expr, backwards: bool
    ) -> Term:
        """What is chosen of what no list can hold that changes: one is compared after the other."""
        objects = self.stager.objects
        apart = self.stager.continued.waits_for(node)  # each path knows which it has chosen
        held = list(parts) if apart else [objects.alike(part, node) for part in parts]
        alike = [ast.copy_location(Given(part), node) for part in held]
        given = {f"v{at}": part for at, part in enumerate(alike)}
        found = written_out(
            self.stager, node, self.comparisons(function, len(parts), backwards), "chosen",
            {**given, "f": key},
        )  # fmt: skip
        if not apart:
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
        self, node: ast.Call, over: ast.expr, function: Any, key: ast.expr | None, backwards: bool
    ) -> Term | None:
        """The same, where what decides is known while compiling; None where it is not."""
        stager, forms = self.stager, self.stager.functional
        state = stager.snapshot()
        try:
            part = drawn_from(self.stager, over)
            call = ast.copy_location(ast.Call(key or identity(node), [over], []), node)
            callee = forms.function_called(call)
            keys = [
                static_value(self.stager.functional.call(node, callee, [item]))
                for item in part or ()
            ]
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
        term = self.stager.expr(ast.copy_location(drawn(node), node))
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


def exchanges(count: int, comes_first: str) -> str:
    """A stable sort of that many values: neighbours are exchanged until all are in order."""
    text = "".join(f"x{at}, k{at} = v{at}, f(v{at})\n" for at in range(count))
    for last in range(count - 1, 0, -1):
        for at in range(last):
            a, b = at, at + 1
            exchange = f"x{a}, x{b}, k{a}, k{b} = x{b}, x{a}, k{b}, k{a}"
            text += f"if k{b} {comes_first} k{a}:\n    {exchange}\n"
    return f"{text}chosen = [{', '.join(f'x{at}' for at in range(count))}]"
