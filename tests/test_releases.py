"""Calls let go of arrays that nothing reads any more; listings say nothing of it."""

import tracemalloc

import numpy as np

from adgen import grad
from adgen.emission.releases import with_releases


def test_a_value_goes_behind_the_last_line_that_reads_it():
    text = """def f(x, n):
    a = x * 2  # (1)
    b, c = a + 1, n
    for i in range(n):
        a[i] = b[i]
    d = a.sum()
    e = d * x
    return e"""
    assert with_releases(text, {"c", "n"}).split("\n") == [
        "def f(x, n):",
        "    a = x * 2  # (1)",
        "    b, c = a + 1, n",
        "    for i in range(n):",
        "        a[i] = b[i]",
        "    del b",
        "    d = a.sum()",
        "    del a",
        "    e = d * x",
        "    return e",
    ]


def test_what_may_not_be_there_or_is_read_later_stays():
    text = """def f(x):
    if x.size:
        a = x
        b = a
    c = 2 * x
    g = lambda: c
    d = x + 1
    e = sum(d * t for t in x)
    x = g() + e + d
    return x"""
    assert "del" not in with_releases(text, set())


def chain(x, w):
    h = np.tanh(x * w)
    h1 = np.tanh(h * w)
    h2 = np.tanh(h1 * w)
    r = np.exp(h2 - x)
    return np.sum(r * r)


def test_memory_is_had_again():
    x, w = np.linspace(0.1, 1.0, 50_000), np.linspace(-0.5, 0.5, 50_000)
    gradient = grad(chain)
    assert "del" not in gradient.source(x, w, joint=True)
    gradient(x, w)
    tracemalloc.start()
    gradient(x, w)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # what is kept, the two results, and what a line makes
    assert most < 8.5 * x.nbytes
