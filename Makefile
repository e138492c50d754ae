# Needs only make and Python >= 3.11 with venv. Everything else goes into .venv,
# in the exact versions of requirements.txt, which are also Binder's.

# Yours to set: the address's port, how many chapters run at the same time, and what
# else to tell a command (make lock ARGS=--upgrade, make notebooks ARGS=book/01-neuron.ipynb).
PORT ?= 8000
WORKERS ?= 2
ARGS ?=

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
PY := $(BIN)/python
LOCK_PY := $(PY:.venv/%=_build/lock/%)
BENCH_PY := $(PY:.venv/%=_build/bench/%)

# What the surrounding shell, another environment or a personal configuration
# says about Python must not change a result here.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONWARNINGS PYTHONOPTIMIZE
unexport VIRTUAL_ENV CONDA_PREFIX __PYVENV_LAUNCHER__
unexport PIP_TARGET PIP_PREFIX PIP_CONSTRAINT PIP_REQUIRE_VIRTUALENV
unexport PYTEST_ADDOPTS PYTEST_PLUGINS MPLBACKEND MATPLOTLIBRC
export PYTHONNOUSERSITE := 1
export PYTHONUTF8 := 1
export PIP_USER := no
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export IPYTHONDIR := $(CURDIR)/.venv/ipython
export MPLCONFIGDIR := $(CURDIR)/.venv/matplotlib
export PYDEVD_DISABLE_FILE_VALIDATION := 1

# The second run of the chapters pretends to be another computer: an old
# processor's matrix kernels, none of NumPy's wide instructions, one thread.
ELSEWHERE := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 VECLIB_MAXIMUM_THREADS=1
ifneq ($(filter x86_64 amd64,$(shell uname -m)),)
ELSEWHERE += OPENBLAS_CORETYPE=Nehalem NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4"
endif

# Strict nbval. Warnings inside a chapter still fail it (they are output that was
# not there before); those of Jupyter's own machinery are none of our business.
NBVAL := $(PY) -m pytest -q -n $(WORKERS) --dist loadscope \
	-W default --nbval --nbval-current-env --nbval-cell-timeout 120

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help book test lint types docstrings unit chapters elsewhere browser lighthouse serve lab notebooks cheatsheet pdf tex-packages colab binder benchmarks oracles mutants portability health lock clean stale

help:
	@echo "make book        build the book, every warning an error"
	@echo "make test        run every check: style, types, docstrings, tests, chapters"
	@echo "make elsewhere   run the chapters again as an older processor would"
	@echo "make browser     look at every page of the built book in Chromium or Chrome"
	@echo "make lighthouse  measure how fast and how heavy the pages are"
	@echo ""
	@echo "make serve       show the built book on http://127.0.0.1:$(PORT)"
	@echo "make lab         open the chapters in JupyterLab"
	@echo "make notebooks   run all chapters and store their outputs"
	@echo "make cheatsheet  print the page of all formulas to one sheet (needs Chromium)"
	@echo "make benchmarks  measure nnlib beside other libraries, for the page on speed"
	@echo "make oracles     compare nnlib with PyTorch and JAX, values and gradients"
	@echo "make pdf         set the whole book with TeX (it says which packages it needs)"
	@echo "make binder      build what Binder would, and run and open every chapter there"
	@echo "make mutants     break nnlib in many small ways, list what no test notices (an hour)"
	@echo "make portability run the chapters as other processors, versions and Pythons would"
	@echo "make health      run the tests once more, and record times and coverage for the book"
	@echo "make lock        work out requirements.txt anew (ARGS=--upgrade: newest versions)"
	@echo "make clean       remove what these commands made, the environment included"
	@echo ""
	@echo "Parts of make test: lint, types, docstrings, unit, chapters."
	@echo "Another Python for the environment: make clean, then make book PYTHON=python3.12"

# ---------------------------------------------------------------- environment

# A moved checkout, or a Python that is gone, makes an environment useless.
STALE := $(shell test "$$(cat .venv/ready 2>/dev/null)" = "$(CURDIR)" \
	&& $(PY) -E -c '' 2>/dev/null || echo stale)

