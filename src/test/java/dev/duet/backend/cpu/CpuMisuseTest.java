package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.Activation;
import dev.duet.backend.AugmentSpec;
import dev.duet.backend.ContrastSpec;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.Judgement;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Rows;
import dev.duet.backend.ShapeMismatch;
import dev.duet.backend.Subset;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.ByteBuffer;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What would crash the JVM or write elsewhere in native memory is refused in words. */
class CpuMisuseTest {
    private static final LayerSpec LAST = new LayerSpec.ConvTranspose2d(5, 3, 4, 2, 1, Activation.NONE);
    private static final LikelihoodSpec BERNOULLI = LikelihoodSpec.of(LikelihoodSpec.Kind.BERNOULLI);
    private static final Shape LOGITS = Shape.of(6, 3, 8, 8);
    private static final Shape TARGET = Shape.of(2, 3, 8, 8);

    private final CpuBackend backend = new CpuBackend(2);

    @AfterEach
    void close() {
        backend.close();
    }

    private ParameterBuffer parameters(LayerSpec spec, int shards) {
        return backend.parameters(
                List.of(
                        new ParameterSpec("w", spec, ParameterSpec.Role.WEIGHT),
                        new ParameterSpec("b", spec, ParameterSpec.Role.BIAS)),
                shards);
    }

    private Op output(Variable x, double[] weights, Tensor target, Tensor mean, Tensor terms, int firstTerm) {
        ParameterBuffer p = parameters(LAST, 1);
        Variable weight = p.variable(0, 0);
        Judgement judgement = Judgement.of(BERNOULLI, weights, target, terms, firstTerm);
        return backend.output(LAST, x, weight, p.variable(1, 0), judgement.withMeans(mean));
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(DuetException.class).hasMessageContaining(message);
    }

    @Test
    void outputLayersCheckTheirInput() {
        Tensor target = backend.tensor("target", TARGET);
        Tensor terms = backend.tensor("terms", Shape.of(3));
        for (Shape wrong : List.of(Shape.of(6, 4, 4, 4), Shape.of(6, 80), Shape.of(6, 5, 4), Shape.of(6))) {
            Variable x = backend.variable("x", wrong, true);
            assertThatThrownBy(() -> output(x, new double[3], target, null, terms, 0))
                    .isInstanceOf(ShapeMismatch.class)
                    .hasMessageContaining("output layer's input, tensor 'x': expected (6,5,")
                    .hasMessageContaining("got " + wrong);
        }
    }

    /** The same arguments for both ways to a likelihood. */
    private void likelihoodsRefuse(
            double[] weights, Tensor target, Tensor mean, Tensor terms, int firstTerm, String message) {
        Variable logits = backend.variable("logits", LOGITS, true);
        Judgement judgement =
                Judgement.of(BERNOULLI, weights, target, terms, firstTerm).withMeans(mean);
        refused(() -> backend.likelihood(judgement, logits), message);
        Variable x = backend.variable("x", Shape.of(6, 5, 4, 4), true);
        refused(() -> output(x, weights, target, mean, terms, firstTerm), message);
    }

    @Test
    void likelihoodsCheckTheirArguments() {
        String where = "likelihood of 3 blocks of logits (6,3,8,8): expected ";
        Tensor target = backend.tensor("target", TARGET);
        Tensor mean = backend.tensor("mean", LOGITS);
        Tensor terms = backend.tensor("terms", Shape.of(4));
        double[] three = {1, 1, 1};
        likelihoodsRefuse(three, target, mean, terms, 2, where + "room for 3 terms from 2 on in 'terms', got (4)");
        likelihoodsRefuse(three, target, mean, terms, -1, where + "room for 3 terms from -1 on");
        likelihoodsRefuse(three, target, mean, terms, Integer.MAX_VALUE, "room for 3 terms from 2147483647 on");
        likelihoodsRefuse(three, target, mean, null, 0, where + "terms beside the target, got none");
        likelihoodsRefuse(three, null, null, terms, 0, where + "a target, or a mean to compute, got neither");
        String rows =
                "expected blocks of 2 rows, as the target 'target' has, and a weight for at least one and at most each";
        likelihoodsRefuse(new double[4], target, mean, terms, 0, "likelihood of 4 blocks of logits (6,3,8,8): " + rows);
        likelihoodsRefuse(new double[0], target, mean, terms, 0, "likelihood of 0 blocks of logits (6,3,8,8): " + rows);
        Tensor odd = backend.tensor("target", TARGET.withOuter(4));
        likelihoodsRefuse(new double[1], odd, mean, terms, 0, "expected blocks of 4 rows");
        Tensor wrong = backend.tensor("target", Shape.of(2, 3, 8, 9));
        likelihoodsRefuse(three, wrong, mean, terms, 0, "tensor 'target': expected (2,3,8,8), got (2,3,8,9)");
        likelihoodsRefuse(three, target, wrong, terms, 0, "means, tensor 'target': expected (2,3,8,8), got (2,3,8,9)");
        Tensor many = backend.tensor("many", LOGITS.withOuter(7));
        likelihoodsRefuse(three, target, many, terms, 0, "means, tensor 'many': expected (6,3,8,8), got (7,3,8,8)");
    }

