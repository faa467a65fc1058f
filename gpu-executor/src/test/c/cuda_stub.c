// Stands in for libcuda.so.1 in tests: a GPU that is memory of this process, whose one kernel adds one to each number. The
// file STUB_CONTROL says what is wrong: "no-device", "fault" (the kernel fails), "garbles" (a number comes back wrong),
// "hangs" (the kernel does not end).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int Result;
typedef unsigned long long Pointer;

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

Result cuInit(unsigned flags)
{
    return 0;
}

Result cuDeviceGet(int *device, int index)
{
    *device = 7;
    return is("no-device") || !getenv("CUDA_VISIBLE_DEVICES") ? 100 : 0;
}

Result cuDevicePrimaryCtxRetain(void **context, int device)
{
    *context = (void *)0x1;
    return device == 7 ? 0 : 101;
}

Result cuCtxSetCurrent(void *context)
{
    return context == (void *)0x1 ? 0 : 201;
}

Result cuMemAlloc_v2(Pointer *memory, size_t bytes)
{
    *memory = (Pointer)malloc(bytes);
    return 0;
}

Result cuMemFree_v2(Pointer memory)
{
    free((void *)memory);
    return 0;
}

Result cuMemcpyHtoD_v2(Pointer to, const void *from, size_t bytes)
{
    memcpy((void *)to, from, bytes);
    return 0;
}

Result cuMemcpyDtoH_v2(void *to, Pointer from, size_t bytes)
{
    memcpy(to, (void *)from, bytes);
    return 0;
}

Result cuModuleLoadData(void **module, const void *image)
{
    *module = (void *)0x2;
    return strstr(image, ".visible .entry add_one(") ? 0 : 218;
}

Result cuModuleGetFunction(void **function, void *module, const char *name)
{
    *function = (void *)0x3;
    return strcmp(name, "add_one") ? 500 : 0;
}

Result cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                      unsigned shared, void *stream, void **parameters, void **extra)
{
    unsigned *numbers = (unsigned *)*(Pointer *)parameters[0];
    unsigned count = *(unsigned *)parameters[1];
    if (is("fault"))
        return 719;
    while (is("hangs"))
        usleep(10000);
    for (unsigned index = 0; index < gx * bx && index < count; index++)
        numbers[index]++;
    if (is("garbles"))
        numbers[5] = 0;
    return 0;
}

Result cuCtxSynchronize(void)
{
    return 0;
}
