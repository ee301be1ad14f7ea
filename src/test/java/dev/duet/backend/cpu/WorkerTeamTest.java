package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.duet.DuetException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
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
        List<Throwable> failures = List.of(
                new IllegalStateException("wrong"), new OutOfMemoryError("none left"), new IOException("sneaked in"));
        for (int size : new int[] {1, 3}) {
            try (WorkerTeam team = new WorkerTeam(size)) {
                for (Throwable failure : failures) {
                    for (int failing = 0; failing < 4; failing++) {
                        int bad = failing;
                        Throwable thrown = catchThrowable(() -> team.run(4, item -> {
                            if (item == bad) WorkerTeamTest.<RuntimeException>sneak(failure);
                        }));
                        assertThat(thrown).as("item %d, %d threads", bad, size).isSameAs(failure);
                        AtomicIntegerArray runs = new AtomicIntegerArray(4);
                        team.run(4, runs::incrementAndGet);
                        assertThat(runs.toString()).isEqualTo("[1, 1, 1, 1]");
                    }
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    /** Both threads fail, the one with item 1 only after the other has nothing left to do and rests. */
    @Test
    void theFirstFailureCounts() {
        try (WorkerTeam team = new WorkerTeam(2)) {
            CountDownLatch bothRun = new CountDownLatch(2);
            AtomicReference<Thread> failed = new AtomicReference<>();
            assertThatThrownBy(() -> team.run(2, item -> {
                        bothRun.countDown();
                        await(bothRun);
                        if (item == 0) failed.set(Thread.currentThread());
                        while (item == 1 && !rests(failed.get())) Thread.onSpinWait();
                        throw new IllegalStateException("item " + item);
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("item 0");
        }
    }

    private static boolean rests(Thread thread) {
        return thread != null && thread.getState() == Thread.State.WAITING;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void refusesWorkOnceClosed() {
        for (int size : new int[] {1, 3}) {
            WorkerTeam team = new WorkerTeam(size);
            team.close();
            AtomicIntegerArray runs = new AtomicIntegerArray(4);
            for (int items : new int[] {1, 4}) {
                assertThatThrownBy(() -> team.run(items, runs::incrementAndGet))
                        .isInstanceOf(DuetException.class)
                        .hasMessage("work for the threads: its CPU backend is already closed");
            }
            assertThat(runs.toString()).isEqualTo("[0, 0, 0, 0]");
        }
    }

    @Test
    void closesWhileInterruptedAndSaysSo() {
        WorkerTeam team = new WorkerTeam(4);
        Thread[] workers = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("duet-cpu"))
                .toArray(Thread[]::new);
        assertThat(workers).hasSizeGreaterThanOrEqualTo(3);
        Thread.currentThread().interrupt();
        team.run(8, item -> LockSupport.parkNanos(1000)); // an interrupt does not stop the work either
        team.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(workers).noneMatch(Thread::isAlive);
    }
}
