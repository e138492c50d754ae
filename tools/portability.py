"""Run the chapters as other computers would, and compare every output: `make portability`.

    python tools/portability.py [PYTHON ...]

Three things change, one at a time: the processor, the versions of the libraries, and Python. The
first PYTHON runs the locked versions on every processor, with one thread and with two. Each further
one runs the locked versions once. The oldest versions that pyproject.toml allows run on the first
PYTHON, the newest there are on the last; with these the other tests run too.
What was tried, and what came of it, is written to `book/_health/portability.json`.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import records
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build" / "portability"
LIBRARIES = ("numpy", "scipy", "scikit-learn", "matplotlib")
THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

# OpenBLAS, behind `@`, has kernels for each of these and takes the ones it is told to;
# NumPy leaves alone the wide instructions that such a processor does not have.
OWN = "this one"
PROCESSORS = {
    OWN: {},
    "Haswell (AVX2)": {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V4"},
    "Sandybridge (AVX)": {
        "OPENBLAS_CORETYPE": "Sandybridge",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
    },
    "Nehalem (SSE4.2)": {
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
    },
    "Prescott (SSE3)": {
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
    },
}

ABOUT = """
import json, platform
from importlib.metadata import version
import numpy
from threadpoolctl import threadpool_info
blas = next(p for p in threadpool_info() if p["user_api"] == "blas")
print(json.dumps({
    "Python": platform.python_version(),
    **{name: version(name) for name in %r},
    "kernels": blas.get("architecture", blas["internal_api"]),
}))
"""


@dataclass(frozen=True)
class Trial:
    """One row of the table."""

    python: Path
    versions: str
    processor: str = OWN
    threads: int = 2
    library: bool = False  # whether the tests of the library run, too

    def environment(self) -> dict[str, str]:
        """Return the variables that make a process compute as this trial's computer would."""
        threads = dict.fromkeys(THREADS, str(self.threads))
        return {**os.environ, **threads, **PROCESSORS[self.processor]}


def oldest() -> list[str]:
    """Return the lower bounds that pyproject.toml gives, as exact versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = [
        *project["project"]["dependencies"],
        *(r for extra in project["project"]["optional-dependencies"].values() for r in extra),
        *(r for r in project["dependency-groups"]["dev"]),
    ]
    bounds = {}
    for requirement in map(Requirement, lines):
        for bound in requirement.specifier:
            if requirement.name in LIBRARIES and bound.operator == ">=":
                bounds[requirement.name] = bound.version
    return [f"{name}=={bounds[name]}" for name in LIBRARIES]  # a KeyError: a bound is missing


def install(python: str, versions: str) -> Path:
    """Make an environment and return its Python."""
    folder = BUILD / f"{Path(python).name}-{versions}"
    own = folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def pip_install(*what: str) -> None:
        subprocess.run([str(own), "-m", "pip", "install", "-qq", *what], check=True, cwd=ROOT)

    subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
    pip_install("-r", "requirements.txt")
    if versions == "oldest":
        pip_install(*oldest())
    if versions == "newest":
        pip_install("--upgrade", *LIBRARIES)
    return own


def trials(pythons: list[str]) -> Iterator[Trial]:
    """Yield the rows, and make each environment just before it is needed."""
    first = install(pythons[0], "locked")
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    for processor in PROCESSORS if x86 else (OWN,):
        for threads in (1, 2):
            yield Trial(first, "locked", processor, threads)
    for python in pythons[1:]:
        yield Trial(install(python, "locked"), "locked")
    yield Trial(install(pythons[0], "oldest"), "oldest", library=True)
    yield Trial(install(pythons[-1], "newest"), "newest", library=True)


def run(trial: Trial, *arguments: str) -> records.Run:
    """Run pytest as a trial says."""
    report = BUILD / "report.xml"
    report.unlink(missing_ok=True)
    command = [trial.python, "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
    subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=trial.environment(),
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return records.read(report)


def outcome(trial: Trial, workers: str) -> dict[str, Any]:
    """Run a trial and return its row."""
    about = subprocess.run(
        [trial.python, "-c", ABOUT % (LIBRARIES,)],
        env=trial.environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    nbval = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=300", "-W", "default"]
    chapters = sorted(str(path) for path in (ROOT / "book").glob("[0-9]*.ipynb"))
    cells = run(trial, "-n", workers, "--dist", "loadscope", *nbval, *chapters)
    row = {
        "versions": trial.versions,
        "processor": trial.processor,
        "threads": trial.threads,
        **json.loads(about.stdout),
        "cells": cells.tests,
        "wrong": list(cells.failed),
    }
    if trial.library:
        # test_health asks for the record that is being made here. An old Matplotlib makes newer
        # packages warn of it, which elsewhere would be an error.
        without = ("-m", "not oracle", "--ignore=tests/test_health.py", "-W", "default")
        tests = run(trial, "-n", workers, *without)
        row |= {"tests": tests.tests, "failed": list(tests.failed)}
    return row


def main() -> int:
    """Run all trials, print and record them."""
    pythons = [python for python in sys.argv[1:] if shutil.which(python)]
    for python in set(sys.argv[1:]) - set(pythons):
        print(f"{python}: not on this computer, so not tried")
    if not pythons:
        print("expected the names of Pythons, such as python3.11 python3.13", file=sys.stderr)
        return 2
    BUILD.mkdir(parents=True, exist_ok=True)
    rows = []
    for trial in trials(pythons):
        row = outcome(trial, os.environ.get("WORKERS", "2"))
        rows.append(row)
        print(*(f"{key} {value}" for key, value in row.items()), sep=", ", flush=True)
    record = {"system": f"{platform.system()} {platform.machine()}", "rows": rows}
    records.FOLDER.mkdir(exist_ok=True)
    (records.FOLDER / "portability.json").write_text(json.dumps(record, indent=1) + "\n")
    return any(row["wrong"] or row.get("failed") for row in rows)


if __name__ == "__main__":
    sys.exit(main())