    /** Kernels that know float32 only would read half the values of a bfloat16 image, and write beyond its end. */
    @Test
    void opsOfFloat32RefuseImagesInBfloat16() {
        try (CpuBackend bfloat16 = new CpuBackend(1, CpuBackend.Precision.BF16)) {
            String refusal = "expected float32, got bfloat16";
            Tensor wide = bfloat16.tensor("wide", Shape.of(6, 8, 4, 4));
            Images images = bfloat16.images(ByteBuffer.allocateDirect(6 * 8 * 16), 6, 4, 4, 8);
            Indices indices = bfloat16.indices(6);
            refused(() -> bfloat16.gather(images, indices, 0, wide), "tensor 'wide' (6,8,4,4): " + refusal);
            Tensor terms = bfloat16.tensor("terms", Shape.of(1));
            Variable logits = bfloat16.variable("logits", Shape.of(6, 8, 4, 4), true);
            refused(
                    () -> bfloat16.likelihood(Judgement.of(BERNOULLI, new double[1], wide, terms, 0), logits),
                    "tensor 'logits' (6,8,4,4): " + refusal);
        }
    }

    /** Rows without a likelihood need gradients from elsewhere, and only those. */
    @Test
    void gradientsOfMeansAreOfTheRowsThatAreNotJudged() {
        Tensor target = backend.tensor("target", TARGET);
        Tensor terms = backend.tensor("terms", Shape.of(3));
        Variable logits = backend.variable("logits", LOGITS, true);
        refused(
                () -> backend.likelihood(Judgement.of(BERNOULLI, new double[2], target, terms, 0), logits),
                "expected means with a gradient of the 2 rows that are not judged, got none");
        Variable mean = backend.variable("mean", LOGITS.withOuter(4), true);
        refused(
                () -> backend.likelihood(new Judgement(BERNOULLI, new double[2], target, mean, terms, 0), logits),
                "expected a gradient of the means of the 2 rows that are not judged alone, got one of 4");
    }

    @Test
    void augmentationsCheckTheirArguments() {
        Variable x = backend.variable("x", Shape.of(2, 3, 4, 4), true);
        Variable y = backend.variable("y", Shape.of(2, 3, 4, 4), true);
        String where = "augmentation of tensor 'x' (2,3,4,4): expected ";
        refused(() -> backend.augment(AugmentSpec.NONE, 0, 0, x, x), where + "another tensor to write to");
        refused(() -> backend.augment(AugmentSpec.NONE, -1, 0, x, y), where + "a site from 0 to 1048575, got -1");
        refused(() -> backend.augment(AugmentSpec.NONE, 0, -1, x, y), where + "rows of a batch of at most 1048576");
        refused(() -> backend.augment(AugmentSpec.NONE, 0, (1 << 20) - 1, x, y), "got a first row of 1048575");
        Variable wide = backend.variable("wide", Shape.of(2, 5, 4, 4), true);
        refused(() -> backend.augment(AugmentSpec.NONE, 0, 0, wide, wide), "of at most 4 channels");
        Variable rows = backend.variable("rows", Shape.of(2, 4), true);
        refused(() -> backend.augment(AugmentSpec.NONE, 0, 0, rows, rows), "expected images (B, C, H, W)");
        Variable other = backend.variable("y", Shape.of(2, 3, 4, 5), true);
        assertThatThrownBy(() -> backend.augment(AugmentSpec.NONE, 0, 0, x, other))
                .isInstanceOf(ShapeMismatch.class);
        Variable constant = backend.variable("y", Shape.of(2, 3, 4, 4), false);
        refusesBackward(backend.augment(AugmentSpec.NONE, 0, 0, x, constant), "augmentation at tensor 'y'");
        refused(() -> new AugmentSpec(181, 0, 0, 0, 0, 0, 0, 0), "augmentation, rotation_degrees: expected 0 to 180");
        refused(() -> new AugmentSpec(0, 1, 0, 0, 0, 0, 0, 0), "augmentation, scale: expected 0 to 0.9, got 1.0");
        refused(() -> new AugmentSpec(0, 0, 0, 0, 0, 0, 0, Double.NaN), "noise: expected 0 to any finite number");
    }

