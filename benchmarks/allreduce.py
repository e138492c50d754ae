"""How long an all-reduce takes between processes of one machine, and a training step beside it.

    python benchmarks/allreduce.py

writes ``allreduce.json``, which the chapter on more than one machine reads. Needs PyTorch, whose
gloo sums the vectors, over the loopback address. Each time is the shortest of many: the others
were disturbed.
"""

import json
import multiprocessing
import os
import platform
import socket
import time
from collections.abc import Callable
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import numpy as np

import nnlib as nn

PROCESSES = (2, 3, 4)
NUMBERS = (1, 1_000, 10_000, 101_770, 1_000_000, 4_000_000)  # 101,770: the network 784-128-10
BATCHES = (32, 256, 2048)


def shortest(action: Callable[[], object], repeats: int) -> float:
    """Return the seconds of the quickest of some runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def worker(rank: int, processes: int, port: int, results: "SimpleQueue[dict[int, float]]") -> None:
    import torch
    import torch.distributed as dist

    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=processes
    )
    seconds = {}
    for numbers in NUMBERS:
        vector = torch.ones(numbers)

        def together(vector: torch.Tensor = vector) -> None:
            dist.all_reduce(vector)
            vector /= processes  # ones again

        def apart(vector: torch.Tensor = vector) -> None:
            vector /= processes

        repeats = 300 if numbers < 1_000_000 else 40
        alone = shortest(apart, repeats)
        dist.barrier()
        vector.fill_(1)
        seconds[numbers] = shortest(together, repeats) - alone
        assert vector[0] == 1
    if rank == 0:
        results.put(seconds)
    dist.barrier()
    dist.destroy_process_group()


def all_reduce(processes: int) -> dict[int, float]:
    """Return the seconds of an all-reduce for each length of the vector."""
    context = multiprocessing.get_context("spawn")
    results, port = context.SimpleQueue(), free_port()
    workers = [
        context.Process(target=worker, args=(rank, processes, port, results))
        for rank in range(processes)
    ]
    for process in workers:
        process.start()
    seconds: dict[int, float] = results.get()
    for process in workers:
        process.join()
    return seconds


def step(rows: int) -> float:
    """Return the seconds of one training step of 784-128-10 in float32."""
    rng = np.random.default_rng(0)
    net = nn.Sequential(
        nn.Linear(784, 128, rng=rng, dtype=np.float32),
        nn.ReLU(),
        nn.Linear(128, 10, rng=rng, dtype=np.float32),
    )
    X, y = rng.random((rows, 784), dtype=np.float32), rng.integers(0, 10, rows)

    def once() -> None:
        _, dz = nn.softmax_cross_entropy(net.forward(X), y)
        net.backward(dz)
        net.params -= 0.01 * net.grads

    return shortest(once, 20_000 // rows + 40)


def main() -> None:
    found = {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "what": "seconds, the shortest of many; one thread per process; float32",
        "step_784_128_10": {rows: step(rows) for rows in BATCHES},
        "all_reduce": {processes: all_reduce(processes) for processes in PROCESSES},
    }
    text = json.dumps(found, indent=2)
    Path(__file__).with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        if os.environ.get(name) != "1":  # read when NumPy is imported: too late to set here
            raise SystemExit(f"run it with {name}=1, one thread per process")
    main()
