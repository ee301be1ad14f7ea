package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.duet.backend.Activation;
import dev.duet.backend.Judgement;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LayerSpec.Conv2d;
import dev.duet.backend.LayerSpec.ConvTranspose2d;
import dev.duet.backend.LayerSpec.Linear;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.Results;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CudaLayerOpsTest {
    private static final Shape IMAGE = Shape.of(3, 8, 8);
    private static final LayerSpec CONVOLUTION = new Conv2d(3, 16, 4, 2, 1, Activation.RELU);
    private static final LayerSpec TRANSPOSED = new ConvTranspose2d(3, 5, 4, 2, 1, Activation.NONE);
    private static final LayerSpec LINEAR = new Linear(IMAGE, Shape.of(16, 2, 2), Activation.RELU);
    private static final int BATCH = 7;

    @AfterEach
    void nothingElseWentWrong() {
        CudaVariants.assertNoFaults();
    }

    private static LayerRig rig(CudaBackend backend, LayerSpec spec) {
        return new LayerRig(backend, spec, BATCH, IMAGE);
    }

    // ---- launches

    @Test
    void launchesAreAsFewAsTheOpsSay() {
        for (LayerSpec spec : new LayerSpec[] {CONVOLUTION, TRANSPOSED, LINEAR}) {
            assertLaunches(spec, Precision.FP32, 2, 3);
            assertLaunches(spec, Precision.TF32, 2, 3);
        }
        assertLaunches(CONVOLUTION, Precision.BF16, 2, 4);
        assertLaunches(TRANSPOSED, Precision.BF16, 2, 4);
        assertLaunches(LINEAR, Precision.BF16, 2, 3);
    }

    private static void assertLaunches(LayerSpec spec, Precision precision, int forward, int backward) {
        assertLaunches(spec, precision, true, forward, backward);
    }

    @Test
    void aNetworksFirstConvolutionNeedsNoCasts() {
        assertLaunches(CONVOLUTION, Precision.FP32, false, 3, 2);
        assertLaunches(CONVOLUTION, Precision.BF16, false, 3, 2);
    }

    private static void assertLaunches(
            LayerSpec spec, Precision precision, boolean inputGradient, int forward, int backward) {
        try (CudaBackend backend = CudaVariants.arena(precision)) {
            LayerRig rig = new LayerRig(backend, spec, BATCH, IMAGE, false, inputGradient);
            rig.read(rig.x.value()); // what making it took is behind
            SimCuda.clearCounters();
            rig.op.forward();
            rig.read(rig.y.value());
            assertThat(SimCuda.launches())
                    .as("forward of %s in %s", spec, precision)
                    .isEqualTo(forward);
            SimCuda.clearCounters();
            rig.op.backward();
            rig.read(rig.y.grad());
            assertThat(SimCuda.launches())
                    .as("backward of %s in %s", spec, precision)
                    .isEqualTo(backward);
        }
    }

    @Test
    void theOutputLayerIsFusedWithItsLikelihood() {
        for (Precision precision : Precision.values()) {
            try (CudaBackend backend = CudaVariants.separate(precision)) {
                LayerRig below = rig(backend, TRANSPOSED); // (7, 5, 16, 16)
                ConvTranspose2d last = new ConvTranspose2d(5, 3, 4, 2, 1, Activation.NONE);
                Tensor target = backend.tensor("target", Shape.of(BATCH, 3, 32, 32));
                Tensor terms = backend.tensor("terms", Shape.of(1));
                ParameterBuffer parameters = LayerRig.parameters(backend, last);
                Op output = backend.output(
                        last,
                        below.y,
                        parameters.variable(0, 0),
                        parameters.variable(1, 0),
                        Judgement.of(
                                new LikelihoodSpec(LikelihoodSpec.Kind.BERNOULLI, 1),
                                new double[] {1},
                                target,
                                terms,
                                0));
                below.read(terms); // what making it took is behind
                SimCuda.clearCounters();
                output.forward();
                below.read(terms);
                assertThat(SimCuda.launches()).as("forward in %s", precision).isEqualTo(2);
                SimCuda.clearCounters();
                output.backward();
                below.read(below.y.grad());
                assertThat(SimCuda.launches()).as("backward in %s", precision).isEqualTo(4);
            }
        }
    }

    @Test
    void warmLayersMakeNoGarbage() {
        try (CudaBackend backend = CudaVariants.arena(Precision.BF16)) {
            LayerRig first = new LayerRig(backend, CONVOLUTION, BATCH, IMAGE, true, false);
            LayerRig[] rigs = {first, rig(backend, CONVOLUTION), rig(backend, TRANSPOSED), rig(backend, LINEAR)};
            long bytes = Long.MAX_VALUE;
            for (int round = 0; round < 20 && bytes > 0; round++) bytes = allocated(rigs);
            assertThat(bytes).as("bytes allocated by a warm round").isZero();
        }
    }

    private static long allocated(LayerRig[] rigs) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (LayerRig rig : rigs) {
            rig.op.forward();
            rig.op.backward();
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    // ---- float32 beside bfloat16

    @Test
    void tensorsOfEitherTypeGoIntoAndOutOfProductsInBfloat16() {
        LayerSpec[] layers = {
            new Conv2d(3, 16, 4, 2, 1, Activation.NONE),
            TRANSPOSED,
            new Linear(IMAGE, Shape.of(16, 2, 2), Activation.NONE)
        };
        for (LayerSpec spec : layers) {
            for (boolean inputGradient : new boolean[] {true, false}) {
                List<float[]> expected = results(spec, Precision.FP32, false, inputGradient);
                assertClose(results(spec, Precision.BF16, true, inputGradient), expected, spec);
                assertClose(results(spec, Precision.BF16, false, inputGradient), expected, spec);
            }
        }
    }

    private static List<float[]> results(LayerSpec spec, Precision precision, boolean float32, boolean inputGradient) {
        try (CudaBackend backend = CudaVariants.separate(precision)) {
            LayerRig rig = new LayerRig(backend, spec, BATCH, IMAGE, float32, inputGradient);
            float[] dWeight = rig.weightGradient();
            float[] dBias = rig.parameters.read(ParameterBuffer.Slot.GRADIENT, 1);
            float[] dx = inputGradient ? rig.read(rig.x.grad()) : new float[0];
            return List.of(rig.read(rig.y.value()), dx, dWeight, dBias);
        }
    }

    /** Relative L2 within what 8 bits give. */
    private static void assertClose(List<float[]> actual, List<float[]> expected, LayerSpec spec) {
        for (int i = 0; i < actual.size(); i++) {
            assertThat(Results.relativeError(actual.get(i), expected.get(i)))
                    .as("result %d of %s", i, spec)
                    .isLessThan(1e-2);
        }
    }

    // ---- algorithms

    @Test
    void sumsRepeatBitForBitUnlessFast() {
        assertThat(repeats(false)).isTrue();
        assertThat(repeats(true))
                .as("the simulated cuDNN's fastest algorithms add in another order each time")
                .isFalse();
    }

    private static boolean repeats(boolean fast) {
        CudaOptions options =
                new ChangedOptions(SimCuda.options(Precision.FP32)).fast(fast).get();
        try (CudaBackend backend = new CudaBackend(options)) {
            LayerRig rig = rig(backend, CONVOLUTION);
            float[] first = rig.weightGradient();
            float[] second = rig.weightGradient();
            return Arrays.equals(first, second);
        }
    }

    @Test
    void aRecordedProgramOutlivesAGrowingWorkspace() {
        try (CudaBackend backend = CudaVariants.separate(Precision.FP32)) {
            LayerRig small = rig(backend, CONVOLUTION);
            Runnable step = backend.program("a step", () -> {
                small.op.forward();
                small.op.backward();
            });
            step.run();
            step.run();
            float[] recorded = small.parameters.read(ParameterBuffer.Slot.GRADIENT, 0);
            long before = backend.context().workspace().bytes();
            LayerRig large = new LayerRig(backend, new Conv2d(16, 32, 5, 1, 2, Activation.RELU), 2, Shape.of(16, 9, 9));
            large.weightGradient();
            assertThat(backend.context().workspace().bytes()).isGreaterThan(before);
            backend.write(small.y.grad(), new float[small.y.shape().size()]);
            step.run();
            assertThat(small.parameters.read(ParameterBuffer.Slot.GRADIENT, 0))
                    .isNotEqualTo(recorded)
                    .containsOnly(0);
        }
    }

    // ---- errors

    @Test
    void failuresSayWhatFailedAndWithWhat() {
        try (CudaBackend backend = CudaVariants.arena(Precision.FP32)) {
            LayerRig convolution = rig(backend, CONVOLUTION);
            SimCuda.set("fail", "cudnnConvolutionForward:1:3000");
            assertThatThrownBy(convolution.op::forward)
                    .isInstanceOf(CudaFailure.class)
                    .hasMessageContainingAll(
                            "cudnnConvolutionForward",
                            "op 'convolution 3 to 16, to 'y' (7,16,4,4)'",
                            "(7,3,8,8) to (7,16,4,4) by 4x4 stride 2 padding 1",
                            "algorithm 1, workspace of ",
                            "CUDNN_STATUS_NOT_SUPPORTED (3000)");
            LayerRig linear = rig(backend, LINEAR);
            SimCuda.set("fail", "cublasGemmEx:1:13");
            assertThatThrownBy(linear.op::forward)
                    .isInstanceOf(CudaFailure.class)
                    .hasMessageContainingAll(
                            "cublasGemmEx",
                            "op 'linear (3,8,8) to (16,2,2), to 'y' (7,16,2,2)'",
                            "7x192 by 192x64 in f32 to f32",
                            "CUBLAS_STATUS_EXECUTION_FAILED (13)");
        }
    }

    @Test
    void aFailedHandleIsNeverUsed() {
        try (CudaBackend backend = CudaVariants.arena(Precision.FP32)) {
            SimCuda.set("fail", "cublasCreate:1:1");
            assertThatThrownBy(() -> rig(backend, LINEAR))
                    .isInstanceOf(CudaFailure.class)
                    .hasMessageStartingWith(
                            "cublasCreate, opening cuBLAS: CUBLAS_STATUS_NOT_INITIALIZED (1); GPU memory: ");
            SimCuda.set("fail", "cudnnCreate:1:1001");
            assertThatThrownBy(() -> rig(backend, CONVOLUTION))
                    .isInstanceOf(CudaFailure.class)
                    .hasMessageStartingWith(
                            "cudnnCreate, opening cuDNN: CUDNN_STATUS_NOT_INITIALIZED (1001); GPU memory: ");
        }
    }
}
