/* A driver library for machines that a test needs: INIT is what cuInit returns, VERSION the version of CUDA, GPUS how many. */
int cuInit(unsigned flags) {
    return INIT;
}

int cuDriverGetVersion(int* version) {
    *version = VERSION;
    return 0;
}

#ifdef GPUS
int cuDeviceGetCount(int* count) {
    *count = GPUS;
    return 0;
}

int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return 0;
}

int cuDeviceGetName(char* name, int bytes, int device) {
    const char* text = "Stub GPU";
    while ((*name++ = *text++)) {
    }
    return 0;
}

int cuDeviceTotalMem_v2(unsigned long* bytes, int device) {
    *bytes = 1ul << 30;
    return 0;
}

/* 75 and 76 are the two parts of the compute capability. */
int cuDeviceGetAttribute(int* value, int attribute, int device) {
    *value = attribute == 75 ? CAPABILITY / 10 : CAPABILITY % 10;
    return 0;
}

int cuDevicePrimaryCtxRetain(void** context, int device) {
    *context = (void*)1;
    return 0;
}

int cuDevicePrimaryCtxRelease_v2(int device) {
    return 0;
}

int cuCtxSetCurrent(void* context) {
    return 0;
}
#endif
