"""Save the weights of a network to a file and load them back, without pickle."""

import os
from typing import Any

import numpy as np

from nnlib.layers import Sequential


def save_weights(net: Sequential, path: str | os.PathLike[str]) -> None:
    """Write all weights of a network to a NumPy ``.npz`` file.

    Parameters
    ----------
    net : Sequential
        The network.
    path : str or path
        Where to write. NumPy adds ``.npz`` if the name does not end in it.

    Raises
    ------
    OSError
        If the file cannot be written.
    TypeError
        If `net` is no network.
    """
    arrays: dict[str, Any] = _named_arrays(net)
    np.savez(path, **arrays)


def load_weights(net: Sequential, path: str | os.PathLike[str]) -> None:
    """Read the weights that `save_weights` wrote into a network of the same architecture.

    Parameters
    ----------
    net : Sequential
        The network; its parameters are changed in place, or not at all.
    path : str or path
        The file.

    Raises
    ------
    OSError
        If the file cannot be read.
    TypeError
        If `net` is no network.
    ValueError
        If it is no ``.npz`` file of numbers, or its arrays are not those of this network: names,
        shapes and dtypes must agree. The message gives both.
    """
    import zipfile  # these two here, so that importing nnlib stays cheap
    import zlib

    expected = _named_arrays(net)
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            stored: dict[str, Any] = {name: arrays[name] for name in arrays}
    except (ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}: expected a .npz file of numbers, got {error}") from error
    if _summary(stored) != _summary(expected):
        raise ValueError(
            f"{path}: expected {_summary(expected)}, the arrays of this network, "
            f"got {_summary(stored)}"
        )
    for name, array in expected.items():
        array[...] = stored[name]


def _named_arrays(net: Sequential) -> dict[str, Any]:
    """Return the arrays of all layers under names such as ``0.W``, where 0 is the layer."""
    if not isinstance(net, Sequential):
        raise TypeError(f"net: expected a Sequential, got {net!r}")
    return {
        f"{i}.{name}": array
        for i, layer in enumerate(net.layers)
        for name, array in layer.params.items()
    }


def _summary(arrays: dict[str, Any]) -> dict[str, str]:
    return {name: f"{a.dtype}{list(a.shape)}" for name, a in sorted(arrays.items())}
