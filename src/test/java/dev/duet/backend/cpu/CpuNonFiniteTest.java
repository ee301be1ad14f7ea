package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Activation;
import dev.duet.backend.Indices;
import dev.duet.backend.Judgement;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Subset;
import dev.duet.backend.cpu.CpuBackend.Precision;
import dev.duet.backend.cpu.CpuVariants.Variant;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Training stops at a loss that is not finite, so one NaN anywhere must reach the terms, in each instruction set. */
class CpuNonFiniteTest {
    private static final int ROWS = 3;

    private CpuBackend backend;

    static Stream<Isa> isas() {
        return CpuVariants.isas();
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private float[] read(Tensor tensor) {
        float[] values = new float[tensor.shape().size()];
        backend.read(tensor, values);
        return values;
    }

    /** Zeros but for a NaN at {@code at}. */
    private void poison(Tensor tensor, int at) {
        float[] values = new float[tensor.shape().size()];
        values[at] = Float.NaN;
        backend.write(tensor, values);
    }

    /** Two modalities, Z = 17 and W = 3 beyond whole vectors: each column of the first head in turn is NaN in one row. */
    @ParameterizedTest
    @MethodSource("isas")
    void aNaNInAHeadReachesItsKl(Isa isa) {
        backend = new CpuBackend(1, isa, Precision.FP32);
        for (double epsilon : new double[] {0, 1e-8}) {
            Subset both = new Subset(List.of(0, 1), 1, List.of(0, 1));
            LatentSpec spec = new LatentSpec(17, List.of(3, 0), List.of(both), epsilon, false);
            List<Variable> heads = List.of(rows("head0", 40), rows("head1", 34));
            List<Variable> codes = List.of(rows("code0", 20), rows("code1", 17));
            Tensor eps = backend.tensor("eps", Shape.of(ROWS, spec.noiseColumns()));
            Tensor terms = backend.tensor("terms", Shape.of(spec.terms()));
            Op op = backend.latent(spec, heads, eps, codes, terms);
            for (int column = 0; column < 40; column++) {
                poison(heads.get(0).value(), 40 + column);
                op.forward();
                boolean inShared = column < 34;
                String where = "column " + column + ", epsilon " + epsilon;
                assertThat(read(terms)[inShared ? 0 : 1]).as(where).isNaN();
                assertThat(read(terms)[inShared ? 1 : 0]).as(where).isFinite();
                assertThat(read(codes.get(0).value())[20 + (inShared ? column % 17 : 17 + (column - 34) % 3)])
                        .as(where)
                        .isNaN();
            }
        }
    }

    private Variable rows(String name, int columns) {
        return backend.variable(name, Shape.of(ROWS, columns), true);
    }

    @ParameterizedTest
    @MethodSource("isas")
    void aNaNInALogitOrTargetReachesItsNll(Isa isa) {
        backend = new CpuBackend(1, isa, Precision.FP32);
        for (LikelihoodSpec.Kind kind : LikelihoodSpec.Kind.values()) {
            Variable logits = backend.variable("logits", Shape.of(2, 1, 5, 5), true);
            Tensor target = backend.tensor("target", Shape.of(1, 1, 5, 5));
            Tensor terms = backend.tensor("terms", Shape.of(2));
            LikelihoodSpec spec = LikelihoodSpec.of(kind);
            Op op = backend.likelihood(Judgement.of(spec, new double[] {1, 1}, target, terms, 0), logits);
            for (int i = 0; i < 25; i++) {
                poison(logits.value(), 25 + i);
                op.forward();
                assertThat(read(terms)[0]).as("%s, block 0", kind).isFinite();
                assertThat(read(terms)[1]).as("%s, logit %d", kind, i).isNaN();
                assertThat(read(logits.grad())[25 + i]).isNaN();
            }
            backend.write(logits.value(), new float[50]);
            poison(target, 24);
            op.forward();
            assertThat(read(terms)).as("%s, target", kind).containsOnly(Float.NaN);
        }
    }

    /** A NaN pixel of x goes through a ReLU convolution and the fused output layer, whose target is finite. */
    @ParameterizedTest
    @EnumSource(LikelihoodSpec.Kind.class)
    void aNaNInXReachesTheNllThroughTheLayers(LikelihoodSpec.Kind kind) {
        for (Variant variant : CpuVariants.each().toList()) {
            if (backend != null) backend.close();
            backend = variant.open(1);
            int channels = variant.precision() == Precision.FP32 ? 33 : 34; // an odd number stays in float32
            LayerSpec first = new LayerSpec.Conv2d(2, channels, 4, 2, 1, Activation.RELU);
            LayerSpec last = new LayerSpec.ConvTranspose2d(channels, 3, 4, 2, 1, Activation.NONE);
            ParameterBuffer p = backend.parameters(
                    List.of(
                            new ParameterSpec("0.weight", first, ParameterSpec.Role.WEIGHT),
                            new ParameterSpec("0.bias", first, ParameterSpec.Role.BIAS),
                            new ParameterSpec("1.weight", last, ParameterSpec.Role.WEIGHT),
                            new ParameterSpec("1.bias", last, ParameterSpec.Role.BIAS)),
                    1);
            Variable x = Variable.constant(backend.tensor("x", Shape.of(ROWS, 2, 8, 8)));
            Variable h = backend.variable("h", Shape.of(ROWS, channels, 4, 4), true);
            Tensor target = backend.tensor("target", Shape.of(ROWS, 3, 8, 8));
            Tensor terms = backend.tensor("terms", Shape.of(1));
            LikelihoodSpec spec = LikelihoodSpec.of(kind);
            Variable weight = p.variable(2, 0);
            Op all = Op.sequence(
                    backend.layer(first, x, p.variable(0, 0), p.variable(1, 0), h),
                    backend.output(
                            last, h, weight, p.variable(3, 0), Judgement.of(spec, new double[] {1}, target, terms, 0)));
            all.forward();
            assertThat(read(terms)[0]).as("%s without a NaN", variant).isFinite();
            poison(x.value(), 128 + 64 + 8 * 7 + 7);
            all.forward();
            assertThat(read(terms)[0])
                    .as("%s with a NaN in the last pixel", variant)
                    .isNaN();
        }
    }

    @ParameterizedTest
    @MethodSource("isas")
    void aNaNInALogitReachesTheCrossEntropy(Isa isa) {
        backend = new CpuBackend(1, isa, Precision.FP32);
        Variable logits = backend.variable("logits", Shape.of(2, 10), true);
        Indices labels = backend.indices(2);
        labels.write(new int[] {3, 9}, 0, 2);
        Tensor terms = backend.tensor("terms", Shape.of(1));
        Op op = backend.crossEntropy(logits, labels, 0, terms);
        for (int i = 0; i < 20; i++) {
            poison(logits.value(), i);
            op.forward();
            assertThat(read(terms)[0]).as("logit %d", i).isNaN();
        }
    }
}
