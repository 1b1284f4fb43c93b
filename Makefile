# `make` alone lists the targets. All that is needed is Python 3.11 or 3.12 with venv.
# Nothing is written outside this folder.

# openmmlab, or onedl: the maintained continuation under the same import names.
STACK ?= openmmlab
# Interpreters to try for a new environment, in this order.
PYTHON ?= python3 python3.11 python3.12
# Extra arguments for pytest, or for the demo.
ARGS ?=
# Test processes.
JOBS ?= 2

ifeq ($(filter $(STACK),openmmlab onedl),)
$(error STACK is '$(STACK)'; it must be openmmlab or onedl)
endif

VENV := $(if $(filter onedl,$(STACK)),.venv-onedl,.venv)
PYTHON_VENV := $(VENV)/bin/python
INSTALLED := $(VENV)/installed
REQUIREMENTS := requirements/base.txt requirements/$(STACK).txt requirements/dev.txt
PYTEST = $(PYTHON_VENV) -m pytest -n $(JOBS) --basetemp=$(XDG_CACHE_HOME)/pytest-$(STACK)

export XDG_CACHE_HOME := $(CURDIR)/.cache
export PIP_CACHE_DIR := $(XDG_CACHE_HOME)/pip
export MPLCONFIGDIR := $(XDG_CACHE_HOME)/matplotlib
export TORCHINDUCTOR_CACHE_DIR := $(XDG_CACHE_HOME)/torchinductor
# pip asks rustc for its version, which makes rustup write a file.
export RUSTUP_HOME := $(XDG_CACHE_HOME)/rustup
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_REQUIRE_VIRTUALENV := 1
export PYTHONNOUSERSITE := 1

# Runs pip without a word, unless it fails.
pip = log=$$($(PYTHON_VENV) -m pip install --quiet $(1) 2>&1) || { echo "$$log" >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help setup test test-slow fuzz lint format demo clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18
	@echo "STACK=onedl chooses the other OpenMMLab stack, ARGS='...' is passed on"

setup: $(INSTALLED) | $(XDG_CACHE_HOME)  ## create the environment, or bring it up to date

test: setup  ## run the tests, but for the slow ones
	$(PYTEST) $(ARGS)

test-slow: setup  ## run the tests that take minutes each
	$(PYTEST) -m slow $(ARGS)

fuzz: setup  ## try layers, configs and files with twenty times as many examples
	HYPOTHESIS_PROFILE=fuzz $(PYTEST) tests/fuzzing $(ARGS)

lint: setup  ## check style
	$(PYTHON_VENV) -m ruff check
	$(PYTHON_VENV) -m ruff format --check

format: setup  ## repair style where ruff can
	$(PYTHON_VENV) -m ruff check --fix
	$(PYTHON_VENV) -m ruff format

demo: setup  ## train a baseline and its CNSN twin on miniature scenes and compare them
	$(PYTHON_VENV) tools/demo.py $(ARGS)

clean:  ## remove the environments and caches; data and work_dirs stay
	rm -rf .venv .venv-onedl .cache .hypothesis .pytest_cache .ruff_cache *.egg-info

$(INSTALLED): $(REQUIREMENTS) pyproject.toml | $(PYTHON_VENV)
	@echo 'installing torch'
	@$(call pip,--constraint requirements/base.txt torch)
	@echo 'installing the $(STACK) stack and the development tools'
	@$(call pip,--no-deps --requirement requirements/$(STACK).txt --requirement requirements/dev.txt)
	@echo 'installing cnsn-seg'
	@$(call pip,--no-deps --no-build-isolation --editable .)
	@touch $@

$(PYTHON_VENV):
	@for python in $(PYTHON); do \
	    if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
	        2>/dev/null; then \
	        echo "creating $(VENV) with $$($$python --version)"; \
	        $$python -m venv $(VENV) && exit 0; \
	        rm -rf $(VENV); \
	        exit 1; \
	    fi; \
	done; \
	echo 'Python 3.11 or 3.12 not found; name one: make setup PYTHON=/path/to/python3.11' >&2; \
	exit 1

$(XDG_CACHE_HOME):
	@mkdir $@
