# make demo | test | races | stories | check | bench | bench-forecast | bench-adoption | lock        PYTHON=python3.12 chooses the interpreter, JOBS=4 how many tests at once

UV ?= uv
BIN := .venv/bin
JOBS ?= 2
DJANGO := tests/journeys/relying_parties/django_oidc/requirements
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --only-binary :all: --custom-compile-command "make lock"

.PHONY: demo test races stories check bench bench-forecast bench-adoption lock install install-dev

demo: install
	@exec $(BIN)/idp demo $(ARGS)

test: install-dev
	@$(BIN)/python -m tests.support.chromium
	@$(BIN)/python -m tests.support.old_chromium
	@exec $(BIN)/pytest -n $(JOBS) --dist loadfile $(ARGS)

races: install-dev
	@IDP_TEST_RACE_ROUNDS=200 $(BIN)/pytest -rP tests/journeys/test_races.py $(ARGS)

stories: install-dev
	@$(BIN)/pytest -q -s tests/journeys/test_stories.py $(ARGS)

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy idp
	@for client in clients/*/; do echo "mypy $$client"; $(BIN)/mypy "$$client" || exit 1; done
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --quiet --lint idp/templates
	$(BIN)/djlint --quiet --check idp/templates
	$(BIN)/python -m tests.support.drift

bench: install-dev
	@exec $(BIN)/python -m bench $(ARGS)

bench-forecast: install-dev
	@exec $(BIN)/python -m bench.forecast

bench-adoption: install-dev
	@exec $(BIN)/python -m bench.adoption $(ARGS)

lock:
	$(LOCK) pyproject.toml requirements/build.in --extra demo --extra dev -o requirements/dev.txt
	$(LOCK) pyproject.toml requirements/build.in --extra demo -c requirements/dev.txt -o requirements/demo.txt
	$(LOCK) pyproject.toml requirements/build.in -c requirements/dev.txt -o requirements/production.txt
	$(LOCK) bench/forecast/peers.in -o bench/forecast/peers.txt
	$(LOCK) $(DJANGO).in -o $(DJANGO).txt

install:
	@requirements/install demo

install-dev:
	@requirements/install dev
