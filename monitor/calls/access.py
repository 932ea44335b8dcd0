"""Where the API is when nobody says so, and the environment variables that hold its keys.

Apart from `client` because settings need it where nothing is asked, and openai takes a second to load.
"""

import os
from urllib.parse import urlsplit

from monitor.errors import ConfigError

OPENAI_URL = "https://api.openai.com/v1"
MODEL_KEYS = ("FAEF_API_KEY", "OPENAI_API_KEY")
JUDGE_KEYS = ("FAEF_JUDGE_API_KEY", *MODEL_KEYS)


def without_password(address: str) -> str:
    """An address as it may be shown: without user and query, in each of which a secret can stand."""
    scheme, found, rest = address.partition("://") if "://" in address else ("", "", address)
    return f"{scheme}{found}{rest.rpartition('@')[2].partition('?')[0]}"


def is_address(url: str) -> bool:
    """Whether something can be served there by HTTP."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port, or of brackets
        return False


def key_from_environment(names: tuple[str, ...]) -> str:
    """The first of these variables that is set. Raises ConfigError that names them."""
    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    message = (
        f"no API key: set {' or '.join(names)} in the environment"
        " (for an endpoint that needs none, any word will do)"
    )
    raise ConfigError(message)
