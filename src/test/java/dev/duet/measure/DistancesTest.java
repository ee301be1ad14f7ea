package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DistancesTest {
    /** 1030 points end in a tile of their own, 7 dimensions in a padded group. */
    @Test
    void agreeWithTheDefinitionAcrossTilesAndPadding() {
        Points reference = CurvedClasses.noise(1030, 7, 1);
        Points queries = CurvedClasses.noise(18, 7, 2);
        Distances distances = new Distances(reference);
        float[][] out = distances.scratch();
        for (int block = 0; block < Distances.blocks(18); block++) {
            int[] rows = Distances.rows(block, 18);
            distances.block(queries, rows, out);
            for (int r = 0; r < rows.length; r++) {
                for (int j = 0; j < 1030; j++) {
                    double expected = squared(queries, rows[r], reference, j);
                    assertThat((double) out[r][j]).isCloseTo(expected, within(1e-6 * expected));
                }
            }
        }
    }

    @Test
    void theLastBlockHoldsTheRest() {
        assertThat(Distances.blocks(18)).isEqualTo(2);
        assertThat(Distances.rows(1, 18)).containsExactly(16, 17);
    }

    @Test
    void nearestAreSortedWithTiesByIndexAndWithoutThePointItself() {
        Nearest nearest = new Nearest(4);
        nearest.select(new float[] {3, 1, 0, 1, 9, 3, 3}, 2);
        assertThat(nearest.indices).containsExactly(1, 3, 0, 5);
        assertThat(nearest.distances).containsExactly(1, 1, 3, 3);
    }

    @Test
    void nearestHoldsInfiniteDistancesToo() {
        Nearest nearest = new Nearest(2);
        float far = Float.POSITIVE_INFINITY;
        nearest.select(new float[] {far, far, 5}, -1);
        assertThat(nearest.indices).containsExactly(2, 0);
    }

    private static double squared(Points a, int i, Points b, int j) {
        double sum = 0;
        for (int d = 0; d < a.width(); d++) sum += Math.pow((double) a.get(i, d) - b.get(j, d), 2);
        return sum;
    }
}
