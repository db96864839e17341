"""What a workload is: a plain function, its gradient by hand, and arguments of three sizes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Workload:
    """A function as its author wrote it, and its gradient as a very good engineer writes it.

    `forward` gives the value and a cache, `backward(dout, cache)` the gradients in `wrt`: a tuple,
    or a bare one where `wrt` is a single name.  `arguments(rng, *size)` makes arguments.
    """

    function: Callable[..., Any]
    forward: Callable[..., tuple[Any, Any]]
    backward: Callable[[Any, Any], Any]
    wrt: tuple[str, ...]
    arguments: Callable[..., tuple[Any, ...]]
    sizes: Mapping[str, tuple[int, ...]]

    @property
    def name(self) -> str:
        return self.function.__name__

    def example(self, size: str) -> tuple[Any, ...]:
        """The same arguments in every run."""
        return self.arguments(np.random.default_rng(0), *self.sizes[size])

    def by_hand(self, *args: Any) -> tuple[Any, Any]:
        """Value and gradients, by the hand-written pair."""
        out, cache = self.forward(*args)
        return out, self.backward(1.0, cache)
