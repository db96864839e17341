"""Arguments and gradients part by part: tuples, lists, dicts and objects.

A part is told by the way to it, a tuple of positions, keys and names of attributes.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adgen.types import step
from adgen.values import contents, is_named_tuple, is_record

Place = tuple[Any, ...]


def held(value: Any) -> list[tuple[Any, Any]] | None:
    """What a container holds, by position, key or attribute; None for anything else."""
    if isinstance(value, list | tuple):
        return list(enumerate(value))
    return list(contents(value)) if is_record(value) else None


def leaves(value: Any, place: Place = (), inside: tuple[int, ...] = ()) -> Iterator[Any]:
    """The numbers and arrays of an argument, with the way to each.

    >>> list(leaves({"a": 1.0, "b": [2.0, 3]}))
    [(('a',), 1.0), (('b', 0), 2.0), (('b', 1), 3)]
    """
    parts = held(value) if id(value) not in inside else None
    if parts is None:
        yield place, value
        return
    for key, part in parts:
        yield from leaves(part, (*place, key), (*inside, id(value)))


def part_at(value: Any, place: Place) -> Any:
    """The part of a value, or of its gradient, at a place."""
    for key in place:
        is_attribute = isinstance(key, str) and not isinstance(value, dict)
        value = getattr(value, key) if is_attribute else value[key]
    return value


def with_part(value: Any, place: Place, part: Any) -> Any:
    """The value with another part at a place, and copies of all others."""
    if not place:
        return part
    key, *rest = place
    changed = with_part(part_at(value, (key,)), tuple(rest), part)
    return _changed(value, lambda at, item: changed if at == key else copied(item))


def copied(value: Any) -> Any:
    """A copy of a value, down to its arrays."""
    if isinstance(value, np.ndarray):
        return value.copy()
    return value if held(value) is None else _changed(value, lambda at, item: copied(item))


def _changed(value: Any, change: Callable[[Any, Any], Any]) -> Any:
    parts = [(key, change(key, item)) for key, item in held(value) or ()]
    if isinstance(value, dict):
        return dict(parts)
    if isinstance(value, list | tuple):
        items = [item for _, item in parts]
        return type(value)(*items) if is_named_tuple(type(value)) else type(value)(items)
    made = copy.copy(value)
    for key, item in parts:
        object.__setattr__(made, key, item)
    return made


def said(value: Any, place: Place) -> str:
    """The way to a part as it is written: `[0]['W'].b`."""
    text = ""
    for key in place:
        is_sequence = isinstance(value, list | tuple) and isinstance(key, int)
        text += f"[{key}]" if is_sequence else step(type(value), key)
        value = part_at(value, (key,))
    return text
