"""Peaks of signals in `scipy.signal`: where they are is constant, how high they are is not."""

import numpy as np
from scipy import signal

from adgen.rules.registry import adjoint, constant, free, written_out
from adgen.rules.scientific import real
from adgen.rules.settle.axes import own_shape
from adgen.rules.shapes import as_num
from adgen.runtime import peaks_in, scattered
from adgen.types import Num, Seq


def some_places(op, facts, /, x, **options):
    return Num("i8", (facts.fresh(),))


@constant(peaks_in, shape=some_places)
def peaks_of(
    places, x, height=None, threshold=None, distance=None, prominence=None, width=None, wlen=None,
    rel_height=0.5, plateau=None,
):  # fmt: skip
    """How many there are stays as it is where the signal changes a little."""


@written_out(signal.find_peaks)
def find_peaks(
    x, height=None, threshold=None, distance=None, prominence=None, width=None, wlen=None,
    rel_height=0.5, plateau_size=None,
):  # fmt: skip
    """How wide peaks are is not differentiated."""
    places = peaks_in(
        x, height, threshold, distance, prominence, width, wlen, rel_height, plateau_size
    )
    properties = {}
    if height is not None:
        properties["peak_heights"] = x[places]
    if threshold is not None:
        properties["left_thresholds"] = x[places] - x[places - 1]
        properties["right_thresholds"] = x[places] - x[places + 1]
    if prominence is not None:
        prominences, left, right = signal.peak_prominences(x, places, wlen)
        properties["prominences"] = prominences
        properties["left_bases"] = left
        properties["right_bases"] = right
    return places, properties


def height_and_bases(op, facts, /, x, peaks, wlen=None):
    x, peaks = real(x)[0], as_num(peaks)
    places = Num("i8", peaks.dims)
    return Seq("tuple", (Num("f8", peaks.dims), places, places))


@adjoint(signal.peak_prominences, shape=height_and_bases)
def peak_prominences(height, left, right, /, x, peaks: free, wlen: free = None):
    """How far a peak stands out of the higher one of the bases at its sides."""
    base = np.where(x[left] > x[right], left, right)
    dx = scattered(dheight, peaks, own_shape(x)) - scattered(dheight, base, own_shape(x))


def places_of_extremes(op, facts, /, x, axis=0, **options):
    count = as_num(x).ndim
    if count is None:
        raise TypeError("the rank has to be known")
    return Seq("tuple", (Num("i8", (facts.fresh(),)),) * count)


@constant(signal.argrelmax, signal.argrelmin, shape=places_of_extremes, also={"data": "x"})
def extreme_places(places, x, axis: free = 0, order: free = 1, mode: free = "clip"): ...
