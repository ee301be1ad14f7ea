package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A whole narrow training step. */
class CpuStepTest {
    private static final int WIDTH = 16;
    private static final int LATENT = 8;

    static Stream<Isa> isas() {
        return Isa.available().stream();
    }

    @ParameterizedTest
    @MethodSource("isas")
    void weightsDoNotDependOnTheThreads(Isa isa) {
        List<float[]> expected = trained(isa, 1);
        for (int threads : new int[] {2, 4}) {
            List<float[]> actual = trained(isa, threads);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(actual.get(i))
                        .as("parameter %d, %d threads", i, threads)
                        .containsExactly(expected.get(i));
            }
        }
    }

    private static List<float[]> trained(Isa isa, int threads) {
        try (CpuBackend backend = new CpuBackend(threads, isa)) {
            LabStep step = new LabStep(backend, WIDTH, LATENT, 31, 4); // shards of 7 and 8 rows
            for (int i = 0; i < 3; i++) step.run(i);
            return step.values();
        }
    }

    @Test
    void lossFalls() {
        try (CpuBackend backend = new CpuBackend(2)) {
            LabStep step = new LabStep(backend, WIDTH, LATENT, 24, 2);
            step.run(0);
            double first = step.loss();
            for (int i = 1; i < 20; i++) step.run(i);
            // 24 pairs of noise: 24·(1024·log 2 + 3072·(1/12 + a little)) nats before training
            assertThat(first).isBetween(22_500.0, 24_500.0);
            assertThat(step.loss()).isLessThan(first - 100);
        }
    }

    @Test
    void aStepAllocatesNothing() {
        try (CpuBackend backend = new CpuBackend(2)) {
            LabStep step = new LabStep(backend, WIDTH, LATENT, 16, 2);
            for (int i = 0; i < 50; i++) step.run(i); // the interpreter's and the compilers' own allocations
            long memory = backend.memory().bytes();
            long[] team = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread ->
                            thread == Thread.currentThread() || thread.getName().startsWith("duet-cpu"))
                    .mapToLong(Thread::getId)
                    .toArray();
            assertThat(team).hasSizeGreaterThanOrEqualTo(2);
            allocatedBytes(team); // itself allocates at first
            long before = allocatedBytes(team);
            for (int i = 50; i < 250; i++) step.run(i);
            assertThat((allocatedBytes(team) - before) / 200)
                    .as("bytes per step")
                    .isLessThan(8);
            assertThat(backend.memory().bytes()).isEqualTo(memory);
        }
    }

    private static long allocatedBytes(long[] threads) {
        return LongStream.of(((ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(threads))
                .sum();
    }
}
