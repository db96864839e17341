"""Where the peaks of a signal are."""

from __future__ import annotations

from typing import Any


def peaks_in(x: Any, *options: Any) -> Any:
    """Where `signal.find_peaks(x, *options)` finds peaks.

    >>> peaks_in([0.0, 2.0, 0.0, 3.0, 1.0], 2.5)
    array([3])
    """
    from scipy import signal

    return signal.find_peaks(x, *options)[0]
