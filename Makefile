# `make run` starts the product, `make test` proves it. Everything is installed into .venv.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,12))' 2>/dev/null && { command -v $$p; break; }; done)
BIN := .venv/bin
UV := .tools/bin/uv

.PHONY: help run test lint types imports check bench eval seed chaos rehearsal lock

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: .venv/product ## install what is needed and serve http://localhost:8000/chat
	@$(BIN)/python -m app.cli serve

test: .venv/tests ## run every check and every test, as CI does
	@scripts/install_test_tools.sh
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/tests ## style of the code
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/tests ## types of the code
	@$(BIN)/mypy

imports: .venv/tests ## directions between the rooms
	@$(BIN)/lint-imports --no-cache

check: lint types imports ## lint, types and imports

bench: .venv/tests ## speed and size beside their goals
	@$(BIN)/python -m scripts.benchmark

eval: .venv/tests ## quality on labelled cases beside its floors
	@$(BIN)/python -m scripts.evaluate

chaos: .venv/tests ## 1,000 messages under random kills (CHAOS_MESSAGES=10000 for more)
	@CHAOS_MESSAGES=$${CHAOS_MESSAGES:-1000} $(BIN)/python -m pytest tests/stories/test_chaos.py -s

rehearsal: .venv/tests ## the compose files under podman, with stand-in images (Debian, root)
	@tests/rehearsal/install.sh
	@$(BIN)/python -m pytest tests/rehearsal -s

seed: .venv/product ## ingest the demo dealership's documents
	@$(BIN)/python -m app.cli seed

lock: $(UV) ## pin the newest versions that fit
	@$(UV) pip compile pyproject.toml --override overrides.txt --universal --generate-hashes --no-emit-index-url --upgrade -q -o requirements.lock
	@$(UV) pip compile pyproject.toml --group dev --override overrides.txt --constraint requirements.lock --universal --generate-hashes --no-emit-index-url --upgrade -q -o requirements-dev.lock

$(UV):
	@test -n "$(PYTHON)" || { echo "GenAI Auto needs Python 3.11 or 3.12 (the private Redis comes for no other)."; exit 1; }
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5,<1'
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv

.venv/product: requirements.lock | $(UV)
	@test -f .venv/tests || { echo "Installing GenAI Auto into .venv …"; $(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock; }
	@touch $@

.venv/tests: requirements.lock requirements-dev.lock | $(UV)
	@echo "Installing GenAI Auto and its test tools into .venv …"
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python requirements-dev.lock
	@touch $@
