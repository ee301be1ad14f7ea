package dev.duet.backend.cpu;

import dev.duet.backend.Activation;
import dev.duet.backend.Judgement;
import dev.duet.backend.LayerSpec;
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
    private static final ElementType LOGITS = ElementType.FLOAT32;

    private final LikelihoodSpec likelihood;
    private final int rows;
    private final ElementType inputType;
    private final boolean meansOfJudged;
    private final long plan;
    private final long meanPlan; // of the rows that give means
    private final long weightPlan;
    private final long backwardPlan;
    private final long blockWeights;
    private final long input;
    private final long meanInput; // of the rows that give means
    private final long dInput;
    private final long weights;
    private final long transposedWeights;
    private final long dWeights;
    private final long bias;
    private final long target;
    private final long mean;
    private final long dMean;
    private final int meanRows;
    private final int imageSize;
    private final int channels;
    private final long dLogits;
    private final long dMeanLogits; // of the rows that give means
    private final long terms;
    private final long scratch;
    private final long pairs;
    private final FloatBuffer biasSums; // (2, channels) over the judged rows, over those whose means have a gradient
    private final long biasSumsAddress;
    private final FloatBuffer dBias;
    private final LayerOp below;
    private final Tensor inputTensor;
    private final boolean trained;

    static boolean fits(LayerSpec last) {
        return last instanceof LayerSpec.ConvTranspose2d conv
                && conv.out() <= OutputPlan.MAX_CHANNELS
                && conv.activation() == Activation.NONE;
    }

    OutputOp(
            CpuBackend backend,
            LayerSpec.ConvTranspose2d last,
            Variable x,
            Variable weight,
            Variable bias,
            Judgement judgement) {
        likelihood = judgement.likelihood();
        rows = x.shape().get(0);
        checkInput(x.value(), last);
        Shape coarse = Shape.of(x.shape().get(1), x.shape().get(2), x.shape().get(3));
        Geometry g = Geometry.of(last, coarse);
        Shape logits = g.fine().batched(rows);
        ShapeMismatch.check("output layer's weights", weight.value(), last.weightShape());
        ShapeMismatch.check("output layer's bias", bias.value(), last.biasShape());
        judgement.check(logits, x.grad() != null);
        Plans plans = backend.plans();
        inputTensor = x.value();
        trained = x.grad() != null && judgement.target() != null;
        inputType = CpuTensor.of(x.value()).type();
        input = CpuTensor.addressOf(x.value());
        dInput = CpuTensor.addressOf(x.grad());
        this.weights = CpuTensor.floatsOf(weight.value());
        transposedWeights = OutputPlan.weights(g, inputType, weight.value());
        dWeights = CpuTensor.floatsOf(weight.grad());
        this.bias = CpuTensor.floatsOf(bias.value());
        dBias = bias.grad() == null ? null : CpuTensor.of(bias.grad()).floats();
        biasSums = backend.memory()
                .allocate("bias sums", 2L * OutputPlan.MAX_CHANNELS * Float.BYTES)
                .asFloatBuffer();
        biasSumsAddress = trained ? CpuKernels.addressOf(biasSums) : 0;
        dLogits = trained ? plans.scratch(logits.size()) : 0;
        blockWeights = plans.address(judgement.weights());
        target = CpuTensor.floatsOf(judgement.target());
        terms = LikelihoodOp.termAddress(judgement.terms(), judgement.firstTerm());
        int blocks = judgement.weights().length;
        plan = target == 0 ? 0 : plans.address(OutputPlan.encode(g, judgement.judgedRows() / blocks, blocks));
        meanRows = judgement.meanRows();
        mean = meanRows == 0 ? 0 : CpuTensor.floatsOf(judgement.mean().value());
        dMean = CpuTensor.floatsOf(judgement.dMean());
        meansOfJudged = judgement.meansOfJudged(rows);
        meanPlan = meanRows == 0 ? 0 : plans.address(OutputPlan.encode(g, meanRows, 1));
        channels = g.fineChannels();
        imageSize = g.fine().size();
        meanInput = input + (long) (rows - meanRows) * coarse.size() * inputType.bytes;
        dMeanLogits = dLogits + (long) (rows - meanRows) * imageSize * Float.BYTES;
        scratch = plans.scratch(OutputPlan.scratchFloats(g));
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

    @Override
    public void forward() {
        if (target != 0) judge(plan, input, target, meansOfJudged ? mean : 0, dLogits, biasSumsAddress);
        if (mean != 0 && !meansOfJudged) judge(meanPlan, meanInput, 0, mean, 0, 0);
    }

    private void judge(long plan, long source, long target, long mean, long dLogits, long biasSums) {
        CpuKernels.output(
                plan,
                inputType.code,
                likelihood.kind().code(),
                likelihood.scale(),
                blockWeights,
                source,
                transposedWeights,
                bias,
                target,
                mean,
                dLogits,
                biasSums,
                terms,
                scratch);
    }

    @Override
    public void backward() {
        NoGradient.check(trained, "output layer", inputTensor);
        if (dMean != 0) {
            long sums = biasSumsAddress + (long) OutputPlan.MAX_CHANNELS * Float.BYTES;
            CpuKernels.meanGradient(mean, dMean, dMeanLogits, sums, meanRows, imageSize, channels);
        }
        if (dBias != null) {
            for (int c = 0; c < channels; c++)
                dBias.put(c, biasSums.get(c) + biasSums.get(OutputPlan.MAX_CHANNELS + c));
        }
        if (weightPlan != 0) {
            CpuKernels.convolveWeights(weightPlan, LOGITS.code, dLogits, inputType.code, input, dWeights, rows, pairs);
        }
        LayerOp.handDown(below, backwardPlan, LOGITS, dLogits, weights, inputType, input, dInput, rows);
    }
}
