"""Runs a submission and notes what each of its statements reads and gives.

This file runs in a process of its own (`python -I runner.py FD`), with untrusted code beside it:
it needs the standard library and NumPy alone, and what it hands back is JSON.  A request comes in
on standard input:

    source, file    the submission
    entry           {"kind": "script" | "function" | "pair", "backward": name, "forward": name}
    given           values by name: arguments, and what is filled in for blanks
    calls           the names that the forward and the backward are called with, in order
    blanks          {name: the last statement that writes it}, for what is not filled in
    filled          what such names hold behind that statement
    skipped         statements not filled in that are left out
    megabytes, seconds
    trials          {"sources": [...], "asked": [[keys ..., shape], ...], "seconds": s}, where
                    all that is wanted is what other texts give (see `tried`)

Values are numbered and stored once, in `values`; everything else refers to them by number.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import ctypes
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque, namedtuple
from collections.abc import Iterator, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

# larger arrays are not noted, nor are more executions of one statement than the latest few
LARGEST = 100_000
LATEST = 64
# who a submission is run as, where root grades it
NOBODY = 65534
# longer strings are not noted
LONGEST = 1000
# what all notes together may hold
MOST_BYTES = 48_000_000

Json = Any


# -- values as JSON -------------------------------------------------------------------------------


class Values:
    """Values numbered by what they hold: what was noted twice is stored once."""

    def __init__(self) -> None:
        self.table: list[Json] = []
        self.known: dict[Any, int] = {}
        self.bytes = 0

    def number(self, value: Any, deep: int = 5) -> int:
        key, made = self.encoded(value, deep)
        if key not in self.known:
            self.known[key] = len(self.table)
            self.table.append(made() if callable(made) else made)
        return self.known[key]

    def encoded(self, value: Any, deep: int) -> tuple[Any, Any]:
        """A key that tells values apart, and the value as JSON (or how to make it)."""
        if isinstance(value, np.generic) and value.dtype.kind in "biufc":
            value = value.item()
        if value is None or isinstance(value, bool):
            return ("plain", str(value)), value
        if isinstance(value, str) and len(value) <= LONGEST:
            return ("str", value), value
        if isinstance(value, int) and abs(value) < 2**63:
            return ("int", value), value
        if isinstance(value, float):
            return ("float", repr(value)), value
        if isinstance(value, complex):
            return ("complex", repr(value)), {"complex": [value.real, value.imag]}
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            return self.array(value)
        if deep and isinstance(value, tuple | list | dict) and len(value) <= LATEST:
            return self.container(value, deep - 1)
        if deep and _is_record(value):
            held = [[k, self.number(v, deep - 1)] for k, v in vars(value).items()]
            return ("record", *map(tuple, held)), {"record": held}
        return ("other", type(value).__name__), {"other": type(value).__name__}

    def container(self, value: Any, deep: int) -> tuple[Any, Any]:
        if isinstance(value, dict):
            held = [[k, self.number(v, deep)] for k, v in value.items() if isinstance(k, str | int)]
            return ("dict", *map(tuple, held)), {"dict": held}
        parts = [self.number(v, deep) for v in value]
        if hasattr(value, "_fields"):
            made = [type(value).__name__, list(value._fields), parts]
            return ("named", made[0], *value._fields, *parts), {"named": made}
        kind = "tuple" if isinstance(value, tuple) else "list"
        return (kind, *parts), {kind: parts}

    def array(self, value: np.ndarray) -> tuple[Any, Any]:
        if value.size > LARGEST or self.bytes > MOST_BYTES:
            return ("large", value.shape), {"other": "large array"}
        plain = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        data = plain.tobytes()

        def made() -> Json:
            self.bytes += len(data)
            text = base64.b64encode(data).decode()
            return {"array": [plain.dtype.str, list(value.shape), text]}

        return ("array", plain.dtype.str, value.shape, data), made


def _is_record(value: Any) -> bool:
    """Whether a value is an object with a few attributes."""
    if callable(value) or isinstance(value, ModuleType):
        return False
    held = getattr(value, "__dict__", None)
    return isinstance(held, dict) and len(held) <= LATEST and all(isinstance(k, str) for k in held)


def decoded(table: list[Json], number: int) -> Any:
    """The value of a number; what has no form as JSON is an `Other`."""
    made = table[number]
    if not isinstance(made, dict):
        return made
    ((kind, held),) = made.items()
    if kind == "array":
        dtype, shape, text = held
        if np.dtype(dtype).kind not in "biufc":
            raise ValueError(f"no array of {dtype} is expected")
        return np.frombuffer(base64.b64decode(text), dtype).reshape(shape).copy()
    if kind == "complex":
        return complex(*held)
    if kind in ("tuple", "list"):
        parts = [decoded(table, n) for n in held]
        return tuple(parts) if kind == "tuple" else parts
    if kind == "dict":
        return {key: decoded(table, n) for key, n in held}
    if kind == "record":
        return SimpleNamespace(**{key: decoded(table, n) for key, n in held})
    if kind == "named":
        name, fields, parts = held
        return namedtuple(name, fields)(*[decoded(table, n) for n in parts])
    return Other(str(held))


class Other:
    """A value that is not noted: all that is known is its type's name."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


