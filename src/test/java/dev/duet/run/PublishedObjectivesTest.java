package dev.duet.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.objective.Elbo;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The presets of published objectives weigh their terms as the papers do; λ is 3 for MNIST, 1 for SVHN. */
class PublishedObjectivesTest {
    /** Of each term in the loss after warm-up, but those that are not in it. */
    private static Map<String, Double> coefficients(String preset) {
        RunConfig config = RunConfig.preset(preset);
        return coefficients(
                config, Blueprint.of(config).elbo(config, config.stages().get(0)));
    }

    private static Map<String, Double> coefficients(RunConfig config, Elbo elbo) {
        RunConfig.Stage stage = config.stages().get(0);
        Map<String, Double> out = new LinkedHashMap<>();
        for (int k = 0; k < elbo.terms(); k++) {
            String name = elbo.names().get(k);
            double[] one = new double[elbo.terms()];
            one[k] = 1;
            double coefficient = elbo.loss(one, config.beta(stage), config.betaPrivate(stage));
            if (coefficient != 0 && !name.startsWith("kl_private/")) out.put(name, coefficient);
        }
        return out;
    }

    /** What evaluation calls the loss is what validation calls so. */
    @ParameterizedTest
    @ValueSource(strings = {"mvae", "mmvae", "mopoe", "jmvae", "mvtcae"})
    void areEvaluatedAsTheyWereTrained(String preset) {
        RunConfig config = RunConfig.preset(preset);
        assertThat(coefficients(config, Blueprint.of(config).elbo())).isEqualTo(coefficients(preset));
    }

    private static void same(Map<String, Double> actual, Map<String, Double> expected, double factor) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (name, value) -> assertThat(actual.get(name) * factor).as(name).isCloseTo(value, within(1e-12)));
    }

    /** Three ELBOs, each of what its posterior has seen. */
    @Test
    void mvae() {
        Map<String, Double> expected = Map.of(
                "kl/mnist", 1.0,
                "kl/svhn", 1.0,
                "kl/mnist+svhn", 1.0,
                "nll/mnist|mnist", 3.0,
                "nll/svhn|svhn", 1.0,
                "nll/mnist|mnist+svhn", 3.0,
                "nll/svhn|mnist+svhn", 1.0);
        same(coefficients("mvae"), expected, 1);
        assertThat(RunConfig.preset("mvae").objective().warmupEpochs()).isEqualTo(4);
    }

    @Test
    void mmvae() {
        Map<String, Double> expected = Map.of(
                "kl/mnist", 0.5,
                "kl/svhn", 0.5,
                "nll/mnist|mnist", 1.5,
                "nll/svhn|mnist", 0.5,
                "nll/mnist|svhn", 1.5,
                "nll/svhn|svhn", 0.5);
        same(coefficients("mmvae"), expected, 1);
    }

    /** The mean over the subsets. */
    @Test
    void mopoe() {
        Map<String, Double> expected = new LinkedHashMap<>();
        for (String subset : new String[] {"mnist", "svhn", "mnist+svhn"}) {
            expected.put("kl/" + subset, 2.5);
            expected.put("nll/mnist|" + subset, 3.0);
            expected.put("nll/svhn|" + subset, 1.0);
        }
        same(coefficients("mopoe"), expected, 3);
    }

    @Test
    void jmvae() {
        double alpha = 0.1;
        Map<String, Double> expected = Map.of(
                "nll/mnist|mnist+svhn", 3.0,
                "nll/svhn|mnist+svhn", 1.0,
                "kl/mnist+svhn", 1.0,
                "kl_joint/mnist", alpha,
                "kl_joint/svhn", alpha);
        same(coefficients("jmvae"), expected, 1);
    }

    /** Up to the factor (M − α)/M. */
    @Test
    void mvtcae() {
        double alpha = 5 / 6.0;
        double b = 2.5;
        double share = (2 - alpha) / 2;
        Map<String, Double> expected = Map.of(
                "nll/mnist|mnist+svhn",
                share * 3,
                "nll/svhn|mnist+svhn",
                share,
                "kl/mnist+svhn",
                b * (1 - alpha),
                "kl_joint/mnist",
                b * alpha / 2,
                "kl_joint/svhn",
                b * alpha / 2);
        same(coefficients("mvtcae"), expected, share);
    }
}
