package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.Op;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A GPU that fails in the middle of the work, by the simulation's control {@code fail}. */
class CudaErrorsTest {
    @AfterEach
    void forget() {
        SimCuda.set("fail", "");
        assertThat(SimCuda.faults()).as("faults that no test expects").isEmpty();
    }

    @Test
    void aLostGpuIsToldWithAWayToFindTheOp() {
        try (CudaBackend backend = new CudaBackend(CudaVariants.with(false, true))) {
            Tensor eps = backend.tensor("eps", Shape.of(4, 3));
            Op noise = backend.normal(0, eps);
            noise.forward();
            SimCuda.set("fail", "cuStreamSynchronize:1:700");
            assertThatThrownBy(() -> backend.read(eps, new float[12]))
                    .isInstanceOf(CudaFailure.class)
                    .hasMessageContainingAll(
                            "cuStreamSynchronize, op 'reading tensor 'eps' (4,3)'",
                            "CUDA_ERROR_ILLEGAL_ADDRESS (700), a kernel read or wrote outside the GPU's memory",
                            "the fault may be an earlier op's: run again with --sync");
        } // closes without another complaint
    }

    @Test
    void withSyncTheOpIsNamed() {
        try (CudaBackend backend = new CudaBackend(CudaVariants.with(true, true))) {
            Op first = backend.normal(0, backend.tensor("first", Shape.of(4, 3)));
            Op second = backend.normal(0, backend.tensor("second", Shape.of(4, 3)));
            first.forward();
            SimCuda.set("fail", "cuStreamSynchronize:1:719");
            assertThatThrownBy(second::forward)
                    .isInstanceOf(CudaFailure.class)
                    .hasMessageContainingAll(
                            "cuStreamSynchronize, op 'noise 'second' (4,3), forward'",
                            "CUDA_ERROR_LAUNCH_FAILED (719), a kernel ended with a fault",
                            "the GPU cannot go on in this process");
        }
    }

    @Test
    void aFaultFoundAtCloseIsNotSwallowed() {
        CudaBackend backend = new CudaBackend(CudaVariants.with(false, true));
        backend.normal(0, backend.tensor("eps", Shape.of(4, 3))).forward();
        SimCuda.set("fail", "cuStreamSynchronize:1:700");
        assertThatThrownBy(backend::close)
                .isInstanceOf(CudaFailure.class)
                .hasMessageContaining("cuStreamSynchronize, op 'closing the GPU'");
    }

    @Test
    void failedLaunchesNameTheirOp() {
        try (CudaBackend backend = new CudaBackend(CudaVariants.with(false, true))) {
            Op noise = backend.normal(0, backend.tensor("eps", Shape.of(4, 3)));
            SimCuda.set("fail", "cuLaunchKernel:1:1");
            assertThatThrownBy(noise::forward)
                    .isInstanceOf(CudaFailure.class)
                    .hasMessageContainingAll(
                            "cuLaunchKernel, kernel normal of op 'noise 'eps' (4,3), forward' with 1 × 1 blocks of 256",
                            "CUDA_ERROR_INVALID_VALUE (1), an argument out of range; GPU memory: ",
                            " held by Duet");
        }
    }

    /** Before there is device memory, and with some. */
    @ParameterizedTest
    @CsvSource({"cuMemHostAlloc, streams", "cuMemsetD8Async, 1 device allocations"})
    void aGpuThatFailsWhileItIsOpenedIsGivenBack(String call, String left) {
        SimCuda.set("fail", call + ":1:1");
        assertThatThrownBy(() -> new CudaBackend(CudaVariants.with(false, true)))
                .isInstanceOf(CudaUnavailable.class)
                .hasMessageContainingAll(call, "the step's scalars", "CUDA_ERROR_INVALID_VALUE (1)");
        assertThat(SimCuda.counter("allocations")).as("live allocations").isZero();
        assertThat(SimCuda.faults())
                .as("that the context was given back with what was made in it")
                .singleElement()
                .asString()
                .startsWith("leaked when the context was released: ")
                .contains(left);
        new CudaBackend(CudaVariants.with(false, true)).close();
    }

    @Test
    void aTensorThatNoOneCopyHoldsIsRefusedInWords() {
        CudaTensor tensor = new CudaTensor("x", Shape.of(1 << 15, 1 << 15), 0, CudaTensor.Type.F32, i -> i, 0);
        assertThatThrownBy(() -> new HostCopies(null).write(tensor, new float[0]))
                .isInstanceOf(DuetException.class)
                .hasMessage("writing tensor " + tensor + ": expected at most 2147483647 bytes for one copy between host"
                        + " and device, got 4294967296; try a smaller batch or a narrower model");
    }
}
