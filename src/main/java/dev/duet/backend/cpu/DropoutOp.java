package dev.duet.backend.cpu;

import dev.duet.backend.JoinShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.backend.StepScalars;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** Dropout; backward makes the mask anew from the same draws. */
final class DropoutOp implements Op {
    private final StepScalars scalars;
    private final int type;
    private final int wholeChannels;
    private final long firstDraw;
    private final long threshold;
    private final float scale;
    private final int images;
    private final int area;
    private final int channels;
    private final long x;
    private final long dx; // 0 where x needs none
    private final long y;
    private final long dy;
    private final Tensor yTensor;

    DropoutOp(StepScalars scalars, LayerSpec.Dropout spec, int firstRow, Variable x, Variable y) {
        JoinShapes.checkDropout(firstRow, x, y);
        this.scalars = scalars;
        Shape shape = x.shape();
        type = CpuTensor.sharedType(x.value(), y.value());
        images = shape.get(0);
        channels = shape.get(1);
        area = shape.rank() == 4 ? shape.get(2) * shape.get(3) : 1;
        wholeChannels = spec.channels() ? 1 : 0;
        firstDraw = spec.firstDraw() + (long) firstRow * channels * (spec.channels() ? 1 : area);
        threshold = spec.threshold();
        scale = (float) (1 / (1 - spec.rate()));
        this.x = CpuTensor.addressOf(x.value());
        dx = CpuTensor.addressOf(x.grad());
        this.y = CpuTensor.addressOf(y.value());
        dy = CpuTensor.addressOf(y.grad());
        yTensor = y.value();
    }

    @Override
    public void forward() {
        run(x, y);
    }

    @Override
    public void backward() {
        NoGradient.check(dy != 0, "dropout", yTensor);
        if (dx != 0) run(dy, dx);
    }

    private void run(long from, long to) {
        CpuKernels.dropout(
                type,
                scalars.seed,
                scalars.step,
                firstDraw,
                threshold,
                scale,
                wholeChannels,
                from,
                to,
                images,
                area,
                channels);
    }
}
