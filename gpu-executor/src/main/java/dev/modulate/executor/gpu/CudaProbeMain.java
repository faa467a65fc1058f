package dev.modulate.executor.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;

/**
 * Computes on the first GPU it can see, by CUDA's driver API: copies numbers there, adds one to each, reads them back.
 * Exit code 0 when they are right; otherwise it says what is wrong and exits with 1. {@code CudaProbeMain libcuda.so.1}.
 */
@SuppressWarnings("restricted") // Native access is what this program is for.
public final class CudaProbeMain {
    private static final int COUNT = 1 << 20;
    private static final int BLOCK = 256;

    /** Adds one to each of n numbers. The lowest release that every driver in use still translates. */
    private static final String KERNEL = """
            .version 6.0
            .target sm_50
            .address_size 64
            .visible .entry add_one(.param .u64 numbers, .param .u32 n)
            {
                .reg .pred %p<2>;
                .reg .b32 %r<7>;
                .reg .b64 %rd<5>;
                ld.param.u64 %rd1, [numbers];
                ld.param.u32 %r1, [n];
                mov.u32 %r2, %ctaid.x;
                mov.u32 %r3, %ntid.x;
                mov.u32 %r4, %tid.x;
                mad.lo.s32 %r5, %r2, %r3, %r4;
                setp.ge.u32 %p1, %r5, %r1;
                @%p1 bra DONE;
                cvta.to.global.u64 %rd2, %rd1;
                mul.wide.u32 %rd3, %r5, 4;
                add.s64 %rd4, %rd2, %rd3;
                ld.global.u32 %r6, [%rd4];
                add.u32 %r6, %r6, 1;
                st.global.u32 [%rd4], %r6;
            DONE:
                ret;
            }
            """;

    private final SymbolLookup library;
    private final Arena arena;

    private CudaProbeMain(SymbolLookup library, Arena arena) {
        this.library = library;
        this.arena = arena;
    }

    public static void main(String[] arguments) {
        String name = arguments.length == 0 ? "libcuda.so.1" : arguments[0];
        try (var arena = Arena.ofConfined()) {
            var library = name.contains("/")
                    ? SymbolLookup.libraryLookup(Path.of(name), arena)
                    : SymbolLookup.libraryLookup(name, arena);
            new CudaProbeMain(library, arena).compute();
        } catch (IllegalArgumentException | IllegalStateException e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }

    private void compute() {
        call("cuInit", 0);
        var device = arena.allocate(JAVA_INT);
        call("cuDeviceGet", device, 0);
        var context = arena.allocate(ADDRESS);
        call("cuDevicePrimaryCtxRetain", context, device.get(JAVA_INT, 0));
        call("cuCtxSetCurrent", context.get(ADDRESS, 0));
        var memory = arena.allocate(JAVA_LONG);
        call("cuMemAlloc_v2", memory, (long) COUNT * Integer.BYTES);
        long numbers = memory.get(JAVA_LONG, 0);
        var host = arena.allocate(JAVA_INT, COUNT);
        for (int index = 0; index < COUNT; index++) {
            host.setAtIndex(JAVA_INT, index, index);
        }
        call("cuMemcpyHtoD_v2", numbers, host, host.byteSize());
        launch(memory);
        host.fill((byte) 0);
        call("cuMemcpyDtoH_v2", host, numbers, host.byteSize());
        call("cuMemFree_v2", numbers);
        for (int index = 0; index < COUNT; index++) {
            if (host.getAtIndex(JAVA_INT, index) != index + 1) {
                throw new IllegalStateException("number " + index + " came back as " + host.getAtIndex(JAVA_INT, index)
                        + " (expected: " + (index + 1) + ")");
            }
        }
    }

    private void launch(MemorySegment numbers) {
        var module = arena.allocate(ADDRESS);
        call("cuModuleLoadData", module, arena.allocateFrom(KERNEL));
        var function = arena.allocate(ADDRESS);
        call("cuModuleGetFunction", function, module.get(ADDRESS, 0), arena.allocateFrom("add_one"));
        var count = arena.allocateFrom(JAVA_INT, COUNT);
        var parameters = arena.allocate(ADDRESS, 2);
        parameters.setAtIndex(ADDRESS, 0, numbers);
        parameters.setAtIndex(ADDRESS, 1, count);
        call(
                "cuLaunchKernel",
                function.get(ADDRESS, 0),
                COUNT / BLOCK,
                1,
                1,
                BLOCK,
                1,
                1,
                0,
                MemorySegment.NULL,
                parameters,
                MemorySegment.NULL);
        call("cuCtxSynchronize");
    }

    private void call(String symbol, Object... arguments) {
        var layouts = new MemoryLayout[arguments.length];
        for (int index = 0; index < arguments.length; index++) {
            layouts[index] = switch (arguments[index]) {
                case Integer number -> JAVA_INT;
                case Long number -> JAVA_LONG;
                default -> ADDRESS;
            };
        }
        var address = library.find(symbol)
                .orElseThrow(() -> new IllegalStateException(symbol + ": not in this library of CUDA"));
        var handle = Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(JAVA_INT, layouts));
        int code;
        try {
            code = (int) handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(symbol + ": " + e, e);
        }
        if (code != 0) {
            throw new IllegalStateException(symbol + ": CUDA error " + code);
        }
    }
}
