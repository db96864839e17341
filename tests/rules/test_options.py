"""Every option of every function: it is taken into account, or refused by its name."""

import ast
import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import UserError, vjp
from tests.rules.calls import Sample, compiled_with, measured, program
from tests.rules.harness import forms
from tests.rules.samples import SAMPLES
from tests.rules.spelled import CONSTANTS, spellings

# what each option is tried with, as text; SHAPE stands for the shape of the first operand
OPTIONS: dict[str, tuple[str, ...]] = {
    "N": ("2",),
    "UPLO": ("'U'",),
    "a": ("0.5",),
    "allow_singular": ("True",),
    "append": ("0.5",),
    "assume_a": ("'sym'", "'pos'", "'gen'"),
    "atol": ("1e-9",),
    "aweights": ("np.arange(1.0, 4.0)",),
    "axes": ("(0, 1)", "(1, 0)", "(0,)"),
    "axis": ("0", "-1", "(0,)", "(0, 1)", "None"),
    "axis1": ("1",),
    "axis2": ("0",),
    "axisa": ("0",),
    "axisb": ("0",),
    "axisc": ("0",),
    "b": ("np.full(SHAPE, 0.5)",),
    "base": ("2.0",),
    "bias": ("True",),
    "casting": ("'same_kind'", "'unsafe'"),
    "check_finite": ("False",),
    "compute_uv": ("False",),
    "copy": ("True", "False"),
    "correction": ("1",),
    "cval": ("0.5",),
    "ddof": ("1", "0.5"),
    "decimals": ("1",),
    "deg": ("True",),
    "device": ("'cpu'",),
    "discont": ("4.0",),
    "driver": ("'ev'", "'gelsd'", "'gelss'"),
    "dtype": ("np.float32", "np.float64", "float", "complex", "int"),
    "dx": ("0.5",),
    "edge_order": ("2",),
    "eigvals_only": ("True",),
    "endpoint": ("False",),
    "equal_nan": ("False", "True"),
    "full_matrices": ("True", "False"),
    "fweights": ("np.arange(1, 4)",),
    "hermitian": ("True",),
    "include_initial": ("True",),
    "increasing": ("True",),
    "indexing": ("'ij'",),
    "initial": ("0.5", "2"),
    "interpolation": ("'lower'",),
    "k": ("1", "-1"),
    "keepdims": ("True", "False"),
    "kind": ("'stable'",),
    "left": ("0.5",),
    "like": ("np.zeros(2)",),
    "loc": ("0.2",),
    "lower": ("True",),
    "max": ("0.3",),
    "mean": ("np.full(SHAPE, 0.5)", "0.25"),
    "method": ("'linear'", "'lower'", "'midpoint'", "'hazen'", "'weibull'", "'fft'", "'direct'"),
    "min": ("0.1",),
    "mod": ("0.5",),
    "mode": (
        "'full'", "'same'", "'valid'", "'reflect'", "'wrap'", "'clip'", "'raise'", "'edge'",
        "'nearest'", "'mirror'", "'reduced'", "'complete'", "'r'", "'economic'",
    ),
    "n": ("3", "5"),
    "nan": ("0.5",),
    "nan_policy": ("'omit'", "'propagate'"),
    "ndmin": ("1", "3"),
    "neginf": ("1.0",),
    "norm": ("'ortho'", "'forward'", "'backward'"),
    "num": ("3",),
    "offset": ("1", "-1"),
    "optimize": ("True", "'greedy'"),
    "order": ("'C'", "'F'", "'K'", "'A'"),
    "origin": ("1",),
    "orthogonalize": ("True",),
    "out": ("np.empty(RESULT)",),
    "output": ("np.empty(RESULT)", "np.float32"),
    "overwrite_a": ("True",),
    "overwrite_b": ("True",),
    "overwrite_input": ("True", "False"),
    "overwrite_x": ("True",),
    "period": ("3.0",),
    "pivoting": ("True",),
    "posinf": ("1.0",),
    "prepend": ("0.0",),
    "radius": ("2",),
    "rcond": ("1e-10",),
    "repeats": ("2",),
    "reps": ("2",),
    "return_counts": ("True",),
    "return_index": ("True",),
    "return_inverse": ("True",),
    "return_sign": ("True",),
    "returned": ("True",),
    "right": ("0.5",),
    "rowvar": ("False",),
    "rtol": ("1e-10",),
    "s": ("(2, 2)",),
    "scale": ("1.5",),
    "side": ("'right'",),
    "sparse": ("True",),
    "squeeze": ("False",),
    "stable": ("True",),
    "start": ("1",),
    "subok": ("True", "False"),
    "subset_by_index": ("[0, 1]",),
    "tol": ("1e-10",),
    "trans": ("1", "'T'"),
    "transposed": ("True",),
    "truncate": ("2.0",),
    "turbo": ("True",),
    "type": ("1", "3"),
    "unit_diagonal": ("True",),
    "upper": ("True",),
    "w": ("np.full(SHAPE, 0.5)",),
    "weights": ("np.full(SHAPE, 0.5)", "np.arange(1.0, 4.0)"),
    "where": ("np.arange(np.prod(SHAPE)).reshape(SHAPE) % 2 == 0",),
    "workers": ("1",),
    "x": ("np.cumsum(np.ones(SHAPE), axis=-1)",),
}  # fmt: skip

