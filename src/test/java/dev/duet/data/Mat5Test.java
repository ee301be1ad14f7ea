package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.tensor.Philox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import us.hebi.matlab.mat.format.Mat5File;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Sinks;

/** mfl-core (named in full below, as its entry class is also called Mat5) writes the files and is the other opinion. */
class Mat5Test {
    private static final int HEIGHT = 5;
    private static final int WIDTH = 4;

    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({
        "3, UInt8, 6, true",
        "3, Double, 0, false",
        "3, Int32, 1, false",
        "1, Single, 6, true",
        "3, UInt16, 0, true",
        "1, Int8, 0, false"
    })
    void agreesWithMflCore(int channels, MatlabType labelType, int deflate, boolean labelsFirst) throws IOException {
        int count = 13;
        Matrix x = images(channels, count);
        Matrix y = labels(labelType, count);
        Mat5File file = us.hebi.matlab.mat.format.Mat5.newMatFile();
        file.addArray("other", us.hebi.matlab.mat.format.Mat5.newString("passed over"));
        if (labelsFirst) file.addArray("y", y).addArray("X", x);
        else file.addArray("X", x).addArray("y", y);
        assertHolds(Mat5.read("svhn", write(file, deflate)), x, y);
    }

    @Test
    void readsTheOtherByteOrder() throws IOException {
        Mat5File file = us.hebi.matlab.mat.format.Mat5.newMatFile();
        Matrix x = images(3, 3);
        Matrix y = labels(MatlabType.Double, 3);
        file.addArray("X", x).addArray("y", y);
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.BIG_ENDIAN);
        try (var sink = Sinks.wrap(bytes)) {
            us.hebi.matlab.mat.format.Mat5.newWriter(sink).setDeflateLevel(0).writeMat(file);
        }
        byte[] written = Arrays.copyOf(bytes.array(), bytes.position());
        assertThat(new String(written, 126, 2, java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("MI");
        assertHolds(Mat5.read("svhn", Files.write(dir.resolve("big.mat"), written)), x, y);
    }

    @Test
    void aSingleImageMayLackItsLastDimension() throws IOException {
        byte[] x = matrix("X", 9, new int[] {1, 2, 3}, 2, new byte[] {1, 2, 3, 4, 5, 6});
        ImageSet set = Mat5.read("one", mat(x, matrix("y", 9, new int[] {1, 1}, 2, new byte[] {10})));
        assertThat(set.image(0)).containsExactly(1, 3, 5, 2, 4, 6);
        assertThat(set.labels()).containsExactly(0);
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        byte[] y = matrix("y", 9, new int[] {1, 1}, 2, new byte[] {1});
        byte[] x = matrix("X", 9, new int[] {1, 1, 1, 1}, 2, new byte[] {7});
        assertBroken("no variable 'y' in the file", x);
        assertBroken("no variable 'X' in the file", y);
        assertBroken("X holds 1 images, but y 2 labels", x, matrix("y", 9, new int[] {2, 1}, 2, new byte[] {1, 2}));
        assertBroken("label 11.0 of image 0 is not in 1 to 10", matrix("y", 9, new int[] {1, 1}, 2, new byte[] {11}));
        assertBroken("y: expected count×1, got [2, 2]", matrix("y", 9, new int[] {2, 2}, 2, new byte[4]));
        assertBroken("y: expected 2 bytes for 2 labels, got 4", matrix("y", 9, new int[] {2, 1}, 2, new byte[4]));
        assertBroken("X: expected class uint8", matrix("X", 6, new int[] {1, 1, 1, 1}, 2, new byte[] {7}));
        assertBroken("(1 or 3)×count", matrix("X", 9, new int[] {1, 1, 2, 1}, 2, new byte[2]));
        assertBroken(
                "sides up to 4096, got [5000, 1, 1, 1]", matrix("X", 9, new int[] {5000, 1, 1, 1}, 2, new byte[1]));
        int most = Integer.MAX_VALUE;
        assertBroken(
                "X: expected 6442450941 elements of type 2 (uint8), got 2",
                matrix("X", 9, new int[] {1, 1, 3, most}, 2, new byte[2]));
        assertBroken("X: complex numbers", matrix("X", 9 | 0x0800, new int[] {1, 1, 1, 1}, 2, new byte[1]));
        byte[] longer = x.clone();
        ByteBuffer.wrap(longer).order(ByteOrder.LITTLE_ENDIAN).putInt(4, -8);
        assertBroken("an element of 4294967288 bytes, but only 56 are left", longer);
        byte[] shorter = x.clone();
        ByteBuffer.wrap(shorter).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 16);
        assertBroken("a matrix is longer than its element of 16 bytes", shorter);
    }

    @Test
    void namesOtherFormats() throws IOException {
        byte[] header = header();
        header[125] = 2;
        assertFails(header, "a MATLAB 7.3 (HDF5) file; save it with option -v7");
        header[125] = 9;
        assertFails(header, "MAT-file version 0x0900 is unknown");
        header[126] = 0;
        assertFails(header, "not a MATLAB 5 file");
    }

