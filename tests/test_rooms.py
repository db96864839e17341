"""A room imports only from rooms before it; `docs/architecture.md` has the same table."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "adgen"

ROOMS = (
    "errors", "paths", "types", "values", "ir", "algebra", "runtime", "rules", "frontend",
    "staging", "analysis", "adjoint", "cleanup", "caching", "emission", "backend", "pipeline",
    "written",
    # the edge
    "dispatch", "annotations", "products", "doors", "wrt", "api", "parts", "higher", "checking",
    "explain", "grading", "health", "notebook", "cli", "__main__",
)  # fmt: skip

# third-party packages, and the only room that may import each
OWNED = {"astor": "emission", "black": "emission"}


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """The modules that a file imports, inside functions too, with their lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            if node.module == "adgen":
                for alias in node.names:
                    yield f"adgen.{alias.name}", node.lineno
            else:
                yield node.module, node.lineno


FILES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def test_every_file_is_in_a_room():
    assert {room_of(path) for path in FILES} == set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_import_only_rooms_before_them(path):
    mine = ROOMS.index(room_of(path))
    for module, line in imports(path):
        package, _, rest = module.partition(".")
        if package == "adgen":
            room = rest.partition(".")[0]
            if room in ROOMS:
                assert ROOMS.index(room) <= mine, f"{path}:{line} imports {module}"
        assert OWNED.get(package, room_of(path)) == room_of(path), f"{path}:{line}: {module}"


def test_runtime_imports_numpy_alone():
    """Its source is printed beside listings, which have to run without adgen."""
    for path in (PACKAGE / "runtime").rglob("*.py"):
        for module, line in imports(path):
            of_scipy = ("callbacks", "fourier", "images", "incomplete", "interpolators", "peaks")
            if path.stem in of_scipy and module == "scipy":
                continue  # what a listing that calls SciPy has at hand
            known = module.startswith("adgen.runtime") or module in ALLOWED_IN_RUNTIME
            assert known, f"{path}:{line} imports {module}"


ALLOWED_IN_RUNTIME = {
    "__future__", "collections.abc", "functools", "heapq", "math", "numpy", "typing",
}  # fmt: skip


def test_the_compiler_is_imported_by_a_first_call():
    script = "import sys; from adgen import grad; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    imported = run.stdout.split()
    assert "adgen.api" in imported
    assert not {"adgen.ir", "adgen.pipeline", "adgen.rules"}.intersection(imported)


def test_importing_adgen_imports_no_room():
    body = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body
    top = [n for n in body if isinstance(n, ast.Import | ast.ImportFrom)]
    assert not any("adgen" in ast.unparse(n) for n in top)


def test_the_documents_say_the_same():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)(?:\.py|/)` \|", text, re.MULTILINE)
    assert tuple(rows) == ROOMS
