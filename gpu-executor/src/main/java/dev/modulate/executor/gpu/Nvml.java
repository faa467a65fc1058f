package dev.modulate.executor.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * NVIDIA's management library, loaded at run time, as calls that return values or throw. Struct layouts are those of
 * nvml.h on 64-bit Linux. Safe for any thread, as NVML is.
 *
 * <p>Any entry point may be missing, as libraries are as old as their drivers: its call then fails with
 * {@link NvmlException#FUNCTION_NOT_FOUND}.
 */
@SuppressWarnings("restricted") // Native access is what this class is for.
final class Nvml {
    private static final int SUCCESS = 0;
    private static final int TEXT_BYTES = 96;
    private static final int ERROR_TEXT_BYTES_MAX = 256;
    private static final int MEMORY_V1_BYTES = 24;
    private static final int MEMORY_V2_BYTES = 40;
    private static final int MEMORY_V2_VERSION = MEMORY_V2_BYTES | (2 << 24);
    private static final int TEMPERATURE_OF_CHIP = 0;
    private static final int ECC_UNCORRECTED = 1;
    private static final int ECC_SINCE_DRIVER_LOADED = 0;
    private static final int PEERS_BY_NVLINK = 2;
    private static final Set<NvmlCall> WIDE =
            EnumSet.of(NvmlCall.ECC_ERRORS, NvmlCall.CLOCK_REASONS, NvmlCall.EVENT_TYPES);

    private final Map<NvmlCall, MethodHandle> calls = new EnumMap<>(NvmlCall.class);
    private final @Nullable MethodHandle errorString;

    /** @param reservedBytes of the driver; zero when the library does not tell it apart from what is used */
    record Memory(long totalBytes, long reservedBytes, long usedBytes) {}

    @FunctionalInterface
    interface Ask<T> {
        T of(Arena arena) throws NvmlException;
    }

    private Nvml(SymbolLookup library) {
        var linker = Linker.nativeLinker();
        for (NvmlCall call : NvmlCall.values()) {
            library.find(call.symbol())
                    .ifPresent(symbol -> calls.put(call, linker.downcallHandle(symbol, call.descriptor())));
        }
        errorString = library.find("nvmlErrorString")
                .map(symbol -> linker.downcallHandle(symbol, FunctionDescriptor.of(ADDRESS, JAVA_INT)))
                .orElse(null);
    }

    /** Loads the library and connects to the driver. The library stays loaded: a call may hang in it for good. */
    static Nvml open(String library) throws NvmlException {
        SymbolLookup lookup;
        try {
            lookup = library.contains("/")
                    ? SymbolLookup.libraryLookup(Path.of(library), Arena.global())
                    : SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new NvmlException(NvmlException.LIBRARY_NOT_FOUND, "" + e.getMessage());
        }
        var nvml = new Nvml(lookup);
        nvml.init();
        return nvml;
    }

    void init() throws NvmlException {
        call(NvmlCall.INIT);
    }

    /** Handles are invalid from now on. */
    void shutdown() throws NvmlException {
        call(NvmlCall.SHUTDOWN);
    }

    String driverVersion() throws NvmlException {
        return ask(arena -> {
            var text = arena.allocate(TEXT_BYTES);
            call(NvmlCall.DRIVER_VERSION, text, TEXT_BYTES);
            return text.getString(0);
        });
    }

    int deviceCount() throws NvmlException {
        return (int) number(NvmlCall.DEVICE_COUNT);
    }

    MemorySegment device(int index) throws NvmlException {
        return ask(arena -> {
            var handle = arena.allocate(ADDRESS);
            call(NvmlCall.HANDLE_BY_INDEX, index, handle);
            return handle.get(ADDRESS, 0);
        });
    }

    MemorySegment device(String uuid) throws NvmlException {
        return ask(arena -> {
            var handle = arena.allocate(ADDRESS);
            call(NvmlCall.HANDLE_BY_UUID, arena.allocateFrom(uuid), handle);
            return handle.get(ADDRESS, 0);
        });
    }

    String uuid(MemorySegment device) throws NvmlException {
        return text(NvmlCall.UUID, device);
    }

    String name(MemorySegment device) throws NvmlException {
        return text(NvmlCall.NAME, device);
    }

    /** Such as {@code 9.0}; empty when the library does not say. */
    String computeCapability(MemorySegment device) throws NvmlException {
        return ask(arena -> {
            var major = arena.allocate(JAVA_INT);
            var minor = arena.allocate(JAVA_INT);
            try {
                call(NvmlCall.COMPUTE_CAPABILITY, device, major, minor);
                return major.get(JAVA_INT, 0) + "." + minor.get(JAVA_INT, 0);
            } catch (NvmlException e) {
                return unavailable(e, "");
            }
        });
    }

    Memory memory(MemorySegment device) throws NvmlException {
        try {
            return ask(arena -> {
                var memory = arena.allocate(MEMORY_V2_BYTES, Long.BYTES);
                memory.set(JAVA_INT, 0, MEMORY_V2_VERSION);
                call(NvmlCall.MEMORY_V2, device, memory);
                return new Memory(memory.get(JAVA_LONG, 8), memory.get(JAVA_LONG, 16), memory.get(JAVA_LONG, 32));
            });
        } catch (NvmlException e) {
            if (!e.meansUnavailable()) {
                throw e;
            }
        }
        return ask(arena -> {
            var memory = arena.allocate(MEMORY_V1_BYTES, Long.BYTES);
            call(NvmlCall.MEMORY, device, memory);
            return new Memory(memory.get(JAVA_LONG, 0), 0, memory.get(JAVA_LONG, 16));
        });
    }

    /** Of the chip, over the last sample period of the driver: the first of the pair that the call writes. */
    OptionalLong utilizationPercent(MemorySegment device) throws NvmlException {
        return optional(NvmlCall.UTILIZATION, device);
    }

    OptionalLong temperatureCelsius(MemorySegment device) throws NvmlException {
        return optional(NvmlCall.TEMPERATURE, device, TEMPERATURE_OF_CHIP);
    }

    OptionalLong powerMilliwatts(MemorySegment device) throws NvmlException {
        return optional(NvmlCall.POWER, device);
    }

    /** Memory errors since the driver was loaded that could not be corrected. */
    OptionalLong uncorrectedErrors(MemorySegment device) throws NvmlException {
        return optional(NvmlCall.ECC_ERRORS, device, ECC_UNCORRECTED, ECC_SINCE_DRIVER_LOADED);
    }

    /** True when two devices reach each other's memory over NVLink, directly or through a switch. */
    boolean linked(MemorySegment one, MemorySegment other) throws NvmlException {
        var status = optional(NvmlCall.PEER_STATUS, one, other, PEERS_BY_NVLINK);
        return status.isPresent() && status.getAsLong() == 0;
    }

    /** How many partitions the device may have; empty when it is not in that mode. */
    OptionalLong partitionsMax(MemorySegment device) throws NvmlException {
        boolean partitioned = ask(arena -> {
            var current = arena.allocate(JAVA_LONG);
            var pending = arena.allocate(JAVA_LONG);
            try {
                call(NvmlCall.MIG_MODE, device, current, pending);
                return current.get(JAVA_INT, 0) == 1;
            } catch (NvmlException e) {
                return unavailable(e, false);
            }
        });
        return partitioned ? optional(NvmlCall.MIG_COUNT_MAX, device) : OptionalLong.empty();
    }

    MemorySegment partition(MemorySegment device, int index) throws NvmlException {
        return ask(arena -> {
            var handle = arena.allocate(ADDRESS);
            call(NvmlCall.MIG_HANDLE_BY_INDEX, device, index, handle);
            return handle.get(ADDRESS, 0);
        });
    }

    private String text(NvmlCall call, MemorySegment device) throws NvmlException {
        return ask(arena -> {
            var text = arena.allocate(TEXT_BYTES);
            call(call, device, text, TEXT_BYTES);
            return text.getString(0);
        });
    }

    /** Empty when there is no such value here. */
    OptionalLong optional(NvmlCall call, Object... arguments) throws NvmlException {
        try {
            return OptionalLong.of(number(call, arguments));
        } catch (NvmlException e) {
            return unavailable(e, OptionalLong.empty());
        }
    }

    private static <T> T unavailable(NvmlException problem, T otherwise) throws NvmlException {
        if (problem.meansUnavailable()) {
            return otherwise;
        }
        throw problem;
    }

    /** The call writes a number through its last argument: of 32 bits, or of 64 where it counts errors or sets bits. */
    private long number(NvmlCall call, Object... arguments) throws NvmlException {
        return ask(arena -> {
            var value = arena.allocate(JAVA_LONG);
            var all = Arrays.copyOf(arguments, arguments.length + 1);
            all[arguments.length] = value;
            call(call, all);
            return WIDE.contains(call) ? value.get(JAVA_LONG, 0) : value.get(JAVA_INT, 0);
        });
    }

    static <T> T ask(Ask<T> question) throws NvmlException {
        try (var arena = Arena.ofConfined()) {
            return question.of(arena);
        }
    }

    void call(NvmlCall call, Object... arguments) throws NvmlException {
        var handle = calls.get(call);
        if (handle == null) {
            throw new NvmlException(NvmlException.FUNCTION_NOT_FOUND, call.symbol() + ": not in this library");
        }
        int code = (int) invoke(handle, arguments);
        if (code != SUCCESS) {
            throw new NvmlException(code, words(code) + " (" + call.symbol() + ": " + code + ")");
        }
    }

    private String words(int code) {
        if (errorString == null) {
            return "NVML error";
        }
        var text = (MemorySegment) invoke(errorString, code);
        return text.equals(MemorySegment.NULL)
                ? "NVML error"
                : text.reinterpret(ERROR_TEXT_BYTES_MAX).getString(0);
    }

    private static Object invoke(MethodHandle handle, Object... arguments) {
        try {
            return handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException("a native call threw", e);
        }
    }
}
