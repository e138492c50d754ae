"""How long does ``import nnlib`` take, and how much of that is NumPy?"""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("contender", ["numpy", "nnlib"])
def test_import(median_of, turn, contender):
    median_of(
        lambda: subprocess.run([sys.executable, "-c", f"import {contender}"], check=True),
        question="imports",
        contender=contender,
    )
