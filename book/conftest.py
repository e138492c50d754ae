"""Skip the cells that need a library which is not installed; their stored outputs stay."""

from importlib.util import find_spec

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        cell = getattr(item, "cell", None)  # only nbval's items have one
        for tag in cell.metadata.get("tags", []) if cell else []:
            library = tag.removeprefix("needs-")
            if library != tag and find_spec(library) is None:
                item.add_marker(pytest.mark.skip(reason=f"{library} is not installed"))
