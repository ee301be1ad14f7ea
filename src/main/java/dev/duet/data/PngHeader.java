package dev.duet.data;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The IHDR chunk, checked.
 *
 * @param depth bits per sample: 1, 2, 4, 8 or 16
 * @param colour PNG colour type: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
 */
record PngHeader(int width, int height, int depth, int colour) {
    static final int GREY = 0;
    static final int RGB = 2;
    static final int PALETTE = 3;
    static final int GREY_ALPHA = 4;
    static final int RGBA = 6;

    static final long SIGNATURE = 0x89504E470D0A1A0AL;
    static final int IHDR = 0x49484452;

    /** Signature and the whole IHDR chunk: 8 + 4 + 4 + 13 + 4 bytes. */
    static final int FILE_BYTES = 33;

    private static final int IHDR_BYTES = 13;

    /** Parses the first {@link #FILE_BYTES} bytes of a file; the CRC is the decoder's business. */
    static PngHeader parse(Path source, byte[] bytes) {
        if (bytes.length < FILE_BYTES) {
            throw new DataFormatException(source, bytes.length, "the file ends within the PNG header");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (in.getLong() != SIGNATURE) throw new DataFormatException(source, 0, "not a PNG file (wrong signature)");
        if (in.getInt() != IHDR_BYTES || in.getInt() != IHDR) {
            throw new DataFormatException(source, 8, "expected an IHDR chunk of 13 bytes first");
        }
        PngHeader header = new PngHeader(in.getInt(), in.getInt(), in.get(), in.get());
        header.check(source);
        if (in.getShort() != 0) {
            throw new DataFormatException(source, 26, "unknown compression or filter method");
        }
        if (in.get() != 0) {
            throw new DataFormatException(source, 28, "interlaced PNG files are not supported; save it non-interlaced");
        }
        return header;
    }

    private void check(Path source) {
        if (width < 1 || height < 1 || width > Png.MAX_SIDE || height > Png.MAX_SIDE) {
            throw new DataFormatException(
                    source,
                    16,
                    "expected 1 to " + Png.MAX_SIDE + " pixels per side, got " + (width & 0xFFFFFFFFL) + "×"
                            + (height & 0xFFFFFFFFL));
        }
        if (!validDepth()) {
            throw new DataFormatException(source, 24, "colour type " + colour + " with " + depth + " bits is no PNG");
        }
        if ((long) width * height * channels() > Png.MAX_BYTES) {
            throw new DataFormatException(source, 16, "more than " + Png.MAX_BYTES + " bytes of pixels");
        }
    }

    private boolean validDepth() {
        return switch (colour) {
            case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case RGB, GREY_ALPHA, RGBA -> depth == 8 || depth == 16;
            default -> false;
        };
    }

    /** Samples per pixel in the file. */
    int samples() {
        return switch (colour) {
            case GREY_ALPHA -> 2;
            case RGB -> 3;
            case RGBA -> 4;
            default -> 1;
        };
    }

    /** Channels of the decoded image; a palette becomes RGB. */
    int channels() {
        return colour == PALETTE ? 3 : samples();
    }

    /** Bytes of one row without its filter byte. */
    int rowBytes() {
        return (width * samples() * depth + 7) / 8;
    }

    /** Distance in bytes to the corresponding byte of the pixel to the left, at least 1. */
    int stride() {
        return Math.max(1, samples() * depth / 8);
    }

    /** Bytes that the image data must inflate to. */
    long inflatedBytes() {
        return (long) height * (1 + rowBytes());
    }
}