# -- statements -----------------------------------------------------------------------------------

SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return)


def statements(tree: ast.Module) -> list[ast.stmt]:
    """The statements that notes are taken of, in the order of the text."""
    found = [node for node in ast.walk(tree) if isinstance(node, SIMPLE)]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def names_of(stmt: ast.stmt) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that a statement reads, and those that it writes (or writes into)."""
    targets: list[ast.expr] = []
    if isinstance(stmt, ast.Assign):
        targets = stmt.targets
    elif isinstance(stmt, ast.AugAssign | ast.AnnAssign):
        targets = [stmt.target]
    writes = list(dict.fromkeys(name for target in targets for name in _bases(target)))
    plain = {id(n) for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)
             and isinstance(n.ctx, ast.Store) and not isinstance(stmt, ast.AugAssign)}  # fmt: skip
    reads = dict.fromkeys(
        n.id for n in ast.walk(stmt) if isinstance(n, ast.Name) and id(n) not in plain
    )
    if isinstance(stmt, ast.Expr):
        writes = list(reads)  # a call may write into what it is given
    return tuple(reads), tuple(writes)


def _bases(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _bases(element)
        return
    while isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        target = target.value
    if isinstance(target, ast.Name):
        yield target.id


def is_blank(stmt: ast.stmt) -> bool:
    """Whether a statement is one to be filled in: `dden = ...`."""
    value = getattr(stmt, "value", None)
    return isinstance(value, ast.Constant) and value.value is ...


class Noting(ast.NodeTransformer):
    """Puts a call before and behind every statement, and values for blanks."""

    def __init__(self, tree: ast.Module, blanks: Mapping[str, int], skipped: list[int]) -> None:
        self.skipped = skipped
        self.numbers = {id(stmt): at for at, stmt in enumerate(statements(tree))}
        self.blanks = blanks

    def visit(self, node: ast.AST) -> Any:
        number = self.numbers.get(id(node))
        if number is None or not isinstance(node, ast.stmt):
            return self.generic_visit(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return node  # a docstring, or `...`
        if number in self.skipped:
            return self.text("pass", node)
        filled = next((n for n in names_of(node)[1] if n in self.blanks), None)
        made: list[ast.stmt] = []
        if filled is None or not is_blank(node):
            made += [self.call("_before_", number, node), node]
            if isinstance(node, ast.Return):
                node.value = self.noted(number, node)
            else:
                made.append(self.call("_after_", number, node))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            made.append(self.text(f"{filled} = _blank_({filled!r}, 0)", node))
        if filled is not None and self.blanks[filled] == number:
            made.append(self.text(f"{filled} = _blank_({filled!r}, 1)", node))
        return made or [self.text("pass", node)]

    def call(self, function: str, number: int, near: ast.stmt) -> ast.stmt:
        return self.text(f"{function}({number})", near)

    def noted(self, number: int, stmt: ast.Return) -> ast.expr:
        whole = ast.parse(f"_returned_({number}, None)", mode="eval").body
        assert isinstance(whole, ast.Call)
        if stmt.value is not None:
            whole.args[1] = stmt.value
        return ast.fix_missing_locations(ast.copy_location(whole, stmt))

    def text(self, text: str, near: ast.stmt) -> ast.stmt:
        made = ast.parse(text).body[0]
        for node in ast.walk(made):
            ast.copy_location(node, near)
        return made


# -- the run --------------------------------------------------------------------------------------


class Notes:
    """What has been noted: for each statement its latest executions."""

    def __init__(self, stmts: list[ast.stmt], values: Values) -> None:
        self.values = values
        self.names = [names_of(stmt) for stmt in stmts]
        self.events: dict[int, deque[Json]] = {}
        self.count = 0
        self.entered: set[str] = set()
        self.returned: Json = None

    def before(self, at: int) -> None:
        frame = sys._getframe(1)
        reads, writes = self.names[at]
        scope = frame.f_code.co_name
        arguments = () if scope in self.entered else frame.f_locals
        self.entered.add(scope)
        seen = self.seen(frame, dict.fromkeys((*arguments, *reads, *writes)))
        self.count += 1
        event = [at, scope, self.count, seen, None]
        self.events.setdefault(at, deque(maxlen=LATEST)).append(event)

    def after(self, at: int) -> None:
        latest = self.events[at][-1]
        latest[4] = self.seen(sys._getframe(1), self.names[at][1])

    def gave(self, at: int, value: Any) -> Any:
        self.events[at][-1][4] = {"return": self.values.number(value)}
        return value

    def seen(self, frame: Any, names: Any) -> dict[str, int]:
        found: dict[str, int] = {}
        for name in names:
            value = frame.f_locals.get(name, frame.f_globals.get(name, Notes))
            if name.startswith("__") or callable(value) or hasattr(value, "__loader__"):
                continue
            if value is not Notes:
                found[name] = self.values.number(value)
        return found


def run(request: Mapping[str, Json]) -> Json:
    """Run a submission as the request says; gives the notes."""
    if "trials" in request:
        nothing = dict.fromkeys(("error", "returned", "out"))
        return {**nothing, "events": [], "values": [], "trials": tried(request)}
    tree = ast.parse(request["source"])
    values = Values()
    notes = Notes(statements(tree), values)
    made = Noting(tree, request["blanks"], request["skipped"]).visit(tree)
    code = compile(ast.fix_missing_locations(made), request["file"], "exec")
    table = request["values"]
    given = {name: decoded(table, number) for name, number in request["given"].items()}

    def blank(name: str, complete: int) -> Any:
        value = decoded(table, request["filled"][name])
        return value if complete else value * 0

    space: dict[str, Any] = {
        "__name__": "submission", "_before_": notes.before, "_after_": notes.after,
        "_returned_": notes.gave, "_blank_": blank,
    }  # fmt: skip
    answer: dict[str, Json] = {"error": None, "returned": None, "out": None}
    try:
        with np.errstate(all="ignore"):
            out, returned = _execute(code, space, request, given)
            answer |= {"out": values.number(out), "returned": values.number(returned)}
    except BaseException as wrong:
        answer["error"] = _error(wrong, request["file"])
    events = sorted((e for latest in notes.events.values() for e in latest), key=lambda e: e[2])
    return {**answer, "events": events, "values": values.table}


def _execute(
    code: Any, space: dict[str, Any], request: Mapping[str, Json], given: dict[str, Any]
) -> tuple[Any, Any]:
    """What the forward gives (None if there is none), and what the backward gives."""
    entry = request["entry"]
    if entry["kind"] == "script":
        space.update(given)
    exec(code, space)
    if entry["kind"] == "script":
        return None, None
    out = None
    if entry["kind"] == "pair":
        made = space[entry["forward"]](*[given[n] for n in request["calls"]["forward"]])
        if not isinstance(made, tuple) or len(made) != 2:
            raise TypeError(f"{entry['forward']} has to return two things: out, cache")
        out, given["cache"] = made
    return out, space[entry["backward"]](*[given[n] for n in request["calls"]["backward"]])


def _error(wrong: BaseException, file: str) -> Json:
    """What went wrong, and the submission's lines that it passed through."""
    lines = [f.lineno for f in traceback.extract_tb(wrong.__traceback__) if f.filename == file]
    said = " ".join(str(wrong).split())[:300]
    return {"type": type(wrong).__name__, "message": said, "lines": lines}