    @Test
    void readsTheRealSvhnSubset() {
        ImageSet train = TestData.svhn(true);
        assertThat(TestData.counts(train)).containsExactly(435, 1308, 1053, 721, 691, 577, 502, 489, 417, 424);
        assertThat(TestData.counts(TestData.svhn(false))).containsExactly(81, 223, 178, 147, 122, 116, 88, 92, 88, 74);
        assertThat(train.imageBytes()).isEqualTo(3072);
    }

    @Test
    void theRealSvhnSubsetIsWhatMflCoreReads() throws IOException {
        Path path = TestData.dir().resolve("svhn/test_32x32.mat");
        Mat5File file = us.hebi.matlab.mat.format.Mat5.readFromFile(path.toFile());
        assertHolds(TestData.svhn(false), file.getMatrix("X"), file.getMatrix("y"));
    }

    private static void assertHolds(ImageSet set, Matrix x, Matrix y) {
        int[] dims = x.getDimensions();
        assertThat(new int[] {set.height(), set.width(), set.channels(), set.count()})
                .isEqualTo(dims);
        for (int n = 0; n < set.count(); n++) {
            byte[] expected = new byte[set.imageBytes()];
            for (int i = 0, at = 0; i < dims[0]; i++) {
                for (int j = 0; j < dims[1]; j++) {
                    for (int c = 0; c < dims[2]; c++) {
                        expected[at++] = x.getByte(i + dims[0] * (j + dims[1] * (c + dims[2] * n)));
                    }
                }
            }
            assertThat(set.image(n)).as("image %d", n).isEqualTo(expected);
            assertThat(set.labels()[n]).as("label %d", n).isEqualTo((byte) (y.getInt(n) % 10));
        }
    }

    private static Matrix images(int channels, int count) {
        int[] dims = {HEIGHT, WIDTH, channels, count};
        Matrix x = us.hebi.matlab.mat.format.Mat5.newMatrix(dims, MatlabType.UInt8);
        Philox.Sequence random = new Philox.Sequence(3, Philox.Stream.SYNTHETIC, channels);
        for (int i = 0; i < x.getNumElements(); i++) x.setByte(i, (byte) random.nextInt());
        return x;
    }

    private static Matrix labels(MatlabType type, int count) {
        Matrix y = us.hebi.matlab.mat.format.Mat5.newMatrix(count, 1, type);
        for (int i = 0; i < count; i++) y.setInt(i, 1 + i % 10);
        return y;
    }

    private Path write(Mat5File file, int deflate) throws IOException {
        Path path = dir.resolve("mfl.mat");
        try (var sink = Sinks.newStreamingFile(path.toFile())) {
            us.hebi.matlab.mat.format.Mat5.newWriter(sink)
                    .setDeflateLevel(deflate)
                    .writeMat(file);
        }
        return path;
    }

    private void assertBroken(String what, byte[]... elements) throws IOException {
        Path file = mat(elements);
        assertThatThrownBy(() -> Mat5.read("x", file))
                .isInstanceOf(DataFormatException.class)
                .hasMessageStartingWith(file + ", byte ")
                .hasMessageContaining(what);
    }

    private void assertFails(byte[] bytes, String what) throws IOException {
        Path file = Files.write(dir.resolve("other.mat"), bytes);
        assertThatThrownBy(() -> Mat5.read("x", file))
                .isInstanceOf(DataFormatException.class)
                .hasMessageContaining(what);
    }

    private Path mat(byte[]... elements) throws IOException {
        return Files.write(dir.resolve("made.mat"), file(elements));
    }

    static byte[] file(byte[]... elements) {
        ByteBuffer out = ByteBuffer.allocate(1 << 16).put(header());
        for (byte[] element : elements) out.put(element);
        return Arrays.copyOf(out.array(), out.position());
    }

    private static byte[] header() {
        byte[] header = new byte[Mat5.HEADER_BYTES];
        Arrays.fill(header, 0, 116, (byte) ' ');
        header[125] = 1;
        header[126] = 'I';
        header[127] = 'M';
        return header;
    }

    /** An uncompressed little-endian matrix element; the name is a small element, data up to 4 bytes too. */
    static byte[] matrix(String name, int flags, int[] dims, int type, byte[] data) {
        ByteBuffer out = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(14).putInt(0).putInt(6).putInt(8).putInt(flags).putInt(0);
        out.putInt(5).putInt(4 * dims.length);
        for (int dim : dims) out.putInt(dim);
        pad(out);
        out.putInt(1 << 16 | 1).put((byte) name.charAt(0));
        pad(out);
        if (data.length <= 4) out.putInt(data.length << 16 | type);
        else out.putInt(type).putInt(data.length);
        out.put(data);
        pad(out);
        out.putInt(4, out.position() - 8);
        return Arrays.copyOf(out.array(), out.position());
    }

    private static void pad(ByteBuffer out) {
        while (out.position() % 8 != 0) out.put((byte) 0);
    }
}
