"""Exercises of the chapter *More than one machine*."""

import math
from typing import Any

import numpy as np

from nnlib._arrays import Array
from nnlib.exercises._exercise import Exercise, Mistake

Arguments = list[tuple[Any, ...]]


# Three workers, one mean

ROWS, LOSSES, SLOPES = np.array([5, 3, 2]), np.array([0.4, 0.8, 1.5]), np.array([1.0, -2.0, 2.0])


def _weighted(values: Array) -> float:
    return float(ROWS @ values / ROWS.sum())


# The longest job first


def _finish(times: list[float], machines: int) -> float:
    """Give each job, in the order given, to the machine that is free first."""
    free = [0.0] * machines
    for time in times:
        free[free.index(min(free))] += time
    return max(free)


def _round_robin(times: list[float], machines: int) -> float:
    return max(sum(times[i::machines]) for i in range(machines))


# How many machines


def _best(compute: float, transfer: float, latency: float) -> float:
    gain = compute - 2 * transfer
    return max(1.0, math.sqrt(gain / (2 * latency))) if gain > 0 else 1.0


# Mean and spread of all rows


def _moment_cases() -> Arguments:
    rng = np.random.default_rng(15)
    cases = []
    for sizes in [(3, 1), (40, 25, 7), (6, 6)]:
        shards = [rng.normal(5 * i, 1 + i, size) for i, size in enumerate(sizes)]
        cases.append(
            (
                np.array(sizes),
                np.array([shard.mean() for shard in shards]),
                np.array([shard.std() for shard in shards]),
            )
        )
    return cases


def _pooled(rows: Array, means: Array, stds: Array) -> tuple[float, float]:
    mean = rows @ means / rows.sum()
    return float(mean), float(np.sqrt(rows @ (stds**2 + (means - mean) ** 2) / rows.sum()))


