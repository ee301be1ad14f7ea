package dev.duet.backend.reference;

import dev.duet.backend.JoinShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.backend.StepScalars;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;

/** See {@link dev.duet.backend.Backend#dropout}; E14 of docs/design.md. */
final class RefDropout implements Op {
    private final LayerSpec.Dropout spec;
    private final StepScalars scalars;
    private final RefTensor x;
    private final RefTensor dx;
    private final RefTensor y;
    private final RefTensor dy;
    private final long firstDraw;
    private final int sharing; // elements that share a draw

    RefDropout(LayerSpec.Dropout spec, StepScalars scalars, int firstRow, Variable x, Variable y) {
        JoinShapes.checkDropout(firstRow, x, y);
        this.spec = spec;
        this.scalars = scalars;
        this.x = RefTensor.of(x.value());
        dx = RefTensor.orNull(x.grad());
        this.y = RefTensor.of(y.value());
        dy = RefTensor.orNull(y.grad());
        Shape shape = x.shape();
        sharing = spec.channels() && shape.rank() == 4 ? shape.get(2) * shape.get(3) : 1;
        firstDraw = spec.firstDraw() + (long) firstRow * (shape.size() / shape.get(0) / sharing);
    }

    private double factor(int i) {
        long draw = firstDraw + i / sharing;
        int[] block = new int[4];
        Philox.block(scalars.seed, Philox.Stream.DROPOUT, scalars.step, draw >>> 2, block);
        return Philox.uniform(block[(int) (draw & 3)]) < spec.rate() ? 0 : 1 / (1 - spec.rate());
    }

    @Override
    public void forward() {
        for (int i = 0; i < x.shape().size(); i++) y.set(i, x.get(i) * factor(i));
    }

    @Override
    public void backward() {
        if (dx == null) return;
        for (int i = 0; i < x.shape().size(); i++) dx.set(i, dy.get(i) * factor(i));
    }
}
