"""Reports the device it was given. Deploy it with --gpu-memory 1GiB."""

import os


def handler(event, context):
    return {
        "devices": [d for d in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if d],
        "node": os.environ.get("MODULATE_NODE", ""),
    }
