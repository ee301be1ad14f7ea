package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessFiguresTest {
    private static final String STAT =
            "4711 (a (b) c) S 1 4711 4711 0 -1 4194304 9 0 0 0 150 25 0 0 20 0 1 0 12345 1000 100 18446744073709551615";

    @Test
    void ageIsTheTimeSinceTheStart() {
        assertThat(ProcessFigures.ageMillis("125.45 240.10", STAT)).isEqualTo(2000);
    }

    @Test
    void ageGrowsAndIsLessThanTheMachines() {
        long before = ProcessFigures.ageMillis();
        assertThat(before).isBetween(1L, System.nanoTime() / 1_000_000);
        assertThat(ProcessFigures.ageMillis()).isGreaterThanOrEqualTo(before);
    }

    @Test
    void processorTimeIsCountedInTicks() {
        assertThat(MachineLoad.ownTicks(STAT)).isEqualTo(175);
        assertThat(MachineLoad.busyTicks("cpu  100 1 20 5000 300 2 3 4 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"))
                .isEqualTo(130);
        assertThat(MachineLoad.busyTicks("")).isZero();
    }

    @Test
    void peakMemoryBeginsAnew() {
        assertThat(ProcessFigures.peakMemory()).isPositive();
        long most = 0;
        byte[][] kept = new byte[64][];
        for (int i = 0; i < kept.length; i++) kept[i] = new byte[1 << 20];
        for (byte[] each : kept) most += each.length;
        assertThat(ProcessFigures.peakMemory()).isGreaterThan(most);
        ProcessFigures.forgetPeakMemory();
        assertThat(ProcessFigures.peakMemory()).isPositive();
    }
}
