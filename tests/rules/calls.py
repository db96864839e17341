"""Samples of the catalogue as programs: `at(vector(0.1, 3.0), axis=0)` of `np.sum` is

def f(x0):
    return np.sum(x0, axis=0)
"""

import bisect
import builtins
import cmath
import linecache
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import fft, integrate, linalg, ndimage, optimize, signal, spatial, special, stats

from adgen import runtime
from adgen.rules import catalogue
from adgen.rules.operations import home_of

# what programs know the modules of SciPy by
MODULES = (fft, integrate, linalg, ndimage, optimize, signal, spatial, special, stats)
SCIPY = {module.__name__.removeprefix("scipy."): module for module in MODULES}

OPERATORS = {
    operator.add: "{} + {}",
    operator.sub: "{} - {}",
    operator.mul: "{} * {}",
    operator.truediv: "{} / {}",
    operator.mod: "{} % {}",
    operator.pow: "{} ** {}",
    operator.matmul: "{} @ {}",
    operator.neg: "-{}",
    operator.pos: "+{}",
    operator.getitem: "{}[{}]",
    operator.lt: "{} < {}",
    operator.le: "{} <= {}",
    operator.gt: "{} > {}",
    operator.ge: "{} >= {}",
    operator.eq: "{} == {}",
    operator.ne: "{} != {}",
    operator.and_: "{} & {}",
    operator.or_: "{} | {}",
    operator.xor: "{} ^ {}",
    operator.invert: "~{}",
    operator.floordiv: "{} // {}",
    operator.lshift: "{} << {}",
    operator.rshift: "{} >> {}",
}

_rng = np.random.default_rng(0)


@dataclass(frozen=True)
class Real:
    """Numbers from a range; an elementwise operation takes them in any shape."""

    low: float = -2.0
    high: float = 2.0

    def of(self, shape: Any, seed: int) -> Any:
        """Random numbers of a shape; a single one for the types `float` and `np.float64`."""
        draw = np.random.default_rng(seed).uniform
        if isinstance(shape, type):
            return shape(draw(self.low, self.high))
        return np.asarray(draw(self.low, self.high, size=shape))


@dataclass(frozen=True)
class Literal:
    """A number that is written out in the call."""

    value: Any


@dataclass(frozen=True)
class Display:
    """A list that is written out in the call."""

    items: tuple[Any, ...]

    def __init__(self, *items: Any) -> None:
        object.__setattr__(self, "items", items)


@dataclass(frozen=True)
class Call:
    """Arguments to call an operation with, and how its slope is measured."""

    args: tuple[Any, ...]
    options: dict[str, Any]
    by: str
    # which one of several results
    part: int | None = None

    @property
    def ranges(self) -> list[Real]:
        return [a for a in self.args if isinstance(a, Real)]

    def shaped(self, *shapes: Any) -> "Call":
        """The call with numbers of these shapes in the places of ranges."""
        given = iter(shapes)
        args = [
            # each operand gets its own numbers, so that there are no ties
            arg.of(next(given), seed) if isinstance(arg, Real) else arg
            for seed, arg in enumerate(self.args, 1)
        ]
        return replace(self, args=tuple(args))


def at(*args: Any, by: str = "complex", part: int | None = None, **options: Any) -> Call:
    """A sample call; `by` says how the slope is measured: "complex", "differences", or "coarse"
    differences where the result is of low precision.  `part` is the place of one of several
    results."""
    return Call(args, options, by, part)


def vector(low: float = -2.0, high: float = 2.0, length: int = 4) -> np.ndarray:
    return _rng.uniform(low, high, size=length)


