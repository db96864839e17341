"""Other tools on the same workloads, where they are installed and can run them unmodified.

A tool's own `numpy` takes the place of NumPy in the workload's module; nothing else is changed.
"""

import importlib.util
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks.workload import Workload

NAMES = tuple(name for name in ("autograd", "torch", "jax") if importlib.util.find_spec(name))

# seconds that a tool may take for the first calls
PATIENCE = 60
# JAX writes loops out: so many operations are compiled in about that time
MOST_OPERATIONS = 5_000


class CannotRun(Exception):
    """The tool refuses the workload as it is written."""


@dataclass(frozen=True)
class Rival:
    """A call that gives value and gradients, and the seconds that the first and second took."""

    call: Callable[[], Any]
    first: float
    second: float


def rival(name: str, workload: Workload, args: tuple[Any, ...]) -> Rival:
    """A tool on a workload, with arguments of its own kind."""
    made = {"autograd": _autograd, "torch": _torch, "jax": _jax}[name]
    try:
        with at_most(PATIENCE):
            call = made(workload, args)
            first, result = _timed(call)
            _check(workload, result, args)
            second, _ = _timed(call)
    except Exception as wrong:
        raise CannotRun(f"{type(wrong).__name__}: {wrong}") from None
    return Rival(call, first, second)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise a `TimeoutError` after so many seconds."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"more than {seconds} s for the first calls")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def _check(workload: Workload, result: Any, args: Any) -> None:
    """A tool that gives another gradient has not run the workload."""
    value, gradients = result
    wanted, right = workload.by_hand(*args)
    right = right if isinstance(right, tuple) else (right,)
    if not np.isclose(float(value), wanted, rtol=1e-6):
        raise ValueError(f"the value is {float(value)}, not {wanted}")
    for found, expected in zip(gradients, right, strict=True):
        if not np.allclose(np.asarray(found, float), np.asarray(expected), rtol=1e-4, atol=1e-6):
            raise ValueError("the gradient is another one")


def _autograd(workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    import autograd
    import autograd.numpy
    import autograd.scipy.special

    module = _module_with(
        workload, np=autograd.numpy, math=autograd.numpy, special=autograd.scipy.special
    )
    function = getattr(module, workload.name)
    gradient = autograd.value_and_grad(function, _positions(workload))
    return lambda: gradient(*args)


def _torch(workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    import torch

    from tests.benchmarks import torch_numpy

    torch.set_num_threads(1)
    module = _module_with(workload, np=torch_numpy, math=torch_numpy, special=torch.special)
    function = getattr(module, workload.name)
    places = _positions(workload)
    own = [_as_tensors(arg, at in places) for at, arg in enumerate(args)]
    leaves = [leaf for at in places for leaf in _leaves(own[at])]

    def call() -> Any:
        value = function(*own)
        found = iter(torch.autograd.grad(value, leaves, allow_unused=True))
        gradients = [
            [next(found) for _ in own[at]] if isinstance(own[at], list) else next(found)
            for at in places
        ]
        return value, gradients

    return call


def _as_tensors(arg: Any, differentiated: bool) -> Any:
    import torch

    if isinstance(arg, list):
        return [_as_tensors(item, differentiated) for item in arg]
    if isinstance(arg, np.ndarray):
        made = torch.from_numpy(arg.copy())
    elif differentiated:
        made = torch.tensor(arg, dtype=torch.float64)
    else:
        return arg
    return made.requires_grad_() if differentiated else made


def _leaves(arg: Any) -> list[Any]:
    return arg if isinstance(arg, list) else [arg]


def _jax(workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    if "jax" not in sys.modules:  # read when it is loaded: one thread, as for all others
        flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        os.environ.setdefault("XLA_FLAGS", flags)
    import jax
    import jax.scipy.special

    jax.config.update("jax_enable_x64", True)
    module = _module_with(workload, np=jax.numpy, math=jax.numpy, special=jax.scipy.special)
    function = getattr(module, workload.name)
    # what is neither differentiated nor an array is the same in every call
    static = tuple(at for at, arg in enumerate(args) if isinstance(arg, int))
    gradient = jax.jit(jax.value_and_grad(function, _positions(workload)), static_argnums=static)
    own = [arg if at in static else jax.tree.map(jax.numpy.asarray, arg)
           for at, arg in enumerate(args)]  # fmt: skip

    count = len(gradient.trace(*own).jaxpr.eqns)
    if count > MOST_OPERATIONS:
        raise ValueError(f"it becomes {count} operations, which are not compiled in time")

    def call() -> Any:
        return jax.block_until_ready(gradient(*own))

    return call


def _module_with(workload: Workload, **modules: Any) -> Any:
    """The workload's module once more, with other modules under the names that it uses."""
    spec = importlib.util.find_spec(workload.function.__module__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, other in modules.items():
        if hasattr(module, name):
            setattr(module, name, other)
    return module


def _positions(workload: Workload) -> tuple[int, ...]:
    code = workload.function.__code__
    parameters = code.co_varnames[: code.co_argcount]
    return tuple(parameters.index(name) for name in workload.wrt)
