package dev.duet.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.duet.backend.Activation;
import dev.duet.backend.Backend;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Ranges;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.run.RunConfig;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** FLOP and bytes against numbers worked out by hand. */
class CostsTest {
    /**
     * 4×4 kernels of stride 2 with a padding of 1, from 32 to 16 pixels: the first and the last of 16 positions miss one tap
     * each, so 14·4 + 2·3 = 62 per axis; from 16 to 8: 6·4 + 2·3 = 30; from 8 to 4: 2·4 + 2·3 = 14.
     */
    @Test
    void aConvolutionCountsTheTapsWithinTheImage() {
        assertThat(Costs.flop(new LayerSpec.Conv2d(3, 32, 4, 2, 1, Activation.RELU), Shape.of(3, 32, 32), 1))
                .isEqualTo(2L * 3 * 32 * 62 * 62);
        assertThat(Costs.flop(new LayerSpec.Conv2d(32, 64, 4, 2, 1, Activation.RELU), Shape.of(32, 16, 16), 5))
                .isEqualTo(5 * 2L * 32 * 64 * 30 * 30);
    }

    @Test
    void aConvolutionWithoutPaddingCountsAllTaps() {
        assertThat(Costs.flop(new LayerSpec.Conv2d(2, 5, 3, 1, 0, Activation.NONE), Shape.of(2, 7, 7), 1))
                .isEqualTo(2L * 2 * 5 * (5 * 3) * (5 * 3));
    }

    @Test
    void aTransposedConvolutionCountsAsItsAdjointDoes() {
        assertThat(Costs.flop(new LayerSpec.ConvTranspose2d(128, 64, 4, 2, 1, Activation.RELU), Shape.of(128, 4, 4), 1))
                .isEqualTo(2L * 128 * 64 * 14 * 14);
    }

    @Test
    void aLinearLayerCountsItsMatrix() {
        LayerSpec layer = new LayerSpec.Linear(Shape.of(128, 4, 4), Shape.of(128, 1, 1), Activation.NONE);
        assertThat(Costs.flop(layer, Shape.of(128, 4, 4), 128)).isEqualTo(128L * 2 * 2048 * 128);
    }

    /** Of one pair: forward, dW and dx of each layer, but for dx of the images. */
    @Test
    void theLabsStepIsTheDesignsNumber() {
        long conv2 = 32L * 64 * 30 * 30;
        long conv3 = 64L * 128 * 14 * 14;
        long mnist = 32L * 62 * 62; // both of its layers next to the image
        long svhn = 3 * 32L * 62 * 62;
        long encoders = 3 * 2 * (conv2 + conv3 + 2048L * 128) + 2 * (mnist + svhn);
        long decoders = 3 * 2 * (64L * 2048 + conv3 + conv2) + 3 * (mnist + svhn);
        long pair = 2 * (encoders + decoders);
        assertThat(pair).isEqualTo(92_410_880L);
        for (int batch : new int[] {128, 33}) {
            try (Backend backend = new CpuBackend(1)) {
                ProfiledBackend profiled = new ProfiledBackend(backend, Ranges.NONE);
                RunConfig lab = RunConfig.preset("lab").with("train.batch", Integer.toString(batch));
                assertThat(ProfilerTest.step(profiled, lab)).isNotNull();
                assertThat(flop(profiled)).isEqualTo(batch * pair);
            }
        }
    }

    private static long flop(ProfiledBackend backend) {
        return backend.ops().stream()
                .mapToLong(op ->
                        op.forwardPass().cost.flop() + op.backwardPass().cost.flop())
                .sum();
    }

    /** x (7, 2, 8, 8), weights (3, 2, 4, 4), y (7, 3, 4, 4), all float32. */
    @Test
    void aLayerReadsAndWritesEachTensorOnce() {
        int x = 4 * 7 * 2 * 8 * 8;
        int w = 4 * 3 * 2 * 4 * 4;
        int b = 4 * 3;
        int y = 4 * 7 * 3 * 4 * 4;
        try (Backend backend = new CpuBackend(1)) {
            TimedOp inner = convolution(backend, true);
            assertThat(inner.forwardPass().cost.bytes()).isEqualTo(x + w + b + y);
            // reads dy, y, x and W; writes dx, dW and db
            assertThat(inner.backwardPass().cost.bytes()).isEqualTo(y + y + x + w + x + w + b);
            assertThat(inner.backwardPass().cost.flop())
                    .isEqualTo(2 * inner.forwardPass().cost.flop());
            TimedOp first = convolution(backend, false);
            assertThat(first.backwardPass().cost.bytes()).isEqualTo(y + y + x + w + b);
            assertThat(first.backwardPass().cost.flop())
                    .isEqualTo(first.forwardPass().cost.flop());
        }
    }

    @Test
    void bytesAreOfTheTensorsOwnType() {
        TimedOp op = convolution(new ReferenceBackend(), true); // double
        assertThat(op.forwardPass().cost.bytes()).isEqualTo(8 * (7 * 2 * 8 * 8 + 3 * 2 * 4 * 4 + 3 + 7 * 3 * 4 * 4));
    }

