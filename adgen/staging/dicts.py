"""What is asked of dicts, and of objects by the names of their attributes."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adgen.errors import UserError
from adgen.frontend.resolve import OPERATORS
from adgen.ir import names_in
from adgen.staging import module_dicts
from adgen.staging.cells import sequence
from adgen.staging.list_kinds import has_elements
from adgen.staging.placed import is_placed
from adgen.staging.terms import Given, NeedTrips, NotStatic, Term, static_value
from adgen.types import BOOL, INT, Cell, Dim, Known, Ref

if TYPE_CHECKING:
    from adgen.staging.objects import Objects
    from adgen.staging.stager import Stager

# Python's own functions that ask an object
BUILTINS: dict[Any, str] = {
    abs: "__abs__", len: "__len__", float: "__float__", int: "__int__", round: "__round__",
    iter: "__iter__", bool: "__bool__",
}  # fmt: skip
# and those that ask for all that it runs over
RUN_OVER = (list, tuple, sorted, min, max)
# the methods for an operator: of the left operand, and of the right one
SPECIAL: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Add: ("__add__", "__radd__"),
    ast.Sub: ("__sub__", "__rsub__"),
    ast.Mult: ("__mul__", "__rmul__"),
    ast.Div: ("__truediv__", "__rtruediv__"),
    ast.FloorDiv: ("__floordiv__", "__rfloordiv__"),
    ast.Mod: ("__mod__", "__rmod__"),
    ast.Pow: ("__pow__", "__rpow__"),
    ast.MatMult: ("__matmul__", "__rmatmul__"),
    ast.LShift: ("__lshift__", "__rlshift__"),
    ast.RShift: ("__rshift__", "__rrshift__"),
    ast.BitAnd: ("__and__", "__rand__"),
    ast.BitOr: ("__or__", "__ror__"),
    ast.BitXor: ("__xor__", "__rxor__"),
    ast.Invert: ("__invert__",),
    ast.USub: ("__neg__",),
    ast.UAdd: ("__pos__",),
    ast.Eq: ("__eq__", "__eq__"),
    ast.Lt: ("__lt__", "__gt__"),
    ast.LtE: ("__le__", "__ge__"),
    ast.Gt: ("__gt__", "__lt__"),
    ast.GtE: ("__ge__", "__le__"),
}


class Dicts:
    """Stages the methods of dicts, for a stager."""

    def __init__(self, stager: Stager, objects: Objects) -> None:
        self.stager = stager
        self.objects = objects

    def static_key(self, key: Term, node: ast.AST) -> Any:
        """A key that is known while compiling."""
        try:
            return static_value(key)
        except NotStatic as unknown:
            if unknown.index is not None:
                raise NeedTrips(unknown.index) from None
            self.stager.ask_for(unknown)
            self.stager.keyed.ask(node)
            self.stager.tallies.ask(node)
            for value in names_in(key.expr):
                self.stager.parted.ask(value)
            raise self.stager.refuse(node, "this key is not known while compiling") from None

    def update(
        self, base: Term, args: Sequence[Term], keywords: Mapping[str, Term], node: ast.AST
    ) -> None:
        """`base.update(...)`, `base |= ...`"""
        for key, value in self.updates(args, keywords, node).items():
            self.objects.write(base, key, value, node)

    def is_joined(self, kind: type[ast.AST], terms: Sequence[Term]) -> bool:
        """Whether this is `|` of dicts."""
        return kind is ast.BitOr and all(
            isinstance(term.type, Ref) and term.type.cls is dict for term in terms
        )

    def method_of_dict(
        self, node: ast.Call, attr: str, base: Term, args: Sequence[Term],
        keywords: Mapping[str, Term],
    ) -> Term:  # fmt: skip
        """A method of a dict: what it gives, and what it changes."""
        if attr in ("keys", "values", "items") and not args:
            return self.views(base, attr, node)
        if attr == "copy":
            return self.objects.new(dict, self.objects.entries(base, node))
        if attr == "update":
            self.update(base, args, keywords, node)
            return Term(ast.Constant(None), Known(None))
        if attr in ("get", "pop", "setdefault") and args:
            key = self.static_key(args[0], node)
            if self.objects.has(base, key, node):
                return (self.objects.remove if attr == "pop" else self.objects.read)(
                    base, key, node
                )
            if len(args) < 2 and attr == "pop":
                raise self.stager.refuse(node, f"there is no key {key!r}")
            default = args[1] if len(args) > 1 else Term(ast.Constant(None), Known(None))
            if attr == "setdefault":
                self.objects.write(base, key, default, node)
            return default
        if attr == "clear" and not args:
            assert isinstance(base.type, Ref)
            self.objects.check_chosen(base.type.cell, node)
            self.objects.set_cell(base.type.cell, Cell(dict, ()))
            return Term(ast.Constant(None), Known(None))
        raise self.stager.refuse(node, f"`.{attr}()` of a dict is not supported")

    def updates(
        self, args: Sequence[Term], keywords: Mapping[str, Term], node: ast.AST
    ) -> dict[Any, Term]:
        """What `dict(...)` or `.update(...)` is given."""
        found: dict[Any, Term] = {}
        for arg in args:
            constant = module_dicts.entries(self.stager, arg, node)
            if isinstance(arg.type, Ref) and arg.type.cls is dict:
                found |= self.objects.entries(arg, node)
            elif constant is not None:
                found |= constant
            elif arg.items is not None and all(t.items and len(t.items) == 2 for t in arg.items):
                pairs = [t.items for t in arg.items if t.items is not None]
                found |= {self.static_key(key, node): value for key, value in pairs}
            else:
                raise self.stager.refuse(node, "what this dict is made of is not known")
        return found | dict(keywords)

    def views(self, base: Term, attr: str, node: ast.AST) -> Term:
        """`d.keys()`, `d.values()` or `d.items()`, element by element."""
        return module_dicts.views(self.stager, attr, self.objects.entries(base, node))

    def listed(self, base: Term, node: ast.expr) -> list[Term]:
        """What a loop over a dict runs over."""
        assert isinstance(base.type, Ref)
        if base.type.cls is dict:
            return list(self.views(base, "keys", node).items or ())
        if base.type.cls is list:
            return self.stager.lists.placed.items(base, node)
        found = self.objects.special(node, "__iter__", [base], {}, None)
        try:
            return list(self.stager.unpacking.elements(found, node))
        except UserError:
            raise self.stager.refuse(
                node, f"what a {base.type.cls.__name__} runs over is not known while compiling",
                help="loop over a list that it holds",
            ) from None  # fmt: skip

    def told(self, term: Term, node: ast.expr) -> Term:
        """A dict or object as a truth value."""
        if not isinstance(term.type, Ref):
            return term
        cls = term.type.cls
        if cls in (dict, list):
            return Term(ast.Constant(bool(self.objects.keys(term, node))), BOOL)
        for method in ("__bool__", "__len__"):
            if inspect.getattr_static(cls, method, None) is not None:
                return self.objects.special(node, method, [term], {}, None)
        return Term(ast.Constant(True), BOOL)

    def builtin(
        self, node: ast.Call, function: Any, args: Sequence[Term], into: str | None
    ) -> Term | None:
        """`len(d)`, `sorted(d)`, `abs(v)`, `iter(...)`; None for what is no dict or object."""
        if function in (getattr, hasattr, setattr) and args and isinstance(args[0].type, Ref):
            return self.by_name(node, function, args, into)
        kind = next((k for k in SPECIAL if OPERATORS.get(k) is function), None)
        if kind is not None and any(isinstance(arg.type, Ref) for arg in args):
            return self.objects.operator(node, kind, list(args), into)
        if function is sum and len(args) in (1, 2):
            return self.added_up(node, *args)
        if len(args) != 1:
            return None
        (given,) = args
        if function is iter and (has_elements(given) or is_placed(given)):
            return given
        constant = module_dicts.entries(self.stager, given, node)
        if constant is not None:
            return self.about_keys(function, list(constant))
        if not isinstance(given.type, Ref):
            return None
        if given.type.cls is not dict:
            method = BUILTINS.get(function) if isinstance(function, Hashable) else None
            if method is None and function in RUN_OVER and given.type.cls is not list:
                run_over = self.objects.special(node, "__iter__", args, {}, None)
                given_over = ast.copy_location(Given(run_over), node)
                return self.stager.expr(
                    ast.copy_location(ast.Call(node.func, [given_over], []), node), into
                )
            return self.objects.special(node, method, args, {}, into) if method else None
        return self.about_keys(function, self.objects.keys(given, node))

    def about_keys(self, function: Any, keys: Sequence[Any]) -> Term | None:
        """What a function gives of the keys of a dict; None for what is no such function."""
        if function is len:
            return Term(ast.Constant(len(keys)), replace(INT, value=Dim(len(keys))))
        if function in (min, max):
            key = function(keys)
            return self.stager.constant(ast.Constant(key), key)
        if function in (list, tuple, sorted, iter):
            ordered = sorted(keys) if function is sorted else keys
            return sequence([self.stager.constant(ast.Constant(key), key) for key in ordered])
        return None

    def added_up(self, node: ast.Call, given: Term, start: Term | None = None) -> Term | None:
        """`sum` of objects, or over what an object runs over; None for a sum of numbers."""
        items = [given] if start is None else [given, start]
        objects = any(isinstance(term.type, Ref) for term in [*items, *(given.items or ())])
        if not objects:
            return None
        found = start or self.stager.constant(ast.Constant(0), 0)
        for item in self.stager.unpacking.elements(given, node):
            display = ast.copy_location(ast.BinOp(Given(found), ast.Add(), Given(item)), node)
            found = self.stager.expr(display)
        return found

    def by_name(
        self, node: ast.Call, function: Any, args: Sequence[Term], into: str | None
    ) -> Term:
        """`getattr(o, "x")`, `hasattr(o, "x")`, `setattr(o, "x", v)`."""
        base = args[0]
        assert isinstance(base.type, Ref)
        attr = str(self.static_key(args[1], node))
        there = base.type.cls is not dict and self.objects.has(base, attr, node)
        there = there or inspect.getattr_static(base.type.cls, attr, None) is not None
        if function is hasattr:
            return Term(ast.Constant(there), BOOL)
        place = ast.copy_location(ast.Attribute(node.args[0], attr, ast.Load()), node)
        if function is setattr:
            self.objects.assign_attribute(place, base, args[2])
            return Term(ast.Constant(None), Known(None))
        return self.objects.attribute(place, base, into) if there or len(args) < 3 else args[2]

    def unpacked(self, base: Term, node: ast.AST) -> dict[str, Term]:
        """`**base`: keyword arguments."""
        return {str(key): value for key, value in self.objects.entries(base, node).items()}
