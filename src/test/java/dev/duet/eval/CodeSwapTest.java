package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.LatentSpec;
import dev.duet.measure.Confidence;
import java.util.List;
import org.junit.jupiter.api.Test;

class CodeSwapTest {
    private static final SharedClasses CLASSES =
            SharedClasses.of(List.of(Quadrants.set("a", 2, 2, 1, 1, List.of("nw", "se"))));

    /** Of four images two follow the shared code, one the private one, and one is read as neither. */
    @Test
    void imagesFollowOneCodeOrTheOtherOrNeither() {
        SwapTally tally = new SwapTally(3);
        tally.add(new int[] {0, 0, 1}, new int[] {1, 1, 0}, new int[] {0, 1, 1});
        tally.add(new int[] {1}, new int[] {0}, new int[] {2});
        CodeSwap result = tally.result("b", "svhn", CLASSES);
        assertThat(result.shared().n()).isEqualTo(4);
        assertThat(result.shared().value()).isEqualTo(0.5);
        assertThat(result.shared().confusion()).isEqualTo(List.of(List.of(1L, 1L, 0L), List.of(0L, 1L, 1L)));
        assertThat(result.followsPrivate()).isEqualTo(Confidence.wilson(1, 4));
        assertThatThrownBy(() -> tally.add(new int[] {1}, new int[] {1}, new int[] {1}))
                .isInstanceOf(DuetException.class)
                .hasMessage("swap test: expected codes of different classes, got class 1 for both at index 0");
    }

    @Test
    void aSwapKeepsTheSharedCodeAndTakesThePartnersPrivateOne() {
        float[] codes = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        LatentSpec latent = new LatentSpec(2, List.of(1), List.of(), 0, false);
        assertThat(CodeDecoder.mixed(latent, 0, codes, new int[] {0, 1, 2}, codes, new int[] {2, 0, 1}))
                .containsExactly(1, 2, 9, 4, 5, 3, 7, 8, 6);
    }

    @Test
    void partnersAreOfAnotherClassAndRepeatable() {
        int[] labels = new int[200];
        for (int i = 0; i < labels.length; i++) labels[i] = i < 180 ? 0 : i % 3;
        int[] partners = CodeSwap.partners(labels, 1);
        for (int i = 0; i < labels.length; i++) assertThat(labels[partners[i]]).isNotEqualTo(labels[i]);
        assertThat(CodeSwap.partners(labels, 1)).containsExactly(partners);
        assertThat(CodeSwap.partners(labels, 2)).isNotEqualTo(partners);
        assertThatThrownBy(() -> CodeSwap.partners(new int[5], 1))
                .hasMessage("swap test: expected images of at least 2 classes, got 5 images of fewer");
        assertThatThrownBy(() -> CodeSwap.partners(new int[0], 1)).isInstanceOf(DuetException.class);
    }
}
