"""Random small programs that write to elements of arrays in loops: `written(choose)` makes one.

`u` has one axis or two, `v` has one; what is read and written is told by sums of the loops'
indices, by slices and by masks, and some of it is written again later.
"""

from __future__ import annotations

import linecache
import textwrap
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

SIZE = 5
ROOM = SIZE + 3
WHOLE = (
    "v[:] = np.sin(v) * c",
    "v *= 0.7 * v",
    "v[v > 0.2] *= 0.5 * c",
    "v[:] = v[::-1] * v",
    "w = v[1:]; w[0] = w[1] * w[0]",
    "np.multiply(v, v, out=v)",
    "v.fill(c)",
    "s = s + np.sum(v * v)",
    "s = s + np.sin(v) @ v",
    "v[:] = np.tanh(v)",
    "v[:] = v * v * 0.5 + v[::-1]",
    "z = v[2:]; s += np.sum(z * z)",
    "u[:] = np.sin(u)",
    "u += 0.1 * u * u",
    "u[1:] *= u[:-1]",
    "b = b * v",
)
# what is written to a part: M and O are parts of `v`, X is an element
PARTS = (
    "0.5 * M * O * X", "M / (O**2 + 1.0)", "np.sin(M) * X", "np.exp(-(O**2))",
    "np.sqrt(M**2 + 0.5)", "c * M - O", "M * O[::-1]", "c",
)  # fmt: skip

OF_A_TRIP = (
    "w[2] = w[1] * X + 0.3", "w[1:3] *= w[0]", "w[0] += v[1] * w[3]", "w[:] = np.sin(w)",
    "s += np.sum(w * w) * w[1]", "s += w[0] * w[1] * w[0]", "v[2] = w[1] * w[2]", "best = w",
    "s += best[0] * w[0]", "x = w.copy(); x[0] = w[0] * w[0]; s += x[0] * x[1]", "w = w * 2.0",
)  # fmt: skip


class Writer:
    """Writes one program."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.choose = chance.choice
        self.lines: list[str] = []
        self.indices: list[str] = []
        self.axes = {"u": self.choose([1, 1, 2]), "v": 1, "b": 1}

    def program(self) -> str:
        for _ in range(self.chance.randint(2, 4)):
            self.statement(0)
        body = textwrap.indent("\n".join(self.lines), "    ")
        end = "    return s + np.sum(u**2) + np.sum(v * v)"
        return f"def f(u, v, b, c, n):\n    s = 0.0\n    best = np.ones(4)\n{body}\n{end}\n"

    def position(self) -> str:
        found = ["0", "1", "-1", "-2", "2", "n - 1"]
        for i in self.indices:
            found += [i, i, f"{i} - 1", f"{i} + 1", f"{i} - 2", f"2 * {i}", f"n - 1 - {i}"]
        if len(self.indices) > 1:
            i, j = self.indices[-2:]
            found += [f"{i} + {j}", f"{j} - {i}"]
        return self.choose(found)

    def element(self, *arrays: str) -> str:
        array = self.choose(arrays)
        return f"{array}[{', '.join(self.position() for _ in range(self.axes[array]))}]"

    def part(self, length: int) -> str:
        found = [f"{at}:{at + length}" for at in range(3)] + [f"-{length + 1}:-1"]
        found += [f"{i}:{i} + {length}" for i in self.indices]
        return f"v[{self.choose(found)}]"

    def value(self, depth: int = 0) -> str:
        kind = self.chance.random()
        if kind < 0.45 or depth > 2:
            return self.element("u", "u", "v")
        if kind < 0.55:
            return self.choose(["c", self.element("b")])
        one = self.value(depth + 1)
        if kind < 0.63:
            return self.choose([f"np.sin({one})", f"np.sqrt({one}**2 + 0.5)"])
        other = self.value(depth + 1)
        if kind < 0.67:
            return f"{one} / ({other}**2 + 1.0)"
        return f"{one} * {other}" if kind < 0.85 else f"({one} {self.choose('+-')} {other})"

    def statement(self, depth: int) -> None:
        kind = self.chance.random()
        if kind < 0.33 and depth < 3:
            self.loop(depth)
        elif kind < 0.4:
            self.put(depth, f"if {self.element('u')} > {self.choose(['0.1', '0.0', '-0.3'])}:")
            self.statement(depth + 1)
            if self.choose([True, False]):
                self.put(depth, "else:")
                self.statement(depth + 1)
        elif kind < 0.44 and self.indices:
            self.put(depth, f"if {self.element('u')} > {self.choose(['0.8', '0.5'])}:")
            self.put(depth + 1, self.choose(["break", "continue"]))
        elif kind < 0.5:
            self.put(depth, f"s = s + {self.value()}")
        elif kind < 0.54:
            self.put(depth, f"m = {self.value()}")
            self.put(depth, f"s += m * {self.element('v')} * m")
        elif kind < 0.6:
            length = self.choose([1, 2])
            mine, other = self.part(length), self.part(length)
            value = self.choose(PARTS).replace("M", mine).replace("O", other)
            value = value.replace("X", self.element("v"))
            self.put(depth, f"{mine} {self.choose(['=', '=', '+=', '*='])} {value}")
        elif kind < 0.7:
            self.put(depth, self.choose(WHOLE))
        else:
            how = self.choose(["=", "=", "=", "+=", "-=", "*="])
            factor = self.choose(["0.3 * ", "0.5 * ", ""])
            self.put(depth, f"{self.element('u', 'u', 'v')} {how} {factor}{self.value()}")

    def loop(self, depth: int) -> None:
        last = self.indices[-1:]
        low = self.choose(["0", "1", "1", "2", *last, *(f"{i} + 1" for i in last)])
        high = self.choose(["n - 1", "n - 2", "n", "3", *last, *last])
        over = self.choose([
            f"range({low}, {high})", f"range({low}, {high})", f"reversed(range({low}, {high}))",
            f"range({high} - 1, {low} - 1, -1)", f"range({low}, {high}, 2)", "range(2)", "range(n)",
        ])  # fmt: skip
        index = "ijk"[len(self.indices)]
        self.put(depth, f"for {index} in {over}:")
        self.indices.append(index)
        self.put(depth + 1, "s += 0.1")
        for _ in range(self.chance.randint(1, 3)):
            self.statement(depth + 1)
        if self.chance.random() < 0.3:
            self.of_a_trip(depth + 1)
        self.indices.pop()

    def of_a_trip(self, depth: int) -> None:
        """An array that each trip makes anew, and writes to."""
        self.put(depth, self.choose(["w = np.zeros(4)", "w = v[1:5] * c", "w = b[:4].copy()"]))
        for _ in range(self.chance.randint(2, 5)):
            self.put(depth, self.choose(OF_A_TRIP).replace("X", self.element("v")))

    def put(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)


def written(chance: Random) -> str:
    """A program's text."""
    return Writer(chance).program()


def made(text: str, known_as: str) -> Callable[..., Any]:
    """The function of a program's text."""
    file = f"<{known_as}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"np": np}
    exec(compile(text, file, "exec"), scope)
    return scope["f"]


def arguments(text: str, seed: int) -> tuple[Any, ...]:
    """Arguments for a program."""
    rng = np.random.default_rng(seed)
    shape = (ROOM, ROOM) if "u[" in text and "," in text.split("u[", 1)[1].split("]")[0] else ROOM
    return (0.6 * rng.normal(size=shape), 0.6 * rng.normal(size=ROOM), rng.normal(size=ROOM),
            0.4, SIZE)  # fmt: skip
