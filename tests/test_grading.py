"""`adgen grade` names the first wrong line of a hand-written backward; `adgen exercise`."""

import contextlib
import copy
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from adgen import Gradient
from adgen.cli import main
from adgen.grading import retrial, sandbox
from adgen.grading.edits import parsed
from adgen.grading.evaluate import Unknown, evaluate
from adgen.grading.exercise import exercise
from adgen.grading.grade import grade, grade_with, here
from adgen.grading.reference import reference
from adgen.grading.report import text
from adgen.grading.sandbox import Limits, run
from adgen.grading.submission import CannotGrade, understood
from tests.sample_functions import every_sample
from tests.submissions import functions, rerun, styles
from tests.submissions.cases import ARGS, MISTAKES, RIGHT

ROOT = Path(__file__).parent.parent
rng = np.random.default_rng(0)
FUNCTIONS = ROOT / "tests" / "submissions" / "functions.py"


@cache
def gradient(function):
    return Gradient(getattr(functions, function))


@cache
def reference_of(function, one):
    return reference(gradient(function), ARGS[function], one=one)


def graded(function, source, limits=None):
    """The grade of a submission with this text; in this process if there are no limits."""
    submission = understood("homework.py", source, "", function)

    def right(args, dout=None, one=True):
        if args is ARGS[function]:
            return reference_of(function, one)
        return reference(gradient(function), args, dout)

    run_it = here if limits is None else lambda request: run(request, limits)
    return grade_with(submission, right, ARGS[function], run_it)


def found(result):
    """Line and cause of the first wrong line."""
    wrong = result.wrong
    return wrong and (wrong.line, wrong.cause and wrong.cause.key)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """What is found must not depend on how fast this machine is."""
    monkeypatch.setattr(retrial, "SECONDS", 60.0)


# --- right ones, and the same with one mistake ---------------------------------------------------


@pytest.mark.parametrize("function", RIGHT)
def test_right_ones_pass(function):
    result = graded(function, RIGHT[function])
    assert result.right, text(result)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.function}-{m.cause}-{m.line}")
def test_the_first_wrong_line_and_its_cause(mistake):
    result = graded(mistake.function, mistake.text)
    assert not result.right
    assert found(result) == (mistake.line, mistake.cause), text(result)


def test_there_are_enough_of_them():
    """Five mistakes in each of twelve functions, of every kind that has a name."""
    counts = {name: sum(m.function == name for m in MISTAKES) for name in RIGHT}
    assert len(counts) >= 12 and min(counts.values()) >= 5
    kinds = {
        "assigned",
        "transpose",
        "axis",
        "factor",
        "sign",
        "overwritten",
        "incomplete",
        "branch",
    }
    assert kinds <= {m.cause for m in MISTAKES}


@pytest.mark.parametrize("function", ["staged", "affine", "rnn"])
def test_in_a_process_of_its_own_it_is_the_same(function):
    assert graded(function, RIGHT[function], Limits()).right
    mistake = next(m for m in MISTAKES if m.function == function)
    assert found(graded(function, mistake.text, Limits())) == (mistake.line, mistake.cause)


# --- styles, and mistakes made by machine --------------------------------------------------------


@cache
def gradient_of(function, module):
    return Gradient(getattr(module, function), module.WRT.get(function))


@cache
def style_of(function, one, module):
    return reference(gradient_of(function, module), module.ARGS[function], one=one)


def in_style(function, source, module=styles):
    submission = understood("homework.py", source, "", function)
    args = module.ARGS[function]

    def right(given, dout=None, one=True):
        if given is args:
            return style_of(function, one, module)
        return reference(gradient_of(function, module), given, dout)

    return grade_with(submission, right, args, here)


@pytest.mark.parametrize(
    ("module", "function"), [(m, f) for m in (styles, rerun) for f in m.RIGHT], ids=str
)
def test_every_style_passes(module, function):
    result = in_style(function, module.RIGHT[function], module)
    assert result.right, text(result)


