"""The course: what its pages show is what the commands on them print today.

A block of a page is named after what makes it: an `adgen` command, `source FILE:FUNCTION`, or
`template FILE:FUNCTION` for an exercise.
`pytest --update-golden` writes blocks and pictures anew.  A picture is compared by its .dot file,
since another Graphviz lays the same circuit out differently.
"""

import contextlib
import html
import inspect
import io
import re
import runpy
import shlex
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

from adgen.cli import main
from adgen.explain.targets import load
from tests.blocks import BLOCK, fenced, hold

ROOT = Path(__file__).parent.parent
COURSE = ROOT / "docs" / "course"
PICTURES = COURSE / "pictures"
PAGES = sorted(COURSE.rglob("*.md"))

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(COURSE)))


# --- what the blocks say -------------------------------------------------------------------------


@lru_cache
def printed(command):
    """What an `adgen` command prints."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main(shlex.split(command)[1:]) == 0
    return "\n".join(line.rstrip() for line in said.getvalue().splitlines())


def output_of(command):
    """A picture's command, or a command and what it prints."""
    kind = shlex.split(command)[1]
    if kind == "circuit":
        return fenced(command, "bash")
    language = "python" if kind in ("dump", "exercise") else "text"
    return f"{fenced(command, 'bash')}\n{fenced(printed(command), language)}"


def source(target):
    return fenced(inspect.getsource(load(target).primal))


def template(target):
    """The file that an exercise begins with, alone."""
    return fenced(printed(f"adgen exercise {target}"))


def generated(name):
    kind, _, rest = name.partition(" ")
    return (
        {"source": source, "template": template}[kind](rest) if kind != "adgen" else output_of(name)
    )


# --- the tests -----------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def in_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)  # commands name files as seen from here
    monkeypatch.setenv("NO_COLOR", "1")


@every_page
def test_what_a_page_shows_is_what_its_commands_print(page, request):
    hold(page, generated, request.config.getoption("--update-golden"))


def pictures():
    """The commands that make the pictures of all pages, by file."""
    made = {}
    for page in PAGES:
        for block in BLOCK.finditer(page.read_text("utf-8")):
            command = block[2]
            if command.startswith("adgen circuit"):
                made.setdefault(shlex.split(command)[-1], set()).add(command)
    return made


def rounded(text):
    """Numbers to five digits: mathematical libraries differ in the last."""
    return re.sub(r"-?\d+\.\d+(?:e[+-]\d+)?", lambda number: f"{float(number[0]):.5g}", text)


def shown(svg):
    """The texts in a picture, in no order."""
    return sorted(html.unescape(t) for t in re.findall(r"<text[^>]*>([^<]+)</text>", svg))


def written(dot):
    """The texts that a picture made of this is to show."""
    labels = re.findall(r'(?<![\w])label="((?:[^"\\]|\\.)*)"', dot)
    inner = re.findall(r">([^<>]+)</FONT>", dot)
    lines = [line for label in labels for line in label.split("\\n")]
    return sorted(html.unescape(t).replace('\\"', '"') for t in [*lines, *inner])


@pytest.mark.parametrize("file", sorted(pictures()))
def test_a_picture_is_what_its_command_draws(file, request, tmp_path):
    (command,) = pictures()[file]
    picture = PICTURES / file
    options = shlex.split(command)[1:-1]
    dot = tmp_path / "picture.dot"
    assert main([*options, str(dot)]) == 0
    if request.config.getoption("--update-golden"):
        PICTURES.mkdir(exist_ok=True)
        picture.with_suffix(".dot").write_text(dot.read_text("utf-8"), encoding="utf-8")
        assert main([*options, str(picture)]) == 0
    kept = picture.with_suffix(".dot").read_text("utf-8")
    assert rounded(kept) == rounded(dot.read_text("utf-8")), "run pytest --update-golden"
    assert shown(picture.read_text("utf-8")) == written(kept)
    assert picture.stat().st_size < 50_000


