"""Parts of containers: `grads['W1']`, `dlayers[0]['W']`, and whose gradients they may be.

A place is written as in Python.  Its path is the name that it begins with and the keys behind it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from adgen.grading.closeness import is_data

Path = tuple[Any, ...]

# what is put before a name to say that it is a gradient
_PREFIXES = ("d", "d_", "grad_", "grad", "g_", "dL_d", "dLd", "dloss_d")


def parts(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The numbers and arrays in a value, each with the way to it; rows of numbers are arrays.

    >>> list(parts({"W": 1.0, "rest": [2.0, None]}))
    [(('W',), 1.0), (('rest', 0), 2.0)]
    """
    row = as_array(value)
    if is_data(row):
        yield path, row
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from parts(part, (*path, key))
    elif isinstance(value, tuple | list):
        for at, part in enumerate(value):
            yield from parts(part, (*path, at))


def as_array(value: Any) -> Any:
    """Rows of numbers as the array that they stand for; anything else as it is."""
    if not isinstance(value, tuple | list) or not value:
        return value
    rows = [as_array(v) for v in value]
    written_out = not any(isinstance(v, np.ndarray) for v in value) and all(map(is_data, rows))
    return np.array(rows) if written_out and len({np.shape(r) for r in rows}) == 1 else value


def place(name: str, path: Path) -> str:
    """A place as it is written.

    >>> place("grads", ("W", 0))
    "grads['W'][0]"
    """
    return name + "".join(f"[{key!r}]" for key in path)


def path_of(text: str) -> Path:
    """The path of a place, attributes and all.

    >>> path_of("grads['W'][0]"), path_of("net.layers[1]"), path_of("return[0]")
    (('grads', 'W', 0), ('net', 'layers', 1), ('return', 0))
    """
    name, rest = re.fullmatch(r"(\w*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    keys: list[Any] = []
    node = ast.parse(f"_{rest}", mode="eval").body
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            keys.append(node.attr)
        elif isinstance(node, ast.Subscript):
            keys.append(ast.literal_eval(node.slice))
        else:
            raise ValueError(f"{text} is not a place")
        node = node.value
    return (name, *reversed(keys))


def named(name: Any) -> list[str]:
    """The names whose gradient a name may be.

    >>> named("dx"), named("w_grad"), named("x")
    (['x'], ['w'], [])
    """
    if not isinstance(name, str):
        return []
    found = [name[len(p) :] for p in _PREFIXES if name.startswith(p) and len(name) > len(p)]
    return [*found, *([name[: -len("_grad")]] if name.endswith("_grad") else [])]


def meanings(text: str, any_container: bool = False) -> list[Path]:
    """The paths of what a place may be the gradient of.

    The keys of a container are names whose gradients it holds, if it is called like one that does
    (or if `any_container` may).

    >>> meanings("dx"), meanings("d['W1']"), meanings("cache['W1']"), meanings("out['dx']")
    ([('x',)], [('W1',)], [], [('x',)])
    """
    name, *keys = path_of(text)
    found: list[Path] = [(n, *keys) for n in named(name)]
    if keys:
        if any_container or _holds_gradients(name):
            found.append(tuple(keys))
        found += [(n, *keys[1:]) for n in named(keys[0])]
    return found


def _holds_gradients(name: str) -> bool:
    return name in ("d", "g", "return") or "grad" in name


def ends(path: Path, end: Path) -> bool:
    """Whether a path ends so; keys that are joined to a name count as well (`params0_W`)."""
    if path[len(path) - len(end) :] == end:
        return True
    return len(end) == 1 and _joined(end) in {_joined(path[at:]) for at in range(len(path) - 1)}


def _joined(path: Sequence[Any]) -> str:
    return "".join(str(key) for key in path).replace("_", "")
