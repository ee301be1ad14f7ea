package dev.duet;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Runs numbered tasks on a fixed number of threads. Which thread takes which task is left to chance, so a task may write
 * only what belongs to its number; then the result does not depend on the number of threads.
 */
public final class Workers implements AutoCloseable {
    private final int threads;
    private final ExecutorService pool; // null with one thread: tasks run on the caller's

    /** @param threads number of threads, or 0 for all cores */
    public Workers(int threads) {
        if (threads < 0) throw new DuetException("threads: expected 0 (all cores) or more, got " + threads);
        this.threads = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        this.pool = this.threads == 1 ? null : Executors.newFixedThreadPool(this.threads, Workers::daemon);
    }

    /** Runs {@code task} for 0 … tasks−1 and returns when all have ended. */
    public void run(int tasks, IntConsumer task) {
        if (pool == null) {
            for (int i = 0; i < tasks; i++) task.accept(i);
            return;
        }
        AtomicInteger next = new AtomicInteger();
        Callable<Void> worker = () -> {
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) task.accept(i);
            return null;
        };
        await(Collections.nCopies(Math.min(threads, tasks), worker));
    }

    private void await(List<Callable<Void>> workers) {
        try {
            for (Future<Void> done : pool.invokeAll(workers)) done.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DuetException("interrupted while waiting for " + threads + " threads", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw new IllegalStateException(e.getCause());
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "duet-worker");
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void close() {
        if (pool != null) pool.shutdownNow();
    }
}