    @Test
    void alignmentsCheckTheirArguments() {
        Variable heads = backend.variable("heads", Shape.of(6, 4), true);
        Variable narrow = backend.variable("narrow", Shape.of(3, 2), false);
        Tensor terms = backend.tensor("terms", Shape.of(2));
        Rows a = new Rows(heads, 0, 3);
        Rows b = new Rows(heads, 3, 3);
        Rows few = new Rows(heads, 4, 2);
        Rows targets = new Rows(narrow, 0, 3);
        ContrastSpec spec = new ContrastSpec(0.1, 3, 1);
        String where = "contrast of rows 0 to 2 of tensor 'heads' (6,4) with rows ";
        refused(
                () -> backend.contrast(spec, a, few, 4, terms, 0),
                where + "4 to 5 of tensor 'heads' (6,4): expected as");
        refused(() -> backend.contrast(spec, a, b, 5, terms, 0), "expected 1 to 4 columns, got 5");
        refused(() -> backend.contrast(spec, a, b, 0, terms, 0), "expected 1 to 4 columns, got 0");
        refused(() -> backend.contrast(spec, a, b, 4, terms, 2), "expected room for term 2 in 'terms', got (2)");
        refused(() -> backend.contrast(spec, a, new Rows(heads, 2, 3), 4, terms, 0), "two sides without a common row");
        refused(() -> backend.cosine(1, a, targets, 3, terms, 0), "expected 1 to 2 columns, got 3");
        refused(() -> backend.cosine(1, a, targets, 2, terms, -1), "expected room for term -1");
        refusesBackward(backend.cosine(1, targets, a, 2, terms, 0), "cosine at tensor 'narrow'");
        Rows constant = new Rows(Variable.constant(heads.value()), 0, 3);
        refusesBackward(backend.contrast(spec, constant, targets, 2, terms, 0), "contrast at tensor 'heads'");
        refused(() -> new Rows(heads, 4, 3), "expected rows of a tensor (B, F), got 3 from row 4 on");
        refused(() -> new Rows(heads, -1, 3), "got 3 from row -1 on");
        refused(() -> new Rows(heads, 0, 0), "got 0 from row 0 on");
        refused(() -> new ContrastSpec(0, 3, 1), "contrast, temperature: expected above 0, got 0.0");
        refused(() -> new ContrastSpec(0.1, 0, 1), "contrast, group: expected at least 1 row, got 0");
    }

    private static void refusesBackward(Op op, String where) {
        op.forward();
        refused(op::backward, "backward of the " + where + ": expected an op made with gradients");
    }

    /** A validation plan: weights with gradients, activations without. */
    @Test
    void layersForInferenceHaveNoBackward() {
        for (LayerSpec spec : List.of(
                new LayerSpec.Conv2d(3, 4, 4, 2, 1, Activation.RELU),
                new LayerSpec.ConvTranspose2d(3, 4, 4, 2, 1, Activation.RELU),
                new LayerSpec.Linear(Shape.of(3, 4, 4), Shape.of(4, 1, 1), Activation.RELU))) {
            ParameterBuffer p = parameters(spec, 1);
            Shape out = spec.output(Shape.of(3, 4, 4));
            Shape rows = Shape.of(2, out.get(0), out.get(1), out.get(2));
            for (boolean inputGradient : new boolean[] {true, false}) {
                Variable x = backend.variable("x", Shape.of(2, 3, 4, 4), inputGradient);
                Variable y = backend.variable("y", rows, false);
                refusesBackward(backend.layer(spec, x, p.variable(0, 0), p.variable(1, 0), y), "layer at tensor 'y'");
            }
        }
    }

