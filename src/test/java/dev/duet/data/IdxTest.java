package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdxTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsImagesAndLabels(boolean gzip) throws IOException {
        Path images = file("images", idx(0x803, new int[] {2, 2, 3}, ramp(12)), gzip);
        Path labels = file("labels", idx(0x801, new int[] {2}, new byte[] {7, 3}), gzip);
        ImageSet set = Idx.read("mnist", images, labels);
        assertThat(set.name()).isEqualTo("mnist");
        assertThat(set.height()).isEqualTo(2);
        assertThat(set.width()).isEqualTo(3);
        assertThat(set.channels()).isEqualTo(1);
        assertThat(set.image(0)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(set.image(1)).containsExactly(6, 7, 8, 9, 10, 11);
        assertThat(set.labels()).containsExactly(7, 3);
        assertThat(set.classes()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(set.labelled()).isTrue();
    }

    @Test
    void readsColourWithoutLabels() throws IOException {
        ImageSet set = Idx.read("c", file("images", idx(0x804, new int[] {1, 1, 2, 3}, ramp(6)), true), null);
        assertThat(set.channels()).isEqualTo(3);
        assertThat(set.image(0)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(set.labelled()).isFalse();
        assertThat(set.labels()).containsExactly(0);
    }

    @Test
    void moreThanTenClassesAreNumbered() throws IOException {
        Path images = file("images", idx(0x803, new int[] {2, 1, 1}, ramp(2)), false);
        Path labels = file("labels", idx(0x801, new int[] {2}, new byte[] {26, 1}), false);
        assertThat(Idx.read("letters", images, labels).classes()).hasSize(27).endsWith("25", "26");
    }

    @Test
    void checksEveryClaimAgainstTheFile() throws IOException {
        assertDamaged(
                idx(0x803, new int[] {2, 2, 3}, ramp(11)),
                "byte 16: the header claims 12 bytes of images, the file" + " can hold 11 at most");
        assertDamaged(idx(0x803, new int[] {2, 2, 3}, ramp(13)), "byte 28: more bytes follow the last image");
        int most = Integer.MAX_VALUE;
        assertDamaged(idx(0x803, new int[] {most, 4096, 4096}, ramp(12)), "claims 36028797002186752 bytes of images");
        assertDamaged(
                idx(0x803, new int[] {1, most, most}, ramp(12)), "sides of 1 to 4096 pixels, got 1 of 2147483647×");
        assertDamaged(idx(0x803, new int[] {-1, 2, 3}, ramp(12)), "got -1 of 2×3");
        assertDamaged(idx(0x804, new int[] {1, 1, 1, 2}, ramp(2)), "expected 1 or 3 channels, got 2");
        assertDamaged(
                idx(0xd03, new int[] {2, 2, 3}, ramp(12)),
                "with 3 or 4 dimensions (magic 0x00000803), got magic" + " 0x00000d03");
        assertDamaged(new byte[] {0, 0, 8}, "byte 3: the file ends 1 bytes too early");
    }

    @Test
    void aGzipStreamCannotClaimMoreThanItCanInflateTo() throws IOException {
        byte[] bytes = gzip(idx(0x803, new int[] {4000, 1000, 500}, ramp(12)));
        Path file = Files.write(dir.resolve("bomb"), bytes);
        assertThatThrownBy(() -> Idx.read("x", file, null))
                .hasMessage(file + ", byte 16: the header claims 2000000000 bytes of images, the file can hold "
                        + (bytes.length * 1032 - 16) + " at most");
    }

    @Test
    void damageToTheGzipStreamIsNoticed() throws IOException {
        byte[] whole = gzip(idx(0x803, new int[] {2, 2, 3}, ramp(12)));
        byte[] crc = whole.clone();
        crc[crc.length - 6] ^= 1;
        assertDamaged(crc, "damaged compressed data");
        assertDamaged(Arrays.copyOf(whole, whole.length - 9), "damaged compressed data");
        assertDamaged(Arrays.copyOf(whole, 5), "damaged gzip header");
        assertDamaged(gzip(idx(0x803, new int[] {2, 2, 3}, ramp(11))), "the file ends 1 bytes too early");
        assertDamaged(gzip(idx(0x803, new int[] {2, 2, 3}, ramp(13))), "byte 28: more bytes follow the last image");
    }

    @Test
    void labelsMustFitTheImages() throws IOException {
        Path images = file("images", idx(0x803, new int[] {2, 1, 1}, ramp(2)), false);
        Path three = file("three", idx(0x801, new int[] {3}, ramp(3)), false);
        assertThatThrownBy(() -> Idx.read("x", images, three))
                .hasMessage(three + ", byte 8: expected 2 labels, one per image, got 3");
        Path large = file("large", idx(0x801, new int[] {2}, new byte[] {1, (byte) 200}), false);
        assertThatThrownBy(() -> Idx.read("x", images, large))
                .hasMessageContaining("label 200 of image 1: at most 127");
        Path gone = dir.resolve("gone");
        assertThatThrownBy(() -> Idx.read("x", gone, null))
                .isInstanceOf(DuetException.class)
                .hasMessage("cannot read " + gone + ": there is no such file");
    }

    @Test
    void readsTheRealMnist() {
        ImageSet set = TestData.mnist(false);
        assertThat(set.count()).isEqualTo(10_000);
        assertThat(set.imageBytes()).isEqualTo(784);
        assertThat(Arrays.copyOf(set.labels(), 10)).containsExactly(7, 2, 1, 0, 4, 1, 4, 9, 5, 9);
        // The published means and deviations of MNIST are of the training set; the test set's mean pixel is 33.79.
        long sum = 0;
        for (int i = 0; i < set.pixels().capacity(); i++) sum += set.pixels().get(i) & 255;
        assertThat(sum / (double) set.pixels().capacity()).isBetween(33.7, 33.9);
    }

    private void assertDamaged(byte[] bytes, String what) throws IOException {
        Path file = Files.write(dir.resolve("broken"), bytes);
        assertThatThrownBy(() -> Idx.read("x", file, null))
                .isInstanceOf(DataFormatException.class)
                .hasMessageStartingWith(file + ", byte ")
                .hasMessageContaining(what);
    }

    static byte[] idx(int magic, int[] dims, byte[] elements) {
        ByteBuffer out =
                ByteBuffer.allocate(4 + 4 * dims.length + elements.length).putInt(magic);
        for (int dim : dims) out.putInt(dim);
        return out.put(elements).array();
    }

    private Path file(String name, byte[] bytes, boolean gzip) throws IOException {
        return Files.write(dir.resolve(name), gzip ? gzip(bytes) : bytes);
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    static byte[] ramp(int n) {
        byte[] out = new byte[n];
        for (int i = 0; i < n; i++) out[i] = (byte) i;
        return out;
    }
}
