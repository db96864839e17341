"""The command line: what it prints, where, and with which exit status."""

import copy
import json
import os
import runpy
import subprocess
import sys

import numpy as np
import pytest

from adgen import cli
from adgen.cli import main
from adgen.grading import runner
from adgen.grading.recording import recording
from tests.sample_functions import ROOT, SAMPLE_FUNCTIONS, SAMPLES

STAGED = f"{SAMPLES / 'staged.py'}:f"

MODEL = """\
import numpy as np

GAIN = 3.0


def loss(x, k=2.0):
    return GAIN * k * np.sum(x * x)


def product(x, y):
    return x * y


def weighted(x, *weights, power=2):
    return sum(w * x**power for w in weights)


EXAMPLES = {"loss": (np.array([1.0, 2.0]), 4.0)}
WRT = {"loss": ("x",)}


class Model:
    @staticmethod
    def square(x):
        return x * x

    def cube(self, x):
        return x**3


MINE = Model()
"""


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A module of a user's, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(MODEL)
    for name in ("model", "pkg", "pkg.inner"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.fixture
def run(capsys):
    """Run a command; gives status, stdout and stderr."""

    def run(*argv):
        status = main(argv)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return status, said.out, said.err

    return run


# --- dump ----------------------------------------------------------------------------------------


def test_dump_prints_forward_and_backward_under_a_heading(run, monkeypatch):
    monkeypatch.chdir(SAMPLES.parent)
    status, out, err = run("dump", "samples/staged.py:f", "--args", "3.0, -4.0")
    assert (status, err) == (0, "")
    heading, *rest = out.splitlines()
    assert heading == (
        "# adjoint of f with respect to x, y, for x: float, y: float (samples/staged.py:4)"
    )
    assert "def f_forward(x, y):" in rest and "def f_backward(dout, cache):" in rest
    assert "    dx += dnum" in rest


def test_dump_takes_the_only_function_of_a_file(run):
    assert run("dump", str(SAMPLES / "staged.py"), "--args", "3.0, -4.0") == run(
        "dump", STAGED, "--args", "3.0, -4.0"
    )


def test_arguments_may_begin_with_a_minus(run):
    status, out, _ = run("dump", STAGED, "--args", "-3.0,-4.0")
    assert status == 0 and "x: float, y: float" in out


def test_arguments_by_name_and_with_names_of_the_module(run, model):
    status, out, _ = run("dump", "model.py:loss", "--args", "k=GAIN, x=np.ones((2, 3))")
    assert status == 0 and "for x: f8[N,D], k: float" in out


def test_wrt_chooses_the_parameters(run, model):
    _, out, _ = run("dump", "model.py:product", "--args", "1.0, 2.0", "--wrt", "y")
    assert "with respect to y" in out and "return dy" in out and "dx" not in out


def test_joint_is_one_function(run):
    _, out, _ = run("dump", STAGED, "--args", "3.0, -4.0", "--joint")
    assert out.count("def ") == 1 and "cache" not in out


def test_comments_can_be_left_out(run):
    _, out, _ = run("dump", STAGED, "--args", "3.0, -4.0", "--no-comments")
    assert "#" not in out


def test_examples_of_the_module_are_used(run, model):
    status, out, _ = run("dump", "model.py:loss")
    assert status == 0
    assert "with respect to x, for x: f8[N], k: float" in out


def test_written_file_runs_by_itself(run, model):
    status, out, _ = run("dump", "model.py:loss", "-o", "written.py")
    assert (status, out) == (0, "")
    made = runpy.run_path("written.py")
    out, cache = made["loss_forward"](np.array([1.0, 2.0]), 4.0)
    assert out == 60.0
    assert np.array_equal(made["loss_backward"](1.0, cache), [24.0, 48.0])


def test_helpers_are_printed_where_the_listing_calls_them(run, model):
    """Without arguments nothing is known about shapes, so the general code is emitted."""
    _, out, _ = run("dump", "model.py:product")
    assert "def unbroadcast(" in out and "import numpy as np" in out


def test_module_on_the_path(run, model):
    (model / "pkg").mkdir()
    (model / "pkg" / "__init__.py").write_text("")
    (model / "pkg" / "inner.py").write_text("def f(x):\n    return x * x\n")
    status, out, _ = run("dump", "pkg.inner:f", "--args", "3.0")
    assert status == 0 and "(pkg/inner.py:1)" in out.replace(os.sep, "/")


def test_static_method(run, model):
    status, out, _ = run("dump", "model.py:Model.square", "--args", "3.0")
    assert status == 0 and "def square_backward" in out


@pytest.mark.parametrize("command", ["dump", "check", "trace", "health"])
def test_method_of_an_object_and_arguments_that_are_collected(run, model, command):
    assert run(command, "model.py:MINE.cube", "--args", "3.0")[0] == 0
    assert run(command, "model.py:weighted", "--args", "3.0, 1.0, 2.0")[0] == 0


# --- check and stages ----------------------------------------------------------------------------


def test_check_prints_a_row_per_argument(run):
    status, out, _ = run("check", STAGED, "--args", "3.0, -4.0")
    assert status == 0
    heading, *rows = out.splitlines()
    assert heading.split("  ")[0] == "argument"
    assert [row.split()[0] for row in rows] == ["x", "y"]
    assert all(row.split()[1] == "float" and row.endswith("ok") for row in rows)


def test_check_finds_arguments_by_itself(run, model):
    status, out, _ = run("check", "model.py:product")
    assert status == 0 and out.count(" ok") == 2


def test_check_tells_a_wrong_gradient(run, model):
    """At a kink the two sides of a difference meet in the middle."""
    (model / "kink.py").write_text("import math\n\n\ndef f(x, y):\n    return max(x, y)\n")
    status, out, err = run("check", "kink.py:f", "--args", "1.0, 1.0")
    assert status == 1
    assert out.count("FAIL") == 2
    assert "dx is 1, differences say 0.5" in err


def test_stages_shows_every_stage(run):
    status, out, _ = run("stages", STAGED, "--args", "3.0, -4.0")
    assert status == 0
    headings = [line for line in out.splitlines() if line.startswith("# ") and ": " in line]
    names = [heading[2:].split(":")[0] for heading in headings]
    assert names == ["stage", "differentiate", "fold", "plan", "accumulate", "carry", "emit"]
    assert "sigy_t1 = -y  # float" in out


# --- colour --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("variable", "expected"), [(None, True), ("NO_COLOR", False)])
def test_colour_is_for_terminals(run, monkeypatch, variable, expected):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if variable:
        monkeypatch.setenv(variable, "1")
    _, plain, _ = run("dump", STAGED, "--args", "3.0, -4.0")
    assert "\x1b" not in plain
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    _, out, _ = run("dump", STAGED, "--args", "3.0, -4.0")
    assert ("\x1b[" in out) is expected


# --- what cannot be used -------------------------------------------------------------------------

BAD = {
    "no such file": (["dump", "nope.py:f"], "there is no file nope.py"),
    "no such module": (["dump", "nope.inner:f"], "there is no module nope.inner"),
    "no such function": (["dump", "model.py:los"], "did you mean `loss`?"),
    "not a function": (["dump", "model.py:GAIN"], "`GAIN` in model.py is not a function"),
    "no function given": (["dump", "model.py"], "which function of model.py? it has loss, product"),
    "by name alone": (["dump", "model.py:weighted", "--args", "1.0, power=3"], "by name alone"),
    "a directory": (["dump", "./folder.d/:f"], "is a directory"),
    "syntax": (["dump", "broken.py:f"], "broken.py:1: syntax error:"),
    "import": (["dump", "fails.py:f"], "fails.py cannot be imported: ZeroDivisionError"),
    "arguments": (["dump", "model.py:loss", "--args", "1.0, ("], "`1.0, (` cannot be parsed"),
    "closing": (["dump", "model.py:loss", "--args", "1.0) + (2.0"], "cannot be parsed"),
    "evaluation": (["check", "model.py:loss", "--args", "np.oness(3)"], "AttributeError"),
    "too few": (["dump", "model.py:product", "--args", "1.0"], "product(x, y): missing"),
    "too many": (["dump", "model.py:product", "--args", "1.0, 2.0, 3.0"], "too many"),
    "wrt": (["dump", "model.py:product", "--args", "1.0, 2.0", "--wrt", "z"], "no parameter `z`"),
    "nothing to differentiate": (["dump", "model.py:product", "--args", "1, 2"], "no argument of"),
    "option": (["dump", "model.py:loss", "--nope"], "unrecognized arguments: --nope"),
    "command": (["dmp"], "invalid choice"),
    "output": (["dump", "model.py:loss", "-o", "nowhere/out.py"], "cannot be written"),
    "fails at arguments": (["check", "model.py:loss", "--args", "np.ones(2), None"], "error: "),
}  # fmt: skip


@pytest.mark.parametrize(("argv", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_one_clear_line(run, model, argv, message):
    (model / "broken.py").write_text("def f(x:\n")
    (model / "fails.py").write_text("1 / 0\n")
    (model / "folder.d").mkdir()
    status, out, err = run(*argv)
    assert (status, out) == (2, "")
    assert message in err
    said = [line for line in err.splitlines() if not line.startswith("  help:")]
    assert len(said) == 1 or err.startswith("model.py:")


def test_refusal_shows_the_line(run, model):
    (model / "log.py").write_text("def f(x):\n    yield x\n")
    status, _, err = run("dump", "log.py:f", "--args", "2.0")
    assert status == 2
    assert err.startswith("log.py:2:5: error: ")
    assert "^" in err


def test_as_a_module_in_a_pipe():
    command = [sys.executable, "-m", "adgen", "dump", STAGED, "--args", "3.0, -4.0"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=SAMPLES.parent)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("# adjoint of f") and "\x1b" not in done.stdout


# --- every command, on every function of every sample --------------------------------------------

COMMANDS = {
    "dump": [],
    "check": [],
    "stages": [],
    "trace": [],
    "health": [],
    "circuit": ["-o", "circuit.svg"],
    "explain": ["-o", "page.html"],
    "exercise": ["-o", "exercise.py"],
}


def without_a_process(request, limits):
    """A submission's run as its process does it: what goes in and out is JSON."""
    return recording(json.loads(json.dumps(runner.run(json.loads(json.dumps(request))))))


def compiled_once(make):
    """One gradient for several commands about one target."""
    made = []

    def gradient(options):
        if not made:
            made.append(make(options))
        found, args, target = made[0]
        return found, copy.deepcopy(args), target

    return gradient


@pytest.mark.parametrize("sample", SAMPLE_FUNCTIONS, ids=lambda sample: sample.target)
def test_every_command_runs_on_every_sample(run, sample, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if SAMPLE_FUNCTIONS.index(sample) % 8:  # each submission takes two processes
        monkeypatch.setattr("adgen.grading.grade.run", without_a_process)
    monkeypatch.setattr(cli, "_gradient", compiled_once(cli._gradient))
    target = str(ROOT / sample.target)
    for command, options in COMMANDS.items():
        status, out, err = run(command, target, *options)
        assert status == 0 and not err, (command, err)
        assert out or options
    status, out, err = run("grade", "exercise.py", "--against", target)
    assert status == 1 and not err  # nothing is filled in
    assert "MISSING" in out.upper() and "WRONG" not in out.upper()
