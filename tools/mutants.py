"""Compare the mutants that no test noticed with those explained: `make mutants` ends with this.

`tests/mutants.toml` lists the changes of nnlib that no test can or should notice, each with its
reason: by function and by the changed line, because mutmut's numbers move with the code. A mutant
that lives and is not listed is an error, and so is a listed one that is no longer there. The record
for the book's page is written when all mutants were tried.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import records

TABLE = Path(__file__).resolve().parent.parent / "tests" / "mutants.toml"
RESULT = re.compile(r"^\s*nnlib\.(?P<name>\S+)__mutmut_\d+: (?P<status>[a-z ]+)$")
NOTICED = ("killed", "timeout")


@dataclass(frozen=True, order=True)
class Change:
    """One line of a function, before and after."""

    function: str
    before: str
    after: str


def function(name: str) -> str:
    """Return ``layers.Linear.forward`` for mutmut's ``layers.xǁLinearǁforward``."""
    module, _, rest = name.rpartition(".")
    rest = rest.removeprefix("xǁ").removeprefix("x_").replace("ǁ", ".")
    return f"{module}.{rest}" if module else f"__init__.{rest}"


def change(name: str, diff: str) -> Change:
    """Return the change that a diff shows."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )
    return Change(function(name), before, after)


def explained(table: str) -> dict[Change, str]:
    """Return the reasons that a table in TOML gives; one may hold for several changes of a line."""
    reasons = {}
    for entry in tomllib.loads(table)["mutant"]:
        afters = entry["after"] if isinstance(entry["after"], list) else [entry["after"]]
        for after in afters:
            reasons[Change(entry["function"], entry["before"], after)] = entry["reason"]
    return reasons


def faults(alive: Iterable[Change], reasons: dict[Change, str]) -> Iterator[str]:
    """Say which mutants live without a reason, and which reasons are for nothing."""
    alive = set(alive)
    for c in sorted(alive - reasons.keys()):
        yield f"no test notices, in {c.function}:\n  - {c.before}\n  + {c.after}"
    for c in sorted(reasons.keys() - alive):
        yield f"explained, but not alive, in {c.function}:\n  - {c.before}\n  + {c.after}"


def mutmut(*arguments: str) -> str:
    """Return what mutmut prints."""
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    return done.stdout


def main() -> int:
    """Print what is wrong; write the record if nothing is and all mutants were tried."""
    results = mutmut("results", "--all", "true").splitlines()
    alive: list[Change] = []
    statuses: Counter[tuple[str, str]] = Counter()
    for line in results:
        if found := RESULT.match(line):
            statuses[function(found["name"]).partition(".")[0], found["status"]] += 1
            if found["status"] not in (*NOTICED, "not checked"):
                name = line.strip().partition(":")[0]
                alive.append(change(found["name"], mutmut("show", name)))
    reasons = explained(TABLE.read_text("utf-8"))
    untried = sum(n for (_, status), n in statuses.items() if status == "not checked")
    wrong = [f for f in faults(alive, reasons) if not (untried and f.startswith("explained"))]
    print(*wrong, sep="\n")
    print(f"{statuses.total()} mutants, {len(alive)} alive, {untried} not tried")
    if wrong or untried:
        return bool(wrong)
    modules = sorted({module for module, _ in statuses})
    record = {
        "mutmut": version("mutmut"),
        "mutants": statuses.total(),
        "killed": sum(n for (_, status), n in statuses.items() if status == "killed"),
        "timeout": sum(n for (_, status), n in statuses.items() if status == "timeout"),
        "explained": [asdict(c) | {"reason": reasons[c]} for c in sorted(alive)],
        "by_module": {
            module: {
                "mutants": sum(n for (m, _), n in statuses.items() if m == module),
                "noticed": sum(statuses[module, status] for status in NOTICED),
            }
            for module in modules
        },
    }
    records.FOLDER.mkdir(exist_ok=True)
    path = records.FOLDER / "mutants.json"
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
