package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.backend.Backend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.data.ImageSet;
import dev.duet.data.Png;
import dev.duet.measure.Mixtures;
import dev.duet.model.JointVae;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FigureMakerTest {
    private static final CodeSource CODES = CodeSource.fitted(
            TinyModel.LATENT, new CodeMixtures(Mixtures.random(2, 3, 1), Map.of(1, Mixtures.random(2, 5, 7))), 1);
    private static final FigureMaker.Settings SETTINGS = new FigureMaker.Settings(5, 7, 2, 3, 3, 4, 6);
    private static Backend backend;
    private static JointVae vae;
    private static Judges judges;
    private static FigureData data;

    @BeforeAll
    static void make() {
        backend = new ReferenceBackend(8);
        vae = TinyModel.random(backend, 5);
        judges = TinyModel.judges(backend);
        data = new FigureMaker(backend, vae, TinyModel.TEST, judges, CODES, SETTINGS).make(() -> false);
    }

    /** Index of a picture in its set. */
    private static int find(ImageSet set, Png.Image image) {
        return IntStream.range(0, set.count())
                .filter(i -> Pictures.of(set, i).equals(image))
                .findFirst()
                .orElseThrow();
    }

    private static String label(ImageSet set, Png.Image image) {
        return set.classes().get(set.labels()[find(set, image)]);
    }

    @Test
    void pairsAreTestImagesOfOneClass() {
        assertThat(data.pairs()).hasSize(5).allSatisfy(pair -> {
            assertThat(label(TinyModel.TEST_A, pair.images().get(0))).isEqualTo(pair.label());
            assertThat(label(TinyModel.TEST_B, pair.images().get(1))).isEqualTo(pair.label());
        });
    }

    /** Pair {@code index} of the sets by its pictures, (M, 1). */
    private static int[][] find(FigureData.Pair pair) {
        return new int[][] {
            {find(TinyModel.TEST_A, pair.images().get(0))},
            {find(TinyModel.TEST_B, pair.images().get(1))}
        };
    }

    /** Codes of modality {@code t} from posterior {@code subset} of one pair, (Z + W_t). */
    private static float[] code(int[][] pair, int subset, int t) {
        int columns = vae.latent().codeColumns(t);
        List<float[]> out = new ArrayList<>();
        new Inference(backend, vae, Posteriors.of(vae.latent()), TinyModel.TEST, 1)
                .mean(
                        pair,
                        rows -> out.add(Arrays.copyOfRange(rows.codes(t), subset * columns, (subset + 1) * columns)));
        return out.get(0);
    }

    /** What decoding one code of modality {@code t} gives. */
    private static FigureData.Judged decoded(int t, float[] code) {
        float[] means = new CodeDecoder(backend, vae, t, 1).decode(code);
        Classifier judge = judges.ofModality().get(t);
        return new FigureData.Judged(
                Pictures.of(means, 0, vae.image(t)), judge.classes().get(judge.classify(means)[0]));
    }

    /** The shared code of the one before the private code of the other. */
    private static float[] mixed(float[] shared, float[] privates) {
        float[] out = privates.clone();
        System.arraycopy(shared, 0, out, 0, vae.latent().shared());
        return out;
    }

    @Test
    void reconstructionsStandUnderTheirInputs() {
        FigureData.Reconstructions b = data.reconstructions().get(1);
        assertThat(b.domain()).isEqualTo("b");
        assertThat(b.inputs())
                .isEqualTo(data.pairs().stream()
                        .map(p -> new FigureData.Labelled(p.images().get(1), p.label()))
                        .toList());
        assertThat(b.outputs().get(3))
                .isEqualTo(decoded(1, code(find(data.pairs().get(3)), 1, 1)));
    }

    @Test
    void translationsShowSomeOfEachClassWithTheJudgement() {
        assertThat(data.translations().stream().map(t -> t.from() + t.to())).containsExactly("ab", "ba");
        FigureData.Translations ba = data.translations().get(1);
        assertThat(ba.sources().stream().map(t -> t.source().label()))
                .containsExactly("nw", "ne", "sw", "se", "nw", "ne", "sw", "se");
        assertThat(ba.sources().stream()
                        .map(t -> find(TinyModel.TEST_B, t.source().image()))
                        .distinct())
                .hasSize(8);
        for (FigureData.Translated translated : ba.sources()) {
            String label = translated.source().label();
            assertThat(label(TinyModel.TEST_B, translated.source().image())).isEqualTo(label);
            assertThat(translated.images()).as("a has no private code").hasSize(1);
            assertThat(translated.right())
                    .isEqualTo(translated.images().stream()
                            .filter(image -> image.read().equals(label))
                            .count());
            for (FigureData.Judged image : translated.images()) {
                assertThat(image.image().channels()).isEqualTo(1);
                int read = judges.ofModality().get(0).classify(floats(image.image()))[0];
                assertThat(Quadrants.CLASSES.get(read)).isEqualTo(image.read());
            }
        }
    }

    /** The private codes of b's k-th translations are drawn with the k-th noise, each for the shared code of its image. */
    @Test
    void translationsShareTheNoiseOfTheirPrivateCodesByRow() {
        FigureData.Translations ab = data.translations().get(0);
        assertThat(ab.styled()).isTrue();
        assertThat(ab.sources()).allSatisfy(t -> assertThat(t.images()).hasSize(3));
        assertThat(data.translations().get(1).styled()).isFalse();
        int columns = vae.latent().codeColumns(1);
        for (int k = 0; k < 3; k++) {
            int[][] codes = new int[2][8];
            for (int i = 0; i < 8; i++)
                codes[0][i] =
                        find(TinyModel.TEST_A, ab.sources().get(i).source().image());
            List<float[]> sampled = new ArrayList<>();
            new Inference(backend, vae, Posteriors.of(vae.latent()), TinyModel.TEST, 64)
                    .sample(codes, 6 + k, rows -> sampled.add(rows.codes(1)));
            float[] s = Arrays.copyOfRange(sampled.get(0), 5 * columns, 5 * columns + 3);
            float[] w = CODES.privates().get(1).codes(s, 6, k);
            assertThat(ab.sources().get(5).images().get(k))
                    .isEqualTo(decoded(1, CodeSource.joined(vae.latent(), 1, s, w)));
        }
    }

    /** (1, C, H, W) in [0, 1], as a judge takes it. */
    private static float[] floats(Png.Image image) {
        int area = image.width() * image.height();
        float[] out = new float[area * image.channels()];
        for (int i = 0; i < out.length; i++)
            out[i % image.channels() * area + i / image.channels()] = (image.pixels()[i] & 255) / 255f;
        return out;
    }

    @Test
    void samplesShareTheirCodes() {
        assertThat(data.samples()).hasSize(7);
        assertThat(data.sampler()).isEqualTo("fitted mixture");
        List<float[]> third = new Sampler(backend, vae, 1).sample(CODES, 6, 2, 1);
        FigureData.Sample sample = data.samples().get(2);
        assertThat(sample.images().get(1).image()).isEqualTo(Pictures.of(third.get(1), 0, vae.image(1)));
        List<String> read = IntStream.range(0, 2)
                .mapToObj(t -> Quadrants.CLASSES.get(judges.ofModality().get(t).classify(third.get(t))[0]))
                .toList();
        assertThat(sample.images().stream().map(FigureData.Judged::read)).isEqualTo(read);
        for (FigureData.Sample each : data.samples())
            assertThat(each.coherent())
                    .isEqualTo(each.images()
                            .get(0)
                            .read()
                            .equals(each.images().get(1).read()));
    }

    /** a has no private code, so there is nothing to swap. */
    @Test
    void aSwapTakesTheSharedCodeFromItsRowAndThePrivateOneFromItsColumn() {
        assertThat(data.swaps()).hasSize(1);
        FigureData.Swap swap = data.swaps().get(0);
        assertThat(swap.domain()).isEqualTo("b");
        assertThat(swap.shared().stream().map(FigureData.Labelled::label)).isEqualTo(Quadrants.CLASSES);
        assertThat(swap.privates().stream().map(FigureData.Labelled::label)).isEqualTo(Quadrants.CLASSES);
        assertThat(swap.privates()).doesNotContainAnyElementsOf(swap.shared());
        float[] shared = code(pairOf(swap.shared().get(1)), 1, 1);
        float[] privates = code(pairOf(swap.privates().get(3)), 1, 1);
        assertThat(swap.images().get(1).get(3)).isEqualTo(decoded(1, mixed(shared, privates)));
        assertThat(swap.images()).hasSize(4).allSatisfy(row -> assertThat(row).hasSize(4));
    }

    /** An image of b with whichever of a. */
    private static int[][] pairOf(FigureData.Labelled ofB) {
        return new int[][] {{0}, {find(TinyModel.TEST_B, ofB.image())}};
    }

    /** Shared codes from the joint posterior of one pair to that of the next, of another class; private codes of the first. */
    @Test
    void interpolationsRunFromPairToPair() {
        assertThat(data.interpolations())
                .hasSize(3)
                .allSatisfy(line ->
                        assertThat(line.from().label()).isNotEqualTo(line.to().label()));
        assertThat(data.interpolations().get(0).from()).isEqualTo(data.pairs().get(0));
        FigureData.Interpolation second = data.interpolations().get(1);
        assertThat(second.steps()).hasSize(4);
        float[] from = code(find(second.from()), 2, 1);
        float[] to = mixed(code(find(second.to()), 2, 1), from);
        assertThat(second.steps().get(0).images().get(1)).isEqualTo(decoded(1, from));
        assertThat(second.steps().get(3).images().get(1)).isEqualTo(decoded(1, to));
        float[] third = from.clone();
        for (int d = 0; d < third.length; d++) third[d] = from[d] * (1 - 1 / 3f) + to[d] * (1 / 3f);
        assertThat(second.steps().get(1).images().get(1)).isEqualTo(decoded(1, third));
    }

    @Test
    void theSeedAloneDecides() {
        assertThat(new FigureMaker(backend, vae, TinyModel.TEST, judges, CODES, SETTINGS).make(() -> false))
                .isEqualTo(data);
    }

    @Test
    void stopsBeforeTheNextKindOfFigure() {
        int[] asked = {0};
        FigureMaker maker = new FigureMaker(backend, vae, TinyModel.TEST, judges, CODES, SETTINGS);
        assertThatThrownBy(() -> maker.make(() -> ++asked[0] == 5))
                .isInstanceOf(CancellationException.class)
                .hasMessage("figures: stopped");
        assertThat(asked[0]).isEqualTo(5);
    }

    @Test
    void nothingToShowIsRefused() {
        assertThatThrownBy(() -> new FigureMaker.Settings(1, 1, 1, 1, 1, 1, 0))
                .hasMessage("figures: expected at least 1 pair, sample, image per class, translation of it and"
                        + " interpolation of at least 2 steps, got 1, 1, 1, 1, 1 of 1");
        assertThatThrownBy(() -> new FigureMaker.Settings(1, 1, 1, 0, 1, 2, 0))
                .hasMessageContaining("got 1, 1, 1, 0, 1 of 2");
    }
}
