"""Empty arrays: where NumPy gives a value, there is a gradient, of the operands' shapes."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import UserError, vjp
from adgen.rules.operations import home_of
from tests.rules.calls import Sample, measured, program
from tests.rules.harness import assert_like, forms
from tests.rules.samples import SAMPLES

# A mean of nothing is no number.  Its gradient divides Python's own numbers by 0, which raises
# ZeroDivisionError (docs/rules.md).
MEANS = {"mean", "var", "std", "average", "nanmean", "nanvar", "nanstd", "zscore", "sem", "gmean",
         "hmean"}  # fmt: skip

# what else has no gradient of empty arrays, though NumPy or SciPy gives a result
EXCEPTIONS = {
    "numpy.fft.irfft": "the result is memory that nothing was written to",
    "numpy.fft.hfft": "the result is memory that nothing was written to",
    "numpy.fft.irfft2": "the result is memory that nothing was written to",
    "numpy.fft.irfftn": "the result is memory that nothing was written to",
    "scipy.ndimage.map_coordinates": "the result is memory that nothing was written to",
    "scipy.signal.lfilter": "the final state is memory that nothing was written to",
    "numpy.put": "nothing is put into the array",
    "scipy.linalg.hankel": "an empty row, of which the first element would not be read",
    "scipy.linalg.solve_toeplitz": "an empty row, of which the first element would not be read",
    "scipy.signal.convolve": "NumPy refuses it in np.convolve, of which the gradient is made",
    "scipy.signal.correlate": "NumPy refuses it in np.convolve, of which the gradient is made",
    "scipy.signal.fftconvolve": "the result has other axes than that of arrays that are not empty",
    "scipy.signal.oaconvolve": "the result has other axes than that of arrays that are not empty",
    "scipy.signal.convolve2d": "SciPy refuses what the gradient is made of",
    "scipy.signal.correlate2d": "SciPy refuses what the gradient is made of",
    "scipy.spatial.distance.pdist": "no distances are those of one point, not of none",
    "scipy.spatial.distance.squareform": "no distances are those of one point, not of none",
}


def is_excepted(function: Any) -> bool:
    module, known_as = home_of(function) if callable(function) else ("", "")
    made_by_compiler = module.startswith("adgen.")  # called where they fit
    return made_by_compiler or known_as in MEANS or f"{module}.{known_as}" in EXCEPTIONS


def emptied(sample: Sample) -> Iterator[list[Any]]:
    """The arguments with all axes of one length made empty, for each length there is."""
    arrays = [v for v in sample.values if isinstance(v, np.ndarray)]
    for length in sorted({n for v in arrays for n in v.shape}):
        yield [
            (
                v[tuple(slice(0) if n == length else slice(None) for n in v.shape)]
                if isinstance(v, np.ndarray)
                else v
            )
            for v in sample.values
        ]


def check(sample: Sample, values: list[Any]) -> None:
    """Where NumPy takes it, the gradient is right."""
    f = sample.function()
    try:
        expected = f(*(np.copy(v) if isinstance(v, np.ndarray) else v for v in values))
    except (ValueError, IndexError, TypeError, ArithmeticError, RuntimeError):
        return
    if isinstance(expected, tuple) or np.asarray(expected).dtype.kind != "f":
        return
    dout = np.random.default_rng(1).normal(size=np.shape(expected))
    if not isinstance(expected, np.ndarray):
        dout = float(dout)
    try:
        out, pullback = vjp(f, *values, wrt=tuple(sample.floats))
    except UserError as refused:
        assert refused.span is not None
        return
    assert type(out) is type(expected)
    assert np.array_equal(out, expected, equal_nan=True)
    for i, gradient in zip(sample.floats, pullback(dout), strict=True):
        assert_like(gradient, values[i])
        if np.size(gradient):
            slope = measured(f, values, i, dout, "differences")
            there = np.isfinite(slope)
            assert_allclose(gradient[there], slope[there], 1e-4, 1e-5)


def sample_of(function: Any) -> Sample | None:
    """A call with arrays of the highest rank that there are among the samples."""
    every = [
        program(function, form) for call in SAMPLES[function] for form in forms(function, call)
    ]
    ranks = [max([np.ndim(v) for v in s.values], default=0) for s in every]
    highest = max(ranks)
    return every[ranks.index(highest)] if highest else None


FUNCTIONS = [
    pytest.param(function, id=getattr(function, "__name__", str(function)))
    for function in SAMPLES
    if not is_excepted(function) and sample_of(function)
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_gradient_of_empty_arrays(function: Any) -> None:
    sample = sample_of(function)
    assert sample is not None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for values in emptied(sample):
            check(sample, values)


def mean_of_chosen(x: Any) -> Any:
    return np.mean(x[x > 0])


def test_a_mean_of_nothing_has_no_gradient() -> None:
    x = np.array([-1.0, -2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out, pullback = vjp(mean_of_chosen, x)
    assert np.isnan(out)
    with pytest.raises(ZeroDivisionError):
        pullback(1.0)