    private static TimedOp convolution(Backend backend, boolean withGrad) {
        ProfiledBackend profiled = new ProfiledBackend(backend, Ranges.NONE);
        LayerSpec layer = new LayerSpec.Conv2d(2, 3, 4, 2, 1, Activation.RELU);
        ParameterBuffer parameters = profiled.parameters(
                List.of(
                        new ParameterSpec("net.0.weight", layer, ParameterSpec.Role.WEIGHT),
                        new ParameterSpec("net.0.bias", layer, ParameterSpec.Role.BIAS)),
                1);
        Variable x = profiled.variable("x", Shape.of(7, 2, 8, 8), withGrad);
        Variable y = profiled.variable("y", Shape.of(7, 3, 4, 4), true);
        profiled.layer(layer, x, parameters.variable(0, 0), parameters.variable(1, 0), y);
        return profiled.ops().get(0);
    }

    /** Tiny lab: 4 pairs, images 1×8×8 and 3×8×8, Z = 3, one posterior, 7,048 parameters or so in two gradient buffers. */
    @Test
    void theOtherOpsReadAndWriteEachTensorOnce() {
        try (Backend backend = new CpuBackend(1)) {
            ProfiledBackend profiled = new ProfiledBackend(backend, Ranges.NONE);
            assertThat(ProfilerTest.step(profiled, ProfilerTest.TINY)).isNotNull();
            Map<String, TimedOp> ops = profiled.ops().stream()
                    .collect(Collectors.toMap(
                            op -> op.name() + " " + op.what().replaceFirst("[ ,].*", ""), op -> op, (a, b) -> a));
            assertThat(bytes(ops, "x.1 gather")).containsExactly(4 * 3 * 64 + 4 * 4 + 4 * 4 * 3 * 64, 0);
            assertThat(bytes(ops, "eps normal")).containsExactly(4 * 4 * 3, 0);
            // heads (4, 6), eps (4, 3), codes (4, 3), 5 terms; back: heads, eps, dCodes, dHeads
            assertThat(bytes(ops, "latent experts")).containsExactly(4 * (48 + 12 + 24 + 5), 4 * (48 + 12 + 24 + 48));
            // hidden (4, 4, 4, 4), weights (4, 3, 4, 4), 3 biases, target and dLogits (4, 3, 8, 8)
            assertThat(bytes(ops, "decoder.svhn.2 conv-transpose"))
                    .containsExactly(4 * (256 + 192 + 3 + 768 + 768), 4 * (768 + 256 + 192 + 256 + 192 + 3));
            TimedOp adam = ops.values().stream()
                    .filter(op -> op.name().equals("adam"))
                    .findFirst()
                    .orElseThrow();
            long parameters =
                    Long.parseLong(adam.what().replace(" parameters", "").replace(",", ""));
            assertThat(adam.forwardPass().cost.bytes()).isEqualTo(4 * parameters * 7);
        }
    }

    private static List<Integer> bytes(Map<String, TimedOp> ops, String name) {
        TimedOp op = ops.get(name);
        assertThat(op).as("%s of %s", name, ops.keySet()).isNotNull();
        return List.of((int) op.forwardPass().cost.bytes(), (int)
                op.backwardPass().cost.bytes());
    }

    /** Values (3, 8, 2, 2), 96 of them; rows (4, 5) and (4, 7). */
    @Test
    void theOpsBetweenLayersReadAndWriteEachTensorOnce() {
        try (Backend backend = new CpuBackend(1)) {
            ProfiledBackend profiled = new ProfiledBackend(backend, Ranges.NONE);
            int values = 4 * 96;
            Variable x = profiled.variable("x", Shape.of(3, 8, 2, 2), true);
            Variable y = profiled.variable("y", Shape.of(3, 8, 2, 2), true);
            profiled.layer(new LayerSpec.Norm(8, 2, false, Activation.RELU), x, null, null, y);
            profiled.layer(new LayerSpec.MaxPool(2), x, null, null, profiled.variable("p", Shape.of(3, 8, 1, 1), true));
            profiled.dropout(new LayerSpec.Dropout(0.5, false, 0), 0, x, y);
            profiled.fork(x, List.of(profiled.reader("a", x), profiled.reader("b", x)));
            profiled.add(x, Variable.constant(x.value()), Activation.RELU, y);
            Variable left = profiled.variable("left", Shape.of(4, 5), true);
            Variable right = Variable.constant(profiled.tensor("right", Shape.of(4, 7)));
            profiled.concat(List.of(left, right), profiled.variable("whole", Shape.of(4, 12), true));
            profiled.zero(x.grad());
            assertThat(profiled.ops())
                    .extracting(
                            TimedOp::name,
                            TimedOp::what,
                            op -> (int) op.forwardPass().cost.bytes(),
                            op -> (int) op.backwardPass().cost.bytes())
                    .containsExactly(
                            tuple("y", "norm 8/2", 2 * values, 4 * values), // back: dy, y, x, dx
                            tuple("p", "max-pool 2×2/2", values + values / 4, values / 4 + 2 * values),
                            tuple("y", "dropout 0.5", 2 * values, 2 * values),
                            tuple("x", "fork to 2 readers", 0, 3 * values),
                            tuple("y", "add", 3 * values, 3 * values), // back: dy, y, da
                            tuple("whole", "concat of 2", 2 * 4 * 48, 2 * 4 * 20),
                            tuple("d.x", "zero", values, 0));
            assertThat(flop(profiled)).isZero();
        }
    }
}
