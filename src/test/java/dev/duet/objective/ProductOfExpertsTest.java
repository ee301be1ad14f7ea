package dev.duet.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Subset;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** q_S(s) ∝ N(0, 1)·Π N(mu_m, exp(logVar_m)): values worked out by hand. Heads are (mu, logVar). */
class ProductOfExpertsTest {
    private static final Offset<Float> CLOSE = within(2e-6f);
    private static final double[] NO_GRADIENT = {0};

    /** Precision 1 + 1 + 1 = 3, mean (3 + 3)/3 = 2. */
    @ParameterizedTest
    @EnumSource
    void equalExpertsPullAgainstThePrior(TestBackends maker) {
        try (Backend backend = maker.make()) {
            LatentRig rig = LatentRig.product(backend, 2, 1, 0)
                    .head(0, 3, 0)
                    .head(1, 3, 0)
                    .eps(1)
                    .forward();
            assertThat(rig.code(0)[0]).isCloseTo((float) (2 + Math.sqrt(1 / 3.0)), CLOSE);
            assertThat(rig.code(1)).isEqualTo(rig.code(0));
            assertThat(rig.terms()[0]).isCloseTo((float) (0.5 * (4 + 1 / 3.0 - 1 + Math.log(3))), CLOSE);
        }
    }

    /** Precision 1 + 4 + ½ = 5.5, mean (4·1 − ½·2)/5.5. */
    @ParameterizedTest
    @EnumSource
    void unequalExpertsAreWeightedByPrecision(TestBackends maker) {
        try (Backend backend = maker.make()) {
            LatentRig rig = LatentRig.product(backend, 2, 1, 0)
                    .head(0, 1, Math.log(0.25))
                    .head(1, -2, Math.log(2))
                    .eps(-2)
                    .forward();
            double mu = 3 / 5.5;
            assertThat(rig.code(0)[0]).isCloseTo((float) (mu - 2 * Math.sqrt(1 / 5.5)), CLOSE);
            assertThat(rig.terms()[0]).isCloseTo((float) (0.5 * (mu * mu + 1 / 5.5 - 1 + Math.log(5.5))), CLOSE);
        }
    }

    /** An expert that knows nothing leaves the prior: the sample is the noise and the KL is zero. */
    @ParameterizedTest
    @EnumSource
    void anIgnorantExpertLeavesThePrior(TestBackends maker) {
        try (Backend backend = maker.make()) {
            LatentRig rig =
                    LatentRig.product(backend, 1, 1, 0).head(0, 1, 40).eps(0.75).forward();
            assertThat(rig.code(0)[0]).isCloseTo(0.75f, CLOSE);
            assertThat(rig.terms()[0]).isCloseTo(0f, CLOSE);
        }
    }

