"""Runs one Python function for a Modulate executor.

Frames come in on the stdin and go out on the stdout this process was started with; both are moved away before the
function's code is loaded. What the function prints through sys.stdout and sys.stderr goes out as frames too, in order
with its result; what it writes past them (C code, child processes) goes to the stderr pipe.

Usage: bootstrap.py HANDLER RESULT_BYTES_MAX, in the folder of the unpacked artifact.

A handler is called as handler(event, context).
  event    JSON input decoded, any other input as bytes
  returns  bytes -> application/octet-stream; anything else -> application/json
  yields   each item goes out at once as partial output; the result is what the generator returns, or without a return
           value the list of the items (joined when all are bytes)
An `async def` handler is awaited.
"""

import os
import sys

_frames_in = os.fdopen(os.dup(0), "rb", buffering=65536)
_frames_out = os.dup(1)
_nothing = os.open(os.devnull, os.O_RDONLY)
os.dup2(_nothing, 0)
os.close(_nothing)
os.dup2(2, 1)

import array
import fcntl
import inspect
import importlib
import io
import json
import struct
import termios
import threading
import time
import traceback

PARTIAL_BYTES_MAX = 64 * 1024
TRACE_CHARS_MAX = 16 * 1024

_length = struct.Struct(">I")
_header = struct.Struct(">Ic")
_lock = threading.RLock()


def _send(kind, *fields):
    body = b"".join(part for field in fields for part in (_length.pack(len(field)), field))
    _send_body(kind, body)


def _send_body(kind, body):
    data = memoryview(_header.pack(len(body) + 1, kind) + body)
    with _lock:
        while data:
            data = data[os.write(_frames_out, data):]


class _Printed(io.RawIOBase):
    def __init__(self, kind, descriptor):
        self._kind = kind
        self._descriptor = descriptor

    def writable(self):
        return True

    def fileno(self):
        return self._descriptor

    def write(self, data):
        data = bytes(data)
        for start in range(0, len(data), PARTIAL_BYTES_MAX):
            _send_body(self._kind, data[start:start + PARTIAL_BYTES_MAX])
        return len(data)


def _text_stream(kind, descriptor):
    return io.TextIOWrapper(
        io.BufferedWriter(_Printed(kind, descriptor)), encoding="utf-8", errors="backslashreplace", line_buffering=True)


def _forked_child():
    """A fork of this process must not speak for it."""
    global _frames_out
    os.dup2(2, _frames_out)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", closefd=False)


def _read_exactly(count):
    data = _frames_in.read(count)
    if len(data) != count:
        os._exit(0)  # The executor is gone.
    return data


def _read_call():
    (length,) = _length.unpack(_read_exactly(4))
    body = _read_exactly(length)
    fields = []
    offset = 1
    while offset < length:
        (size,) = _length.unpack_from(body, offset)
        fields.append(body[offset + 4:offset + 4 + size])
        offset += 4 + size
    return fields


def _encode_partial(item):
    if isinstance(item, (bytes, bytearray, memoryview)):
        return bytes(item)
    if isinstance(item, str):
        return item.encode("utf-8")
    return json.dumps(item, ensure_ascii=False).encode("utf-8") + b"\n"


def _emit(item):
    data = _encode_partial(item)
    for start in range(0, len(data), PARTIAL_BYTES_MAX):
        _send_body(b"P", data[start:start + PARTIAL_BYTES_MAX])


class Context:
    """What a function may know of its call."""

    __slots__ = ("invocation_id", "tenant", "function", "version", "attempt", "devices", "_end")

    def __init__(self, invocation_id, tenant, function, version, attempt, devices, end):
        self.invocation_id = invocation_id
        self.tenant = tenant
        self.function = function
        self.version = version
        self.attempt = attempt
        self.devices = devices
        self._end = end

    @property
    def deadline(self):
        """When the attempt is stopped, in seconds since the epoch."""
        return time.time() + self.remaining_time_ms() / 1000

    def remaining_time_ms(self):
        """Time until the attempt is stopped."""
        return max(0, int((self._end - time.monotonic()) * 1000))

    def emit(self, item):
        """Sends partial output at once: bytes and str as they are, anything else as a line of JSON."""
        _emit(item)


