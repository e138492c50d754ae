"""Write the inventories with which Sphinx links to Python and NumPy without a network.

Each holds only the names that the docstrings use. Add a name to the list below and run
``python book/_inv/make_inventory.py``.
"""

import zlib
from pathlib import Path

PYTHON = {
    "bool": "library/functions.html#bool",
    "dict": "library/stdtypes.html#dict",
    "float": "library/functions.html#float",
    "int": "library/functions.html#int",
    "list": "library/stdtypes.html#list",
    "object": "library/functions.html#object",
    "str": "library/stdtypes.html#str",
    "tuple": "library/stdtypes.html#tuple",
    "AssertionError": "library/exceptions.html#AssertionError",
    "RuntimeError": "library/exceptions.html#RuntimeError",
    "TypeError": "library/exceptions.html#TypeError",
    "ValueError": "library/exceptions.html#ValueError",
}
NUMPY = {
    "numpy.ndarray": "reference/generated/numpy.ndarray.html",
    "numpy.random.Generator": "reference/random/generator.html#numpy.random.Generator",
}


def write_inventory(file: Path, project: str, names: dict[str, str]) -> None:
    """Write an inventory of classes and exceptions in the format of Sphinx 2."""
    head = f"# Sphinx inventory version 2\n# Project: {project}\n# Version: \n"
    head += "# The remainder of this file is compressed using zlib.\n"
    lines = []
    for name, address in sorted(names.items()):
        kind = "exception" if name.endswith("Error") else "class"
        lines.append(f"{name} py:{kind} 1 {address} -\n")
    file.write_bytes(head.encode() + zlib.compress("".join(lines).encode(), 9))


if __name__ == "__main__":
    here = Path(__file__).parent
    write_inventory(here / "python.inv", "Python", PYTHON)
    write_inventory(here / "numpy.inv", "NumPy", NUMPY)
