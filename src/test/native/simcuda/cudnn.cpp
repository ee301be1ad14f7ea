// The simulated libcudnn.so.9: handles, descriptors and 2-d convolutions, NHWC. What else JCudnn imports is refused by name.
// Statuses have the numbers of cuDNN 9, which JCudnn 11.7's constants have not.
#include "convolution.h"

using namespace library;

namespace {

enum Status {
    SUCCESS = 0,
    NOT_INITIALIZED = 1001,
    SUBLIBRARY_VERSION_MISMATCH = 1002,
    BAD_PARAM = 2000,
    BAD_PARAM_NULL_POINTER = 2002,
    BAD_PARAM_MISALIGNED_POINTER = 2003,
    BAD_PARAM_SIZE_INSUFFICIENT = 2006,
    BAD_PARAM_SHAPE_MISMATCH = 2008,
    NOT_SUPPORTED = 3000,
    INTERNAL_ERROR = 4000,
    DEVICE_ALLOCATION_FAILED = 4004,
    EXECUTION_FAILED = 5000,
};
enum DataType { FLOAT = 0, BFLOAT16 = 9 };
constexpr int NHWC = 1;
constexpr int CROSS_CORRELATION = 1;
enum MathType { DEFAULT_MATH = 0, TENSOR_OP_MATH = 1, TENSOR_OP_MATH_ALLOW_CONVERSION = 2, FMA_MATH = 3 };
constexpr int VERSION[] = {9, 5, 1};
constexpr uintptr_t ALIGNMENT = 16;

struct Handle {
    CUstream stream = nullptr;
};

/** Images (N, H, W, C) or, as a filter, (K, R, S, C). */
struct Tensor {
    bool set = false;
    int type = FLOAT;
    int layout = NHWC;
    Extent extent{};

    size_t bytes() const { return extent.size() * (type == BFLOAT16 ? 2 : 4); }
};

struct Filter : Tensor {};

struct ConvolutionDescriptor {
    bool set = false;
    int padY = 0, padX = 0, strideY = 0, strideX = 0, dilationY = 0, dilationX = 0;
    int mode = CROSS_CORRELATION;
    int compute = FLOAT;
    int math = DEFAULT_MATH;
    int groups = 1;
};

Live<Handle> handles("cuDNN handle");
Live<Tensor> tensors("cuDNN tensor descriptor");
Live<Filter> filters("cuDNN filter descriptor");
Live<ConvolutionDescriptor> convolutions("cuDNN convolution descriptor");

enum Direction { FORWARD, BACKWARD_DATA, BACKWARD_FILTER };

/** One algorithm and how the real library describes it for NHWC; the fastest first. */
struct Algorithm {
    int code;
    bool deterministic;
    bool supported;
};

constexpr Algorithm FORWARD_ALGORITHMS[] = {{1, true, true},  {0, true, true},  {2, true, false}, {3, true, false},
                                            {4, true, false}, {5, true, false}, {6, true, false}, {7, true, false}};
constexpr Algorithm DATA_ALGORITHMS[] = {{0, false, true}, {1, true, true},  {2, true, false},
                                         {3, true, false}, {4, true, false}, {5, true, false}};
constexpr Algorithm FILTER_ALGORITHMS[] = {{0, false, true}, {3, false, true}, {1, true, true}, {2, true, false},
                                           {4, true, false}, {5, true, false}, {6, true, false}};

struct Algorithms {
    const Algorithm* first;
    int count;

    static Algorithms of(Direction direction) {
        if (direction == FORWARD) return {FORWARD_ALGORITHMS, 8};
        if (direction == BACKWARD_DATA) return {DATA_ALGORITHMS, 6};
        return {FILTER_ALGORITHMS, 7};
    }

    const Algorithm* find(int code) const {
        for (int i = 0; i < count; i++) {
            if (first[i].code == code) return first + i;
        }
        return nullptr;
    }
};

/** As cudnn{ConvolutionFwd,ConvolutionBwdData,ConvolutionBwdFilter}AlgoPerf_t lie in memory. */
struct Performance {
    int algorithm;
    int status;
    float millis;
    size_t memory;
    int determinism;
    int math;
    int reserved[3];
};

/** The descriptors of one call, checked. */
struct Problem {
    Direction direction;
    Convolution convolution;
    Format format;
    int math;