# -- other texts ----------------------------------------------------------------------------------


def tried(request: Mapping[str, Json]) -> list[Json]:
    """For each of several texts a sketch of each value asked for, as long as there is time.

    A value is asked for by its keys, in what is returned or among a script's names, and its shape.
    """
    asked = [(keys, tuple(shape)) for *keys, shape in request["trials"]["asked"]]
    until = time.monotonic() + request["trials"]["seconds"]
    found: list[Json] = []
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        for source in request["trials"]["sources"]:
            if time.monotonic() > until:
                break
            with contextlib.suppress(BaseException), _short(), np.errstate(all="ignore"):
                held = _result(source, request)
                found.append([sketch(_part(held, keys), shape) for keys, shape in asked])
                continue
            found.append(None)
    return found


def sketch(value: Any, shape: tuple[int, ...]) -> Json:
    """Two numbers that tell values of a shape apart; None for what has another shape."""
    array = np.asarray(value)
    if array.shape != shape or array.dtype.kind not in "biufc":
        return None
    weights = np.random.default_rng(0).uniform(0.5, 1.0, (2, array.size))
    sums = weights @ array.ravel()
    return [[float(np.real(number)), float(np.imag(number))] for number in sums]


def _result(source: str, request: Mapping[str, Json]) -> Any:
    table = request["values"]
    given = {name: decoded(table, number) for name, number in request["given"].items()}
    space: dict[str, Any] = {"__name__": "submission"}
    _, returned = _execute(compile(source, request["file"], "exec"), space, request, given)
    return space if request["entry"]["kind"] == "script" else returned


