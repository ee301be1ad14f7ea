package dev.duet.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
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
    private volatile Throwable failure;
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

    /** Runs items 0 to {@code items} − 1; rethrows the first failure after all threads have stopped. */
    void run(int items, IntConsumer task) {
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
        } catch (RuntimeException | Error e) {
            failure = e;
            nextItem.set(items); // nothing more to hand out
        }
    }

    private void rethrow() {
        Throwable thrown = failure;
        failure = null;
        if (thrown instanceof Error error) throw error;
        if (thrown != null) throw (RuntimeException) thrown;
    }

    private void pause(int spins) {
        if (spins < SPINS) {
            Thread.onSpinWait();
        } else {
            LockSupport.park(this);
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) LockSupport.unpark(thread);
        for (Thread thread : threads) join(thread);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
