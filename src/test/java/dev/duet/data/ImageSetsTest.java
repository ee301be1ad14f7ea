package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSetsTest {
    @TempDir
    Path dir;

    @Test
    void choosesTheReaderByContentNotByName() throws IOException {
        byte[] idx = IdxTest.idx(0x803, new int[] {1, 1, 2}, new byte[] {8, 9});
        Path raw = Files.write(dir.resolve("a.png"), idx);
        Path gzip = Files.write(dir.resolve("b.mat"), IdxTest.gzip(idx));
        Path labels = Files.write(dir.resolve("l"), IdxTest.idx(0x801, new int[] {1}, new byte[] {4}));
        assertThat(ImageSets.load("a", raw, labels).labels()).containsExactly(4);
        assertThat(ImageSets.load("b", gzip, null).image(0)).containsExactly(8, 9);
        byte[] mat = Mat5Test.file(
                Mat5Test.matrix("X", 9, new int[] {1, 1, 1, 1}, 2, new byte[] {7}),
                Mat5Test.matrix("y", 9, new int[] {1, 1}, 2, new byte[] {10}));
        System.arraycopy("MATLAB 5.0 MAT-file".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, mat, 0, 19);
        Path svhn = Files.write(dir.resolve("c"), mat);
        assertThat(ImageSets.load("c", svhn, null).labels()).containsExactly(0);
        assertThatThrownBy(() -> ImageSets.load("c", svhn, labels)).hasMessageContaining("holds its own labels");
        Path text = Files.writeString(dir.resolve("d"), "hello");
        assertThatThrownBy(() -> ImageSets.load("d", text, null))
                .hasMessageContaining("neither IDX, gzip nor MATLAB 5");
    }

    @Test
    void saysWhatWasLookedForAndWhatToTry() {
        assertThatThrownBy(() -> ImageSets.mnist(dir, true))
                .isInstanceOf(DuetException.class)
                .hasMessage("neither " + dir.resolve("mnist/train-images-idx3-ubyte") + " nor"
                        + " train-images-idx3-ubyte.gz exists; try: duet data fetch --data " + dir);
        assertThatThrownBy(() -> ImageSets.svhn(dir, false))
                .hasMessageContaining("svhn/test_32x32.mat")
                .hasMessageEndingWith("duet data fetch --data " + dir);
        Path gone = dir.resolve("gone");
        assertThatThrownBy(() -> ImageSets.load("cats", gone, null))
                .hasMessageStartingWith("cats: looked for " + gone + ", which does not exist");
    }

    @Test
    void readsClassFoldersInOrder() {
        write("10/a.png", 1, 2, 1, 10, 11);
        write("9/b.png", 1, 2, 1, 20, 21);
        write("9/a.png", 1, 2, 1, 30, 31);
        write("cat/x.PNG", 1, 2, 1, 40, 41);
        ImageSet set = ImageSets.load("pets", dir, null);
        assertThat(set.classes()).containsExactly("9", "10", "cat");
        assertThat(set.labels()).containsExactly(0, 0, 1, 2);
        assertThat(set.channels()).isEqualTo(1);
        assertThat(set.image(0)).containsExactly(30, 31);
        assertThat(set.image(3)).containsExactly(40, 41);
    }

    @Test
    void oneColourImageMakesTheSetRgb() {
        write("a/1.png", 1, 1, 1, 7);
        write("a/2.png", 1, 1, 3, 1, 2, 3);
        ImageSet set = ClassFolders.read("mixed", dir);
        assertThat(set.image(0)).containsExactly(7, 7, 7);
        assertThat(set.image(1)).containsExactly(1, 2, 3);
    }

    @Test
    void otherSizesAreRefusedOrResized() {
        write("a/1.png", 1, 2, 1, 10, 20);
        write("a/2.png", 2, 1, 1, 10, 20);
        assertThatThrownBy(() -> ClassFolders.read("x", dir))
                .hasMessageContaining("a/2.png: expected 1×2 pixels as in")
                .hasMessageContaining("got 2×1");
        ImageSet set = ClassFolders.read("x", dir, 2, 2);
        assertThat(set.image(0)).containsExactly(10, 20, 10, 20);
        assertThat(set.image(1)).containsExactly(10, 10, 20, 20);
    }

    @Test
    void anEmptyFolderIsAnError() {
        assertThatThrownBy(() -> ClassFolders.read("x", dir)).hasMessageStartingWith(dir + ": no PNG files found");
    }

    private void write(String file, int height, int width, int channels, int... values) {
        byte[] pixels = new byte[values.length];
        for (int i = 0; i < values.length; i++) pixels[i] = (byte) values[i];
        Png.write(dir.resolve(file), new Png.Image(width, height, channels, pixels));
    }
}
