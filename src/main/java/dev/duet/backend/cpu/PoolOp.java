package dev.duet.backend.cpu;

import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** Max-pooling; backward looks for the largest values once more. */
final class PoolOp implements Op {
    private final int type;
    private final Shape input; // (B, C, H, W)
    private final int size;
    private final long x;
    private final long dx; // 0 where x needs none
    private final long y;
    private final long dy;
    private final Tensor yTensor;

    PoolOp(LayerSpec.MaxPool spec, Variable x, Variable y) {
        type = CpuTensor.sharedType(x.value(), y.value());
        input = x.shape();
        size = spec.size();
        this.x = CpuTensor.addressOf(x.value());
        dx = CpuTensor.addressOf(x.grad());
        this.y = CpuTensor.addressOf(y.value());
        dy = CpuTensor.addressOf(y.grad());
        yTensor = y.value();
    }

    @Override
    public void forward() {
        CpuKernels.poolForward(type, x, y, input.get(0), input.get(2), input.get(3), input.get(1), size);
    }

    @Override
    public void backward() {
        NoGradient.check(dy != 0, "pooling", yTensor);
        if (dx == 0) return;
        CpuKernels.poolBackward(type, x, dy, dx, input.get(0), input.get(2), input.get(3), input.get(1), size);
    }
}
