package dev.duet.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Subset;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Private codes w_m: their KL in closed form, where they come from and where their gradient goes. */
class PrivateCodeTest {
    private static final Offset<Float> CLOSE = within(2e-6f);
    private static final List<Integer> BOTH = List.of(0, 1);
    private static final List<Subset> CROSS =
            List.of(new Subset(List.of(0), 1, BOTH), new Subset(List.of(1), 1, BOTH), new Subset(BOTH, 1, BOTH));

    /** One modality with Z = W = 1; the shared expert is ignorant. Head: mu, logVar, private mu, private logVar. */
    private static LatentRig single(Backend backend, double mu, double logVar) {
        LatentSpec spec = new LatentSpec(1, List.of(1), List.of(new Subset(List.of(0), 1, List.of(0))), 0, false);
        return new LatentRig(backend, spec, 1).head(0, 0, 40, mu, logVar);
    }

    /** KL(N(mu, v) ‖ N(0, 1)) = ½(mu² + v − 1 − ln v). */
    @ParameterizedTest
    @CsvSource({"0, 0, 0", "1, 0, 0.5", "-3, 0, 4.5", "0, 2, 2.1945280", "2, -1.3862944, 2.3181472"})
    void klInClosedForm(double mu, double logVar, float expected) {
        for (TestBackends maker : TestBackends.values()) {
            try (Backend backend = maker.make()) {
                float kl = single(backend, mu, logVar).forward().terms()[1];
                assertThat(kl).as(maker.name()).isCloseTo(expected, CLOSE);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void extremeVariancesStayFinite(TestBackends maker) {
        for (double logVar : new double[] {-20, 20}) {
            try (Backend backend = maker.make()) {
                LatentRig rig = single(backend, 1, logVar).eps(0, 2).forward().backward(new double[] {0, 1});
                double kl = 0.5 * (1 + Math.exp(logVar) - 1 - logVar);
                double dLogVar = Math.exp(logVar / 2) + 0.5 * (Math.exp(logVar) - 1);
                near(rig.terms()[1], kl);
                near(rig.code(0)[1], 1 + 2 * Math.exp(logVar / 2));
                near(rig.dHead(0)[2], 1 + 1);
                near(rig.dHead(0)[3], dLogVar);
            }
        }
    }

    /** β_w scales the private KL's gradient; β and a_S do not. */
    @ParameterizedTest
    @EnumSource
    void betaPrivateScalesTheKlGradient(TestBackends maker) {
        try (Backend backend = maker.make()) {
            backend.scalars().beta = 7;
            backend.scalars().betaPrivate = 0.25f;
            LatentRig rig = single(backend, 2, Math.log(3)).forward().backward(new double[] {0, 0});
            assertThat(rig.dHead(0)[2]).isCloseTo(0.25f * 2, CLOSE);
            assertThat(rig.dHead(0)[3]).isCloseTo(0.25f * 0.5f * (3 - 1), CLOSE);
            assertThat(rig.terms()[1]).isCloseTo((float) (0.5 * (4 + 3 - 1 - Math.log(3))), CLOSE);
        }
    }

    /** Two modalities, three subsets, Z = 1, W = 1 each; private posteriors N(10, 4) and N(20, 4), noise 1 to 9. */
    private static LatentRig cross(Backend backend, boolean fromPrior) {
        LatentSpec spec = new LatentSpec(1, List.of(1, 1), CROSS, 0, fromPrior);
        return new LatentRig(backend, spec, 1)
                .head(0, 0, 40, 10, Math.log(4))
                .head(1, 0, 40, 20, Math.log(4))
                .eps(1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    @ParameterizedTest
    @EnumSource
    void byThePosteriorRuleEverySubsetTakesTheOwnCode(TestBackends maker) {
        try (Backend backend = maker.make()) {
            LatentRig rig = cross(backend, false).forward();
            Offset<Float> close = within(1e-5f);
            assertThat(rig.code(0)).containsExactly(new float[] {1, 10 + 2 * 4, 2, 10 + 2 * 5, 3, 10 + 2 * 6}, close);
            assertThat(rig.code(1)).containsExactly(new float[] {1, 20 + 2 * 7, 2, 20 + 2 * 8, 3, 20 + 2 * 9}, close);
        }
    }

    /** The subset {1} does not see modality 0, so its block of modality 0 holds the noise itself; likewise {0} and 1. */
    @ParameterizedTest
    @EnumSource
    void byThePriorRuleASubsetThatLacksTheModalityTakesNoise(TestBackends maker) {
        try (Backend backend = maker.make()) {
            LatentRig rig = cross(backend, true).forward();
            Offset<Float> close = within(1e-5f);
            assertThat(rig.code(0)).containsExactly(new float[] {1, 10 + 2 * 4, 2, 5, 3, 10 + 2 * 6}, close);
            assertThat(rig.code(1)).containsExactly(new float[] {1, 7, 2, 20 + 2 * 8, 3, 20 + 2 * 9}, close);
        }
    }

    /** dW of each block is 1: with β_w = 0 the mean's gradient counts the blocks that used it. */
    @ParameterizedTest
    @EnumSource
    void noiseFromThePriorCarriesNoGradient(TestBackends maker) {
        double[] ones = {0, 1, 0, 1, 0, 1};
        try (Backend backend = maker.make()) {
            backend.scalars().betaPrivate = 0;
            LatentRig posterior = cross(backend, false).forward().backward(ones, ones);
            assertThat(posterior.dHead(0)[2]).isCloseTo(3f, CLOSE);
            assertThat(posterior.dHead(0)[3]).isCloseTo(0.5f * 2 * (4 + 5 + 6), within(1e-5f));
            LatentRig prior = cross(backend, true).forward().backward(ones, ones);
            assertThat(prior.dHead(0)[2]).isCloseTo(2f, CLOSE);
            assertThat(prior.dHead(0)[3]).isCloseTo(0.5f * 2 * (4 + 6), within(1e-5f));
            assertThat(prior.dHead(1)[3]).isCloseTo(0.5f * 2 * (8 + 9), within(1e-5f));
        }
    }

    private static void near(float actual, double expected) {
        assertThat(actual).isCloseTo((float) expected, within((float) (1e-5 * Math.abs(expected))));
    }
}
