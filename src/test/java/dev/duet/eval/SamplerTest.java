package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.duet.backend.Backend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.measure.GaussianMixture;
import dev.duet.measure.Mixtures;
import dev.duet.measure.Points;
import dev.duet.model.JointVae;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final CodeSource PRIOR = CodeSource.prior(TinyModel.LATENT);

    /** R = 3 + 0 + 2: sample 1 takes normals 5 to 9, s the first three, w of b the last two. */
    @Test
    void allModalitiesShareOneCode() {
        List<float[]> codes = Sampler.codes(TinyModel.LATENT, PRIOR, 9, 1, 1);
        float[] normals = new float[5];
        for (int i = 0; i < 5; i++) normals[i] = (float) Philox.normal(9, Philox.Stream.PRIOR, 0, 5 + i);
        assertThat(codes.get(0)).containsExactly(Arrays.copyOf(normals, 3));
        assertThat(codes.get(1)).containsExactly(normals);
    }

    /** s of both modalities from one mixture, w of b given s from that of both, with noise of its own. */
    @Test
    void aFittedSamplerGivesBothCodes() {
        GaussianMixture mixture = Mixtures.random(2, 3, 1);
        GaussianMixture ofB = Mixtures.random(2, 5, 7);
        CodeSource fitted = CodeSource.fitted(TinyModel.LATENT, new CodeMixtures(mixture, Map.of(1, ofB)), 0.7);
        List<float[]> codes = Sampler.codes(TinyModel.LATENT, fitted, 9, 4, 2);
        float[] shared = mixture.sample(9, 4, 2, 0.7);
        float[] styles = fitted.privates().get(1).codes(shared, 9, 4);
        assertThat(styles).hasSize(4).isNotEqualTo(ofB.sampleRest(Points.of(shared, 2, 3), 9, 4));
        assertThat(codes.get(0)).containsExactly(shared);
        for (int i = 0; i < 2; i++) {
            assertThat(Arrays.copyOfRange(codes.get(1), 5 * i, 5 * i + 3))
                    .containsExactly(Arrays.copyOfRange(shared, 3 * i, 3 * i + 3));
            assertThat(Arrays.copyOfRange(codes.get(1), 5 * i + 3, 5 * i + 5))
                    .containsExactly(Arrays.copyOfRange(styles, 2 * i, 2 * i + 2));
        }
        assertThat(fitted.privates().get(0).codes(shared, 9, 4)).isEmpty();
    }

    /** At s = μ_s of one Gaussian: mean μ_w, covariance L_ww L_wwᵀ; at temperature 1 whatever that of s. */
    @Test
    void privateCodesHaveTheirMixturesMoments() {
        GaussianMixture ofB = Mixtures.random(1, 5, 7);
        CodeSource fitted =
                CodeSource.fitted(TinyModel.LATENT, new CodeMixtures(Mixtures.random(2, 3, 1), Map.of(1, ofB)), 0);
        float[] shared = new float[60_000];
        for (int i = 0; i < shared.length; i++) shared[i] = (float) ofB.mean(0)[i % 3];
        float[] styles = fitted.privates().get(1).codes(shared, 3, 0);
        for (int d = 0; d < 2; d++) {
            int column = d;
            double[] values = IntStream.range(0, 20_000)
                    .mapToDouble(i -> styles[2 * i + column])
                    .toArray();
            double mean = Arrays.stream(values).average().orElseThrow();
            double variance =
                    Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / values.length;
            double expected = 0;
            for (int j = 3; j <= 3 + d; j++) expected += Math.pow(ofB.factor(0)[3 + d][j], 2);
            assertThat(mean).isCloseTo(ofB.mean(0)[3 + d], within(5 * Math.sqrt(expected / values.length)));
            assertThat(variance).isCloseTo(expected, withinPercentage(5));
        }
    }

    @Test
    void mixturesOfOtherWidthsAreRefused() {
        GaussianMixture three = Mixtures.random(2, 3, 1);
        CodeMixtures wide = new CodeMixtures(Mixtures.random(2, 4, 1), Map.of());
        assertThatThrownBy(() -> CodeSource.fitted(TinyModel.LATENT, wide, 1))
                .hasMessage("sampler: expected a mixture of shared codes of 3 dimensions, got one of 4;"
                        + " fit it to codes of this model");
        assertThatThrownBy(() -> CodeSource.fitted(TinyModel.LATENT, new CodeMixtures(three, Map.of()), 1))
                .hasMessage(
                        "sampler: expected a mixture of shared and private codes of modality 1 of 5 dimensions, got none;"
                                + " fit it to codes of this model");
    }

    @Test
    void temperatureScalesThePriorsSharedCodeAlone() {
        List<float[]> plain = Sampler.codes(TinyModel.LATENT, PRIOR, 9, 0, 1);
        List<float[]> cool = Sampler.codes(TinyModel.LATENT, CodeSource.prior(TinyModel.LATENT, 0.5), 9, 0, 1);
        for (int d = 0; d < 5; d++) assertThat(cool.get(1)[d]).isEqualTo(d < 3 ? plain.get(1)[d] / 2 : plain.get(1)[d]);
        assertThatThrownBy(() -> CodeSource.prior(TinyModel.LATENT, Double.NaN))
                .hasMessage("prior: expected a sampling temperature of 0 or more, got NaN");
    }

    @Test
    void givenCodesAreTakenInTheirOrder() {
        CodeSource given = CodeSource.given(
                "mine", TinyModel.LATENT, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, List.of(new float[0], new float[] {
                    -1, -2, -3, -4, -5, -6
                }));
        List<float[]> codes = Sampler.codes(TinyModel.LATENT, given, 9, 1, 2);
        assertThat(codes.get(0)).containsExactly(4, 5, 6, 7, 8, 9);
        assertThat(codes.get(1)).containsExactly(4, 5, 6, -3, -4, 7, 8, 9, -5, -6);
    }

    /** 7 at once in 3 shards of a batch of 6 and a ragged one, or sample by sample. */
    @Test
    void samplesDoNotDependOnTheBatches() {
        Backend backend = new ReferenceBackend(2);
        JointVae vae = TinyModel.random(backend, 5);
        List<float[]> together = new Sampler(backend, vae, 6).sample(PRIOR, 9, 0, 7);
        assertThat(together.get(0)).hasSize(7 * 64);
        assertThat(together.get(1)).hasSize(7 * 192);
        Sampler single = new Sampler(backend, vae, 1);
        for (int i = 0; i < 7; i++) {
            List<float[]> one = single.sample(PRIOR, 9, i, 1);
            assertThat(one.get(0)).containsExactly(Arrays.copyOfRange(together.get(0), i * 64, (i + 1) * 64));
            assertThat(one.get(1)).containsExactly(Arrays.copyOfRange(together.get(1), i * 192, (i + 1) * 192));
        }
        assertThat(Arrays.copyOf(together.get(0), 64)).isNotEqualTo(Arrays.copyOfRange(together.get(0), 64, 128));
    }
}
