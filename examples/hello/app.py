"""The smallest function: greets who is named in the event."""


def handler(event, context):
    name = (event or {}).get("name", "world")
    return {"greeting": f"Hello, {name}!", "invocation": context.invocation_id, "attempt": context.attempt}
