# make run · test · check · bench · lock: each makes .venv by itself from the locked requirements.
PY := .venv/bin/python
# The first Python that is new enough and has pip, under whatever name; `make PYTHON=… run` names another.
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(eval PYTHON := $(shell unset PYTHONHOME PYTHONPATH; \
	for one in python3 python3.14 python3.13 python3.12 python3.11; do \
		$$one -c 'import pip; $(NEW_ENOUGH)' 2>/dev/null && echo $$one && break; done))$(PYTHON)
# The locks name every package there is to install, so pip is not asked to look for dependencies: some versions of it fail
# on a locked package that another one wants with an extra, as soon as a newer release of that package exists.
INSTALL = $(PYTHON) -m pip --quiet --disable-pip-version-check --python $(PY) install --no-user --no-deps --require-hashes -r

# What a machine sets for its other programs would lead ours, or pip, elsewhere; where pip finds packages stays as it is.
unexport PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_DRY_RUN PIP_CONSTRAINT
unexport PIP_REQUIRE_VIRTUALENV PIP_REQUIREMENT PIP_EDITABLE PIP_SRC

# What is compiled is kept, whatever the environment says: a test run starts many processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run check lint test slow format bench mutants lock

run: .venv/run
	$(PY) -m bot run

# Everything, and how long each stage of it took.
STAGES = lint test slow

check:
	@for stage in $(STAGES); do \
		since=$$(date +%s); $(MAKE) --no-print-directory $$stage || exit 1; \
		echo "make $$stage: $$(($$(date +%s) - since)) s"; done

test: .venv/dev
	$(PY) -m pytest -n 3 --dist worksteal -m "not slow"

# What is slow, and most of what is tried at random, of which `test` tries a sample; all with TRIALS=long, some minutes more.
slow: export TRIALS := $(or $(TRIALS),all)
slow: .venv/dev
	$(PY) -m pytest -n 2 tests/scoring --cov=scoring --cov-branch --cov-fail-under=100 --cov-report=term-missing:skip-covered
	$(PY) -m pytest -n 4 --dist worksteal -m "slow or random" --ignore=tests/scoring

lint: .venv/dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PY) -m mypy --num-workers 2
	.venv/bin/lint-imports --no-logo

format: .venv/dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: .venv/dev .venv/aiogram/run
	$(PY) -m bench

mutants: export TRIALS = all
mutants: .venv/dev
	.venv/bin/mutmut run && .venv/bin/mutmut results

# Asks a package index, so it is run by hand when a dependency changes; needs uv on the PATH.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --group pyproject.toml:rival -o requirements-rival.lock

# Looked at every time: a .venv of an older Python, or of one that is gone, is made anew, and what depends on it after it.
.venv/pyvenv.cfg: FORCE
	@$(PY) -c '$(NEW_ENOUGH)' 2>/dev/null || { \
		$(or $(PYTHON),false) -c '$(NEW_ENOUGH)' 2>/dev/null || { \
			echo "✗ 需要 3.11 以上的 Python，并带有 pip；$(or $(PYTHON),python3) 是 $$($(or $(PYTHON),python3) -V 2>&1)。请安装新版本再试 / needs Python 3.11 or later with pip" >&2; exit 1; }; \
		test -w . || { echo "✗ 这个文件夹不能写入，装不了依赖 / this folder cannot be written" >&2; exit 1; }; \
		rm -rf .venv && $(PYTHON) -m venv --without-pip .venv; }

FORCE:

.venv/run: requirements.lock .venv/pyvenv.cfg
	@echo "首次运行：正在安装依赖，约半分钟 / installing, about half a minute …"
	@$(INSTALL) requirements.lock
	@touch $@

.venv/dev: requirements-dev.lock .venv/pyvenv.cfg
	@echo "installing what the tests need, about a minute …"
	@$(INSTALL) requirements-dev.lock
	@touch $@ .venv/run

# What the bench is beside, apart from us.
.venv/aiogram/run: requirements-rival.lock .venv/pyvenv.cfg
	@rm -rf .venv/aiogram && $(PYTHON) -m venv --without-pip .venv/aiogram
	@$(subst $(PY),.venv/aiogram/bin/python,$(INSTALL)) requirements-rival.lock
	@touch $@
