package dev.duet.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.PrivateSource;
import dev.duet.backend.Subset;
import java.util.Arrays;
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

    /** One modality, Z = W = 1, decoded and cycled; rows have private posteriors N(10·(row + 1), 4). */
    private static LatentRig swapping(Backend backend, int rows) {
        List<Integer> only = List.of(0);
        List<Subset> subsets = List.of(new Subset(only, 1, only, only));
        double[] head = new double[4 * rows];
        double[] eps = new double[3 * rows]; // of s, of w, of the cycle's w
        for (int b = 0; b < rows; b++) {
            head[4 * b + 1] = 40;
            head[4 * b + 2] = 10 * (b + 1);
            head[4 * b + 3] = Math.log(4);
            eps[3 * b + 1] = 0.25 * (b + 1);
            eps[3 * b + 2] = 0.5 * (b + 1);
        }
        return new LatentRig(backend, new LatentSpec(1, List.of(1), subsets, 0, false, PrivateSource.SWAPPED), rows)
                .head(0, head)
                .eps(eps);
    }

    /** Rows 0 and 1, 2 and 3 take each other's posterior with their own noise, the last of five its own. */
    @ParameterizedTest
    @EnumSource
    void neighboursSwapThePrivateCodesOfCycles(TestBackends maker) {
        try (Backend backend = maker.make()) {
            float[] code = swapping(backend, 5).forward().code(0);
            int[] from = {1, 0, 3, 2, 4};
            for (int b = 0; b < 5; b++) {
                assertThat(code[2 * b + 1]).as("decoded").isCloseTo(10 * (b + 1) + 2 * 0.25f * (b + 1), within(1e-5f));
                float swapped = 10 * (from[b] + 1) + 2 * 0.5f * (b + 1);
                assertThat(code[2 * (5 + b) + 1]).as("cycled").isCloseTo(swapped, within(1e-5f));
            }
        }
    }

    /** Of a row without a neighbour too, though the posterior is its own then. */
    @ParameterizedTest
    @EnumSource
    void swappedCodesCarryNoGradient(TestBackends maker) {
        try (Backend backend = maker.make()) {
            backend.scalars().beta = 0;
            backend.scalars().betaPrivate = 0;
            double[] ones = new double[2 * 2 * 3];
            Arrays.fill(ones, 1);
            LatentRig rig = swapping(backend, 3).forward().backward(ones);
            for (int b = 0; b < 3; b++) {
                assertThat(rig.dHead(0)[4 * b + 2])
                        .as("private mu: decoded alone")
                        .isCloseTo(1, CLOSE);
                float dLogVar = 0.5f * 2 * 0.25f * (b + 1);
                assertThat(rig.dHead(0)[4 * b + 3]).as("private logVar").isCloseTo(dLogVar, CLOSE);
            }
        }
    }

    private static void near(float actual, double expected) {
        assertThat(actual).isCloseTo((float) expected, within((float) (1e-5 * Math.abs(expected))));
    }
}
