"""Whatever an answer is or does, one true and helpful thing is said of it, and nothing breaks."""

import _thread
import dataclasses
import functools
import itertools
import random
import re
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from nnlib.exercises._exercise import Exercise, Mistake
from nnlib.exercises._judge import judge
from nnlib.exercises._limit import TimeIsUpError, run_within

DOUBLE = Exercise(
    name="double",
    answer=lambda x: 2 * x,
    verified="twice the input",
    mistakes=(Mistake(lambda x: x, "nothing was doubled"),),
    cases=lambda: [(np.array([[1.0, 2.0], [3.0, 5.0]]),)],
)
TRUE = Exercise(name="true", answer=lambda x: x > 0, verified="", cases=lambda: [(1.0,)])
PAIR = Exercise(name="pair", answer=(1.0, np.array([2.0, 3.0])), verified="both")


def raises(x):
    raise KeyError("no")


def halves_in_place(x):
    x /= 2
    return 4 * x


@pytest.mark.parametrize(
    ("exercise", "answer", "words"),
    [
        (DOUBLE, lambda x: 2 * x, "[right] twice the input"),
        (DOUBLE, lambda x: x, "[wrong] nothing was doubled"),
        (DOUBLE, lambda x: -2 * x, "sign is wrong"),
        (DOUBLE, lambda x: 2 * x.T, "transposed"),
        (DOUBLE, lambda x: 2 * x / 4, "0.25 times what it should be, in every case"),
        (DOUBLE, lambda x: 2 * x[:1], "expected shape (2, 2), got (1, 2)"),
        (DOUBLE, lambda x: 2 * x * np.nan, "NaN"),
        (DOUBLE, lambda x: 2 * x / 0, "infinity"),
        (DOUBLE, lambda x: 2 * x + np.eye(2), "2 of 4 values are wrong"),
        (DOUBLE, lambda x: "2x", "expected an array of shape (2, 2), got a value of type str"),
        (DOUBLE, lambda x, y: x, "it raised TypeError"),
        (DOUBLE, raises, "it raised KeyError"),
        (DOUBLE, halves_in_place, "changes its input"),
        (DOUBLE, 3.0, "expected a function"),
        (DOUBLE, lambda x: [[1, 2], [3]], "expected an array"),
        (PAIR, (1.0, np.array([2.0, 3.0])), "[right] both"),
        (PAIR, (1.0, np.array([2.0, 4.0])), "result 2 of 2: 1 of 2 values are wrong"),
        (PAIR, 1.0, "expected 2 results, got a number"),
        (PAIR, ("1", np.zeros(2)), "result 1 of 2: expected a number, got a value of type str"),
        (TRUE, lambda x: x < 0, "it gives False where the answer is True"),
        (TRUE, lambda x: np.array([x]) > 0, "expected True or False, got an array of shape (1,)"),
        (PAIR, lambda: 1.0, "expected a value, got a function"),
        (PAIR, "text", "expected 2 results"),
        (PAIR, np.nan, "expected 2 results"),
        (PAIR, object(), "expected 2 results"),
    ],
)
def test_the_kind_of_wrong_is_named(exercise, answer, words):
    assert words in str(judge(exercise, answer))


# ------------------------------------------------------- what an answer may be, and what it may do


class Broken:
    """Raises, whatever is asked of it."""

    def _raise(self, *arguments, **named):
        raise RuntimeError("broken")

    __eq__ = __repr__ = __str__ = __len__ = __iter__ = __bool__ = __float__ = _raise
    __deepcopy__ = __array__ = __getitem__ = __hash__ = _raise


def endless_numbers():
    while True:
        yield 1.0


def itself():
    loop: list = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    "result",
    [
        "text",
        b"bytes",
        np.nan,
        np.inf,
        1j,
        {},
        [],
        (),
        {1: Broken()},
        Broken(),
        [Broken()],
        [[1, 2], [3]],
        np.array([None, 1]),
        np.array(["a"]),
        np.ma.masked_all((2, 2)),
        np.float32(1),
        endless_numbers(),
        itertools.count(),
        range(10**15),
        itself(),
        np.broadcast_to(1.0, (10**6, 10**6)),
        [np.broadcast_to(1.0, (10**6, 10**6))] * 3,
        [[0.0] * 1000] * 10**6,
        np.empty((0, 2)),
        object,
        type("Meta", (type,), {}),
    ],
    ids=lambda result: type(result).__name__,
)
@pytest.mark.parametrize("exercise", [DOUBLE, PAIR], ids=["function", "value"])
def test_a_strange_result_is_wrong(exercise, result):
    answer = (lambda x: result) if callable(exercise.answer) else result
    verdict = judge(exercise, answer)
    assert verdict.kind == "wrong"
    assert len(verdict.text) < 400
    if not callable(exercise.answer):
        assert judge(DOUBLE, result).kind == "wrong"


