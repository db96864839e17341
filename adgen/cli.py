"""The command line: `adgen dump`, `check`, `stages`, `trace`, `grade` and so on.

Exit status 0 is success, 1 a gradient that differences contradict (or a submission that is
wrong), 2 input that cannot be used; what is wrong with it is said on stderr, without a traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from adgen import __version__
from adgen.errors import AdgenError, InternalError, UserError

_ARGUMENTS = """\
Arguments are Python expressions, as in a call, with np, math and the names of the target's module
at hand: --args 'np.ones((3, 4)), k=2.0'. Without --args a module's EXAMPLE tuple (or
EXAMPLES['function']) and WRT are used, and otherwise what annotations and defaults say."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{self.prog}: {message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        options = parser().parse_args(_joined(given))
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except AdgenError as wrong:
        print(_said(wrong), file=sys.stderr)
        return 2
    except BrokenPipeError:
        # the reader (`head`) has seen enough; keep the interpreter from saying so at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    whole = _Parser(
        prog="adgen", description="Write the gradient of a Python function as readable source."
    )
    whole.add_argument("--version", action="version", version=f"adgen {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    _dump_options(_command(commands, "dump", dump, "print forward and backward"))
    check_ = _command(commands, "check", check, "compare the gradient with differences")
    check_.add_argument("--rtol", type=float, help="relative tolerance")
    check_.add_argument("--atol", type=float, help="absolute tolerance")
    _command(commands, "stages", stages, "print the program after every stage")
    trace_ = _command(commands, "trace", trace, "run gate by gate, and print a row for each")
    trace_.add_argument("--turns", type=int, default=8, help="how many turns of a loop to show")
    circuit_ = _command(commands, "circuit", circuit, "draw the gates and wires of a run")
    circuit_.add_argument(
        "-o", dest="output", metavar="FILE", required=True, help="an .svg, .dot or .png file"
    )
    circuit_.add_argument(
        "--unroll", type=int, default=0, metavar="N", help="draw the first N turns of loops apart"
    )
    circuit_.add_argument(
        "--statements", action="store_true", default=None, help="a node for each statement"
    )
    circuit_.add_argument(
        "--down", action="store_true", help="from top to bottom rather than from left to right"
    )
    health_ = _command(commands, "health", health, "gradient norms of every gate")
    health_.add_argument("-o", dest="output", metavar="FILE", help="draw it: a .png or .svg file")
    explain_ = _command(commands, "explain", explain, "write a page that steps through a run")
    explain_.add_argument(
        "-o", dest="output", metavar="FILE", required=True, help="the .html file to write"
    )
    _grade_options(commands)
    exercise_ = _command(commands, "exercise", exercise, "write a backward to fill in")
    exercise_.add_argument("-o", dest="output", metavar="FILE", help="the file to write")
    exercise_.add_argument("--blank", type=int, metavar="N", help="leave only N lines out")
    exercise_.add_argument("--seed", type=int, default=0, help="which lines those are")
    return whole


def _grade_options(commands: Any) -> None:
    made = commands.add_parser(
        "grade", help="mark a hand-written backward",
        description="Mark a hand-written backward, and name its first wrong line.",
        epilog=_ARGUMENTS,
    )  # fmt: skip
    made.add_argument("submission", metavar="SUBMISSION", help="FILE.py or FILE.py:FUNCTION")
    made.add_argument(
        "--against", dest="target", metavar="TARGET", required=True,
        help="the function that it is the backward of: FILE.py:FUNCTION",
    )  # fmt: skip
    made.add_argument("--args", metavar="EXPRESSIONS", help="the arguments, as in a call")
    made.add_argument("--wrt", metavar="NAMES", help="the gradients that are asked for: x,y")
    made.add_argument("--json", action="store_true", help="print JSON")
    made.add_argument("--junit", metavar="FILE", help="write a JUnit file too")
    made.add_argument("--seconds", type=float, default=10.0, help="how long it may run")
    made.add_argument("--megabytes", type=int, default=1024, help="how much memory it may use")
    made.set_defaults(run=grade)


def _command(commands: Any, name: str, run: Any, says: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=says, description=f"{says[0].upper()}{says[1:]}.", epilog=_ARGUMENTS
    )
    made.add_argument(
        "target", metavar="TARGET", help="FILE.py:FUNCTION or package.module:FUNCTION"
    )
    made.add_argument("--args", metavar="EXPRESSIONS", help="the arguments, as in a call")
    made.add_argument("--wrt", metavar="NAMES", help="the parameters to differentiate in: x,y")
    made.set_defaults(run=run)
    return made


def _dump_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--joint", action="store_true", help="forward and backward in one function"
    )
    command.add_argument("--no-comments", action="store_true", help="leave the comments out")
    command.add_argument(
        "-o", dest="output", metavar="FILE", help="write a file that runs by itself"
    )


def _joined(argv: list[str]) -> list[str]:
    """`--args -3.0,2.0` as `--args=-3.0,2.0`: a leading minus is no option here."""
    made: list[str] = []
    for arg in argv:
        if made and made[-1] in ("--args", "--wrt"):
            made[-1] = f"{made[-1]}={arg}"
        else:
            made.append(arg)
    return made


def _said(wrong: AdgenError) -> str:
    if isinstance(wrong, UserError) and wrong.span is None:
        return f"error: {wrong}"
    return str(wrong)


# -- the commands ---------------------------------------------------------------


def dump(options: argparse.Namespace) -> int:
    """The listing, to the terminal or to a file."""
    from adgen.explain.listings import described

    gradient, args, _ = _gradient(options)
    preamble = options.output is not None
    text = described(gradient, args, options.joint, not options.no_comments, preamble)
    if options.output is None:
        _show(text)
        return 0
    _write(options.output, text)
    return 0


