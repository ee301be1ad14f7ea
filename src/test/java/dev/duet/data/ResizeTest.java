package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ResizeTest {
    @Test
    void twoPixelsToFour() {
        // Source coordinates −0.25, 0.25, 0.75, 1.25: clamped, ¼, ¾, clamped.
        ImageSet set = Resize.bilinear(set(1, 2, 1, 0, 100), 1, 4);
        assertThat(set.image(0)).containsExactly(0, 25, 75, 100);
    }

    @Test
    void halvesAreRoundedUp() {
        assertThat(Resize.bilinear(set(1, 2, 1, 0, 1), 1, 1).image(0)).containsExactly(1);
    }

    @Test
    void channelsStayApart() {
        ImageSet set = Resize.bilinear(set(1, 2, 3, 0, 10, 20, 100, 110, 120), 1, 1);
        assertThat(set.image(0)).containsExactly(50, 60, 70);
    }

    @Test
    void agreesWithTheDefinitionFrom28To32() {
        Png.Image noise = PngTest.noise(28, 28, 1);
        byte[] out = Resize.bilinear(noise.pixels(), 28, 28, 1, 32, 32);
        for (int r = 0; r < 32; r++) {
            for (int c = 0; c < 32; c++) {
                assertThat(out[r * 32 + c] & 255).as("(%d, %d)", r, c).isEqualTo(defined(noise.pixels(), r, c));
            }
        }
    }

    /** The lab's definition, written as it stands: weights of the four neighbours, clamped coordinates. */
    private static int defined(byte[] image, int r, int c) {
        double fy = (r + .5) * 28 / 32 - .5;
        double fx = (c + .5) * 28 / 32 - .5;
        int y0 = (int) Math.floor(fy);
        int x0 = (int) Math.floor(fx);
        double sum = 0;
        for (int y = y0; y <= y0 + 1; y++) {
            for (int x = x0; x <= x0 + 1; x++) {
                double weight = (1 - Math.abs(fy - y)) * (1 - Math.abs(fx - x));
                sum += weight * (image[Math.min(27, Math.max(0, y)) * 28 + Math.min(27, Math.max(0, x))] & 255);
            }
        }
        return (int) Math.round(sum);
    }

    @Test
    void greyIsRepeatedAndColourBecomesLuma() {
        assertThat(Resize.channels(set(1, 1, 1, 77), 3).image(0)).containsExactly(77, 77, 77);
        // 0.299·10 + 0.587·20 + 0.114·30 = 18.15; white stays white
        assertThat(Resize.channels(set(1, 1, 3, 10, 20, 30), 1).image(0)).containsExactly(18);
        assertThat(Resize.channels(set(1, 1, 3, 255, 255, 255), 1).image(0)).containsExactly(255);
        assertThatThrownBy(() -> Resize.channels(set(1, 1, 1, 1), 2)).isInstanceOf(DuetException.class);
    }

    @Test
    void nothingToDoReturnsTheSameSet() {
        ImageSet set = set(1, 2, 1, 0, 100);
        assertThat(Resize.bilinear(set, 1, 2)).isSameAs(set);
        assertThat(Resize.channels(set, 1)).isSameAs(set);
    }

    private static ImageSet set(int height, int width, int channels, int... values) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(values.length);
        for (int i = 0; i < values.length; i++) pixels.put(i, (byte) values[i]);
        return new ImageSet("x", height, width, channels, pixels, new byte[] {3}, Pixels.digitClasses(new byte[0]));
    }
}
