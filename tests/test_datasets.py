"""The loaders read what is right, and say of what is wrong which file it is in."""

import gzip
import hashlib
import json
import re
import struct
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from sklearn.datasets import _openml

from nnlib.datasets import FILES, load_digits, load_fashion_mnist, load_mnist, read_idx

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 10
LABELS = np.array([9, 0], np.uint8)


def idx(a: np.ndarray) -> bytes:
    """The IDX format, written from its description: magic number, lengths, bytes."""
    return struct.pack(f">BBBB{a.ndim}I", 0, 0, 8, a.ndim, *a.shape) + a.tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in zip(FILES, [IMAGES, LABELS, IMAGES[:1], LABELS[:1]], strict=True):
        (tmp_path / name).write_bytes(idx(content))
    return tmp_path


def test_digits_are_brightness_from_0_to_1():
    X, y = load_digits()
    assert X.shape == (1797, 64)
    assert (X.min(), X.max()) == (0, 1)
    assert np.unique(y).tolist() == list(range(10))


@pytest.mark.parametrize("load", [load_mnist, load_fashion_mnist])
@pytest.mark.parametrize("compressed", [False, True])
def test_four_files_become_two_sets_of_rows(folder: Path, load, compressed):
    if compressed:
        for name in FILES:
            path = folder / name
            path.with_name(f"{name}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    X_train, y_train, X_test, y_test = load(folder)
    assert X_train.dtype == np.float32
    assert y_train.dtype == np.int64
    np.testing.assert_allclose(X_train, IMAGES.reshape(2, 12) / 255, rtol=1e-7)
    assert y_train.tolist() == [9, 0]
    assert X_test.shape == (1, 12)
    assert y_test.tolist() == [9]


def test_a_missing_file_is_named(folder: Path):
    (folder / FILES[3]).unlink()
    with pytest.raises(FileNotFoundError, match=f"expected a file {FILES[3]} or {FILES[3]}.gz"):
        load_mnist(folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected an IDX file"),
        (b"\x89PNG\r\n", "expected an IDX file of bytes, 00 00 08, got 89 50 4e 47$"),
        (b"\x00\x00\x08\x00", r"expected 1 bytes for shape \(\), got 0"),  # no axis: one number
        (b"\x00\x00\x0d" + idx(IMAGES)[3:], "got 00 00 0d 03"),  # floats, not bytes
        (idx(IMAGES)[:10], "expected a header of 16 bytes, got 10"),
        (idx(IMAGES)[:-1], r"expected 24 bytes for shape \(2, 3, 4\), got 23"),
        (idx(IMAGES) + b"\x00", r"expected 24 bytes for shape \(2, 3, 4\), got 25"),
        (gzip.compress(idx(IMAGES), mtime=0)[:-4], "whole gzip file"),
        (b"\x1f\x8b" + b"no gzip at all", "whole gzip file"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, f"expected {(2**32 - 1) ** 3} bytes .*got 0"),
        (idx(LABELS), r"expected images, an array with three axes, got \(2,\)"),
        (idx(IMAGES[:0]), "expected at least one image, got none"),
        (idx(IMAGES[:1]), "expected one label per image, got 1 images .* and 2 labels"),
    ],
)
def test_what_is_wrong_with_an_image_file_is_said(folder: Path, content, words):
    path = folder / FILES[0]
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as error:
        load_mnist(folder)
    assert path.name in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (idx(IMAGES), "expected labels, an array with one axis"),  # the two files are swapped
        (idx(np.array([3, 10], np.uint8)), "expected labels from 0 to 9, got 10"),
    ],
)
def test_what_is_wrong_with_a_label_file_is_said(folder: Path, content, words):
    (folder / FILES[1]).write_bytes(content)
    with pytest.raises(ValueError, match=words) as error:
        load_mnist(folder)
    assert FILES[1] in str(error.value)


def test_training_and_test_images_must_have_one_size(folder: Path):
    (folder / FILES[2]).write_bytes(idx(IMAGES[:1, :2]))
    words = rf"images of one size, got \(3, 4\) in .*{FILES[0]} and \(2, 4\) in .*{FILES[2]}"
    with pytest.raises(ValueError, match=words):
        load_mnist(folder)


