"""Generated blocks in Markdown: what stands between `<!-- generated: NAME -->` and `<!-- end -->`.

A test holds each to what it should say today; `pytest --update-golden` writes it anew.
"""

import re

BLOCK = re.compile(r"(<!-- generated: (.+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def fenced(text, language="python"):
    return f"```{language}\n{text.strip()}\n```\n"


def has_blocks(page):
    return bool(BLOCK.search(page.read_text("utf-8")))


def hold(page, generated, update):
    """Compare every block of a page with `generated(name)`, or write it there."""
    before = page.read_text(encoding="utf-8")
    after = BLOCK.sub(lambda m: f"{m[1]}{generated(m[2])}{m[4]}", before)
    if update:
        page.write_text(after, encoding="utf-8")
        return
    assert before == after, f"{page.name} is out of date: run pytest --update-golden"
