"""Waves and windows of `scipy.signal` that have parameters, as formulas."""

import numpy as np
from scipy import signal, special
from scipy.signal import windows

from adgen.rules.registry import constant, written_out
from adgen.rules.shapes import elementwise


@written_out(signal.chirp)
def chirp(t, f0, t1, f1, method="linear", phi=0, vertex_zero=True):
    return np.cos(phase_of_chirp(t, f0, t1, f1, method, vertex_zero) + phi * np.pi / 180)


def phase_of_chirp(t, f0, t1, f1, method, vertex_zero):
    """The frequency's integral, times 2 pi."""
    if method in ("linear", "lin", "li"):
        return 2 * np.pi * (f0 * t + 0.5 * (f1 - f0) / t1 * t * t)
    if method in ("quadratic", "quad", "q"):
        rate = (f1 - f0) / t1**2
        if vertex_zero:
            return 2 * np.pi * (f0 * t + rate * t**3 / 3)
        return 2 * np.pi * (f1 * t + rate * ((t1 - t) ** 3 - t1**3) / 3)
    if method in ("logarithmic", "log", "lo"):
        octaves = np.log(f1 / f0)
        return 2 * np.pi * t1 / octaves * f0 * (np.exp(octaves * t / t1) - 1.0)
    if method not in ("hyperbolic", "hyp"):
        raise ValueError("there is no such method")
    pole = -f1 * t1 / (f0 - f1)
    return 2 * np.pi * (-pole * f0) * np.log(np.abs(1 - t / pole))


@written_out(signal.sawtooth)
def sawtooth(t, width=1.0):
    """At the jumps the slope is that to the right."""
    within = np.mod(t, 2 * np.pi)
    rising = within < width * 2 * np.pi
    up = within / (np.pi * np.where(rising, width, 1.0)) - 1
    down = (np.pi * (width + 1) - within) / (np.pi * np.where(rising, 1.0, 1 - width))
    return np.where(rising, up, down)


@constant(signal.square, shape=elementwise)
def square(y, t, duty=0.5): ...


@written_out(signal.gausspulse)
def gausspulse(t, fc=1000, bw=0.5, bwr=-6):
    fall = -((np.pi * fc * bw) ** 2) / (4.0 * np.log(10.0 ** (bwr / 20.0)))
    return np.exp(-fall * t * t) * np.cos(2 * np.pi * fc * t)


def positions(count, sym):
    """Where a window's samples stand, with its middle at 0; of a periodic one the last is left
    out.
    """
    size = count if sym else count + 1
    return (np.arange(0, size) - (size - 1.0) / 2.0)[:count]


@written_out(windows.gaussian)
def gaussian(M, std, sym=True):
    return np.exp(-(positions(M, sym) ** 2) / (2 * std * std))


@written_out(windows.general_gaussian)
def general_gaussian(M, p, sig, sym=True):
    return np.exp(-0.5 * np.abs(positions(M, sym) / sig) ** (2 * p))


@written_out(windows.exponential)
def exponential(M, center=None, tau=1.0, sym=True):
    if center is None:
        return np.exp(-np.abs(positions(M, sym)) / tau)
    return np.exp(-np.abs(np.arange(0, M) - center) / tau)


@written_out(windows.kaiser)
def kaiser(M, beta, sym=True):
    if M <= 1:
        return np.ones(M)
    half = ((M if sym else M + 1) - 1) / 2.0
    shares = np.sqrt(1 - (positions(M, sym) / half) ** 2.0)
    return special.i0(beta * shares) / special.i0(beta)


@written_out(windows.tukey)
def tukey(M, alpha=0.5, sym=True):
    """Flat in the middle; where the flanks begin the slope is one-sided."""
    if M <= 1 or alpha <= 0:
        return np.ones(M)
    last = (M if sym else M + 1) - 1
    n = np.arange(0, M)
    share = np.minimum(alpha, 1.0)
    left = 0.5 * (1 + np.cos(np.pi * (-1 + 2.0 * n / share / last)))
    right = 0.5 * (1 + np.cos(np.pi * (-2.0 / share + 1 + 2.0 * n / share / last)))
    width = np.floor(share * last / 2.0)
    return np.where(n <= width, left, np.where(n >= last - width, right, 1.0))


@written_out(windows.general_hamming)
def general_hamming(M, alpha, sym=True):
    if M <= 1:
        return np.ones(M)
    last = (M if sym else M + 1) - 1
    return alpha - (1.0 - alpha) * np.cos(2 * np.pi * np.arange(0, M) / last)
