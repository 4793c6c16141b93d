"""joblib's threads multiply matrices, and each product asks for a pool of eight BLAS threads more.

Cause: oversubscription
"""

import numpy
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

# What OpenBLAS does by itself on a machine of eight CPUs, of which a container may use fewer.
threadpool_limits(8)
matrix = numpy.ones((500, 500))


def multiply():
    for _ in range(2):
        matrix @ matrix  # THE LINE


Parallel(n_jobs=2, backend="threading")(delayed(multiply)() for _ in range(4))