ENDLESS = dataclasses.replace(DOUBLE, seconds=0.3)


def loops(x):
    while True:
        x = x + 1


def loops_and_catches_all(x):
    while True:
        try:
            x = abs(x + 1)
        except:  # noqa: E722
            x = 0


def collects_without_end(x):
    return list(endless_numbers())


def prints_without_end(x):
    while True:
        print("again")


def in_thread(answer, threads):
    """Return the same answer, and have it note in which thread it runs."""

    @functools.wraps(answer)
    def noting(x):
        threads.append(threading.current_thread())
        return answer(x)

    return noting


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (loops, r"at line \d+: (while True:|x = x \+ 1)"),
        (loops_and_catches_all, r"at line \d+: "),
        (collects_without_end, r"at line \d+: (yield 1.0|while True:|return list)"),
        (prints_without_end, r"at line \d+: (print|while)"),
    ],
)
def test_an_endless_loop_is_given_up(answer, line, capsys):
    threads: list[threading.Thread] = []
    verdict = judge(ENDLESS, in_thread(answer, threads))
    assert verdict.kind == "wrong"
    assert verdict.text.startswith("it did not end within 0.3 seconds")
    assert re.search(line, verdict.text)
    assert "restart" not in verdict.text
    threads[0].join(10)
    assert not threads[0].is_alive()
    assert len(capsys.readouterr().out) < 2100


def test_what_cannot_be_stopped_is_said(monkeypatch: pytest.MonkeyPatch):
    ended = threading.Event()

    def catches_all_at_every_turn(x):
        while not ended.is_set():
            try:
                time.sleep(0.01)
            except BaseException:
                continue

    monkeypatch.setattr("nnlib.exercises._limit.GRACE", 0.1)
    threads: list[threading.Thread] = []
    verdict = judge(ENDLESS, in_thread(catches_all_at_every_turn, threads))
    ended.set()
    threads[0].join(10)
    assert "it cannot be stopped from here, so restart the kernel" in verdict.text


