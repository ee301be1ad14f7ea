package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.Op;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CudaProgramTest {
    private final CudaBackend backend = CudaVariants.arena(Precision.FP32);

    @AfterEach
    void close() {
        backend.close();
        CudaVariants.assertNoFaults();
    }

    private static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[tensor.shape().size()];
        backend.read(tensor, values);
        return values;
    }

    @Test
    void theSecondRunIsRecordedAndLaterOnesAreOneLaunchEach() {
        Tensor eps = backend.tensor("eps", Shape.of(4, 3));
        int[] calls = new int[1];
        Op noise = backend.normal(0, eps);
        Runnable program = backend.program("noise", () -> {
            calls[0]++;
            noise.forward();
        });
        long graphs = SimCuda.counter("graphLaunches");
        for (int step = 0; step < 5; step++) {
            backend.scalars().seed = 9;
            backend.scalars().step = step;
            program.run();
            float[] values = read(backend, eps);
            assertThat(values[5])
                    .isCloseTo(
                            (float) Philox.normal(9, Philox.Stream.NOISE, step, 5),
                            org.assertj.core.api.Assertions.within(1e-5f));
        }
        assertThat(calls[0]).isEqualTo(2);
        assertThat(SimCuda.counter("graphLaunches") - graphs).isEqualTo(4);
    }

    @Test
    void indicesAreCheckedBeforeEachLaunch() {
        ByteBuffer pixels = ByteBuffer.allocateDirect(4 * 6);
        for (int i = 0; i < pixels.capacity(); i++) pixels.put(i, (byte) i);
        Images images = backend.images(pixels, 4, 3, 2, 1);
        Indices indices = backend.indices(2);
        Tensor x = backend.tensor("x", Shape.of(2, 1, 3, 2));
        Op gather = backend.gather(images, indices, 0, x);
        Runnable program = backend.program("gather", gather::forward);
        for (int first = 0; first < 3; first++) {
            indices.write(new int[] {first, first + 1}, 0, 2);
            program.run();
            assertThat(read(backend, x)[6]).isEqualTo((first + 1) * 6 / 255f);
        }
        indices.write(new int[] {3, 4}, 0, 2);
        assertThatThrownBy(program::run)
                .isInstanceOf(DuetException.class)
                .hasMessage("image of row 1: expected 0 to 3, got 4");
        indices.write(new int[] {3, 3}, 0, 2);
        program.run();
        assertThat(read(backend, x)[6]).isEqualTo(18 / 255f);
    }

    @Test
    void whatCannotBeRecordedIsNamedAndTheStreamGoesOn() {
        Tensor eps = backend.tensor("eps", Shape.of(4, 3));
        Op noise = backend.normal(0, eps);
        Runnable reading = backend.program("a program that reads", () -> {
            noise.forward();
            read(backend, eps);
        });
        reading.run();
        assertThatThrownBy(reading::run)
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("recording a program that reads: 'reading tensor 'eps' (4,3)'");
        Runnable allocating = backend.program("a program that allocates", () -> {
            noise.forward();
            backend.tensor("late", Shape.of(3));
        });
        allocating.run();
        assertThatThrownBy(allocating::run)
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("recording a program that allocates")
                .hasMessageContaining("allocates tensor 'late' (3)");
        backend.scalars().step = 3;
        noise.forward();
        assertThat(read(backend, eps)).doesNotContain(0);
    }

    /** A call that the driver refuses while it records, made behind the backend's back. */
    @Test
    void theOpThatSpoilsARecordingIsNamed() {
        CudaContext context = backend.context();
        Op spoiler = new CudaOp(context, "an op that allocates") {
            @Override
            void runForward() {
                jcuda.driver.JCudaDriver.cuMemAlloc(new Raw.Device(), 0);
                jcuda.driver.JCudaDriver.cuMemAlloc(new Raw.Device(), 1 << 10);
            }
        };
        boolean[] spoil = new boolean[1];
        Runnable program = backend.program("a spoilt program", () -> {
            if (spoil[0]) spoiler.forward();
        });
        program.run();
        spoil[0] = true;
        assertThatThrownBy(program::run)
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("recording a spoilt program: op 'an op that allocates, forward'");
        SimCuda.faults(); // told above
    }

    @Test
    void withoutGraphsAndWithSyncOpsRunOneByOne() {
        for (boolean sync : new boolean[] {false, true}) {
            try (CudaBackend eager = new CudaBackend(CudaVariants.with(sync, sync))) {
                int[] calls = new int[1];
                Runnable program = eager.program("p", () -> calls[0]++);
                for (int i = 0; i < 4; i++) program.run();
                assertThat(calls[0]).isEqualTo(4);
            }
        }
    }
}
