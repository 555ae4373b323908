# make run   sets everything up and runs the whole system      make test   sets up and runs every test
# Needs make and any Python from 3.11; PYTHON=/path/to/python chooses one.

SHELL := /bin/sh
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help
.SUFFIXES:

V := .venv
BIN := $(V)/bin
PY := $(BIN)/python
# Code is found from here, whatever is installed.
export PYTHONPATH := $(CURDIR)
# Compiled once: whatever the environment says, pytest would rewrite every test file in each process.
unexport PYTHONDONTWRITEBYTECODE
RUN_STAMP := $(V)/.installed-requirements.lock
DEV_STAMP := $(V)/.installed-requirements-dev.lock
PYTEST_ARGS ?=
# Tests wait for processes a third of their time, so three keep two cores busy.
TEST_PROCESSES ?= 3
BENCH_ARGS ?=
COMPILE_LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--no-emit-find-links --python-version 3.11 --custom-compile-command "make lock"

# The queues that ours is compared with live in an environment of their own. One of them needs
# Python 3.12; without it the others are compared.
PEERS := .respite/peers
PEERS_STAMP := $(PEERS)/.installed-requirements.txt

# What weights of crisis detection are learnt with is needed for nothing else.
LEARNING := .respite/crisis-weights
LEARNING_STAMP := $(LEARNING)/.installed-crisis_weights.txt

# Checks know nothing of each other: two run at a time, and what each says stays together.
ifneq ($(filter check,$(MAKECMDGOALS)),)
MAKEFLAGS += --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
endif

.PHONY: help run dev test test-fast check lint types protos-lint protos-fresh imports \
	migrations deploy deps locks lock proto format picture crisis crisis-weights bench bench-peers bench-lock clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

run: $(RUN_STAMP) ## set up and run the whole system; Ctrl-C stops it
	@exec bin/respite up

dev: $(DEV_STAMP) ## install what tests and checks need

test: $(DEV_STAMP) ## set up and run every test; PYTEST_ARGS="-k word" chooses
	@$(PY) -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-fast: $(DEV_STAMP) ## every test but the slow ones
	@$(PY) -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder -m "not slow" $(PYTEST_ARGS)

check: lint types protos-lint protos-fresh imports deps locks migrations crisis deploy ## everything but tests
	@echo "== every check passed"

lint: $(DEV_STAMP)
	@echo "== ruff"
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: $(DEV_STAMP)
	@echo "== mypy --strict"
	@$(PY) -m mypy

protos-lint: $(DEV_STAMP)
	@echo "== buf lint"
	@$(BIN)/buf lint

protos-fresh: $(DEV_STAMP)
	@echo "== generated code is what the protos say"
	@$(PY) -P .ci/generate.py --check

imports: $(DEV_STAMP)
	@echo "== who imports whom"
	@$(BIN)/lint-imports --no-cache

deps: $(DEV_STAMP)
	@echo "== what is imported is declared"
	@$(PY) -m deptry .

locks: $(DEV_STAMP)
	@echo "== locks hold what pyproject.toml asks for"
	@$(PY) -P .ci/locks.py

migrations: $(DEV_STAMP)
	@echo "== migrations make the tables of the code, and are safe to run"
	@$(PY) -P .ci/migrations.py

deploy: $(DEV_STAMP)
	@echo "== image, compose and cluster files are well-formed"
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose*.yml
	@$(PY) -P .ci/cluster.py

crisis: $(DEV_STAMP)
	@echo "== crisis detection on the labelled corpora"
	@$(PY) -P .ci/crisis.py

crisis-weights: $(LEARNING_STAMP) ## learn crisis detection's weights from the corpora; ARGS=--validate only tries
	@OPENBLAS_NUM_THREADS=1 $(LEARNING)/bin/python -P .ci/crisis_weights.py $(ARGS)

lock: $(DEV_STAMP) ## resolve the locks again; UPGRADE=--upgrade moves everything forward
	@$(COMPILE_LOCK) $(UPGRADE) pyproject.toml -o requirements.lock
	@$(COMPILE_LOCK) $(UPGRADE) -c requirements.lock --extra dev pyproject.toml -o requirements-dev.lock
	@$(COMPILE_LOCK) $(UPGRADE) -c requirements.lock .ci/crisis_weights.in -o .ci/crisis_weights.txt
	@$(PY) -P .ci/locks.py

proto: $(DEV_STAMP) ## generate code from the protos
	@$(PY) -P .ci/generate.py

format: $(DEV_STAMP) ## put code into shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

picture: $(DEV_STAMP) ## take the picture of the phone page for the documents; needs Chromium
	@$(PY) -P -m tests.respite.picture

bench: $(DEV_STAMP) $(PEERS_STAMP) ## measure everything, 25 minutes; BENCH_ARGS=--quick takes 4
	@$(PY) -P -m bench $(BENCH_ARGS)

bench-peers: $(DEV_STAMP) $(PEERS_STAMP) ## install the queues that benchmarks compare ours with

bench-lock: $(DEV_STAMP) ## resolve the versions of those queues again
	@$(subst make lock,make bench-lock,$(COMPILE_LOCK)) $(UPGRADE) bench/peers/requirements.in \
		-o bench/peers/requirements.txt

clean: ## remove the environment and caches; .respite with its data stays
	rm -rf $(V) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -prune -exec rm -rf {} +

# The tools include everything that running needs.
$(RUN_STAMP): requirements.lock .ci/setup
	@[ $(DEV_STAMP) -nt requirements-dev.lock ] && [ $(DEV_STAMP) -nt requirements.lock ] \
		&& [ -x $(PY) ] && touch $@ || .ci/setup $(V) requirements.lock

$(DEV_STAMP): requirements-dev.lock .ci/setup
	@.ci/setup $(V) requirements-dev.lock

$(LEARNING_STAMP): .ci/crisis_weights.txt .ci/setup
	@mkdir -p .respite
	@.ci/setup $(LEARNING) .ci/crisis_weights.txt

$(PEERS_STAMP): bench/peers/requirements.txt .ci/setup
	@mkdir -p .respite
	@if python3.12 -c '' 2>/dev/null; then PYTHON=python3.12; export PYTHON; \
		else echo "python3.12 was not found: oban, which needs it, is left out"; fi; \
		.ci/setup $(PEERS) bench/peers/requirements.txt
