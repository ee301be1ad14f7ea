package dev.duet.backend;

/**
 * One operation of the step, bound to its tensors when it was made, so that calling it allocates nothing. Ops of one shard
 * run in order; backward runs in the reverse order of forward. Backward <em>overwrites</em> the gradients of the op's inputs
 * and parameters, and may use the gradient of its output as scratch.
 */
public interface Op {
    void forward();

    /** No-op for ops without a gradient. */
    default void backward() {}

    /** {@code op} without its way back. */
    static Op forwardOnly(Op op) {
        return new Op() {
            @Override
            public void forward() {
                op.forward();
            }
        };
    }

    /** {@code ops} as one: forward in order, backward in reverse. */
    static Op sequence(Op... ops) {
        return new Op() {
            @Override
            public void forward() {
                for (Op op : ops) op.forward();
            }

            @Override
            public void backward() {
                for (int i = ops.length - 1; i >= 0; i--) ops[i].backward();
            }
        };
    }
}
