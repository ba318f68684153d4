# Everything works in a fresh clone with Python 3.11 or newer and make. `make PYTHON=python3.13 …` chooses another Python.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The tools that check the scripts in api/web. Only `make check` and the two targets for scripts need Node.
WEB := api/web
WEB_STAMP := $(WEB)/node_modules/.installed
# The generated client for TypeScript, and what generates it.
CLIENT := clients/typescript
CLIENT_STAMP := $(CLIENT)/node_modules/.installed
TESTS ?=
# Tests wait for databases and browsers more than they compute: a few more at once than there are processors.
JOBS ?= 4
# The quick ones wait less, but each process loads all tests first: a few more than there are processors here, too.
QUICK_JOBS ?= 3
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist worksteal --durations=20
# What drives a browser: `make soak` also runs it with slow ones.
BROWSER_TESTS := tests/journeys $(wildcard tests/patient_portal/*_in_a_browser.py)
# How often `make soak` runs the whole suite.
ROUNDS ?= 10

# Some machines forbid Python to keep what it compiled; then every process of the suite compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo demo-reset test quick soak check check-js bench format format-js lock schema clients pictures look browser release
.DELETE_ON_ERROR:

help:
	@echo "make demo        the whole product on this machine, with a demo practice"
	@echo "make demo-reset  forget what the demo has stored"
	@echo "make test        every test, on SQLite and PostgreSQL (make test TESTS=tests/clinic runs some)"
	@echo "make quick       the tests without PostgreSQL, browsers and processes of ours: for while you work"
	@echo "make soak        long random campaigns, then all tests ten times over in random order: hours"
	@echo "make check       format, lint, types, import rules, schema drift, then every test"
	@echo "make check-js    types, lint, format and unit tests of the scripts that browsers load; needs Node 18 and npm"
	@echo "make bench       the benchmarks"
	@echo "make format      put the code into the house's form"
	@echo "make format-js   the same for the scripts"
	@echo "make schema      write schema.graphql from the code"
	@echo "make clients     write TypeScript client and Bruno collection from schema and clients/operations"
	@echo "make pictures    take the pictures of docs/ from the demo practice"
	@echo "make look        take every room and page, small and large, light and dark, into var/look"
	@echo "make lock        pin the dependencies of pyproject.toml anew"
	@echo "make release     build and check wheel and sdist; publishes nothing (docs/releasing.md)"

demo: $(STAMP)
	@exec $(BIN)/vestibule demo

demo-reset:
	rm -rf var/demo

test: $(STAMP) browser
	$(PYTEST) $(TESTS)

quick: $(STAMP)
	$(BIN)/python -m pytest -n $(QUICK_JOBS) --dist worksteal --durations=20 --quick $(TESTS)

soak: $(STAMP) browser
	VESTIBULE_SOAK=1 $(PYTEST) -m campaign $(TESTS)
	$(BIN)/python -m bench.kill
	$(BIN)/python -m bench.kill_signing --kills 200
	$(BIN)/python -m bench.states
	$(BIN)/python -m bench.outages
	$(BIN)/python -m bench.power_cut
	$(BIN)/python -m bench.restore_drill
	$(BIN)/python -m bench.overload
	$(BIN)/python -m bench.steady
	$(BIN)/python -m bench.starved
	$(BIN)/python -m bench.stood_still
	@for seed in 1 2; do echo "Slow browsers, seed $$seed"; VESTIBULE_TEST_SHAKE=$$seed $(PYTEST) $(BROWSER_TESTS) || exit 1; done
	@for round in $$(seq $(ROUNDS)); do echo "Round $$round of $(ROUNDS)"; $(PYTEST) $(TESTS) || exit 1; done

check: $(STAMP) check-js browser
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -c 'from api.schema import export; print(export(), end="")' | diff -u schema.graphql - \
		|| { echo 'schema.graphql differs from the code. Run: make schema'; exit 1; }
	$(PYTEST) --cache-clear $(TESTS) || $(BIN)/python -m tests.second_try

check-js: $(WEB_STAMP) $(CLIENT_STAMP)
	npm --prefix $(WEB) run --silent check
	npm --prefix $(CLIENT) run --silent check

bench: $(STAMP)
	$(BIN)/python -m bench

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

format-js: $(WEB_STAMP)
	npm --prefix $(WEB) run --silent format

schema: $(STAMP)
	$(BIN)/python -c 'from api.schema import export; print(export(), end="")' > schema.graphql
	@echo "Where npm is, run make clients, too: the TypeScript client may have changed."

clients: $(STAMP) $(CLIENT_STAMP)
	npm --prefix $(CLIENT) run --silent generate
	$(BIN)/python -m tests.bruno

# The pictures in docs/pictures, as everything looks now.
pictures: $(STAMP) browser
	$(BIN)/python -m tests.pictures

# Every room of the staff screen and every page of the portal in both languages, at three widths, light and dark, for people to look at.
look: $(STAMP) browser
	$(BIN)/python -m tests.look

# The journey tests drive a real browser: Playwright's own, or a Chromium the machine has.
browser: $(STAMP)
	@$(BIN)/python -m tests.browser

$(STAMP): pyproject.toml requirements.lock
	@sh .ci/environment "$(PYTHON)" "$(VENV)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(WEB_STAMP): $(WEB)/package.json $(WEB)/package-lock.json
	@command -v npm >/dev/null || { echo 'The scripts are checked with Node 18 or newer: apt-get install nodejs npm' >&2; exit 1; }
	npm --prefix $(WEB) ci --no-progress --loglevel=error
	@touch $@

$(CLIENT_STAMP): $(CLIENT)/package.json $(CLIENT)/package-lock.json
	npm --prefix $(CLIENT) ci --no-progress --loglevel=error
	@touch $@

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

lock: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(LOCK) --extra demo --extra tracing --group dev --output-file requirements.lock pyproject.toml
	$(LOCK) --extra tracing --group build --constraint requirements.lock --output-file requirements-runtime.lock pyproject.toml

release: $(STAMP)
	@$(BIN)/python -m tests.release