def matrix(rows: int, columns: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
    return _rng.uniform(low, high, size=(rows, columns))


def array(*shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
    return _rng.uniform(low, high, size=shape)


# -- programs -----------------------------------------------------------------------


@dataclass
class Sample:
    """A program of one operation, and arguments for it."""

    text: str
    values: list[Any]
    by: str = "complex"
    # statements that come before the result
    before: tuple[str, ...] = ()

    def function(self) -> Callable[..., Any]:
        """The program as a function whose source can be found."""
        return compiled(self.text, len(self.values), self.before)

    @property
    def said(self) -> str:
        """What the sample calls."""
        return self.before[-1] if self.before else self.text

    @property
    def floats(self) -> list[int]:
        """The parameters that are differentiated."""
        return [i for i, value in enumerate(self.values) if holds_floats(value)]


def holds_floats(value: Any) -> bool:
    return not isinstance(value, int) and np.asarray(value).dtype.kind == "f"


def program(function: Any, call: Call) -> Sample:
    """The call of `function` as a program."""
    values: list[Any] = []
    parts = [spelled(arg, values) for arg in call.args]
    options = [f"{k}={spelled(v, values)}" for k, v in call.options.items()]
    text = expression(function, parts, options)
    op = catalogue().find(function)
    if op is not None and op.general.writes:
        # what the caller gave stays as it was
        by = "differences"  # an array of real numbers has no place for complex ones
        return Sample(parts[0], values, by, (f"{parts[0]} = 1.0 * {parts[0]}", text))
    return Sample(text if call.part is None else f"{text}[{call.part}]", values, call.by)


def spelled(arg: Any, values: list[Any]) -> str:
    """An argument as text; numbers to differentiate and arrays become parameters."""
    if isinstance(arg, Literal):
        return repr(arg.value)
    if isinstance(arg, float | np.ndarray | np.generic):
        values.append(arg)
        return f"x{len(values) - 1}"
    if isinstance(arg, Display):
        return f"[{', '.join(spelled(item, values) for item in arg.items)}]"
    if isinstance(arg, tuple):
        inner = ", ".join(spelled(item, values) for item in arg)
        return f"({inner},)" if len(arg) == 1 else f"({inner})"
    if isinstance(arg, slice):
        bounds = ["" if b is None else repr(b) for b in (arg.start, arg.stop)]
        return ":".join(bounds + ([] if arg.step is None else [repr(arg.step)]))
    if arg is Ellipsis:
        return "..."
    if isinstance(arg, type):
        return f"np.{arg.__name__}" if issubclass(arg, np.generic) else arg.__name__
    return repr(arg)


def expression(function: Any, parts: list[str], options: list[str]) -> str:
    """A call, an operator, a method or an attribute, as it is written."""
    if function is operator.getitem:
        inside = parts[1].removeprefix("(").removesuffix(")") or "()"
        return f"{parts[0]}[{inside}]"
    if function in OPERATORS:
        return OPERATORS[function].format(*parts)
    if isinstance(function, str):
        kind, name = function.split()
        inside = ", ".join([*parts[1:], *options])
        return f"{parts[0]}.{name}" + (f"({inside})" if kind == "method" else "")
    return f"{path(function)}({', '.join([*parts, *options])})"


def path(function: Any) -> str:
    """Where a program finds a function: `np.linalg.inv`."""
    name = function.__name__
    if isinstance(owner := getattr(function, "__self__", None), np.ufunc):
        return f"np.{owner.__name__}.{name}"
    for module, prefix in (
        (math, "math."),
        (cmath, "cmath."),
        (bisect, "bisect."),
        (builtins, ""),
        (runtime, "runtime."),
    ):
        if getattr(module, name, None) is function:
            return prefix + name
    home, known_as = home_of(function)
    if home.startswith("scipy."):
        return f"{home.removeprefix('scipy.')}.{known_as}"
    module = getattr(function, "__module__", None) or "numpy"
    inner = next((part for part in ("linalg", "random", "fft") if part in module), "")
    return f"np.{inner}.{name}" if inner else f"np.{name}"


_made: dict[tuple[tuple[str, ...], tuple[str, ...]], Callable[..., Any]] = {}


def compiled(text: str, count: int, before: tuple[str, ...] = ()) -> Callable[..., Any]:
    """`def f(x0, x1): return <text>`, with its source where Python looks for sources."""
    return compiled_with((*before, f"return {text}"), tuple(f"x{i}" for i in range(count)))


def compiled_with(
    body: tuple[str, ...], parameters: tuple[str, ...], module: Mapping[str, Any] | None = None
) -> Callable[..., Any]:
    """A function of these parameters and lines; `module` has more names than usual."""
    if (body, parameters) not in _made:
        filename = f"<sample {len(_made)}>"
        source = "\n    ".join([f"def f({', '.join(parameters)}):", *body]) + "\n"
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        modules = {"np": np, "math": math, "cmath": cmath, "bisect": bisect, "runtime": runtime}
        namespace = modules | SCIPY | dict(module or {})
        exec(builtins.compile(source, filename, "exec"), namespace)
        _made[body, parameters] = namespace["f"]
    return _made[body, parameters]


# -- slopes, measured ----------------------------------------------------------------

STEPS = {"differences": 1e-6, "coarse": 0.125}
# relative and absolute error of the measurement
TOLERANCES = {"complex": (1e-10, 1e-12), "differences": (1e-5, 1e-7), "coarse": (1e-2, 1e-2)}


def measured(f: Callable[..., Any], values: list[Any], which: int, dout: Any, by: str) -> Any:
    """The gradient of `sum(dout * f(*values))` in one argument, without adgen."""
    value = values[which]
    slope = np.zeros(np.shape(value))
    for place in np.ndindex(slope.shape):
        if by == "complex":
            slope[place] = np.sum(dout * np.imag(_moved(f, values, which, place, 1e-20j))) / 1e-20
        else:
            step = STEPS[by]
            up = np.asarray(_moved(f, values, which, place, step))
            down = np.asarray(_moved(f, values, which, place, -step))
            slope[place] = np.real(np.sum(dout * (up - down))) / (2 * step)
    return slope


def _moved(
    f: Callable[..., Any], values: list[Any], which: int, place: tuple[int, ...], step: complex
) -> Any:
    value = values[which]
    if isinstance(value, np.ndarray):
        value = value.astype(np.result_type(value, type(step)))
        value[place] += step
    else:
        value = value + step
    return f(*values[:which], value, *values[which + 1 :])