def test_every_picture_is_on_a_page():
    known = {Path(file).stem for file in pictures()}
    assert {path.stem for path in PICTURES.iterdir()} == known


@every_page
def test_links_and_pictures_are_there(page):
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), f"{page.name} links to {link}"


@every_page
def test_lines_that_a_page_speaks_of_are_in_a_listing(page):
    """`dh0 = dh * (h > 0)`, as some listing of the course has it; `...` is for what is left out."""
    listings = [re.findall(r"```python\n.*?```", p.read_text("utf-8"), re.DOTALL) for p in PAGES]
    shown = "".join(block for page_ in listings for block in page_)
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for line in re.findall(r"`(d\w+(?:\[[^`]*\])? [+-]?= [^`]*)`", text):
        sums = re.search(r"[-+*/] -?[\d.]|= -?[\d.]|^dout = ", line)
        assert sums or line.removesuffix("...") in shown, line


def commands(page):
    """The `adgen` commands on a page beside those of generated blocks, in order."""
    text = BLOCK.sub("", page.read_text("utf-8"))
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [line for line in "".join(blocks).splitlines() if line.startswith("adgen ")]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """What a student sees of the repository; what commands write stays here."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [p for p in PAGES if p.parent == COURSE], ids=lambda p: p.stem)
def test_commands_on_a_page_run(page, clone, capsys):
    for command in commands(page):
        given = shlex.split(command)
        assert main(given[1:]) == 0, command
        if given[1] == "exercise":  # done by the student before the next command
            assert "= ..." in Path(given[-1]).read_text("utf-8")
            assert main(["dump", given[2], "-o", given[-1]]) == 0
    assert not capsys.readouterr().err


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(COURSE)))
def test_every_page_has_an_exercise(page):
    asked = [command.split()[1] for command in commands(page)]
    assert page.stem == "index" or {"exercise", "grade"} <= set(asked)
    assert page.parent == COURSE or commands(page) == commands(COURSE / page.name)


EXERCISES = f"{Path('samples', 'course', 'exercises.py')}"
GRADIENT = re.compile(r"(\s+d\w+(?:\[.*\])? [-+]?= )(.*)")


@pytest.mark.parametrize("function", sorted(runpy.run_path(str(ROOT / EXERCISES))["EXAMPLES"]))
def test_a_wrong_line_in_an_exercise_is_named(function, clone, capsys):
    answer = clone / "answer.py"
    assert main(["dump", f"{EXERCISES}:{function}", "-o", str(answer)]) == 0
    lines = answer.read_text("utf-8").splitlines()
    last = max(at for at, line in enumerate(lines) if GRADIENT.match(line))
    lines[last] = GRADIENT.sub(r"\1-(\2)", lines[last])
    answer.write_text("\n".join(lines), encoding="utf-8")
    assert main(["grade", "answer.py", "--against", f"{EXERCISES}:{function}"]) == 1
    said = capsys.readouterr().out
    assert f"first wrong line: answer.py:{last + 1}" in said and "sign" in said


def test_the_training_loop_brings_the_loss_down(capsys):
    text = (COURSE / "07-two-layer-network.md").read_text("utf-8")
    (script,) = re.findall(r"^```python\n(import runpy\n.*?)^```", text, re.DOTALL | re.MULTILINE)
    exec(compile(script, "train.py", "exec"), {})
    losses = [float(said) for said in re.findall(r"loss (\S+)", capsys.readouterr().out)]
    assert len(losses) == 4 and losses == sorted(losses, reverse=True)


def test_the_pages_build(tmp_path):
    """The pages build without a warning, and ask nothing of another server."""
    site = ["--config-file", ".mkdocs.yml", "--site-dir", str(tmp_path / "site")]
    ran = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", *site],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    made = (tmp_path / "site" / "course" / "01-chain-rule.html").read_text("utf-8")
    assert "pictures/chain_rule.svg" in made and "chain_rule.dot" not in made
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=\"?https?://(?!127)", made)
