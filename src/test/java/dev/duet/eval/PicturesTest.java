package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.data.ImageSet;
import dev.duet.data.Png;
import dev.duet.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class PicturesTest {
    /** Two pixels of three channels: planes R = (0, 1), G = (0.5, 2), B = (−1, NaN). */
    @Test
    void planesBecomeInterleavedBytesRoundedAndClamped() {
        float[] batch = {9, 9, 9, 9, 9, 9, 0, 1, 0.5f, 2, -1, Float.NaN};
        Png.Image image = Pictures.of(batch, 1, Shape.of(3, 1, 2));
        assertThat(image.height()).isEqualTo(1);
        assertThat(image.width()).isEqualTo(2);
        assertThat(image.pixels()).containsExactly(0, 128, 0, 255, 255, 0);
    }

    @Test
    void bytesBecomePlanesAndBack() {
        ImageSet set = new ImageSet(
                "two",
                1,
                2,
                3,
                ByteBuffer.allocateDirect(12).put(6, new byte[] {51, 102, 0, -1, 5, 10}),
                new byte[2],
                List.of("a"));
        float[] floats = Pictures.floats(set, new int[] {0, 1}, 1, 1);
        assertThat(floats).containsExactly(0.2f, 1, 0.4f, 5 / 255f, 0, 10 / 255f);
        assertThat(Pictures.of(floats, 0, Pictures.shape(set))).isEqualTo(Pictures.of(set, 1));
    }
}
