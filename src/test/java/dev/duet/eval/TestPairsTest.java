package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.Workers;
import dev.duet.data.ImageSet;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestPairsTest {
    private static final ImageSet A = Quadrants.set("a", 20, 4, 1, 1, List.of("se", "nw", "ne"));
    private static final ImageSet B = Quadrants.set("b", 6, 4, 3, 2, List.of("sw", "nw", "se"));

    @Test
    void classesAreMatchedByNameAndOthersLeftOut() {
        SharedClasses classes = SharedClasses.of(List.of(A, B));
        assertThat(classes.names()).containsExactly("se", "nw");
        assertThat(classes.labels(B)).containsExactly(-1, 1, 0, -1, 1, 0);
        assertThat(classes.subset(B).members()).containsExactly(1, 2, 4, 5);
        TestPairs pairs = new TestPairs(List.of(A, B), classes, 3, 100);
        assertThat(pairs.count()).isEqualTo(14); // 7 "se" and 7 "nw" of A
        for (int i = 0; i < pairs.count(); i++) {
            String a = A.classes().get(A.labels()[pairs.pairs()[0][i]]);
            assertThat(B.classes().get(B.labels()[pairs.pairs()[1][i]])).isEqualTo(a);
            assertThat(classes.names().get(pairs.labels()[i])).isEqualTo(a);
        }
    }

    @Test
    void reusedImagesCountOnce() {
        TestPairs pairs = new TestPairs(List.of(A, B), SharedClasses.of(List.of(A, B)), 3, 100);
        int[] whole = pairs.firstUses(1);
        assertThat(Arrays.stream(whole).map(i -> pairs.pairs()[1][i]).sorted()).containsExactly(1, 2, 4, 5);
        assertThat(pairs.firstUses(0)).hasSize(14);
        assertThat(pairs.pairs(whole)[1])
                .containsExactly(
                        Arrays.stream(whole).map(i -> pairs.pairs()[1][i]).toArray());
        try (Workers workers = new Workers(2)) {
            float[] images = pairs.images(1, whole, workers);
            assertThat(images).hasSize(4 * 48);
            assertThat(Arrays.copyOfRange(images, 48, 96))
                    .containsExactly(Pictures.floats(B, pairs.pairs()[1], whole[1], 1));
        }
        assertThat(pairs.labels(whole)).hasSize(4).containsOnly(0, 1);
    }

    @Test
    void theCapCuts() {
        TestPairs pairs = new TestPairs(List.of(A, B), SharedClasses.of(List.of(A, B)), 3, 5);
        assertThat(pairs.count()).isEqualTo(5);
        assertThat(pairs.pairs()[1]).hasSize(5);
    }

    @Test
    void setsWithoutCommonClassesAreRefused() {
        ImageSet other = Quadrants.set("c", 2, 4, 1, 1, List.of("sw"));
        assertThatThrownBy(() -> SharedClasses.of(List.of(A, other)))
                .hasMessage("the image sets share no class: a [se, nw, ne], c [sw]; name the classes alike");
        ImageSet unlabelled =
                new ImageSet("d", 1, 1, 1, ByteBuffer.allocateDirect(1), new byte[1], ImageSet.UNLABELLED);
        assertThatThrownBy(() -> SharedClasses.of(List.of(unlabelled, unlabelled)))
                .hasMessageStartingWith("image set 'd': expected labels");
    }
}
