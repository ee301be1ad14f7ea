package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import dev.duet.backend.LikelihoodSpec;
import org.junit.jupiter.api.Test;

class ImportanceWeightTest {
    private static final String MODELS_OWN = "Gaussian, σ = 0.7071";

    @Test
    void theLogOfTheMeanIsSafeForAnySize() {
        LogMeanExp mean = new LogMeanExp();
        for (double l : new double[] {-1000, -2000, -1000 + Math.log(3), Double.NEGATIVE_INFINITY}) mean.add(l);
        assertThat(mean.value()).isCloseTo(-1000, within(1e-12)); // (1 + 0 + 3 + 0) / 4 = 1
        assertThat(mean.effectiveCount()).isCloseTo(16.0 / 10, within(1e-12));
        assertThat(mean.count()).isEqualTo(4);
        LogMeanExp none = new LogMeanExp();
        assertThat(none.value()).isNaN();
        none.add(Double.NEGATIVE_INFINITY);
        assertThat(none.value()).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    /** The model's log-likelihoods are known; the estimates rise to them from below as K grows, in all forms. */
    @Test
    void estimatesApproachTheExactValueFromBelow() {
        LinearGaussian model = new LinearGaussian(11);
        double[] exact = {
            model.exactJoint(), model.exactMarginal(0), model.exactConditional(0, 1), model.exactConditional(0, 1)
        };
        int[] samples = {1, 10, 100, 1000};
        for (int form = 0; form < exact.length; form++) {
            double before = Double.NEGATIVE_INFINITY;
            for (int k : samples) {
                double estimate = meanEstimate(model, form, k, Math.min(4000, 400_000 / k));
                assertThat(estimate).as("form %d, K = %d", form, k).isGreaterThan(before);
                assertThat(estimate).as("form %d, K = %d", form, k).isLessThan(exact[form] + 0.005);
                before = estimate;
            }
            assertThat(meanEstimate(model, form, 1, 4000)).as("form %d", form).isLessThan(exact[form] - 0.1);
            LogMeanExp many = new LogMeanExp();
            for (int k = 0; k < 200_000; k++) many.add(model.logWeight(form, k));
            double error = Math.sqrt(1 / many.effectiveCount() - 1.0 / many.count()); // of the log of a mean
            assertThat(error).isLessThan(0.02);
            assertThat(many.value()).as("form %d", form).isCloseTo(exact[form], within(3 * error));
        }
    }

    private static double meanEstimate(LinearGaussian model, int form, int samples, int repeats) {
        double sum = 0;
        long draw = 0;
        for (int r = 0; r < repeats; r++) {
            LogMeanExp mean = new LogMeanExp();
            for (int k = 0; k < samples; k++) mean.add(model.logWeight(form, draw++));
            sum += mean.value();
        }
        return sum / repeats;
    }

    @Test
    void aTallyAveragesOverImagesAndStreamsOverSamples() {
        LogLikelihoodTally tally = new LogLikelihoodTally(2);
        tally.begin(2);
        tally.add(0, Math.log(1));
        tally.add(1, Math.log(4));
        tally.add(0, Math.log(3));
        tally.add(1, Math.log(4));
        tally.begin(1);
        tally.add(0, Math.log(8));
        tally.add(0, Math.log(8));
        LogLikelihood result = tally.result("marginal", "svhn", "Laplace, b = 0.75");
        double deviation = Math.log(2); // of log 2, log 4, log 8
        assertThat(result.images()).isEqualTo(3);
        assertThat(result.samples()).isEqualTo(2);
        assertThat(result.mean()).isCloseTo(Math.log(4), within(1e-12));
        assertThat(result.standardError()).isCloseTo(deviation / Math.sqrt(3), within(1e-12));
        assertThat(result.high() - result.mean()).isCloseTo(1.96 * deviation / Math.sqrt(3), within(1e-12));
        assertThat(result.mean() - result.low()).isCloseTo(1.96 * deviation / Math.sqrt(3), within(1e-12));
        assertThat(result.effectiveSamples()).isCloseTo((16.0 / 10 + 2 + 2) / 3, within(1e-12));
        assertThat(result.density()).isEqualTo("Laplace, b = 0.75");
    }

    @Test
    void missingSamplesAndBrokenWeightsAreRefused() {
        LogLikelihoodTally tally = new LogLikelihoodTally(2);
        tally.begin(1);
        tally.add(0, -3);
        assertThatThrownBy(() -> tally.begin(1))
                .isInstanceOf(DuetException.class)
                .hasMessage("log-likelihood: expected 2 samples of each image, got 1 of image 0");
        assertThatThrownBy(() -> tally.add(0, Double.NaN)).hasMessageContaining("got NaN");
        LogLikelihood none = new LogLikelihoodTally(1).result("joint", "a+b", "Laplace, b = 1.0");
        assertThat(none.mean()).isNull();
        assertThat(none.low()).isNull();
    }

    /** A density of one value in one dimension integrates to 1: the trapezoidal rule over ±40. */
    @Test
    void densitiesIntegrateToOne() {
        ImageDensity[] densities = {
            ImageDensity.laplace(0.75),
            ImageDensity.gaussian(0.3),
            ImageDensity.of(LikelihoodSpec.of(LikelihoodSpec.Kind.GAUSSIAN)),
            ImageDensity.of(LikelihoodSpec.of(LikelihoodSpec.Kind.LAPLACE))
        };
        float[] mean = {0.25f};
        for (ImageDensity density : densities) {
            double sum = 0;
            for (int i = -40_000; i <= 40_000; i++) {
                float[] x = {i / 1024f};
                sum += Math.exp(density.logDensity(x, 0, mean, 0, 1)) / 1024;
            }
            assertThat(sum).as(density.name()).isCloseTo(1, within(1e-5));
        }
        assertThat(densities[2].name()).isEqualTo(MODELS_OWN);
    }

    /** Its differences are those of the objective's term, the summed squared error. */
    @Test
    void theModelsGaussianIsTheSquaredErrorUpToItsConstant() {
        ImageDensity own = ImageDensity.of(LikelihoodSpec.of(LikelihoodSpec.Kind.GAUSSIAN));
        float[] x = {9, 0.5f, 1};
        float[] mean = {0.5f, 0.25f};
        assertThat(own.logDensity(x, 1, mean, 0, 2))
                .isCloseTo(-(0.75 * 0.75) - Math.log(Math.PI), within(1e-12)); // 2 × ½ log π
    }

    @Test
    void whatIsNoDensityIsRefused() {
        assertThatThrownBy(() -> ImageDensity.of(LikelihoodSpec.of(LikelihoodSpec.Kind.BERNOULLI)))
                .isInstanceOf(DuetException.class)
                .hasMessage("log-likelihood: expected a density of pixel values, got a Bernoulli likelihood, which does"
                        + " not integrate to 1 over grey values; judge the model with the Laplace b = 0.75 of the"
                        + " published protocol");
        assertThatThrownBy(() -> ImageDensity.gaussian(0)).hasMessageContaining("σ above 0, got 0.0");
        assertThatThrownBy(() -> ImageDensity.laplace(-1)).hasMessageContaining("scale b above 0, got -1.0");
    }

    /** log N(1; 0, 1) = −½ log 2π − ½; log N(3; 1, 4) = −½ log 8π − ½. */
    @Test
    void gaussiansOfTheCodes() {
        float[] z = {7, 1, 3};
        assertThat(GaussianDensity.logStandard(z, 1, 1)).isCloseTo(-Math.log(2 * Math.PI) / 2 - 0.5, within(1e-12));
        float[] mu = {0, 1};
        float[] logVar = {0, (float) Math.log(4)};
        assertThat(GaussianDensity.logDensity(z, 1, mu, logVar, 0, 2))
                .isCloseTo(-Math.log(2 * Math.PI) / 2 - Math.log(8 * Math.PI) / 2 - 1, within(1e-6));
    }
}
