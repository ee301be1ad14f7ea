package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.backend.Backend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.measure.GaussianMixture;
import dev.duet.measure.Mixtures;
import dev.duet.model.JointVae;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final SharedCodes PRIOR = SharedCodes.prior(TinyModel.LATENT);

    /** R = 3 + 0 + 2: sample 1 takes normals 5 to 9, s the first three, w of b the last two. */
    @Test
    void allModalitiesShareOneCode() {
        List<float[]> codes = Sampler.codes(TinyModel.LATENT, PRIOR, 9, 1, 1);
        float[] normals = new float[5];
        for (int i = 0; i < 5; i++) normals[i] = (float) Philox.normal(9, Philox.Stream.PRIOR, 0, 5 + i);
        assertThat(codes.get(0)).containsExactly(Arrays.copyOf(normals, 3));
        assertThat(codes.get(1)).containsExactly(normals);
    }

    /** s of both modalities from the mixture, w of b as from the plain prior. */
    @Test
    void aFittedSamplerReplacesTheSharedCodeAlone() {
        GaussianMixture mixture = Mixtures.random(2, 3, 1);
        List<float[]> plain = Sampler.codes(TinyModel.LATENT, PRIOR, 9, 4, 2);
        SharedCodes fitted = SharedCodes.mixture(TinyModel.LATENT, mixture, 0.7);
        List<float[]> codes = Sampler.codes(TinyModel.LATENT, fitted, 9, 4, 2);
        float[] shared = mixture.sample(9, 4, 2, 0.7);
        assertThat(codes.get(0)).containsExactly(shared);
        for (int i = 0; i < 2; i++) {
            assertThat(Arrays.copyOfRange(codes.get(1), 5 * i, 5 * i + 3))
                    .containsExactly(Arrays.copyOfRange(shared, 3 * i, 3 * i + 3));
            assertThat(Arrays.copyOfRange(codes.get(1), 5 * i + 3, 5 * i + 5))
                    .containsExactly(Arrays.copyOfRange(plain.get(1), 5 * i + 3, 5 * i + 5));
        }
        assertThatThrownBy(() -> SharedCodes.mixture(TinyModel.LATENT, Mixtures.random(2, 4, 1), 1))
                .hasMessage("sampler: expected a mixture of shared codes of 3 dimensions, got one of 4;"
                        + " fit it to codes of this model");
    }

    @Test
    void temperatureScalesThePriorsSharedCodeAlone() {
        List<float[]> plain = Sampler.codes(TinyModel.LATENT, PRIOR, 9, 0, 1);
        List<float[]> cool = Sampler.codes(TinyModel.LATENT, SharedCodes.prior(TinyModel.LATENT, 0.5), 9, 0, 1);
        for (int d = 0; d < 5; d++) assertThat(cool.get(1)[d]).isEqualTo(d < 3 ? plain.get(1)[d] / 2 : plain.get(1)[d]);
        assertThatThrownBy(() -> SharedCodes.prior(TinyModel.LATENT, Double.NaN))
                .hasMessage("prior: expected a sampling temperature of 0 or more, got NaN");
    }

    @Test
    void givenCodesAreTakenInTheirOrder() {
        SharedCodes given = SharedCodes.given("mine", new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 3);
        List<float[]> codes = Sampler.codes(TinyModel.LATENT, given, 9, 1, 2);
        assertThat(codes.get(0)).containsExactly(4, 5, 6, 7, 8, 9);
        assertThat(Arrays.copyOfRange(codes.get(1), 5, 8)).containsExactly(7, 8, 9);
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
