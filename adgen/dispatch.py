"""From the arguments of a call to the code compiled for their types.

A call first looks at the classes of its arguments alone, which for numbers is
all there is to know.  Where arrays are among them, shapes and dtypes are looked
up next; on a miss there, the sizes are put to the guards of what was compiled
already, and only if none fits is anything compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from adgen.paths import is_part
from adgen.types import (
    Dim,
    Num,
    Record,
    Seq,
    Type,
    holds,
)
from adgen.values import contents, is_record, type_of

Signature = tuple[tuple[str, Type], ...]


class Variant(NamedTuple):
    """Code for one signature: it serves every call of these types that passes the guards."""

    types: Mapping[str, Type]
    guards: Sequence[Any]
    product: Any


class Dispatcher:
    """Finds or makes the product of a signature for a call's arguments.

    `make(arguments, types, sizes)` compiles and returns a `Variant`; `static`
    names the parameters whose values count, which `make` may add to.
    """

    def __init__(
        self,
        parameters: Sequence[str],
        make: Callable[[Mapping[str, Type], dict[Any, int]], Variant],
        static: set[str],
    ) -> None:
        self.parameters = tuple(parameters)
        self.make = make
        self.static = static
        self.variants: list[Variant] = []

    def find(self, args: Sequence[Any]) -> Any:
        """The product for these arguments, compiled if need be."""
        sizes: dict[Any, int] = {}
        types = self.types(args, sizes)
        for variant in self.variants:
            if variant.types == types and holds(variant.guards, sizes):
                return variant.product
        variant = self.make(types, sizes)
        self.variants.append(variant)
        return variant.product

    def types(self, args: Sequence[Any], sizes: dict[Any, int]) -> dict[str, Type]:
        pairs = zip(self.parameters, args, strict=True)
        return {p: self.fixed(type_of(value, p, sizes), p, value) for p, value in pairs}

    def fixed(self, type_: Type, path: str, value: Any) -> Type:
        """The type, with the values that decide what the code is."""
        if path in self.static:
            return fixed(type_, value)
        if not isinstance(type_, Seq | Record):
            return type_
        if not any(is_part(static, (path,)) for static in self.static):
            return type_
        held = list(value) if isinstance(type_, Seq) else [v for _, v in contents(value)]
        triples = zip(type_.items, held, strict=True)
        items = [self.fixed(t, path + type_.path(i), v) for i, (t, v) in enumerate(triples)]
        return replace(type_, items=tuple(items))


def fixed(type_: Type, value: Any) -> Type:
    """An integer's or truth value's type that says which it is."""
    if isinstance(type_, Num) and type_.dims == () and type_.kind in ("i", "b"):
        return replace(type_, value=Dim(int(value)))
    return type_


def is_number(cls: type) -> bool:
    """Whether a class alone says all about an argument."""
    return cls in (float, int, complex, bool) or (
        isinstance(cls, type) and issubclass(cls, np.generic)
    )


def key_part(cls: type, name: str, static: bool) -> str:
    """What of an argument of this class the second key is made of, as code."""
    if issubclass(cls, np.ndarray):
        return f"{name}.shape, {name}.dtype, "
    if is_number(cls) and not static:
        return ""
    if is_number(cls) or cls is str or cls is type(None):
        return f"{name}, "
    if cls is list:  # of one that holds nothing but floats the length is all
        floats = f"[*map(type, {name})].count(float) == len({name})"
        return f"len({name}) if {floats} else key_of({name}, {static}), "
    return f"key_of({name}, {static}), "


def key_of(value: Any, static: bool = False, inside: tuple[int, ...] = ()) -> Any:
    """A hashable description of a nested argument; `static` if integers in it count."""
    if value.__class__ is list and [*map(type, value)].count(float) == len(value):
        return (list, (float, len(value)))  # long lists are mostly of these
    if isinstance(value, np.ndarray):
        return (type(value), value.shape, value.dtype)
    if is_number(type(value)):
        return (value, type(value)) if static and isinstance(value, int) else type(value)
    if id(value) in inside:
        return type(value)
    if isinstance(value, tuple | list):
        inside = (*inside, id(value))
        return (type(value), *(key_of(v, static, inside) for v in value))
    if is_record(value):
        inside = (*inside, id(value))
        pairs = ((k, key_of(v, static, inside)) for k, v in contents(value))
        return (type(value), *pairs)
    try:
        hash(value)
    except TypeError:
        return type(value)
    return value