    /** Without any expert exactly the prior: N(0, 1), whose sample is the noise, and no gradient for the head. */
    @ParameterizedTest
    @EnumSource
    void noExpertsLeaveThePrior(TestBackends maker) {
        List<Subset> subsets =
                List.of(new Subset(List.of(), 0, List.of(), List.of(0)), new Subset(List.of(0), 1, List.of(0)));
        for (double poeEpsilon : new double[] {0, 1e-8}) {
            try (Backend backend = maker.make()) {
                LatentRig rig = new LatentRig(backend, new LatentSpec(2, List.of(0), subsets, poeEpsilon, false), 1)
                        .head(0, 3, -3, 2, -2)
                        .eps(0.75, -1.5, 0, 0)
                        .forward();
                assertThat(rig.terms()[0]).isZero();
                assertThat(rig.code(0)).endsWith(0.75f, -1.5f);
                float[] alone = rig.backward(new double[] {0, 0, 0, 0}).dHead(0);
                float[] beside = rig.backward(new double[] {0, 0, 5, 7}).dHead(0);
                assertThat(beside).as("the prior's sample moves no expert").isEqualTo(alone);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aVeryConfidentExpertWins(TestBackends maker) {
        try (Backend backend = maker.make()) {
            LatentRig rig = LatentRig.product(backend, 2, 1, 0)
                    .head(0, 5, -20)
                    .head(1, -3, 0)
                    .eps(1)
                    .forward();
            assertThat(rig.code(0)[0]).isCloseTo((float) (5 + Math.exp(-10)), CLOSE);
            rig.backward(new double[] {1}, NO_GRADIENT);
            double dMu = 1 + 5; // from the code and from the KL
            assertThat(rig.dHead(0)[0]).isCloseTo((float) dMu, within(1e-5f));
            assertThat(rig.dHead(1)[0]).isCloseTo((float) (dMu * Math.exp(-20)), within(1e-12f));
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutNoiseTheSampleIsTheMean(TestBackends maker) {
        try (Backend backend = maker.make()) {
            LatentRig rig = LatentRig.product(backend, 2, 1, 0)
                    .head(0, 1, 0)
                    .head(1, 5, 0)
                    .forward();
            assertThat(rig.code(0)).containsExactly(new float[] {2}, CLOSE);
            assertThat(rig.code(1)).containsExactly(new float[] {2}, CLOSE);
        }
    }

    /** The lab adds 1e-8 to each expert's variance, which matters at logVar = −20 (variance 2.06e-9). */
    @ParameterizedTest
    @EnumSource
    void theLabsEpsilonWidensEachExpert(TestBackends maker) {
        try (Backend backend = maker.make()) {
            LatentRig rig =
                    LatentRig.product(backend, 1, 1, 1e-8).head(0, 0, -20).forward();
            double precision = 1 + 1 / (Math.exp(-20) + 1e-8);
            double kl = 0.5 * (1 / precision - 1 + Math.log(precision));
            assertThat(rig.terms()[0]).isCloseTo((float) kl, within(1e-5f));
        }
    }

    /** Precision 1 + exp(∓20): finite, and equal to the formula, forward and backward. */
    @ParameterizedTest
    @EnumSource
    void extremeVariancesStayFinite(TestBackends maker) {
        for (double logVar : new double[] {-20, 20}) {
            try (Backend backend = maker.make()) {
                LatentRig rig = LatentRig.product(backend, 2, 1, 0)
                        .head(0, 2, logVar)
                        .head(1, 2, logVar)
                        .eps(3)
                        .forward()
                        .backward(new double[] {1}, NO_GRADIENT);
                double precision = 1 + 2 * Math.exp(-logVar);
                double share = Math.exp(-logVar) / precision;
                double mu = 4 * share;
                double sd = Math.sqrt(1 / precision);
                double dMu = 1 + mu;
                double dLogVar = 0.5 * 3 * sd + 0.5 * (sd * sd - 1);
                near(rig.code(0)[0], mu + 3 * sd);
                near(rig.terms()[0], 0.5 * (mu * mu + sd * sd - 1 + Math.log(precision)));
                for (int m = 0; m < 2; m++) {
                    near(rig.dHead(m)[0], share * dMu);
                    near(rig.dHead(m)[1], share * (dLogVar - dMu * (2 - mu)));
                }
            }
        }
    }

    /** Opposite extremes in one product. */
    @ParameterizedTest
    @EnumSource
    void oppositeExtremesStayFinite(TestBackends maker) {
        try (Backend backend = maker.make()) {
            LatentRig rig = LatentRig.product(backend, 2, 1, 0)
                    .head(0, 1, -20)
                    .head(1, -1, 20)
                    .eps(1)
                    .forward()
                    .backward(new double[] {1}, NO_GRADIENT);
            near(rig.code(0)[0], 1 + Math.exp(-10));
            near(rig.dHead(0)[0], 2);
            for (float gradient : rig.dHead(0)) assertThat(gradient).isFinite();
            for (float gradient : rig.dHead(1)) assertThat(gradient).isCloseTo(0f, within(1e-6f));
        }
    }

    /** Joint N(5/4, ¼) of experts (2, 1) and (3/2, ½); alone they are N(1, ½) and N(1, ⅓). E18 by variances. */
    @ParameterizedTest
    @EnumSource
    void jointKlsAreBetweenThePosteriors(TestBackends maker) {
        List<Integer> none = List.of();
        List<Subset> subsets = List.of(
                new Subset(List.of(0), 0, none, none, 3),
                new Subset(List.of(0, 1), 1, List.of(0, 1)),
                new Subset(List.of(1), 0, none, none, 5));
        try (Backend backend = maker.make()) {
            LatentRig rig = new LatentRig(backend, new LatentSpec(1, List.of(0, 0), subsets, 0, false), 1)
                    .head(0, 2, 0)
                    .head(1, 1.5, -Math.log(2))
                    .forward();
            double first = 0.5 * (1 / 16.0 / 0.5 + 0.25 / 0.5 - 1 - Math.log(0.25 / 0.5));
            double second = 0.5 * (1 / 16.0 * 3 + 0.25 * 3 - 1 - Math.log(0.25 * 3));
            assertThat(rig.terms()[5]).isCloseTo((float) first, CLOSE);
            assertThat(rig.terms()[6]).isCloseTo((float) second, CLOSE);
        }
    }

    /** a_S and β scale the KL's gradient and nothing else; the term itself is unweighted. */
    @ParameterizedTest
    @EnumSource
    void subsetWeightAndBetaScaleTheKlGradient(TestBackends maker) {
        try (Backend backend = maker.make()) {
            backend.scalars().beta = 0.5f;
            LatentRig rig = LatentRig.product(backend, 1, 3, 0).head(0, 2, 0).forward();
            assertThat(rig.terms()[0]).isCloseTo((float) (0.5 * (1 + 0.5 - 1 + Math.log(2))), CLOSE);
            rig.backward(NO_GRADIENT);
            double dMu = 3 * 0.5 * 1; // a·β·mu of the product N(1, ½)
            double dLogVar = 3 * 0.5 * 0.5 * (0.5 - 1);
            assertThat(rig.dHead(0)[0]).isCloseTo((float) (0.5 * dMu), CLOSE);
            assertThat(rig.dHead(0)[1]).isCloseTo((float) (0.5 * (dLogVar - dMu * (2 - 1))), CLOSE);
            rig.backward(new double[] {1});
            assertThat(rig.dHead(0)[0]).isCloseTo((float) (0.5 * (1 + dMu)), CLOSE);
        }
    }

    /** Terms are summed over the rows of the batch and the dimensions. */
    @ParameterizedTest
    @EnumSource
    void termsSumOverRowsAndDimensions(TestBackends maker) {
        try (Backend backend = maker.make()) {
            LatentSpec spec = new LatentSpec(2, List.of(0), List.of(new Subset(List.of(0), 1, List.of(0))), 0, false);
            LatentRig rig = new LatentRig(backend, spec, 2)
                    .head(0, 2, 4, 0, 0, 6, 8, 0, 0)
                    .forward();
            assertThat(rig.code(0)).containsExactly(new float[] {1, 2, 3, 4}, CLOSE);
            double expected = 0.5 * (1 + 4 + 9 + 16 + 4 * (0.5 - 1 + Math.log(2)));
            assertThat(rig.terms()[0]).isCloseTo((float) expected, within(1e-5f));
        }
    }

    private static void near(float actual, double expected) {
        assertThat(actual).isCloseTo((float) expected, within((float) (1e-5 * Math.abs(expected) + 1e-12)));
    }
}
