package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassNamesTest {
    private final List<String> notes = new ArrayList<>();

    /** Images of one pixel: image i has the value 10·i. */
    private static ImageSet set(String name, List<String> classes, int... labels) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(labels.length);
        byte[] bytes = new byte[labels.length];
        for (int i = 0; i < labels.length; i++) {
            pixels.put(i, (byte) (10 * i));
            bytes[i] = (byte) labels[i];
        }
        return new ImageSet(name, 1, 1, 1, pixels, bytes, classes);
    }

    @Test
    void labelsMeanTheSameClassInEachSet() {
        ImageSet sketches = set("sketches", List.of("cat", "dog", "fox"), 0, 1, 2, 1);
        ImageSet photos = set("photos", List.of("bird", "cat", "dog"), 2, 1, 0, 0);
        List<ImageSet> aligned = ClassNames.align(List.of(sketches, photos), notes::add);
        assertThat(aligned).extracting(ImageSet::classes).containsOnly(List.of("cat", "dog"));
        assertThat(aligned.get(0).labels()).containsExactly(0, 1, 1);
        assertThat(aligned.get(0).image(2)).containsExactly(30);
        assertThat(aligned.get(1).labels()).containsExactly(1, 0);
        assertThat(aligned.get(1).image(0)).containsExactly(0);
        assertThat(notes)
                .containsExactly(
                        "1 of 4 images of 'sketches' are left out: another set lacks their class (fox)",
                        "2 of 4 images of 'photos' are left out: another set lacks their class (bird)");
    }

    @Test
    void numbersAreSortedByValueAndNoImageIsLostWithoutNeed() {
        ImageSet numbers = set("a", List.of("2", "10", "x"), 0, 1, 2);
        ImageSet names = set("b", List.of("x", "10", "2"), 0, 1, 2);
        List<ImageSet> aligned = ClassNames.align(List.of(names, numbers), notes::add);
        assertThat(aligned).extracting(ImageSet::classes).containsOnly(List.of("2", "10", "x"));
        assertThat(aligned.get(0).labels()).containsExactly(2, 1, 0);
        assertThat(aligned.get(0).image(2)).containsExactly(20);
        assertThat(notes).isEmpty();
    }

    @Test
    void equalListsStayAsTheyAre() {
        List<ImageSet> sets = List.of(set("a", List.of("0", "1"), 1), set("b", List.of("0", "1"), 0));
        assertThat(ClassNames.align(sets, notes::add)).isSameAs(sets);
    }

    @Test
    void setsWithoutLabelsOrWithoutASharedClassAreRefused() {
        ImageSet labelled = set("a", List.of("cat"), 0);
        assertThatThrownBy(() -> ClassNames.align(List.of(labelled, set("b", ImageSet.UNLABELLED, 0)), notes::add))
                .isInstanceOf(DuetException.class)
                .hasMessage("image set 'b': expected labels, by which images are paired, got none; name its label file"
                        + " (train_labels, test_labels) or give it as class folders");
        assertThatThrownBy(() -> ClassNames.align(List.of(labelled, set("b", List.of("Cat"), 0)), notes::add))
                .isInstanceOf(DuetException.class)
                .hasMessage("the image sets share no class, so no pairs can be formed: a has [cat], b has [Cat];"
                        + " name the classes alike");
    }
}
