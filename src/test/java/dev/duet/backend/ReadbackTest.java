package dev.duet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadbackTest {
    @Test
    void givesEachRequestWhatTheTensorHeldThenOldestFirst() {
        try (Backend backend = new ReferenceBackend()) {
            Tensor terms = backend.tensor("terms", Shape.of(2));
            Readback readback = backend.readback(List.of(terms), 2);
            float[][] taken = new float[1][2];
            for (int round = 0; round < 3; round++) {
                backend.write(terms, new float[] {round, 1});
                readback.request();
                backend.write(terms, new float[] {round, 2});
                readback.request();
                assertThat(readback.pending()).isEqualTo(2);
                readback.take(taken);
                assertThat(taken[0]).containsExactly(round, 1);
                readback.take(taken);
                assertThat(taken[0]).containsExactly(round, 2);
            }
        }
    }

    @Test
    void refusesMoreThanItHasRoomForAndTakingWhatWasNotRequested() {
        try (Backend backend = new ReferenceBackend()) {
            Readback readback = backend.readback(List.of(backend.tensor("terms", Shape.of(2))), 1);
            assertThatThrownBy(() -> readback.take(new float[1][2]))
                    .isInstanceOf(DuetException.class)
                    .hasMessageContaining("nothing was requested");
            readback.request();
            assertThatThrownBy(readback::request)
                    .isInstanceOf(DuetException.class)
                    .hasMessageContaining("take the oldest first");
        }
    }
}
