"""The claims of the chapter on more than one machine, against worker processes of their own.

The clusters listen on the loopback address only. Each is started and stopped here, and whoever
stops one makes sure that none of its processes is left.
"""

import os
import socket
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import psutil
import pytest
from sklearn.model_selection import GridSearchCV

import nnlib as nn

distributed = pytest.importorskip(
    "distributed", reason="needs Dask: pip install '.[cluster]', or make test"
)
import cloudpickle  # noqa: E402  (comes with distributed)

# Workers cannot import this file: send them its functions, not their names.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

LIMIT = 256 * 2**20
X, Y = nn.load_digits()


# ------------------------------------------------------------------------------- starting, stopping


def pids(client: Any) -> dict[str, int]:
    """Return the process of each worker, by its address."""
    found: dict[str, int] = client.run(os.getpid)
    return found


@contextmanager
def two_workers(**options: Any) -> Iterator[Any]:
    """Start two worker processes; stop them, and see that nothing that they started is left."""
    before = set(psutil.Process().children(recursive=True))
    with (
        distributed.LocalCluster(
            processes=True,
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs="CRITICAL",
            **options,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        assert os.getpid() not in pids(client).values()
        yield client
    started = set(psutil.Process().children(recursive=True)) - before
    _, alive = psutil.wait_procs([p for p in started if not is_pythons_own(p)], timeout=10)
    assert alive == []


def is_pythons_own(process: psutil.Process) -> bool:
    """Return whether this is the helper that Python itself starts once, and ends when it ends."""
    try:
        return "resource_tracker" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with two_workers() as client:
        yield client


@contextmanager
def killing_one(client: Any) -> Iterator[None]:
    """Kill a worker by force as soon as it has something to do."""
    address, victim = next(iter(pids(client).items()))
    over = threading.Event()

    def kill() -> None:
        while not client.processing().get(address) and not over.wait(0.005):
            pass
        psutil.Process(victim).kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
        assert not killer.is_alive(), "the work was done before the worker was killed"
    finally:
        over.set()
        killer.join()
    client.wait_for_workers(2, timeout=60)
    assert victim not in pids(client).values()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


# --------------------------------------------------------------------------------- more experiments


VALIDATE, FIT = np.arange(300), np.arange(300, len(X))


def search() -> GridSearchCV:
    model = nn.MLPClassifier(
        solver="sgd", learning_rate_init=0.1, alpha=0, batch_size=32, max_iter=5
    )
    grid = {"hidden_layer_sizes": [(4,), (16,), (64,)], "random_state": [0, 1]}
    return GridSearchCV(model, grid, cv=[(FIT, VALIDATE)], refit=False)


@pytest.fixture(scope="module")
def one_process() -> GridSearchCV:
    return search().fit(X, Y)


def same(found: GridSearchCV, expected: GridSearchCV) -> bool:
    scores = [s.cv_results_["mean_test_score"] for s in (found, expected)]
    return found.best_params_ == expected.best_params_ and np.array_equal(*scores)


def test_a_search_on_workers_finds_what_one_process_finds(client, one_process):
    assert len(set(one_process.cv_results_["mean_test_score"])) > 3  # else equality says little
    with joblib.parallel_config("dask", client=client):
        assert same(search().fit(X, Y), one_process)


def test_a_search_survives_the_death_of_a_worker(client, one_process):
    with (
        joblib.parallel_config("dask", client=client, scatter=[X, Y, FIT, VALIDATE]),
        killing_one(client),
    ):
        found = search().fit(X, Y)
    assert same(found, one_process)


def test_data_that_died_with_its_worker_is_an_error(client):
    address, victim = next(iter(pids(client).items()))
    rows = client.scatter(X, workers=[address], hash=False)
    client.replicate([rows], n=1)
    psutil.Process(victim).kill()
    psutil.wait_procs([p for p in psutil.Process().children(True) if p.pid == victim], timeout=10)
    with pytest.raises((distributed.client.FutureCancelledError, distributed.KilledWorker)):
        client.submit(np.sum, rows, pure=False).result(timeout=60)
    client.wait_for_workers(2, timeout=60)


def test_a_cluster_that_is_not_there_is_an_error():
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(OSError, match=f"Timed out trying to connect to {address}"):
        distributed.Client(address, timeout="1s")


def test_joblib_without_a_cluster_is_an_error():
    with pytest.raises(ValueError, match="first create a Dask Client"):
        joblib.parallel_config("dask")


# ---------------------------------------------------------------------------------------- more rows


def network(columns: int = 64) -> nn.Sequential:
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Linear(columns, 32, rng=rng, init=nn.he_normal),
        nn.ReLU(),
        nn.Linear(32, 10, rng=rng, init=nn.he_normal),
    )


def train(gradient: Callable[[nn.Sequential], nn.ShardGradient], steps: int = 100) -> np.ndarray:
    """Return the weights after each step."""
    net, optimizer, path = network(), nn.SGD(lr=0.1), []
    for _ in range(steps):
        optimizer.update(net.params, gradient(net).grads)
        path.append(net.params.copy())
    return np.array(path)


def by_hand(net: nn.Sequential) -> nn.ShardGradient:
    """All rows in this process, without nnlib.shards."""
    loss, dz = nn.softmax_cross_entropy(net.forward(X), Y)
    net.backward(dz)
    return nn.ShardGradient(len(X), loss, net.grads.copy())


SHARDS = [(X[:1400], Y[:1400]), (X[1400:], Y[1400:])]  # 1,400 rows and 397


def on_workers(client: Any, net: nn.Sequential, held: list[Any]) -> list[nn.ShardGradient]:
    parts = [client.submit(nn.gradient_of_shard, net, *rows, pure=False) for rows in held]
    gathered: list[nn.ShardGradient] = client.gather(parts)
    return gathered


def test_steps_on_unequal_shards_are_the_steps_of_one_process(client):
    held = [
        client.scatter(shard, workers=[worker], hash=False)
        for shard, worker in zip(SHARDS, pids(client), strict=True)
    ]
    assert {len(where) for where in client.who_has([r for s in held for r in s]).values()} == {1}

    there = train(lambda net: nn.combine_shards(on_workers(client, net, held)))
    here = train(by_hand)
    assert np.abs(there[0] - here[0]).max() < 1e-12
    assert np.abs(there[-1] - here[-1]).max() < 1e-9
    assert np.abs(here[-1] - here[0]).max() > 0.1  # it has gone somewhere

    parts = on_workers(client, network(), held)
    mean_of_workers = (parts[0].grads + parts[1].grads) / 2
    assert np.abs(mean_of_workers - by_hand(network()).grads).max() > 1e-4


@pytest.mark.parametrize(
    ("shard", "message"),
    [
        ((X[:9, 1:], Y[:9]), r"got x \(9, 63\)"),
        ((X[:0], Y[:0]), "non-empty"),
        ((X[:9], Y[:9] + 9), "labels from 0 to 9"),
        ((X[:9], Y[:8]), "shape"),
    ],
)
def test_an_error_on_a_worker_is_raised_here(client, shard, message):
    with pytest.raises(ValueError, match=message):
        on_workers(client, network(), [SHARDS[0], shard])


def test_workers_with_other_classes_are_refused(client):
    """Each worker makes a network for the classes that it has seen: 0 to 9, and 0 to 4."""

    def own_network(X: np.ndarray, y: np.ndarray) -> nn.ShardGradient:
        rng = np.random.default_rng(0)
        return nn.gradient_of_shard(nn.Sequential(nn.Linear(64, y.max() + 1, rng=rng)), X, y)

    few = Y < 5
    parts = client.gather([client.submit(own_network, *s) for s in [(X, Y), (X[few], Y[few])]])
    with pytest.raises(ValueError, match=r"of one network, got float64\[650\] and float64\[325\]"):
        nn.combine_shards(parts)


# ------------------------------------------------------------------------ a file larger than memory


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Every digit, three times as large, at 25 places: a file of 282 MB."""
    folder = tmp_path_factory.mktemp("rows")
    digits = np.kron(X.reshape(-1, 8, 8), np.ones((3, 3)))
    file = np.lib.format.open_memmap(folder / "X.npy", "w+", float, (25 * len(X), 784))
    for i in range(25):
        up, left = divmod(i, 5)
        moved = np.pad(digits, ((0, 0), (up, 4 - up), (left, 4 - left)))
        file[i * len(X) : (i + 1) * len(X)] = moved.reshape(-1, 784)
    del file
    np.save(folder / "y.npy", np.tile(Y, 25))
    assert (folder / "X.npy").stat().st_size > LIMIT
    yield folder
    (folder / "X.npy").unlink()


def pieces(folder: Path, start: int, stop: int, rows: int = 2048) -> Iterator[list[np.ndarray]]:
    for i in range(start, stop, rows):
        part = slice(i, min(i + rows, stop))
        yield [np.load(folder / name, mmap_mode="r")[part] for name in ("X.npy", "y.npy")]


def gradient_from_disk(net: nn.Sequential, folder: Path, start: int, stop: int) -> nn.ShardGradient:
    return nn.combine_shards(
        nn.gradient_of_shard(net, *piece) for piece in pieces(folder, start, stop)
    )


def highest(function: Callable[..., Any], *arguments: Any) -> tuple[Any, int]:
    """Return a result, and the most memory that its process has been seen to use."""
    most, stop = [0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.002):
            most[0] = max(most[0], psutil.Process().memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return function(*arguments), most[0]
    finally:
        stop.set()
        watcher.join()


def whole_file(folder: Path) -> float:
    """Do what must not be done: read everything, and keep it for a while."""
    everything = np.load(folder / "X.npy")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        everything.sum()
    return float(everything[0, 0])


def test_a_file_larger_than_the_memory_of_a_worker(folder):
    import dask

    net = network(784)
    total = np.zeros(net.params.size)  # the sum over rows, in this process, place by place
    rows, labels = np.load(folder / "X.npy", mmap_mode="r"), np.load(folder / "y.npy")
    for i in range(0, len(labels), len(X)):
        _, dz = nn.softmax_cross_entropy(net.forward(rows[i : i + len(X)]), Y)
        net.backward(dz)
        total += net.grads * len(X)

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        two_workers(memory_limit=LIMIT) as client,
    ):
        cuts = (0, 30_000, len(labels))
        found = client.gather(
            [
                client.submit(highest, gradient_from_disk, network(784), folder, *part)
                for part in pairwise(cuts)
            ]
        )
        assert all(0 < most < LIMIT for _, most in found)
        both = nn.combine_shards(part for part, _ in found)
        assert both.rows == len(labels)
        assert np.abs(both.grads - total / len(labels)).max() < 1e-12

        with pytest.raises(distributed.KilledWorker):  # the limit is no decoration
            client.submit(whole_file, folder).result(timeout=60)


def test_partial_fit_takes_the_file_in_pieces(folder):
    """Each call takes one full-batch step from the weights of the one before."""
    model = nn.MLPClassifier((32,), solver="sgd", batch_size=1000, alpha=0, random_state=0)
    nets = []
    tracemalloc.start()
    for X_piece, y_piece in pieces(folder, 0, 9000, rows=1000):
        model.partial_fit(X_piece, y_piece, classes=np.arange(10))
        nets.append(model.net_.params.copy())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 9000 * 784 * 8 / 2

    net = model.net_
    net.params[...] = nets[0]
    for (X_piece, y_piece), expected in zip(
        pieces(folder, 1000, 9000, 1000), nets[1:], strict=True
    ):
        net.params -= 0.001 * nn.gradient_of_shard(net, X_piece, y_piece).grads
        assert np.abs(net.params - expected).max() < 1e-14


# --------------------------------------------------------------------------------------- all-reduce


@pytest.mark.parametrize(("M", "P"), [(2, 10), (3, 12), (4, 20), (5, 100)])
def test_the_ring_sums_and_sends_what_the_chapter_says(M, P, rng):
    """Every turn each worker sends one block to its right; 2 (M - 1) turns do."""
    vectors = rng.standard_normal((M, P))
    blocks = vectors.reshape(M, M, P // M).copy()
    sent = np.zeros(M)
    for turn in range(M - 1):  # sum
        moving = [blocks[r, (r - turn) % M].copy() for r in range(M)]
        for r in range(M):
            blocks[(r + 1) % M, (r - turn) % M] += moving[r]
            sent[r] += moving[r].size
    for turn in range(M - 1):  # share
        moving = [blocks[r, (r + 1 - turn) % M].copy() for r in range(M)]
        for r in range(M):
            blocks[(r + 1) % M, (r + 1 - turn) % M] = moving[r]
            sent[r] += moving[r].size
    np.testing.assert_allclose(blocks.reshape(M, P), [vectors.sum(axis=0)] * M, atol=1e-12)
    assert sent.tolist() == [P * 2 * (M - 1) / M] * M


# ----------------------------------------------------------------------------------- DDP in PyTorch


def train_ddp(
    rank: int, port: int, shard: tuple[Any, Any], params: list[Any], factor: float, steps: int
) -> tuple[list[float], list[Any]]:
    """Take some steps as one of two processes; return the losses and the weights."""
    import torch
    import torch.distributed as dist

    os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"] = "127.0.0.1", str(port)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    try:
        model = torch.nn.Sequential(
            torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)
        ).double()
        with torch.no_grad():
            for p, start in zip(model.parameters(), params, strict=True):
                p.copy_(torch.from_numpy(start))
        ddp = torch.nn.parallel.DistributedDataParallel(model)
        optimizer = torch.optim.SGD(ddp.parameters(), lr=0.1)
        rows, labels = map(torch.from_numpy, shard)
        losses = []
        for _ in range(steps):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(ddp(rows), labels)
            (factor * loss).backward()
            optimizer.step()
            losses.append(loss.item())
        return losses, [p.detach().numpy() for p in model.parameters()]
    finally:
        dist.destroy_process_group()


def torch_layout(net: nn.Sequential) -> list[Any]:
    return [a.T.copy() for layer in net.layers for a in layer.params.values()]


def test_ddp_takes_the_same_steps(client):
    pytest.importorskip("torch", reason="PyTorch is optional")
    sizes = np.array([len(labels) for _, labels in SHARDS])

    def run(factors: Any) -> list[Any]:
        port = free_port()
        tasks = [
            client.submit(
                train_ddp, rank, port, SHARDS[rank], torch_layout(network()), factors[rank], 25,
                workers=[worker], pure=False,
            )
            for rank, worker in enumerate(pids(client))
        ]  # fmt: skip
        results: list[Any] = client.gather(tasks)
        return results

    net, losses = network(), []
    for _ in range(25):
        part = by_hand(net)
        losses.append(part.loss)
        net.params -= 0.1 * part.grads

    (first, weights), (second, copies) = run(2 * sizes / sizes.sum())
    theirs = sizes / sizes.sum() @ np.array([first, second])
    np.testing.assert_allclose(theirs, losses, rtol=0, atol=1e-12)
    for ours, their, copy in zip(torch_layout(net), weights, copies, strict=True):
        np.testing.assert_allclose(their, ours, rtol=0, atol=1e-12)
        assert np.array_equal(their, copy)

    (_, weights), _ = run([1, 1])  # the mean over workers is another gradient
    assert max(np.abs(a - b).max() for a, b in zip(torch_layout(net), weights, strict=True)) > 1e-4
