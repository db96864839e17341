"""Second derivatives of any function: of the inner product of its gradient with something fixed."""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import inspect
import io
import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from adgen import UserError, grad
from adgen.checking import extrapolated
from adgen.parts import held, part_at, with_part

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
            for place, leaf in leaves(value):
                weight, path = f"V_{len(weights)}", "".join(f"[{key!r}]" for key in place)
                weights[weight] = direction_like(leaf, rng)
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


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The numbers and arrays of an argument, and the way to each."""
    parts = held(value)
    if parts is not None:
        for key, item in parts:
            yield from leaves(item, (*place, key))
    elif isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        yield place, value


def direction_like(leaf: Any, rng: np.random.Generator) -> Any:
    """Random numbers in the shape of a number or array."""
    return rng.normal(size=np.shape(leaf)) if np.ndim(leaf) else rng.normal()


@dataclass(frozen=True)
class Outcome:
    """What has come of second derivatives: "right", "wrong", "refused", or "jump" where the
    gradient is not continuous, so that differences say nothing."""

    kind: str
    said: str = ""


def tried(f: Any, args: tuple[Any, ...], folder: Path) -> Outcome:
    """The second derivative along a direction, against differences of the gradient."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return _tried(f, args, folder)


def _tried(f: Any, args: tuple[Any, ...], folder: Path) -> Outcome:
    product = products(f, args, folder).product
    parameters = dict(zip(inspect.signature(product).parameters, args, strict=True))
    wrt = tuple(name for name, value in parameters.items() if floating(value))
    try:
        found = grad(product, wrt=wrt)(*copy.deepcopy(args))
    except UserError as refusal:
        assert refusal.span is not None, f"no place is given: {refusal}"
        return Outcome("refused", str(refusal))
    rng = np.random.default_rng(7)
    ways = [(name, place, direction_like(leaf, rng))
            for name in wrt for place, leaf in leaves(parameters[name])]  # fmt: skip

    def at(step: float) -> float:
        moved = copy.deepcopy(parameters)
        for name, place, way in ways:
            part = part_at(moved[name], place) + step * way
            moved[name] = with_part(moved[name], place, part)
        return float(product(*moved.values()))

    def sides(step: float) -> tuple[float, float, float, float]:
        up, down = at(step), at(-step)
        return up, abs(up), down, abs(down)

    gradients = dict(zip(wrt, found, strict=True))
    slope = sum(float(np.sum(part_at(gradients[n], place) * way)) for n, place, way in ways)
    differences, noise = extrapolated(sides)
    if abs(slope - differences) <= 1e-7 + noise + 1e-5 * max(abs(slope), abs(differences)):
        return Outcome("right")
    here = at(0.0)
    if any(abs(at(step) - here) > 1e-6 * max(abs(here), 1.0) for step in (1e-10, -1e-10)):
        return Outcome("jump")
    return Outcome("wrong", f"the slope is {slope}, differences say {differences}")
