"""The ways into arguments, and the values that what they hold is to a compiled program.

`params["W"][0]` is a path; the value there is named after it, "params:1['W'][0]".
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any


def is_leaf(value: str) -> bool:
    """Whether a value is an element of an argument: "w:1[0]", "self:1.W"."""
    return _LEAF.fullmatch(value) is not None


_LEAF = re.compile(r"\w+:\w+[\[.].*", re.DOTALL)


@functools.lru_cache(maxsize=4096)
def leaf_of(value: str) -> tuple[str, tuple[Any, ...]]:
    """The argument that an element belongs to, and the keys on the way to it.

    >>> leaf_of("w:1[0][2]"), leaf_of("self:1.layers[0]['b']")
    (('w:1', (0, 2)), ('self:1', ('layers', 0, 'b')))
    """
    base = re.split(r"[\[.]", value, maxsplit=1)[0]
    if base == value:
        return base, ()
    keys: list[Any] = []
    node = ast.parse("_" + value[len(base) :], mode="eval").body
    while not isinstance(node, ast.Name):
        match node:
            case ast.Subscript(value=inner, slice=key):
                keys.append(ast.literal_eval(key))
            case ast.Attribute(value=inner, attr=attr):
                keys.append(attr)
            case _:
                raise ValueError(value)
        node = inner
    return base, tuple(reversed(keys))


def leaf_name(base: str, keys: Sequence[Any]) -> str:
    """A name for an element of an argument: `w0` for `w[0]`, `W1` for `params["W1"]`."""
    if keys and isinstance(keys[0], str) and keys[0].isidentifier():
        base, keys = keys[0], keys[1:]
    for at, key in enumerate(keys):
        said = "_".join(re.findall(r"\w+", str(key)))
        joined = isinstance(key, int) and not (at and isinstance(keys[at - 1], int))
        base += said if joined else f"_{said}"
    return base


def value_of(path: str) -> str:
    """The value that a path into an argument names: `self.W` is "self:1.W"."""
    root = re.split(r"[\[.]", path, maxsplit=1)[0]
    return f"{root}:1{path[len(root) :]}"


def path_of(value: str) -> str:
    """The path of an argument or of an element of one; `value_of` turned round."""
    root, _, rest = value.partition(":1")
    return root + rest


def is_part(value: str, of: Iterable[str]) -> bool:
    """Whether a value is one of these, or an element of one."""
    for whole in of:
        if value.startswith(whole) and (value == whole or value[len(whole)] in "[."):
            return True
    return False
