# Every target sets up what it needs in .venv, from the lock files and nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
WORKERS = $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')

# tests start Python a hundred times: what one has compiled the next one loads
unexport PYTHONDONTWRITEBYTECODE

# what is never imported is never compiled
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check --no-compile
COMPILE := $(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --universal \
	--python-version 3.11 --no-header --system-certs pyproject.toml
UNCOMPILED = $(BIN)/pytest --hypothesis-profile uncompiled -m "not slow and not realdata" \
	tests/market tests/pricing tests/flow tests/positioning

.PHONY: help demo test check bench faults lint types warm unit long test-nojit coverage format lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: warm ## serve a simulated market that moves now
	$(BIN)/opentape serve --demo

test: lint ## imports, lint, format, types, tests
	$(MAKE) -j 2 types warm test-nojit
	$(MAKE) unit

check: format test ## format, then everything `test` does

bench: .venv/ready-bench ## measure against the rivals
	$(BIN)/python benchmarks/run.py

faults: .venv/ready-test ## kill, fill, damage: large counts, into docs/explain/faults.md
	$(BIN)/python scripts/faults.py

lint: .venv/ready-test
	$(BIN)/lint-imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/ready-test
	$(BIN)/basedpyright

# whoever needs kernels finds them compiled
warm: .venv/ready
	$(BIN)/opentape warm

# a module stays on one worker: it shares markets; some wait for a disk or a clock
unit: .venv/ready-test
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

long: .venv/ready-test ## what takes long, and each property a thousand times
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --long --hypothesis-profile thorough

# what a kernel does is the same as plain Python, where it may be stepped through
test-nojit: .venv/ready-test
	NUMBA_DISABLE_JIT=1 $(UNCOMPILED) -n auto --maxprocesses 2

# compiled kernels are invisible to coverage
coverage: .venv/ready-test ## which lines of the kernels tests run, uncompiled
	NUMBA_DISABLE_JIT=1 $(BIN)/coverage run -m $(subst $(BIN)/,,$(UNCOMPILED))
	$(BIN)/coverage report --skip-covered \
		--include="src/opentape/market/*,src/opentape/pricing/*,src/opentape/flow/*,src/opentape/positioning/*"

format: .venv/ready-test
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

lock: .venv/ready ## recompile locks/ from pyproject.toml
	$(INSTALL) uv==$(UV_VERSION)
	$(COMPILE) --group build -o locks/run.txt
	$(COMPILE) --extra test -c locks/run.txt -o locks/test.txt
	$(COMPILE) --extra bench -c locks/run.txt -o locks/bench.txt

clean: ## remove everything the targets made
	rm -rf $(VENV) demo dist .coverage .hypothesis .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/locked: locks/run.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "opentape needs Python 3.11 or newer: run 'make PYTHON=/path/to/python3.11'" \
		"($(PYTHON) is $$($(PYTHON) --version 2>&1 | head -n 1))." >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) --require-hashes -r locks/run.txt
	@touch $@

.venv/ready: .venv/locked pyproject.toml
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/ready-test: .venv/ready locks/test.txt
	$(INSTALL) --require-hashes -r locks/test.txt
	@touch $@

.venv/ready-bench: .venv/ready locks/bench.txt
	$(INSTALL) --require-hashes -r locks/bench.txt
	@touch $@
