// The simulated libcublas.so.12: handles and GEMM, column-major. What else JCublas2 imports is refused by name.
#include "library.h"

using namespace library;

namespace {

enum Status { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum Compute { COMPUTE_32F = 68, COMPUTE_32F_PEDANTIC = 69, COMPUTE_32F_FAST_TF32 = 77 };
enum DataType { R_32F = 0, R_16BF = 14 };
enum Math { DEFAULT_MATH = 0, PEDANTIC_MATH = 2, TF32_MATH = 3, NO_REDUCED_SUMS = 16 };
constexpr int OP_N = 0, OP_T = 1;
constexpr int POINTER_MODE_HOST = 0;
constexpr int VERSION[] = {12, 6, 3};
constexpr size_t WORKSPACE_ALIGNMENT = 256;

struct Handle {
    CUstream stream = nullptr;
    void* workspace = nullptr;
    size_t workspaceBytes = 0;
    int math = DEFAULT_MATH;
};

Live<Handle> handles("cuBLAS handle");

/** A matrix in column-major order. */
struct Matrix {
    const void* data;
    Format format;
    int rows, columns, stride;

    size_t extent() const { return columns == 0 || rows == 0 ? 0 : size_t(columns - 1) * stride + rows; }
};

/** C (m, n) = alpha * op(A) (m, k) * op(B) (k, n) + beta * C. */
struct Gemm {
    bool transposeA, transposeB;
    int m, n, k;
    float alpha, beta;
    Matrix a, b;
    void* c;
    Format formatC;
    int strideC;
    void* workspace;
    size_t workspaceBytes;

    /** op(A) with its rows contiguous. */
    std::vector<float> columnsOfA() const {
        std::vector<float> raw = load(a.data, a.extent(), a.format);
        std::vector<float> result(size_t(m) * k);
        for (int l = 0; l < k; l++) {
            for (int i = 0; i < m; i++) {
                result[size_t(l) * m + i] = raw[transposeA ? size_t(i) * a.stride + l : size_t(l) * a.stride + i];
            }
        }
        return result;
    }

