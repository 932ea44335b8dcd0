"""How long report.html takes to make and to open: 600 questions asked four times, simulated labels.

    python -m benchmarks.report [--pictures docs]

Opened in the Chromium of the machine, ten times each, a new context every time: until the page can be
used (DOMContentLoaded, scripts run), until it is laid out and painted, and the CPU time of the
browser's main thread for all of that, which says the same on a busy machine. The named alternative is
a page without questions, opened in the same run. With `--pictures`, screenshots instead.
"""

import argparse
import io
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from monitor.report.contents import Report
from monitor.report.files import save_page, save_png
from tests.simulated_run import history, replies, simulated

OPENED = 10
HEIGHTS = {1280: 1190, 768: 1000, 380: 800}
COLOURS = 200  # of a screenshot: small files
SHOTS = ((1280, "light", ""), (768, "dark", "where"), (380, "light", ""))
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
PAINTED = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
USABLE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
TYPED = """() => {
    const begun = performance.now();
    const search = document.querySelector("#questions [data-search]");
    if (!search) return 0;
    document.querySelector("details.all").open = true;
    search.value = "privacy";
    search.dispatchEvent(new Event("input", {bubbles: true}));
    document.body.getBoundingClientRect();
    return performance.now() - begun;
}"""


def variants(told: Report) -> Iterator[tuple[str, Report]]:
    """What is compared."""
    yield "without questions", replace(told, items=(), bank=())
    yield "600 questions × 4", told
    yield "… and a trend of 9", replace(told, earlier=history())
    yield "… and the model's text", replace(told, texts=replies(told.items))


def opened(browser: Browser, file: Path) -> tuple[float, ...]:
    """Milliseconds until usable, until painted, of CPU, and of the first search in all questions."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(file.as_uri())
    usable, painted = page.evaluate(USABLE), page.evaluate(PAINTED)
    counted = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    search = page.evaluate(TYPED)
    context.close()
    return usable, painted, 1000 * counted["TaskDuration"], search


def pictures(browser: Browser, told: Report, folder: Path) -> None:
    """Three screenshots of the simulated run: desktop, tablet in the dark, phone."""
    file = folder.resolve() / "report.html"
    save_page(replace(told, earlier=history()), file)
    for width, scheme, part in SHOTS:
        viewport = {"width": width, "height": HEIGHTS[width]}
        context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{file.as_uri()}#{part}")
        picture = Image.open(io.BytesIO(page.screenshot()))
        picture.quantize(COLOURS).save(folder / f"report-{width}.png", optimize=True)
        context.close()
    file.unlink()


def measure(browser: Browser, told: Report, folder: Path) -> None:
    """Print a line for each variant."""
    columns = ("size kB", "made CPU s", "usable ms", "painted ms", "CPU ms", "search ms")
    print(f"{f'median of {OPENED}':24}" + "".join(f"{name:>12}" for name in columns))
    for name, report in variants(told):
        file = folder / "report.html"
        begun = time.process_time()
        save_page(report, file)
        made = time.process_time() - begun
        times = map(median, zip(*[opened(browser, file) for _ in range(OPENED)], strict=True))
        shown = "".join(f"{one:12.0f}" for one in times)
        print(f"{name:24}{file.stat().st_size // 1000:12}{made:12.2f}{shown}")
    begun = time.process_time()
    save_png(told, folder / "report.png")
    print(f"report.png: {time.process_time() - begun:.2f} CPU s, matplotlib's import aside")


def main() -> None:
    """Measure, or take pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="take screenshots instead")
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        if given.pictures:
            pictures(browser, simulated(), given.pictures)
        else:
            measure(browser, simulated(), Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
