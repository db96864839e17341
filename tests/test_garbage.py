"""What a compilation leaves to the garbage collector does not grow with the function.

Syntax trees are many objects, and the collector walks all of them to find a few in cycles.
"""

import gc

from adgen import grad
from tests.sample_functions import load


def written(count, folder):
    """A function of so many statements in each of its blocks."""
    lines = ["import numpy as np", "", "def f(x, y):", "    v = x * y"]
    lines += [f"    v = np.exp(0.1 * v) * np.sin(v) + x * v  # {i}" for i in range(count)]
    lines += ["    for i in range(3):", *[f"        v = v * x + {i}.5" for i in range(count)]]
    lines += ["    if v > 0:", *["        v = np.tanh(v) - y" for _ in range(count)]]
    path = folder / f"with_{count}.py"
    path.write_text("\n".join([*lines, "    return v"]), encoding="utf-8")
    return load(path).f


def left_by_compiling(function):
    """How many objects are in cycles that nothing refers to when a gradient has been compiled."""
    gradient = grad(function)
    gc.collect()
    gc.disable()
    try:
        compilation = gradient.compilation(0.3, 0.2)
        assert compilation.functions
        return gc.collect()
    finally:
        gc.enable()


def test_garbage_does_not_grow(tmp_path):
    few, many = (left_by_compiling(written(count, tmp_path)) for count in (4, 24))
    assert many <= few + 20
