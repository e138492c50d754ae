"""Every exercise knows its right answer, and each known mistake by its own hint."""

import ast
import itertools
import re
from importlib import import_module
from pkgutil import iter_modules

import nbformat
import numpy as np
import pytest
from notebooks import BOOK

from nnlib import exercises
from nnlib.exercises import EXERCISES, case, check, hint
from nnlib.exercises._exercise import Exercise
from nnlib.exercises._judge import judge

CHAPTERS = sorted(BOOK.glob("[0-9]*.ipynb"))
ALL = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@ALL
def test_a_stub_is_not_yet_an_answer(exercise: Exercise):
    stubs = [None, ...]
    if callable(exercise.answer):
        stubs += [lambda *arguments: None, lambda *arguments: ...]
    assert {judge(exercise, stub).kind for stub in stubs} == {"not yet"}


@ALL
def test_the_right_answer_is_right(exercise: Exercise):
    verdict = judge(exercise, exercise.answer)
    assert verdict.kind == "right"
    assert verdict.text == exercise.verified


@ALL
def test_each_mistake_gets_its_own_hint(exercise: Exercise):
    for mistake in exercise.mistakes:
        verdict = judge(exercise, mistake.answer)
        assert verdict.kind == "wrong"
        assert verdict.text == mistake.hint
    hints = [mistake.hint for mistake in exercise.mistakes]
    assert len(set(hints)) == len(hints)


