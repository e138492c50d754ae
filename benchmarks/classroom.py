"""What one student costs a class server: seconds until a chapter can be run, and memory.

    python benchmarks/classroom.py

starts JupyterLab and then a kernel for each chapter, as JupyterHub would for one student, and
writes ``classroom.json``, which the chapter on more than one machine reads. A chapter's memory is
the highest sum over its kernel and the processes that it started.
"""

import json
import os
import platform
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import nbformat
import psutil
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

BOOK = Path(__file__).resolve().parent.parent / "book"
IMPORTS = "import matplotlib.pyplot, numpy, nnlib; nnlib.MLPClassifier"


def megabytes(pid: int) -> float:
    """Return the memory of a process and of all that it started, shared pages counted for each."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                total += one.memory_info().rss
    return total / 1e6


class Peak(threading.Thread):
    """Look at the memory of a process ten times a second and keep the highest."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.highest, self.stop = pid, 0.0, threading.Event()

    def run(self) -> None:
        while not self.stop.wait(0.1):
            self.highest = max(self.highest, megabytes(self.pid))


def server() -> dict[str, float]:
    """Start JupyterLab and wait until it answers."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    token = secrets.token_hex()
    options = ["--no-browser", "--allow-root", f"--port={port}"]
    options += [f"--IdentityProvider.token={token}"]
    start = time.perf_counter()
    lab = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        cwd=BOOK,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token={token}").read()
                break
            time.sleep(0.05)
        return {"seconds": time.perf_counter() - start, "megabytes": megabytes(lab.pid)}
    finally:
        lab.terminate()
        lab.wait()


def kernel() -> tuple[dict[str, float], dict[str, float]]:
    """Start a kernel, and import in it what a chapter imports."""
    start = time.perf_counter()
    manager, client = start_new_kernel(cwd=str(BOOK))
    try:
        pid = manager.provisioner.process.pid
        empty = {"seconds": time.perf_counter() - start, "megabytes": megabytes(pid)}
        start = time.perf_counter()
        client.execute_interactive(IMPORTS)
        imported = {"seconds": time.perf_counter() - start, "megabytes": megabytes(pid)}
        return empty, imported
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def chapter(path: Path) -> dict[str, float]:
    """Run all cells of a chapter."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(BOOK)}}
    )
    start = time.perf_counter()
    with client.setup_kernel():
        peak = Peak(client.km.provisioner.process.pid)
        peak.start()
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        peak.stop.set()
        peak.join()
    return {"seconds": time.perf_counter() - start, "megabytes": peak.highest}


def main() -> None:
    empty, imported = kernel()
    found = {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "server": server(),
        "kernel": empty,
        "imports": imported,
        "chapters": {path.stem: chapter(path) for path in sorted(BOOK.glob("[0-9]*.ipynb"))},
    }
    text = json.dumps(found, indent=2)
    Path(__file__).with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