    size_t fineBytes() const { return convolution.fine.size() * bytesOf(format); }
    size_t coarseBytes() const { return convolution.coarse.size() * bytesOf(format); }
    size_t filterBytes() const { return convolution.filterSize() * bytesOf(format); }

    /** Not what the real library needs, but never 0 for the algorithms that are not the plainest. */
    size_t workspace(const Algorithm& algorithm) const {
        if (algorithm.code == 0) return 0;
        if (direction == FORWARD) return convolution.taps() * convolution.coarse.height * convolution.coarse.width * 4;
        return convolution.filterSize() * 4 * (direction == BACKWARD_FILTER ? algorithm.code : 1);
    }

    const char* name() const {
        if (direction == FORWARD) return "cudnnConvolutionForward";
        return direction == BACKWARD_DATA ? "cudnnConvolutionBackwardData" : "cudnnConvolutionBackwardFilter";
    }
};

/** A convolution with its operands: result = alpha * direction(first, second) + beta * result. */
struct Run {
    Problem problem;
    const void* fine;
    const void* filter;
    const void* coarse;
    void* workspace;
    size_t workspaceBytes;
    float alpha, beta;
    bool reverse;

    void operator()() const {
        touchWorkspace(workspace, workspaceBytes, "the workspace of a cuDNN convolution");
        std::string name = problem.name();
        simcuda_check(fine, problem.fineBytes(), problem.direction == BACKWARD_DATA, ("images of " + name).c_str());
        simcuda_check(filter, problem.filterBytes(), problem.direction == BACKWARD_FILTER, ("filter of " + name).c_str());
        simcuda_check(coarse, problem.coarseBytes(), problem.direction == FORWARD, ("outputs of " + name).c_str());
        const Convolution& c = problem.convolution;
        switch (problem.direction) {
            case FORWARD: return write(coarse, c.forward(images(fine, c.fine), filters()));
            case BACKWARD_DATA: return write(fine, c.backwardData(images(coarse, c.coarse), filters()));
            case BACKWARD_FILTER:
                return write(filter, c.backwardFilter(images(fine, c.fine), images(coarse, c.coarse), reverse));
        }
    }

private:
    std::vector<float> images(const void* data, const Extent& extent) const { return load(data, extent.size(), problem.format); }

    std::vector<float> filters() const { return load(filter, problem.convolution.filterSize(), problem.format); }

