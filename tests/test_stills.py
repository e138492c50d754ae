"""The stored still pictures of the live figures are those that nnlib draws today."""

import pytest
from stills import IMAGES, STILLS


@pytest.mark.parametrize("name", STILLS)
def test_a_still_is_what_would_be_drawn_now(name: str) -> None:
    assert (IMAGES / f"{name}.svg").read_text("utf-8") == STILLS[name]()
