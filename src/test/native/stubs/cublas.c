/* A cuBLAS of version MAJOR.1.2 that finds no GPU. */
int cublasGetProperty(int part, int* value) {
    *value = part == 0 ? MAJOR : part;
    return 0;
}

int cublasCreate_v2(void** handle) {
    return 1; /* CUBLAS_STATUS_NOT_INITIALIZED */
}

int cublasDestroy_v2(void* handle) {
    return 0;
}