EXERCISES = [
    Exercise(
        name="combine_by_hand",
        answer=(_weighted(LOSSES), _weighted(SLOPES)),
        verified="each worker counts with its rows: 5, 3 and 2 of 10",
        hints=(
            "how much of the sum over the ten rows comes from each worker?",
            "turn each mean back into a sum: 5 rows with the mean 0.4 have the sum 2.0",
            "add the three sums of losses and divide by 10, then the same for the slopes",
        ),
        mistakes=(
            Mistake(
                (float(LOSSES.mean()), float(SLOPES.mean())),
                "that is the mean over the workers; the one with 2 rows counted as much as the one "
                "with 5",
            ),
            Mistake(
                (float(ROWS @ LOSSES), float(ROWS @ SLOPES)),
                "those are the sums over all rows; the loss is their mean",
            ),
            Mistake(
                (float(ROWS @ LOSSES / 3), float(ROWS @ SLOPES / 3)),
                "the sums over the rows are right; divide them by the rows, not by the workers",
            ),
            Mistake(
                (_weighted(LOSSES), float(SLOPES.mean())),
                "the loss is right; the gradient of that loss has the same weights",
            ),
        ),
    ),
    Exercise(
        name="ddp_factors",
        answer=lambda rows: np.asarray(rows) * len(rows) / np.sum(rows),
        verified="the workers' mean is then the mean over rows; equal shards get 1",
        hints=(
            "write what you want, a sum over the workers weighted by rows, above what you get",
            "the framework gives 1/M times the sum of what the workers hand in",
            "compare the two sums term by term: a factor f with f / M = N_r / N",
        ),
        cases=lambda: [([3, 1],), ([500, 300, 200],), ([7, 7],), ([1, 0, 4],)],
        mistakes=(
            Mistake(
                lambda rows: np.asarray(rows) / np.sum(rows),
                "those are the weights of a sum over the workers; the framework divides that sum "
                "by their number once more",
            ),
            Mistake(
                lambda rows: np.ones(len(rows)),
                "right as long as all shards have the same rows; these have not",
            ),
            Mistake(
                lambda rows: np.asarray(rows) * 1.0,
                "that turns each mean into a sum over rows; who divides by all rows?",
            ),
            Mistake(
                lambda rows: np.asarray(rows) / np.mean(rows) / len(rows) ** 2,
                "the number of workers is in the wrong place: it must undo a division",
            ),
        ),
    ),
    Exercise(
        name="best_machines",
        answer=_best,
        verified="also where one machine is best: the network eats what others save",
        hints=(
            "sort the terms of T(M): those with M, those with 1/M, and those with neither",
            "the messages bring 2 (M - 1) latency, the sending 2 transfer - 2 transfer / M",
            "the derivative is 0 where M squared is a quotient; what if its numerator is negative?",
        ),
        cases=lambda: [
            (1.8, 0.3, 0.05),
            (58.0, 3.3, 0.05),
            (1.8, 3.3, 0.05),
            (2.0, 0.0, 1.0),
            (1.0, 0.1, 5.0),
        ],
        mistakes=(
            Mistake(
                lambda compute, transfer, latency: max(1.0, math.sqrt(compute / (2 * latency))),
                "the part of the transfer that shrinks with 1/M has not been differentiated",
            ),
            Mistake(
                lambda compute, transfer, latency: max(
                    1.0, math.sqrt(max(0.0, compute - 2 * transfer) / latency)
                ),
                "each of the 2(M - 1) messages has its latency: the factor 2 is missing",
            ),
            Mistake(
                lambda compute, transfer, latency: (
                    math.sqrt((compute - 2 * transfer) / (2 * latency))
                    if compute > 2 * transfer
                    else 1.0
                ),
                "the formula is right; but fewer than one machine cannot be had",
            ),
            Mistake(
                lambda compute, transfer, latency: (
                    max(1.0, math.sqrt((compute - 2 * transfer) / (2 * latency)))
                    if compute > 2 * transfer
                    else math.inf
                ),
                "if the network takes more than it saves, is more of it the answer?",
            ),
        ),
    ),
    Exercise(
        name="longest_first",
        answer=lambda times, machines: _finish(sorted(times, reverse=True), machines),
        verified="five lists of jobs, on one to four machines",
        hints=(
            "which job should start first, so that nobody waits for it at the end?",
            "keep a list of the times at which each machine is free",
            "the next job, in falling order, adds its time to the smallest entry of that list",
        ),
        cases=lambda: [
            ([2.0, 1.0, 8.0, 1.0, 4.0], 2),
            ([1.0, 1.0, 2.0, 4.0, 8.0], 1),
            ([3.0, 3.0, 2.0, 2.0, 2.0], 2),
            ([5.0, 1.0, 4.0, 4.0, 3.0, 6.0, 1.0], 3),
            ([2.0, 9.0], 4),
        ],
        mistakes=(
            Mistake(
                _finish,
                "the jobs were handed out in the order given: a long one may come last, and all "
                "others wait for it",
            ),
            Mistake(
                lambda times, machines: sum(times) / machines,
                "that is the time if jobs could be cut into pieces; a job runs on one machine",
            ),
            Mistake(
                lambda times, machines: max(times),
                "that is how long the longest job takes; its machine, or another, may have more",
            ),
            Mistake(
                lambda times, machines: _round_robin(sorted(times, reverse=True), machines),
                "the jobs were dealt out in turn; give the next one to the machine that is free "
                "first",
            ),
        ),
    ),
    Exercise(
        name="pooled_std",
        answer=_pooled,
        verified="mean and standard deviation of all rows, for two and three shards",
        hints=(
            "which of these can be added over rows: x, its square, the root of a sum?",
            "in each shard the mean of the squares is std**2 + mean**2",
            "weight those by rows, subtract the square of the common mean, and take the root",
        ),
        cases=_moment_cases,
        mistakes=(
            Mistake(
                lambda rows, means, stds: (
                    float(rows @ means / rows.sum()),
                    float(rows @ stds / rows.sum()),
                ),
                "the mean is right; a standard deviation is no mean over rows, so it cannot be "
                "averaged: which quantity under the root is one?",
            ),
            Mistake(
                lambda rows, means, stds: (float(means.mean()), float(stds.mean())),
                "both were averaged by worker, whatever rows it has",
            ),
            Mistake(
                lambda rows, means, stds: (
                    float(rows @ means / rows.sum()),
                    float(np.sqrt(rows @ stds**2 / rows.sum())),
                ),
                "that is the spread inside the shards; they also differ from each other",
            ),
            Mistake(
                lambda rows, means, stds: (
                    _pooled(rows, means, stds)[0],
                    _pooled(rows, means, stds)[1] ** 2,
                ),
                "that is the variance; take its root",
            ),
        ),
    ),
]
