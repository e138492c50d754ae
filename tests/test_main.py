"""``python -m nnlib`` trains, prints one table, and says in one line what is wrong."""

import os
import re
import struct
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

import nnlib.__main__ as program
from nnlib.__main__ import main
from nnlib.datasets import FILES


def idx(a: np.ndarray) -> bytes:
    """The IDX format, written from its description: magic number, lengths, bytes."""
    return struct.pack(f">BBBB{a.ndim}I", 0, 0, 8, a.ndim, *a.shape) + a.tobytes()


def write(folder: Path, train: int = 36, test: int = 10) -> Path:
    """Images of 4 by 3 pixels that are easy: pixel c is bright in class c, for ten classes."""
    for n, names in ((train, FILES[:2]), (test, FILES[2:])):
        y = np.arange(n, dtype=np.uint8) % 10
        X = np.zeros((n, 12), np.uint8)
        X[np.arange(n), y] = 255
        (folder / names[0]).write_bytes(idx(X.reshape(n, 4, 3)))
        (folder / names[1]).write_bytes(idx(y))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path)


def rows(text: str) -> list[list[str]]:
    """The table without its header: setting, post's accuracy, ours."""
    return [re.split(r"  +", line) for line in text.splitlines()[3:]]


def test_fashion_has_its_post_beside_ours(folder: Path, capsys):
    main(["--data", "fashion", "--folder", str(folder)])
    out, err = capsys.readouterr()
    # What the page shows, with the numbers of these small files. All of it is learnt.
    assert out == (
        "fashion: 36 images to train on, 10 to test on, 12 pixels each\n"
        "\n"
        "setting                                              post's accuracy    ours\n"
        "36 images, 128 hidden, 1,000 full batches, rate 0.1           0.8132  1.0000\n"
        "36 images, 128 hidden, 30 epochs by 32, rate 0.1                   -  1.0000\n"
    )
    assert err == ""  # no terminal, no progress bar


def test_mnist_has_the_search_of_its_post_beside_ours(folder: Path, capsys):
    main(["--data", "mnist", "--folder", str(folder)])
    table = rows(capsys.readouterr().out)
    assert [row[:2] for row in table] == [
        ["36 images, size by search, 200 full batches, rate 0.6", "0.94"],
        ["36 images, 128 hidden, 30 epochs by 32, rate 0.1", "-"],
    ]
    assert [row[2] for row in table] == ["1.0000", "1.0000"]


@pytest.mark.parametrize(
    ("like", "published"), [("post", ["0.8132"]), ("book", ["-"]), ("both", ["0.8132", "-"])]
)
def test_like_chooses_whose_settings(folder: Path, capsys, like, published):
    main(["--data", "fashion", "--folder", str(folder), "--like", like])
    assert [row[1] for row in rows(capsys.readouterr().out)] == published


