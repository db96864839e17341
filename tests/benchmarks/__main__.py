"""The figures of `docs/performance.md`, measured on this machine."""

import platform

import numpy as np

from adgen import grad
from tests.benchmarks import handwritten
from tests.benchmarks.timing import in_a_fresh_process, interleaved

IMPORT = """
import time, numpy
start = time.perf_counter()
{statement}
print(time.perf_counter() - start)
"""

FIRST_CALL = """
import time
from adgen import grad
from tests.benchmarks.handwritten import f
start = time.perf_counter()
grad(f)({arguments})
print(time.perf_counter() - start)
"""


def seven(a, b, c, d, e, f, g):
    return np.sum(a * b * c * d * e * f * g)


def starting():
    """Imports, and the first gradient of a fresh interpreter."""
    yield "import adgen, beyond numpy", *in_a_fresh_process(IMPORT.format(statement="import adgen"))
    yield (
        "from adgen import grad, beyond numpy",
        *in_a_fresh_process(IMPORT.format(statement="from adgen import grad")),
    )
    code = FIRST_CALL.format(arguments="3.0, -4.0")
    yield "first grad(f)(3.0, -4.0) after import", *in_a_fresh_process(code)


def second_function():
    """Compiling once the catalogue is loaded."""
    x, y = 3.0, -4.0
    calls = {"compile and call": lambda: grad(handwritten.f)(x, y)}
    return interleaved(calls, rounds=30)["compile and call"]


def hand():
    _, cache = handwritten.f_forward(3.0, -4.0)
    return handwritten.f_backward(1.0, cache)


def scalars():
    gradient = grad(handwritten.f)
    special = gradient.specialize(3.0, -4.0)
    calls = {
        "hand": hand,
        "grad": lambda: gradient(3.0, -4.0),
        "special": lambda: special(3.0, -4.0),
        "nothing": lambda: None,
    }
    return _less_the_loop(interleaved(calls))


def arrays():
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


def main():
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}\n")
    print(f"{'starting':50}  {'best':>8}  {'median':>8}")
    for what, best, median in starting():
        print(f"{what:50}  {best * 1e3:5.1f} ms  {median * 1e3:5.1f} ms")
    print(f"{'compiling f again, catalogue loaded':50}  {second_function() * 1e3:5.1f} ms\n")
    two, many = scalars(), arrays()
    by_hand = two["hand"]
    print(f"{'warm gradient of f(3.0, -4.0)':50}  {'best':>8}  {'ratio':>8}")
    for name, what in [
        ("hand", "hand-written forward and backward"),
        ("grad", "grad(f)"),
        ("special", "grad(f).specialize(...)"),
    ]:
        print(f"{what:50}  {two[name] * 1e6:5.3f} us  {two[name] / by_hand:8.2f}")
    print(f"\n{'dispatch: grad less specialize':50}  {'best':>8}")
    print(f"{'two scalars':50}  {(two['grad'] - two['special']) * 1e6:5.3f} us")
    print(f"{'seven arrays':50}  {(many['grad'] - many['special']) * 1e6:5.3f} us")


if __name__ == "__main__":
    main()
