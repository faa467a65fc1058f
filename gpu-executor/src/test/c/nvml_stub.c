// Stands in for libnvidia-ml.so.1 in tests: two GPUs, or what the file beside it says. The tests write that file, whose
// path is compiled in as STUB_CONTROL, with one word for each thing that is wrong. It is read on every call.
#include <stdio.h>
#include <string.h>

typedef int Return;
typedef void *Device;

enum { SUCCESS = 0, UNINITIALIZED = 1, NOT_SUPPORTED = 3, NOT_FOUND = 6, DRIVER_NOT_LOADED = 9, TIMEOUT = 10, GPU_IS_LOST = 15,
       ARGUMENT_VERSION_MISMATCH = 25, UNKNOWN = 999 };

#define GPUS 2
#define BOARD 0x1000L
#define PARTITION 0x2000L

static int sessions;

// Devices that fell off the bus: back on it or not, this session does not see them again.
static int fallen[GPUS];

// Whether the control file has this word; "lost1" and the like carry the index of a device.
static int is(const char *word)
{
    char line[64];
    int found = 0;
    FILE *file = fopen(STUB_CONTROL, "r");
    if (!file)
        return 0;
    while (fscanf(file, "%63s", line) == 1)
        found |= !strcmp(line, word);
    fclose(file);
    return found;
}

static int index_of(Device device)
{
    return (long)device & 0xf;
}

static int is_partition(Device device)
{
    return (long)device >= PARTITION;
}

static int is_at(const char *word, Device device)
{
    char with_index[32];
    snprintf(with_index, sizeof with_index, "%s%d", word, index_of(device));
    return is(with_index);
}

static Return answer(Device device)
{
    if (!sessions)
        return UNINITIALIZED;
    if (is_at("fallen", device))
        fallen[index_of(device)] = 1;
    if (is_at("lost", device) || (!is_partition(device) && fallen[index_of(device)]))
        return GPU_IS_LOST;
    return is_at("unknown", device) ? UNKNOWN : SUCCESS;
}

#define ANSWER(device) do { Return r = answer(device); if (r) return r; } while (0)

Return nvmlInit_v2(void)
{
    if (is("no-driver"))
        return DRIVER_NOT_LOADED;
    sessions++;
    memset(fallen, 0, sizeof fallen);
    return SUCCESS;
}

Return nvmlShutdown(void)
{
    if (!sessions)
        return UNINITIALIZED;
    sessions--;
    return SUCCESS;
}

const char *nvmlErrorString(Return code)
{
    switch (code) {
    case UNINITIALIZED: return "Uninitialized";
    case NOT_SUPPORTED: return "Not Supported";
    case DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case GPU_IS_LOST: return "GPU is lost";
    default: return "Unknown Error";
    }
}

Return nvmlSystemGetDriverVersion(char *text, unsigned length)
{
    snprintf(text, length, "570.99");
    return SUCCESS;
}

Return nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = GPUS;
    return sessions ? SUCCESS : UNINITIALIZED;
}

Return nvmlDeviceGetHandleByIndex_v2(unsigned index, Device *device)
{
    *device = (Device)(BOARD + index);
    return answer(*device);
}

Return nvmlDeviceGetHandleByUUID(const char *uuid, Device *device)
{
    long index = uuid[strlen(uuid) - 1] - '0';
    *device = (Device)((strncmp(uuid, "MIG-", 4) ? BOARD : PARTITION) + index);
    return answer(*device);
}

Return nvmlDeviceGetUUID(Device device, char *text, unsigned length)
{
    ANSWER(device);
    snprintf(text, length, "%s-00000000-0000-0000-0000-00000000000%d", is_partition(device) ? "MIG" : "GPU",
             index_of(device));
    return SUCCESS;
}

Return nvmlDeviceGetName(Device device, char *text, unsigned length)
{
    ANSWER(device);
    snprintf(text, length, is_partition(device) ? "NVIDIA H100 80GB HBM3 MIG 1g.10gb" : "NVIDIA H100 80GB HBM3");
    return SUCCESS;
}

Return nvmlDeviceGetCudaComputeCapability(Device device, int *major, int *minor)
{
    ANSWER(device);
    *major = 9;
    *minor = 0;
    return SUCCESS;
}

struct memory { unsigned long long total, free, used; };

Return nvmlDeviceGetMemoryInfo(Device device, struct memory *memory)
{
    ANSWER(device);
    memory->total = 80ULL << 30;
    memory->used = (is("busy") ? 40ULL << 30 : 4ULL << 30) + (600ULL << 20);
    memory->free = memory->total - memory->used;
    return SUCCESS;
}

#ifndef STUB_OLD
// "process123" says that process 123 computes on every GPU and holds 1 GiB there.
static int process(void)
{
    char line[64];
    int pid = 0;
    FILE *file = fopen(STUB_CONTROL, "r");
    if (!file)
        return 0;
    while (fscanf(file, "%63s", line) == 1)
        sscanf(line, "process%d", &pid);
    fclose(file);
    return pid;
}

struct memory_v2 { unsigned version; unsigned long long total, reserved, free, used; };