# Leaves the first fit Python in $$python, or says what was found and stops.
define find_python
if [ -n "$$PYTHON" ]; then set -- "$$PYTHON"; \
else set -- python3 python python3.13 python3.12 python3.11 py; fi; \
found=; fit=; \
for python in "$$@"; do \
  version=$$("$$python" -c 'import sys; sys.stdout.write("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue; \
  if ! "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
    found="$$found; $$python is Python $$version, too old"; \
  elif ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
    found="$$found; $$python is Python $$version, but without venv (Debian, Ubuntu: apt install python3-venv)"; \
  else fit=yes; break; fi; \
done; \
if [ -z "$$fit" ]; then \
  echo "This needs Python 3.11 or newer with its venv module."; \
  if [ -n "$$found" ]; then echo "Found: $${found#; }."; else echo "Found none, looked for: $$*."; fi; \
  echo "Name another one like this: make book PYTHON=/path/to/python3"; \
  exit 1; \
fi >&2
endef

.venv/ready: requirements.txt pyproject.toml $(STALE)
	@$(if $(STALE)$(filter requirements.txt,$?),$(find_python); \
	  echo "==> environment: .venv with Python $$version"; \
	  "$$python" -m venv --clear .venv)
	@echo "==> environment: installing requirements.txt (the first time about a minute)"
	@$(PY) -m pip install --quiet -r requirements.txt
	@printf '%s' "$(CURDIR)" > $@

# ------------------------------------------------------------------------ book

# --all: a page that has not changed since the last build would keep its warnings to itself; and one
# that is no more would stay in an old folder, and come along in the download.
book: .venv/ready
	@echo "==> book: building, every warning an error"
	@rm -rf _build/html
	@$(BIN)/jupyter-book build . --all -W --keep-going -n --quiet
	@echo ""
	@echo "The book is in _build/html. Open this in a browser:"
	@$(PY) -c 'import pathlib; print(" ", pathlib.Path("_build/html/index.html").resolve().as_uri())'
	@echo "or run: make serve"

serve: .venv/ready
	@test -f _build/html/index.html || $(MAKE) --no-print-directory book
	@echo "==> http://127.0.0.1:$(PORT)/ (stop with Ctrl-C)"
	@$(PY) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

lab: .venv/ready
	@cd book && ../$(PY) -m jupyterlab

notebooks: .venv/ready
	@echo "==> notebooks: running the chapters, storing their outputs"
	@$(PY) tools/notebooks.py $(ARGS)

# Kept beside the pages, not among them; the next 'make book' takes it in and links it.
cheatsheet: .venv/ready
	@test -f _build/html/book/cheatsheet.html || $(MAKE) --no-print-directory book
	@echo "==> cheatsheet: printing one page"
	@mkdir -p _build/pdf
	@$(PY) tools/print_page.py _build/html/book/cheatsheet.html _build/pdf/cheatsheet.pdf
	@echo "_build/pdf/cheatsheet.pdf"

# ------------------------------------------------------------------ benchmarks

# Ten minutes on a computer that does nothing else. PyTorch stays out of .venv.
benchmarks: _build/bench/ready
	@for threads in 1 2; do \
	  echo "==> benchmarks: $$threads thread(s)"; \
	  OMP_NUM_THREADS=$$threads OPENBLAS_NUM_THREADS=$$threads $(BENCH_PY) -m pytest -q \
	    -o addopts= -o filterwarnings=default -o python_files='bench_*.py' \
	    --benchmark-columns=median --benchmark-json=_build/bench/$$threads.json \
	    $$([ $$threads = 1 ] && echo benchmarks || echo benchmarks/bench_epoch.py) $(ARGS) || exit 1; \
	done
	@echo "==> benchmarks: results, tables and picture"
	@$(BENCH_PY) benchmarks/collect.py _build/bench/1.json _build/bench/2.json

_build/bench/ready: requirements.txt pyproject.toml
	@$(find_python); \
	echo "==> an environment with PyTorch and JAX (about 1 GB)"; \
	"$$python" -m venv --clear _build/bench
	@$(BENCH_PY) -m pip install --quiet "pip>=25.1"
	@$(BENCH_PY) -m pip install --quiet -r requirements.txt --group bench
	@touch $@

# make test leaves these out where PyTorch and JAX are not; here it is an error.
oracles: _build/bench/ready
	@echo "==> oracles: nnlib against PyTorch and JAX"
	@$(BENCH_PY) -c 'import jax, torch'
	@$(BENCH_PY) -m pytest -q -n $(WORKERS) -W default -m oracle tests $(ARGS)

# ------------------------------------------------------------------ PDF, Binder

TEX := latexmk texlive-latex-recommended texlive-latex-extra texlive-fonts-recommended \
	texlive-fonts-extra texlive-xetex texlive-lang-chinese tex-gyre lmodern xindy \
	fonts-dejavu fonts-noto-cjk librsvg2-bin

tex-packages:
	@echo $(TEX)

# A reference that leads nowhere or a sign that no font has is an error.
pdf: .venv/ready
	@for tool in latexmk xelatex xindy rsvg-convert; do command -v $$tool >/dev/null || { \
	  echo "This needs TeX. Debian, Ubuntu: apt install --no-install-recommends $(TEX)"; exit 1; }; done
	@echo "==> pdf: setting the book, some minutes"
	@mkdir -p _build/pdf
	@$(BIN)/jupyter-book build . --builder pdflatex --all -n --quiet > _build/pdf/build.log 2>&1 \
	  || { tail -40 _build/pdf/build.log; exit 1; }
	@! grep -E 'Missing character|There were undefined references' \
	  _build/latex/gradients-you-can-check.log
	@cp _build/latex/gradients-you-can-check.pdf _build/pdf/
	@echo "_build/pdf/gradients-you-can-check.pdf"

# Plain copies of the chapters with a first cell that fetches the rest from ADDRESS.
BRANCH ?= main
colab: .venv/ready
	@test -n "$(ADDRESS)" || { \
	  echo "Say where the repository is: make colab ADDRESS=https://github.com/NAME/REPOSITORY"; exit 1; }
	@$(PY) tools/standalone.py $(ADDRESS) $(BRANCH) _build/colab
	@echo "_build/colab"

# The steps of repo2docker, Binder's builder, from the files that are committed.
BINDER := _build/binder
BINDER_PYTHON ?= $(subst -,,$(shell cat runtime.txt))

binder: .venv/browser
	@echo "==> binder: the environment that Binder builds, with $(BINDER_PYTHON)"
	@rm -rf $(BINDER) && mkdir -p $(BINDER)
	@git clone --quiet . $(BINDER)/home
	@$(BINDER_PYTHON) -m venv $(BINDER)/env
	@cd $(BINDER)/home && ../env/bin/pip install --quiet -r requirements.txt
	@cd $(BINDER)/home && ../env/bin/pip install --quiet .
	@echo "==> binder: running every chapter there, comparing the outputs"
	@cd $(BINDER)/home && ../env/bin/python -m pytest -q -n $(WORKERS) --dist loadscope \
	  -W default --nbval --nbval-current-env --nbval-cell-timeout 120 book/*.ipynb
	@echo "==> binder: opening every chapter in JupyterLab"
	@$(PY) tools/open_in_lab.py $(BINDER)/env/bin/jupyter $(BINDER)/home
	@echo "==> binder: a chapter by itself, as on Colab or downloaded"
	@$(BINDER_PYTHON) -m venv $(BINDER)/bare
	@$(BINDER)/bare/bin/pip install --quiet ipykernel nbclient
	@$(BINDER)/bare/bin/python tools/run_alone.py $(BINDER)/home $(BINDER)/alone

# ------------------------------------------------------------------------ test

test: lint types docstrings unit chapters
	@echo "==> all checks passed"

lint: .venv/ready
	@echo "==> ruff: rules and format"
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check

types: .venv/ready
	@echo "==> mypy: types"
	@$(PY) -m mypy

docstrings: .venv/ready
	@echo "==> numpydoc: docstrings"
	@$(PY) -m numpydoc lint $(wildcard nnlib/*.py nnlib/*/*.py)

