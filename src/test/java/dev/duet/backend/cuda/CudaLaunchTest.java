package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.cuda.CudaOptions.Precision;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CudaLaunchTest {
    private final CudaBackend backend = CudaVariants.arena(Precision.FP32);
    private final CudaContext context = backend.context();

    @AfterEach
    void close() {
        backend.close();
        SimCuda.faults();
    }

    private Launch launch(String kernel, int threads) {
        return new Launch(context, context.kernels().kernel(kernel), 1, threads);
    }

    private static void refused(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call).isInstanceOf(DuetException.class).hasMessageContainingAll(parts);
    }

    /** normal(const StepScalars*, float*, long long, long long). */
    @Test
    void argumentsMustHaveTheSizesOfThePtx() {
        refused(
                () -> launch("normal", 32).i32(2, 0),
                "kernel normal, argument 2",
                "expected 8 bytes, as its PTX says, got an int of 4");
        refused(() -> launch("gather_f32", 32).pointer(3, 0), "argument 3", "expected 4 bytes", "got a pointer of 8");
        refused(() -> launch("normal", 32).i64(4, 0), "kernel normal: expected 4 arguments", "one more");
        refused(
                () -> launch("normal", 32).pointer(0, 0).pointer(1, 0).run(),
                "kernel normal: expected 4 arguments",
                "got 2");
    }

    @Test
    void argumentsArriveInTheKernel() {
        long target = context.memory().allocate("target", 5 * Float.BYTES);
        context.step().refresh();
        launch("normal", 32)
                .pointer(0, context.step().address())
                .pointer(1, target)
                .i64(2, 0)
                .i64(3, 5)
                .run();
        context.stream().synchronize();
        CudaVariants.assertNoFaults();
    }

    @Test
    void aRefusedLaunchNamesOpKernelGeometryAndCode() {
        context.stream().begin("an op that wants too much");
        Launch launch =
                launch("normal", 4096).pointer(0, 0).pointer(1, 0).i64(2, 0).i64(3, 0);
        refused(
                launch::run,
                "cuLaunchKernel, kernel normal of op 'an op that wants too much'",
                "1 × 1 blocks of 4096 threads",
                "CUDA_ERROR_INVALID_VALUE (1)");
    }

    @Test
    void missingKernelsAreNamed() {
        refused(() -> context.kernels().kernel("no_such"), "kernel no_such", "gather_f32");
        assertThat(context.kernels().kernel("normal").parameterBytes()).containsExactly(8, 8, 8, 8);
    }
}
