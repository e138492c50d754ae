"""The site's buttons never point at an invented address, and its API page is complete."""

import re
import subprocess
from pathlib import Path

import pytest
from repository import ROOT, Repository, find_repository, provider_of, web_address

import nnlib

# ------------------------------------------------------------------------------- repository buttons


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/owner/name.git",
        "https://github.com/owner/name",
        "https://github.com/owner/name/",
        "https://user:secret@github.com/owner/name.git",
        "https://x-access-token:secret@github.com/owner/name.git",
        "git@github.com:owner/name.git",
        "ssh://git@github.com/owner/name.git",
        "ssh://git@github.com:22/owner/name.git",
    ],
)
def test_the_forms_of_a_hosted_remote(remote: str) -> None:
    assert web_address(remote) == "https://github.com/owner/name"


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/home/someone/gradients",
        "../gradients.git",
        "file:///srv/git/owner/name.git",
        "C:\\Users\\someone\\gradients",
        "C:/Users/someone/gradients",
        "http://localhost/owner/name.git",
        "github-work:owner/name.git",
        "git@github-work:owner/name.git",
        "https://github.com/name",
    ],
)
def test_a_remote_without_a_page_has_no_address(remote: str) -> None:
    assert web_address(remote) == ""


def test_groups_within_groups() -> None:
    assert web_address("git@gitlab.com:a/b/c.git") == "https://gitlab.com/a/b/c"


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://github.com/owner/name", "github"),
        ("https://gitlab.example.org/owner/name", "gitlab"),
        ("https://example.org/github/name", ""),
        ("", ""),
    ],
)
def test_the_host_tells_the_provider(url: str, provider: str) -> None:
    assert provider_of(url) == provider


GITHUB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "owner/name"}


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({}, None),
        ({"GITHUB_SERVER_URL": "https://github.com"}, None),
        (GITHUB, Repository("https://github.com/owner/name", "main", "github")),
        (
            GITHUB | {"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "next"},
            Repository("https://github.com/owner/name", "next", "github"),
        ),
        (
            GITHUB | {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1"},
            Repository("https://github.com/owner/name", "main", "github"),
        ),
        (
            {"CI_PROJECT_URL": "https://gitlab.com/owner/name", "CI_COMMIT_BRANCH": "next"},
            Repository("https://gitlab.com/owner/name", "next", "gitlab"),
        ),
    ],
)
def test_what_the_environment_says(
    env: dict[str, str], found: Repository | None, tmp_path: Path
) -> None:
    assert find_repository(env, tmp_path) == found


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("origin", "found"),
    [
        ("git@github.com:owner/name.git", ("https://github.com/owner/name", "next", "github")),
        ("https://me:pw@gitlab.com/a/b/c", ("https://gitlab.com/a/b/c", "next", "gitlab")),
        ("https://example.org/owner/name.git", None),
        ("/srv/git/name.git", None),
        (None, None),
    ],
)
def test_what_a_clone_says(
    origin: str | None, found: tuple[str, str, str] | None, tmp_path: Path
) -> None:
    git(tmp_path, "init", "--initial-branch=next")
    if origin:
        git(tmp_path, "remote", "add", "origin", origin)
    assert find_repository({}, tmp_path) == found


def test_without_git_there_is_no_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_repository({}, ROOT) is None


# ----------------------------------------------------------------------------------------- API page


def test_every_public_name_is_on_the_api_page() -> None:
    page = (ROOT / "book/api.md").read_text("utf-8")
    listed = re.findall(r"^\.\. auto(?:function|class):: (\w+)$", page, re.MULTILINE)
    assert sorted(listed) == sorted(nnlib.__all__)
