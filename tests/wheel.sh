#!/usr/bin/env bash
# The wheel ($1) in a virtual environment of its own and an empty folder: does it carry all it needs?
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
wheel="$(realpath "$1")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --constraint "$root/requirements/pins.txt" "$wheel"
mkdir "$work/empty"
cd "$work/empty"
"$work/venv/bin/faef" init
rm -r suites # those that the wheel carries
"$work/venv/bin/faef" gate --replay "$root/tests/recorded" --questions "$root/tests/recorded/questions.jsonl" --no-track