def test_idx_of_any_number_of_axes(tmp_path: Path):
    for a in (LABELS, IMAGES, IMAGES[..., None], np.zeros((0, 28, 28), np.uint8)):
        (tmp_path / "a").write_bytes(idx(a))
        assert np.array_equal(read_idx(tmp_path / "a"), a)


class OpenML(BaseHTTPRequestHandler):
    """As much of OpenML as scikit-learn asks for: a search, a description, features, an ARFF."""

    asked: ClassVar[list[str]] = []
    rows = 70_000

    def do_GET(self) -> None:
        OpenML.asked.append(self.path)
        body = gzip.compress(self.answer())
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self) -> bytes:
        if "data/v1/download" in self.path:
            return self.arff()
        if "data/list" in self.path:
            found = {"did": 554, "name": "mnist_784", "version": 1, "status": "active"}
            return json.dumps({"data": {"dataset": [found]}}).encode()
        if "data/features" in self.path:
            usual = {"data_type": "numeric", "is_ignore": "false", "is_row_identifier": "false"}
            usual["number_of_missing_values"] = "0"
            features = [usual | {"index": str(i), "name": f"pixel{i}"} for i in range(2)]
            features += [usual | {"index": "2", "name": "class", "data_type": "nominal"}]
            features = [f | {"is_target": str(f["index"] == "2").lower()} for f in features]
            return json.dumps({"data_features": {"feature": features}}).encode()
        if "data/qualities" in self.path:
            quality = [{"name": "NumberOfInstances", "value": str(float(self.rows))}]
            return json.dumps({"data_qualities": {"quality": quality}}).encode()
        about = {
            "id": "554",
            "name": "mnist_784",
            "version": "1",
            "status": "active",
            "format": "ARFF",
            "default_target_attribute": "class",
            "file_id": "1",
            "md5_checksum": hashlib.md5(self.arff()).hexdigest(),
            "url": f"http://{self.headers['Host']}/data/v1/download/1",
        }
        return json.dumps({"data_set_description": about}).encode()

    def arff(self) -> bytes:
        head = "@RELATION mnist\n@ATTRIBUTE pixel0 REAL\n@ATTRIBUTE pixel1 REAL\n"
        head += "@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}\n@DATA\n"
        rows = (f"{i % 256},0,{i % 10}\n" for i in range(self.rows))
        return (head + "".join(rows)).encode()

    def log_message(self, *arguments) -> None:
        pass


@pytest.fixture
def openml(monkeypatch):
    """A server on this machine in the place of OpenML."""
    with HTTPServer(("127.0.0.1", 0), OpenML) as server:
        for name, value in vars(_openml).items():
            if isinstance(value, str) and value.startswith("https://"):
                here = f"http://127.0.0.1:{server.server_port}/"
                monkeypatch.setattr(_openml, name, re.sub("^https://[^/]+/", here, value))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        OpenML.asked.clear()
        yield OpenML
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("load", "name"), [(load_mnist, "mnist_784"), (load_fashion_mnist, "fashion-mnist")]
)
def test_openml_is_asked_once_and_then_remembered(openml, tmp_path: Path, load, name):
    for _ in range(2):
        X_train, y_train, X_test, y_test = load(cache=tmp_path)
        assert X_train.shape == (60_000, 2)
        assert X_test.shape == (10_000, 2)
        assert X_train[255, 0] == 1
        assert (X_train.dtype, y_train.dtype) == (np.float32, np.int64)
        assert y_train[:12].tolist() == [*range(10), 0, 1]
        assert y_test[0] == 0
        assert (len(y_train), len(y_test)) == (60_000, 10_000)
    assert sum("download" in path for path in openml.asked) == 1
    assert any(f"/data_name/{name}/" in path and "/data_version/1" in path for path in openml.asked)
    assert any(tmp_path.rglob("*.gz"))


def test_openml_with_another_number_of_images_is_an_error(openml, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(openml, "rows", 100)
    with pytest.raises(ValueError, match="expected 70000 images from OpenML, got 100"):
        load_mnist(cache=tmp_path)
