"""One comment and one issue on GitHub, on a server that does what its API does."""

from collections.abc import Iterator
from typing import Any

import pytest

from monitor.errors import ConfigError
from monitor.github_api import GitHub
from tests.acting import BOT, TOKEN, Posts, github

MARKER = "<!-- faef gate -->"


@pytest.fixture
def posts() -> Iterator[Posts]:
    """A repository without issues and comments."""
    with github() as found:
        yield found


@pytest.fixture
def there(posts: Posts) -> Iterator[GitHub]:
    """The same, as a workflow reaches it."""
    with GitHub("owner/name", TOKEN, posts.url) as found:
        yield found


def post(body: str = MARKER, **changes: Any) -> dict[str, Any]:
    """An open issue or a comment of ours."""
    return {"user": BOT, "body": body, "state": "open", "number": 1, "id": 1, **changes}


def test_the_first_comment_is_written(there: GitHub, posts: Posts) -> None:
    there.comment(7, MARKER, f"{MARKER} red")
    assert [f"{MARKER} red"] == [comment["body"] for comment in posts.comments]


def test_the_next_one_takes_its_place(there: GitHub, posts: Posts) -> None:
    for word in ("red", "green"):
        there.comment(7, MARKER, f"{MARKER} {word}")
    assert [f"{MARKER} green"] == [comment["body"] for comment in posts.comments]


@pytest.mark.parametrize("user", [{"login": "mallory"}, None])
def test_a_comment_of_another_with_our_marker_is_left_alone(
    there: GitHub, posts: Posts, user: object
) -> None:
    posts.comments = [post(user=user)]
    there.comment(7, MARKER, f"{MARKER} red")
    assert [MARKER, f"{MARKER} red"] == [comment["body"] for comment in posts.comments]


def test_our_comment_is_found_on_a_later_page(there: GitHub, posts: Posts) -> None:
    posts.comments = [post("hello", id=number, number=number) for number in range(1, 131)]
    posts.comments[120]["body"] = MARKER
    there.comment(7, MARKER, f"{MARKER} red")
    assert (130, f"{MARKER} red") == (len(posts.comments), posts.comments[120]["body"])


def test_an_issue_is_opened_once_and_brought_up_to_date(there: GitHub, posts: Posts) -> None:
    for word in ("one", "two"):
        there.open_issue(f"Red {word}", MARKER, f"{MARKER} {word}")
    assert [("Red two", f"{MARKER} two")] == [(i["title"], i["body"]) for i in posts.issues]


def test_a_pull_request_is_no_issue(there: GitHub, posts: Posts) -> None:
    posts.issues = [post(pull_request={"url": "x"})]
    there.open_issue("Red", MARKER, MARKER)
    assert 2 == len(posts.issues)


def test_an_issue_is_closed_and_told_why(there: GitHub, posts: Posts) -> None:
    posts.issues = [post()]
    there.close_issue(MARKER, "Green again")
    assert ("closed", "Green again") == (posts.issues[0]["state"], posts.comments[0]["body"])


def test_without_an_issue_nothing_is_closed(there: GitHub, posts: Posts) -> None:
    there.close_issue(MARKER, "Green again")
    assert ["GET /repos/owner/name/issues"] == posts.requests


def test_a_token_without_the_right_to_write_is_one_line(there: GitHub, posts: Posts) -> None:
    posts.status = 403
    with pytest.raises(ConfigError, match=r"^GitHub: GET issues: HTTP 403: the token needs the right"):
        there.close_issue(MARKER, "Green again")


def test_a_server_that_is_not_there_is_one_line_without_the_token() -> None:
    refused = pytest.raises(ConfigError, match=r"^GitHub: GET issues/7/comments: ConnectError")
    with GitHub("owner/name", TOKEN, "http://127.0.0.1:9") as nowhere, refused as found:
        nowhere.comment(7, MARKER, MARKER)
    assert TOKEN not in str(found.value)
