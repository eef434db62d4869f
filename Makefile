# What a person or CI does here. `make` alone lists it.

PYTHON ?=
ARGS ?=
CLOCK ?=
python := .venv/bin/python
# Many tests wait for the clock: more processes than cores make it quick, and where it has to be sure, a few less.
quick := --numprocesses=4 --dist=loadfile
sure := --numprocesses=3 --dist=loadfile
caches := .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

no_python := Python 3.13 or later is needed, with its venv module: install it (pyenv install 3.13, or your package \
manager), or name one: make setup PYTHON=/path/to/python3.13
no_node := Node.js 20 or later is needed, with npm, for Azurite (the local table server): install it from \
https://nodejs.org or with your package manager
node_check := node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' >/dev/null && npm --version
need_node = $(if $(shell ($(node_check)) 2>/dev/null),,$(error $(no_node)))

.PHONY: help setup run ring report test check bench bench-quick bench-routing bench-profile soak fuzz test-az deploy next-steps undeploy approve format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

setup: .venv/installed node_modules/installed ## make .venv and node_modules, where they are not up to date
	@:

# DATA, KEEP and CLOCK count on make's own command line; the environment does not (DATA is often set there).
given = $(if $(filter command,$(firstword $(origin $(1)))),$($(1)))
option = $(if $(call given,$(1)),--$(2) '$(subst ','\'',$($(1)))')
kept = $(if $(filter-out 0 no false,$(call given,KEEP)),--keep)
run: setup ## all of it on this machine, to try; your own CSV files: DATA=folder KEEP=1; another time: CLOCK=2026-12-24T20:00
	@trap : INT; $(python) -m local.demo $(call option,DATA,data) $(kept) $(call option,CLOCK,clock) $(ARGS) || test $$? -eq 130

ring: setup ## one call to what `make run` started: make ring ARGS='...' (ARGS=--help says what)
	@$(python) -m local.ring $(ARGS)

report: setup ## a day of calls, played offline, as the report that people get; opens it
	@$(python) -m tests.tools.report.played_day $(ARGS)

test: setup ## the tests, but for the slowest; ARGS='-k gate' for some of them
	@$(python) -m pytest $(quick) -m 'not slow' $(ARGS)

check: setup ## what CI runs: format, lint, types, layers, all tests
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy
	.venv/bin/lint-imports --no-logo
	$(python) -m pytest $(sure) --cov --cov-report=term-missing:skip-covered

soak: setup ## 20,000 calls with faults at random, and the balance; ARGS='--calls 2000' for fewer
	@$(python) -m local.soak $(ARGS)

bench: setup .bench-venv/installed ## this app beside the usual stack: ten minutes, and docs/performance.md has the figures
	@.bench-venv/bin/python -m bench $(ARGS)

bench-quick: setup .bench-venv/installed ## the same with fewer calls, in a minute; docs/ stays as it is
	@.bench-venv/bin/python -m bench --quick $(ARGS)

bench-routing: setup ## how long deciding takes, and reading a large directory
	@$(python) -m bench.routing

bench-profile: setup ## where the time of a warm call and of a cold start goes
	@$(python) -m bench.profiling

# The usual stack: 280 MB that nothing else here needs.
.bench-venv/installed: requirements.txt bench/requirements.txt .venv/installed
	@echo 'Installing what the bench compares with into .bench-venv: half a minute, 280 MB.'
	@$(python) -m venv --clear .bench-venv && .venv/bin/uv pip sync --quiet --system-certs --require-hashes \
	    --python .bench-venv/bin/python bench/requirements.txt
	@touch $@

test-az: setup .az-venv/installed ## rows that the real az writes; slow
	@AZURE_CLI=.az-venv/bin/az $(python) -m pytest tests/az $(ARGS)

.az-venv/installed:
	@echo 'Installing azure-cli into .az-venv: about a minute.'
	@$(python) -m venv .az-venv && .venv/bin/uv pip install --quiet --system-certs --python .az-venv/bin/python azure-cli
	@touch $@