def arrays(result):
    """Yield every array in a result."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (tuple, list)):
        for part in result:
            yield from arrays(part)
    elif isinstance(result, np.ndarray):
        yield result


def ways(result, way=()):
    """Yield the way to each array, number or truth value in a result."""
    if isinstance(result, (dict, tuple, list)):
        for key in result if isinstance(result, dict) else range(len(result)):
            yield from ways(result[key], (*way, key))
    elif not isinstance(result, str):
        yield way


def perturbed(result, way, rng):
    """Return a result with one entry of one of its parts a few hundredths off."""
    if way:
        copy = dict(result) if isinstance(result, dict) else list(result)
        copy[way[0]] = perturbed(result[way[0]], way[1:], rng)
        return tuple(copy) if isinstance(result, tuple) else copy
    a = np.array(result)
    if not a.size:
        return np.append(a, 1.0)
    i = tuple(rng.integers(n) for n in a.shape)
    if a.dtype.kind == "b":
        a[i] = not a[i]
    elif a.dtype.kind in "iu":
        a[i] += rng.choice([-2, 2])
    elif np.isfinite(a[i]):
        a[i] += rng.choice([-1, 1]) * rng.uniform(0.01, 0.03) * (1 + abs(a[i]))
    else:
        a[i] = 1.0
    return a if a.ndim else a.item()


@ALL
@pytest.mark.parametrize("seed", range(3))
def test_an_error_anywhere_in_a_result_is_caught(exercise: Exercise, seed: int):
    rng = np.random.default_rng(seed)
    for result in exercise.results(exercise.answer):
        for way in ways(result):
            assert not exercise.agree(result, perturbed(result, way, rng)), way


@ALL
def test_an_error_in_one_case_is_caught(exercise: Exercise):
    rng = np.random.default_rng(9)
    right = exercise.answer
    if not callable(right):
        wrong = right if isinstance(right, str) else perturbed(right, next(ways(right)), rng)
        assert isinstance(right, str) or judge(exercise, wrong).kind == "wrong"
        return
    cases = len(exercise.arguments())
    calls = itertools.count()

    def wrong_at_last(*arguments):
        result = right(*arguments)
        last = next(calls) == cases - 1
        return perturbed(result, list(ways(result))[-1], rng) if last else result

    verdict = judge(exercise, wrong_at_last)
    assert verdict.kind == "wrong"
    assert f"in case {cases}" in verdict.text or verdict.text in [m.hint for m in exercise.mistakes]


def changed(result, change):
    """Return a result with something done to each of its arrays."""
    if isinstance(result, dict):
        return {key: changed(part, change) for key, part in result.items()}
    if isinstance(result, (tuple, list)):
        return type(result)(changed(part, change) for part in result)
    return change(result) if isinstance(result, np.ndarray) else result


@ALL
@pytest.mark.parametrize(
    "change",
    [lambda a: a[None], lambda a: a.astype(np.float16), lambda a: a.astype(str)],
    ids=["shape", "precision", "text"],
)
def test_right_values_in_another_shape_or_kind_are_not_right(exercise: Exercise, change):
    right = exercise.answer
    if callable(right) and any(True for _ in arrays(exercise.results(right))):
        assert judge(exercise, lambda *a: changed(right(*a), change)).kind == "wrong"


@ALL
def test_no_two_mistakes_are_the_same(exercise: Exercise):
    answers = [exercise.answer, *(mistake.answer for mistake in exercise.mistakes)]
    with np.errstate(all="ignore"):
        results = [exercise.results(answer) for answer in answers]
    for i, one in enumerate(results):
        for another in results[i + 1 :]:
            assert not exercise.agree(one, another)


# ------------------------------------------------------------------------------------- hints


@ALL
def test_hints_lead_from_an_idea_to_nearly_the_way(exercise: Exercise):
    assert 1 <= len(exercise.hints) <= 3
    assert len(set(exercise.hints)) == len(exercise.hints)
    for text in exercise.hints:
        assert 20 <= len(text) <= 220
        assert text[-1] not in ".!;,:", "a hint is no sentence: it ends without a period"
        assert not re.match(r"[A-Z][a-z]", text), "it starts small, like every verdict"


def return_values(source: str) -> list[str]:
    """Return the expressions that the functions in a piece of code return, without spaces."""
    returns = [
        n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Return) and n.value
    ]
    return [ast.unparse(value).replace(" ", "") for value in returns]


def test_no_hint_gives_the_solution_away():
    for path in BOOK.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if not cell.get("metadata", {}).get("jupyter", {}).get("source_hidden"):
                continue
            for name in re.findall(r'check\("(\w+)"', cell.source):
                for value in return_values(cell.source):
                    for text in EXERCISES[name].hints:
                        # a single word is the name of a thing, not an expression
                        assert value.isidentifier() or value not in text.replace(" ", ""), name


def test_hints_come_one_by_one(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr("nnlib.exercises._hints_given", {})
    hints = EXERCISES["margin"].hints
    for _ in range(5):
        hint("margin")
    hint("distance_to_line")
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [f"[hint {i} of 3] {text}" for i, text in enumerate(hints, start=1)]
    assert lines[3] == lines[4]
    assert "no more hints; the solution is folded" in lines[3]
    assert lines[5].startswith("[hint 1 of 3]")


def test_an_exercise_without_hints_says_so(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setitem(EXERCISES, "double", DOUBLE)
    hint("double")
    assert "there are no hints; the solution is folded" in capsys.readouterr().out


# ------------------------------------------------------------------------------- in the book


def test_every_exercise_is_posed_and_solved_in_a_chapter():
    posed: dict[str, list[str]] = {}
    for path in BOOK.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for name in re.findall(r'check\("(\w+)"', cell.source):
                text = "".join(o.text for o in cell.outputs if o.output_type == "stream")
                posed.setdefault(name, []).extend(re.findall(r"^\[(.+?)\]", text, re.M))
    assert set(posed) == set(EXERCISES)
    for name, verdicts in posed.items():
        assert "not yet" in verdicts, f"{name}: no stub"
        assert "right" in verdicts, f"{name}: no solution"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_solution_on_the_page_is_right(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.metadata.get("jupyter", {}).get("source_hidden") and re.search(
            r'\bcheck\("', cell.source
        ):
            text = "".join(o.text for o in cell.outputs if o.output_type == "stream")
            verdicts = re.findall(r"^\[(.+?)\]", text, re.M)
            assert set(verdicts) == {"right"}, f"{cell.source}\n{text}"


def test_no_two_exercises_share_a_name():
    chapters = [import_module(m.name) for m in iter_modules(exercises.__path__, "nnlib.exercises.")]
    names = [e.name for chapter in chapters for e in getattr(chapter, "EXERCISES", [])]
    assert sorted(names) == sorted(EXERCISES)


DOUBLE = Exercise(name="double", answer=lambda x: 2 * x, verified="twice", cases=lambda: [(1.0,)])


# ------------------------------------------------------------------------------------- names


def test_a_name_with_a_typing_error_is_guessed(capsys):
    name = next(iter(EXERCISES))
    check(name[:-1], None)
    assert f"did you mean '{name}'?" in capsys.readouterr().out


def test_an_unknown_name_does_not_raise(capsys):
    for name in (3.5, [], None, "no such thing"):
        check(name, None)
        hint(name)
    assert capsys.readouterr().out.count("there is no exercise") == 8


# ------------------------------------------------------------------------------------- cases


@ALL
def test_cases_are_the_same_each_time_and_may_be_written_into(exercise: Exercise):
    again = exercise.arguments()
    for arguments, others in zip(exercise.arguments(), again, strict=True):
        for one, other in zip(arguments, others, strict=True):
            if isinstance(one, np.ndarray):
                np.testing.assert_array_equal(one, other)
                assert not np.shares_memory(one, other)
    assert len(exercise.labels()) == len(again)


def test_a_case_is_given_to_the_reader():
    da, mask, keep = case("dropout_vjp", 3)
    assert da.shape == mask.shape == (1, 2)
    assert keep == 0.25
    da[...] = 7.0
    assert case("dropout_vjp", 3)[0][0, 0] == 1.0


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("dropout", 1, "did you mean 'dropout_vjp'"),
        ("dropout_vjp", 4, "from 1 to 3, got 4"),
        ("dropout_vjp", 0, "from 1 to 3, got 0"),
        ("dropout_vjp", "1", "from 1 to 3, got '1'"),
    ],
)
def test_a_case_that_does_not_exist(name: str, number: int, words: str):
    with pytest.raises(ValueError, match=words):
        case(name, number)
