"""Find the book's labelled equations, the functions that compute them and the tests of both.

Three sources, read as text, docstrings and syntax trees, so that no page has to be built:

- a labelled display equation on a page: ``$$ ... $$ (label)``, or ``{math}`` with ``:label:``;
- a docstring of a public object of nnlib that says ``:eq:`label```;
- a test marked ``@pytest.mark.equation("label")``, itself or through its class.
"""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent

MARKER = r"(`{3,}(?=[^`]*$)|~{3,}|:{3,})"  # after ``` no other backtick makes a fence
FENCE = re.compile(rf"[ \t]*{MARKER}[ \t]*(?:\{{(?P<directive>[\w:-]+)\}})?(?P<rest>.*)")
CODE = {None, "code", "code-block", "code-cell", "eval-rst", "raw"}  # None: no directive at all
CODE_SPAN = re.compile(r"(?<!`)`(?!`)[^`\n]+`(?!`)")
OPTION = re.compile(r"[ \t]*:([\w-]+):[ \t]*(.*)")
DISPLAY = re.compile(r"\$\$(.+?)\$\$(?:[ \t]*\(([^)$\n]+)\)[ \t]*$)?", re.DOTALL | re.MULTILINE)
EQ_ROLE = re.compile(r":eq:`([^`]+)`")


@dataclass(frozen=True)
class Equation:
    """A labelled equation and the page it stands on, such as ``book/05-softmax``."""

    label: str
    tex: str
    page: str


@dataclass(frozen=True)
class Function:
    """A public object, such as ``nnlib.softmax``, and the equations its docstring names."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Test:
    """A test, such as ``test_shift`` or ``TestSoftmax.test_shift``, and the equations it proves."""

    __test__ = False  # pytest: this is a record of a test, not one to run

    name: str
    file: Path
    labels: tuple[str, ...]


def pages(root: Path = ROOT) -> list[Path]:
    """Return the existing pages of the book in the order of its table of contents."""
    contents = (root / "_toc.yml").read_text("utf-8")
    names = re.findall(r"^[\s-]*(?:root|file):\s*(\S+)", contents, re.MULTILINE)
    candidates = [root / f"{name}{suffix}" for name in names for suffix in (".ipynb", ".md")]
    return [page for page in candidates if page.exists()]


def markdown(page: Path) -> str:
    """Return the Markdown of a page; of a notebook, that of its Markdown cells."""
    text = page.read_text("utf-8")
    if page.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def prose(text: str) -> Iterator[str]:
    """Yield the lines of Markdown that are not code, with ``{math}`` written as ``$$ ... $$``."""
    fences: list[tuple[str, str]] = []  # the open ones: their marker, and what they hold
    label = ""
    for line in text.splitlines():
        marker, holds = fences[-1] if fences else ("", "text")
        fence, option = FENCE.fullmatch(line), OPTION.fullmatch(line)
        bare = fence and not fence["directive"] and not fence["rest"].strip()
        if fence and bare and marker and fence[1].startswith(marker):
            fences.pop()
            if holds == "math":
                yield f"$$ ({label})" if label else "$$"
        elif holds == "code":
            continue
        elif fence and fence["directive"] == "math":
            fences.append((fence[1], "math"))
            label = ""
            yield "$$"
        elif fence:
            fences.append((fence[1], "code" if fence["directive"] in CODE else "text"))
        elif holds == "math" and option:
            label = option[2] if option[1] == "label" else label
        else:
            yield CODE_SPAN.sub("", line)


def labelled(text: str) -> Iterator[tuple[str, str]]:
    """Yield the label and the TeX of each labelled display equation in Markdown."""
    for tex, label in DISPLAY.findall("\n".join(prose(text))):
        if label:
            yield label.strip(), tex.strip()


def equations(root: Path = ROOT) -> list[Equation]:
    """Return the labelled equations in book order; a label defined twice comes twice."""
    return [
        Equation(label, tex, page.relative_to(root).with_suffix("").as_posix())
        for page in pages(root)
        for label, tex in labelled(markdown(page))
    ]


def functions(module: ModuleType) -> list[Function]:
    """Return the public objects of a module, methods included, that name an equation."""
    named: list[tuple[str, object]] = []
    for name in module.__all__:
        member = getattr(module, name)
        named.append((f"{module.__name__}.{name}", member))
        if inspect.isclass(member):
            methods = [method for method in vars(member) if not method.startswith("_")]
            named += [(f"{module.__name__}.{name}.{m}", getattr(member, m)) for m in methods]
    docs = [(name, getattr(member, "__doc__", None) or "") for name, member in named]
    found = [Function(name, tuple(EQ_ROLE.findall(doc))) for name, doc in docs]
    return [function for function in found if function.labels]


def marked(node: ast.FunctionDef | ast.ClassDef, file: Path) -> tuple[str, ...]:
    """Return the labels in the ``pytest.mark.equation`` marks of a function or class."""
    labels: list[str] = []
    for mark in (part for decorator in node.decorator_list for part in ast.walk(decorator)):
        if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("mark.equation"):
            for argument in mark.args:
                if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                    got = f"expected a label in quotes, got {ast.unparse(argument)}"
                    raise ValueError(f"{file.name}:{mark.lineno}: {got}")
                labels.append(argument.value)
    return tuple(dict.fromkeys(labels))


def tests(root: Path = ROOT) -> list[Test]:  # noqa: PT028 (not a test)
    """Return the tests in ``tests/test_*.py`` that are marked with an equation."""
    found: list[Test] = []
    for file in sorted((root / "tests").glob("test_*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found.append(Test(node.name, file, marked(node, file)))
            elif isinstance(node, ast.ClassDef):
                for method in node.body:
                    if isinstance(method, ast.FunctionDef):
                        labels = marked(node, file) + marked(method, file)
                        found.append(Test(f"{node.name}.{method.name}", file, labels))
    return [test for test in found if test.labels and test.name.split(".")[-1].startswith("test")]
