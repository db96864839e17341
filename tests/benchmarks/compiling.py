"""How long compiling takes: a function of ordinary length, and long straight-line ones."""

import linecache
import math

from adgen.api import Gradient
from tests.benchmarks.timing import interleaved


def straight(lines):
    """A function of so many statements, each of which reads some of those before it."""
    text = ["def straight(x, y):", "    v0 = x * y", "    v1 = x + y"]
    for i in range(2, lines):
        right = [
            f"v{i - 1} * v{i - 2}",
            f"math.sin(v{i - 1}) + x",
            f"0.5 * (v{i - 1} - v{i // 2})",
            f"math.tanh(v{i - 1} * y)",
        ][i % 4]
        text.append(f"    v{i} = {right}")
    text.append(f"    return v{lines - 1}")
    source = "\n".join(text) + "\n"
    name = f"<straight {lines}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    namespace = {"math": math, "__name__": "straight"}
    exec(compile(source, name, "exec"), namespace)
    return namespace["straight"]


def report():
    """Print the figures, and give them in seconds."""
    functions = {lines: straight(lines) for lines in (60, 200, 2000)}
    calls = {
        str(lines): lambda f=f: Gradient(f).specialize(0.3, 0.7) for lines, f in functions.items()
    }
    seconds = interleaved(calls, rounds=7)
    print(f"{'compiling straight lines':50}  {'best':>8}")
    for lines, taken in seconds.items():
        print(f"{lines + ' statements':50}  {taken * 1e3:5.1f} ms")
    print(f"{'growth from 200 to 2000':50}  {seconds['2000'] / seconds['200']:8.1f}\n")
    return {f"{lines} statements": taken for lines, taken in seconds.items()}
