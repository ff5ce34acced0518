"""Started by mpirun: the sweep of the tests on the ranks above 0."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from loads import make_sweep
from mpi4py.futures import MPIPoolExecutor

if __name__ == "__main__":
    with MPIPoolExecutor() as pool:
        pool.bootup()
        result = make_sweep().run(executor=pool, replications=2, seed=5, progress=False)
        print(pool.num_workers, "workers")
    result.save(sys.argv[1])
