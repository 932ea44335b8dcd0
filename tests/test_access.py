"""Addresses and keys: what may be shown of an address, and what is refused in one."""

import pytest

from monitor.calls.access import without_password
from monitor.cli import main
from tests.scripted import KEY, honest, serving

CANARY = "pw-canary-0123456789"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://me:secret@host:8000/v1", "https://host:8000/v1"),
        ("https://me:se/cr?et@host/v1", "https://host/v1"),
        ("https://me:a://b@host/v1", "https://host/v1"),
        ("me:secret@host/v1", "host/v1"),
        ("https://host/v1?api-key=secret", "https://host/v1"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("mlruns", "mlruns"),
    ],
)
def test_what_is_shown_of_an_address(address: str, shown: str) -> None:
    assert shown == without_password(address)


@pytest.mark.parametrize("option", ["--base-url", "--judge-base-url", "OPENAI_BASE_URL"])
def test_a_password_in_an_address_is_refused_and_not_shown(
    option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAEF_API_KEY", KEY)
    with serving(honest) as script:
        address = script.url.replace("://", f"://gateway:{CANARY}@")
        if option.startswith("--"):
            command = [
                "collect",
                "--model",
                "m",
                "--judge",
                "j",
                "--base-url",
                script.url,
                option,
                address,
            ]
        else:
            monkeypatch.setenv(option, address)
            command = ["collect", "--model", "m", "--judge", "j"]
        code = main(command)
    said = capsys.readouterr().err
    assert (3, True) == (code, f"{script.url}: is given with a user or password" in said), said
    assert CANARY not in said
    assert [] == script.requests