def check(options: argparse.Namespace) -> int:
    """The table of errors against differences."""
    from adgen.checking import compare
    from adgen.explain.points import random_point

    gradient, args, target = _gradient(options)
    if args is None:
        args = random_point(target.primal, target.name)
    # differences call the function many times; what it prints is not the answer
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            target.primal(*copy.deepcopy(args))
        except Exception as wrong:
            raise UserError(f"`{target.name}` fails at these arguments: {_line(wrong)}") from None
        try:
            report = compare(gradient, args, rtol=options.rtol, atol=options.atol)
        except AdgenError:
            raise
        except Exception as wrong:
            raise InternalError("check", f"the gradient fails: {_line(wrong)}") from wrong
    print(report)
    if not report.ok:
        print(report.complaint(), file=sys.stderr)
    return 0 if report.ok else 1


def _line(wrong: Exception) -> str:
    return " ".join(f"{type(wrong).__name__}: {wrong}".split())


def stages(options: argparse.Namespace) -> int:
    """The program after every stage."""
    from adgen.explain.stages import stages as every

    gradient, args, _ = _gradient(options)
    compilation = gradient.compilation(*(args or ()))
    parts = [f"# {s.name}: {s.says}\n\n{s.text.rstrip()}" for s in every(compilation)]
    _show("\n\n\n".join(parts) + "\n")
    return 0


def trace(options: argparse.Namespace) -> int:
    """Value, gradient and local derivatives of every gate."""
    from adgen.explain.trace import table

    _print_table(table(_walk(options), options.turns))
    return 0


def health(options: argparse.Namespace) -> int:
    """Norms of every gate, as a table or a picture."""
    from adgen.health import health as health_of
    from adgen.health import picture, table

    gradient, args, target = _point(options)
    with _failing(target):
        found = health_of(gradient, args)
    if options.output is not None:
        try:
            picture(found, options.output)
        except ImportError:
            raise UserError("pictures need matplotlib", help="pip install 'adgen[plot]'") from None
        except (OSError, ValueError) as wrong:
            raise UserError(f"{options.output} cannot be written: {wrong}") from None
        return 0
    _print_table(table(found))
    if found.origin:
        print(found.origin)
    return 0


def _print_table(table: Any) -> None:
    from rich.console import Console

    # a file has room for whole lines
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    with console.capture() as captured:
        console.print(table)
    sys.stdout.write("\n".join(line.rstrip() for line in captured.get().split("\n")))


def circuit(options: argparse.Namespace) -> int:
    """The picture of a run."""
    from adgen.explain.circuit import circuit as circuit_of
    from adgen.explain.drawing import draw

    drawn = circuit_of(_walk(options), options.unroll, options.statements)
    draw(drawn, options.output, options.down)
    return 0


def explain(options: argparse.Namespace) -> int:
    """The page of a run."""
    from adgen.explain.page import explained

    gradient, args, target = _point(options)
    with _failing(target):
        text = explained(gradient, args)
    _write(options.output, text)
    print(f"{options.output} is written; open it in a browser")
    return 0


def grade(options: argparse.Namespace) -> int:
    """What is right in a submission, and its first wrong line."""
    from adgen.grading.command import graded
    from adgen.grading.sandbox import Limits

    gradient, args, _ = _point(options)
    limits = Limits(options.seconds, options.megabytes)
    return graded(options.submission, gradient, args, limits, options.json, options.junit)


def exercise(options: argparse.Namespace) -> int:
    """A backward to fill in."""
    from adgen.grading.exercise import exercise as written

    gradient, args, _ = _point(options)
    text = written(gradient, args, options.target, options.blank, options.seed)
    if options.output is None:
        _show(text)
    else:
        _write(options.output, text)
    return 0


def _walk(options: argparse.Namespace) -> Any:
    """A run of the target gate by gate."""
    from adgen.explain.walk import walk

    gradient, args, target = _point(options)
    with _failing(target):
        return walk(gradient, args)


@contextlib.contextmanager
def _failing(target: Any) -> Iterator[None]:
    """Says of what fails in here that the function fails at these arguments."""
    try:
        yield
    except AdgenError:
        raise
    except Exception as wrong:
        raise UserError(f"`{target.name}` fails at these arguments: {_line(wrong)}") from None


def _point(options: argparse.Namespace) -> tuple[Any, list[Any], Any]:
    """The gradient, the arguments given or random ones, and the target."""
    from adgen.explain.points import random_point

    gradient, args, target = _gradient(options)
    if args is None:
        args = random_point(target.primal, target.name)
        print(f"no --args: {target.name} is tried at random arguments", file=sys.stderr)
    return gradient, args, target


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as wrong:
        raise UserError(f"{file} cannot be written: {wrong.strerror}") from None


def _gradient(options: argparse.Namespace) -> tuple[Any, list[Any] | None, Any]:
    """The gradient, the arguments if there are any, and the target."""
    from adgen.api import Gradient
    from adgen.explain.targets import arguments, example, load

    target = load(options.target)
    wrt = target.gradient_wrt
    args = None
    if options.args is not None:
        args = arguments(options.args, target)
    elif (found := example(target)) is not None:
        args, wrt = found[0], wrt or found[1]
    if options.wrt is not None:
        names = tuple(n.strip() for n in options.wrt.split(",") if n.strip())
        if not names:
            raise UserError("--wrt names no parameter")
        wrt = names
    return Gradient(target.primal, wrt), args, target


def _show(text: str) -> None:
    from adgen.explain.colour import coloured, wanted

    sys.stdout.write(coloured(text) if wanted(sys.stdout) else text)
