package dev.duet.backend.cuda;

import dev.duet.DuetException;
import dev.duet.backend.Op;

/** An op with a name for messages and profiles. */
abstract class CudaOp implements Op {
    final CudaContext context;
    private final CudaStream stream;
    private final String name;
    private final String forwardName;
    private final String backwardName;

    /** @param name with the tensor and shape that it is known by, e.g. {@code gather x.0 (128,1,32,32)} */
    CudaOp(CudaContext context, String name) {
        this.context = context;
        stream = context.stream();
        this.name = name;
        forwardName = name + ", forward";
        backwardName = name + ", backward";
    }

    @Override
    public final void forward() {
        stream.begin(forwardName);
        runForward();
        stream.end();
    }

    @Override
    public final void backward() {
        stream.begin(backwardName);
        runBackward();
        stream.end();
    }

    /** Gives the forward work to the stream; allocates nothing. */
    abstract void runForward();

    /** Gives the backward work to the stream, if there is any; allocates nothing. */
    void runBackward() {}

    /** @throws DuetException unless {@code trained}: the op has no gradients to write */
    final void requireTrained(boolean trained) {
        if (trained) return;
        throw new DuetException("backward of " + name
                + ": expected an op made with gradients and a target, got one made for inference; make its variables with"
                + " gradients to train it");
    }
}
