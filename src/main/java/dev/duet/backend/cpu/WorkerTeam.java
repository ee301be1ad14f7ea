package dev.duet.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * A fixed team of threads that runs the items of a task, each item once, in any order; the calling thread works too. Items
 * are handed out one by one, so that a thread held up elsewhere does not hold up the rest. A run allocates nothing.
 */
final class WorkerTeam implements AutoCloseable {
    /** How often an idle thread looks again before it parks: some tens of microseconds, the gap between two runs of a step. */
    private static final int SPINS = 2000;

    private final Thread[] threads;
    private final AtomicInteger nextItem = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private IntConsumer task;
    private int items;
    private final AtomicInteger run = new AtomicInteger();
    private volatile boolean closed;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private Thread caller;

    /** @param size threads, the calling one included */
    WorkerTeam(int size) {
        threads = new Thread[size - 1];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(this::work, "duet-cpu-" + (i + 1));
            threads[i].setDaemon(true);
            threads[i].start();
        }
    }

    int size() {
        return threads.length + 1;
    }

    /**
     * Runs items 0 to {@code items} − 1; rethrows the first failure, whatever it is, after all threads have stopped.
     *
     * @throws dev.duet.DuetException if this team is closed
     */
    void run(int items, IntConsumer task) {
        if (closed) throw CpuMemory.closed("work for the threads");
        if (threads.length == 0 || items == 1) {
            for (int i = 0; i < items; i++) task.accept(i);
            return;
        }
        this.task = task;
        this.items = items;
        caller = Thread.currentThread();
        nextItem.set(0);
        busy.set(threads.length);
        run.incrementAndGet(); // publishes the fields above
        for (Thread thread : threads) LockSupport.unpark(thread);
        takeItems();
        for (int spins = 0; busy.get() > 0; spins++) pause(spins);
        rethrow();
    }

    private void work() {
        int seen = 0;
        while (true) {
            for (int spins = 0; run.get() == seen && !closed; spins++) pause(spins);
            if (closed) return;
            seen++;
            takeItems();
            if (busy.decrementAndGet() == 0) LockSupport.unpark(caller);
        }
    }

    private void takeItems() {
        try {
            for (int item = nextItem.getAndIncrement(); item < items; item = nextItem.getAndIncrement())
                task.accept(item);
        } catch (Throwable e) { // any at all, or the caller would wait for this thread for ever
            failure.compareAndSet(null, e);
            nextItem.set(items); // nothing more to hand out
        }
    }

    private void rethrow() {
        Throwable thrown = failure.get();
        if (thrown == null) return;
        failure.set(null);
        WorkerTeam.<RuntimeException>sneak(thrown);
    }

    /** Throws {@code thrown} as it is, as it would come out of the task without a team, though it may be a checked one. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    private void pause(int spins) {
        if (spins < SPINS) {
            Thread.onSpinWait();
        } else {
            LockSupport.park(this);
        }
    }

    /** Returns when all threads have ended, even where the caller is interrupted: its memory may be released next. */
    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) LockSupport.unpark(thread);
        boolean interrupted = false;
        for (Thread thread : threads) interrupted |= join(thread);
        if (interrupted) Thread.currentThread().interrupt();
    }

    /** Whether an interrupt came while waiting. */
    private static boolean join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }
}
