package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.tensor.Philox;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The JDK's own reader and writer are the other opinion; only this test may load java.desktop. */
class PngTest {
    private static final Path NAME = Path.of("some.png");

    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({"1,1,1", "7,5,1", "7,5,3", "32,32,3", "300,2,3"})
    void theJdkReadsWhatWeWrite(int width, int height, int channels) throws IOException {
        Png.Image image = noise(width, height, channels);
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(Png.encode(image)));
        assertThat(read.getWidth()).isEqualTo(width);
        assertThat(read.getHeight()).isEqualTo(height);
        int[] samples = read.getRaster().getPixels(0, 0, width, height, (int[]) null);
        assertThat(toBytes(samples)).isEqualTo(image.pixels());
        assertThat(Png.decode(NAME, Png.encode(image))).isEqualTo(image);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_BYTE_GRAY,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_4BYTE_ABGR,
                BufferedImage.TYPE_BYTE_INDEXED,
                BufferedImage.TYPE_BYTE_BINARY
            })
    void weReadWhatTheJdkWrites(int type) throws IOException {
        BufferedImage image = new BufferedImage(19, 11, type);
        Philox.Sequence random = new Philox.Sequence(5, Philox.Stream.SYNTHETIC, type);
        for (int y = 0; y < 11; y++) for (int x = 0; x < 19; x++) image.setRGB(x, y, random.nextInt());
        Png.Image decoded = Png.decode(NAME, jdkPng(image));
        for (int y = 0; y < 11; y++) {
            for (int x = 0; x < 19; x++) assertThat(argb(decoded, x, y)).isEqualTo(expected(image, x, y));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,0 255 255 0 255", "2,0 85 170 255 85", "4,0 17 34 51 68"})
    void fewerBitsAreScaledToEight(int depth, String values) {
        int[] levels = {0, 1, 2, 3, 4};
        if (depth == 1) levels = new int[] {0, 1, 1, 0, 1};
        if (depth == 2) levels[4] = 1;
        long bits = 0;
        for (int level : levels) bits = (bits << depth) | level;
        int rowBytes = (5 * depth + 7) / 8;
        bits <<= rowBytes * 8 - 5 * depth;
        byte[] row = new byte[1 + rowBytes];
        for (int i = 0; i < rowBytes; i++) row[1 + i] = (byte) (bits >> (8 * (rowBytes - 1 - i)));
        Png.Image image = Png.decode(NAME, png(5, 1, depth, PngHeader.GREY, 0, row));
        assertThat(unsigned(image.pixels())).isEqualTo(values);
    }

    @Test
    void sixteenBitsAreRoundedToEight() {
        byte[] row = {0, 0, (byte) 128, 0, (byte) 129, (byte) 255, (byte) 255, (byte) 127, 0};
        Png.Image image = Png.decode(NAME, png(4, 1, 16, PngHeader.GREY, 0, row));
        // 128 / 257 = 0.498, 129 / 257 = 0.502, 65535 / 257 = 255, 32512 / 257 = 126.51
        assertThat(unsigned(image.pixels())).isEqualTo("0 1 255 127");
    }

    @Test
    void alphaIsBlendedOverBlack() {
        byte[] pixels = {(byte) 200, 100, 50, (byte) 128, 10, 20, 30, 0, 10, 20, 30, (byte) 255};
        Png.Image image = new Png.Image(3, 1, 4, pixels).opaque();
        assertThat(unsigned(image.pixels())).isEqualTo("100 50 25 0 0 0 10 20 30");
        assertThat(image.channels()).isEqualTo(3);
    }

    @Test
    void writesInPlaceOfAnOlderFileAndLeavesNothingElse() throws IOException {
        Path file = dir.resolve("deep/a.png");
        Png.write(file, noise(3, 3, 1));
        Png.Image second = noise(9, 2, 3);
        Png.write(file, second);
        assertThat(Png.read(file)).isEqualTo(second);
        assertThat(Png.header(file)).isEqualTo(new PngHeader(9, 2, 8, PngHeader.RGB));
        try (var files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void saysWhatIsWrong() {
        byte[] good = Png.encode(noise(4, 4, 1));
        assertBroken(new byte[] {1, 2, 3}, "the file ends within the PNG header");
        byte[] signature = good.clone();
        signature[1] = 'Q';
        assertBroken(signature, "not a PNG file");
        byte[] crc = good.clone();
        crc[good.length - 20] ^= 1;
        assertBroken(crc, "CRC is wrong");
        assertBroken(java.util.Arrays.copyOf(good, good.length - 12), "ends before its IEND");
        assertBroken(png(4, 4, 8, PngHeader.GREY, 1, new byte[20]), "interlaced PNG files are not supported");
        assertBroken(png(4, 4, 8, PngHeader.GREY, 0, new byte[19]), "compressed image data end early|less image data");
        assertBroken(png(4, 4, 8, PngHeader.GREY, 0, new byte[21]), "more image data than the header promises");
        assertBroken(png(4, 4, 3, PngHeader.GREY, 0, new byte[21]), "colour type 0 with 3 bits is no PNG");
        assertBroken(png(1, 1, 8, PngHeader.GREY, 0, new byte[] {9, 0}), "unknown row filter 9");
        assertBroken(png(1, 1, 8, PngHeader.PALETTE, 0, new byte[] {0, 0}), "the palette is missing");
        assertBroken(png(1 << 15, 1, 8, PngHeader.GREY, 0, new byte[2]), "1 to 16384 pixels per side, got 32768×1");
        assertBroken(png(-1, 1, 8, PngHeader.GREY, 0, new byte[2]), "got 4294967295×1");
        assertBroken(png(1 << 14, 1 << 14, 8, PngHeader.GREY, 0, new byte[2]), "compressed bytes cannot hold");
        assertBroken(png(1 << 14, 1 << 14, 8, PngHeader.RGB, 0, new byte[2]), "more than 268435456 bytes");
        Path missing = dir.resolve("none.png");
        assertThatThrownBy(() -> Png.read(missing))
                .isInstanceOf(DuetException.class)
                .hasMessage("cannot read " + missing + ": there is no such file");
    }

    private static void assertBroken(byte[] file, String what) {
        assertThatThrownBy(() -> Png.decode(NAME, file))
                .isInstanceOf(DataFormatException.class)
                .hasMessageStartingWith("some.png, byte ")
                .hasMessageFindingMatch(what);
    }

    /** A file with one IDAT chunk of the given filtered rows. */
    static byte[] png(int width, int height, int depth, int colour, int interlace, byte[] rows) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(8).putLong(PngHeader.SIGNATURE).array());
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        header.put((byte) depth).put((byte) colour).put((byte) 0).put((byte) 0).put((byte) interlace);
        chunk(out, "IHDR", header.array());
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
            deflater.write(rows);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        chunk(out, "IDAT", data.toByteArray());
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] body) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(body);
        ByteBuffer chunk = ByteBuffer.allocate(12 + body.length).putInt(body.length);
        out.writeBytes(chunk.put(name).put(body).putInt((int) crc.getValue()).array());
    }

    static Png.Image noise(int width, int height, int channels) {
        Philox.Sequence random = new Philox.Sequence(width * 31L + height, Philox.Stream.SYNTHETIC, channels);
        byte[] pixels = new byte[width * height * channels];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (byte) random.nextInt();
        return new Png.Image(width, height, channels, pixels);
    }

    private static byte[] jdkPng(BufferedImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, "png", out)).isTrue();
        return out.toByteArray();
    }

    /** The raw grey sample where the JDK would apply a colour space, else its sRGB value. */
    private static int expected(BufferedImage image, int x, int y) {
        WritableRaster raster = image.getRaster();
        boolean grey = raster.getNumBands() == 1 && !(image.getColorModel() instanceof IndexColorModel);
        return grey ? 0xFF000000 | (raster.getSample(x, y, 0) * 0x10101) : image.getRGB(x, y);
    }

    private static int argb(Png.Image image, int x, int y) {
        int c = image.channels();
        int at = (y * image.width() + x) * c;
        byte[] p = image.pixels();
        if (c <= 2) return (c == 2 ? (p[at + 1] & 255) << 24 : 0xFF000000) | ((p[at] & 255) * 0x10101);
        int alpha = c == 4 ? p[at + 3] & 255 : 255;
        return (alpha << 24) | ((p[at] & 255) << 16) | ((p[at + 1] & 255) << 8) | (p[at + 2] & 255);
    }

    private static byte[] toBytes(int[] samples) {
        byte[] out = new byte[samples.length];
        for (int i = 0; i < out.length; i++) out[i] = (byte) samples[i];
        return out;
    }

    static String unsigned(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) out.append(b & 255).append(' ');
        return out.toString().trim();
    }
}
