"""Record what a run of all tests and chapters found, for the page on the health of the book.

`make health` runs them and then this, which writes `book/_health/tests.json`.
"""

import json
import platform
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "book" / "_health"


@dataclass(frozen=True)
class Run:
    """How many tests ran, which of them failed, and how many seconds each file took."""

    tests: int
    skipped: int
    failed: tuple[str, ...]
    seconds: dict[str, float]


def read(report: Path) -> Run:
    """Read a report in JUnit's form; a file is named by its last part, such as ``05-softmax``."""
    cases = list(ET.parse(report).getroot().iter("testcase"))
    seconds: defaultdict[str, float] = defaultdict(float)
    failed = []
    for case in cases:
        file = case.get("classname", "").removesuffix(".ipynb").rpartition(".")[2]
        seconds[file] += float(case.get("time", 0))
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{file}: {case.get('name')}")
    skipped = sum(case.find("skipped") is not None for case in cases)
    return Run(len(cases) - skipped, skipped, tuple(failed), dict(seconds))


def processor() -> str:
    """Return the name of the processor, as the system says it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor()


def covered(report: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return, for each module, its lines and branches and how many of them the tests reach."""
    return {
        Path(name).as_posix().removeprefix("nnlib/").removesuffix(".py"): {
            "lines": file["summary"]["num_statements"],
            "lines reached": file["summary"]["covered_lines"],
            "branches": file["summary"]["num_branches"],
            "branches reached": file["summary"]["covered_branches"],
        }
        for name, file in report["files"].items()
    }


def main() -> int:
    """Read the reports in a folder and write the record."""
    folder = Path(sys.argv[1])
    library, chapters = read(folder / "tests.xml"), read(folder / "chapters.xml")
    for name in library.failed + chapters.failed:
        print(f"failed: {name}", file=sys.stderr)
    record = {
        "processor": processor(),
        "Python": platform.python_version(),
        "tests": library.tests,
        "skipped": library.skipped,
        "seconds": {name: round(s, 1) for name, s in sorted(chapters.seconds.items())},
        "coverage": covered(json.loads((folder / "coverage.json").read_text("utf-8"))),
    }
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / "tests.json"
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return bool(library.failed or chapters.failed)


if __name__ == "__main__":
    sys.exit(main())
