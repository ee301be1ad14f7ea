package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.Activation;
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
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.ByteBuffer;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What would have a kernel read or write elsewhere on the GPU is refused in words. */
class CudaMisuseTest {
    private static final LikelihoodSpec BERNOULLI = LikelihoodSpec.of(LikelihoodSpec.Kind.BERNOULLI);
    private static final Shape LOGITS = Shape.of(6, 3, 8, 8);

    private final CudaBackend backend = CudaVariants.arena(Precision.BF16);

    @AfterEach
    void close() {
        backend.close();
        CudaVariants.assertNoFaults();
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(DuetException.class).hasMessageContaining(message);
    }

    private ParameterBuffer parameters(int shards) {
        LayerSpec spec = new LayerSpec.ConvTranspose2d(5, 3, 4, 2, 1, Activation.NONE);
        return backend.parameters(List.of(new ParameterSpec("w", spec, ParameterSpec.Role.WEIGHT)), shards);
    }

    @Test
    void tensorsOfOtherBackendsAndOtherTypes() {
        Tensor foreign = new ReferenceBackend().tensor("foreign", Shape.of(2, 2));
        refused(() -> backend.normal(0, foreign), "tensor 'foreign' is not of the CUDA backend");
        refused(() -> backend.read(foreign, new float[4]), "tensor 'foreign' is not of the CUDA backend");
        Variable image = backend.variable("image", Shape.of(2, 1, 2, 2), true);
        refused(
                () -> backend.normal(0, image.value()),
                "tensor 'image' (2,1,2,2): expected float32, got bfloat16; make it with Backend.tensor");
        refused(() -> backend.write(image.value(), new float[7]), "tensor 'image' (2,1,2,2): expected 8 values, got 7");
    }

    @Test
    void indices() {
        Indices indices = backend.indices(3);
        refused(() -> indices.write(new int[4], 0, 4), "indices: expected at most 3 values, got 4");
        Tensor x = backend.tensor("x", Shape.of(2, 1, 2, 2));
        CudaImages images = (CudaImages) backend.images(ByteBuffer.allocateDirect(20), 5, 2, 2, 1);
        refused(
                () -> backend.gather(images, indices, 2, x),
                "indices of rows 2 to 3: expected them within a capacity of 3");
        Tensor wrong = backend.tensor("x", Shape.of(2, 1, 2, 3));
        assertThatThrownBy(() -> backend.gather(images, indices, 0, wrong)).isInstanceOf(ShapeMismatch.class);
        Op gather = backend.gather(images, indices, 1, x);
        indices.write(new int[] {9, 4, -1}, 0, 3);
        refused(gather::forward, "image of row 2: expected 0 to 4, got -1");
        Variable logits = backend.variable("logits", Shape.of(2, 4), true);
        Op loss = backend.crossEntropy(logits, indices, 1, backend.tensor("terms", Shape.of(1)));
        indices.write(new int[] {0, 3, 4}, 0, 3);
        refused(loss::forward, "class of row 2: expected 0 to 3, got 4");
    }

    @Test
    void likelihoods() {
        Variable logits = backend.variable("logits", LOGITS, true);
        Tensor target = backend.tensor("target", LOGITS.withOuter(2));
        Tensor terms = backend.tensor("terms", Shape.of(3));
        double[] weights = new double[3];
        String where = "likelihood of 3 blocks of logits (6,3,8,8): expected ";
        refused(
                () -> backend.likelihood(BERNOULLI, weights, logits, target, null, terms, 1),
                where + "room for 3 terms from 1 on in 'terms', got (3)");
        refused(
                () -> backend.likelihood(BERNOULLI, weights, logits, null, null, terms, 0),
                where + "a target, or a mean to compute, got neither");
        assertThatThrownBy(() -> backend.likelihood(BERNOULLI, new double[2], logits, target, null, terms, 0))
                .isInstanceOf(ShapeMismatch.class);
        Variable inference = backend.variable("logits", LOGITS, false);
        refused(
                () -> backend.likelihood(BERNOULLI, weights, inference, target, null, terms, 0)
                        .backward(),
                "backward of likelihood of 'logits' (6,3,8,8): expected an op made with gradients and a target");
    }

    @Test
    void latentPart() {
        LatentSpec spec = new LatentSpec(4, List.of(0), List.of(new Subset(List.of(0), 1, List.of(0))), 0, false);
        Variable head = backend.variable("head", Shape.of(2, 8), false);
        Variable code = backend.variable("code", Shape.of(2, 4), true);
        Tensor eps = backend.tensor("eps", Shape.of(2, 4));
        refused(
                () -> backend.latent(spec, List.of(head), eps, List.of(code), backend.tensor("terms", Shape.of(1))),
                "latent terms 'terms': expected room for 2");
        Op op = backend.latent(spec, List.of(head), eps, List.of(code), backend.tensor("terms", Shape.of(2)));
        refused(op::backward, "backward of latent part of 1 heads (2,8): expected an op made with gradients");
    }

    @Test
    void parameters() {
        ParameterBuffer trained = parameters(1);
        refused(() -> backend.adam(trained, 2), "Adam over 2 shards: expected 1 to 1, as the parameters were made");
        refused(() -> trained.write(Slot.GRADIENT, 0, new float[240]), "a slot other than GRADIENT");
        refused(() -> trained.write(Slot.VALUE, 0, new float[239]), "parameter 'w': expected 240 values");
        ParameterBuffer inference = parameters(0);
        refused(() -> inference.read(Slot.ADAM_M, 0), "parameters made for inference have no ADAM_M");
        refused(() -> backend.adam(inference, 1), "expected 1 to 0");
    }

    @Test
    void joins() {
        Shape shape = Shape.of(2, 6, 4, 4);
        Variable x = backend.variable("x", shape, true);
        Variable y = backend.variable("y", shape, false);
        refused(() -> backend.fork(x, List.of(y)), "fork of tensor 'x': expected reader 0 to share its value, got 'y'");
        Variable mixed = new Variable(x.value(), backend.tensor("float32", shape));
        refused(() -> backend.fork(x, List.of(mixed)), "tensor 'float32' (2,6,4,4): expected bf16, got f32");
        Variable wrong = backend.variable("wrong", Shape.of(2, 6, 4, 5), true);
        refused(() -> backend.add(x, wrong, Activation.NONE, y), "add, second summand, tensor 'wrong'");
        refused(() -> backend.concat(List.of(), y), "concat: expected at least one part");
        LayerSpec.Dropout dropout = new LayerSpec.Dropout(0.5, false, 0);
        refused(() -> backend.dropout(dropout, 0, x, wrong), "dropout output, tensor 'wrong'");
        refused(() -> backend.layer(dropout, x, null, null, y), "make it with Backend.dropout");
        LayerSpec plain = new LayerSpec.Norm(6, 2, false, Activation.NONE);
        refused(() -> backend.layer(plain, x, null, null, y).backward(), "backward of normalisation of 6 in 2, to 'y'");
        refused(
                () -> backend.layer(new LayerSpec.MaxPool(1), x, null, null, y).backward(),
                "backward of pooling by 1,");
        refused(() -> backend.dropout(dropout, 0, x, y).backward(), "backward of dropout to 'y'");
        refused(() -> backend.add(x, x, Activation.NONE, y).backward(), "backward of sum 'y'");
        Variable part = backend.variable("part", Shape.of(2, 3), true);
        Variable whole = backend.variable("whole", Shape.of(2, 3), false);
        refused(() -> backend.concat(List.of(part), whole).backward(), "backward of concatenation to 'whole'");
    }
}
