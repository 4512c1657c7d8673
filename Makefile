# make run · test · check · bench · lock: each makes .venv by itself from the locked requirements.
PY := .venv/bin/python
# The locks name every package there is to install, so pip is not asked to look for dependencies: some versions of it fail
# on a locked package that another one wants with an extra, as soon as a newer release of that package exists.
INSTALL = python3 -m pip --quiet --disable-pip-version-check --python $(PY) install --no-deps --require-hashes -r

# What is compiled is kept, whatever the environment says: a test run starts many processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check lint format bench mutants lock

run: .venv/run
	$(PY) -m bot run

test: .venv/dev
	$(PY) -m pytest -n 3 --dist worksteal -m "not slow"

# After what `test` runs: what is slow, and the whole of what is tried at random, of which `test` tries a sample.
check: lint test
	TRIALS=all $(PY) -m pytest -n 3 --dist worksteal -m "slow or random" --ignore=tests/scoring
	TRIALS=all $(PY) -m pytest tests/scoring --cov=scoring --cov-branch --cov-fail-under=100 --cov-report=term-missing:skip-covered

lint: .venv/dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo

format: .venv/dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: .venv/dev
	$(PY) -m bench

mutants: export TRIALS = all
mutants: .venv/dev
	.venv/bin/mutmut run && .venv/bin/mutmut results

# Asks a package index, so it is run by hand when a dependency changes; needs uv on the PATH.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

.venv/bin/python:
	python3 -m venv --without-pip .venv

.venv/run: requirements.lock | .venv/bin/python
	@echo "首次运行：正在安装依赖，约半分钟 / installing, about half a minute …"
	@$(INSTALL) requirements.lock
	@touch $@

.venv/dev: requirements-dev.lock | .venv/bin/python
	@echo "installing what the tests need, about a minute …"
	@$(INSTALL) requirements-dev.lock
	@touch $@ .venv/run
