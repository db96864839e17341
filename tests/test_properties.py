"""What holds of the gradient of any program, tried on random small ones.

`ADGEN_PROGRAMS=5000 pytest tests/test_properties.py` tries that many, other ones each time, and
finds the smallest that fails; `python -m tests.many_programs 0 50000` counts what comes of them.
"""

import os
import random
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adgen import UserError, grad
from tests.check_program import check, tried
from tests.programs import made, written

ROOT = Path(__file__).parent.parent
MANY = os.environ.get("ADGEN_PROGRAMS")


@st.composite
def programs(draw):
    return written(lambda options: draw(st.sampled_from(list(options))))


# programs that have been taken for something else, once
ONCE_WRONG = {
    "what is added to an element has a line of its own on the way back": """
        def f(u):
            u[2] += 3 - np.max(u)
            return u
        """,
    "an array of a tuple that is written to, beside what else is in it": """
        def f(c, pair):
            b = pair[1]
            b[np.array([0, 2, 0])] = pair[1] * 2.0
            return pair[1][-1] - pair[0] * c
        """,
    "a condition reads what the line before it binds anew": """
        def f(b, c, n):
            for i in range(n):
                c, b = np.cos(b), b - (b if b + c > -0.7 else 1.3)
            return c
        """,
    "a mean is broadcast, and still the caller's own": """
        def f(K):
            return K.T.mean(axis=0)
        """,
    "what is broadcast cannot be added to": """
        def f(v):
            return np.mean(np.stack([v, v]))
        """,
    "an element of a list gets a share in one branch": """
        def f(a, some):
            return min(some[1], a if a > 0 else some[0])
        """,
    "an element of a list gets two shares, one in a branch": """
        def f(a, some):
            b = a if a > 3 else some[0]
            return some[0] + b
        """,
    "an element of a list gets two shares in different statements": """
        def f(a, some):
            return some[1] * 0.5 - np.minimum(some[1], a * np.ones(3))
        """,
    "an element of a list before a loop": """
        def f(c, pair, n):
            while n > 0:
                n -= 1
                c *= pair[0]
            return c + pair[0]
        """,
    "an array in a tuple": """
        def f(pair):
            return np.mean(pair[1] * 1.3)
        """,
    "a loop tests what it swaps": """
        def f(a, b, n):
            while a < 5.0:
                a, b = b + 6.0, a
            return a
        """,
    "a loop tests what it overwrites": """
        def f(a, n):
            a = a**2
            while a < 5.0:
                a, s = np.square(3.0), a
            return a
        """,
    "loops in a loop, an array that a number is broadcast to": """
        def f(b, v, n):
            for i in range(2):
                for j in range(n):
                    v = np.maximum(v, b)
            return v.sum()
        """,
    "loops in a loop, an array that a short one is broadcast to": """
        def f(v, w, n):
            for j in range(n):
                for i in range(n):
                    v = w * v
            return np.sum(v)
        """,
    "a loop beside an array that a part of it is broadcast to": """
        def f(v):
            for i in range(2):
                for j in range(3):
                    pass
                v = v[:1] * v
            return np.sum(v)
        """,
    "a loop behind a number that becomes an array": """
        def f(b, n):
            b = b - np.ones(2)
            for i in range(n):
                pass
            return np.sum(b)
        """,
    "a loop behind another name of an array": """
        def f(u):
            a = u
            for i in range(3):
                pass
            return a.sum() ** 2
        """,
    "a loop before a product with ones": """
        def f(c, u):
            for e in u:
                pass
            return np.mean(c - c * np.ones((2, 1)))
        """,
    "a loop in a loop that divides an array by a number": """
        def f(b):
            p = np.ones((2, 1))
            for i in range(3):
                for j in range(2):
                    pass
                p = p / (2.0 + b)
            return p
        """,
    "a loop in a loop that takes an array from a short one": """
        def f(u, w):
            for i in range(2):
                u = w - u
                for j in range(3):
                    pass
            return np.sum(u)
        """,
    "loops in a loop that scale an array": """
        def f(C):
            k0 = 0
            while k0 < 2:
                k0 += 1
                for i in range(2):
                    C = 0.7 * C
                C = C
            return C
        """,
    "loops in a loop, and what they made is read before": """
        def f(a, M):
            u = 1.0
            for k in range(3):
                u = M.T @ np.ones(2)
                for i in range(3):
                    M = a * M
            return u
        """,
    "a loop in a loop that names an array again": """
        def f(v, C, n):
            for k in range(n):
                r = C
                a = C
                for e in v:
                    C = r
            c, C = 2, 3
            return a
        """,
    "a loop whose value is an array from the second trip on": """
        def f(c, n):
            for k in range(2):
                s = 3
                for i in range(n):
                    s = np.maximum(s, c * np.ones(1))
                    a = s
            return a
        """,
    "a name that is a number or an array": """
        def f(a, b, u):
            if a > 9.0:
                u = 0.5
            b *= np.sum(u)
            return b
        """,
    "another shape under the same name": """
        def f(K):
            K = K.reshape(2, 3)
            return K
        """,
    "return out of a loop that ends a branch": """
        def f(a):
            if a > -9.0:
                for i in range(2):
                    return a
            return 2.0 * a
        """,
    "return of an array out of a loop": """
        def f(b):
            for i in range(2):
                if b > 99.0:
                    return np.where(b * np.ones(3) > 0.5, b, 2.0)
            return np.where(b * np.ones(3) > 0.5, b * b, 2.0)
        """,
    "the value of a name that the way back uses again": """
        def f(b):
            for i in range(3):
                a = b
                b += np.minimum(a, a)
            return a
        """,
    "a list's element in one statement that divides": """
        def f(a, pair):
            return max(a, pair[0]) / np.log(2.0 + pair[0] ** 2)
        """,
    "part of what is broadcast": """
        def f(w):
            return np.mean(np.concatenate([w, np.zeros(2)]))
        """,
    "an array that a loop leaves alone, under its own name": """
        def f(M, n):
            for i in range(n):
                pass
            M = M
            return M.mean(axis=0)
        """,
    "numbers and arrays added behind a loop": """
        def f(a, b, n):
            for i in range(n):
                pass
            return np.mean(b + a * np.ones((2, 3)))
        """,
    "a number that a branch makes an array of": """
        def f(a, n):
            r = a if a > 9.0 else math.exp(abs(np.sum(a * np.ones(2))))
            return r
        """,
    "a mean of an outer product": """
        def f(v, g):
            r = np.outer(g, v)
            return r.mean(axis=0)
        """,
    "a mean of an outer product behind a loop": """
        def f(a, u):
            M = np.outer(a, u)
            for e in u:
                pass
            return np.mean(M)
        """,
    "return of an array out of a loop's branch": """
        def f(c, a):
            k = 0
            while k < 1:
                k += 1
                if c > 99.0:
                    return c * np.ones(3)
            return a * np.ones(3)
        """,
    "another shape under the same name, in one expression": """
        def f(g):
            g = g.reshape(2, 1) - np.ones(2)
            return g
        """,
    "the largest of an array that is written to afterwards": """
        def f(a, v):
            if a < 99.0:
                a = np.max(v)
            v -= a
            return a
        """,
    "a column less a row before a loop": """
        def f(c, u, n):
            q = (c * np.ones(2)).reshape(2, 1) - u
            for i in range(n):
                pass
            return q.mean(axis=0)
        """,
    "arrays that change names before a loop": """
        def f(a, u, v, n):
            u, v = v, u
            for i in range(n):
                pass
            return np.maximum(a, np.mean(u))
        """,
    "an element of a list, broadcast in two ways": """
        def f(some, n):
            return np.where(n > 5, some[1] * np.ones(3), some[1] * np.ones(1))
        """,
    "a mean in a branch of a loop": """
        def f(c, n):
            for i in range(n):
                if i:
                    pass
                else:
                    c -= np.mean(c - c * np.ones((2, 1)))
            return c
        """,
    "a scalar that a loop multiplies into an array of one": """
        def f(a, n):
            p = np.cumsum(0.5)
            for i in range(3):
                p *= (a * np.ones(1)).ravel()
            if a > 99.0:
                pass
            else:
                p, s = p, 0.3
            return np.stack([p, p])
        """,
    "elements of an array that is written to while they are read": """
        def f(v):
            for i, e in enumerate(v):
                b = e
                v -= e
            return b
        """,
    "an array written to behind a loop that makes it anew": """
        def f(v, w):
            k = 0
            while k < 0:
                k += 1
                v = w * v
            v -= v
            return v.sum()
        """,
    "a loop binds what a function inside declares nonlocal": """
        def f(a, n):
            def g(x):
                nonlocal a
                return x
            for i in range(n):
                a = -0.5 * a
            return a
        """,
    "a list of the caller's beside an array": """
        def f(nums, u):
            nums[-1] = nums[0] * 2.0
            return np.sum(u) * nums[-1]
        """,
    "an array that a helper has written to is returned on one path": """
        def f(a, u):
            if a > 9.0:
                return 2.0
            return shift(u * 1.0)
        """,
    "what a dict holds has been written to before a branch": """
        def f(a):
            d = {"p": np.ones(1) * a}
            d["p"] *= a
            if a > 9.0:
                d["p"] = a
            return d["p"] * 2.0
        """,
    "a number that 32 bits are enough for on some paths": """
        def f(a, F, n):
            for i in range(n):
                a *= a - np.sum(F)
            return a
        """,
    "an array in a tuple loses its name to a view that is written to": """
        def f(c, v):
            t = (v, c)
            v = v[1:]
            v[v <= 0.3] *= c
            return np.sum(t[0]) * np.sum(v)
        """,
    "an array that has been written to loses its name in a branch": """
        def f(c, u, T, n):
            if n:
                for i in range(2):
                    u[2] = 2.0 * c
                if c > -99.0:
                    return u[[0, 2, 0]]
            u = 0.7 * T
            return np.sum(u)
        """,
    "one name twice on the left": """
        def f(b):
            if b < 99.0:
                b, b = b, -b
            return b * b * b
        """,
    "numbers between numbers that arrays have made": """
        def f(c, v):
            return np.linspace(c, c * np.sum(v), 3) + np.linspace(c, np.sum(v**2), 3)
        """,
    "a slice of a slice of a list": """
        def f(a, c):
            xs = [c, a, 1]
            xs.extend([c * a, c])
            return sum(xs[::1][:2]) + xs[1:][2]
        """,
    "an array of one number that gets another share": """
        def f(c):
            p = c * np.ones((2, 3))
            return np.where(3, np.atleast_1d(c), p)
        """,
    "a list of which one array has been written to, as a whole": """
        def f(rows, a):
            rows[0][0] += a
            return np.sum(rows) + np.max(sum(rows)) + np.stack(rows)[0, 1]
        """,
    "a view in a list is written to": """
        def f(u):
            xs = [np.ones(2), np.ones(2)]
            v = u * 2.0
            xs[0] = v[::2]
            xs[0][0] = 3.0
            return np.sum(v)
        """,
    "an array loses its name to another that is not written to": """
        def f(c, M, par):
            par["W"], M = M, par["W"]
            par["W"] *= c
            par["W"][1] = 2.0
            return np.sum(par["W"] * M)
        """,
    "a list loses its name, and its numbers are read again": """
        def f(nums, n):
            for i in range(n):
                nums = [i + nums[0] ** 2] + nums
            return sum(nums, 0.5)
        """,
    "sums that are repeated": """
        def f(M):
            return np.repeat(np.sum(M, axis=0, keepdims=True), 2, axis=0)
        """,
    "a list's element is taken and put back": """
        def f(rows):
            rows[-1] = rows.pop() * 2.0
            return np.sum(rows)
        """,
    "loops over numbers of two lengths": """
        def f(a, v, F, some):
            for i in range(3):
                F = np.tanh(F * math.tanh(some[0]))
                a += np.max(F)
            return a * v + F
        """,
    "an array without a name is put into a list and written to": """
        def f(a, rows):
            rows[0] /= a
            rows[0][1] = 5.0 * a
            rows[1] = np.tanh(rows[0])
            rows[1][1] *= 3.0
            return rows[0] * rows[1]
        """,
    "an element is put back where it was, and read elsewhere": """
        def f(w, nums):
            t = (2.0, (1, nums[0]))
            r, (q, nums[0]) = t
            return np.dot(t[1], nums[0] * np.ones(2)) * w
        """,
    "two names of a list that is changed": """
        def f(box, rows):
            c = rows
            c[0] += box.p
            return max(z.sum() for z in rows)
        """,
    "a value behind a loop that has a tape of values of its name": """
        def f(b, u):
            t = (2.0, b * 2.0)
            for k in range(3):
                u = np.tanh(u)
            return max(np.sum(z) for z in t[1] * u)
        """,
    "entries that have been written to before a loop": """
        def f(u, par, box):
            par["b"] *= 2.0
            box.x[0] = 2.0
            for i in range(3):
                box.x, u = u, box.x
                for key, value in par.items():
                    par[key] = value
            return u * par["b"]
        """,
    "a list as a whole, one of its arrays having been written to": """
        def f(u):
            xs = [np.ones(2) for k in range(2)]
            xs[0][:] = u[1]
            return sum(xs) * u[0]
        """,
    "a loop is left behind a list that is put together anew": """
        def f(b, c, rows):
            d = {"p": b}
            for i in range(3):
                d = {"p": d["p"] * c}
                rows = [rows[1], rows[0] * c]
                if i > 0:
                    break
            for i in range(3):
                rows = [rows[1], rows[0] * c]
                if b < 5 * i:
                    break
                rows = [rows[1] * 2.0, rows[0]]
            return np.sum(rows[0]) + rows[1][1] + c * d["p"]
        """,
    "an array is returned whose name means another": """
        def f(v):
            t = (v, np.ones(1))
            x = t[0]
            np.tanh(x, out=x)
            v = t[1]
            return t[0]
        """,
    "a list followed place by place that a loop makes anew": """
        def f(u, nums):
            nums = [z for z in nums]
            nums.insert(1, 0)
            for i in range(2):
                nums = [y * z for y, z in zip(nums, nums)]
                u = u * nums[i]
            return nums[0] * u
        """,
    "a key that a call has chosen, where each path of the call goes on": """
        def f(c, F, box, n):
            match n:
                case 0:
                    pass
                case _ if c:
                    p = box
            try:
                held = {'p': 2.0, 'q': c, 'r': c}
                b = held[max(held, key=held.get)]
            finally:
                match n:
                    case k if b:
                        box.x, F = (F, 2.0)
            return 2.0 * c
        """,
}


