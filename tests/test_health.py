"""The page on the health of the book shows what was recorded, and what was recorded is healthy."""

import re

import health
import portability
import posed
import pytest
import records

REPORT = """<testsuites><testsuite>
<testcase classname="book.05-softmax" name="ipynb::Cell 0" time="1.5"/>
<testcase classname="book.05-softmax" name="ipynb::Cell 1" time="0.25"><failure/></testcase>
<testcase classname="tests.test_init" name="test_one" time="2"><skipped/></testcase>
</testsuite></testsuites>"""


def test_a_report_of_pytest(tmp_path):
    (tmp_path / "report.xml").write_text(REPORT)
    run = records.read(tmp_path / "report.xml")
    assert (run.tests, run.skipped) == (2, 1)
    assert run.failed == ("05-softmax: ipynb::Cell 1",)
    assert run.seconds == {"05-softmax": 1.75, "test_init": 2.0}


def test_every_chapter_was_timed():
    assert sorted(health.record("tests")["seconds"]) == [path.stem for path in posed.chapters()]


def test_the_table_of_computers_is_the_one_that_was_asked_for():
    """Four processors, one thread and two, the oldest versions and the newest, three Pythons."""
    rows = health.record("portability")["rows"]
    assert len({row["processor"] for row in rows}) >= 4
    assert {row["threads"] for row in rows} == {1, 2}
    assert {row["versions"] for row in rows} == {"locked", "oldest", "newest"}
    assert len({row["Python"] for row in rows}) >= 3
    assert [fault for row in rows for fault in row["wrong"] + row.get("failed", [])] == []


def test_the_oldest_versions_are_the_bounds_that_are_claimed():
    (row,) = (row for row in health.record("portability")["rows"] if row["versions"] == "oldest")
    for claim in portability.oldest():
        name, bound = claim.split("==")
        assert re.match(rf"{re.escape(bound)}(\.0)*$", row[name])


def test_no_mutant_lives_unexplained():
    found = health.record("mutants")
    assert found["mutants"] == found["killed"] + found["timeout"] + len(found["explained"])
    assert all(mutant["reason"] for mutant in found["explained"])


@pytest.mark.parametrize("name", health.TABLES)
def test_each_table_has_rows_of_one_length(name):
    lines = [line for line in health.TABLES[name]().splitlines() if line.startswith("|")]
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
    assert len(lines) > 3
    assert len(widths) <= 2  # the page on mutants has two tables
