# What a person types; the work is done by scripts/. Everything lands in .venv, node_modules and lib:
# remove these, and the next `make` builds them anew. PYTHON=... chooses the interpreter of .venv.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/.venv/node:$(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

PACKAGE := python_shim/giltracer
SOURCES := $(shell find src style schema -type f -not -path '*/__tests__/*') \
  tsconfig.json scripts/bundle-bridge.mjs scripts/bundled-licences.mjs

.PHONY: help
help: ## List the targets
	@echo 'giltracer: make TARGET'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: setup-demo ## Trace a demo notebook headless; write it and an HTML page to demo/out
	@.venv/bin/python demo/run.py

.PHONY: lab
lab: setup-demo ## Open the demo in JupyterLab
	@.venv/bin/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) demo/gil-demo.ipynb

.PHONY: test
test: ## Run all tests; the last line is "N passed, N failed"
	@scripts/test.sh

.PHONY: fuzz
fuzz: setup-test ## Feed a million damaged recordings to the reader (about 15 minutes; FUZZ_STREAMS=N)
	@GILTRACER_FUZZ_STREAMS=$${FUZZ_STREAMS:-1000000} node_modules/.bin/jest --selectProjects core \
	  --testPathPattern src/core/perfdata/__tests__/fuzz.spec

.PHONY: trials
trials: setup-test ## Count how often the intervals of sampled times hold the truth (about 6 minutes; TRIALS=N)
	@GILTRACER_TRIALS=$${TRIALS:-100} .venv/bin/python -m pytest -q -s \
	  python_shim/tests/test_sample_intervals.py

.PHONY: verdicts
verdicts: setup-test ## Count right verdicts on programs of known causes (about 70 minutes; RUNS=N, ONLY='NAME …')
	@PYTHONPATH=python_shim:python_shim/tests .venv/bin/python scripts/verdicts.py \
	  --runs $${RUNS:-10} $(ONLY)

.PHONY: what-if
what-if: setup-test ## Try what what-ifs foretell: record programs, change them, run them again (about 5 minutes; ROUNDS=N)
	@GILTRACER_WHAT_IF_ROUNDS=$${ROUNDS:-3} .venv/bin/python -m pytest -q -s \
	  python_shim/tests/test_what_if.py

.PHONY: bench
bench: setup-test ## Measure the cost of tracing and the speed of the reader; write JSON to bench/out
	@.venv/bin/python bench/run.py

.PHONY: gallery
gallery: setup-test ## Take the pictures in ui-tests/gallery/shots anew (about 3 minutes; look at them)
	@.venv/node/node ui-tests/gallery/take.mjs

.PHONY: build
build: .venv/.installed ## Build the bridge and the extension, and install them into .venv

.PHONY: lint
lint: setup-test ## Check style, types and the direction of dependencies
	@.venv/bin/python scripts/run_tests.py lint

.PHONY: messages
messages: setup-test ## Bring new messages of the interface into the translations (then translate what it lists)
	@.venv/node/node scripts/messages.mjs

.PHONY: lock
lock: ## Pin requirements/*.in anew (needs uv)
	cd requirements && for name in lab test; do \
	  uv pip compile --quiet --universal --upgrade --python-version 3.10 --no-emit-index-url \
	    --no-header --no-annotate $$name.in -o $$name.txt; done

.PHONY: clean
clean: ## Remove everything that was built or installed here
	rm -rf .venv node_modules ui-tests/node_modules lib build dist coverage tsconfig.tsbuildinfo \
	  $(PACKAGE)/_bundle $(PACKAGE)/labextension $(PACKAGE)/_version.py demo/out bench/out \
	  ui-tests/test-results ui-tests/playwright-report

.PHONY: setup-demo setup-test
setup-demo:
	@scripts/system-packages.sh demo
	@$(MAKE) build
setup-test:
	@scripts/system-packages.sh test
	@$(MAKE) build .venv/.requirements-test ui-tests/node_modules/.installed

.venv/.requirements-lab: requirements/lab.txt scripts/make-venv.sh
	@scripts/make-venv.sh $<
	@touch $@

.venv/.requirements-test: requirements/test.txt .venv/.requirements-lab
	@scripts/make-venv.sh $<
	@touch $@

node_modules/.installed: package.json yarn.lock .yarnrc.yml .venv/.requirements-lab
	@echo 'Installing npm packages'
	@scripts/quietly.sh jlpm install --immutable
	@touch $@

ui-tests/node_modules/.installed: ui-tests/package.json ui-tests/yarn.lock .venv/.requirements-lab
	@echo 'Installing npm packages of the browser tests'
	@cd ui-tests && ../scripts/quietly.sh jlpm install --immutable
	@touch $@

$(PACKAGE)/labextension/package.json: node_modules/.installed package.json $(SOURCES)
	@echo 'Building the bridge and the extension'
	@scripts/quietly.sh jlpm build:lib
	@scripts/quietly.sh jlpm build:bridge
	@scripts/quietly.sh jlpm build:labextension
	@touch $@

# Editable: the shim is imported from python_shim; the extension and the server's configuration are
# copied into .venv, so that a new build is installed anew.
.venv/.installed: $(PACKAGE)/labextension/package.json pyproject.toml install.json jupyter-config/server-config/giltracer.json
	@echo 'Installing giltracer into .venv'
	@SKIP_JUPYTER_BUILDER=1 .venv/bin/pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@
