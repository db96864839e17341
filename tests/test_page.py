"""Pages of `adgen explain`, their text and what they do in a browser."""

import copy
import json
import math
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from adgen import Gradient, grad
from adgen.cli import main
from adgen.explain import drawing
from adgen.explain.javascript import Untranslatable, translated
from adgen.explain.mathematics import formula
from adgen.explain.page import _numbers, colours, explained
from adgen.explain.values import said
from adgen.explain.walk import walk
from tests.sample_functions import every_sample

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"


def staged(x, y):
    sig = 1.0 / (1.0 + math.exp(-x))
    num = x * y
    return num / (sig + num**2)


def repeated(x, n):
    for _ in range(n):
        if x > 1.0:
            x = x * 0.5
        else:
            x = x + x**2
    return x


def markup(x):
    """</script><script>alert(1)</script>"""
    said = "</script><b id='planted'>&amp;"  # <b id="planted">
    return np.sum(x * x) if said else x


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])


# --- the text ------------------------------------------------------------------------------------


def test_a_page_is_one_file():
    page = explained(grad(staged), (0.5, 3.0))
    for tag, attrs in Elements(page).found:
        assert tag != "link" and "src" not in attrs
        assert not attrs.get("href", "#").startswith("http")


def test_a_page_without_layout_says_what_to_install(monkeypatch):
    monkeypatch.setattr(drawing.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "igraph", None)
    page = explained(grad(staged), (0.5, 3.0))
    assert "needs Graphviz (the program `dot`) or the package igraph" in page


def test_text_of_the_author_is_shown_as_text():
    elements = Elements(explained(grad(markup), (np.ones(3),))).found
    assert sum(tag == "script" for tag, _ in elements) == 2
    assert not any(attrs.get("id") == "planted" for _, attrs in elements)


def test_partner_lines_have_one_number():
    found = Elements(explained(grad(staged), (0.5, 3.0))).found
    numbers = [attrs["data-n"] for _, attrs in found if "data-n" in attrs]
    # a line of the forward, the heading and at least one line of the backward
    assert all(numbers.count(n) >= 3 for n in set(numbers))


def test_a_branch_that_others_are_undone_in_belongs_to_no_gate():
    run = walk(grad(repeated, wrt="x"), (0.5, 3))
    lines = run.backward.split("\n")
    numbered = [lines[at].strip() for at in _numbers(run.backward, False)]
    assert "dx0 = dx" in numbered and not any(line.endswith(":") for line in numbered)


def test_numbers_alone_can_be_edited():
    assert data_of(explained(grad(staged), (0.5, 3.0)))["emitted"]
    assert data_of(explained(grad(repeated, wrt="x"), (0.5, 3)))["emitted"]
    assert data_of(explained(grad(markup), (np.ones(3),)))["emitted"] is None


def test_a_long_loop_is_cut_and_it_is_said():
    data = data_of(explained(grad(repeated, wrt="x"), (0.5, 2000)))
    assert len(data["visits"]) < 600
    assert "ran longer than is shown" in data["note"]


def test_the_two_layer_network_is_small(tmp_path):
    file = tmp_path / "page.html"
    assert main(["explain", f"{SAMPLES / 'two_layer.py'}:loss", "-o", str(file)]) == 0
    assert file.stat().st_size < 1_000_000


# colours of a page's text, and of what it stands on; blanks and errors have colours of their own
GROUNDS = ("ground", "soft", "lit", "partner")
BESIDE_TEXT = {".w", ".err"}


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_it_stands_on(scheme):
    """By 4.5 to 1, as the accessibility guidelines ask for."""
    css = (ROOT / "adgen" / "explain" / "static" / "page.css").read_text()
    named = dict(re.findall(r"--(\w+): (#\w+)", css.split("@media")[scheme == "dark"]))
    code = colours("pre").split("@media")[scheme == "dark"]
    texts = [named[name] for name in ("text", "value", "gradient", "faint")]
    for token, style in re.findall(r"(\.\w+) \{ ([^}]*)\}", code):
        shade = re.search(r"(?<!-)color: ?(#[0-9a-fA-F]{3,6})", style)
        if shade and token not in BESIDE_TEXT:
            texts.append(shade[1])
    for text in texts:
        for ground in GROUNDS:
            dark, light = sorted([luminance(text), luminance(named[ground])])
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