Return nvmlDeviceGetMemoryInfo_v2(Device device, struct memory_v2 *memory)
{
    if (memory->version != (sizeof *memory | 2u << 24))
        return ARGUMENT_VERSION_MISMATCH;
    ANSWER(device);
    memory->total = 80ULL << 30;
    memory->reserved = 600ULL << 20;
    memory->used = (is("busy") ? 40ULL << 30 : 4ULL << 30) + (process() || is("leaked") ? 1ULL << 30 : 0);
    memory->free = memory->total - memory->reserved - memory->used;
    return SUCCESS;
}

Return nvmlDeviceGetP2PStatus(Device one, Device other, int capability, int *status)
{
    *status = capability == 2 && is("linked") ? 0 : 5;
    return SUCCESS;
}

Return nvmlDeviceGetMigMode(Device device, unsigned *current, unsigned *pending)
{
    *current = *pending = is_at("partitioned", device);
    return SUCCESS;
}

Return nvmlDeviceGetMaxMigDeviceCount(Device device, unsigned *count)
{
    *count = 7;
    return SUCCESS;
}

struct process { unsigned pid; unsigned long long used; unsigned gi, ci; };

Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned *count, struct process *processes)
{
    ANSWER(device);
    int pid = process();
    *count = pid ? 1 : 0;
    if (pid)
        processes[0] = (struct process){pid, 1ULL << 30, -1, -1};
    return SUCCESS;
}

Return nvmlDeviceGetRemappedRows(Device device, unsigned *corrected, unsigned *uncorrected, unsigned *pending,
                                 unsigned *failed)
{
    ANSWER(device);
    *corrected = *uncorrected = 0;
    *pending = is_at("remap-pending", device);
    *failed = is_at("remap-failed", device);
    return SUCCESS;
}

struct field { unsigned id, scope; long long time, latency; int type; Return result; unsigned long long value; };

Return nvmlDeviceGetFieldValues(Device device, int count, struct field *fields)
{
    ANSWER(device);
    for (int index = 0; index < count; index++) {
        fields[index].result = fields[index].id == 230 ? SUCCESS : NOT_SUPPORTED;
        fields[index].value = is_at("reset-wanted", device) ? 1 : 0;
    }
    return SUCCESS;
}

Return nvmlDeviceGetCurrentClocksEventReasons(Device device, unsigned long long *reasons)
{
    ANSWER(device);
    *reasons = is_at("hot", device) ? 0x20 : 0;
    return SUCCESS;
}

// Events: a word like "xid79@1" is delivered once, however long it stands there.
static char delivered[64];

Return nvmlDeviceGetSupportedEventTypes(Device device, unsigned long long *types)
{
    *types = 0x8 | 0x1;
    return SUCCESS;
}

Return nvmlEventSetCreate(void **set)
{
    *set = (void *)0x77;
    return SUCCESS;
}

Return nvmlEventSetFree(void *set)
{
    return SUCCESS;
}

Return nvmlDeviceRegisterEvents(Device device, unsigned long long types, void *set)
{
    return types == 0x8 ? SUCCESS : NOT_SUPPORTED;
}

struct event { Device device; unsigned long long type, data; unsigned gi, ci; };

Return nvmlEventSetWait_v2(void *set, struct event *event, unsigned milliseconds)
{
    char line[64];
    int code, index, found = 0;
    FILE *file = fopen(STUB_CONTROL, "r");
    if (!file)
        return TIMEOUT;
    while (!found && fscanf(file, "%63s", line) == 1)
        found = sscanf(line, "xid%d@%d", &code, &index) == 2;
    fclose(file);
    if (!found) {
        delivered[0] = 0;
        return TIMEOUT;
    }
    if (!strcmp(line, delivered))
        return TIMEOUT;
    strcpy(delivered, line);
    *event = (struct event){(Device)(BOARD + index), 0x8, code, -1, -1};
    return SUCCESS;
}

// Two of seven exist, so that an index without a partition is among those asked for.
Return nvmlDeviceGetMigDeviceHandleByIndex(Device device, unsigned index, Device *partition)
{
    *partition = (Device)(PARTITION + index);
    return index == 0 || index == 2 ? SUCCESS : NOT_FOUND;
}
#endif

struct utilization { unsigned gpu, memory; };

Return nvmlDeviceGetUtilizationRates(Device device, struct utilization *utilization)
{
    ANSWER(device);
    if (is_partition(device))
        return NOT_SUPPORTED;
    utilization->gpu = 37;
    utilization->memory = 11;
    return SUCCESS;
}

Return nvmlDeviceGetTemperature(Device device, int sensor, unsigned *celsius)
{
    ANSWER(device);
    *celsius = 41 + index_of(device);
    return SUCCESS;
}

Return nvmlDeviceGetPowerUsage(Device device, unsigned *milliwatts)
{
    ANSWER(device);
    *milliwatts = 71500;
    return SUCCESS;
}

Return nvmlDeviceGetTotalEccErrors(Device device, int type, int counter, unsigned long long *count)
{
    ANSWER(device);
    *count = type == 1 && counter == 0 && is_at("ecc", device) ? 3 : 0;
    return is_at("no-ecc", device) ? NOT_SUPPORTED : SUCCESS;
}
