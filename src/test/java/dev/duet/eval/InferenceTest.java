package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.measure.Points;
import dev.duet.model.JointVae;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InferenceTest {
    private static final int Z = 3;
    private static final LatentSpec POSTERIORS = Posteriors.of(TinyModel.LATENT);

    private static int[][] pairs(int count) {
        return new int[][] {
            IntStream.range(0, count).toArray(),
            IntStream.range(0, count).map(i -> i % 12).toArray()
        };
    }

    /** Rows of block {@code block} of all batches, joined. */
    private static float[] block(Backend backend, int batch, int block, int t, boolean codes) {
        JointVae vae = TinyModel.random(backend, 5);
        List<Float> out = new ArrayList<>();
        new Inference(backend, vae, POSTERIORS, TinyModel.TEST, batch).mean(pairs(21), rows -> {
            float[] values = codes ? rows.codes(t) : rows.means(t);
            int size = values.length / 3;
            for (int i = block * size; i < (block + 1) * size; i++) out.add(values[i]);
        });
        float[] array = new float[out.size()];
        for (int i = 0; i < array.length; i++) array[i] = out.get(i);
        return array;
    }

    @Test
    void visitsEveryPairOnceInOrderWithARaggedLastBatch() {
        Backend backend = new ReferenceBackend(2);
        List<Integer> seen = new ArrayList<>();
        new Inference(backend, TinyModel.random(backend, 5), POSTERIORS, TinyModel.TEST, 8)
                .sample(
                        pairs(21),
                        1,
                        rows -> IntStream.range(rows.first(), rows.first() + rows.count())
                                .forEach(seen::add));
        assertThat(seen)
                .containsExactlyElementsOf(IntStream.range(0, 21).boxed().toList());
    }

    /** Batches of 8 in 4 shards, of 21 in one: the same rows in the same places. */
    @Test
    void blocksOfShardsAreJoinedToBlocksOfTheBatch() {
        for (int subset = 0; subset < 3; subset++) {
            for (int t = 0; t < 2; t++) {
                assertThat(block(new ReferenceBackend(2), 8, subset, t, false))
                        .containsExactly(block(new ReferenceBackend(100), 21, subset, t, false));
            }
        }
    }

    @Test
    void anImagesOwnPosteriorDoesNotDependOnItsPartner() {
        float[] codes = block(new ReferenceBackend(2), 8, 1, 1, true); // b alone, b's code: s and w
        assertThat(codes).hasSize(21 * 5);
        assertThat(Arrays.copyOfRange(codes, 12 * 5, 13 * 5)).containsExactly(Arrays.copyOf(codes, 5));
        float[] crossed = block(new ReferenceBackend(2), 8, 0, 1, true); // a alone, b's code: w from the prior, mean 0
        for (int i = 0; i < 21; i++)
            assertThat(Arrays.copyOfRange(crossed, i * 5 + Z, i * 5 + 5)).containsExactly(0, 0);
    }

    @Test
    void theEncoderGivesPrivateCodesOfTheirOwnPosterior() {
        Backend backend = new ReferenceBackend(2);
        JointVae vae = TinyModel.random(backend, 5);
        LatentEncoder encoder = new LatentEncoder(backend, vae, TinyModel.TEST, 8);
        LatentEncoder.Codes means = encoder.meanCodes(pairs(21));
        float[] codes = block(new ReferenceBackend(2), 8, 1, 1, true); // b alone, b's code: s and w
        assertThat(means.privates()).containsOnlyKeys(1);
        for (int i = 0; i < 21 * 2; i++)
            assertThat(means.privates().get(1).get(i / 2, i % 2)).isEqualTo(codes[i / 2 * 5 + Z + i % 2]);
        LatentEncoder.Codes samples = encoder.sampleCodes(pairs(21), 4);
        assertThat(samples.privates().get(1)).isNotEqualTo(means.privates().get(1));
        assertThat(samples.shared().get(0).get(3, 0))
                .isEqualTo(encoder.sampleCodes(pairs(21), 4).shared().get(0).get(3, 0))
                .isNotEqualTo(means.shared().get(0).get(3, 0));
    }

    @Test
    void theEncoderAloneGivesTheSameMeans() {
        Backend backend = new ReferenceBackend(2);
        List<Points> means =
                new LatentEncoder(backend, TinyModel.random(backend, 5), TinyModel.TEST, 8).means(pairs(21));
        for (int subset = 0; subset < 3; subset++) {
            float[] codes = block(new ReferenceBackend(2), 8, subset, 0, true); // a has no private code
            for (int i = 0; i < codes.length; i++)
                assertThat(means.get(subset).get(i / Z, i % Z)).isEqualTo(codes[i]);
        }
    }
}
