"""Fails on its first attempts: deploy it with --attempts 3 and it succeeds at the last one."""


def handler(event, context):
    succeeds_at = int((event or {}).get("succeeds_at", 3))
    if context.attempt < succeeds_at:
        raise RuntimeError(f"attempt {context.attempt} fails, attempt {succeeds_at} will not")
    return {"attempt": context.attempt}
