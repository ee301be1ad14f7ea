package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.backend.Backend;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.measure.ImageDensity;
import dev.duet.measure.LogLikelihood;
import dev.duet.model.JointVae;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * On an untrained model with images that depend on the codes; its posteriors are made almost as wide as the prior, as far narrower
 * ones would miss too much for estimates to agree.
 */
class LikelihoodPassTest {
    private static final int MANY = 20_000;
    private static Backend backend;
    private static JointVae vae;
    private static TestPairs pairs;

    @BeforeAll
    static void model() {
        backend = new ReferenceBackend(50);
        vae = TinyModel.random(backend, 5);
        for (int i = 0; i < vae.parameters().specs().size(); i++) {
            float[] values = vae.parameters().read(Slot.VALUE, i);
            ParameterSpec spec = vae.parameters().specs().get(i);
            boolean head = values.length == vae.latent().headColumns(0)
                    || values.length == vae.latent().headColumns(1);
            if (head && spec.role() == ParameterSpec.Role.BIAS) Arrays.fill(values, 3, 6, 2); // logVar of s
            vae.parameters().write(Slot.VALUE, i, values);
        }
        vae.parameters().refresh();
        pairs = new TestPairs(TinyModel.TEST, SharedClasses.of(TinyModel.TEST), 3, 21);
    }

    private static List<LogLikelihood> measure(int images, int samples, long seed) {
        try (Workers workers = new Workers(2)) {
            return new LikelihoodPass(
                            backend,
                            vae,
                            TinyModel.TEST,
                            pairs,
                            new Evaluator.Likelihood(images, samples),
                            50,
                            seed,
                            workers)
                    .measure((phase, done, total) -> {});
        }
    }

    /** log mean p(x_a, x_b|s, w) and log mean p(x_t|s, w_t) over s, w from the prior: no posterior takes part. */
    @Test
    void jointAndMarginalsAgreeWithSamplingThePrior() {
        float[][] codes = {new float[MANY * 3], new float[MANY * 5]};
        for (int k = 0; k < MANY; k++) {
            for (int d = 0; d < 5; d++) {
                float value = (float) Philox.normal(9, Philox.Stream.PRIOR, 0, k * 5L + d);
                if (d < 3) codes[0][k * 3 + d] = value;
                codes[1][k * 5 + d] = value;
            }
        }
        double[] a = densities(0, codes[0], ImageDensity.laplace(0.75));
        double[] b = densities(1, codes[1], ImageDensity.of(LikelihoodSpec.of(LikelihoodSpec.Kind.GAUSSIAN)));
        double[] both = new double[MANY];
        for (int k = 0; k < MANY; k++) both[k] = a[k] + b[k];
        List<LogLikelihood> estimates = measure(1, 4000, 1);
        double[][] expected = {both, a, b};
        for (int form = 0; form < expected.length; form++) {
            LogLikelihood estimate = estimates.get(form);
            double error =
                    Math.sqrt(1 / effective(expected[form]) + 1 / estimate.effectiveSamples()); // of logs of means
            assertThat(error).isLessThan(0.1);
            assertThat(estimate.mean()).as(estimate.of()).isCloseTo(logMean(expected[form]), within(3 * error));
        }
    }

    /** (Σ w)² / Σ w² of weights exp(log). */
    private static double effective(double[] logs) {
        double sum = 0;
        double squares = 0;
        for (double log : logs) {
            sum += Math.exp(log - logs[0]);
            squares += Math.exp(2 * (log - logs[0]));
        }
        return sum * sum / squares;
    }

    /** Of the first pair's image of modality {@code t}, under each code. */
    private static double[] densities(int t, float[] codes, ImageDensity density) {
        float[] means = new CodeDecoder(backend, vae, t, 50).decode(codes);
        float[] x = Pictures.floats(TinyModel.TEST.get(t), new int[] {pairs.pairs()[t][0]}, 0, 1);
        double[] out = new double[MANY];
        for (int k = 0; k < MANY; k++) out[k] = density.logDensity(x, 0, means, k * x.length, x.length);
        return out;
    }

    private static double logMean(double[] logs) {
        double sum = 0;
        for (double log : logs) sum += Math.exp(log - logs[0]);
        return logs[0] + Math.log(sum / logs.length);
    }

    /** One sample gives the ELBO in expectation, many the log-likelihood, which is above it. */
    @Test
    void estimatesRiseWithTheNumberOfSamples() {
        List<LogLikelihood> few = measure(12, 1, 1);
        List<LogLikelihood> many = measure(12, 400, 1);
        for (int i = 0; i < few.size(); i++) {
            assertThat(many.get(i).mean())
                    .as(few.get(i).of())
                    .isGreaterThan(few.get(i).mean());
            assertThat(few.get(i).effectiveSamples()).isEqualTo(1);
        }
        assertThat(measure(12, 1, 1)).isEqualTo(few);
        assertThat(measure(12, 1, 2)).isNotEqualTo(few);
    }

    @Test
    void senselessNumbersAreRefused() {
        assertThatThrownBy(() -> new Evaluator.Likelihood(-1, 10))
                .isInstanceOf(DuetException.class)
                .hasMessage("log-likelihoods: expected 0 images or more and at least 1 sample of each, got -1 and 10");
        assertThatThrownBy(() -> new Evaluator.Likelihood(5, 0)).hasMessageEndingWith("got 5 and 0");
    }
}
