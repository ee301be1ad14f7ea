package dev.duet.backend.cpu;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LikelihoodArguments;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ShapeMismatch;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.FloatBuffer;

/**
 * A transposed convolution to few channels fused with its likelihood: one image's logits are made, judged and turned into
 * their gradient while they are in the cache.
 */
final class OutputOp implements Op {
    /** Limit of the kernel. */
    private static final int MAX_CHANNELS = 4;

    private static final ElementType LOGITS = ElementType.FLOAT32;

    private final LikelihoodSpec likelihood;
    private final int rows;
    private final ElementType inputType;
    private final long plan;
    private final long weightPlan;
    private final long backwardPlan;
    private final long blockWeights;
    private final long input;
    private final long dInput;
    private final long weights;
    private final long transposedWeights;
    private final long dWeights;
    private final long bias;
    private final long target;
    private final long mean;
    private final long dLogits;
    private final long terms;
    private final long scratch;
    private final long pairs;
    private final FloatBuffer biasSums;
    private final long biasSumsAddress;
    private final FloatBuffer dBias;
    private final LayerOp below;
    private final Tensor inputTensor;
    private final boolean trained;

    static boolean fits(LayerSpec last) {
        return last instanceof LayerSpec.ConvTranspose2d conv
                && conv.out() <= MAX_CHANNELS
                && conv.activation() == Activation.NONE;
    }

    OutputOp(
            CpuBackend backend,
            LayerSpec.ConvTranspose2d last,
            Variable x,
            Variable weight,
            Variable bias,
            LikelihoodSpec likelihood,
            double[] weights,
            Tensor target,
            Tensor mean,
            Tensor terms,
            int firstTerm) {
        this.likelihood = likelihood;
        rows = x.shape().get(0);
        checkInput(x.value(), last);
        Shape coarse = Shape.of(x.shape().get(1), x.shape().get(2), x.shape().get(3));
        Geometry g = Geometry.of(last, coarse);
        Shape logits = g.fine().batched(rows);
        ShapeMismatch.check("output layer's weights", weight.value(), last.weightShape());
        ShapeMismatch.check("output layer's bias", bias.value(), last.biasShape());
        LikelihoodArguments.check(logits, weights.length, target, mean, terms, firstTerm);
        Plans plans = backend.plans();
        inputTensor = x.value();
        trained = x.grad() != null && target != null;
        inputType = CpuTensor.of(x.value()).type();
        input = CpuTensor.addressOf(x.value());
        dInput = CpuTensor.addressOf(x.grad());
        this.weights = CpuTensor.floatsOf(weight.value());
        transposedWeights = CpuParameters.copyOf(
                weight.value(), WeightCopy.Kind.transposed(inputType), 1, contributions(g), g.coarseChannels());
        dWeights = CpuTensor.floatsOf(weight.grad());
        this.bias = CpuTensor.floatsOf(bias.value());
        dBias = bias.grad() == null ? null : CpuTensor.of(bias.grad()).floats();
        biasSums = backend.memory()
                .allocate("bias sums", (long) MAX_CHANNELS * Float.BYTES)
                .asFloatBuffer();
        biasSumsAddress = trained ? CpuKernels.addressOf(biasSums) : 0;
        dLogits = trained ? plans.scratch(logits.size()) : 0;
        blockWeights = plans.address(weights);
        this.target = CpuTensor.floatsOf(target);
        this.mean = CpuTensor.floatsOf(mean);
        this.terms = LikelihoodOp.termAddress(terms, firstTerm);
        plan = plans.address(encode(g, rows / weights.length, weights.length));
        scratch = plans.scratch(scratchFloats(g));
        below = trained ? LayerOp.producer(x) : null;
        boolean learns = trained && dWeights != 0;
        int[] weightGradient = WeightPlan.convolution(g);
        weightPlan = learns ? plans.address(weightGradient) : 0;
        pairs = learns ? plans.pairsScratch(weightGradient, LOGITS, inputType) : 0;
        backwardPlan = trained ? plans.address(ConvolutionPlan.down(g)) : 0;
    }

    private static void checkInput(Tensor x, LayerSpec.ConvTranspose2d last) {
        Shape shape = x.shape();
        boolean image = shape.rank() == 4;
        Shape expected = Shape.of(shape.get(0), last.in(), image ? shape.get(2) : 1, image ? shape.get(3) : 1);
        ShapeMismatch.check("output layer's input", x, expected);
    }

    /** {@code OutputPlan} of native/plans.h, then the plan from one position to its contributions. */
    private static int[] encode(Geometry g, int rows, int blocks) {
        IntWriter out = new IntWriter();
        out.add(g.coarse().get(1), g.coarse().get(2), g.coarseChannels());
        out.add(g.fine().get(1), g.fine().get(2), g.fineChannels());
        out.add(g.kernel(), g.stride(), g.padding(), rows, blocks);
        Shape position = Shape.of(g.coarseChannels(), 1, 1);
        out.add(ConvolutionPlan.linear(position, Shape.of(contributions(g), 1, 1))
                .encode());
        return out.toArray();
    }

    private static int contributions(Geometry g) {
        return g.taps() * g.fineChannels();
    }

    /** All contributions of one image, and its padded logits. */
    private static long scratchFloats(Geometry g) {
        long height = (long) (g.coarse().get(1) - 1) * g.stride() + g.kernel();
        long width = (long) (g.coarse().get(2) - 1) * g.stride() + g.kernel();
        long positions = (long) g.coarse().get(1) * g.coarse().get(2);
        return positions * contributions(g) + height * width * g.fineChannels();
    }

    @Override
    public void forward() {
        CpuKernels.output(
                plan,
                inputType.code,
                LikelihoodArguments.code(likelihood.kind()),
                likelihood.scale(),
                blockWeights,
                input,
                transposedWeights,
                bias,
                target,
                mean,
                dLogits,
                biasSumsAddress,
                terms,
                scratch);
    }

    @Override
    public void backward() {
        NoGradient.check(trained, "output layer", inputTensor);
        if (dBias != null) {
            for (int c = 0; c < dBias.capacity(); c++) dBias.put(c, biasSums.get(c));
        }
        if (weightPlan != 0) {
            CpuKernels.convolveWeights(weightPlan, LOGITS.code, dLogits, inputType.code, input, dWeights, rows, pairs);
        }
        LayerOp.handDown(below, backwardPlan, LOGITS, dLogits, weights, inputType, input, dInput, rows);
    }
}
