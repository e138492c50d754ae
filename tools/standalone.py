"""Make chapters that run outside their repository: a first cell fetches what they need.

    python tools/standalone.py ADDRESS BRANCH FOLDER

writes them as Colab shows them best, in plain Markdown. The chapters that the built book offers
for download get the first cell only; JupyterLab with jupyterlab-myst renders the rest.
"""

import ast
import re
import sys
from pathlib import Path
from typing import Any

import equations as scan
import nbformat
from chapter_uses import code
from pybtex.database import parse_file

EXTRAS = {"matplotlib": "plots", "sklearn": "sklearn", "dask": "cluster", "distributed": "cluster"}
EXTRAS |= {"joblib": "sklearn", "psutil": "cluster"}  # brought along by these
NEEDS_SKLEARN = {"load_digits", "load_mnist", "load_fashion_mnist", "MLPClassifier"}

FETCH = """\
# Outside the book's own folder, in Colab or as a download, this fetches what the chapter needs.
import os
from pathlib import Path

if not Path("gradients.mplstyle").exists():
    if not Path("{name}").exists():
        !git clone --quiet --depth 1 --branch {branch} {address}
    %pip install --quiet "./{name}{extras}"
    os.chdir("{name}/book")"""

MISSING = """\
**To run this chapter** put it into the folder `book` of the repository that it comes from: its code
imports `nnlib`, which `pip install .` installs there, and its figures use `gradients.mplstyle`."""


def extras(chapter: Path) -> list[str]:
    """Return the optional dependencies of nnlib that the code of a chapter needs."""
    nodes = [node for tree in code(chapter) for node in ast.walk(tree)]
    imported = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    imported += [n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)]
    found = {EXTRAS[root] for name in imported if (root := name.split(".")[0]) in EXTRAS}
    if any(isinstance(n, ast.Attribute) and n.attr in NEEDS_SKLEARN for n in nodes):
        found.add("sklearn")
    return sorted(found)


def first_cell(chapter: Path, address: str, branch: str) -> Any:
    """Return the cell that fetches; where no address is known, one that says what is missing."""
    if not address:
        return nbformat.v4.new_markdown_cell(MISSING, id="fetch")
    name = address.rstrip("/").split("/")[-1].removesuffix(".git")
    needs = extras(chapter)
    source = FETCH.format(
        name=name,
        address=address,
        branch=branch,
        extras=f"[{','.join(needs)}]" if needs else "",
    )
    return nbformat.v4.new_code_cell(source, id="fetch")


def plain(text: str, raw: str, names: dict[str, str]) -> str:
    """Write MyST Markdown as plain Markdown.

    A box becomes a bold line and its text, a figure an image below the address `raw`, the label of
    an equation its tag, and a reference the name of what it refers to.
    """
    out: list[str] = []
    fences: list[tuple[str, str]] = []  # the open ones: marker and directive, "" for code
    options = False
    for line in text.splitlines():
        fence, option = scan.FENCE.fullmatch(line), scan.OPTION.fullmatch(line)
        directive = fence["directive"] if fence else None
        if fence and directive:
            fences.append((fence[1], directive))
            options = True
            out += opening(directive, fence["rest"].strip(), raw)
        elif fence and fences and fence[1].startswith(fences[-1][0]) and not fence["rest"].strip():
            out += [] if fences.pop()[1] else [line]
        elif fence:
            fences.append((fence[1], ""))
            out.append(line)
        elif options and option:
            if option[1] == "alt":
                out[-1] = out[-1].replace("![]", f"![{option[2]}]")
        elif not (fences and fences[-1][1] == "bibliography"):
            options = options and not line
            out.append(line)
    return inline("\n".join(out), names).strip("\n")


def opening(directive: str, argument: str, raw: str) -> list[str]:
    """Return the lines that stand for the opening line of a directive."""
    kind = directive.removeprefix("prf:").removesuffix("-start")
    if kind == "figure":
        return [f"![]({raw}/{argument})"]
    if kind.endswith("-end") or kind == "bibliography":
        return []
    if kind in ("admonition", "dropdown"):
        return [f"**{argument}**", ""]
    if kind == "solution":
        return ["**Solution**", ""]
    return [f"**{kind.capitalize()}{': ' if argument else ''}{argument}**", ""]


def inline(text: str, names: dict[str, str]) -> str:
    """Write out what stands inside lines: labels, roles and references."""
    text = re.sub(r"^\([\w-]+\)=$\n?", "", text, flags=re.MULTILINE)
    text = re.sub(r"\n\$\$ \(([\w-]+)\)$", r"\n\\tag{\1}\n$$", text, flags=re.MULTILINE)
    text = re.sub(r"\{eq\}`([\w-]+)`", r"(\1)", text)
    text = re.sub(r"\{[\w:]+\}`([^`<]+?)\s*<[^`>]*>`", r"\1", text)  # {ref}`words <label>`
    text = re.sub(r"\{(?:func|class|meth)\}`~?([^`]+)`", r"`\1`", text)
    text = re.sub(r"\{cite:p\}`([^`]+)`", lambda m: f"({names[m[1]]})", text)
    text = re.sub(r"\{[\w:]+\}`([^`]+)`", lambda m: names.get(m[1], m[1]), text)
    return re.sub(r"(^|[.:?] )the (?=exercise|figure|theorem)", r"\1The ", text, flags=re.MULTILINE)


def all_names(root: Path = scan.ROOT) -> dict[str, str]:
    """Return how to call the pages, sections, exercises, figures and works that have a label."""
    found: dict[str, str] = {}
    for page in scan.pages(root):
        text = scan.markdown(page)
        source = page.read_text("utf-8")
        found[page.stem] = f"*{re.findall(r'^# (.*)$', text, re.MULTILINE)[0]}*"
        for label, heading in re.findall(r"^\(([\w-]+)\)=\n#+ (.*)$", text, re.MULTILINE):
            found[label] = f"*{heading}*"
        for heading, label in re.findall(r"\{exercise(?:-start)?\} (.*)\n:label: (\S+)", text):
            found[label] = f"the exercise *{heading}*"
        found |= dict.fromkeys(re.findall(r"\b(?:fig|explore)-[\w-]+", source), "the figure")
        found |= dict.fromkeys(re.findall(r"\bthm-[\w-]+", source), "the theorem")
    works = parse_file(root / "book/references.bib").entries
    return found | {key: citation(work) for key, work in works.items()}


def citation(work: Any) -> str:
    """Return authors and year of a work, such as *Rumelhart et al., 1986*."""
    authors = [" ".join(person.last_names) for person in work.persons.get("author", [])]
    who = " and ".join(authors) if len(authors) < 3 else f"{authors[0]} et al."
    return re.sub(r"[{}]", "", f"{who}, {work.fields['year']}")


def main() -> int:
    """Write every chapter into a folder."""
    address, branch, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    raw = address.replace("//github.com/", "//raw.githubusercontent.com/") + f"/{branch}/book"
    names = all_names()
    for chapter in sorted((scan.ROOT / "book").glob("*.ipynb")):
        notebook = nbformat.read(chapter, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = plain(cell.source, raw, names)
        notebook.cells = [cell for cell in notebook.cells if cell.source]
        notebook.cells.insert(1, first_cell(chapter, address, branch))
        nbformat.write(notebook, folder / chapter.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