@pytest.mark.parametrize(("function", "right", "wrong", "cause"), rerun.MISTAKES)
def test_what_one_changed_line_makes_right_was_wrong(function, right, wrong, cause):
    source = rerun.RIGHT[function]
    assert source.count(right) == 1
    line = source[: source.index(right)].count("\n") + 1
    result = in_style(function, source.replace(right, wrong), rerun)
    assert found(result) == (line, cause), text(result)


def test_mistakes_made_by_machine():
    """Of all that there are, an eighth."""
    every = [
        (function, *mistake)
        for function, source in styles.RIGHT.items()
        for mistake in sorted(styles.mutated(source))
    ]
    assert len(every) > 200
    wrong, named, known = 0, [], []
    for function, kind, line, source in every[::8]:
        result = in_style(function, source)
        if result.right:
            continue  # it is another way to say the same
        wrong += 1
        blamed = result.wrong
        cause = blamed and blamed.cause and blamed.cause.key
        named.append(cause == kind if kind == "missing" else blamed and blamed.line == line)
        known.append(cause == kind)
    assert wrong > 45
    assert sum(map(bool, named)) >= 0.9 * wrong and sum(known) >= 0.8 * wrong


# --- what else may be handed in ------------------------------------------------------------------


def test_a_script_chooses_its_own_point():
    script = RIGHT["staged"].replace("x = 3", "x = 0.5").replace("y = -4", "y = 2")
    result = graded("staged", script)
    assert result.right
    assert {g.name: g.given for g in result.gradients}["dx"] == pytest.approx(
        Gradient(functions.staged)(0.5, 2.0)[0]
    )


def test_a_script_that_stops_half_way():
    half = RIGHT["staged"].split("# backprop xpysqr")[0]
    result = graded("staged", half)
    assert result.wrong is None and not result.right
    marks = {g.name: g.mark for g in result.gradients}
    assert marks["dden"] == "right" and marks["dx"] == marks["dy"] == "missing"


def test_half_way_and_wrong():
    half = RIGHT["staged"].split("# backprop xpysqr")[0]
    result = graded("staged", half.replace("dden = (-1.0", "dden = (1.0"))
    assert result.wrong.cause.key == "sign"
    assert result.wrong.text == "dden = (1.0 / (den**2)) * dinvden"


def test_a_contribution_that_nobody_wrote():
    source = RIGHT["staged"].replace("dx += (1) * dnum\n", "")
    result = graded("staged", source)
    assert result.wrong.cause.key == "missing"
    assert "`num = x + sigy`" in result.wrong.says


def test_gradients_in_the_wrong_order():
    source = RIGHT["swish"].replace("return dx, dw", "return dw, dx")
    assert found(graded("swish", source)) == (11, "order")


def test_right_numbers_in_another_shape():
    source = RIGHT["affine"].replace("db = dz.sum(axis=0)", "db = dz.sum(axis=0, keepdims=True)")
    line = source.splitlines().index("    db = dz.sum(axis=0, keepdims=True)") + 1
    assert found(graded("affine", source)) == (line, "axis")


def test_two_names_for_one_array():
    """`dx = dout`, and then `dx += ...` changes dout too."""
    source = """\
import numpy as np


def backward(x, gamma, beta, dout):
    N = x.shape[0]
    xmu = x - x.mean(axis=0)
    std = np.sqrt((xmu**2).mean(axis=0) + 1e-5)
    dxhat = dout
    dxhat *= gamma
    dgamma = np.sum(dout * xmu / std, axis=0)
    dbeta = np.sum(dout, axis=0)
    return None, dgamma, dbeta
"""
    result = graded("batchnorm", source)
    assert found(result) == (9, "shared")


def test_a_forward_that_is_another_function():
    source = RIGHT["staged"].replace("xpysqr = xpy**2\n", "xpysqr = xpy**3\n")
    result = graded("staged", source)
    assert result.wrong.cause.key == "forward"
    assert result.wrong.text == "xpysqr = xpy**3"


