package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Shape;
import java.util.List;
import jcuda.cudaDataType;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the simulated cuBLAS and cuDNN refuse or catch: each mistake made once. */
class SimLibrariesTest {
    private static final ConvolutionShape SHAPE = new ConvolutionShape(2, 3, 8, 8, 16, 4, 4, 4, 2, 1);
    private static final int ALGORITHM = 1;

    private CudaBackend backend;
    private CudaContext context;
    private ConvolutionDescriptors descriptors;
    private ConvolutionPointers pointers;

    @BeforeEach
    void open() {
        backend = CudaVariants.separate(Precision.FP32);
        context = backend.context();
        descriptors = new ConvolutionDescriptors(context, "a test", SHAPE);
        pointers = new ConvolutionPointers(
                memory(SHAPE.fineSize()), memory(SHAPE.filterSize()), memory(SHAPE.coarseSize()));
    }

    @AfterEach
    void close() {
        try {
            backend.close();
        } catch (CudaFailure e) {
            assertThat(e.code()).as("what the test has caused").isNotZero();
        }
        SimCuda.faults();
    }

    private Raw.Device memory(long floats) {
        return new Raw.Device(context.memory().allocate("a test's tensor", floats * Float.BYTES));
    }

    private static void assertFault(String text) {
        assertThat(SimCuda.faults()).singleElement().asString().contains(text);
    }

    // ---- cuDNN

    private int convolve(ConvolutionPointers p, Raw.Device workspace, long bytes) {
        return Direction.FORWARD.run(context.cudnn(), descriptors, p, ALGORITHM, workspace, bytes);
    }

    private long needed() {
        long[] bytes = new long[1];
        assertThat(Direction.FORWARD.workspaceBytes(context.cudnn(), descriptors, ALGORITHM, bytes))
                .isZero();
        return bytes[0];
    }

    @Test
    void aWorkspaceThatIsTooSmall() {
        long needed = needed();
        assertThat(needed).isPositive();
        assertThat(convolve(pointers, memory(needed), needed - 1)).isEqualTo(2006);
        assertFault(
                "cudnnConvolutionForward: algorithm 1 needs a workspace of " + needed + " bytes, got " + (needed - 1));
    }

    @Test
    void aWorkspaceSmallerThanItIsSaidToBe() {
        long needed = needed();
        Raw.Device small = new Raw.Device(context.memory().allocate("too small", needed - 4));
        assertThat(convolve(pointers, small, needed)).isZero();
        assertThat(JCudaDriver.cuStreamSynchronize(context.stream().handle())).isEqualTo(700);
        assertFault("the workspace of a cuDNN convolution");
    }

    @Test
    void aWorkspaceOverATensorDestroysIt() {
        long needed = needed();
        Raw.Device both = memory(Math.max(SHAPE.filterSize(), needed));
        ConvolutionPointers overlapping = new ConvolutionPointers(pointers.fine(), both, pointers.coarse());
        assertThat(convolve(overlapping, both, needed)).isZero();
        float[] y = new float[(int) SHAPE.coarseSize()];
        Shape shape = Shape.of(y.length);
        CudaTensor tensor = new CudaTensor("y", shape, pointers.coarse().address(), CudaTensor.Type.F32, i -> i, 0);
        backend.read(tensor, y);
        assertThat(y[0]).isNaN();
    }

    @Test
    void aTensorSmallerThanItsDescriptor() {
        ConvolutionPointers tooShort =
                new ConvolutionPointers(pointers.fine(), pointers.filter(), memory(SHAPE.coarseSize() - 1));
        assertThat(convolve(tooShort, memory(needed()), needed())).isZero();
        assertThat(JCudaDriver.cuStreamSynchronize(context.stream().handle())).isEqualTo(700);
        assertFault("outputs of cudnnConvolutionForward");
    }

    @Test
    void pointersThatAreNullOrNotAligned() {
        ConvolutionPointers nowhere = new ConvolutionPointers(new Raw.Device(0), pointers.filter(), pointers.coarse());
        assertThat(convolve(nowhere, memory(needed()), needed())).isEqualTo(2002);
        assertFault("cudnnConvolutionForward: a null pointer");
        Raw.Device odd = new Raw.Device(pointers.fine().address() + 4);
        ConvolutionPointers misaligned = new ConvolutionPointers(odd, pointers.filter(), pointers.coarse());
        assertThat(convolve(misaligned, memory(needed()), needed())).isEqualTo(2003);
        assertFault("is not a multiple of 16");
    }

