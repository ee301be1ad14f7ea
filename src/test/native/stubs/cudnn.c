/* A cuDNN that finds no GPU. */
unsigned long cudnnGetVersion(void) {
    return 90501;
}

int cudnnCreate(void** handle) {
    return 1001; /* CUDNN_STATUS_NOT_INITIALIZED */
}

int cudnnDestroy(void* handle) {
    return 0;
}

const char* cudnnGetErrorString(int status) {
    return "CUDNN_STATUS_NOT_INITIALIZED";
}
