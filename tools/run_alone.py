"""Run a chapter the way a reader on Colab does: nothing but the notebook in an empty folder.

    python tools/run_alone.py REPOSITORY FOLDER

Its first cell clones the repository, here from disk, and installs what the chapter needs.
"""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

CHAPTER = "05-softmax.ipynb"


def main() -> int:
    """Write the chapters, run one, and ask its last cell where it is."""
    repository, folder = (Path(argument).resolve() for argument in sys.argv[1:])
    address = repository.as_uri()
    branch = subprocess.check_output(
        ["git", "-C", str(repository), "branch", "--show-current"], text=True
    ).strip()
    writer = repository.parent / "env/bin/python"
    script = repository / "tools/standalone.py"
    subprocess.run([str(writer), str(script), address, branch, str(folder)], check=True)
    notebook = nbformat.read(folder / CHAPTER, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
    print(f"{CHAPTER} ran alone, all {len(notebook.cells)} cells")
    return 0


if __name__ == "__main__":
    sys.exit(main())
