package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CudaMemoryTest {
    @Test
    void slicesAreAlignedZeroedAndApart() {
        try (CudaBackend backend = CudaVariants.arena(Precision.FP32)) {
            CudaMemory memory = backend.context().memory();
            long used = memory.used();
            long first = memory.allocate("first", 5);
            long second = memory.allocate("second", 300);
            long third = memory.allocate("third", 4);
            assertThat(first % 256).isZero();
            assertThat(second - first).isEqualTo(256);
            assertThat(third - second).isEqualTo(512);
            assertThat(memory.used() - used).isEqualTo(309);
            Tensor tensor = backend.tensor("t", Shape.of(1000));
            float[] values = new float[1000];
            backend.read(tensor, values);
            assertThat(values).containsOnly(0);
        }
        CudaVariants.assertNoFaults();
    }

    @Test
    void whatIsLargerThanAChunkGetsItsOwn() {
        try (CudaBackend backend = CudaVariants.arena(Precision.FP32)) {
            long address = backend.context().memory().allocate("large", 70L << 20);
            assertThat(address).isNotZero();
        }
        CudaVariants.assertNoFaults();
    }

    @Test
    void fullMemoryIsToldInFull() {
        try (CudaBackend backend = CudaVariants.arena(Precision.FP32)) {
            SimCuda.set("fail", "cuMemAlloc:1:2");
            assertThatThrownBy(() -> backend.tensor("encoder.mnist.0.y", Shape.of(128, 1024, 32, 32)))
                    .isInstanceOf(DuetException.class)
                    .hasMessageContainingAll(
                            "cuMemAlloc, tensor 'encoder.mnist.0.y' (128,1024,32,32)",
                            "CUDA_ERROR_OUT_OF_MEMORY (2)",
                            "expected room for 536870912 bytes (512.0 MiB)",
                            " free of ",
                            "try a smaller batch");
            float[] values = new float[2];
            backend.read(backend.tensor("small", Shape.of(2)), values); // there is room for this
            assertThat(values).containsOnly(0);
        }
        CudaVariants.assertNoFaults();
    }

    @Test
    void afterCloseNothingWorksAndEverythingSaysSo() {
        CudaBackend backend = CudaVariants.arena(Precision.FP32);
        Tensor tensor = backend.tensor("t", Shape.of(3));
        backend.close();
        backend.close();
        assertThatThrownBy(() -> backend.read(tensor, new float[3]))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("tensor 't' (3): its CUDA backend is already closed");
        assertThatThrownBy(() -> backend.tensor("u", Shape.of(3)))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("tensor 'u' (3): its CUDA backend is already closed");
        CudaVariants.assertNoFaults();
    }
}