def test_the_digits_are_learnt_anywhere():
    """As a reader starts it, in a process of its own, with our settings."""
    done = subprocess.run(
        [sys.executable, "-m", "nnlib", "--like", "book"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.splitlines()[0] == (
        "digits: 1,437 images to train on, 360 to test on, 64 pixels each"
    )
    ((setting, published, ours),) = rows(done.stdout)
    assert setting == "1,437 images, 128 hidden, 30 epochs by 32, rate 0.1"
    assert published == "-"  # no post has used the digits
    assert 0.97 <= float(ours) <= 1
    assert done.stderr == ""


def test_the_digits_take_the_settings_of_both_posts(monkeypatch, capsys):
    monkeypatch.setattr(program, "fit", lambda *arguments, **settings: None)
    main([])
    table = rows(capsys.readouterr().out)
    assert [row[0].split(", ")[0] for row in table] == ["1,437 images"] * 3
    assert [row[0].rpartition(", ")[2] for row in table] == ["rate 0.1", "rate 0.6", "rate 0.1"]
    assert [row[1] for row in table] == ["-", "-", "-"]


def test_full_size_is_the_posts_size(monkeypatch, capsys):
    """How much each training sees of 60,000 images, without the work."""
    seen = []

    def fit(net, optimizer, X, y, *, epochs, batch_size, rng):
        hidden = net.layers[0].params["b"].size
        seen.append((len(X), hidden, epochs, batch_size, optimizer.lr))

    X, y = np.zeros((60_000, 1), np.float32), np.zeros(60_000, np.int64)
    monkeypatch.setattr(program, "fit", fit)
    monkeypatch.setattr(program, "load_mnist", lambda folder: (X, y, X[:5], y[:5]))
    monkeypatch.setattr(program, "load_fashion_mnist", lambda folder: (X, y, X[:5], y[:5]))
    main(["--data", "fashion"])
    assert seen == [(10_000, 128, 1000, 10_000, 0.1), (60_000, 128, 30, 32, 0.1)]
    seen.clear()
    main(["--data", "mnist", "--like", "post"])
    assert seen == [
        (55_000, 100, 20, 55_000, pytest.approx(55_000 * 1e-5)),
        (55_000, 200, 20, 55_000, pytest.approx(55_000 * 1e-5)),
        (55_000, 300, 20, 55_000, pytest.approx(55_000 * 1e-5)),
        (60_000, seen[3][1], 200, 60_000, pytest.approx(60_000 * 1e-5)),
    ]
    assert "60,000 images, size by search" in capsys.readouterr().out


def test_the_search_takes_the_size_that_validates_best(monkeypatch):
    """The accuracy is rigged: 200 hidden units win on the held-out rows, asked for in no order."""
    sizes, rows_seen = [], []

    def fit(net, optimizer, X, y, *, epochs, batch_size, rng):
        sizes.append(net.layers[0].params["b"].size)

    def evaluate(net, X, y):
        rows_seen.append(X[:, 0].tolist())
        return 0.0, {100: 0.2, 200: 0.9, 300: 0.5}[net.layers[0].params["b"].size]

    monkeypatch.setattr(program, "fit", fit)
    monkeypatch.setattr(program, "evaluate", evaluate)
    X = np.arange(24, dtype=np.float32)[:, None]
    program._like_mnist_post(X, np.zeros(24, int), np.random.default_rng(0))
    assert sizes == [100, 200, 300, 200]
    assert rows_seen == [[0, 1]] * 3  # a twelfth, which the training of the search does not see


def test_the_same_seed_gives_the_same_table(tmp_path: Path, monkeypatch, capsys):
    weights = []
    evaluate = program.evaluate
    monkeypatch.setattr(
        program, "evaluate", lambda net, X, y: (weights.append(net.params), evaluate(net, X, y))[1]
    )
    arguments = ["--data", "mnist", "--folder", str(write(tmp_path)), "--like", "book"]
    for seed in ("3", "3", "4"):
        main([*arguments, "--seed", seed])
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def error_of(arguments: list[str], capsys) -> str:
    """The last line of what a wrong call says. It must end with code 2 and print no table."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err.splitlines()[-1]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys):
    path = tmp_path / "nowhere"
    message = error_of(["--data", "mnist", "--folder", str(path)], capsys)
    assert message == (
        f"python -m nnlib: error: --folder: expected a folder with IDX files, got {path}"
    )


def test_a_missing_file_is_named(folder: Path, capsys):
    (folder / FILES[1]).unlink()
    message = error_of(["--data", "fashion", "--folder", str(folder)], capsys)
    assert f"expected a file {FILES[1]} or {FILES[1]}.gz" in message


def test_a_damaged_file_is_named(folder: Path, capsys):
    path = folder / FILES[0]
    path.write_bytes(path.read_bytes()[:-1])
    message = error_of(["--data", "mnist", "--folder", str(folder)], capsys)
    assert path.name in message
    assert "expected 432 bytes" in message


def test_one_image_is_too_few(tmp_path: Path, capsys):
    write(tmp_path, train=1)  # the search needs one to train on and one to validate on
    message = error_of(["--data", "mnist", "--folder", str(tmp_path)], capsys)
    assert message.endswith("expected at least 2 images to train on, got 1")


def test_without_a_network_the_folder_is_asked_for(monkeypatch, capsys):
    def unreachable(folder):
        raise URLError("no route")

    monkeypatch.setattr(program, "load_mnist", unreachable)
    message = error_of(["--data", "mnist"], capsys)
    assert "OpenML did not answer" in message
    assert "--folder" in message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--folder", "."], "--folder: expected --data mnist or fashion with it, got digits"),
        (["--data", "cats"], "invalid choice: 'cats'"),
        (["--seed", "-1"], "expected a whole number from 0, got '-1'"),
        (["--seed", "x"], "expected a whole number from 0, got 'x'"),
        (["--like", "us"], "invalid choice: 'us'"),
    ],
)
def test_a_wrong_option_is_named(arguments, words, capsys):
    assert words in error_of(arguments, capsys)


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert all(option in out for option in ("--data", "--folder", "--like", "--seed"))


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are Unix")
def test_a_bar_shows_in_a_terminal(folder: Path):
    import pty
    import termios

    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (24, 80))
    command = [sys.executable, "-m", "nnlib", "--data", "mnist", "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--like", "book"], stdout=subprocess.PIPE, stderr=child, timeout=60, check=True
    )
    os.set_blocking(parent, False)
    shown = os.read(parent, 4096)
    os.close(child)
    os.close(parent)
    assert b"0/30" in shown
    assert b"0/30" not in done.stdout