def _part(value: Any, keys: list[Any]) -> Any:
    for key in keys:
        value = value[key]
    return value


@contextlib.contextmanager
def _short() -> Iterator[None]:
    """A changed line may go round for ever: stops it, where there are alarms."""
    mine = threading.current_thread() is threading.main_thread()
    if not mine or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# -- the process ----------------------------------------------------------------------------------


# in Linux the right to read every file, the call that keeps rights, and the form of `capset`
_READ_ALL, _KEEP_RIGHTS, _FORM = 1 << 2, 8, 0x20080522


def leave_root() -> None:
    """Be nobody rather than root, whom no limit on processes holds.

    Where nobody else can read Python's own files, root's right to read is kept, and no other.
    Root stays root where the system has no way to do that.
    """
    if not hasattr(os, "getuid") or os.getuid() != 0:
        return
    libc = ctypes.CDLL(None)
    reads = _nobody_reads_python()
    if not reads:
        if not hasattr(libc, "capset"):
            return
        libc.prctl(_KEEP_RIGHTS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    if not reads:
        header = (ctypes.c_uint32 * 2)(_FORM, 0)
        libc.capset(header, (ctypes.c_uint32 * 6)(_READ_ALL, _READ_ALL, 0, 0, 0, 0))


def _nobody_reads_python() -> bool:
    places = [place for place in sys.path if os.path.isdir(place)]
    os.seteuid(NOBODY)
    try:
        for place in places:
            os.listdir(place)
    except OSError:
        return False
    finally:
        os.seteuid(0)
    return True


def limit(megabytes: int, seconds: int) -> None:
    """Keep memory, time, files and processes of this process within bounds."""
    try:
        import resource
    except ImportError:  # not on Windows: there only the clock limits
        return
    size = megabytes * 2**20
    for what, most in [
        (resource.RLIMIT_AS, size), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 2**20), (resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_NPROC, 0),
    ]:  # fmt: skip
        resource.setrlimit(what, (most, most))


def main() -> None:
    request = json.load(sys.stdin)
    answers = os.fdopen(int(sys.argv[1]), "w")
    leave_root()
    limit(request["megabytes"], request["seconds"])
    sys.modules["adgen"] = None  # type: ignore[assignment]
    answer = run(request)
    json.dump(answer, answers)
    answers.close()
    os._exit(0)  # whatever the submission has left running


if __name__ == "__main__":
    main()