    @Test
    void shapesThatDoNotFit() {
        ConvolutionShape wrong = new ConvolutionShape(2, 3, 8, 8, 16, 5, 4, 4, 2, 1);
        ConvolutionDescriptors descriptors = new ConvolutionDescriptors(context, "a test", wrong);
        int status = Direction.FORWARD.run(context.cudnn(), descriptors, pointers, 0, new Raw.Device(0), 0);
        assertThat(status).isEqualTo(2008);
        assertFault("give (2,4,4,16), not (2,5,4,16)");
    }

    @Test
    void algorithmsThatDoNotTakeNhwc() {
        int status = Direction.FORWARD.run(context.cudnn(), descriptors, pointers, 6, new Raw.Device(0), 0);
        assertThat(status).isEqualTo(3000);
        assertFault("algorithm 6 does not take NHWC");
    }

    @Test
    void handlesThatAreGone() {
        cudnnHandle handle = new cudnnHandle();
        assertThat(JCudnn.cudnnCreate(handle)).isZero();
        assertThat(JCudnn.cudnnDestroy(handle)).isZero();
        int status = Direction.FORWARD.run(handle, descriptors, pointers, 0, new Raw.Device(0), 0);
        assertThat(status).isEqualTo(1001);
        assertFault("was never made or is destroyed");
    }

    @Test
    void handlesThatWereForgotten() {
        assertThat(JCudnn.cudnnCreate(new cudnnHandle())).isZero();
        backend.close();
        assertThat(SimCuda.faults()).singleElement().asString().contains("cuDNN handle");
    }

    @Test
    void whatIsNotSimulatedIsNamed() {
        cudnnActivationDescriptor activation = new cudnnActivationDescriptor();
        assertThat(JCudnn.cudnnCreateActivationDescriptor(activation)).isEqualTo(3000);
        assertFault("cudnnCreateActivationDescriptor");
        assertThat(JCublas2.cublasSscal(context.cublas(), 1, Factors.ONE, pointers.fine(), 1))
                .isEqualTo(15);
        assertFault("cublasSscal");
    }

    // ---- cuBLAS

    private int multiply(cublasHandle handle, int m, int typeB, int strideC) {
        return JCublas2.cublasGemmEx_new(
                handle,
                cublasOperation.CUBLAS_OP_N,
                cublasOperation.CUBLAS_OP_N,
                m,
                2,
                3,
                Factors.ONE,
                pointers.fine(),
                cudaDataType.CUDA_R_32F,
                m,
                pointers.filter(),
                typeB,
                3,
                Factors.ZERO,
                pointers.coarse(),
                cudaDataType.CUDA_R_32F,
                strideC,
                cublasComputeType.CUBLAS_COMPUTE_32F,
                -1);
    }

    @Test
    void productsThatDoNotFit() {
        assertThat(multiply(context.cublas(), 4, cudaDataType.CUDA_R_32F, 3)).isEqualTo(7);
        assertFault("ldc 3 of 4");
        assertThat(multiply(context.cublas(), 4, cudaDataType.CUDA_R_16BF, 4)).isEqualTo(15);
        assertFault("types A 0, B 14, C 0");
        int more = (int) SHAPE.fineSize();
        assertThat(multiply(context.cublas(), more, cudaDataType.CUDA_R_32F, more))
                .isZero();
        assertThat(JCudaDriver.cuStreamSynchronize(context.stream().handle())).isEqualTo(700);
        assertFault("A of cublasGemmEx");
    }

    @Test
    void aHandleThatCouldNotBeMade() {
        SimCuda.set("fail", "cublasCreate:1:1");
        cublasHandle handle = new cublasHandle();
        assertThat(JCublas2.cublasCreate(handle)).isEqualTo(1);
        assertThat(multiply(handle, 4, cudaDataType.CUDA_R_32F, 4)).isEqualTo(1);
        List<String> faults = SimCuda.faults();
        assertThat(faults).singleElement().asString().contains("cublasGemmEx: the handle");
    }
}
