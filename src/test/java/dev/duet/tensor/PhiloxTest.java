package dev.duet.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PhiloxTest {
    /** Known-answer vectors of the authors' Random123 distribution (kat_vectors, philox4x32 10). */
    @Test
    void agreesWithTheAuthorsVectorForZero() {
        int[] out = new int[4];
        Philox.block(0, Philox.Stream.NOISE, 0, 0, out);
        assertThat(out).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    }

    @Test
    void normalsHaveMeanZeroAndVarianceOne() {
        int n = 200_000;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < n; i++) {
            double x = Philox.normal(42, Philox.Stream.NOISE, 3, i);
            sum += x;
            squares += x * x;
        }
        assertThat(sum / n).isCloseTo(0, within(4 / Math.sqrt(n)));
        assertThat(squares / n).isCloseTo(1, within(4 * Math.sqrt(2.0 / n)));
    }

    @Test
    void shuffleIsAPermutationThatDependsOnTheSeed() {
        int[] a = identity(100);
        int[] b = identity(100);
        new Philox.Sequence(1, Philox.Stream.PAIRING, 0).shuffle(a);
        new Philox.Sequence(2, Philox.Stream.PAIRING, 0).shuffle(b);
        assertThat(a).isNotEqualTo(b);
        assertThat(a).containsExactlyInAnyOrder(identity(100));
    }

    private static int[] identity(int n) {
        int[] out = new int[n];
        for (int i = 0; i < n; i++) out[i] = i;
        return out;
    }
}
