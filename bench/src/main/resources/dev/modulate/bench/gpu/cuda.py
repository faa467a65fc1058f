"""The few calls of CUDA's driver API that the benchmark needs, without any package.

As a program: `cuda.py hold BYTES` says what it sees once it holds that much, until its stdin ends; `cuda.py copy BYTES`
says how long such a copy to the device takes.
"""

import ctypes
import json
import sys
import time
import uuid

# Stores to an address that nobody owns.
POKE = b"""
.version 6.0
.target sm_50
.address_size 64
.visible .entry poke()
{
    .reg .b32 %r<2>;
    .reg .b64 %rd<2>;
    mov.u64 %rd1, 16;
    mov.u32 %r1, 1;
    st.global.u32 [%rd1], %r1;
    ret;
}
"""

library = ctypes.CDLL("libcuda.so.1")


def call(name, *arguments):
    code = getattr(library, name)(*arguments)
    if code:
        raise RuntimeError(f"{name}: CUDA error {code}")


def count():
    """Devices that this process may use."""
    if library.cuInit(0) == 100:
        return 0
    devices = ctypes.c_int()
    call("cuDeviceGetCount", ctypes.byref(devices))
    return devices.value


class Device:
    """The first device that this process may use."""

    def __init__(self):
        call("cuInit", 0)
        self.device = ctypes.c_int()
        call("cuDeviceGet", ctypes.byref(self.device), 0)
        self.context = ctypes.c_void_p()
        call("cuDevicePrimaryCtxRetain", ctypes.byref(self.context), self.device)
        self.use()

    def use(self):
        """Each thread says so once."""
        call("cuCtxSetCurrent", self.context)

    def uuid(self):
        name = (ctypes.c_ubyte * 16)()
        call("cuDeviceGetUuid_v2", name, self.device)
        return "GPU-" + str(uuid.UUID(bytes=bytes(name)))

    def allocate(self, size):
        address = ctypes.c_uint64()
        call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(size))
        return address

    def memory(self):
        """Free and total bytes."""
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
        return free.value, total.value

    def processors(self):
        """How many multiprocessors work for this process."""
        found = ctypes.c_int()
        call("cuDeviceGetAttribute", ctypes.byref(found), 16, self.device)
        return found.value

    def poke(self):
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        call("cuModuleLoadData", ctypes.byref(module), POKE)
        call("cuModuleGetFunction", ctypes.byref(function), module, b"poke")
        call("cuLaunchKernel", function, 1, 1, 1, 1, 1, 1, 0, None, None, None)
        call("cuCtxSynchronize")

    def copy_seconds(self, size, pinned):
        target = self.allocate(size)
        source = ctypes.c_void_p()
        if pinned:
            call("cuMemAllocHost_v2", ctypes.byref(source), ctypes.c_size_t(size))
        else:
            source = ctypes.create_string_buffer(size)
        ctypes.memset(source, 1, size)
        start = time.perf_counter()
        call("cuMemcpyHtoD_v2", target, source, ctypes.c_size_t(size))
        seconds = time.perf_counter() - start
        call("cuMemFree_v2", target)
        return seconds


if __name__ == "__main__":
    size = int(sys.argv[2])
    if sys.argv[1] == "hold":
        seen = count()
        if seen == 0:
            print(json.dumps({"count": 0}), flush=True)
        else:
            device = Device()
            held = device.allocate(size)
            print(json.dumps({"count": seen, "uuid": device.uuid(), "free": device.memory()[0]}), flush=True)
        sys.stdin.read()
    else:
        device = Device()
        print(json.dumps({"pageable": device.copy_seconds(size, False), "pinned": device.copy_seconds(size, True)}))
