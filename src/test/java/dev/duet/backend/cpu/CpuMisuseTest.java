package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.Activation;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
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
        return backend.output(LAST, x, weight, p.variable(1, 0), BERNOULLI, weights, target, mean, terms, firstTerm);
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
        refused(() -> backend.likelihood(BERNOULLI, weights, logits, target, mean, terms, firstTerm), message);
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
        String rows = "expected at least one block, of equally many rows each";
        likelihoodsRefuse(new double[4], target, mean, terms, 0, "likelihood of 4 blocks of logits (6,3,8,8): " + rows);
        likelihoodsRefuse(new double[7], target, mean, terms, 0, "likelihood of 7 blocks of logits (6,3,8,8): " + rows);
        likelihoodsRefuse(new double[0], target, mean, terms, 0, "likelihood of 0 blocks of logits (6,3,8,8): " + rows);
        likelihoodsRefuse(new double[2], target, mean, terms, 0, "expected (3,3,8,8), got (2,3,8,8)");
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
                    () -> bfloat16.likelihood(BERNOULLI, new double[1], logits, wide, null, terms, 0),
                    "tensor 'logits' (6,8,4,4): " + refusal);
        }
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
                backend.likelihood(BERNOULLI, weights, logits, target, null, terms, 0),
                "likelihood at tensor 'logits'");
        Variable trained = backend.variable("logits", LOGITS, true);
        refusesBackward(
                backend.likelihood(BERNOULLI, weights, trained, null, mean, null, 0), "likelihood at tensor 'logits'");
        Shape input = Shape.of(6, 5, 4, 4);
        refusesBackward(
                output(backend.variable("x", input, false), weights, target, null, terms, 0),
                "output layer at tensor 'x'");
        refusesBackward(
                output(backend.variable("x", input, true), weights, null, mean, null, 0), "output layer at tensor 'x'");
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
