package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ShapeMismatch;
import dev.duet.backend.StepScalars;
import dev.duet.backend.Subset;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The latent part as one kernel each way; the kernel finds its tensors in a {@code LatentPlan} (kernels/math/latent_plan.h). */
final class LatentOp implements Op {
    /** Limit of the kernel. */
    private static final int MAX_TERMS = 64;

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
        check(spec, rows, heads, eps, codes, terms);
        this.eps = CpuTensor.addressOf(eps);
        this.terms = CpuTensor.addressOf(terms);
        firstHead = heads.get(0).value();
        trained = Stream.concat(heads.stream(), codes.stream()).allMatch(variable -> variable.grad() != null);
        scratch = plans.scratch(3L * spec.shared());
        plan = plans.address(encode(plans, spec, rows, heads, codes));
    }

    private static void check(
            LatentSpec spec, int rows, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        ShapeMismatch.check("latent noise", eps, Shape.of(rows, spec.noiseColumns()));
        for (int m = 0; m < spec.modalities(); m++) {
            ShapeMismatch.check(
                    "latent head of modality " + m, heads.get(m).value(), Shape.of(rows, spec.headColumns(m)));
            Shape code = Shape.of(spec.blocks(m).length * rows, spec.codeColumns(m));
            ShapeMismatch.check("latent code of modality " + m, codes.get(m).value(), code);
        }
        int count = spec.terms();
        if (count > MAX_TERMS || terms.shape().size() < count) {
            throw new DuetException("latent terms '" + terms.name() + "': expected room for " + count + " (at most "
                    + MAX_TERMS + "), got " + terms.shape() + "; use fewer subsets or modalities");
        }
    }

    private static long[] encode(Plans plans, LatentSpec spec, int rows, List<Variable> heads, List<Variable> codes) {
        LongStream.Builder words = LongStream.builder();
        words.add(rows)
                .add(spec.shared())
                .add(spec.modalities())
                .add(spec.subsets().size());
        words.add(spec.noiseColumns()).add(Double.doubleToRawLongBits(Math.log(spec.poeEpsilon())));
        int firstBlock = 0;
        for (int m = 0; m < spec.modalities(); m++) {
            addModality(words, spec, m, firstBlock, heads.get(m), codes.get(m));
            firstBlock += spec.blocks(m).length;
        }
        long posterior = (long) rows * spec.shared();
        for (Subset subset : spec.subsets()) {
            words.add(subset.members().stream().mapToLong(m -> 1L << m).sum());
            words.add(Double.doubleToRawLongBits(subset.weight()));
            words.add(plans.scratch(posterior)).add(plans.scratch(posterior));
        }
        for (int t = 0; t < spec.modalities(); t++) addBlocks(words, spec, t);
        return words.build().toArray();
    }

    private static void addModality(
            LongStream.Builder words, LatentSpec spec, int m, int firstBlock, Variable head, Variable code) {
        words.add(CpuTensor.addressOf(head.value())).add(CpuTensor.addressOf(head.grad()));
        words.add(CpuTensor.addressOf(code.value())).add(CpuTensor.addressOf(code.grad()));
        words.add(spec.privates().get(m)).add(spec.blocks(m).length).add(firstBlock);
    }

    private static void addBlocks(LongStream.Builder words, LatentSpec spec, int t) {
        int[] blocks = spec.blocks(t);
        for (int i = 0; i < blocks.length; i++) {
            boolean fromPrior = spec.crossPrivateFromPrior()
                    && !spec.subsets().get(blocks[i]).members().contains(t);
            words.add(blocks[i]).add(spec.privateNoiseColumn(t, i)).add(fromPrior ? 1 : 0);
        }
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