def test_a_line_that_fails_for_its_shapes():
    source = RIGHT["affine"].replace("dx = dz.dot(W.T)", "dx = dz.dot(W.T.T)")
    result = graded("affine", source)
    assert result.wrong.cause.key == "transpose"
    assert result.failure.startswith("ValueError")
    assert {g.name: g.mark for g in result.gradients}["dx"] == "missing"


def test_a_line_that_reads_what_is_not_there():
    source = RIGHT["swish"].replace("dw = x * dt", "dw = x * dtt")
    result = graded("swish", source)
    assert found(result)[1] == "name" and "dtt" in result.wrong.says


def test_a_value_of_the_function_may_be_called_out():
    def smooth(signal, alpha):
        out = np.zeros_like(signal)
        out[0] = signal[0]
        for t in range(1, len(signal)):
            out[t] = alpha * signal[t] + (1 - alpha) * out[t - 1]
        return np.mean((out - signal) ** 2)

    gradient, args = Gradient(smooth), (np.array([1.0, -2.0, 0.5]), 0.3)
    source = exercise(gradient, args, "smooth.py")
    submission = understood("homework.py", source, "", "smooth")
    assert {g.mark for g in grade(submission, gradient, args).gradients} == {"missing"}


def test_arguments_that_are_no_numbers():
    def scaled(x, mode):
        return np.sum(x) * (2.0 if mode == "double" else 1.0)

    source = """\
import numpy as np


def backward(x, mode, dout):
    return np.full(x.shape, dout * (2.0 if mode == "double" else 1.0))
"""
    submission = understood("homework.py", source, "", "scaled")
    assert grade(submission, Gradient(scaled), (np.ones(3), "double")).right


def test_names_in_words():
    source = """\
def backward(x, y, dout):
    grad_x = y * dout
    grad_y = y * dout
    return grad_x, grad_y
"""

    def product(x, y):
        return x * y

    submission = understood("homework.py", source, "", "product")
    result = grade(submission, Gradient(product), (2.0, 3.0))
    assert found(result) == (3, "name")


def test_a_function_may_ask_for_forward_values():
    source = "def backward(dout, den, num):\n    dinvden = num * dout\n    return None\n"
    result = graded("staged", source)
    assert {g.name: g.mark for g in result.gradients}["dinvden"] == "right"


# --- limits --------------------------------------------------------------------------------------

STOPPED = {
    "a loop without end": ("while True:\n    pass\n", "did not end within"),
    "sleep": ("import time\ntime.sleep(60)\ndx = 1.0\n", "did not end within"),
    "much memory": ("import numpy as np\nx = np.ones(10**10)\n", "512 megabytes"),
    "memory bit by bit": ("xs = []\nwhile True:\n    xs.append('x' * 10**6)\n", "512 megabytes"),
    "a megabyte": ("print('x' * 2**20)\ndx = 1.0\n", "printed more than"),
    "exit": ("import sys\nsys.exit(0)\n", "left with `SystemExit` .line 2"),
    "no last words": ("import os\nos._exit(0)\n", "without a result"),
    "an exception": ("raise ValueError('no')\n", "line 1: ValueError: no"),
    "the compiler": ("import adgen\n", "line 1: "),
    "nonsense": ("import os\nfor n in range(3, 9):\n    try:\n        os.write(n, b'[1]')\n"
                 "    except OSError:\n        pass\nos._exit(0)\n", "without a result"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "message"), STOPPED.values(), ids=STOPPED)
def test_what_runs_away_is_stopped_and_said(source, message):
    limits = Limits(1.0 if "did not end" in message else 10.0, megabytes=512)
    with pytest.raises(CannotGrade, match=message):
        graded("staged", source, limits)


@pytest.mark.parametrize(
    "source",
    [
        "import os\n\nfor _ in range(3):\n    os.fork()\n",
        "import subprocess\n\n\nsubprocess.run(['sleep', '60'])\n",
        "import threading\n\n\nthreading.Thread(target=print).start()\n",
    ],
    ids=["fork", "program", "thread"],
)
def test_nothing_is_started(source):
    """Not by root either: a fork bomb ends at its first fork."""
    if sys.platform != "linux":
        pytest.skip("is about Linux")
    result = graded("staged", source, Limits())
    assert result.wrong.line == 4
    assert result.failure.startswith(("BlockingIOError", "RuntimeError: can't start"))