OF_UFUNCS = ("out", "where", "casting", "order", "dtype", "subok")
OF_UFUNC_METHODS = ("axis", "dtype", "out", "keepdims", "initial", "where")
OF_METHODS = {
    "astype": ("order", "casting", "subok", "copy"),
    "clip": ("out", "min", "max", "dtype", "casting"),
    "copy": ("order",),
    "flatten": ("order",),
    "reshape": ("order", "copy"),
    "sort": ("axis", "kind", "order", "stable"),
    "take": ("axis", "out", "mode"),
}


def options_of(function: Any) -> tuple[str, ...]:
    if isinstance(function, str):
        return OF_METHODS.get(function.split()[1], ())
    if isinstance(function, np.ufunc):
        # those of SciPy write beyond an array's end where `where=` stands without `out=`
        return OF_UFUNCS if getattr(np, function.__name__, None) is function else ("out",)
    if isinstance(getattr(function, "__self__", None), np.ufunc):
        return OF_UFUNC_METHODS
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()


def calls_of(function: Any) -> Iterator[Sample]:
    """The function's sample calls, those of many operands last."""
    for call in SAMPLES[function]:
        yield program(function, forms(function, call)[-1])


def spelled_calls() -> dict[Any, list[Sample]]:
    """The calls of functions that have no samples but are spelled out."""
    found: dict[Any, list[Sample]] = {}
    for line in spellings():
        tree = ast.parse(line.text, mode="eval").body
        if not (line.is_there and isinstance(tree, ast.Call)):
            continue
        try:
            function = eval(ast.unparse(tree.func), {"np": np})
        except NameError:
            continue
        if function not in SAMPLES:
            text = line.text
            for i, name in enumerate(line.operands):
                text = rename(text, name, f"x{i}")
            found.setdefault(function, []).append(Sample(text, line.values, "differences"))
    return found


def rename(text: str, old: str, new: str) -> str:
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == old:
            node.id = new
    return ast.unparse(tree)


def one_of_each_rank(samples: Iterator[Sample] | list[Sample]) -> list[Sample]:
    """Samples whose first operands differ in rank."""
    found: dict[int, Sample] = {}
    for sample in samples:
        if not sample.before and sample.text.endswith(")"):
            found.setdefault(np.ndim(sample.values[0]) if sample.values else 0, sample)
    return list(found.values())


EVERY = {
    **{function: one_of_each_rank(calls_of(function)) for function in SAMPLES},
    **{function: one_of_each_rank(samples) for function, samples in spelled_calls().items()},
}
CASES = [
    pytest.param(function, samples, id=getattr(function, "__name__", str(function)))
    for function, samples in EVERY.items()
    if samples and any(option in OPTIONS for option in options_of(function))
]


@pytest.mark.parametrize(("function", "samples"), CASES)
def test_options_are_done_or_refused(function: Any, samples: list[Sample]) -> None:
    for sample in samples:
        for option in options_of(function):
            for value in OPTIONS.get(option, ()):
                check(sample, option, value)


def check(sample: Sample, option: str, value: str) -> None:
    try:
        text = with_option(sample, option, value)
        names = tuple(f"x{i}" for i in range(len(sample.values)))
        f = compiled_with((f"return {text}",), names, CONSTANTS)
        result = run(f, sample.values)
    except Exception:
        return  # the function itself refuses it, or the call has it already
    if isinstance(result, tuple):
        f = compiled_with((f"return ({text})[0]",), names, CONSTANTS)
        result = result[0]
    if np.asarray(result).dtype.kind != "f" or "empty" in text and "where" in text:
        return
    dout = np.random.default_rng(1).normal(size=np.shape(result))
    given = dout.astype(result.dtype) if isinstance(result, np.ndarray) else float(dout)
    try:
        out, pullback = vjp(f, *sample.values, wrt=tuple(sample.floats))
        gradients = pullback(given)
    except UserError as refusal:
        assert option in str(refusal), f"{text}: {refusal}"
        return
    assert np.asarray(out).dtype == np.asarray(result).dtype, text
    by = "differences" if np.asarray(out).dtype == np.float64 else "coarse"
    for i, gradient in zip(sample.floats, gradients, strict=True):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            slope = measured(f, sample.values, i, dout, by)
        there = np.isfinite(slope)
        tolerances = (1e-4, 1e-6) if by == "differences" else (3e-2, 3e-2)
        assert_allclose(np.asarray(gradient)[there], slope[there], *tolerances, err_msg=text)


def with_option(sample: Sample, option: str, value: str) -> str:
    tree = ast.parse(sample.text, mode="eval").body
    assert isinstance(tree, ast.Call)
    if any(keyword.arg == option for keyword in tree.keywords):
        raise TypeError("it is given already")
    shape = next((v.shape for v in sample.values if isinstance(v, np.ndarray)), ())
    value = value.replace("SHAPE", repr(shape))
    if "RESULT" in value:
        result = run(sample.function(), sample.values)
        value = value.replace("RESULT", repr(np.shape(result)))
    return f"{sample.text[:-1]}{', ' if tree.args or tree.keywords else ''}{option}={value})"


def run(f: Callable[..., Any], values: list[Any]) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        # some overwrite what they are given
        return f(*(v.copy() if isinstance(v, np.ndarray) else v for v in values))
