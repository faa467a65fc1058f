"""Multiplies two random matrices; with NumPy when the node has it, in plain Python otherwise."""

import random
import time

try:
    import numpy
except ImportError:
    numpy = None


def multiply(a, b):
    columns = list(zip(*b))
    return [[sum(x * y for x, y in zip(row, column)) for column in columns] for row in a]


def handler(event, context):
    size = int((event or {}).get("size", 64))
    if not 1 <= size <= 512:
        raise ValueError(f"size: {size} (expected: 1 to 512)")
    generator = random.Random((event or {}).get("seed", 1))
    a = [[generator.random() for _ in range(size)] for _ in range(size)]
    b = [[generator.random() for _ in range(size)] for _ in range(size)]
    start = time.perf_counter()
    product = numpy.array(a) @ numpy.array(b) if numpy else multiply(a, b)
    return {
        "size": size,
        "trace": float(sum(product[i][i] for i in range(size))),
        "seconds": time.perf_counter() - start,
        "engine": "numpy" if numpy else "python",
    }
