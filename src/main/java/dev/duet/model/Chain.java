package dev.duet.model;

import dev.duet.backend.Op;
import dev.duet.tensor.Variable;
import java.util.List;

/** Layers made for one shard, each reading what the one before wrote. */
public final class Chain implements Op {
    record Link(Op op, Variable output) {}

    private final Op ops;
    private final Variable output;

    Chain(List<Link> links) {
        ops = Op.sequence(links.stream().map(Link::op).toArray(Op[]::new));
        output = links.get(links.size() - 1).output();
    }

    /** What the last layer writes; its gradient must be set before {@link #backward()}. */
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