@pytest.fixture
def interruptible():
    """Listen to Ctrl-C as usual: a shell that starts the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_real_interrupt_gets_through_and_ends_the_answer():
    threads: list[threading.Thread] = []
    ctrl_c = threading.Timer(0.3, _thread.interrupt_main)
    ctrl_c.start()
    with pytest.raises(KeyboardInterrupt):
        judge(DOUBLE, in_thread(loops, threads))
    ctrl_c.join()
    threads[0].join(10)
    assert not threads[0].is_alive()


def leaves(x):
    sys.exit(3)


def interrupts(x):
    raise KeyboardInterrupt


def recurses(x):
    return recurses(x)


def needs_too_much(x):
    return np.zeros((10**7, 10**7, 10**7))


def helper(x):
    return 1 / len([])


def calls_a_helper(x):
    y = x + 1
    return helper(y)


def calls_the_library(x):
    return np.linalg.inv(np.zeros((2, 3)))


def raises_what_cannot_be_printed(x):
    raise type("Odd", (Exception,), {"__str__": lambda self: 1 / 0})


def raises_a_novel(x):
    raise ValueError("a long\nstory " * 100)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (leaves, "it raised SystemExit: 3, at line"),
        (interrupts, "it raised KeyboardInterrupt, at line"),
        (recurses, "it raised RecursionError: maximum recursion depth exceeded"),
        (needs_too_much, "it raised "),
        (calls_a_helper, ": return 1 / len([])"),
        (calls_the_library, ": return np.linalg.inv(np.zeros((2, 3)))"),
        (raises_what_cannot_be_printed, "it raised Odd, at line"),
        (raises_a_novel, "it raised ValueError: a long story a long story"),
        (np.linalg.solve, "it raised "),
    ],
)
def test_an_error_is_one_line(answer, words):
    verdict = judge(DOUBLE, answer)
    assert verdict.kind == "wrong"
    assert words in verdict.text
    assert "\n" not in verdict.text
    assert len(verdict.text) < 300


def test_the_line_of_an_error_is_that_of_the_cell(tmp_path):
    source = "def f(x):\n    y = 3\n    return y / 0\n"
    path = tmp_path / "cell.py"
    path.write_text(source)
    names: dict = {}
    exec(compile(source, str(path), "exec"), names)
    text = judge(DOUBLE, names["f"]).text
    assert text == "it raised ZeroDivisionError: division by zero, at line 3: return y / 0"


def disturbs(x):
    np.seterr(all="raise")
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    warnings.simplefilter("error")
    sys.stderr.flush()
    return np.asarray(x) * 0 / 0


def test_the_state_of_the_world_is_kept():
    np.random.seed(7)  # noqa: NPY002
    random.seed(7)
    before = np.geterr(), list(warnings.filters)
    judge(DOUBLE, disturbs)
    assert (np.geterr(), list(warnings.filters)) == before
    after = np.random.rand(), random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    random.seed(7)
    assert after == (np.random.rand(), random.random())  # noqa: NPY002


def test_what_an_answer_prints_comes_before_the_verdict(capsys):
    def prints(x):
        print("x is", x.shape, end="")
        return 2 * x

    assert judge(DOUBLE, prints).kind == "right"
    assert capsys.readouterr().out == "x is (2, 2)\n"


def test_a_long_print_is_cut(capsys):
    judge(DOUBLE, lambda x: print("-" * 10**6))
    out = capsys.readouterr().out
    assert out.endswith("- ...\n")
    assert len(out) == 2000 + len(" ...\n")


def test_nothing_waits_for_what_is_ready():
    assert run_within(60, lambda: 3) == 3
    with pytest.raises(KeyError):
        run_within(60, lambda: {}[1])
    with pytest.raises(TimeIsUpError) as late:
        run_within(0.05, lambda: time.sleep(0.3))
    assert late.value.stopped


# ------------------------------------------------------------- what kind of wrong, in all the cases


def two_layers():
    rng = np.random.default_rng(1)
    return {
        "hard labels": (rng.standard_normal((4, 3)), np.eye(3)[[0, 2, 1, 1]]),
        "soft targets": (rng.standard_normal((5, 2)), rng.dirichlet([1, 1], size=5)),
        "one row": (rng.standard_normal((1, 4)), np.eye(4)[[2]]),
        "large scores": (np.array([[1000.0, 0.0, -1000.0]] * 3), np.eye(3)),
    }


def fused(z, t):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True) - t) / len(z)


def naive(z, t):
    return (np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) - t) / len(z)


def off_in_one_entry(z, t):
    return fused(z, t) + 0.01 * (np.arange(z.size).reshape(z.shape) == 1)


FUSED = Exercise(name="fused", answer=fused, verified="", cases=two_layers)
BOTH = Exercise(
    name="both",
    answer=lambda z, t: (float((z * t).sum()), fused(z, t)),
    verified="",
    cases=two_layers,
)
COLUMNS = Exercise(
    name="columns",
    answer=lambda z: z.sum(axis=0),
    verified="",
    cases=lambda: [(np.arange(6.0).reshape(2, 3),), (np.arange(20.0).reshape(5, 4),)],
)


@pytest.mark.parametrize(
    ("exercise", "answer", "words"),
    [
        (
            FUSED,
            lambda z, t: fused(z, t) * len(z),
            "too large, by a factor that is the number of rows",
        ),
        (
            FUSED,
            lambda z, t: fused(z, t) / len(z),
            "too small, by a factor that is the number of rows",
        ),
        (
            FUSED,
            lambda z, t: fused(z, t) / z.shape[1],
            "too small, by a factor that is the number of columns",
        ),
        (
            FUSED,
            lambda z, t: fused(z, t) * z.size,
            "too large, by a factor that is the number of entries",
        ),
        (FUSED, lambda z, t: 3 * fused(z, t), "3 times what it should be, in every case"),
        (FUSED, lambda z, t: -fused(z, t), "the size is right, the sign is wrong"),
        (FUSED, lambda z, t: fused(z, t).T, "the values are right, but transposed"),
        (FUSED, lambda z, t: 0 * z, "it is 0 in every case"),
        (FUSED, lambda z, t: 1e-17 * z, "it is 0 in every case"),
        (FUSED, lambda z, t: fused(z, t)[:, ::-1], "the right numbers, in another order"),
        (FUSED, lambda z, t: fused(z, t).ravel(), "the values are right, the shape is not"),
        (FUSED, lambda z, t: fused(z, t).astype("f4"), "expected float64, got float32"),
        (FUSED, lambda z, t: fused(z, t) > 0, "expected numbers, got True or False"),
        (FUSED, lambda z, t: fused(z, t) * (1 + 1e-4), "close, but not to the accuracy"),
        (FUSED, naive, "it gives NaN where the answer is a number (3 of 4 cases are right"),
        (FUSED, naive, "only those with large numbers are wrong: does an exponential overflow,"),
        (
            FUSED,
            lambda z, t: fused(z, np.eye(z.shape[1])[t.argmax(axis=1)]),
            "3 of 4 cases are right: hard labels, one row, large scores",
        ),
        (
            FUSED,
            lambda z, t: fused(z, t) if len(z) > 1 else None,
            "expected an array of shape (1, 4), got None",
        ),
        (FUSED, lambda z, t: fused(z, t) + (len(z) == 1), "only those with a single row are wrong"),
        (FUSED, off_in_one_entry, "1 of 12 values are wrong, the first at [0, 1]: "),
        (FUSED, off_in_one_entry, "first in case 1 (hard labels): z = an array of shape (4, 3)"),
        (FUSED, off_in_one_entry, 'arguments = case("fused", 1)'),
        (BOTH, lambda z, t: (1.0, fused(z, t)), "result 1 of 2: it gives 1 where the answer is"),
        (BOTH, lambda z, t: (float((z * t).sum()), -fused(z, t)), "result 2 of 2: the size is"),
        (COLUMNS, lambda z: z.sum(axis=1), "did a sum or mean run over the other axis?"),
        (COLUMNS, lambda z: z.sum(), "expected shape (3,), got one number"),
        (COLUMNS, lambda z: z.mean(axis=0), "too small, by a factor that is the number of rows"),
        (COLUMNS, lambda z: z.sum(axis=0, keepdims=True), "expected shape (3,), got (1, 3)"),
        (COLUMNS, lambda z: z.sum(axis=0) - z.sum(axis=0)[:, None], "each entry with each"),
        (COLUMNS, lambda z: z.sum(axis=0) + 1, "3 of 3 values are wrong"),
    ],
)
def test_what_is_said_holds_in_every_case(exercise, answer, words):
    assert words in str(judge(exercise, answer))


@pytest.mark.parametrize(
    ("answer", "never"),
    [
        (lambda z, t: fused(z, t) * (4 if len(z) == 4 else 1), "times what it should be"),
        (lambda z, t: fused(z, t) * (-1 if len(z) == 4 else 1), "sign"),
        (lambda z, t: fused(z, t) * 4, "number of"),
        (lambda z, t: fused(z, t) + 1, "overflow"),
        (lambda z, t: np.exp(z), "infinity"),  # in the last case; the first one is shown
        (lambda z, t: fused(z, t) + 0 * np.exp(z) + 1, "NaN"),
    ],
)
def test_nothing_is_said_that_holds_in_one_case_only(answer, never):
    verdict = judge(FUSED, answer)
    assert verdict.kind == "wrong"
    assert never not in verdict.text


def changes_a_list(layers):
    layers[0]["W"] *= 2
    return layers[0]["W"].copy()


def test_a_change_deep_in_the_input_is_seen():
    nested = Exercise(
        name="nested",
        answer=lambda layers: 2 * layers[0]["W"],
        verified="",
        cases=lambda: [([{"W": np.ones(2)}],)],
    )
    assert "it changes its input layers" in judge(nested, changes_a_list).text


def test_a_list_that_is_sorted_in_place_is_seen():
    def sorts(times):
        times.sort()
        return times[-1]

    first = Exercise(
        name="first",
        answer=lambda times: times[0],
        verified="",
        cases=lambda: [([2.0, 1.0, float("nan")],)],
    )
    assert judge(first, lambda times: times[0]).kind == "right"  # NaN has not changed
    assert "it changes its input times" in judge(first, sorts).text


def test_a_dictionary_and_a_list_are_shown():
    losses = Exercise(
        name="losses",
        answer=lambda losses, sizes: {"best": 200},
        verified="",
        cases=lambda: [({100: 0.5, 200: np.nan}, [{"W": np.ones((3, 4))}])],
    )
    text = judge(losses, lambda losses, sizes: 200).text
    assert "expected a dictionary, got a number" in text
    assert "losses = {100: 0.5, 200: nan}, sizes = [{'W': an array of shape (3, 4)}]" in text


def test_where_any_precision_will_do_the_values_still_count():
    thirds = Exercise(
        name="thirds",
        answer=lambda x: x / np.float32(3),
        verified="",
        cases=lambda: [(np.ones(2, np.float32),)],
    )
    assert "the kind is not" in judge(thirds, lambda x: x / np.float64(3)).text
    thirds = dataclasses.replace(thirds, any_precision=True)
    assert judge(thirds, lambda x: x / np.float64(3)).kind == "right"
    assert judge(thirds, lambda x: (x / 3).astype(np.float16)).kind == "wrong"


def test_a_forgotten_return_is_no_stub():
    def forgot(x):
        y = 2 * x  # noqa: F841

    assert judge(DOUBLE, forgot).text == "it returns None: is its return missing?"
    assert judge(DOUBLE, lambda x: None).text == "not attempted yet"
