"""Second derivatives of any function: of the inner product of its gradient with something fixed."""

from __future__ import annotations

import copy
import importlib.util
import inspect
import itertools
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from adgen.parts import held

PROGRAM = """\
import numpy as np

from adgen import grad

# primal_of_test, SEED and what the gradients are multiplied with are set from outside


def weighted({parameters}):
    return np.sum(primal_of_test({parameters}) * SEED)


gradient = grad(weighted, wrt=({wrt},))


def product({parameters}):
    {targets} = gradient({parameters})
    return {terms}
"""

_numbers = itertools.count()


def products(f: Any, args: tuple[Any, ...], folder: Path, seed: int = 11) -> ModuleType:
    """A module whose `product` is the inner product of a function's gradient with numbers."""
    parameters = [p for p in inspect.signature(f).parameters][: len(args)]
    wrt = [p for p, a in zip(parameters, args, strict=True) if floating(a)]
    rng = np.random.default_rng(seed)
    weights: dict[str, Any] = {}
    terms = []
    for name, value in zip(parameters, args, strict=True):
        if name in wrt:
            for path, leaf in leaves(value):
                weight = f"V_{len(weights)}"
                weights[weight] = rng.normal(size=np.shape(leaf)) if np.ndim(leaf) else rng.normal()
                terms.append(f"np.sum(d_{name}{path} * {weight})")
    text = PROGRAM.format(
        parameters=", ".join(parameters),
        wrt=", ".join(map(repr, wrt)),
        targets=", ".join(f"d_{p}" for p in wrt) + ",",
        terms=" + ".join(terms),
    )
    path = folder / f"second_order_{next(_numbers)}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shape = np.shape(f(*copy.deepcopy(args)))
    vars(module).update(
        weights, primal_of_test=f, SEED=rng.normal(size=shape) if shape else rng.normal()
    )
    return module


def floating(value: Any) -> bool:
    return any(True for _ in leaves(value))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers and arrays of an argument, and how each is reached in its gradient."""
    parts = held(value)
    if parts is not None:
        for key, item in parts:
            yield from leaves(item, f"{path}[{key!r}]")
    elif isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        yield path, value