unit: .venv/ready
	@echo "==> pytest: unit tests, examples of the docstrings and of the README"
	@$(PY) -m pytest -q -n $(WORKERS) --dist worksteal

chapters: .venv/ready
	@echo "==> nbval: the chapters' outputs against a fresh run"
	@$(NBVAL) book/*.ipynb

# Not part of make test, which would take half as long again. Every change is run with it.
elsewhere: .venv/ready
	@echo "==> nbval: again with $(ELSEWHERE)"
	@$(ELSEWHERE) $(NBVAL) book/*.ipynb

# --------------------------------------------------------------------- browser

# Not part of make test: it wants the built book and a browser, which is the system's.
.venv/browser: .venv/ready pyproject.toml
	@$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["browser"], sep="\n")' > .venv/browser.txt
	@$(PY) -m pip install --quiet -r .venv/browser.txt
	@touch $@

browser: .venv/browser
	@test -f _build/html/index.html || $(MAKE) --no-print-directory book
	@echo "==> browser: every page, light and dark, on a desk and on a phone"
	@CHROME_PATH="$(CHROME_PATH)" $(PY) -m pytest -q -n $(WORKERS) --dist worksteal tests/browser $(ARGS)

# How fast and how heavy each page is; a measurement, and so no part of a check. Needs Node.
lighthouse: .venv/ready
	@test -f _build/html/index.html || $(MAKE) --no-print-directory book
	@CHROME_PATH="$(CHROME_PATH)" $(PY) tools/lighthouse.py $(ARGS)

# ---------------------------------------------------------------- housekeeping

# One version per package for Python 3.11 to 3.13 on Linux, macOS and Windows, from the
# lists in pyproject.toml. Versions stay as they are unless something needs a change.
lock:
	@$(find_python); \
	echo "==> lock: working out requirements.txt"; \
	"$$python" -m venv --clear _build/lock
	@$(LOCK_PY) -m pip install --quiet uv
	@$(LOCK_PY) -m uv pip compile --quiet pyproject.toml --group dev --all-extras \
	  --universal --python-version 3.11 --fork-strategy fewest \
	  --no-header --annotation-style line --output-file requirements.txt $(ARGS)
	@{ echo "# Made by 'make lock' from the lists in pyproject.toml; do not edit."; \
	   cat requirements.txt; echo "-e ."; } > _build/lock/requirements.txt
	@mv _build/lock/requirements.txt requirements.txt

# Not in requirements.txt: it brings much that only this needs. MUTANTS names what to change,
# for example MUTANTS='nnlib.losses.*'; what was tried before and has not changed is not tried again.
mutants: .venv/ready
	@echo "==> mutmut: changing nnlib, one thing at a time"
	@$(PY) -m pip install --quiet mutmut==3.8.1
	@$(BIN)/mutmut run --max-children $(WORKERS) $(MUTANTS)
	@echo "==> mutmut: those that no test noticed, against tests/mutants.toml"
	@$(PY) tools/mutants.py

# Of these Pythons those that are found. The first and the last have to be there.
PYTHONS ?= python3.11 python3.12 python3.13

portability: .venv/ready
	@echo "==> portability: other processors, threads, versions and Pythons (half an hour)"
	@WORKERS=$(WORKERS) $(PY) tools/portability.py $(PYTHONS)

health: .venv/ready
	@echo "==> health: the tests with coverage, then the chapters, for their times"
	@mkdir -p _build/health
	@$(BIN)/coverage run --branch --source=nnlib --data-file=_build/health/coverage \
	  -m pytest -q --junitxml=_build/health/tests.xml
	@$(BIN)/coverage json -q --data-file=_build/health/coverage -o _build/health/coverage.json
	@$(NBVAL) -n 1 --junitxml=_build/health/chapters.xml book/*.ipynb
	@$(PY) tools/records.py _build/health

clean:
	rm -rf .venv _build mutants
	find nnlib tests tools book -name __pycache__ -prune -exec rm -rf {} +
