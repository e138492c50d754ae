"""Each entry of the glossary leads to where its term is introduced, and terms lead back."""

import re
from pathlib import Path

import pytest
from terms import spellings

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "book/glossary.md").read_text("utf-8").partition(":::{glossary}\n")[2]
ENTRIES = dict(re.findall(r"^(\S.*)\n  (.*)$", TEXT.removesuffix(":::\n"), re.MULTILINE))
LINK = re.compile(r"(\{(num)?ref\}`[\w-]+`|\[\]\(\d\d-\w+\.ipynb#[\w-]+\))$")


def test_the_glossary_is_read_whole() -> None:
    assert len(ENTRIES) == TEXT.count("\n\n") + 1 > 150


@pytest.mark.parametrize("term", ENTRIES)
def test_an_entry_says_it_in_chinese_and_ends_with_a_link(term: str) -> None:
    """That the link leads somewhere is for the build to say, which takes a warning as an error."""
    chinese, _, meaning = ENTRIES[term].partition(". ")
    assert re.search(r"[\u4e00-\u9fff]", chinese) or term == "softmax"
    assert LINK.search(meaning), meaning


def test_entries_are_in_order() -> None:
    assert list(ENTRIES) == sorted(ENTRIES, key=str.lower)


def test_spellings() -> None:
    assert set(spellings("rectified linear unit (ReLU)")) >= {"rectified linear unit", "relu"}
    assert set(spellings("fan-in, fan-out")) >= {"fan-in", "fan-out"}
    assert "soft labels" in spellings("soft label")