    void write(const void* target, const std::vector<float>& values) const {
        for (size_t i = 0; i < values.size(); i++) {
            store(const_cast<void*>(target), i, values[i], alpha, beta, problem.format);
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

template <class T>
int check(Live<T>& live, const T* descriptor, const char* call, const char* which) {
    if (descriptor == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "%s: the %s descriptor is null", call, which);
    if (!live.has(descriptor)) return refuse(BAD_PARAM, "%s: the %s descriptor was never made or is destroyed", call, which);
    if (!descriptor->set) return refuse(BAD_PARAM, "%s: the %s descriptor was never set", call, which);
    return SUCCESS;
}

int checkShapes(const char* call, const Tensor& x, const Filter& w, const ConvolutionDescriptor& c, const Tensor& y) {
    const Extent &fine = x.extent, &kernel = w.extent, &coarse = y.extent;
    int height = (fine.height + 2 * c.padY - kernel.height) / c.strideY + 1;
    int width = (fine.width + 2 * c.padX - kernel.width) / c.strideX + 1;
    bool fits = fine.height + 2 * c.padY >= kernel.height && fine.width + 2 * c.padX >= kernel.width;
    if (fits && fine.channels == kernel.channels && coarse.channels == kernel.images && fine.images == coarse.images &&
        coarse.height == height && coarse.width == width) {
        return SUCCESS;
    }
    return refuse(BAD_PARAM_SHAPE_MISMATCH,
                  "%s: (N,H,W,C) images (%d,%d,%d,%d) by filters (K,R,S,C) (%d,%d,%d,%d), padding %d,%d, stride %d,%d, "
                  "give (%d,%d,%d,%d), not (%d,%d,%d,%d)",
                  call, fine.images, fine.height, fine.width, fine.channels, kernel.images, kernel.height, kernel.width,
                  kernel.channels, c.padY, c.padX, c.strideY, c.strideX, fine.images, height, width, kernel.images,
                  coarse.images, coarse.height, coarse.width, coarse.channels);
}

int checkTypes(const char* call, const Tensor& x, const Filter& w, const ConvolutionDescriptor& c, const Tensor& y) {
    if (x.type != w.type || x.type != y.type) {
        return refuse(BAD_PARAM, "%s: data types %d of images, %d of filters, %d of outputs", call, x.type, w.type, y.type);
    }
    if (c.compute != FLOAT) return refuse(NOT_SUPPORTED, "%s: compute type %d", call, c.compute);
    if (x.type == BFLOAT16 && c.math == FMA_MATH) return refuse(NOT_SUPPORTED, "%s: bfloat16 with FMA math", call);
    if (x.layout != NHWC || w.layout != NHWC || y.layout != NHWC) {
        return refuse(NOT_SUPPORTED, "%s: only NHWC is simulated", call);
    }
    if (c.groups != 1 || c.dilationY != 1 || c.dilationX != 1 || c.mode != CROSS_CORRELATION) {
        return refuse(NOT_SUPPORTED, "%s: groups %d, dilation %d,%d, mode %d are not simulated", call, c.groups,
                      c.dilationY, c.dilationX, c.mode);
    }
    return SUCCESS;
}

int problemOf(const char* call, Direction direction, const Tensor* x, const Filter* w, const ConvolutionDescriptor* c,
              const Tensor* y, Problem* problem) {
    if (int refused = check(tensors, x, call, "images")) return refused;
    if (int refused = check(filters, w, call, "filter")) return refused;
    if (int refused = check(convolutions, c, call, "convolution")) return refused;
    if (int refused = check(tensors, y, call, "outputs")) return refused;
    if (int refused = checkTypes(call, *x, *w, *c, *y)) return refused;
    if (int refused = checkShapes(call, *x, *w, *c, *y)) return refused;
    Format format = x->type == BFLOAT16 ? Format::BF16 : c->math == FMA_MATH ? Format::F32 : Format::TF32;
    *problem = {direction,
                {x->extent, y->extent, w->extent.height, w->extent.width, c->padY, c->padX, c->strideY, c->strideX},
                format,
                c->math};
    return SUCCESS;
}

int algorithmOf(const char* call, const Problem& problem, int code, const Algorithm** algorithm) {
    *algorithm = Algorithms::of(problem.direction).find(code);
    if (*algorithm == nullptr) return refuse(BAD_PARAM, "%s: there is no algorithm %d", call, code);
    if (!(*algorithm)->supported) return refuse(NOT_SUPPORTED, "%s: algorithm %d does not take NHWC", call, code);
    return SUCCESS;
}

int checkPointers(const char* call, std::initializer_list<const void*> pointers) {
    for (const void* pointer : pointers) {
        if (pointer == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "%s: a null pointer", call);
        if (reinterpret_cast<uintptr_t>(pointer) % ALIGNMENT != 0) {
            return refuse(BAD_PARAM_MISALIGNED_POINTER, "%s: %p is not a multiple of 16", call, pointer);
        }
    }
    return SUCCESS;
}

/** Nondeterministic algorithms add a filter's gradient up in another order each time. */
bool nextOrder(Direction direction, const Algorithm& algorithm) {
    static bool reverse = false;
    if (algorithm.deterministic || direction != BACKWARD_FILTER) return false;
    reverse = !reverse;
    return reverse;
}

int run(Handle* handle, const Problem& problem, int code, const void* fine, const void* filter, const void* coarse,
        void* workspace, size_t workspaceBytes, const float* alpha, const float* beta) {
    const char* call = problem.name();
    const Algorithm* algorithm;
    if (alpha == nullptr || beta == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "%s: alpha or beta is null", call);
    if (int refused = checkPointers(call, {fine, filter, coarse})) return refused;
    if (int refused = algorithmOf(call, problem, code, &algorithm)) return refused;
    size_t needed = problem.workspace(*algorithm);
    if (workspaceBytes < needed || (needed > 0 && workspace == nullptr)) {
        return refuse(BAD_PARAM_SIZE_INSUFFICIENT, "%s: algorithm %d needs a workspace of %zu bytes, got %zu at %p", call,
                      code, needed, workspaceBytes, workspace);
    }
    if (handle->stream == nullptr) return refuse(BAD_PARAM, "%s: the handle has no stream", call);
    Run work = {problem, fine, filter, coarse, workspace, needed, *alpha, *beta, nextOrder(problem.direction, *algorithm)};
    return simcuda_enqueue(handle->stream, work, call) == 0 ? SUCCESS : EXECUTION_FAILED;
}

Performance performance(const Problem& problem, const Algorithm& algorithm, size_t limit, int rank) {
    size_t memory = algorithm.supported ? problem.workspace(algorithm) : 0;
    int status = !algorithm.supported ? NOT_SUPPORTED : memory > limit ? DEVICE_ALLOCATION_FAILED : SUCCESS;
    float millis = status == SUCCESS ? 0.01f * static_cast<float>(rank + 1) : -1.0f;
    return {algorithm.code, status, millis, memory, algorithm.deterministic, problem.math, {0, 0, 0}};
}

/** The algorithms, those that work first and the fastest of them first. */
int list(const Problem& problem, size_t limit, int requested, int* returned, Performance* results) {
    if (requested < 1 || returned == nullptr || results == nullptr) {
        return refuse(BAD_PARAM, "%s: room for %d algorithms", problem.name(), requested);
    }
    Algorithms all = Algorithms::of(problem.direction);
    std::vector<Performance> found;
    for (int i = 0; i < all.count; i++) found.push_back(performance(problem, all.first[i], limit, i));
    std::stable_sort(found.begin(), found.end(),
                     [](const Performance& a, const Performance& b) { return (a.status == 0) > (b.status == 0); });
    *returned = std::min(requested, all.count);
    std::copy(found.begin(), found.begin() + *returned, results);
    return SUCCESS;
}

/** Runs every algorithm that fits, as the real search does, and waits; not while a stream is captured. */
int find(Handle* handle, const Problem& problem, const void* fine, const void* filter, const void* coarse, int requested,
         int* returned, Performance* results, void* workspace, size_t limit) {
    const char* call = problem.name();
    if (simcuda_capturing(handle->stream)) return refuse(EXECUTION_FAILED, "%s: searched while captured", call);
    float one = 1, zero = 0;
    Algorithms all = Algorithms::of(problem.direction);
    for (int i = 0; i < all.count; i++) {
        const Algorithm& algorithm = all.first[i];
        if (performance(problem, algorithm, limit, i).status != SUCCESS) continue;
        int failed = run(handle, problem, algorithm.code, fine, filter, coarse, workspace, limit, &one, &zero);
        if (failed != SUCCESS) return failed;
    }
    if (simcuda_synchronize(handle->stream) != 0) return EXECUTION_FAILED;
    return list(problem, limit, requested, returned, results);
}

int workspaceSize(const char* call, const Problem& problem, int code, size_t* bytes) {
    const Algorithm* algorithm;
    if (int refused = algorithmOf(call, problem, code, &algorithm)) return refused;
    *bytes = problem.workspace(*algorithm);
    return SUCCESS;
}

int setImages(Tensor* tensor, int layout, int type, Extent extent, const char* call) {
    if (tensor == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "%s: null descriptor", call);
    if (extent.images < 1 || extent.channels < 1 || extent.height < 1 || extent.width < 1) {
        return refuse(BAD_PARAM, "%s: n %d, c %d, h %d, w %d", call, extent.images, extent.channels, extent.height,
                      extent.width);
    }
    if (type != FLOAT && type != BFLOAT16) return refuse(NOT_SUPPORTED, "%s: data type %d is not simulated", call, type);
    if (layout != 0 && layout != NHWC) return refuse(BAD_PARAM, "%s: layout %d", call, layout);
    tensor->set = true;
    tensor->type = type;
    tensor->layout = layout;
    tensor->extent = extent;
    return SUCCESS;
}

template <class T>
int create(Live<T>& live, T** descriptor, const char* call) {
    if (int code = planted(call)) return code;
    if (descriptor == nullptr) return BAD_PARAM_NULL_POINTER;
    *descriptor = live.make();
    return SUCCESS;
}

template <class T>
int destroy(Live<T>& live, T* descriptor, const char* call) {
    if (live.destroy(descriptor)) return SUCCESS;
    return refuse(BAD_PARAM, "%s: %p was never made or is destroyed", call, static_cast<void*>(descriptor));
}

} // namespace

EXPORT size_t cudnnGetVersion() { return VERSION[0] * 10000 + VERSION[1] * 100 + VERSION[2]; }
EXPORT size_t cudnnGetMaxDeviceVersion() { return cudnnGetVersion(); }
EXPORT size_t cudnnGetCudartVersion() { return 12060; }

EXPORT int cudnnGetProperty(int property, int* value) {
    if (property < 0 || property > 2 || value == nullptr) return BAD_PARAM;
    *value = VERSION[property];
    return SUCCESS;
}

EXPORT int cudnnGraphVersionCheck() { return planted("cudnnGraphVersionCheck"); }
EXPORT int cudnnOpsVersionCheck() { return planted("cudnnOpsVersionCheck"); }
EXPORT int cudnnCnnVersionCheck() { return planted("cudnnCnnVersionCheck"); }
EXPORT int cudnnAdvVersionCheck() { return planted("cudnnAdvVersionCheck"); }

EXPORT const char* cudnnGetErrorString(int status) {
    switch (status) {
        case SUCCESS: return "CUDNN_STATUS_SUCCESS";
        case NOT_INITIALIZED: return "CUDNN_STATUS_NOT_INITIALIZED";
        case SUBLIBRARY_VERSION_MISMATCH: return "CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH";
        case BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
        case BAD_PARAM_NULL_POINTER: return "CUDNN_STATUS_BAD_PARAM_NULL_POINTER";
        case BAD_PARAM_MISALIGNED_POINTER: return "CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER";
        case BAD_PARAM_SIZE_INSUFFICIENT: return "CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT";
        case BAD_PARAM_SHAPE_MISMATCH: return "CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH";
        case NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
        case INTERNAL_ERROR: return "CUDNN_STATUS_INTERNAL_ERROR";
        case DEVICE_ALLOCATION_FAILED: return "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED";
        case EXECUTION_FAILED: return "CUDNN_STATUS_EXECUTION_FAILED";
        default: return "CUDNN_UNKNOWN_STATUS";
    }
}

EXPORT int cudnnCreate(Handle** handle) {
    if (int code = planted("cudnnCreate")) return code;
    if (handle == nullptr) return BAD_PARAM_NULL_POINTER;
    if (simcuda_ready() != 0) return NOT_INITIALIZED;
    *handle = handles.make();
    return SUCCESS;
}

EXPORT int cudnnDestroy(Handle* handle) { return destroy(handles, handle, "cudnnDestroy"); }

EXPORT int cudnnSetStream(Handle* handle, CUstream stream) {
    if (int refused = check(handle, "cudnnSetStream")) return refused;
    handle->stream = stream;
    return SUCCESS;
}

EXPORT int cudnnGetStream(Handle* handle, CUstream* stream) {
    if (int refused = check(handle, "cudnnGetStream")) return refused;
    *stream = handle->stream;
    return SUCCESS;
}

EXPORT int cudnnCreateTensorDescriptor(Tensor** tensor) { return create(tensors, tensor, "cudnnCreateTensorDescriptor"); }

EXPORT int cudnnDestroyTensorDescriptor(Tensor* tensor) { return destroy(tensors, tensor, "cudnnDestroyTensorDescriptor"); }

EXPORT int cudnnSetTensor4dDescriptor(Tensor* tensor, int layout, int type, int n, int c, int h, int w) {
    return setImages(tensor, layout, type, {n, h, w, c}, "cudnnSetTensor4dDescriptor");
}

EXPORT int cudnnGetTensorSizeInBytes(const Tensor* tensor, size_t* bytes) {
    if (int refused = check(tensors, tensor, "cudnnGetTensorSizeInBytes", "tensor")) return refused;
    *bytes = tensor->bytes();
    return SUCCESS;
}

EXPORT int cudnnCreateFilterDescriptor(Filter** filter) { return create(filters, filter, "cudnnCreateFilterDescriptor"); }

EXPORT int cudnnDestroyFilterDescriptor(Filter* filter) { return destroy(filters, filter, "cudnnDestroyFilterDescriptor"); }

EXPORT int cudnnSetFilter4dDescriptor(Filter* filter, int type, int layout, int k, int c, int h, int w) {
    return setImages(filter, layout, type, {k, h, w, c}, "cudnnSetFilter4dDescriptor");
}

EXPORT int cudnnCreateConvolutionDescriptor(ConvolutionDescriptor** c) {
    return create(convolutions, c, "cudnnCreateConvolutionDescriptor");
}

EXPORT int cudnnDestroyConvolutionDescriptor(ConvolutionDescriptor* c) {
    return destroy(convolutions, c, "cudnnDestroyConvolutionDescriptor");
}

EXPORT int cudnnSetConvolution2dDescriptor(ConvolutionDescriptor* c, int padY, int padX, int strideY, int strideX,
                                           int dilationY, int dilationX, int mode, int compute) {
    if (c == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "cudnnSetConvolution2dDescriptor: null descriptor");
    if (padY < 0 || padX < 0 || strideY < 1 || strideX < 1 || dilationY < 1 || dilationX < 1 || mode < 0 || mode > 1) {
        return refuse(BAD_PARAM, "cudnnSetConvolution2dDescriptor: padding %d,%d, stride %d,%d, dilation %d,%d, mode %d",
                      padY, padX, strideY, strideX, dilationY, dilationX, mode);
    }
    *c = {true, padY, padX, strideY, strideX, dilationY, dilationX, mode, compute, c->math, c->groups};
    return SUCCESS;
}

EXPORT int cudnnSetConvolutionMathType(ConvolutionDescriptor* c, int math) {
    if (c == nullptr || math < DEFAULT_MATH || math > FMA_MATH) {
        return refuse(BAD_PARAM, "cudnnSetConvolutionMathType: %d", math);
    }
    c->math = math;
    return SUCCESS;
}

EXPORT int cudnnGetConvolution2dForwardOutputDim(const ConvolutionDescriptor* c, const Tensor* x, const Filter* w, int* n,
                                                 int* channels, int* height, int* width) {
    const char* call = "cudnnGetConvolution2dForwardOutputDim";
    if (int refused = check(tensors, x, call, "images")) return refused;
    if (int refused = check(filters, w, call, "filter")) return refused;
    if (int refused = check(convolutions, c, call, "convolution")) return refused;
    *n = x->extent.images;
    *channels = w->extent.images;
    *height = (x->extent.height + 2 * c->padY - w->extent.height) / c->strideY + 1;
    *width = (x->extent.width + 2 * c->padX - w->extent.width) / c->strideX + 1;
    return SUCCESS;
}

// Each direction has its own order of descriptors.

EXPORT int cudnnGetConvolutionForwardWorkspaceSize(Handle* handle, const Tensor* x, const Filter* w,
                                                   const ConvolutionDescriptor* c, const Tensor* y, int algorithm,
                                                   size_t* bytes) {
    const char* call = "cudnnGetConvolutionForwardWorkspaceSize";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, FORWARD, x, w, c, y, &problem)) return refused;
    return workspaceSize(call, problem, algorithm, bytes);
}

EXPORT int cudnnGetConvolutionBackwardDataWorkspaceSize(Handle* handle, const Filter* w, const Tensor* dy,
                                                        const ConvolutionDescriptor* c, const Tensor* dx, int algorithm,
                                                        size_t* bytes) {
    const char* call = "cudnnGetConvolutionBackwardDataWorkspaceSize";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, BACKWARD_DATA, dx, w, c, dy, &problem)) return refused;
    return workspaceSize(call, problem, algorithm, bytes);
}

