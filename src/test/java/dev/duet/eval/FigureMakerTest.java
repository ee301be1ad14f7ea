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
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FigureMakerTest {
    private static final SharedCodes CODES = SharedCodes.mixture(TinyModel.LATENT, Mixtures.random(2, 3, 1), 1);
    private static final FigureMaker.Settings SETTINGS = new FigureMaker.Settings(5, 7, 2, 3, 4, 6);
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

    @Test
    void reconstructionsStandUnderTheirInputs() {
        FigureData.Reconstructions b = data.reconstructions().get(1);
        assertThat(b.domain()).isEqualTo("b");
        assertThat(b.inputs())
                .isEqualTo(data.pairs().stream().map(p -> p.images().get(1)).toList());
        int index = find(TinyModel.TEST_B, b.inputs().get(3));
        List<Png.Image> expected = new ArrayList<>();
        new Inference(backend, vae, Posteriors.of(vae.latent()), TinyModel.TEST, 1)
                .mean(new int[][] {{0}, {index}}, rows -> expected.add(Pictures.of(rows.means(1), 1, vae.image(1))));
        assertThat(b.outputs().get(3)).isEqualTo(expected.get(0));
    }

    @Test
    void translationsShowSomeOfEachClassWithTheJudgement() {
        assertThat(data.translations().stream().map(t -> t.from() + t.to())).containsExactly("ab", "ba");
        FigureData.Translations ba = data.translations().get(1);
        assertThat(ba.images().stream().map(FigureData.Translated::label))
                .containsExactly("nw", "nw", "ne", "ne", "sw", "sw", "se", "se");
        assertThat(ba.images().stream()
                        .map(t -> find(TinyModel.TEST_B, t.source()))
                        .distinct())
                .hasSize(8);
        for (FigureData.Translated image : ba.images()) {
            assertThat(label(TinyModel.TEST_B, image.source())).isEqualTo(image.label());
            assertThat(image.translated().channels()).isEqualTo(1);
            assertThat(image.right()).isEqualTo(image.label().equals(image.judged()));
            assertThat(Quadrants.CLASSES).contains(image.judged());
        }
    }

    @Test
    void samplesShareTheirCodes() {
        assertThat(data.samples()).hasSize(7);
        assertThat(data.sampler()).isEqualTo("fitted mixture");
        List<float[]> third = new Sampler(backend, vae, 1).sample(CODES, 6, 2, 1);
        assertThat(data.samples().get(2).images().get(1)).isEqualTo(Pictures.of(third.get(1), 0, vae.image(1)));
        int judged = judges.ofModality().get(0).classify(third.get(0))[0];
        assertThat(data.samples().get(2).judged().get(0)).isEqualTo(Quadrants.CLASSES.get(judged));
    }

    /** Both ends are the joint reconstructions of two pairs. */
    @Test
    void interpolationsRunFromPairToPair() {
        assertThat(data.interpolations()).hasSize(3);
        FigureData.Interpolation second = data.interpolations().get(1);
        assertThat(second.fromLabel()).isEqualTo(data.pairs().get(2).label());
        assertThat(second.toLabel()).isEqualTo(data.pairs().get(3).label());
        assertThat(second.images()).hasSize(2).allSatisfy(row -> assertThat(row).hasSize(4));
        int[][] pair = {
            {find(TinyModel.TEST_A, data.pairs().get(3).images().get(0))},
            {find(TinyModel.TEST_B, data.pairs().get(3).images().get(1))}
        };
        List<Png.Image> end = new ArrayList<>();
        new Inference(backend, vae, Posteriors.of(vae.latent()), TinyModel.TEST, 1)
                .mean(pair, rows -> end.add(Pictures.of(rows.means(1), 2, vae.image(1))));
        assertThat(second.images().get(1).get(3)).isEqualTo(end.get(0));
        assertThat(second.images().get(1).get(1)).isNotEqualTo(end.get(0));
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
        assertThatThrownBy(() -> maker.make(() -> ++asked[0] == 3))
                .isInstanceOf(CancellationException.class)
                .hasMessage("figures: stopped");
        assertThat(asked[0]).isEqualTo(3);
    }

    @Test
    void nothingToShowIsRefused() {
        assertThatThrownBy(() -> new FigureMaker.Settings(1, 1, 1, 1, 1, 0))
                .hasMessage(
                        "figures: expected at least 1 pair, sample, translation per class and interpolation of at least"
                                + " 2 steps, got 1, 1, 1, 1 of 1");
    }
}
