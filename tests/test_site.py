"""The documentation: it builds without a warning, and no link of the served site is dead."""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest

ROOT = Path(__file__).parent.parent


class Page(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for each tag."""
        found = dict(attrs)
        self.anchors.add(found.get("id") or "")
        wanted = {"a": "href", "link": "href", "script": "src", "img": "src"}.get(tag)
        if wanted and found.get(wanted) and not (found.get("rel") or "").startswith("canonical"):
            self.links.append(str(found[wanted]))


class Quiet(SimpleHTTPRequestHandler):
    """A file server that logs nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the built site."""
    out = tmp_path_factory.mktemp("site")
    build = ["--quiet", "--fail-on-warning", "--builder", "html", "-d", str(out / "doctrees")]
    command = [sys.executable, "-m", "sphinx", *build, str(ROOT / "docs"), str(out / "html")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(out / "html")))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def fetched(address: str) -> tuple[int, str]:
    """Status and text of an address of the site."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", parts.path)
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, text


def crawled(site: str) -> dict[str, tuple[int, Page]]:
    """Every address that can be reached from the first page, with its status."""
    found: dict[str, tuple[int, Page]] = {}
    waiting = [site + "index.html"]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        status, text = fetched(address)
        found[address] = (status, Page(text if address.endswith(".html") else ""))
        waiting += [link for link in linked(address, found[address][1]) if link.startswith(site)]
    return found


def linked(address: str, page: Page) -> list[str]:
    """Where a page leads, without anchors."""
    return [urldefrag(urljoin(address, link)).url for link in page.links]


def test_no_link_of_the_site_is_dead(site: str) -> None:
    found = crawled(site)
    assert [] == [address for address, (status, _) in found.items() if status != 200]
    assert len([address for address in found if address.endswith(".html")]) > 20


def test_no_anchor_of_the_site_is_missing(site: str) -> None:
    found = crawled(site)
    missing = [
        (address, link)
        for address, (_, page) in found.items()
        for link in page.links
        for target, anchor in [urldefrag(urljoin(address, link))]
        if target.endswith(".html") and target in found and anchor not in found[target][1].anchors
    ]
    assert [] == missing


def test_every_page_of_docs_stands_in_the_site(site: str) -> None:
    names = [file.relative_to(ROOT / "docs") for file in (ROOT / "docs").rglob("*.md")]
    missing = [
        n
        for n in names
        if "_build" not in n.parts and fetched(f"{site}{n.with_suffix('.html')}")[0] != 200
    ]
    assert [] == missing


def test_the_reference_is_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "docs" / "reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)


def test_the_site_asks_no_other_host_for_anything_it_shows(site: str) -> None:
    _, text = fetched(site + "index.html")
    assert [] == re.findall(r'(?:src|<link[^>]*href)="https?://[^"]*', text)
