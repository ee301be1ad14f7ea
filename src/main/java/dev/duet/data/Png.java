package dev.duet.data;

import dev.duet.DuetException;
import dev.duet.Folders;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * PNG files without java.desktop, so that training on folders of PNG never loads java.awt. Format: W3C Recommendation
 * "Portable Network Graphics (PNG) Specification (Second Edition)". Reads every non-interlaced colour type and depth,
 * reduced to 8 bits; writes grey and RGB of 8 bits.
 */
public final class Png {
    /** Largest accepted side, pixels. */
    public static final int MAX_SIDE = 1 << 14;

    /** Largest accepted file and largest accepted decoded image, bytes. */
    static final int MAX_BYTES = 1 << 28;

    /**
     * An 8-bit image.
     *
     * @param channels 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
     * @param pixels uint8, HWC: (y, x, c) at (y·width + x)·channels + c
     */
    public record Image(int width, int height, int channels, byte[] pixels) {
        public Image {
            long expected = (long) width * height * channels;
            if (width < 1 || height < 1 || channels < 1 || channels > 4 || pixels.length != expected) {
                throw new DuetException("image: expected " + height + "×" + width + "×" + channels + " = " + expected
                        + " bytes with 1 to 4 channels, got " + pixels.length);
            }
        }

        /** This image without alpha: blended over black, so that transparent pixels show nothing. 1 or 3 channels. */
        public Image opaque() {
            if (channels == 1 || channels == 3) return this;
            int kept = channels - 1;
            byte[] out = new byte[width * height * kept];
            for (int i = 0; i < width * height; i++) {
                int alpha = pixels[i * channels + kept] & 255;
                for (int c = 0; c < kept; c++) {
                    out[i * kept + c] = (byte) (((pixels[i * channels + c] & 255) * alpha + 127) / 255);
                }
            }
            return new Image(width, height, kept, out);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Image image
                    && width == image.width
                    && height == image.height
                    && channels == image.channels
                    && Arrays.equals(pixels, image.pixels);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(pixels) * 31 + width;
        }
    }

    private Png() {}

    /**
     * @throws DataFormatException if the file is not a PNG that this class reads
     * @throws DuetException if it cannot be read at all
     */
    public static Image read(Path file) {
        return decode(file, readBounded(file));
    }

    /** Decodes a whole PNG file; {@code source} only names it in messages. */
    public static Image decode(Path source, byte[] bytes) {
        return new PngDecoder(source, bytes).decode();
    }

    /** Encodes 1 or 3 channels with the filter of least absolute sum per row and the strongest compression. */
    public static byte[] encode(Image image) {
        return PngEncoder.encode(image);
    }

    /** Writes atomically: a temporary file beside {@code file}, then a move. */
    public static void write(Path file, Image image) {
        byte[] bytes = encode(image);
        Path absolute = file.toAbsolutePath();
        Path temporary = absolute.resolveSibling(absolute.getFileName() + ".part");
        try {
            Folders.create(absolute.getParent());
            Files.write(temporary, bytes);
            Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new DuetException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    /** Size and colour type from the first 33 bytes, without decoding. */
    static PngHeader header(Path file) {
        ByteBuffer first = ByteBuffer.allocate(PngHeader.FILE_BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (first.hasRemaining() && channel.read(first) >= 0) {}
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return PngHeader.parse(file, Arrays.copyOf(first.array(), first.position()));
    }

    /** Whether a file begins as PNG files do. */
    public static boolean looksLike(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(Long.BYTES);
            return start.length == Long.BYTES && ByteBuffer.wrap(start).getLong() == PngHeader.SIGNATURE;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static byte[] readBounded(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new DataFormatException(
                        file, 0, "a PNG of at most " + MAX_BYTES + " bytes expected, got " + size);
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static DuetException unreadable(Path file, IOException e) {
        String why = e instanceof NoSuchFileException ? "there is no such file" : e.getMessage();
        return new DuetException("cannot read " + file + ": " + why, e);
    }
}
