"""Point the Binder, Colab, source and issue buttons at the repository that publishes the book.

The address is written down nowhere: the continuous integration that publishes the book knows it,
and so does the ``origin`` of a clone. A folder on disk, or a host whose pages we do not know the
layout of, gives no button at all.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]

WEB = re.compile(r"https?://(?:[^@/]*@)?(?P<host>[^/@]+)/(?P<path>.+)")
SSH = re.compile(r"ssh://(?:[^@/]*@)?(?P<host>[^/:@]+)(?::\d+)?/(?P<path>.+)")
SCP = re.compile(r"[^@/:]+@(?P<host>[^/:@]+):(?P<path>[^/].*)")  # git@host:owner/name.git


class Repository(NamedTuple):
    """``https://host/owner/name``, the branch, and ``github`` or ``gitlab``."""

    url: str
    branch: str
    provider: str


def git(root: Path, *arguments: str) -> str:
    """Return what git prints, or nothing where git or its repository is missing."""
    command = ["git", "-C", str(root), *arguments]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""


def web_address(remote: str) -> str:
    """Turn a git remote into the address of its page, without credentials; a path gives none."""
    found = WEB.fullmatch(remote) or SSH.fullmatch(remote) or SCP.fullmatch(remote)
    if not found:
        return ""
    host, path = found["host"], found["path"].rstrip("/").removesuffix(".git")
    return f"https://{host}/{path}" if "." in host and "/" in path else ""


def provider_of(url: str) -> str:
    """Return the service whose layout of pages an address has, if its host tells."""
    host = url.split("/")[2] if url else ""
    return next((name for name in ("github", "gitlab") if name in host), "")


def find_repository(env: Mapping[str, str], root: Path = ROOT) -> Repository | None:
    """Return the repository that the book is built from, or None where none is known."""
    branch = git(root, "symbolic-ref", "--short", "HEAD") or "main"
    if env.get("GITHUB_SERVER_URL") and env.get("GITHUB_REPOSITORY"):
        if env.get("GITHUB_REF_TYPE") == "branch":
            branch = env.get("GITHUB_REF_NAME") or branch
        return Repository(
            f"{env['GITHUB_SERVER_URL']}/{env['GITHUB_REPOSITORY']}", branch, "github"
        )
    if env.get("CI_PROJECT_URL"):
        return Repository(env["CI_PROJECT_URL"], env.get("CI_COMMIT_BRANCH") or branch, "gitlab")
    url = web_address(git(root, "remote", "get-url", "origin"))
    provider = provider_of(url)
    return Repository(url, branch, provider) if provider else None


def set_buttons(app: Sphinx, config: Config) -> None:
    """Fill in the theme's options for the three buttons, or switch them off."""
    options: dict[str, Any] = config.html_theme_options
    repository = find_repository(os.environ)
    shown = repository is not None
    options |= {"use_repository_button": shown, "use_issues_button": shown, "path_to_docs": ""}
    options |= {"repository_url": "", "launch_buttons": {}}
    if repository:
        options["repository_url"] = repository.url
        options["repository_branch"] = repository.branch
        options["repository_provider"] = repository.provider
        binder = {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}
        options["launch_buttons"] = binder
    config.html_theme_options = options


class RunLocally(SphinxDirective):
    """Write the three lines that bring the book onto a reader's machine and open it."""

    def run(self) -> list[nodes.Node]:
        repository = find_repository(os.environ)
        address = repository.url if repository else "ADDRESS-OF-THE-REPOSITORY"
        text = f"git clone {address} gradients\ncd gradients\nmake lab"
        return [nodes.literal_block(text, text, language="bash")]


def add_colab(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Offer a chapter on Colab too, from the branch of plain copies that the publishing pushes.

    The theme's own button would open the chapter of the book, which finds no nnlib there.
    """
    repository = find_repository(os.environ)
    if repository and repository.provider == "github":
        path = repository.url.split("/", 3)[3]
        url = f"https://colab.research.google.com/github/{path}/blob/colab/{page}.ipynb"
        for group in context.get("header_buttons", []):
            if group.get("label") == "launch-buttons":
                icon = "_static/images/logo_colab.png"
                button = {"type": "link", "text": "Colab", "tooltip": "Launch on Colab"}
                group["buttons"].append(button | {"icon": icon, "url": url})


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hooks."""
    app.add_directive("run-locally", RunLocally)
    app.connect("config-inited", set_buttons)
    app.connect("html-page-context", add_colab, priority=900)  # after the theme's buttons
    return {"parallel_read_safe": True, "parallel_write_safe": True}
