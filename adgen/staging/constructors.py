"""Objects that the author makes: by their class, as named tuples, as copies of others."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from adgen.staging.cells import CALL, NEW, named
from adgen.staging.terms import Term
from adgen.types import Ref, Seq
from adgen.values import is_named_tuple

if TYPE_CHECKING:
    from adgen.staging.objects import Objects
    from adgen.staging.stager import Stager


class Constructors:
    """Stages calls of classes, for a stager."""

    def __init__(self, stager: Stager, objects: Objects) -> None:
        self.stager = stager
        self.objects = objects

    def construct(
        self, node: ast.Call, cls: type, args: Sequence[Term], keywords: Mapping[str, Term]
    ) -> Term:
        """`Point(1.0, y=2.0)`."""
        stager = self.stager
        if is_named_tuple(cls):
            return self.named_tuple(node, cls, args, keywords)
        if cls is SimpleNamespace and not args:
            return self.objects.new(cls, keywords)
        makes = inspect.getattr_static(cls, "__new__")
        if inspect.getattr_static(type(cls), "__call__") is not CALL or makes is not NEW:
            raise stager.refuse(node, f"how a {cls.__name__} is made cannot be followed")
        made = self.objects.new(cls, {})
        init = inspect.getattr_static(cls, "__init__", None)
        if isinstance(init, FunctionType) and not is_generated(init):
            stager.invocations.helpers.author(node, init, [made, *args], keywords, None)
        elif dataclasses.is_dataclass(cls):
            self.fill(node, cls, made, args, keywords)
        elif args or keywords:
            raise stager.refuse(node, f"{cls.__name__} takes no arguments")
        return made

    def named_tuple(
        self, node: ast.Call, cls: Any, args: Sequence[Term], keywords: Mapping[str, Term]
    ) -> Term:
        given = dict(zip(cls._fields, args, strict=False)) | dict(keywords)
        for field, default in cls._field_defaults.items():
            if field not in given:
                given[field] = self._default(f"{cls.__name__}_{field}", default)
        self._check_fields(node, cls, cls._fields, given, len(args))
        items = tuple(given[field] for field in cls._fields)
        return named(self.stager.class_name(cls), cls, items)

    def fill(
        self, node: ast.Call, cls: Any, made: Term, args: Sequence[Term],
        keywords: Mapping[str, Term],
    ) -> None:  # fmt: skip
        """The fields of a dataclass, as its own `__init__` sets them."""
        fields = [f for f in dataclasses.fields(cls) if f.init]
        positional = [f.name for f in fields if not f.kw_only]
        given = dict(zip(positional, args, strict=False)) | dict(keywords)
        for field in dataclasses.fields(cls):
            if field.name in given:
                continue
            if field.default is not dataclasses.MISSING:
                given[field.name] = self._default(f"{cls.__name__}_{field.name}", field.default)
            elif field.default_factory is not dataclasses.MISSING:
                given[field.name] = self._produced(node, field)
        names = [f.name for f in dataclasses.fields(cls)]
        if not hasattr(cls, "__post_init__"):
            self._check_fields(node, cls, names, given, len(args))
        for field_name in names:
            if field_name in given:
                self.objects.write(made, field_name, given[field_name], node)
        if hasattr(cls, "__post_init__"):
            self.stager.invocations.helpers.author(node, cls.__post_init__, [made], {}, None)

    def _produced(self, node: ast.Call, field: Any) -> Term:
        """What a field's `default_factory` gives."""
        if field.default_factory is list:
            site = (*self.stager.lists.site(node), field.name)
            return self.stager.lists.display_at(site, node, [], None)
        if field.default_factory is tuple:
            return Term(ast.Tuple([], ast.Load()), Seq("tuple", ()), False, ())
        if field.default_factory is dict:
            return self.objects.new(dict, {}, field.name)
        return self.stager.invocations.helpers.author(node, field.default_factory, [], {}, None)

    def _default(self, known_as: str, value: Any) -> Term:
        from adgen.staging.calls import constant

        return constant(self.stager, known_as, value)

    def _check_fields(
        self, node: ast.AST, cls: type, names: Sequence[str], given: Mapping[str, Term], count: int
    ) -> None:
        missing = [n for n in names if n not in given]
        unknown = [n for n in given if n not in names]
        if missing or unknown or count > len(names):
            said = f"without `{missing[0]}`" if missing else "with arguments that it does not take"
            raise self.stager.refuse(node, f"{cls.__name__} is called {said}")

    def copied(self, term: Term, changes: Mapping[str, Term], node: ast.AST) -> Term:
        """`dataclasses.replace(p, x=...)`, `copy.copy(p)`: another object with these contents."""
        assert isinstance(term.type, Ref)
        return self.objects.new(term.type.cls, {**self.objects.entries(term, node), **changes})


def is_generated(init: Any) -> bool:
    """Whether `dataclass` has written an `__init__`: a class that inherits may have its own."""
    return isinstance(init, FunctionType) and init.__code__.co_filename == "<string>"
