package dev.duet.model;

import dev.duet.backend.Op;
import dev.duet.tensor.Variable;
import java.util.List;

/** Blocks made for one shard, each reading what the one before wrote. */
public final class Chain implements Op {
    private final Op ops;
    private final Variable output;

    Chain(List<Op> ops, Variable output) {
        this.ops = Op.sequence(ops.toArray(Op[]::new));
        this.output = output;
    }

    /** What the last block writes; its gradient must be set before {@link #backward()}. */
    public Variable output() {
        return output;
    }

    @Override
    public void forward() {
        ops.forward();
    }

    @Override
    public void backward() {
        ops.backward();
    }
}
