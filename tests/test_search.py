"""The index of the search knows the words of both languages."""

import pytest
from search import Search


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the softmax Jacobian", ["the", "softmax", "Jacobian"]),
        ("熵、信息熵", ["熵", "信息熵", "信息", "息熵"]),
        ("梯度下降", ["梯度下降", "梯度", "度下", "下降"]),
        ("梯度", ["梯度"]),
        ("softmax 回归（多项）", ["softmax", "回归", "多项"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert Search({}).split(text) == words
