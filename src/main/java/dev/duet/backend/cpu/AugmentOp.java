package dev.duet.backend.cpu;

import dev.duet.backend.AugmentPlan;
import dev.duet.backend.AugmentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.StepScalars;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** Random changes of images; the kernel finds its numbers in an {@code AugmentPlan} (kernels/math/augment.h). */
final class AugmentOp implements Op {
    private final StepScalars scalars;
    private final long plan;
    private final long x;
    private final long dx; // 0 where x has no gradient
    private final long y;
    private final long dy;
    private final Tensor result;

    AugmentOp(Plans plans, StepScalars scalars, AugmentSpec spec, int site, int firstRow, Variable x, Variable y) {
        AugmentPlan.check(site, firstRow, x, y);
        this.scalars = scalars;
        this.x = CpuTensor.floatsOf(x.value());
        this.dx = CpuTensor.floatsOf(x.grad());
        this.y = CpuTensor.floatsOf(y.value());
        this.dy = CpuTensor.floatsOf(y.grad());
        result = y.value();
        plan = plans.address(AugmentPlan.words(spec, site, firstRow, x.shape()));
    }

    @Override
    public void forward() {
        CpuKernels.augment(plan, scalars.seed, scalars.step, x, y);
    }

    @Override
    public void backward() {
        if (dx == 0) return;
        NoGradient.check(dy != 0, "augmentation", result);
        CpuKernels.augmentBackward(plan, scalars.seed, scalars.step, dy, dx);
    }
}
