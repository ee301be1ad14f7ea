package dev.duet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.data.ImageSet;
import dev.duet.data.Split;
import dev.duet.run.RunConfig;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingDataTest {
    private static final RunConfig CONFIG = RunConfig.preset("cross");

    /** One black pixel per label. */
    private static ImageSet set(String name, int... labels) {
        byte[] bytes = new byte[labels.length];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) labels[i];
        return new ImageSet(
                name, 1, 1, 1, ByteBuffer.allocateDirect(bytes.length), bytes, List.of("zero", "one", "two", "three"));
    }

    @Test
    void fourImagesOfAClassAreEnoughToHoldOneOut() {
        TrainingData data = TrainingData.of(CONFIG, List.of(set("a", 0, 0, 0, 0, 1, 1, 1, 1), set("b", 0, 0, 1, 1, 1)));
        assertThat(data.validationChooses()).isTrue();
        assertThat(data.validationPairs()[0]).hasSize(2);
        assertThat(data.pairing().pairs()).isEqualTo(6);
        assertThat(data.pairing().epoch(1)[0]).doesNotContain(data.validationPairs()[0][0]);
    }

    /** What evaluation measures on as validation images is what training validated on, and none of what it learned from. */
    @Test
    void theSplitIsTrainings() {
        ImageSet a = set("a", 0, 0, 0, 0, 1, 1, 1, 1, 1);
        TrainingData data = TrainingData.of(CONFIG, List.of(a, set("b", 0, 0, 1, 1)));
        Split split = TrainingData.split(CONFIG, a);
        assertThat(data.validationPairs()[0]).containsExactlyInAnyOrder(split.validation());
        assertThat(split.train()).contains(data.pairing().epoch(3)[0]).doesNotContain(split.validation());
    }

    /** Without a look at what is validated on. */
    @Test
    void theTrainingPairsAreTrainings() {
        List<ImageSet> sets = List.of(set("a", 0, 0, 0, 0, 1, 1, 1, 1, 1), set("b", 0, 0, 1, 1));
        for (int epoch : new int[] {0, 4})
            assertThat(TrainingData.trainingPairs(CONFIG, sets).epoch(epoch))
                    .isDeepEqualTo(TrainingData.of(CONFIG, sets).pairing().epoch(epoch));
        RunConfig all = CONFIG.with("data.validation", "0");
        assertThat(TrainingData.trainingPairs(all, sets).pairs()).isEqualTo(9);
    }

    @Test
    void selectedImagesKeepTheirPixelsAndLabels() {
        ByteBuffer pixels = ByteBuffer.allocateDirect(8);
        for (int i = 0; i < 8; i++) pixels.put(i, (byte) (10 * i));
        ImageSet set = new ImageSet("a", 1, 2, 1, pixels, new byte[] {0, 1, 1, 0}, List.of("zero", "one"));
        ImageSet chosen = set.select(new int[] {2, 0, 1});
        assertThat(chosen.labels()).containsExactly(1, 0, 1);
        assertThat(List.of(chosen.image(0), chosen.image(1), chosen.image(2)))
                .containsExactly(new byte[] {40, 50}, new byte[] {0, 10}, new byte[] {20, 30});
        assertThat(chosen.classes()).isEqualTo(set.classes());
    }

    @Test
    void tooFewImagesPerClassAreNamedAsTheReason() {
        List<ImageSet> sets = List.of(set("a", 0, 0, 1), set("b", 0, 1, 1));
        assertThatThrownBy(() -> TrainingData.of(CONFIG, sets))
                .isInstanceOf(DuetException.class)
                .hasMessage("too few images per class for data.validation = 0.1: it takes one image of each class from"
                        + " training, so expected a class with at least 2 training images in every domain; add images or"
                        + " set data.validation = 0");
    }

    @Test
    void setsWithoutACommonClassAreStillToldApart() {
        List<ImageSet> sets = List.of(set("a", 0, 0, 1), set("b", 2, 3, 3));
        assertThatThrownBy(() -> TrainingData.of(CONFIG, sets))
                .hasMessage("pairing: the image sets share no class, so no pairs can be formed");
    }
}