    @Test
    void latentPartsForInferenceHaveNoBackward() {
        LatentSpec spec = new LatentSpec(2, List.of(1), List.of(new Subset(List.of(0), 1, List.of(0))), 0, false);
        Tensor eps = backend.tensor("eps", Shape.of(3, spec.noiseColumns()));
        Tensor terms = backend.tensor("terms", Shape.of(2));
        for (boolean headGradient : new boolean[] {true, false}) {
            Variable head = backend.variable("head", Shape.of(3, 6), headGradient);
            Variable code = backend.variable("code", Shape.of(3, 3), !headGradient);
            refusesBackward(
                    backend.latent(spec, List.of(head), eps, List.of(code), terms), "latent part at tensor 'head'");
        }
    }

    @Test
    void likelihoodsForInferenceHaveNoBackward() {
        double[] weights = {1, 1, 1};
        Tensor target = backend.tensor("target", TARGET);
        Tensor mean = backend.tensor("mean", LOGITS);
        Tensor terms = backend.tensor("terms", Shape.of(3));
        Variable logits = backend.variable("logits", LOGITS, false);
        refusesBackward(
                backend.likelihood(Judgement.of(BERNOULLI, weights, target, terms, 0), logits),
                "likelihood at tensor 'logits'");
        Variable trained = backend.variable("logits", LOGITS, true);
        refusesBackward(backend.likelihood(Judgement.means(BERNOULLI, mean), trained), "likelihood at tensor 'logits'");
        Shape input = Shape.of(6, 5, 4, 4);
        refusesBackward(
                output(backend.variable("x", input, false), weights, target, null, terms, 0),
                "output layer at tensor 'x'");
        refusesBackward(
                output(backend.variable("x", input, true), weights, null, mean, null, 0), "output layer at tensor 'x'");
    }

    /** The ops between layers check their arguments; all backends do so in the same words. */
    @Test
    void joinsCheckTheirArguments() {
        Variable x = backend.variable("x", Shape.of(2, 6, 4, 4), true);
        Variable y = backend.variable("y", Shape.of(2, 6, 4, 4), true);
        Variable other = backend.variable("other", Shape.of(2, 6, 4, 3), true);
        Variable rows = backend.variable("rows", Shape.of(2, 5), true);
        refused(
                () -> backend.add(x, other, Activation.NONE, y),
                "add, second summand, tensor 'other': expected (2,6,4,4)");
        refused(() -> backend.add(x, x, Activation.NONE, other), "add, sum, tensor 'other': expected (2,6,4,4)");
        refused(() -> backend.fork(x, List.of()), "fork of tensor 'x': expected at least one reader, got none");
        refused(() -> backend.fork(x, List.of(y)), "expected reader 0 to share its value, got 'y'");
        refused(() -> backend.fork(x, List.of(x)), "expected reader 0 to have a gradient of its own, got another's");
        Variable reader = backend.reader("r", x);
        refused(() -> backend.fork(x, List.of(reader, reader)), "expected reader 1 to have a gradient of its own");
        refused(() -> backend.fork(x, List.of(Variable.constant(x.value()))), "gradient of its own, got none");
        refused(() -> backend.concat(List.of(), rows), "concat: expected at least one part, got none");
        refused(() -> backend.concat(List.of(rows, rows), rows), "concat, tensor 'rows': expected (2,10), got (2,5)");
        refused(() -> backend.concat(List.of(x), rows), "concat, part, tensor 'x': expected (2,4), got (2,6,4,4)");
        LayerSpec.Dropout dropout = new LayerSpec.Dropout(0.5, false, 0);
        refused(() -> backend.dropout(dropout, 0, x, other), "dropout output, tensor 'other': expected (2,6,4,4)");
        refused(() -> backend.dropout(dropout, -1, x, y), "dropout: expected a first row of at least 0, got -1");
        refused(() -> backend.layer(dropout, x, null, null, y), "make it with Backend.dropout");
        Variable vector = backend.variable("vector", Shape.of(3), true);
        refused(() -> backend.dropout(dropout, 0, vector, vector), "expected images (B,C,H,W) or rows (B,F), got (3)");
    }

