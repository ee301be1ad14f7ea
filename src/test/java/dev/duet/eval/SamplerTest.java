package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Backend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.model.JointVae;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplerTest {
    /** R = 3 + 0 + 2: sample 1 takes normals 5 to 9, s the first three, w of b the last two. */
    @Test
    void allModalitiesShareOneCode() {
        List<float[]> codes = Sampler.codes(TinyModel.LATENT, 9, 1, 1);
        float[] normals = new float[5];
        for (int i = 0; i < 5; i++) normals[i] = (float) Philox.normal(9, Philox.Stream.PRIOR, 0, 5 + i);
        assertThat(codes.get(0)).containsExactly(Arrays.copyOf(normals, 3));
        assertThat(codes.get(1)).containsExactly(normals);
    }

    /** 7 at once in 3 shards of a batch of 6 and a ragged one, or sample by sample. */
    @Test
    void samplesDoNotDependOnTheBatches() {
        Backend backend = new ReferenceBackend(2);
        JointVae vae = TinyModel.random(backend, 5);
        List<float[]> together = new Sampler(backend, vae, 6).sample(9, 0, 7);
        assertThat(together.get(0)).hasSize(7 * 64);
        assertThat(together.get(1)).hasSize(7 * 192);
        Sampler single = new Sampler(backend, vae, 1);
        for (int i = 0; i < 7; i++) {
            List<float[]> one = single.sample(9, i, 1);
            assertThat(one.get(0)).containsExactly(Arrays.copyOfRange(together.get(0), i * 64, (i + 1) * 64));
            assertThat(one.get(1)).containsExactly(Arrays.copyOfRange(together.get(1), i * 192, (i + 1) * 192));
        }
        assertThat(Arrays.copyOf(together.get(0), 64)).isNotEqualTo(Arrays.copyOfRange(together.get(0), 64, 128));
    }
}
