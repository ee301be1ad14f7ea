package dev.duet.profile;

import dev.duet.backend.Op;

/** An op that says when it ran, while its backend records. */
final class TimedOp implements Op {
    /** Forward or backward: what it costs, and when it ran last. */
    final class Pass {
        final Direction direction;
        final OpCost cost;
        private final int mark; // number of its first mark, the second follows
        private Thread thread; // that ran it in this recording, or null
        private int shard; // or NO_SHARD

        private Pass(Direction direction, OpCost cost, int mark) {
            this.direction = direction;
            this.cost = cost;
            this.mark = mark;
        }

        TimedOp op() {
            return TimedOp.this;
        }

        /** The thread that ran it in this recording; null if none did. */
        Thread thread() {
            return thread;
        }

        /** Of the batch, or {@link ProfiledBackend#NO_SHARD}. */
        int shard() {
            return shard;
        }

        int begin() {
            return mark;
        }

        int end() {
            return mark + 1;
        }

        void forget() {
            thread = null;
        }

        private void run(Runnable work) {
            if (cost.equals(OpCost.NONE)) { // nothing left to do
                work.run();
                return;
            }
            backend.enter(label);
            if (backend.isRecording()) {
                thread = Thread.currentThread();
                shard = backend.currentShard();
                backend.mark(mark);
                work.run();
                backend.mark(mark + 1);
            } else {
                work.run();
            }
            backend.leave();
        }
    }

    enum Direction {
        FORWARD,
        BACKWARD
    }

    /** Marks of each op: two per pass. */
    static final int MARKS = 4;

    private final ProfiledBackend backend;
    private final String name;
    private final String what;
    private final String label;
    private final Pass forward;
    private final Pass backward;
    private final Runnable runForward;
    private final Runnable runBackward;

    /**
     * @param name of the layer or tensor, e.g. {@code encoder.mnist.0}
     * @param what it is, e.g. {@code conv 4×4/2 1→32}
     * @param mark number of its first mark
     */
    TimedOp(ProfiledBackend backend, Op op, String name, String what, OpCost forward, OpCost backward, int mark) {
        this.backend = backend;
        this.name = name;
        this.what = what;
        label = name + " " + what;
        this.forward = new Pass(Direction.FORWARD, forward, mark);
        this.backward = new Pass(Direction.BACKWARD, backward, mark + 2);
        runForward = op::forward;
        runBackward = op::backward;
    }

    String name() {
        return name;
    }

    String what() {
        return what;
    }

    Pass forwardPass() {
        return forward;
    }

    Pass backwardPass() {
        return backward;
    }

    @Override
    public void forward() {
        forward.run(runForward);
    }

    @Override
    public void backward() {
        backward.run(runBackward);
    }
}
