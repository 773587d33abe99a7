# One entry point for people and for CI; `make` alone lists the targets.
# Needs make and Python 3.11 or newer. Everything is installed into .venv, nothing elsewhere.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON  ?=
VENV    := .venv
BIN     := $(VENV)/bin
PIP     := $(BIN)/python -m pip --quiet --disable-pip-version-check
SERVER  := $(VENV)/.server-installed
STAMP   := $(VENV)/.installed
CACHES  := .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
ARGS    ?=
PYTEST  := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

##@ Use it

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^##@/ { print "\n" substr($$0, 5) } \
	  /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: $(SERVER) ## serve on 127.0.0.1:8080 until Ctrl-C (ARGS="--port 9000")
	@exec $(BIN)/gamestate serve $(ARGS)

.PHONY: demo
demo: $(SERVER) ## a tour in under a minute against a throw-away server
	@exec $(BIN)/python examples/demo.py $(ARGS)

.PHONY: bench
bench: install ## benchmarks, with progress and a table
	@exec $(BIN)/python -m tests.bench $(ARGS)

##@ Work on it

.PHONY: install
install: $(STAMP) ## .venv with the package, the embedded servers and the test tools

.PHONY: check
check: lint types imports test ## everything CI checks

.PHONY: lint
lint: install ## ruff: rules and format
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

.PHONY: types
types: install ## mypy, strict
	@$(BIN)/mypy

.PHONY: imports
imports: install ## the import contracts: who may know whom
	@$(BIN)/lint-imports

.PHONY: test
test: install ## all tests (ARGS="tests/unit -k mailbox")
	@$(PYTEST) $(ARGS)

.PHONY: soak
soak: install ## all tests at full length, before a release (SEEDS=100000 FROM=0)
	@GAMESTATE_TEST_SOAK=1 $(PYTEST) $(ARGS)

.PHONY: simulate
simulate: install ## whole servers with seeded misfortunes (SEEDS=100000 FROM=0)
	@exec $(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),300) --from $(or $(FROM),0) $(ARGS)

.PHONY: lock
lock: | $(BIN)/pip ## resolve constraints.txt again (ARGS=--upgrade for newer versions)
	@$(PIP) install uv
	@$(build_requires) | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --all-extras --no-annotate --no-emit-index-url --no-emit-find-links \
	  --system-certs --custom-compile-command "make lock" $(ARGS) --output-file constraints.txt pyproject.toml -

.PHONY: clean
clean: ## remove .venv, builds and caches; the world in .gamestate stays
	@rm -rf $(VENV) $(CACHES) build dist ./*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------------------------- the set-up

# What `make run` needs, without the test tools: half the time of a cold start.
# setuptools comes from constraints.txt too, so that a build never takes today's newest.
$(SERVER): pyproject.toml constraints.txt | $(BIN)/pip
	@echo "Installing the server into $(VENV); the first time takes half a minute."
	@$(PIP) install -c constraints.txt setuptools
	@$(PIP) install -c constraints.txt --no-build-isolation -e .
	@touch $@

$(STAMP): $(SERVER)
	@echo "Installing the test tools into $(VENV)."
	@$(PIP) install -c constraints.txt --no-build-isolation -e '.[test]'
	@touch $@

$(BIN)/pip:
	@$(find_python); \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$$python cannot make virtual environments." \
	       "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	"$$python" -m venv $(VENV)

# PYTHON=… decides; else the first of these that is new enough.
define find_python
python=; \
for candidate in "$(PYTHON)" python3 python3.13 python3.12 python3.11 python3.14; do \
  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    && { python=$$candidate; break; }; \
done; \
test -n "$$python" || { \
  echo "gamestate needs Python 3.11 or newer, and none is on the PATH." \
       "Install one, or say where it is: make PYTHON=/path/to/python3" >&2; exit 1; }
endef

define build_requires
$(BIN)/python -c 'import tomllib; \
print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
endef
