package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Backend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.measure.TSne;
import dev.duet.measure.Trustworthiness;
import org.junit.jupiter.api.Test;

class LatentMapTest {
    private static LatentMap map(int maxPoints) {
        Backend backend = new ReferenceBackend(8);
        LatentMap.Settings settings = new LatentMap.Settings(maxPoints, 8, 4, new TSne.Settings(5, 300, 1, 0));
        return LatentMap.of(
                backend,
                TinyModel.random(backend, 5),
                TinyModel.TEST,
                settings,
                (name, iteration, iterations) -> {},
                () -> false);
    }

    @Test
    void jointEachAndTogether() {
        LatentMap map = map(100);
        assertThat(map.classes()).isEqualTo(Quadrants.CLASSES);
        assertThat(map.panels().stream().map(LatentMap.Panel::name)).containsExactly("a+b", "a", "b", "a and b");
        assertThat(map.panels().stream().map(p -> p.embedding().count())).containsExactly(21, 21, 12, 33);
        LatentMap.Panel joint = map.panels().get(0);
        LatentMap.Panel a = map.panels().get(1);
        LatentMap.Panel b = map.panels().get(2);
        LatentMap.Panel both = map.panels().get(3);
        assertThat(joint.domains()).containsOnly(LatentMap.JOINT);
        assertThat(b.domains()).containsOnly(1);
        assertThat(a.labels())
                .as("first uses of 21 different images: all pairs")
                .isEqualTo(joint.labels());
        for (int i = 0; i < 33; i++) {
            LatentMap.Panel own = i < 21 ? a : b;
            int row = i < 21 ? i : i - 21;
            assertThat(both.domains()[i]).isEqualTo((byte) (i < 21 ? 0 : 1));
            assertThat(both.labels()[i]).isEqualTo(own.labels()[row]);
            assertThat(both.latents().get(i, 2)).isEqualTo(own.latents().get(row, 2));
        }
        Trustworthiness exact = Trustworthiness.of(both.latents(), both.embedding(), 10);
        assertThat(both.trustworthiness()).contains(exact);
        assertThat(exact.value()).isGreaterThan(0.7);
    }

    @Test
    void theCapIsDividedAmongTheDomains() {
        assertThat(map(10).panels().stream().map(p -> p.embedding().count()))
                .element(3)
                .isEqualTo(10);
        assertThat(map(10).panels().get(3).domains()).containsExactly(0, 0, 0, 0, 0, 1, 1, 1, 1, 1);
    }

    @Test
    void isDeterministic() {
        LatentMap.Panel once = map(20).panels().get(3);
        LatentMap.Panel again = map(20).panels().get(3);
        for (int i = 0; i < once.embedding().count(); i++) {
            assertThat(again.embedding().get(i, 0)).isEqualTo(once.embedding().get(i, 0));
            assertThat(again.embedding().get(i, 1)).isEqualTo(once.embedding().get(i, 1));
        }
    }
}