def test_nothing_that_it_starts_is_left(monkeypatch):
    mark = f"test-{os.getpid()}"
    monkeypatch.setattr(sandbox.uuid, "uuid4", lambda: SimpleNamespace(hex=mark))
    source = """\
import os
import time
x = 3.0
y = -4.0
try:
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)
except OSError:
    pass
dx = 1.0
"""
    if not (Path("/proc/self/environ").exists() and hasattr(os, "fork")):
        pytest.skip("is about Linux")
    with contextlib.suppress(CannotGrade):
        graded("staged", source, Limits())
    running = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            running.append(environment.read_bytes())
    assert not any(f"ADGEN_RUN={mark}".encode() in known for known in running)


def test_what_it_says_cannot_steer_a_terminal():
    with pytest.raises(CannotGrade) as said:
        graded("staged", "raise ValueError('\\x1b[2J\\x07')\n", Limits())
    assert "\x1b" not in str(said.value) and "?[2J?" in str(said.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def backward(x:\n", "homework.py:1: syntax error"),
        ("def f(x):\n    return x\n", "which function of homework.py is the backward?"),
        ("def backward(dout, cache):\n    return 1.0\n", "no `forward` that returns one"),
        ("def backward(a, b, c, d2, e):\n    return 1.0\n", "cannot be called"),
    ],
)
def test_what_cannot_be_run_at_all(source, message):
    with pytest.raises(CannotGrade, match=re.escape(message)):
        graded("staged", source)


def test_the_environment_and_the_directory_are_empty(monkeypatch):
    monkeypatch.setenv("ADGEN_TEST_SECRET", "hidden")
    source = """\
import os
x = 3.0
y = -4.0
seen = float("ADGEN_TEST_SECRET" in os.environ) + len(os.listdir("."))
dx = 1.0 + seen
"""
    result = graded("staged", source, Limits())
    assert {g.name: g.given for g in result.gradients}["dx"] == 1.0


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os')", "open('x')", "np.load('x')", "x.tofile('x')", "(lambda: 1)()",
        "np.ones((10**9,))", "9**9**9", "[0] * 10**10", "np.arange(10**12)", "x.__class__",
        "np.outer(big, big)", "big[:, None] * big", "np.fromfile('x')", "eval('1')", "np.lib",
    ],
)  # fmt: skip
def test_what_is_evaluated_here_is_arithmetic(expression):
    with pytest.raises(Unknown):
        evaluate(parsed(expression), {"x": np.ones(3), "big": np.ones(100_000)})


# --- the commands --------------------------------------------------------------------------------