EXPORT int cudnnGetConvolutionBackwardFilterWorkspaceSize(Handle* handle, const Tensor* x, const Tensor* dy,
                                                          const ConvolutionDescriptor* c, const Filter* dw, int algorithm,
                                                          size_t* bytes) {
    const char* call = "cudnnGetConvolutionBackwardFilterWorkspaceSize";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, BACKWARD_FILTER, x, dw, c, dy, &problem)) return refused;
    return workspaceSize(call, problem, algorithm, bytes);
}

EXPORT int cudnnGetConvolutionForwardAlgorithm_v7(Handle* handle, const Tensor* x, const Filter* w,
                                                  const ConvolutionDescriptor* c, const Tensor* y, int requested,
                                                  int* returned, Performance* results) {
    const char* call = "cudnnGetConvolutionForwardAlgorithm_v7";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, FORWARD, x, w, c, y, &problem)) return refused;
    return list(problem, SIZE_MAX, requested, returned, results);
}

EXPORT int cudnnGetConvolutionBackwardDataAlgorithm_v7(Handle* handle, const Filter* w, const Tensor* dy,
                                                       const ConvolutionDescriptor* c, const Tensor* dx, int requested,
                                                       int* returned, Performance* results) {
    const char* call = "cudnnGetConvolutionBackwardDataAlgorithm_v7";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, BACKWARD_DATA, dx, w, c, dy, &problem)) return refused;
    return list(problem, SIZE_MAX, requested, returned, results);
}

