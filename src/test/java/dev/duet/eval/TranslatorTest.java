package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.data.ImageSet;
import dev.duet.data.Png;
import dev.duet.measure.Mixtures;
import dev.duet.measure.Points;
import dev.duet.model.JointVae;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TranslatorTest {
    private static final CodeSource STYLES = CodeSource.fitted(
            TinyModel.LATENT, new CodeMixtures(Mixtures.random(2, 3, 1), Map.of(1, Mixtures.random(2, 5, 7))), 1);

    private final Backend backend = new ReferenceBackend(2);
    private final JointVae vae = TinyModel.random(backend, 5);

    private List<Png.Image> translate(ImageSet set, boolean sample, long seed) {
        List<Png.Image> out = new ArrayList<>();
        List<Integer> batches = new ArrayList<>();
        new Translator(backend, vae, STYLES, 8)
                .translate(set, new Translator.Request(0, 1, sample, seed), (first, images) -> {
                    batches.add(first);
                    out.addAll(images);
                });
        assertThat(batches).containsExactly(0, 8, 16);
        return out;
    }

    /** Labels do not matter, and the mean's translation is what the decoder makes of (mean of s, w = 0). */
    @Test
    void decodesThePosteriorMean() {
        ImageSet unlabelled = new ImageSet("x", 8, 8, 1, TinyModel.TEST_A.pixels(), new byte[21], ImageSet.UNLABELLED);
        List<Png.Image> translated = translate(unlabelled, false, 0);
        int[][] pairs = {{0, 20}, {0, 0}};
        Points means =
                new LatentEncoder(backend, vae, TinyModel.TEST, 2).means(pairs).get(0);
        float[] codes = new float[10]; // (2, 3 + 2)
        for (int i = 0; i < 2; i++) for (int d = 0; d < 3; d++) codes[i * 5 + d] = means.get(i, d);
        float[] decoded = new CodeDecoder(backend, vae, 1, 2).decode(codes);
        assertThat(translated).hasSize(21);
        assertThat(translated.get(0)).isEqualTo(Pictures.of(decoded, 0, vae.image(1)));
        assertThat(translated.get(20)).isEqualTo(Pictures.of(decoded, 1, vae.image(1)));
    }

    /** Image i is decoded from a sample s of its posterior and the i-th private code of the source for that s. */
    @Test
    void decodesASampleWithAPrivateCodeOfTheSource() {
        List<Png.Image> translated = translate(TinyModel.TEST_A, true, 4);
        int[][] pairs = new int[2][21];
        Arrays.setAll(pairs[0], i -> i);
        float[] codes = new float[21 * 5];
        new Inference(backend, vae, Posteriors.alone(vae.latent(), 0), TinyModel.TEST, 8).sample(pairs, 4, rows -> {
            float[] sampled = rows.codes(1); // (B, 3 + 2)
            System.arraycopy(sampled, 0, codes, rows.first() * 5, sampled.length);
        });
        float[] shared = Points.of(codes, 21, 5).leading(3).toArray();
        float[] styles = STYLES.privates().get(1).codes(shared, 4, 0);
        for (int i = 0; i < 21; i++) System.arraycopy(styles, 2 * i, codes, 5 * i + 3, 2);
        float[] decoded = new CodeDecoder(backend, vae, 1, 21).decode(codes);
        for (int i = 0; i < 21; i++) assertThat(translated.get(i)).isEqualTo(Pictures.of(decoded, i, vae.image(1)));
    }

    @Test
    void samplesDifferBySeedAlone() {
        List<Png.Image> once = translate(TinyModel.TEST_A, true, 1);
        assertThat(translate(TinyModel.TEST_A, true, 1)).isEqualTo(once);
        assertThat(translate(TinyModel.TEST_A, true, 2)).isNotEqualTo(once);
        assertThat(translate(TinyModel.TEST_A, false, 1)).isNotEqualTo(once);
    }

    @Test
    void imagesOfAnotherSizeAreRefused() {
        assertThatThrownBy(() -> translate(TinyModel.TEST_B, false, 0))
                .isInstanceOf(DuetException.class)
                .hasMessage("translation from a: expected images of (C,H,W) (1,8,8), got (3,8,8) in b;"
                        + " resize them as for training");
    }
}