# --- translations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, expected",
    [
        ("y = a < x <= b", "y = (a < x && x <= b);"),
        ("y = -x ** 2", "y = -(Math.pow(x, 2));"),
        ("y = a % b", "y = (a - (b) * Math.floor((a) / (b)));"),
        ("tape.append((i, x))", "tape.push([i, x]);"),
        ("y = tape[-1] if x else None", "y = ((x) ? (tape.at(-(1))) : (null));"),
        ("y = locals().get('x')", "y = x;"),
        ("dx += math.pi * dy", "dx = (dx + (Math.PI * dy));"),
    ],
)  # fmt: skip
def test_javascript(text, expected):
    assert expected in translated(f"def f(x, a, b, i, tape):\n    {text}")


@pytest.mark.parametrize("text", ["y = x @ x", "y = np.linalg.inv(x)", "with x:\n        pass"])
def test_what_has_no_counterpart_is_not_translated(text):
    with pytest.raises(Untranslatable):
        translated(f"def f(x):\n    {text}")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2 * theta", "<mn>2</mn><mo>⋅</mo><mi>θ</mi>"),
        ("(a + b) * c1", "<mo>(</mo><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mo>)</mo>"),
        ("x.T @ dy", "<msup><mi>x</mi><mi>⊤</mi></msup>"),
        ("a - (b - c)", "<mo>−</mo><mrow><mo>(</mo>"),
        ("np.sum(x, axis=0)", "<mtext>np.sum(x, axis=0)</mtext>"),
        ("x < '<b>'", "<mtext>&lt;b&gt;</mtext>"),
    ],
)
def test_formulas(text, expected):
    assert expected in formula(text)


# --- in a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("needs the programs chromium and chromedriver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(driver)) as opened:
        yield opened


@pytest.fixture
def shown(browser, tmp_path):
    def show(function, args, wrt=None):
        file = tmp_path / "page.html"
        file.write_text(explained(Gradient(function, wrt), args))
        browser.get(file.as_uri())
        return browser

    yield show
    assert browser.get_log("browser") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


def text_of(browser, identity):
    return browser.find_element("id", identity).text


@every_sample
def test_every_sample_opens_and_can_be_stepped_through(shown, f, args, wrt):
    page = shown(f, copy.deepcopy(args), wrt)
    page.find_element("id", "last").click()
    assert page.find_elements("css selector", ".row.lit") or not grad_lines(page)


def grad_lines(page):
    return page.find_elements("css selector", "#backward [data-n]")


def test_stepping_by_button_slider_and_keys(shown):
    page = shown(staged, (0.5, 3.0))
    assert text_of(page, "step") == "Nothing has run yet."
    page.find_element("id", "next").click()
    assert "forward" in text_of(page, "step") and "sig = 0.6225" in text_of(page, "step")
    page.find_element("id", "last").click()
    count = text_of(page, "count")
    assert count == "10 / 10"
    assert "backward" in text_of(page, "step")
    page.find_element("tag name", "body").send_keys("\ue012")  # the left arrow
    assert text_of(page, "count") == "9 / 10"
    page.find_element("id", "first").click()
    page.find_element("id", "slider").send_keys("\ue014")
    assert text_of(page, "count") == "1 / 10"


def test_values_appear_as_they_are_computed(shown):
    page = shown(staged, (0.5, 3.0))
    page.find_element("id", "next").click()
    page.find_element("id", "next").click()
    seen = {e.text for e in page.find_elements("css selector", "#circuit text:not(.unseen)")}
    assert "1.5" in seen and "-0.09467" not in seen
    lit = {e.text for e in page.find_elements("css selector", ".row.lit")}
    assert "    num = x * y".strip() in {text.strip() for text in lit}


def test_a_step_shows_its_gate_and_leaves_the_page_where_it_is(shown):
    def long(x):
        for _ in range(40):
            x = np.tanh(x + 0.1)
        return np.sum(np.exp(x) * np.sin(x) / (1 + x**2) + np.sqrt(x**2 + 1) * np.cos(x))

    page = shown(long, (np.ones(3),))
    inside = """
        const [a, b] = ["#circuit", "#circuit .lit"].map(
            (s) => document.querySelector(s).getBoundingClientRect());
        return b.left >= a.left && b.right <= a.right && b.top >= a.top && b.bottom <= a.bottom;"""
    for ends in (("last", "back"), ("first", "next")):
        for button in ends:
            page.find_element("id", button).click()
        assert page.execute_script(inside)
    assert page.execute_script("return window.scrollY") == 0


def test_pointing_at_a_line_lights_up_its_partners(shown):
    from selenium.webdriver import ActionChains

    page = shown(staged, (0.5, 3.0))
    line = page.find_element("css selector", "#forward [data-n='2']")
    ActionChains(page).move_to_element(line).perform()
    partners = [e.text.strip() for e in page.find_elements("css selector", ".row.partner")]
    assert "num = x * y" in partners and "dx = y * dnum" in partners