    void run() const {
        if (m == 0 || n == 0) return;
        touchWorkspace(workspace, workspaceBytes, "the workspace of cublasGemmEx");
        simcuda_check(a.data, a.extent() * bytesOf(a.format), false, "A of cublasGemmEx");
        simcuda_check(b.data, b.extent() * bytesOf(b.format), false, "B of cublasGemmEx");
        Matrix target = {c, formatC, m, n, strideC};
        simcuda_check(c, target.extent() * bytesOf(formatC), true, "C of cublasGemmEx");
        std::vector<float> left = columnsOfA();
        std::vector<float> right = load(b.data, b.extent(), b.format);
        std::vector<float> column(m);
        for (int j = 0; j < n; j++) {
            std::fill(column.begin(), column.end(), 0.0f);
            for (int l = 0; l < k; l++) {
                float factor = right[transposeB ? size_t(l) * b.stride + j : size_t(j) * b.stride + l];
                addScaled(column.data(), &left[size_t(l) * m], factor, m);
            }
            for (int i = 0; i < m; i++) store(c, size_t(j) * strideC + i, column[i], alpha, beta, formatC);
        }
    }
};

/** A failure that the test asked for, or 0. */
int planted(const char* call) {
    int code = simcuda_failing(call);
    return code < 0 ? EXECUTION_FAILED : code;
}

int check(Handle* handle, const char* call) {
    if (int code = planted(call)) return code;
    if (handles.has(handle)) return SUCCESS;
    return refuse(NOT_INITIALIZED, "%s: the handle %p was never made or is destroyed", call, static_cast<void*>(handle));
}

int checkSizes(const Gemm& gemm, const char* call) {
    if (gemm.m < 0 || gemm.n < 0 || gemm.k < 0) {
        return refuse(INVALID_VALUE, "%s: m %d, n %d, k %d", call, gemm.m, gemm.n, gemm.k);
    }
    if (gemm.a.stride < std::max(1, gemm.a.rows) || gemm.b.stride < std::max(1, gemm.b.rows) ||
        gemm.strideC < std::max(1, gemm.m)) {
        return refuse(INVALID_VALUE, "%s: lda %d of %d rows, ldb %d of %d, ldc %d of %d", call, gemm.a.stride, gemm.a.rows,
                      gemm.b.stride, gemm.b.rows, gemm.strideC, gemm.m);
    }
    if (gemm.a.data == nullptr || gemm.b.data == nullptr || gemm.c == nullptr) {
        return refuse(INVALID_VALUE, "%s: a null matrix", call);
    }
    return SUCCESS;
}

/** What one GEMM writes of the handle's workspace: partial sums of the result, if there is room. */
size_t workspaceUse(const Gemm& gemm, size_t available) {
    return std::min(available, size_t(gemm.m) * gemm.n * sizeof(float));
}

int launch(Handle* handle, Gemm gemm, const char* call) {
    if (int refused = checkSizes(gemm, call)) return refused;
    if (handle->stream == nullptr) return refuse(INVALID_VALUE, "%s: the handle has no stream", call);
    if (handle->workspace == nullptr && simcuda_capturing(handle->stream)) {
        return refuse(INVALID_VALUE, "%s: captured without a workspace of the handle's own", call);
    }
    gemm.workspace = handle->workspace;
    gemm.workspaceBytes = workspaceUse(gemm, handle->workspaceBytes);
    return simcuda_enqueue(handle->stream, [gemm] { gemm.run(); }, call) == 0 ? SUCCESS : EXECUTION_FAILED;
}

/** How the factors are read, or false. */
bool formats(int typeA, int typeB, int typeC, int compute, int math, Format* factors, Format* result) {
    if (typeA != typeB) return false;
    bool floats = typeA == R_32F && typeC == R_32F;
    bool bf16 = typeA == R_16BF && (typeC == R_16BF || typeC == R_32F);
    bool fast = compute == COMPUTE_32F_FAST_TF32 || (compute == COMPUTE_32F && math == TF32_MATH);
    bool known = compute == COMPUTE_32F || compute == COMPUTE_32F_PEDANTIC || (floats && compute == COMPUTE_32F_FAST_TF32);
    *factors = bf16 ? Format::BF16 : fast ? Format::TF32 : Format::F32;
    *result = typeC == R_16BF ? Format::BF16 : Format::F32;
    return (floats || bf16) && known;
}

/** Column-major, so the rows of a stored factor are those of op(factor) unless it is transposed. */
Matrix factor(const void* data, Format format, bool transposed, int rows, int columns, int stride) {
    return {data, format, transposed ? columns : rows, transposed ? rows : columns, stride};
}

const char* nameOf(int status) {
    switch (status) {
        case SUCCESS: return "CUBLAS_STATUS_SUCCESS";
        case NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
        case INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
        case EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
        case NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
        default: return "CUBLAS_STATUS_UNKNOWN";
    }
}

} // namespace

/** Leaves a dangling handle where it fails, as the real one does. */
EXPORT int cublasCreate_v2(Handle** handle) {
    if (handle == nullptr) return INVALID_VALUE;
    *handle = reinterpret_cast<Handle*>(0x10);
    if (int code = planted("cublasCreate")) return code;
    if (simcuda_ready() != 0) return NOT_INITIALIZED;
    *handle = handles.make();
    return SUCCESS;
}

EXPORT int cublasDestroy_v2(Handle* handle) {
    if (int refused = check(handle, "cublasDestroy")) return refused;
    handles.destroy(handle);
    return SUCCESS;
}

EXPORT int cublasGetVersion_v2(Handle*, int* version) {
    *version = VERSION[0] * 10000 + VERSION[1] * 100 + VERSION[2];
    return SUCCESS;
}

EXPORT int cublasGetProperty(int property, int* value) {
    if (property < 0 || property > 2 || value == nullptr) return INVALID_VALUE;
    *value = VERSION[property];
    return SUCCESS;
}

EXPORT size_t cublasGetCudartVersion() { return 12060; }
EXPORT const char* cublasGetStatusName(int status) { return nameOf(status); }
EXPORT const char* cublasGetStatusString(int status) { return nameOf(status); }

/** Goes back to the library's own workspace, as the real one does. */
EXPORT int cublasSetStream_v2(Handle* handle, CUstream stream) {
    if (int refused = check(handle, "cublasSetStream")) return refused;
    *handle = {stream, nullptr, 0, handle->math};
    return SUCCESS;
}

EXPORT int cublasGetStream_v2(Handle* handle, CUstream* stream) {
    if (int refused = check(handle, "cublasGetStream")) return refused;
    *stream = handle->stream;
    return SUCCESS;
}

EXPORT int cublasSetWorkspace_v2(Handle* handle, void* workspace, size_t bytes) {
    if (int refused = check(handle, "cublasSetWorkspace")) return refused;
    if (reinterpret_cast<uintptr_t>(workspace) % WORKSPACE_ALIGNMENT != 0) {
        return refuse(INVALID_VALUE, "cublasSetWorkspace: %p is not a multiple of 256", workspace);
    }
    handle->workspace = workspace;
    handle->workspaceBytes = bytes;
    return SUCCESS;
}

EXPORT int cublasSetMathMode(Handle* handle, int math) {
    if (int refused = check(handle, "cublasSetMathMode")) return refused;
    if ((math & ~NO_REDUCED_SUMS) < DEFAULT_MATH || (math & ~NO_REDUCED_SUMS) > TF32_MATH) return refuse(INVALID_VALUE, "cublasSetMathMode: %d", math);
    handle->math = math & ~NO_REDUCED_SUMS; // sums are never reduced here
    return SUCCESS;
}

EXPORT int cublasGetMathMode(Handle* handle, int* math) {
    if (int refused = check(handle, "cublasGetMathMode")) return refused;
    *math = handle->math;
    return SUCCESS;
}

EXPORT int cublasSetPointerMode_v2(Handle* handle, int mode) {
    if (int refused = check(handle, "cublasSetPointerMode")) return refused;
    return mode == POINTER_MODE_HOST ? SUCCESS : refuse(NOT_SUPPORTED, "cublasSetPointerMode: only host pointers are simulated");
}

EXPORT int cublasGetPointerMode_v2(Handle* handle, int* mode) {
    if (int refused = check(handle, "cublasGetPointerMode")) return refused;
    *mode = POINTER_MODE_HOST;
    return SUCCESS;
}

EXPORT int cublasGemmEx(Handle* handle, int opA, int opB, int m, int n, int k, const float* alpha, const void* a, int typeA,
                        int lda, const void* b, int typeB, int ldb, const float* beta, void* c, int typeC, int ldc,
                        int compute, int) {
    if (int refused = check(handle, "cublasGemmEx")) return refused;
    if (alpha == nullptr || beta == nullptr) return refuse(INVALID_VALUE, "cublasGemmEx: alpha or beta is null");
    if (opA < OP_N || opA > OP_T || opB < OP_N || opB > OP_T) {
        return refuse(INVALID_VALUE, "cublasGemmEx: operations %d and %d", opA, opB);
    }
    Format factors, result;
    if (!formats(typeA, typeB, typeC, compute, handle->math, &factors, &result)) {
        return refuse(NOT_SUPPORTED, "cublasGemmEx: types A %d, B %d, C %d with compute type %d", typeA, typeB, typeC, compute);
    }
    Matrix left = factor(a, factors, opA == OP_T, m, k, lda);
    Matrix right = factor(b, factors, opB == OP_T, k, n, ldb);
    return launch(handle, {opA == OP_T, opB == OP_T, m, n, k, *alpha, *beta, left, right, c, result, ldc, nullptr, 0},
                  "cublasGemmEx");
}

EXPORT int cublasSgemm_v2(Handle* handle, int opA, int opB, int m, int n, int k, const float* alpha, const float* a, int lda,
                          const float* b, int ldb, const float* beta, float* c, int ldc) {
    return cublasGemmEx(handle, opA, opB, m, n, k, alpha, a, R_32F, lda, b, R_32F, ldb, beta, c, R_32F, ldc, COMPUTE_32F, -1);
}
