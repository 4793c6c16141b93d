"""Two threads apply a Python function to the groups of a data frame each.

Cause: gil-bound
"""

from concurrent.futures import ThreadPoolExecutor

import numpy
import pandas

rows = 60_000
frame = pandas.DataFrame({"key": numpy.arange(rows) % 15_000, "value": numpy.arange(rows) * 0.5})


def spread(part):
    return part.groupby("key").value.apply(lambda group: group.max() - group.min())  # THE LINE


with ThreadPoolExecutor(2) as pool:
    list(pool.map(spread, [frame, frame + 1]))