fuzz: setup ## every property test, with 20,000 examples each; about an hour
	@HYPOTHESIS_PROFILE=long $(python) -m pytest -m hypothesis --numprocesses=2 --durations=0 $(ARGS)

# A setting may stand on make's own command line; the environment does not count (NAME is often set there).
settings = $(shell sed -n 's/^\([A-Z_]*\)=.*/\1/p' deploy/settings.env.example)
quoted = '$(subst ','\'',$(1)=$($(1)))'
words = $(foreach name,$(settings),$(if $(filter command,$(firstword $(origin $(name)))),$(call quoted,$(name))))
deploy: .venv/installed ## everything in Azure, by deploy/settings.env; ARGS=--dry-run prints the commands
	@$(python) -m deploy up $(words) $(ARGS)

next-steps: .venv/installed ## what is left to do by hand after a deployment: consent, Teams app, phone number
	@$(python) -m deploy next-steps $(words) $(ARGS)

undeploy: .venv/installed ## take it away again: shows what goes, and asks
	@$(python) -m deploy down $(words) $(ARGS)

approve: setup ## take the templates of infra as they are now for meant, and print what changed
	@$(python) -m tests.infra.snapshot

format: setup ## put the code into our format
	$(python) -m ruff format .
	$(python) -m ruff check --fix .

# No index, no machine's path and no registry's address may get into these files: they have to install anywhere.
# What the app needs is pinned in requirements.txt alone: the others begin by reading it, and hold what they add.
pin = UV_CUSTOM_COMPILE_COMMAND='make lock' .venv/bin/uv pip compile --quiet --system-certs --universal \
    --python-version 3.13 --generate-hashes --annotation-style line $(ARGS)
of_the_app = $$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' requirements.txt)
pin_more = $(pin) --constraint requirements.txt $(of_the_app) $(1).in -o $(1).txt && \
    { echo '-r $(2)requirements.txt'; sed '/^$$/,$$d' $(1).txt; } >$(1).new && mv $(1).new $(1).txt
lock: setup ## pin the dependencies again; ARGS=--upgrade for newer ones
	$(pin) requirements.in -o requirements.txt
	$(call pin_more,requirements-dev)
	$(call pin_more,bench/requirements,../)
	$(call pin_more,.github/audit,../)
	npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund

clean: ## remove what setup and the tools made
	rm -rf .venv .az-venv .bench-venv node_modules $(caches)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# There is no .venv, or the Python that it was made with has gone.
.PHONY: new_venv
new_venv:
	$(need_node)$(eval found := $(shell PYTHON='$(PYTHON)' sh local/find-python.sh))
	$(if $(found),,$(error $(no_python)))
	@echo 'Making .venv with $(found): about 5 seconds.'
	@'$(found)' -m venv --clear .venv

# uv installs it all in 2 seconds where pip takes 20; pip only fetches uv, and stands in where uv cannot work.
pip := $(python) -m pip --disable-pip-version-check --quiet --quiet install --require-hashes
.venv/installed: requirements.txt requirements-dev.txt $(shell $(python) -S -c '' 2>/dev/null || echo new_venv)
	@echo 'Installing the pinned Python packages into .venv: about 5 seconds, longer on a slow line.'
	@sed -n '/^uv==/,/# via/p' requirements-dev.txt > .venv/uv.txt
	@$(pip) --only-binary :all: -r .venv/uv.txt && \
	    .venv/bin/uv pip sync --quiet --system-certs --require-hashes --python $(python) requirements-dev.txt || \
	    { echo 'That did not work with uv. With pip: about half a minute.'; $(pip) -r requirements-dev.txt; }
	@touch $@

node_modules/installed: package.json package-lock.json
	$(need_node)
	@echo 'Installing Azurite into node_modules: 5 to 20 seconds, 70 MB.'
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