@pytest.mark.parametrize("text", ONCE_WRONG.values(), ids=ONCE_WRONG)
def test_program_that_was_once_wrong(text, tmp_path):
    program = made(textwrap.dedent(text), tmp_path)
    check(program.function, program.args, program.twin)


def test_list_that_is_written_to_and_given_twice():
    def f(xs, ys, u):
        xs[0] = 2.0 * ys[0]
        ys.append(u[0])
        return xs[0] * ys[0] + np.sum(u)

    def g(rows, u):
        rows[0][1] = u[0]
        rows.append(u)
        return np.sum(rows[0])

    xs, u = [1.0, 2.0], np.array([3.0, 4.0])
    check(f, (xs, [2.0], u))
    check(g, ([u + 1.0], u))
    for function, args in ((f, (xs, xs, u)), (g, ([u], u)), (g, ([u[:2], u[::-1]], u + 1.0))):
        with pytest.raises(UserError, match="is written to, and shares memory with"):
            grad(function)(*args)


def test_random_programs(tmp_path):
    met = Counter()

    @settings(
        max_examples=int(MANY or 1200),
        derandomize=not MANY,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=list(Phase) if MANY else [Phase.generate],  # finding the smallest takes minutes
    )
    @given(programs())
    def holds(text):
        met[tried(made(text, tmp_path)).kind] += 1

    holds()
    assert met["right"] > 10 * met["unusable"], met
    assert met["refused"] < 0.3 * met["right"], met


def listing(text, folder):
    """The text that adgen writes for a program, or what it says of it."""
    program = made(text, folder)
    try:
        return grad(program.function).compilation(*program.args).listing.text
    except UserError as error:
        return error.message


@pytest.mark.parametrize("seed", range(20))
def test_compiling_twice_gives_the_same_text(seed, tmp_path):
    text = written(random.Random(seed).choice)
    assert listing(text, tmp_path) == listing(text, tmp_path)


PRINT_LISTINGS = """
import random, sys
from pathlib import Path
from tests.programs import written
from tests.test_properties import listing

for seed in range(30):
    print(listing(written(random.Random(seed).choice), Path(sys.argv[1])))
"""


def test_text_does_not_depend_on_the_hash_seed(tmp_path):
    texts = set()
    for seed in ("0", "1", "2"):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PRINT_LISTINGS, str(tmp_path)],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        texts.add(done.stdout)
    assert len(texts) == 1
    assert texts.pop().count("def ") > 20
