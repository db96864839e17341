"""Arrays are let go of as soon as nothing reads them any more.

In: the text of a function.  Out: the same with a `del` behind the last line that reads an array,
so that what comes next is put into memory that is free, and warm:

    h0 = X @ W1 + b1                    h0 = X @ W1 + b1
    h = np.maximum(0, h0)               h = np.maximum(0, h0)
    r = h @ W2 - t                      del h0
                                        r = h @ W2 - t

What a listing shows has none of these lines: they say nothing about the gradient.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

# what may read a name later than where it is written
LATER = (ast.Lambda, ast.FunctionDef, ast.GeneratorExp)


def with_releases(text: str, numbers: Collection[str]) -> str:
    """The text of a function that lets go of its values, `numbers` and parameters aside.

    Only values that a line of the function's own block binds are known to be there.
    """
    (function,) = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef)
    last: dict[str, int] = {}
    bound: set[str] = set()
    kept = set(numbers)
    for at, line in enumerate(function.body):
        for node in ast.walk(line):
            if isinstance(node, ast.Name):
                last[node.id] = at
            elif isinstance(node, LATER):
                kept |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        if isinstance(line, ast.Assign):
            bound |= {n.id for target in line.targets for n in ast.walk(target)
                      if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}  # fmt: skip
    lines = text.split("\n")
    # before the function ends nothing is gained any more
    for at in reversed(range(len(function.body) - 2)):
        done = [n for n in last if last[n] == at and n in bound - kept]
        if done:
            end = function.body[at].end_lineno
            lines.insert(end or 0, f"    del {', '.join(done)}")
    return "\n".join(lines)