class _InvalidOutput(Exception):
    pass


def _is_json(media_type):
    media_type = media_type.split(";", 1)[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _encode_result(result):
    if isinstance(result, (bytes, bytearray, memoryview)):
        return b"application/octet-stream", bytes(result)
    try:
        return b"application/json", json.dumps(result, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (TypeError, ValueError, RecursionError, UnicodeEncodeError) as error:
        raise _InvalidOutput(f"the result is neither bytes nor JSON: {error}") from error


def _consume(items):
    kept = []
    while True:
        try:
            item = next(items)
        except StopIteration as stop:
            if stop.value is not None:
                return stop.value
            break
        _emit(item)
        kept.append(item)
    if kept and all(isinstance(item, (bytes, bytearray, memoryview)) for item in kept):
        return b"".join(kept)
    return kept


async def _consume_async(items):
    kept = []
    async for item in items:
        _emit(item)
        kept.append(item)
    if kept and all(isinstance(item, (bytes, bytearray, memoryview)) for item in kept):
        return b"".join(kept)
    return kept


def _call(handler, fields):
    invocation_id, tenant, function, version, attempt, remaining_ms, devices, media_type, data = fields
    context = Context(
        invocation_id.decode(), tenant.decode(), function.decode(), int(version), int(attempt),
        [device for device in devices.decode().split(",") if device], time.monotonic() + int(remaining_ms) / 1000)
    event = data
    if _is_json(media_type.decode()):
        event = json.loads(data) if data else None
    result = handler(event, context)
    if inspect.isgenerator(result):
        result = _consume(result)
    elif inspect.iscoroutine(result):
        import asyncio
        result = asyncio.run(result)
    elif inspect.isasyncgen(result):
        import asyncio
        result = asyncio.run(_consume_async(result))
    return _encode_result(result)


def _trace(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    text = "".join(traceback.format_exception(type(error), error, trace))
    return text[-TRACE_CHARS_MAX:].encode("utf-8", "replace")


def _words(error):
    try:
        return str(error).encode("utf-8", "replace")[:TRACE_CHARS_MAX]
    except Exception:
        return b""


def _wait_for_raw_output():
    """What went past sys.stderr should be read before the result is: it belongs to this call."""
    pending = array.array("i", [0])
    for _ in range(50):
        fcntl.ioctl(2, termios.FIONREAD, pending)
        if pending[0] == 0:
            return
        time.sleep(0.001)


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    try:
        _wait_for_raw_output()
    except OSError:
        pass


def _serve(handler, result_bytes_max):
    while True:
        fields = _read_call()
        try:
            media_type, data = _call(handler, fields)
            answer = (b"R", media_type, data)
            if len(data) > result_bytes_max:
                message = f"the result has {len(data)} bytes (expected: at most {result_bytes_max})"
                answer = (b"F", b"OUTPUT_TOO_LARGE", message.encode(), b"", b"")
        except _InvalidOutput as error:
            answer = (b"F", b"OUTPUT_INVALID", _words(error), b"", b"")
        except Exception as error:
            answer = (b"F", b"FUNCTION_ERROR", _words(error), type(error).__qualname__.encode(), _trace(error))
        _flush()
        _send(*answer)
        answer = fields = None


def _load(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise ImportError(f"handler {name!r} is not of the form module.function")
    target = getattr(importlib.import_module(module_name), function_name)
    if not callable(target):
        raise TypeError(f"handler {name!r} is not callable")
    return target


def _main():
    sys.path[0] = os.getcwd()
    sys.stdout = sys.__stdout__ = _text_stream(b"O", 1)
    sys.stderr = sys.__stderr__ = _text_stream(b"E", 2)
    os.register_at_fork(after_in_child=_forked_child)
    name, result_bytes_max = sys.argv[1], int(sys.argv[2])
    sys.argv = [name]
    try:
        handler = _load(name)
    except Exception as error:
        _flush()
        _send(b"X", _words(error), type(error).__qualname__.encode(), _trace(error))
        os._exit(1)
    _flush()
    _send(b"Y")
    _serve(handler, result_bytes_max)


if __name__ == "__main__":
    _main()
