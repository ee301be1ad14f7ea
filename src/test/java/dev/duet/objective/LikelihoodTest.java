package dev.duet.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.Backend;
import dev.duet.backend.Judgement;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.LikelihoodSpec.Kind;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Negative log-likelihoods and their gradients at hand-worked points. */
class LikelihoodTest {
    private static final double LN_1_5 = Math.log(1.5); // log 2b at b = 0.75

    private record Outcome(float[] terms, float[] dLogits, float[] mean) {}

    /** One pixel, one row. */
    private static Outcome single(Backend backend, Kind kind, double weight, double logit, double x) {
        return run(
                backend,
                LikelihoodSpec.of(kind),
                new double[] {weight},
                Shape.of(1, 1, 1, 1),
                new float[] {(float) logit},
                new float[] {(float) x});
    }

    private static Outcome run(
            Backend backend, LikelihoodSpec spec, double[] weights, Shape image, float[] logits, float[] x) {
        Variable l = backend.variable("logits", image.withOuter(image.get(0) * weights.length), true);
        Tensor target = backend.tensor("x", image);
        Tensor mean = backend.tensor("mean", l.shape());
        Tensor terms = backend.tensor("terms", Shape.of(weights.length));
        backend.write(l.value(), logits);
        backend.write(target, x);
        Judgement judgement = Judgement.of(spec, weights, target, terms, 0).withMeans(mean);
        backend.likelihood(judgement, l).forward();
        return new Outcome(read(backend, terms), read(backend, l.grad()), read(backend, mean));
    }

    private static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[tensor.shape().size()];
        backend.read(tensor, values);
        return values;
    }

    /** softplus(l) − x·l; the gradient is sigmoid(l) − x. */
    @ParameterizedTest
    @CsvSource({
        "80, 1, 0, 0",
        "80, 0, 80, 1",
        "-80, 1, 80, -1",
        "-80, 0, 0, 0",
        "80, 0.5, 40, 0.5",
        "-80, 0.5, 40, -0.5",
        "0, 0.25, 0.69314718, 0.25",
        "1.0986123, 1, 0.28768207, -0.25",
    })
    void bernoulli(double logit, double x, float nll, float gradient) {
        for (TestBackends maker : TestBackends.values()) {
            try (Backend backend = maker.make()) {
                Outcome outcome = single(backend, Kind.BERNOULLI, 1, logit, x);
                assertThat(outcome.terms()[0]).as(maker.name()).isCloseTo(nll, within(1e-5f));
                assertThat(outcome.dLogits()[0]).as(maker.name()).isCloseTo(gradient, within(1e-6f));
            }
        }
    }

    /** xHat = ¾ at l = ln 3, where dxHat/dl = 3/16; error ¼ at x = ½. */
    @ParameterizedTest
    @EnumSource
    void squaredErrorHasNoConstant(TestBackends maker) {
        try (Backend backend = maker.make()) {
            Outcome outcome = single(backend, Kind.GAUSSIAN, 1, Math.log(3), 0.5);
            assertThat(outcome.terms()[0]).isCloseTo(1 / 16f, within(1e-6f));
            assertThat(outcome.dLogits()[0]).isCloseTo(2 * 0.25f * 3 / 16, within(1e-6f));
            assertThat(outcome.mean()[0]).isCloseTo(0.75f, within(1e-6f));
        }
    }

    @ParameterizedTest
    @EnumSource
    void laplaceCountsItsConstant(TestBackends maker) {
        try (Backend backend = maker.make()) {
            Outcome exact = single(backend, Kind.LAPLACE, 1, 0, 0.5);
            assertThat(exact.terms()[0]).isCloseTo((float) LN_1_5, within(1e-6f));
            assertThat(exact.dLogits()[0]).isEqualTo(0f);
            Outcome above = single(backend, Kind.LAPLACE, 1, Math.log(3), 0.5);
            assertThat(above.terms()[0]).isCloseTo((float) (0.25 / 0.75 + LN_1_5), within(1e-6f));
            assertThat(above.dLogits()[0]).isCloseTo((float) (3 / 16.0 / 0.75), within(1e-6f));
            Outcome below = single(backend, Kind.LAPLACE, 1, Math.log(3), 1);
            assertThat(below.terms()[0]).isCloseTo((float) (0.25 / 0.75 + LN_1_5), within(1e-6f));
            assertThat(below.dLogits()[0]).isCloseTo((float) (-3 / 16.0 / 0.75), within(1e-6f));
        }
    }

    /** Two blocks against one target of 2 rows × 1 channel × 1 × 2: terms unweighted, gradients weighted. */
    @ParameterizedTest
    @EnumSource
    void blocksShareTheTargetAndScaleTheirGradients(TestBackends maker) {
        try (Backend backend = maker.make()) {
            float[] zeros = new float[8];
            float[] x = {0, 1, 0, 0.5f};
            Outcome outcome = run(
                    backend, LikelihoodSpec.of(Kind.BERNOULLI), new double[] {0.5, 3}, Shape.of(2, 1, 1, 2), zeros, x);
            float ln16 = (float) Math.log(16); // four pixels of ln 2
            assertThat(outcome.terms()).containsExactly(new float[] {ln16, ln16}, within(1e-5f));
            assertThat(outcome.dLogits())
                    .containsExactly(new float[] {0.25f, -0.25f, 0.25f, 0, 1.5f, -1.5f, 1.5f, 0}, within(1e-6f));
            assertThat(outcome.mean()).containsOnly(0.5f);
        }
    }

    /** Channels keep their order: only the second channel of three is off target. */
    @ParameterizedTest
    @EnumSource
    void channelsKeepTheirOrder(TestBackends maker) {
        try (Backend backend = maker.make()) {
            float[] x = {0.5f, 0.5f, 1, 0, 0.5f, 0.5f};
            Outcome outcome = run(
                    backend, LikelihoodSpec.of(Kind.GAUSSIAN), new double[] {1}, Shape.of(1, 3, 1, 2), new float[6], x);
            assertThat(outcome.terms()[0]).isCloseTo(0.5f, within(1e-6f));
            assertThat(outcome.dLogits()).containsExactly(new float[] {0, 0, -0.25f, 0.25f, 0, 0}, within(1e-6f));
        }
    }
}
