"""Two threads sort arrays without the GIL, but other programs keep all CPUs busy.

Cause: busy-machine
Needs: busy-cpus
"""

from concurrent.futures import ThreadPoolExecutor

import numpy

arrays = [numpy.random.default_rng(seed).random(1_500_000) for seed in range(2)]


def order(array):
    for _ in range(4):
        numpy.sort(array, kind="stable")  # THE LINE


with ThreadPoolExecutor(2) as pool:
    list(pool.map(order, arrays))
