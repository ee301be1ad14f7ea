package dev.duet.backend.cuda;

import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/** cuDNN's descriptions of one convolution: images NHWC, filters KRSC, sums in float32. Destroyed when the backend closes. */
final class ConvolutionDescriptors {
    private static final int NHWC = cudnnTensorFormat.CUDNN_TENSOR_NHWC;
    private static final int NO_DILATION = 1;

    final cudnnTensorDescriptor fine = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor coarse = new cudnnTensorDescriptor();
    final cudnnFilterDescriptor filter = new cudnnFilterDescriptor();
    final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    private final String where;

    /** @param where op and shape, for messages */
    ConvolutionDescriptors(CudaContext context, String where, ConvolutionShape shape) {
        this.where = where;
        boolean bf16 = context.options().precision() == CudaOptions.Precision.BF16;
        int type = bf16 ? cudnnDataType.CUDNN_DATA_BFLOAT16 : cudnnDataType.CUDNN_DATA_FLOAT;
        create(context);
        int n = shape.images();
        check(
                JCudnn.cudnnSetTensor4dDescriptor(
                        fine, NHWC, type, n, shape.fineChannels(), shape.fineHeight(), shape.fineWidth()),
                "cudnnSetTensor4dDescriptor");
        check(
                JCudnn.cudnnSetTensor4dDescriptor(
                        coarse, NHWC, type, n, shape.coarseChannels(), shape.coarseHeight(), shape.coarseWidth()),
                "cudnnSetTensor4dDescriptor");
        check(
                JCudnn.cudnnSetFilter4dDescriptor(
                        filter,
                        type,
                        NHWC,
                        shape.coarseChannels(),
                        shape.fineChannels(),
                        shape.kernel(),
                        shape.kernel()),
                "cudnnSetFilter4dDescriptor");
        check(
                JCudnn.cudnnSetConvolution2dDescriptor(
                        convolution,
                        shape.padding(),
                        shape.padding(),
                        shape.stride(),
                        shape.stride(),
                        NO_DILATION,
                        NO_DILATION,
                        cudnnConvolutionMode.CUDNN_CROSS_CORRELATION,
                        cudnnDataType.CUDNN_DATA_FLOAT),
                "cudnnSetConvolution2dDescriptor");
        check(
                JCudnn.cudnnSetConvolutionMathType(
                        convolution, mathFor(context.options().precision())),
                "cudnnSetConvolutionMathType");
    }

    private void create(CudaContext context) {
        check(JCudnn.cudnnCreateTensorDescriptor(fine), "cudnnCreateTensorDescriptor");
        context.onClose(() -> JCudnn.cudnnDestroyTensorDescriptor(fine));
        check(JCudnn.cudnnCreateTensorDescriptor(coarse), "cudnnCreateTensorDescriptor");
        context.onClose(() -> JCudnn.cudnnDestroyTensorDescriptor(coarse));
        check(JCudnn.cudnnCreateFilterDescriptor(filter), "cudnnCreateFilterDescriptor");
        context.onClose(() -> JCudnn.cudnnDestroyFilterDescriptor(filter));
        check(JCudnn.cudnnCreateConvolutionDescriptor(convolution), "cudnnCreateConvolutionDescriptor");
        context.onClose(() -> JCudnn.cudnnDestroyConvolutionDescriptor(convolution));
    }

    /** The default rounds float32 to TF32 where the GPU can, and FMA never does. */
    private static int mathFor(CudaOptions.Precision precision) {
        return switch (precision) {
            case FP32 -> cudnnMathType.CUDNN_FMA_MATH;
            case TF32 -> cudnnMathType.CUDNN_DEFAULT_MATH;
            case BF16 -> cudnnMathType.CUDNN_TENSOR_OP_MATH;
        };
    }

    private void check(int status, String call) {
        Cuda.checkCudnn(status, call, where);
    }
}
