"""Holds memory of the device it was given, as a model would, and says what it sees."""

import os

import cuda

device = cuda.Device() if cuda.count() else None
held = device.allocate(int(os.environ["HOLD_BYTES"])) if device else None


def handler(event, context):
    event = event or {}
    if device is None:
        return {"count": cuda.count()}
    device.use()
    if event.get("fault"):
        device.poke()
    if "more" in event:
        device.allocate(event["more"])
    free, total = device.memory()
    return {
        "count": cuda.count(),
        "uuid": device.uuid(),
        "given": os.environ["CUDA_VISIBLE_DEVICES"],
        "free": free,
        "total": total,
        "processors": device.processors(),
        "pid": os.getpid(),
    }