@pytest.fixture
def homework(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def written(source):
        (tmp_path / "homework.py").write_text(source)
        return "homework.py"

    return written


AGAINST = ["--against", f"{FUNCTIONS}:staged", "--args", "3.0, -4.0"]


def test_the_command_says_that_all_is_right(homework, capsys):
    assert main(["grade", homework(RIGHT["staged"]), *AGAINST]) == 0
    assert "right: every gradient agrees" in capsys.readouterr().out


def test_the_command_names_the_first_wrong_line(homework, capsys):
    source = RIGHT["staged"].replace("dx += (1) * dnum", "dx = (1) * dnum")
    assert main(["grade", homework(source), *AGAINST, "--junit", "out.xml"]) == 1
    printed = capsys.readouterr().out
    assert "first wrong line: homework.py:32\n    dx = (1) * dnum\n" in printed
    assert "`=` where `+=` was needed" in printed
    assert "1 of 2 gradients right" in printed
    suite = ElementTree.parse("out.xml").getroot()
    assert suite.get("failures") == "1"
    cases = {case.get("name"): case for case in suite}
    assert cases["dy"].find("failure") is None
    assert "`+=` was needed" in cases["dx"].find("failure").text


def test_text_of_a_submission_is_text_in_the_file_for_autograders(homework):
    source = RIGHT["staged"].replace(
        "dinvden = num\n", "dinvden = -num if '</failure><b>&amp;]]>' else 0.0  # </testsuite>\n"
    )
    assert main(["grade", homework(source), *AGAINST, "--junit", "out.xml"]) == 1
    suite = ElementTree.parse("out.xml").getroot()
    assert {element.tag for element in suite.iter()} == {"testsuite", "testcase", "failure"}
    failure = suite.find("testcase/failure")
    assert "dinvden = -num if '</failure><b>&amp;]]>' else 0.0" in failure.text


def test_the_command_gives_json(homework, capsys):
    source = RIGHT["staged"].replace("dinvden = num\n", "dinvden = -num\n")
    assert main(["grade", homework(source), *AGAINST, "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["first_wrong"]["cause"] == "sign"
    assert result["first_wrong"]["line"] == 18
    assert not result["right"]


def test_the_command_says_what_cannot_be_graded(homework, capsys):
    place = homework("import sys\nsys.exit(1)\n")
    assert main(["grade", place, *AGAINST, "--junit", "out.xml"]) == 2
    assert "left with `SystemExit`" in capsys.readouterr().err
    assert ElementTree.parse("out.xml").getroot().find("testcase/error") is not None
    assert main(["grade", place, *AGAINST, "--json"]) == 2
    assert "SystemExit" in json.loads(capsys.readouterr().out)["error"]


def test_names_the_function_of_a_file(homework, capsys):
    place = homework(RIGHT["affine"].replace("def backward", "def mine"))
    args = [
        "--against",
        f"{FUNCTIONS}:affine",
        "--args",
        "np.ones((4, 3)), np.ones((3, 2)), np.ones(2)",
    ]
    source = Path(place).read_text()
    Path(place).write_text(source)
    assert main(["grade", f"{place}:mine", *args]) == 0
    assert main(["grade", f"{place}:nope", *args]) == 2
    assert "no function `nope`" in capsys.readouterr().err


# --- gradients with a structure, and several results ----------------------------------------------


def network(params, X):
    h = np.maximum(0, X @ params["W1"] + params["b1"])
    return np.sum((h @ params["W2"]) ** 2)


NETWORK = (
    {"W1": rng.normal(size=(3, 4)), "b1": rng.normal(size=4), "W2": rng.normal(size=(4, 2))},
    rng.normal(size=(5, 3)),
)

BY_NAME = """\
import numpy as np


def backward(params, X, dout):
    W1, b1, W2 = params["W1"], params["b1"], params["W2"]
    z = X @ W1 + b1
    h = np.maximum(0, z)
    scores = h @ W2
    grads = {}
    dscores = 2 * scores * dout
    grads["W2"] = h.T @ dscores
    dh = dscores @ W2.T
    dh[z <= 0] = 0
    grads["W1"] = X.T @ dh
    grads["b1"] = dh.sum(axis=0)
    return grads
"""
ONE_BY_ONE = (
    BY_NAME.replace("grads = {}", "N = X.shape[0]")
    .replace('grads["W2"]', "dW2")
    .replace('grads["W1"]', "dW1")
    .replace('grads["b1"]', "db1")
)


def structured(function, args, source, wrt=None):
    gradient = Gradient(function, wrt)
    submission = understood("homework.py", source, "", function.__name__)
    return grade_with(submission, partial(reference, gradient), args, here)


@pytest.mark.parametrize(
    "source",
    [
        BY_NAME,
        BY_NAME.replace("return grads", "return {'params': grads}"),
        BY_NAME.replace("return grads", "return {'d' + name: g for name, g in grads.items()}"),
        BY_NAME.replace("grads", "dparams"),
        ONE_BY_ONE.replace("return grads", "return {'W1': dW1, 'b1': db1, 'W2': dW2}"),
        ONE_BY_ONE.replace("return grads", "return dW1, db1, dW2"),
        ONE_BY_ONE.replace("return grads", "return {'dW1': dW1, 'dW2': dW2, 'db1': db1}"),
    ],
)
def test_a_dict_of_gradients(source):
    result = structured(network, NETWORK, source, "params")
    assert result.right, text(result)
    wrong = source.replace("X.T @ dh", "-X.T @ dh")
    result = structured(network, NETWORK, wrong, "params")
    line = next(n for n, said in enumerate(wrong.splitlines(), 1) if "-X.T" in said)
    assert found(result) == (line, "sign"), text(result)
    assert {g.name: g.mark for g in result.gradients if g.asked} == {
        "dparams['W1']": "wrong", "dparams['b1']": "right", "dparams['W2']": "right"
    }  # fmt: skip


def test_a_part_that_is_not_given_is_missing():
    result = structured(network, NETWORK, BY_NAME.replace('    grads["b1"]', "    db"), "params")
    assert result.wrong is None and not result.right
    assert {g.name for g in result.gradients if g.mark == "missing"} == {"dparams['b1']"}


def test_values_that_are_kept_in_a_dict_are_no_gradients():
    source = BY_NAME.replace("    grads = {}\n", "    cache = {'z': z, 'X': X}\n    grads = {}\n")
    assert structured(network, NETWORK, source).wrong is None
    source = source.replace("    return grads", "    return grads, dh @ W1.T")
    assert structured(network, NETWORK, source).right


def chain(layers, x):
    for layer in layers:
        x = np.tanh(x @ layer["W"] + layer["b"])
    return np.sum(x**2)


CHAIN = """\
import numpy as np


def backward(layers, x, dout):
    xs = [x]
    for layer in layers:
        xs.append(np.tanh(xs[-1] @ layer["W"] + layer["b"]))
    grads = []
    dx = 2 * xs[-1] * dout
    for i in reversed(range(len(layers))):
        dz = (1 - xs[i + 1] ** 2) * dx
        grads.insert(0, {"W": xs[i].T @ dz, "b": dz.sum(axis=0)})
        dx = dz @ layers[i]["W"].T
    return grads, dx
"""


def test_a_list_of_dicts():
    layers = [{"W": rng.normal(size=(3, 3)), "b": rng.normal(size=3)} for _ in range(3)]
    args = (layers, rng.normal(size=(4, 3)))
    result = structured(chain, args, CHAIN)
    assert result.right, text(result)
    result = structured(chain, args, CHAIN.replace("xs[i + 1] ** 2", "xs[i + 1]"))
    assert result.wrong.line == 11 and not result.right


class Layer:
    def __init__(self, W, b):
        self.W, self.b = W, b


def affine_of(layer, x):
    return np.sum((x @ layer.W + layer.b) ** 3)


def test_an_object():
    args = (Layer(rng.normal(size=(3, 2)), rng.normal(size=2)), rng.normal(size=(4, 3)))
    source = """\
def backward(layer, x, dout):
    z = x @ layer.W + layer.b
    dz = 3 * z**2 * dout
    return {"W": x.T @ dz, "b": dz.sum(axis=0)}, dz @ layer.W.T
"""
    assert structured(affine_of, args, source).right
    result = structured(affine_of, args, source.replace("3 * z**2", "2 * z**2"))
    assert found(result) == (3, "factor")


def dotted(w, x):
    return w[0] * x[0] + w[1] * x[1] + w[2]


def test_lists_of_numbers_as_in_the_notes():
    source = """\
def backward(w, x, dout):
    dw = [x[0] * dout, x[1] * dout, 1.0 * dout]
    dx = [w[0] * dout, w[1] * dout]
    return dw, dx
"""
    args = ([2.0, -3.0, -3.0], [-1.0, -2.0])
    assert structured(dotted, args, source).right
    result = structured(dotted, args, source.replace("[w[0]", "[x[0]"))
    assert result.wrong.line == 3


def cell(x, h, W):
    z = np.tanh(x @ W + h)
    h = 0.5 * h + z
    return np.tanh(h) * x, h


CELL = """\
import numpy as np


def forward(x, h, W):
    z = np.tanh(x @ W + h)
    h = 0.5 * h + z
    y = np.tanh(h)
    return (y * x, h), (x, W, z, y)


def backward(dout, cache):
    x, W, z, y = cache
    dyx, dh = dout
    dx = y * dyx
    dh = dh + (1 - y**2) * x * dyx
    dz = dh
    dh = 0.5 * dh
    da = (1 - z**2) * dz
    dh = dh + da
    dx = dx + da @ W.T
    dW = x.T @ da
    return dx, dh, dW
"""


@pytest.mark.parametrize(
    "source",
    [
        CELL,
        CELL.replace("backward(dout, cache)", "backward(dyx, dh, cache)")
        .replace("    dyx, dh = dout\n", ""),
    ],
)  # fmt: skip
def test_several_results(source):
    args = (rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), rng.normal(size=(3, 3)))
    result = structured(cell, args, source)
    assert result.right, text(result)
    result = structured(cell, args, source.replace("(1 - y**2) * x * dyx", "(1 - y**2) * dyx"))
    assert result.wrong.text == "dh = dh + (1 - y**2) * dyx"


def test_a_result_that_is_a_prediction_has_no_gradient():
    def fitted(w, X, y):
        s = X @ w
        loss = np.mean((s - y) ** 2)
        return loss, s > 0

    source = "def backward(w, X, y, dloss):\n    return 2 / len(y) * X.T @ (X @ w - y) * dloss\n"
    args = (rng.normal(size=3), rng.normal(size=(4, 3)), rng.normal(size=4))
    assert structured(fitted, args, source, "w").right


# --- exercises -----------------------------------------------------------------------------------


@pytest.mark.parametrize("function", RIGHT)
def test_an_exercise_can_be_graded_as_it_is(function):
    """Nothing is filled in, so all is missing and nothing wrong."""
    source = exercise(gradient(function), ARGS[function], "functions.py")
    result = graded(function, source)
    assert result.wrong is None, text(result)
    assert {g.mark for g in result.gradients} == {"missing"}


@pytest.mark.parametrize("function", RIGHT)
@pytest.mark.parametrize("seed", range(2))
def test_an_exercise_with_two_lines_left_out(function, seed):
    """What stands there is right; what is left out is missing."""
    source = exercise(gradient(function), ARGS[function], "functions.py", 2, seed)
    assert source.count("= ...") == 2
    result = graded(function, source)
    assert result.wrong is None, text(result)
    assert {"missing"} <= {g.mark for g in result.gradients} <= {"missing", "right"}


@every_sample
def test_an_exercise_about_a_sample_has_nothing_wrong(f, args, wrt):
    gradient = Gradient(f, wrt)
    source = exercise(gradient, copy.deepcopy(args), "sample.py", 1, 3)
    submission = understood("homework.py", source, "", gradient.definition.name)
    result = grade_with(submission, partial(reference, gradient), copy.deepcopy(args), here)
    assert result.wrong is None, text(result)


def test_what_is_filled_in_is_judged():
    source = exercise(gradient("staged"), ARGS["staged"], "functions.py")
    source = source.replace("dden = ...", "dden = dinvden / den**2")
    assert graded("staged", source).wrong.cause.key == "sign"
    source = source.replace("dden = dinvden / den**2", "dden = -dinvden / den**2")
    result = graded("staged", source)
    assert result.wrong is None
    assert {g.name: g.mark for g in result.gradients}["dden"] == "right"


def test_the_same_seed_leaves_the_same_lines_out(capsys):
    command = ["exercise", f"{FUNCTIONS}:staged", "--args", "3.0, -4.0", "--blank", "3"]
    assert main([*command, "--seed", "4"]) == 0
    first = capsys.readouterr().out
    assert main([*command, "--seed", "4"]) == 0
    assert capsys.readouterr().out == first
    assert main([*command, "--seed", "5"]) == 0
    assert capsys.readouterr().out != first


def test_an_exercise_is_written(tmp_path):
    path = tmp_path / "exercise.py"
    command = ["exercise", f"{FUNCTIONS}:swish", "--args", "np.ones(3), np.ones(3)"]
    assert main([*command, "-o", str(path)]) == 0
    assert "ds = ...\n" in path.read_text()
    assert main([*command, "--blank", "99"]) == 2
