# Two commands matter: `make demo` and `make test`. Both need Python >= 3.11 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench lock clean
.DELETE_ON_ERROR:

demo: $(VENV)/run
	$(BIN)/alertbridge demo

test: $(VENV)/dev
	BIN=$(BIN) sh tests/run_all.sh

# The fast part: what an editor would tell you, and the tests of values.
check: $(VENV)/dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports && $(BIN)/mypy
	$(BIN)/pytest tests/core tests/ingest -n 2

bench: $(VENV)/dev
	$(BIN)/python -m tests.bench

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("alertbridge needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/run
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

# Pin again with hashes; the files name no host and no path of this machine.
LOCK := pip-compile -q --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --no-emit-options --no-header --annotation-style=line
lock: $(VENV)/dev
	$(BIN)/$(LOCK) --extra build -o requirements.txt pyproject.toml
	$(BIN)/$(LOCK) --extra build --extra dev -o requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .coverage