def squashed(z):
    e = np.exp(-z)
    return 1.0 / (1.0 + e)


def layered(params, x):
    h = squashed(x @ params["W"])
    return np.sum(h * params["v"])


LAYERED = ({"W": np.eye(2), "v": np.array([1.0, 2.0])}, np.array([0.5, -0.5]))


def test_lines_of_helpers_and_parts_of_arguments_are_shown(shown):
    page = shown(layered, LAYERED)
    shown_rows = [e.text.strip() for e in page.find_elements("css selector", "[data-at]")]
    assert "e = np.exp(-z)" in shown_rows and "def layered(params, x):" in shown_rows
    for _ in range(3):
        page.find_element("id", "next").click()
    lit = [e.text.strip() for e in page.find_elements("css selector", ".row.lit[data-at]")]
    assert lit == ["e = np.exp(-z)"]
    page.find_element("id", "last").click()
    names = [e.text for e in page.find_elements("css selector", "#arguments th")]
    assert names == ["params['W']", "params['v']", "x"]
    row = page.find_elements("css selector", "#arguments tr")[1]
    cells = [e.text for e in row.find_elements("tag name", "td")]
    assert cells[:2] == ["[1 2]", said(grad(layered, wrt="params['v']")(*LAYERED))]
    assert cells[2].startswith("agrees")


@pytest.mark.parametrize("f, args, at", [(staged, (0.5, 3.0), 0), (repeated, (0.5, 3), 0)])
def test_changing_an_input(shown, f, args, at):
    page = shown(f, args, "x" if f is repeated else None)
    field = page.find_elements("css selector", "#arguments input")[at]
    field.clear()
    field.send_keys("0.75")
    changed = (0.75, *args[1:])
    found = grad(f, wrt="x")(*changed)
    cells = page.find_elements("css selector", "#arguments tr")[0].find_elements("tag name", "td")
    assert float(cells[1].text) == pytest.approx(found, rel=1e-3)
    assert float(cells[2].text) == pytest.approx(found, rel=1e-3)
    page.find_element("id", "last").click()
    assert page.find_elements("css selector", ".row.lit")


# what a screen reader says the name of
CONTROLS = {"button", "slider", "spinbutton", "image", "region", "navigation"}


def test_every_control_has_a_name_and_every_step_is_announced(shown, browser):
    page = shown(staged, (0.5, 3.0))
    page.find_element("id", "next").click()
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    told = [n for n in nodes if n.get("role", {}).get("value") in CONTROLS]
    assert {"button", "slider", "spinbutton", "image"} <= {n["role"]["value"] for n in told}
    assert all(n["name"]["value"].strip() for n in told)
    step = page.find_element("id", "step")
    assert step.get_attribute("aria-live") == "polite" and "sig = 0.6225" in step.text


def test_the_tabulator_goes_down_the_page(shown, browser):
    page = shown(staged, (0.5, 3.0))
    body, seen = page.find_element("tag name", "body"), []
    for _ in range(6):
        body.send_keys("\ue004")
        seen.append(browser.switch_to.active_element.get_attribute("id"))
    assert seen == ["first", "back", "slider", "next", "last", "circuit"]


def test_text_of_the_author_does_nothing(shown):
    page = shown(markup, (np.ones(3),))
    assert not page.find_elements("id", "planted")
    assert "</script><b id='planted'>" in page.find_element("tag name", "main").text


def test_a_narrow_screen_scrolls_only_downwards(shown, browser):
    browser.set_window_size(500, 900)
    page = shown(staged, (0.5, 3.0))
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.execute_script(wide) <= 0
    browser.set_window_size(1400, 1000)


def test_the_picture_in_the_readme(browser, tmp_path, request):
    """`--update-golden` takes it anew."""
    file, picture = tmp_path / "f.html", ROOT / "docs" / "pictures" / "explain.png"
    target = f"{SAMPLES / 'staged.py'}:f"
    assert main(["explain", target, "--args", "3.0, -4.0", "-o", str(file)]) == 0
    browser.set_window_size(1400, 1150)
    browser.get(file.as_uri())
    for _ in range(11):
        browser.find_element("id", "next").click()
    assert "dden = -0.7916" in text_of(browser, "step")
    if request.config.getoption("--update-golden"):
        browser.save_screenshot(str(picture))
    assert picture.read_bytes().startswith(b"\x89PNG")
