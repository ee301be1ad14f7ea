package dev.duet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class GaussianProductTest {
    /** Precisions 1 of the prior, 2 and 4: 7 in all; mean (2·3 − 4·1)/7. */
    @Test
    void precisionsAddUpAndWeighTheMeans() {
        GaussianProduct product =
                GaussianProduct.of(new double[] {3, -1}, new double[] {-Math.log(2), -Math.log(4)}, 0);
        assertThat(product.mu()).isCloseTo(2 / 7.0, within(1e-15));
        assertThat(product.logVar()).isCloseTo(-Math.log(7), within(1e-15));
    }

    @Test
    void noExpertsLeaveThePrior() {
        assertThat(GaussianProduct.of(new double[0], new double[0], 0)).isEqualTo(new GaussianProduct(0, -0.0));
    }

    /** exp(±1000) is no double: a certain expert takes all, a vague one nothing. */
    @Test
    void extremeExpertsStayFinite() {
        assertThat(GaussianProduct.of(new double[] {5, 7}, new double[] {-1000, 1000}, 0))
                .isEqualTo(new GaussianProduct(5, -1000));
    }

    /** With epsilon 1 a certain expert has variance 1. */
    @Test
    void epsilonIsAddedToEachVariance() {
        GaussianProduct product = GaussianProduct.of(new double[] {4}, new double[] {-1000}, 1);
        assertThat(product.mu()).isCloseTo(2, within(1e-15));
        assertThat(product.logVar()).isCloseTo(-Math.log(2), within(1e-15));
    }
}
