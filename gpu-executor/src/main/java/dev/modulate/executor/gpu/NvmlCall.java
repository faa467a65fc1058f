package dev.modulate.executor.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;

/**
 * The entry points of NVML that we use. Suffixes are spelled out: C headers rename a call to its newest version, and the
 * bare symbol is the oldest one.
 */
enum NvmlCall {
    INIT("nvmlInit_v2"),
    SHUTDOWN("nvmlShutdown"),
    DRIVER_VERSION("nvmlSystemGetDriverVersion", ADDRESS, JAVA_INT),
    DEVICE_COUNT("nvmlDeviceGetCount_v2", ADDRESS),
    HANDLE_BY_INDEX("nvmlDeviceGetHandleByIndex_v2", JAVA_INT, ADDRESS),
    HANDLE_BY_UUID("nvmlDeviceGetHandleByUUID", ADDRESS, ADDRESS),
    UUID("nvmlDeviceGetUUID", ADDRESS, ADDRESS, JAVA_INT),
    NAME("nvmlDeviceGetName", ADDRESS, ADDRESS, JAVA_INT),
    COMPUTE_CAPABILITY("nvmlDeviceGetCudaComputeCapability", ADDRESS, ADDRESS, ADDRESS),
    MEMORY("nvmlDeviceGetMemoryInfo", ADDRESS, ADDRESS),
    MEMORY_V2("nvmlDeviceGetMemoryInfo_v2", ADDRESS, ADDRESS),
    UTILIZATION("nvmlDeviceGetUtilizationRates", ADDRESS, ADDRESS),
    TEMPERATURE("nvmlDeviceGetTemperature", ADDRESS, JAVA_INT, ADDRESS),
    POWER("nvmlDeviceGetPowerUsage", ADDRESS, ADDRESS),
    ECC_ERRORS("nvmlDeviceGetTotalEccErrors", ADDRESS, JAVA_INT, JAVA_INT, ADDRESS),
    PEER_STATUS("nvmlDeviceGetP2PStatus", ADDRESS, ADDRESS, JAVA_INT, ADDRESS),
    MIG_MODE("nvmlDeviceGetMigMode", ADDRESS, ADDRESS, ADDRESS),
    MIG_COUNT_MAX("nvmlDeviceGetMaxMigDeviceCount", ADDRESS, ADDRESS),
    MIG_HANDLE_BY_INDEX("nvmlDeviceGetMigDeviceHandleByIndex", ADDRESS, JAVA_INT, ADDRESS),
    PROCESSES_V3("nvmlDeviceGetComputeRunningProcesses_v3", ADDRESS, ADDRESS, ADDRESS),
    PROCESSES_V2("nvmlDeviceGetComputeRunningProcesses_v2", ADDRESS, ADDRESS, ADDRESS),
    PROCESSES_V1("nvmlDeviceGetComputeRunningProcesses", ADDRESS, ADDRESS, ADDRESS),
    REMAPPED_ROWS("nvmlDeviceGetRemappedRows", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS),
    FIELD_VALUES("nvmlDeviceGetFieldValues", ADDRESS, JAVA_INT, ADDRESS),
    CLOCK_REASONS("nvmlDeviceGetCurrentClocksEventReasons", ADDRESS, ADDRESS),
    EVENT_TYPES("nvmlDeviceGetSupportedEventTypes", ADDRESS, ADDRESS),
    EVENT_SET_CREATE("nvmlEventSetCreate", ADDRESS),
    EVENT_SET_REGISTER("nvmlDeviceRegisterEvents", ADDRESS, JAVA_LONG, ADDRESS),
    EVENT_SET_WAIT("nvmlEventSetWait_v2", ADDRESS, ADDRESS, JAVA_INT),
    EVENT_SET_FREE("nvmlEventSetFree", ADDRESS);

    private final String symbol;

    @SuppressWarnings("ImmutableEnumChecker") // Immutable by its contract, if not by an annotation.
    private final FunctionDescriptor descriptor;

    NvmlCall(String symbol, MemoryLayout... arguments) {
        this.symbol = symbol;
        this.descriptor = FunctionDescriptor.of(JAVA_INT, arguments);
    }

    String symbol() {
        return symbol;
    }

    /** All of them answer with a return code. */
    FunctionDescriptor descriptor() {
        return descriptor;
    }
}
