"""What the tests share: random numbers that are the same every time."""

import threading

import numpy as np
import pytest
from tqdm import tqdm

# By default its lock is one for a process and all its children, and a child that is stopped
# while it holds it (a mutant that hangs) would leave it shut for all others.
tqdm.set_lock(threading.RLock())


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)
