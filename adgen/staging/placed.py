"""Lists that are followed place by place, for elements that are not all of one kind.

A list of layers, of arrays of different lengths or of what is not there yet is a
cell like a dict: its keys are the places.  How long it is has to be the same on
every path, so that loops that make it longer are written out.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adgen.errors import UserError
from adgen.staging.terms import Given, Term, listed
from adgen.types import INT, Cell, Dim, Known, Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


@dataclass(frozen=True, eq=False)
class ByPlace:
    """How a list is followed, and why it could not be as one of elements that are alike; and what
    its elements hold, if they may be dicts or objects that stay as they are."""

    why: UserError
    layout: Any = None


def is_placed(term: Term) -> bool:
    """Whether a list is followed place by place."""
    return isinstance(term.type, Ref) and term.type.cls is list


class Placed:
    """Stages what is asked of such lists, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        # what is wrong with the lists if they cannot be followed like this either
        self.why: dict[str, UserError] = {}

    def new(self, terms: Sequence[Term], kind: ByPlace) -> Term:
        """A list of these elements."""
        made = self.stager.objects.new(list, dict(enumerate(terms)))
        assert isinstance(made.type, Ref)
        self.why[made.type.cell] = kind.why
        return made

    def items(self, base: Term, node: ast.AST) -> list[Term]:
        """The elements, as they are now."""
        return list(self.stager.objects.entries(base, node).values())

    def shown(self, term: Term, node: ast.AST) -> Term:
        """What a list holds now; anything else as it is."""
        return listed(self.items(term, node)) if is_placed(term) else term

    # -- elements -------------------------------------------------------------------

    def item(self, node: ast.Subscript, base: Term, index: Term) -> Term:
        """`xs[i]`, or a slice."""
        if isinstance(node.slice, ast.Slice):
            parts = [self.stager.objects.dicts.static_key(t, node) for t in index.items or ()]
            return self.stager.lists.display(node, self.items(base, node)[slice(*parts)], None)
        return self.stager.objects.read(base, self.place(base, index, node), node)

    def place(self, base: Term, index: Term, node: ast.AST) -> int:
        """A position, counted from the front."""
        count = len(self.stager.objects.keys(base, node))
        try:
            written = node.slice if isinstance(node, ast.Subscript) else node
            at = self.stager.objects.dicts.static_key(index, written)
        except UserError:
            raise self.refusal(base) from None
        if type(at) is not int or not -count <= at < count:
            raise self.stager.refuse(node, f"index {at} is outside of {count} elements")
        return at % count

    def assign(self, target: ast.Subscript, base: Term, index: Term, value: Term) -> None:
        """`xs[i] = value`, or `xs[a:b] = values`"""
        if isinstance(target.slice, ast.Slice):
            held = self.items(base, target)
            parts = [self.stager.objects.dicts.static_key(t, target) for t in index.items or ()]
            try:
                held[slice(*parts)] = self.stager.unpacking.elements(value, target)
            except ValueError as error:
                raise self.stager.refuse(target, str(error)) from None
            self.become(base, held)
            return
        self.stager.objects.write(base, self.place(base, index, target), value, target)

    # -- methods --------------------------------------------------------------------

    def method(
        self, node: ast.Call, attr: str, base: Term, args: Sequence[Term],
        keywords: Mapping[str, Term],
    ) -> Term:  # fmt: skip
        """A method of the list: what it gives, and what it changes."""
        held, given = self.items(base, node), Term(ast.Constant(None), Known(None))
        match attr, len(args) + len(keywords):
            case "append", 1:
                held.append(args[0])
            case "appendleft", 1:
                held.insert(0, args[0])
            case "extend", 1:
                held += self.stager.unpacking.elements(args[0], node)
            case "insert", 2:
                held.insert(self.stager.objects.dicts.static_key(args[0], node), args[1])
            case "pop" | "popleft", 0 | 1 if held:
                first = Term(ast.Constant(0), replace(INT, value=Dim(0)))
                last = Term(ast.Constant(-1), replace(INT, value=Dim(-1)))
                at = args[0] if args else first if attr == "popleft" else last
                given = held.pop(self.place(base, at, node))
            case "reverse", 0:
                held.reverse()
            case "clear", 0:
                held.clear()
            case "sort", _ if not args:
                held = self.in_order(node, held)
            case "copy", 0:
                return self.stager.lists.display(node, held, None)
            case _:
                raise self.stager.refuse(node, f"`.{attr}()` of this list is not supported")
        self.become(base, held)
        if attr in ("append", "appendleft", "extend", "insert"):
            assert isinstance(node.func, ast.Attribute)
            self.stager.lists.queues.shorten(node, node.func.value, base, attr)
        return given

    def in_order(self, node: ast.Call, held: Sequence[Term]) -> list[Term]:
        """What `sorted` makes of these elements, with the arguments of `.sort()`."""
        given = ast.copy_location(Given(listed(held)), node)
        call = ast.copy_location(ast.Call(node.func, [given], node.keywords), node)
        if not node.keywords:
            call.keywords = [ast.keyword("reverse", ast.copy_location(ast.Constant(False), node))]
        ordered = self.stager.functional.form(call, sorted, None)
        return list(self.stager.unpacking.elements(ordered, node))

    def become(self, base: Term, held: Sequence[Term]) -> None:
        """The list is made up anew."""
        assert isinstance(base.type, Ref)
        stager, cell = self.stager, base.type.cell
        before = len(stager.objects.cell(cell).keys)
        if len(held) != before and any(cell in s.env for s in stager.flow.repeats.handed_on.starts):
            raise self.refusal(base)  # each trip of a loop makes it longer or shorter
        for at in range(before):
            stager.env.pop(stager.objects.entry(cell, at), None)
        stager.objects.set_cell(cell, Cell(list, tuple(range(len(held)))))
        stager.env |= {stager.objects.entry(cell, at): term for at, term in enumerate(held)}

    def refusal(self, base: Term) -> UserError:
        """Why a list could not be followed otherwise."""
        assert isinstance(base.type, Ref)
        if base.type.cell not in self.why:  # made anew where paths meet
            node = self.stager.definition.tree
            self.stager.parted.ask(base.type.cell)
            return self.stager.refuse(node, "how long a list is depends on the path taken")
        return self.why[base.type.cell]
