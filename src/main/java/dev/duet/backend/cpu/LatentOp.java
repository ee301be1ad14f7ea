package dev.duet.backend.cpu;

import dev.duet.backend.LatentPlan;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.StepScalars;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.stream.Stream;

/** The latent part as one kernel each way; the kernel finds its tensors in a {@code LatentPlan} (kernels/math/latent_plan.h). */
final class LatentOp implements Op {
    private final StepScalars scalars;
    private final long plan;
    private final long eps;
    private final long terms;
    private final long scratch;
    private final Tensor firstHead;
    private final boolean trained;

    LatentOp(
            Plans plans,
            StepScalars scalars,
            LatentSpec spec,
            List<Variable> heads,
            Tensor eps,
            List<Variable> codes,
            Tensor terms) {
        this.scalars = scalars;
        int rows = eps.shape().get(0);
        LatentPlan.check(spec, rows, heads, eps, codes, terms);
        this.eps = CpuTensor.floatsOf(eps);
        this.terms = CpuTensor.floatsOf(terms);
        firstHead = heads.get(0).value();
        trained = Stream.concat(heads.stream(), codes.stream()).allMatch(variable -> variable.grad() != null);
        scratch = plans.scratch(3L * spec.shared());
        plan = plans.address(LatentPlan.words(spec, rows, heads, codes, CpuTensor::floatsOf, plans::scratch));
    }

    @Override
    public void forward() {
        CpuKernels.latentForward(plan, eps, terms, scratch);
    }

    @Override
    public void backward() {
        NoGradient.check(trained, "latent part", firstHead);
        CpuKernels.latentBackward(plan, eps, scalars.beta, scalars.betaPrivate, scratch);
    }
}
