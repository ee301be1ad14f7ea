package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class DataInfoTest {
    private static final ImageSet SET = new ImageSet(
            "x",
            1,
            2,
            1,
            ByteBuffer.allocateDirect(8).put(0, new byte[] {1, 2, 3, 4, 5, 6, 7, 8}),
            new byte[] {1, 0, 1, 1},
            List.of("a", "b", "c"));

    private static final String EMPTY = "64 ".repeat(7);

    @Test
    void countsImagesPerClass() {
        assertThat(DataInfo.countsPerClass(SET)).containsExactly(1, 3, 0);
    }

    @Test
    void theSheetHasARowPerClassWithItsFirstImages() {
        Png.Image sheet = DataInfo.contactSheet(SET, 2);
        assertThat(sheet.width()).isEqualTo(7);
        assertThat(sheet.height()).isEqualTo(7);
        int g = 64;
        assertThat(PngTest.unsigned(sheet.pixels()) + " ")
                .isEqualTo(EMPTY + row(g, 3, 4, g, g, g, g) + EMPTY + row(g, 1, 2, g, 5, 6, g) + EMPTY + EMPTY + EMPTY);
    }

    private static String row(int... values) {
        StringBuilder out = new StringBuilder();
        for (int value : values) out.append(value).append(' ');
        return out.toString();
    }
}
