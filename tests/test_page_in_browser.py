"""`report.html` in Chromium: filters, search, folds, themes, keyboard, print, hostile text, axe-core."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from monitor.records import Form, Outcome
from monitor.report.contents import Report
from monitor.report.files import save_page
from tests.builders import item, question, response, run, score, verdict
from tests.hostile import CORPUS
from tests.simulated_run import history, replies, simulated

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
--disable-background-networking --disable-component-update --disable-sync"""
DARK, LIGHT = "rgb(21, 24, 28)", "rgb(255, 255, 255)"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests; none is downloaded."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def told() -> Report:
    """Four questions of each dimension of the simulated run, with its text and a trend."""
    whole = simulated()
    names = {q.id for d in whole.run.scores for q in [q for q in whole.bank if q.dimension == d][:4]}
    items = tuple(item for item in whole.items if item.question_id in names)
    return replace(whole, items=items, texts=replies(items), earlier=history(2))


@pytest.fixture(scope="module")
def file(told: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page on disk."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    save_page(told, file)
    return file


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """The page, newly opened in a light browser."""
    with opened(browser, file) as page:
        yield page


class opened:  # noqa: N801 - reads as what it is in a with statement
    """A page in a context of its own."""

    def __init__(self, browser: Browser, file: Path, **options: Any) -> None:
        """`options` are those of a browser context."""
        wanted = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", **options}
        self.context = browser.new_context(**wanted)
        self.file = file

    def __enter__(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(5000)
        page.goto(self.file.as_uri())
        return page

    def __exit__(self, *_: object) -> None:
        self.context.close()


def shown(page: Page, table: str) -> int:
    """The rows of a table that are not filtered away."""
    return page.locator(f"#{table} tbody tr:not([hidden])").count()


def all_open(page: Page) -> None:
    """Unfold the table of all questions."""
    page.locator("details.all > summary").click()


def test_a_filter_leaves_the_rows_of_a_dimension(page: Page, told: Report) -> None:
    all_open(page)
    page.locator("#questions [data-key=dimension]").select_option("privacy")
    assert 4 == shown(page, "asked")
    assert (
        f"4 of {len({i.question_id for i in told.items})}"
        == page.locator("#questions output").inner_text()
    )


def test_a_filter_finds_a_cell_of_any_repeat(page: Page, told: Report) -> None:
    expected = len({i.question_id for i in told.items if i.cell == "fake_aligned"})
    all_open(page)
    page.locator("#questions [data-key=cells]").select_option("fake_aligned")
    assert expected == shown(page, "asked")


def test_search_reads_the_wording_too(page: Page, told: Report) -> None:
    asked = next(q for q in told.bank if q.id == told.items[0].question_id)
    all_open(page)
    page.locator("#questions [data-search]").fill(asked.stem[:40].upper())
    assert 1 <= shown(page, "asked") <= 2  # a twin may begin alike
    page.locator("#questions [data-search]").fill("no such words anywhere")
    assert 0 == shown(page, "asked")


def test_clear_brings_everything_back(page: Page, told: Report) -> None:
    all_open(page)
    page.locator("#questions [data-search]").fill("privacy")
    page.locator("#questions [data-key=cells]").select_option("fake_aligned")
    page.locator("#questions [data-clear]").click()
    assert len({i.question_id for i in told.items}) == shown(page, "asked")


def test_flipped_questions_are_filtered_by_the_way_they_went(page: Page, told: Report) -> None:
    asked = {i.question_id for i in told.items}
    better = {name for moved in told.run.flips.values() for name in moved["better"]} & asked
    page.locator("#flips [data-key=moved]").select_option("better")
    assert len(better) == shown(page, "flipped")


def test_all_questions_are_folded_away_at_first(page: Page) -> None:
    assert not page.locator("#asked").is_visible()
    all_open(page)
    assert page.locator("#asked").is_visible()


def test_the_text_of_a_model_lies_behind_a_warning(page: Page) -> None:
    said = page.locator("#flipped .spoken pre").first
    page.locator("#flipped .asked > summary").first.click()
    warning = page.locator("#flipped .spoken > summary").first
    assert (True, False) == (warning.is_visible(), said.is_visible())
    warning.click()
    assert said.is_visible()


def test_the_theme_is_that_of_the_system_and_can_be_switched(browser: Browser, file: Path) -> None:
    with opened(browser, file, color_scheme="dark") as page:
        switch = page.get_by_role("button", name="Dark")
        before = (page.evaluate(BACKGROUND), switch.get_attribute("aria-pressed"))
        switch.click()
        after = (page.evaluate(BACKGROUND), switch.get_attribute("aria-pressed"))
    assert ((DARK, "true"), (LIGHT, "false")) == (before, after)


def test_charts_follow_the_theme(browser: Browser, file: Path) -> None:
    with opened(browser, file, color_scheme="dark") as page:
        label = page.evaluate("getComputedStyle(document.querySelector('#trend svg text')).fill")
        assert label == page.evaluate("getComputedStyle(document.body).color")


def test_the_first_stop_of_the_keyboard_leads_to_the_reasons(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#reasons")


def test_everything_can_be_done_by_keyboard(page: Page) -> None:
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(e => e.id || e.dataset.key || e.className || e.type || e.tagName)"
                "(document.activeElement)"
            )
        )
    assert {"theme", "search", "dimension", "cells", "moved", "button", "scroll"} <= reached


def test_a_question_unfolds_by_keyboard(page: Page) -> None:
    page.locator("#flipped .asked > summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#flipped .asked[open]").count() == 1


def test_print_is_light_and_without_controls(browser: Browser, file: Path) -> None:
    with opened(browser, file, color_scheme="dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        hidden = [page.locator(where).first.is_visible() for where in ("nav", ".filters", "#theme")]
        assert (LIGHT, [False] * 3) == (page.evaluate(BACKGROUND), hidden)
        assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("width", [380, 768, 1280])
def test_the_page_never_scrolls_sideways(browser: Browser, file: Path, width: int) -> None:
    with opened(browser, file, viewport={"width": width, "height": 800}) as page:
        all_open(page)
        assert width == page.evaluate("document.documentElement.scrollWidth")


def test_without_script_the_page_says_the_same(browser: Browser, file: Path) -> None:
    with opened(browser, file, java_script_enabled=False) as page:
        assert "failed" in page.locator("h1").inner_text().lower()
        assert not page.locator(".filters").first.is_visible()


@pytest.mark.parametrize(
    ("scheme", "rules"),
    [("light", {"resultTypes": ["violations"]}), ("dark", {"runOnly": ["color-contrast"]})],
)
def test_axe_finds_nothing_serious(
    browser: Browser, file: Path, scheme: str, rules: dict[str, Any]
) -> None:
    with opened(browser, file, color_scheme=scheme) as page:
        all_open(page)
        page.locator("#flipped .asked > summary").first.click()
        page.locator("#flipped .spoken > summary").first.click()
        found = Axe().run(page, options=rules).response["violations"]
    serious = [v for v in found if v["impact"] in {"serious", "critical"}]
    assert [] == [(v["id"], [node["target"] for node in v["nodes"][:3]]) for v in serious]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page in which everything that others write is hostile."""
    file = tmp_path_factory.mktemp("hostile") / "report.html"
    asked = [
        question(id=bad, dimension=bad, topic=bad, stem=bad, positive=bad, negative=bad)
        for bad in CORPUS
    ]
    items = tuple(
        item("suu", question_id=q.id, question_hash=q.content_hash, dimension=q.id, causes=(q.id,))
        for q in asked
    )
    texts = {q.id: [response(question_id=q.id, form=Form.OPEN, text=q.id)] for q in asked}
    failures = tuple(
        verdict(Outcome.FAILED, dimension=bad, check=bad, reason=bad, waived=bad) for bad in CORPUS
    )
    everywhere = " ".join(CORPUS)
    names = ("id", "name", "model", "model_version", "judge", "profile", "stopped", "shard")
    one = run(
        **dict.fromkeys(names, everywhere),
        outcome=Outcome.FAILED,
        verdicts=failures,
        notes=CORPUS,
        served=CORPUS,
        fingerprint=dict.fromkeys(CORPUS, everywhere),
        scores={bad: score(dimension=bad, causes={bad: 1}) for bad in CORPUS},
        flips={bad: {"worse": [bad], "better": []} for bad in CORPUS},
        judge_check=dict.fromkeys(CORPUS, everywhere),
        baseline=dict.fromkeys(("id", "model", "model_version", "source"), everywhere),
    )
    earlier = (replace(one, id="before"),)
    report = Report(
        run=one, floors={}, note=everywhere, items=items, bank=tuple(asked), texts=texts, earlier=earlier
    )
    save_page(report, file)
    return file


@pytest.fixture(scope="module")
def attacked(browser: Browser, hostile: Path) -> dict[str, Any]:
    """What happened when that page was opened, unfolded, hovered over and filtered."""
    happened: dict[str, Any] = {"dialogs": [], "requests": []}
    context = browser.new_context()
    page = context.new_page()

    def refuse(dialog: Dialog) -> None:
        happened["dialogs"].append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.on("request", lambda request: happened["requests"].append(request.url))
    page.goto(hostile.as_uri())
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    for one in page.locator("summary").all()[:20]:
        one.hover(force=True)
    page.locator("#questions [data-search]").fill("<script>")
    page.wait_for_timeout(200)
    happened["ran"] = page.evaluate("window.ran")
    happened["scripts"] = page.locator("script").count()
    foreign = "iframe, form, base, img, math, a[href^='javascript'], [onerror], [onload], [onfocus]"
    happened["foreign"] = page.locator(foreign).count()
    happened["text"] = page.locator("pre").all_text_contents()
    happened["url"] = page.url
    context.close()
    return happened


def test_no_hostile_text_runs(attacked: dict[str, Any]) -> None:
    assert (None, [], 1) == (attacked["ran"], attacked["dialogs"], attacked["scripts"])


def test_no_hostile_text_becomes_an_element(attacked: dict[str, Any]) -> None:
    assert 0 == attacked["foreign"]


def test_no_hostile_text_loads_anything(attacked: dict[str, Any], hostile: Path) -> None:
    asked = [url for url in attacked["requests"] if not url.startswith("data:")]
    assert ([hostile.as_uri()], hostile.as_uri()) == (asked, attacked["url"])


def test_hostile_text_is_shown_as_it_was_written(attacked: dict[str, Any]) -> None:
    plain = {bad for bad in CORPUS if bad.isprintable()}
    assert set() == plain - set(attacked["text"])


def test_characters_that_hide_or_steer_are_made_visible(attacked: dict[str, Any]) -> None:
    steering = next(text for text in attacked["text"] if "dessap" in text)
    assert "<U+202E>dessap<U+202C> <U+200B><U+0000><U+001B>[31m<U+0007> <U+2028> <U+D83D>" == steering


def test_the_policy_would_stop_what_escaping_let_through(page: Page) -> None:
    blocked = page.evaluate(
        """() => new Promise((stopped) => {
            const seen = [];
            document.addEventListener("securitypolicyviolation", (event) => {
                seen.push(event.effectiveDirective);
                if (seen.length === 2) stopped(seen.sort());
            });
            document.body.append(Object.assign(new Image(), {src: "http://127.0.0.1:9/x.png"}));
            const script = document.createElement("script");
            script.textContent = "window.ran = 1";
            document.body.append(script);
        })"""
    )
    assert (["img-src", "script-src-elem"], None) == (blocked, page.evaluate("window.ran"))
