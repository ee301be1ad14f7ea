package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.Readback;
import dev.duet.backend.Timeline;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CudaReadbackTest {
    private final CudaBackend backend = CudaVariants.separate(Precision.BF16);

    @AfterEach
    void close() {
        backend.close();
        CudaVariants.assertNoFaults();
    }

    @Test
    void givesEachRequestWhatTheTensorsHeldThenOldestFirst() {
        Tensor terms = backend.tensor("terms", Shape.of(3));
        Tensor image = backend.variable("image", Shape.of(1, 2, 1, 2), false).value(); // NHWC, bfloat16
        Readback readback = backend.readback(List.of(terms, image), 2);
        float[][] taken = new float[2][];
        taken[0] = new float[3];
        taken[1] = new float[4];
        for (int round = 0; round < 3; round++) {
            for (int half = 0; half < 2; half++) {
                backend.write(terms, new float[] {round, half, 0.1f});
                backend.write(image, new float[] {1, 2, 3, round});
                readback.request();
            }
            assertThat(readback.pending()).isEqualTo(2);
            for (int half = 0; half < 2; half++) {
                readback.take(taken);
                assertThat(taken[0]).containsExactly(round, half, 0.1f);
                assertThat(taken[1]).containsExactly(1, 2, 3, round);
            }
        }
    }

    @Test
    void refusesMoreThanItHasRoomForAndTakingWhatWasNotRequested() {
        Readback readback = backend.readback(List.of(backend.tensor("terms", Shape.of(2))), 1);
        assertThatThrownBy(() -> readback.take(new float[1][2]))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("nothing was requested");
        readback.request();
        assertThatThrownBy(readback::request)
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("take the oldest first");
        assertThatThrownBy(() -> backend.readback(List.of(), 0)).isInstanceOf(DuetException.class);
    }

    @Test
    void marksFollowTheWork() {
        Timeline timeline = backend.timeline(2);
        timeline.mark(0);
        backend.normal(0, backend.tensor("eps", Shape.of(8, 8))).forward();
        timeline.mark(1);
        assertThat(timeline.nanos(0, 1)).isGreaterThanOrEqualTo(0);
    }
}
