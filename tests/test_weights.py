"""Weights come back from a file bit for bit, or not at all."""

from pathlib import Path

import numpy as np
import pytest

import nnlib as nn
from nnlib.weights import load_weights, save_weights


def network(seed: int, sizes=(3, 4, 2), dtype=np.float64) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    n_in, n_hidden, n_out = sizes
    return nn.Sequential(
        nn.Linear(n_in, n_hidden, rng=rng, dtype=dtype),
        nn.ReLU(),
        nn.Linear(n_hidden, n_out, rng=rng, dtype=dtype),
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_loaded_is_what_was_saved(tmp_path: Path, dtype):
    saved, loaded = network(0, dtype=dtype), network(1, dtype=dtype)
    save_weights(saved, tmp_path / "net.npz")
    load_weights(loaded, tmp_path / "net.npz")
    assert np.array_equal(loaded.params, saved.params)
    X = np.ones((1, 3), dtype)
    assert np.array_equal(loaded.forward(X), saved.forward(X))  # the layers see them too


@pytest.mark.parametrize(
    "other",
    [
        network(1, (3, 5, 2)),
        network(1, dtype=np.float32),
        nn.Sequential(nn.Linear(3, 4, rng=np.random.default_rng(1))),
    ],
)
def test_another_architecture_is_an_error_and_stays_as_it_was(tmp_path: Path, other):
    save_weights(network(0), tmp_path / "net.npz")
    before = other.params.copy()
    with pytest.raises(ValueError, match=r"expected .*0\.W.*, the arrays of this network, got"):
        load_weights(other, tmp_path / "net.npz")
    assert np.array_equal(other.params, before)


def cut_off(content: bytes) -> bytes:
    return content[: len(content) // 2]


def one_bit_flipped(content: bytes) -> bytes:
    weight = network(0).params[:1].tobytes()  # somewhere in the file are the bytes of a weight
    assert weight in content
    return content.replace(weight, bytes([weight[0] ^ 1]) + weight[1:])


@pytest.mark.parametrize(
    "damage", [cut_off, one_bit_flipped, lambda content: b"", lambda c: b"text"]
)
def test_a_damaged_file_is_an_error(tmp_path: Path, damage):
    path = tmp_path / "net.npz"
    save_weights(network(0), path)
    path.write_bytes(damage(path.read_bytes()))
    net = network(1)
    before = net.params.copy()
    with pytest.raises(ValueError, match=r"net.npz: expected"):
        load_weights(net, path)
    assert np.array_equal(net.params, before)


def test_pickled_objects_are_refused(tmp_path: Path):
    np.savez(tmp_path / "net.npz", x=np.array([object()]))
    with pytest.raises(ValueError, match=r"net.npz: expected a \.npz file of numbers"):
        load_weights(network(0), tmp_path / "net.npz")


def test_a_single_array_is_refused(tmp_path: Path):
    np.save(tmp_path / "net.npy", np.zeros(3))
    with pytest.raises(ValueError, match=r"net.npy: expected a \.npz file of numbers"):
        load_weights(network(0), tmp_path / "net.npy")


def test_a_missing_file_is_an_os_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        load_weights(network(0), tmp_path / "none.npz")
