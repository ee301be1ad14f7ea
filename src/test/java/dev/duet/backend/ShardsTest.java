package dev.duet.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShardsTest {
    @Test
    void shardsAreConsecutiveAndAsEvenAsRowsAllow() {
        assertThat(IntStream.rangeClosed(0, 3).map(s -> Shards.first(10, 3, s))).containsExactly(0, 3, 6, 10);
        assertThat(IntStream.range(0, 3).map(s -> Shards.rows(10, 3, s))).containsExactly(3, 3, 4);
        assertThat(Shards.rows(7, 1, 0)).isEqualTo(7);
    }

    @Test
    void largeBatchesDoNotOverflow() {
        assertThat(Shards.first(2_000_000_000, 16, 15)).isEqualTo(1_875_000_000);
        assertThat(Shards.first(2_000_000_000, 16, 16)).isEqualTo(2_000_000_000);
    }
}
