"""Takes its time, and says what it does on stdout: try `modulate logs`, `modulate cancel`, --timeout."""

import time


def handler(event, context):
    seconds = float((event or {}).get("seconds", 5))
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        print(f"{left:.1f} s left", flush=True)
        time.sleep(min(1, left))
    return {"slept": seconds, "attempt": context.attempt}