    @Test
    void normalisationsAndPoolsCheckTheirArguments() {
        refused(
                () -> new LayerSpec.Norm(6, 4, true, Activation.NONE),
                "expected groups that divide the channels, got 4");
        refused(() -> new LayerSpec.MaxPool(0), "pooling: expected a window of at least 1 pixel, got 0");
        refused(() -> new LayerSpec.Dropout(1, false, 0), "got rate 1.0 and site 0");
        refused(() -> new LayerSpec.Dropout(0.5, false, -1), "got rate 0.5 and site -1");
        LayerSpec norm = new LayerSpec.Norm(6, 2, true, Activation.NONE);
        LayerSpec plain = new LayerSpec.Norm(6, 2, false, Activation.NONE);
        ParameterBuffer p = parameters(norm, 1);
        Variable x = backend.variable("x", Shape.of(2, 6, 4, 4), true);
        Variable wrong = backend.variable("wrong", Shape.of(2, 5, 4, 4), true);
        refused(() -> backend.layer(norm, x, null, null, x), "layer Norm: expected weights and a bias, got no weights");
        refused(
                () -> backend.layer(plain, x, p.variable(0, 0), p.variable(1, 0), x),
                "expected no weights and no bias");
        refused(
                () -> backend.layer(norm, wrong, p.variable(0, 0), p.variable(1, 0), wrong),
                "layer Norm input, tensor 'wrong': expected (2,6,4,4)");
        refused(
                () -> backend.layer(new LayerSpec.MaxPool(5), x, null, null, x),
                "tensor 'x': expected images of at least 5 × 5 pixels, got (2,6,4,4)");
        refused(() -> backend.layer(new LayerSpec.MaxPool(2), x, null, null, x), "expected (2,6,2,2), got (2,6,4,4)");
        Variable features = backend.variable("features", Shape.of(2, 6), true);
        refused(() -> backend.layer(new LayerSpec.MaxPool(1), features, null, null, features), "got (2,6)");
    }

    @Test
    void joinsForInferenceHaveNoBackward() {
        Shape shape = Shape.of(2, 6, 4, 4);
        Variable x = backend.variable("x", shape, true);
        Variable y = backend.variable("y", shape, false);
        LayerSpec plain = new LayerSpec.Norm(6, 2, false, Activation.NONE);
        refusesBackward(backend.layer(plain, x, null, null, y), "normalisation at tensor 'y'");
        refusesBackward(backend.layer(new LayerSpec.MaxPool(1), x, null, null, y), "pooling at tensor 'y'");
        refusesBackward(backend.dropout(new LayerSpec.Dropout(0, false, 0), 0, x, y), "dropout at tensor 'y'");
        refusesBackward(backend.add(x, x, Activation.NONE, y), "sum at tensor 'y'");
        Variable part = backend.variable("part", Shape.of(2, 3), true);
        Variable whole = backend.variable("whole", Shape.of(2, 3), false);
        refusesBackward(backend.concat(List.of(part), whole), "concatenation at tensor 'whole'");
    }

    /** In bfloat16 a tensor's type is that of its shape, and these ops take one type. */
    @Test
    void valuesKeepTheirType() {
        try (CpuBackend bfloat16 = new CpuBackend(1, CpuBackend.Precision.BF16)) {
            Variable x = bfloat16.variable("x", Shape.of(2, 8, 1, 1), true);
            Variable y = bfloat16.variable("y", Shape.of(2, 8), true);
            LayerSpec plain = new LayerSpec.Norm(8, 2, false, Activation.NONE);
            refused(
                    () -> bfloat16.layer(plain, x, null, null, y),
                    "tensor 'y' (2,8): expected bfloat16 as 'x', got float32");
        }
    }

    @Test
    void aClosedBackendKeepsItsHandsOffItsMemory() {
        Tensor x = backend.tensor("x", Shape.of(2));
        Indices indices = backend.indices(2);
        ParameterBuffer p = parameters(LAST, 1);
        backend.close();
        String closed = "its CPU backend is already closed";
        refused(() -> backend.write(x, new float[2]), "tensor 'x': " + closed);
        refused(() -> backend.read(x, new float[2]), "tensor 'x': " + closed);
        refused(() -> backend.tensor("y", Shape.of(1)), "tensor 'y' (1): " + closed);
        refused(() -> backend.forEachShard(2, shard -> {}), "work for the threads: " + closed);
        refused(() -> backend.forEachShard(1, shard -> {}), "work for the threads: " + closed);
        refused(() -> indices.write(new int[2], 0, 2), "indices: " + closed);
        refused(() -> p.read(Slot.VALUE, 1), "parameters: " + closed);
        refused(() -> p.write(Slot.VALUE, 1, new float[3]), "parameters: " + closed);
        refused(p::refresh, "parameters: " + closed);
    }
}
