"""The little of GitHub's REST API that reports need: one comment, one issue, each found by its marker.

A post is ours if it begins with the marker *and* the workflow's own account wrote it: anybody may write
a marker into a comment. Errors are one line and never hold a token or a reply.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from monitor.errors import ConfigError

if TYPE_CHECKING:
    from httpx2 import Client

API = "https://api.github.com"
OURSELVES = "github-actions[bot]"  # whom GITHUB_TOKEN acts for
_PAGE = 100  # the most that GitHub sends at once
_SECONDS = 30.0


class GitHub(AbstractContextManager["GitHub"]):
    """One repository, as a workflow may reach it. A context manager."""

    def __init__(self, repository: str, token: str, url: str = API) -> None:
        """`repository` is `owner/name`."""
        import httpx2  # noqa: PLC0415 - `faef --help` is quick

        self._client: Client = httpx2.Client(
            base_url=f"{url}/repos/{repository}/",
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
            timeout=_SECONDS,
            transport=httpx2.HTTPTransport(retries=3),
        )

    @classmethod
    def from_environment(cls) -> Self:
        """As the variables of a job say. Raises ConfigError where one is missing."""
        repository, token = variable("GITHUB_REPOSITORY"), variable("GITHUB_TOKEN")
        return cls(repository, token, os.environ.get("GITHUB_API_URL") or API)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._client.close()

    def comment(self, pull_request: int, marker: str, body: str) -> None:
        """Put the comment with this marker under a pull request, in place of an earlier one."""
        found = self._ours(f"issues/{pull_request}/comments", marker)
        if found:
            self._send("PATCH", f"issues/comments/{found['id']}", body=body)
        else:
            self._send("POST", f"issues/{pull_request}/comments", body=body)

    def open_issue(self, title: str, marker: str, body: str) -> None:
        """Open the issue with this marker, or bring the open one up to date."""
        found = self._ours("issues", marker)
        if found:
            self._send("PATCH", f"issues/{found['number']}", title=title, body=body)
        else:
            self._send("POST", "issues", title=title, body=body)

    def close_issue(self, marker: str, said: str) -> None:
        """Close the issue with this marker, if one is open, and say why."""
        found = self._ours("issues", marker)
        if found:
            self._send("POST", f"issues/{found['number']}/comments", body=said)
            self._send("PATCH", f"issues/{found['number']}", state="closed")

    def _ours(self, path: str, marker: str) -> dict[str, Any] | None:
        found = (post for post in self._all(path) if "pull_request" not in post)
        return next((post for post in found if _is_ours(post, marker)), None)

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        """Every open post of a list, page by page."""
        for number in count(1):
            page: list[dict[str, Any]] = self._send("GET", f"{path}?per_page={_PAGE}&page={number}")
            yield from page
            if len(page) < _PAGE:
                return

    def _send(self, method: str, path: str, **fields: str) -> Any:
        import httpx2  # noqa: PLC0415

        what = re.sub(r"\?.*", "", path)
        try:
            reply = self._client.request(method, path, json=fields or None)
        except httpx2.HTTPError as error:
            message = f"GitHub: {method} {what}: {type(error).__name__}: is GITHUB_API_URL reachable?"
            raise ConfigError(message) from error
        if reply.is_error:
            message = (
                f"GitHub: {method} {what}: HTTP {reply.status_code}: the token needs the right to"
                " write there (permissions: issues or pull-requests)"
            )
            raise ConfigError(message)
        return reply.json()


def _is_ours(post: Mapping[str, Any], marker: str) -> bool:
    author = (post.get("user") or {}).get("login")
    return author == OURSELVES and (post.get("body") or "").startswith(marker)


def variable(name: str) -> str:
    """A variable that GitHub sets in every job. Raises ConfigError where it is not there."""
    value = os.environ.get(name)
    if not value:
        message = f"{name}: is not set: faef github is for a job of GitHub Actions"
        raise ConfigError(message)
    return value
