"""A mutant that lives is explained, and what is explained lives."""

import re
from pathlib import Path

from mutants import TABLE, Change, change, explained, faults, function

DIFF = """--- nnlib/softmax.py
+++ nnlib/softmax.py
@@ -1,4 +1,4 @@
 def f(z):
-    m = z.max()
+    m = z.min()
     return m
"""
FOUND = Change("softmax.f", "m = z.max()", "m = z.min()")
TEXT = """[[mutant]]
function = "softmax.f"
before = "m = z.max()"
after = ["m = z.min()", "m = None"]
reason = "Because."
"""


def test_the_names_that_mutmut_gives():
    assert function("losses.x_squared_error") == "losses.squared_error"
    assert function("train.x__epoch") == "train._epoch"
    assert function("layers.xǁLinearǁforward") == "layers.Linear.forward"
    assert function("layers.xǁSequentialǁ__init__") == "layers.Sequential.__init__"
    assert function("x___getattr__") == "__init__.__getattr__"


def test_a_change_is_the_line_before_and_after():
    assert change("softmax.x_f", DIFF) == FOUND


def test_what_lives_without_a_reason_and_what_has_one_for_nothing_are_faults():
    reasons = explained(TEXT)
    assert reasons[FOUND] == "Because."
    assert list(faults([FOUND], reasons)) == [
        "explained, but not alive, in softmax.f:\n  - m = z.max()\n  + m = None"
    ]
    assert list(faults([FOUND], {})) == [
        "no test notices, in softmax.f:\n  - m = z.max()\n  + m = z.min()"
    ]


def test_the_lines_of_the_table_are_in_the_library():
    nnlib = Path(__file__).resolve().parent.parent / "nnlib"
    for known, reason in explained(TABLE.read_text("utf-8")).items():
        source = (nnlib / f"{known.function.partition('.')[0]}.py").read_text("utf-8")
        assert re.sub(r"\s+", " ", known.before) in re.sub(r"\s+", " ", source)
        assert reason.endswith(".")