EXPORT int cudnnGetConvolutionBackwardFilterAlgorithm_v7(Handle* handle, const Tensor* x, const Tensor* dy,
                                                         const ConvolutionDescriptor* c, const Filter* dw, int requested,
                                                         int* returned, Performance* results) {
    const char* call = "cudnnGetConvolutionBackwardFilterAlgorithm_v7";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, BACKWARD_FILTER, x, dw, c, dy, &problem)) return refused;
    return list(problem, SIZE_MAX, requested, returned, results);
}

EXPORT int cudnnFindConvolutionForwardAlgorithmEx(Handle* handle, const Tensor* xDesc, const void* x, const Filter* wDesc,
                                                  const void* w, const ConvolutionDescriptor* c, const Tensor* yDesc, void* y,
                                                  int requested, int* returned, Performance* results, void* workspace,
                                                  size_t bytes) {
    const char* call = "cudnnFindConvolutionForwardAlgorithmEx";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, FORWARD, xDesc, wDesc, c, yDesc, &problem)) return refused;
    return find(handle, problem, x, w, y, requested, returned, results, workspace, bytes);
}

EXPORT int cudnnFindConvolutionBackwardDataAlgorithmEx(Handle* handle, const Filter* wDesc, const void* w,
                                                       const Tensor* dyDesc, const void* dy, const ConvolutionDescriptor* c,
                                                       const Tensor* dxDesc, void* dx, int requested, int* returned,
                                                       Performance* results, void* workspace, size_t bytes) {
    const char* call = "cudnnFindConvolutionBackwardDataAlgorithmEx";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, BACKWARD_DATA, dxDesc, wDesc, c, dyDesc, &problem)) return refused;
    return find(handle, problem, dx, w, dy, requested, returned, results, workspace, bytes);
}

