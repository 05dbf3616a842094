"""The NumPy side of out-of-place.ts: `numpy-peer.py <operation> <dtype> <count>`; see the child protocol of the harness."""

import sys
import time

import numpy as np

operation, dtype, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
side = int(count**0.5)
a = (np.arange(count) % 1000).astype(dtype)
b = np.full(count, 3, dtype)
shuffled = np.random.default_rng(7).random(count) if operation == "sort" else None
square = np.random.default_rng(7).random((side, side)).astype(dtype)
rows, columns = a[: side * side].reshape(side, side), b[: side * side].reshape(side, side)

work = {
    "add": lambda: a + b,
    "multiply": lambda: a * b,
    "less": lambda: a < b,
    "sum": lambda: a.sum(),
    "min": lambda: a.min(),
    "max": lambda: a.max(),
    "dot": lambda: a.dot(b),
    "transposed-add": lambda: rows.T + columns,
    "matmul": lambda: square @ square,
    "sort": lambda: np.sort(shuffled),
}[operation]

print("ready none", flush=True)
for _ in sys.stdin:
    begin = time.perf_counter()
    work()
    print((time.perf_counter() - begin) * 1e3, flush=True)
