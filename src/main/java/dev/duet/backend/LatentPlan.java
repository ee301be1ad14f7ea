package dev.duet.backend;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;

/** What a latent kernel, on the CPU or on a GPU, is told of its tensors: {@code LatentPlan} of kernels/math/latent_plan.h. */
public final class LatentPlan {
    /** Limit of the kernels. */
    private static final int MAX_TERMS = 64;

    private LatentPlan() {}

    /** Whether the arguments of {@link Backend#latent} fit together; the kernels rely on it. */
    public static void check(
            LatentSpec spec, int rows, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        ShapeMismatch.check("latent noise", eps, Shape.of(rows, spec.noiseColumns()));
        for (int m = 0; m < spec.modalities(); m++) {
            ShapeMismatch.check(
                    "latent head of modality " + m, heads.get(m).value(), Shape.of(rows, spec.headColumns(m)));
            Shape code = Shape.of(spec.codeBlocks(m).length * rows, spec.codeColumns(m));
            ShapeMismatch.check("latent code of modality " + m, codes.get(m).value(), code);
        }
        int count = spec.terms();
        if (count > MAX_TERMS || terms.shape().size() < count) {
            throw new DuetException("latent terms '" + terms.name() + "': expected room for " + count + " (at most "
                    + MAX_TERMS + "), got " + terms.shape() + "; use fewer subsets or modalities");
        }
    }

    /**
     * The plan as 64-bit words.
     *
     * @param address of a tensor, 0 for {@code null}
     * @param scratch the address of that many floats of the op's own
     */
    public static long[] words(
            LatentSpec spec,
            int rows,
            List<Variable> heads,
            List<Variable> codes,
            ToLongFunction<Tensor> address,
            LongUnaryOperator scratch) {
        LongStream.Builder words = LongStream.builder();
        words.add(rows)
                .add(spec.shared())
                .add(spec.modalities())
                .add(spec.subsets().size());
        words.add(spec.noiseColumns()).add(Double.doubleToRawLongBits(Math.log(spec.poeEpsilon())));
        words.add(spec.joint()).add(spec.jointKls().length);
        int firstBlock = 0;
        for (int m = 0; m < spec.modalities(); m++) {
            addModality(words, spec, m, firstBlock, heads.get(m), codes.get(m), address);
            firstBlock += spec.codeBlocks(m).length;
        }
        long posterior = (long) rows * spec.shared();
        for (Subset subset : spec.subsets()) {
            words.add(subset.members().stream().mapToLong(m -> 1L << m).sum());
            words.add(Double.doubleToRawLongBits(subset.weight()));
            words.add(scratch.applyAsLong(posterior)).add(scratch.applyAsLong(posterior));
        }
        for (int s : spec.jointKls()) {
            words.add(s).add(Double.doubleToRawLongBits(spec.subsets().get(s).jointKl()));
        }
        for (int t = 0; t < spec.modalities(); t++) addBlocks(words, spec, t);
        return words.build().toArray();
    }

    private static void addModality(
            LongStream.Builder words,
            LatentSpec spec,
            int m,
            int firstBlock,
            Variable head,
            Variable code,
            ToLongFunction<Tensor> address) {
        words.add(address.applyAsLong(head.value())).add(address.applyAsLong(head.grad()));
        words.add(address.applyAsLong(code.value())).add(address.applyAsLong(code.grad()));
        words.add(spec.privates().get(m)).add(spec.codeBlocks(m).length).add(firstBlock);
    }

    private static void addBlocks(LongStream.Builder words, LatentSpec spec, int t) {
        int[] subsets = spec.codeBlocks(t);
        for (int i = 0; i < subsets.length; i++) {
            words.add(subsets[i]).add(spec.privateNoiseColumn(t, i)).add(spec.privateSource(t, i).code);
        }
    }
}
