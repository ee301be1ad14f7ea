package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class WorkerTeamTest {
    @Test
    void runsEachItemOnce() {
        for (int size : new int[] {1, 2, 5}) {
            try (WorkerTeam team = new WorkerTeam(size)) {
                for (int items = 0; items < 20; items++) {
                    AtomicIntegerArray runs = new AtomicIntegerArray(items);
                    for (int repeat = 0; repeat < 50; repeat++) team.run(items, runs::incrementAndGet);
                    for (int i = 0; i < items; i++)
                        assertThat(runs.get(i)).as("item %d", i).isEqualTo(50);
                }
            }
        }
    }

    @Test
    void handsOnAFailureAndGoesOn() {
        try (WorkerTeam team = new WorkerTeam(3)) {
            for (int failing = 0; failing < 4; failing++) {
                int bad = failing;
                assertThatThrownBy(() -> team.run(4, item -> {
                            if (item == bad) throw new IllegalStateException("item " + item);
                        }))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("item " + bad);
                AtomicIntegerArray runs = new AtomicIntegerArray(4);
                team.run(4, runs::incrementAndGet);
                assertThat(runs.toString()).isEqualTo("[1, 1, 1, 1]");
            }
        }
    }
}
