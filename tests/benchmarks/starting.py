"""What happens once: imports, the first gradient, compiling; and the dispatch of a warm call."""

import numpy as np

from adgen import grad, value_and_grad
from tests.benchmarks.timing import in_a_fresh_process, interleaved
from tests.benchmarks.workloads.scalars import staged, staged_backward, staged_forward

IMPORT = """
import time, numpy
start = time.perf_counter()
{statement}
print(time.perf_counter() - start)
"""

FIRST_CALL = """
import time
from adgen import grad, value_and_grad
from tests.benchmarks.workloads.scalars import staged
start = time.perf_counter()
grad(staged)(3.0, -4.0)
print(time.perf_counter() - start)
"""


def seven(a, b, c, d, e, f, g):
    return np.sum(a * b * c * d * e * f * g)


def _starting():
    """Imports, and the first gradient of a fresh interpreter."""
    yield "import adgen, beyond numpy", *in_a_fresh_process(IMPORT.format(statement="import adgen"))
    yield (
        "from adgen import grad, beyond numpy",
        *in_a_fresh_process(IMPORT.format(statement="from adgen import grad")),
    )
    yield "first grad(f)(3.0, -4.0) after import", *in_a_fresh_process(FIRST_CALL)


def _second_function():
    """Compiling once the catalogue is loaded."""
    calls = {"compile and call": lambda: grad(staged)(3.0, -4.0)}
    return interleaved(calls, rounds=30)["compile and call"]


def _hand():
    _, cache = staged_forward(3.0, -4.0)
    return staged_backward(1.0, cache)


def _scalars():
    gradient, both = grad(staged), value_and_grad(staged)
    special = gradient.specialize(3.0, -4.0)
    both(3.0, -4.0)
    calls = {
        "hand": _hand,
        "both": lambda: both(3.0, -4.0),
        "grad": lambda: gradient(3.0, -4.0),
        "special": lambda: special(3.0, -4.0),
        "nothing": lambda: None,
    }
    return _less_the_loop(interleaved(calls))


def _arrays():
    rng = np.random.default_rng(0)
    args = tuple(rng.normal(size=(2, 3)) for _ in range(7))
    gradient = grad(seven)
    special = gradient.specialize(*args)
    calls = {
        "grad": lambda: gradient(*args),
        "special": lambda: special(*args),
        "nothing": lambda: None,
    }
    return _less_the_loop(interleaved(calls))


def _less_the_loop(times):
    nothing = times.pop("nothing")
    return {name: taken - nothing for name, taken in times.items()}


def report():
    """Print the figures, and give them in seconds."""
    figures = {}
    print(f"{'starting':50}  {'best':>8}  {'median':>8}")
    for what, best, median in _starting():
        print(f"{what:50}  {best * 1e3:5.1f} ms  {median * 1e3:5.1f} ms")
        figures[what] = best
    figures["compiling f again"] = _second_function()
    print(f"{'compiling f again':50}  {figures['compiling f again'] * 1e3:5.1f} ms\n")
    two, many = _scalars(), _arrays()
    print(f"{'warm gradient of f(3.0, -4.0)':50}  {'best':>8}  {'ratio':>8}")
    for name, what in [
        ("hand", "hand-written forward and backward"),
        ("both", "value_and_grad(f)"),
        ("grad", "grad(f)"),
        ("special", "grad(f).specialize(...)"),
    ]:
        print(f"{what:50}  {two[name] * 1e6:5.3f} us  {two[name] / two['hand']:8.2f}")
        figures[what] = two[name]
    print(f"\n{'dispatch: grad less specialize':50}  {'best':>8}")
    for what, times in [("two scalars", two), ("seven arrays", many)]:
        figures[f"dispatch, {what}"] = times["grad"] - times["special"]
        print(f"{what:50}  {figures[f'dispatch, {what}'] * 1e6:5.3f} us")
    print()
    return figures
