package dev.duet.backend;

import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Another backend as a device that runs behind the host, as late as can be: a program runs when somebody takes the terms that
 * were requested behind it, with the scalars and indices of the time when it was given. Whoever touches the parameters while
 * programs wait is refused.
 */
public final class DelayedBackend extends ForwardingBackend {
    private final int ahead;
    private final StepScalars scalars = new StepScalars();
    private final Deque<Runnable> work = new ArrayDeque<>();
    private int waiting;
    private final AtomicInteger mostWaiting;

    /**
     * @param ahead steps that the host may run ahead
     * @param mostWaiting gets the most programs that ever waited
     */
    public DelayedBackend(Backend inner, int ahead, AtomicInteger mostWaiting) {
        super(inner);
        this.ahead = ahead;
        this.mostWaiting = mostWaiting;
    }

    @Override
    public int stepsInFlight() {
        return ahead;
    }

    @Override
    public StepScalars scalars() {
        return scalars;
    }

    @Override
    public Runnable program(String name, Runnable ops) {
        return () -> {
            StepScalars now = new StepScalars();
            now.set(scalars);
            waiting++;
            mostWaiting.accumulateAndGet(waiting, Math::max);
            work.add(() -> {
                waiting--;
                inner.scalars().set(now);
                ops.run();
            });
        };
    }

    private void finish() {
        while (!work.isEmpty()) work.remove().run();
    }

    private record LateIndices(Indices inner, Deque<Runnable> work) implements Indices {
        @Override
        public int capacity() {
            return inner.capacity();
        }

        @Override
        public void write(int[] values, int from, int count) {
            int[] copy = new int[count];
            System.arraycopy(values, from, copy, 0, count);
            work.add(() -> inner.write(copy, 0, count));
        }
    }

    @Override
    public Indices indices(int capacity) {
        return new LateIndices(inner.indices(capacity), work);
    }

    @Override
    public Op gather(Images images, Indices indices, int firstRow, Tensor x) {
        return inner.gather(images, ((LateIndices) indices).inner, firstRow, x);
    }

    @Override
    public Op crossEntropy(Variable logits, Indices labels, int firstRow, Tensor terms) {
        return inner.crossEntropy(logits, ((LateIndices) labels).inner, firstRow, terms);
    }

    @Override
    public Readback readback(List<Tensor> tensors, int room) {
        Readback copies = inner.readback(tensors, room);
        return new Readback() {
            private int pending;

            @Override
            public void request() {
                if (pending == room) throw new IllegalStateException("no room for another request");
                pending++;
                work.add(copies::request);
            }

            @Override
            public int pending() {
                return pending;
            }

            @Override
            public void take(float[][] values) {
                while (copies.pending() == 0) work.remove().run();
                copies.take(values);
                pending--;
            }
        };
    }

    @Override
    public void write(Tensor tensor, float[] canonical) {
        finish();
        inner.write(tensor, canonical);
    }

    @Override
    public void read(Tensor tensor, float[] canonical) {
        finish();
        inner.read(tensor, canonical);
    }

    private final class DrainedParameters implements ParameterBuffer {
        private final ParameterBuffer inner;

        DrainedParameters(ParameterBuffer inner) {
            this.inner = inner;
        }

        private void requireDrained() {
            if (waiting > 0) throw new IllegalStateException("parameters touched while " + waiting + " programs wait");
        }

        @Override
        public List<ParameterSpec> specs() {
            return inner.specs();
        }

        @Override
        public Variable variable(int index, int shard) {
            return inner.variable(index, shard);
        }

        @Override
        public float[] read(Slot slot, int index) {
            requireDrained();
            return inner.read(slot, index);
        }

        @Override
        public void write(Slot slot, int index, float[] canonical) {
            requireDrained();
            inner.write(slot, index, canonical);
        }

        @Override
        public void restart() {
            requireDrained();
            inner.restart();
        }

        @Override
        public void refresh() {
            requireDrained();
            inner.refresh();
        }
    }

    @Override
    public ParameterBuffer parameters(List<ParameterSpec> specs, int shards) {
        return new DrainedParameters(inner.parameters(specs, shards));
    }

    @Override
    public Op adam(ParameterBuffer parameters, int shards, double beta1, double beta2, double epsilon) {
        return inner.adam(((DrainedParameters) parameters).inner, shards, beta1, beta2, epsilon);
    }
}
