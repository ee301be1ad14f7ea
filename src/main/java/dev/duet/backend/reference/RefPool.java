package dev.duet.backend.reference;

import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.tensor.Variable;

/** See {@link LayerSpec.MaxPool}. */
final class RefPool implements Op {
    private final int size;
    private final RefTensor x; // (B, C, H, W)
    private final RefTensor dx;
    private final RefTensor y; // (B, C, H / size, W / size)
    private final RefTensor dy;

    RefPool(LayerSpec.MaxPool spec, Variable x, Variable y) {
        size = spec.size();
        this.x = RefTensor.of(x.value());
        dx = RefTensor.orNull(x.grad());
        this.y = RefTensor.of(y.value());
        dy = RefTensor.orNull(y.grad());
    }

    /** Index in x of the largest value of the window that makes element {@code i} of y. */
    private int largest(int i) {
        int width = y.shape().get(3);
        int height = y.shape().get(2);
        int column = i % width * size;
        int row = i / width % height * size;
        int plane = i / width / height * x.shape().get(2) * x.shape().get(3);
        int best = plane + row * x.shape().get(3) + column;
        for (int a = 0; a < size; a++) {
            for (int b = 0; b < size; b++) {
                int at = plane + (row + a) * x.shape().get(3) + column + b;
                if (x.get(at) > x.get(best) || (Double.isNaN(x.get(at)) && !Double.isNaN(x.get(best)))) best = at;
            }
        }
        return best;
    }

    @Override
    public void forward() {
        for (int i = 0; i < y.shape().size(); i++) y.set(i, x.get(largest(i)));
    }

    @Override
    public void backward() {
        if (dx == null) return;
        dx.fill(0);
        for (int i = 0; i < y.shape().size(); i++) dx.set(largest(i), dy.get(i));
    }
}