EXPORT int cudnnFindConvolutionBackwardFilterAlgorithmEx(Handle* handle, const Tensor* xDesc, const void* x,
                                                         const Tensor* dyDesc, const void* dy,
                                                         const ConvolutionDescriptor* c, const Filter* dwDesc, void* dw,
                                                         int requested, int* returned, Performance* results, void* workspace,
                                                         size_t bytes) {
    const char* call = "cudnnFindConvolutionBackwardFilterAlgorithmEx";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, BACKWARD_FILTER, xDesc, dwDesc, c, dyDesc, &problem)) return refused;
    return find(handle, problem, x, dw, dy, requested, returned, results, workspace, bytes);
}

EXPORT int cudnnConvolutionForward(Handle* handle, const float* alpha, const Tensor* xDesc, const void* x,
                                   const Filter* wDesc, const void* w, const ConvolutionDescriptor* c, int algorithm,
                                   void* workspace, size_t bytes, const float* beta, const Tensor* yDesc, void* y) {
    const char* call = "cudnnConvolutionForward";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, FORWARD, xDesc, wDesc, c, yDesc, &problem)) return refused;
    return run(handle, problem, algorithm, x, w, y, workspace, bytes, alpha, beta);
}

EXPORT int cudnnConvolutionBackwardData(Handle* handle, const float* alpha, const Filter* wDesc, const void* w,
                                        const Tensor* dyDesc, const void* dy, const ConvolutionDescriptor* c, int algorithm,
                                        void* workspace, size_t bytes, const float* beta, const Tensor* dxDesc, void* dx) {
    const char* call = "cudnnConvolutionBackwardData";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, BACKWARD_DATA, dxDesc, wDesc, c, dyDesc, &problem)) return refused;
    return run(handle, problem, algorithm, dx, w, dy, workspace, bytes, alpha, beta);
}

EXPORT int cudnnConvolutionBackwardFilter(Handle* handle, const float* alpha, const Tensor* xDesc, const void* x,
                                          const Tensor* dyDesc, const void* dy, const ConvolutionDescriptor* c, int algorithm,
                                          void* workspace, size_t bytes, const float* beta, const Filter* dwDesc, void* dw) {
    const char* call = "cudnnConvolutionBackwardFilter";
    Problem problem;
    if (int refused = check(handle, call)) return refused;
    if (int refused = problemOf(call, BACKWARD_FILTER, xDesc, dwDesc, c, dyDesc, &problem)) return refused;
    return run(handle, problem, algorithm, x, dw, dy, workspace, bytes, alpha, beta);
}
