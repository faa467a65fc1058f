"""Writes partial results while it runs, as a language model writes tokens."""

import time


def handler(event, context):
    text = (event or {}).get("text", "one call, one promise, one result")
    words = text.split()
    for word in words:
        context.emit(word + " ")
        time.sleep(float((event or {}).get("pause", 0.05)))
    return {"words": len(words)}
