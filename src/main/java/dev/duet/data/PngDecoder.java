package dev.duet.data;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Inflater;

/** Decodes one PNG file held in memory; row by row, so that beside file and result only two rows are needed. */
final class PngDecoder {
    private static final int PLTE = 0x504C5445;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454E44;
    /** Bit 5 of a chunk type's first letter: set for chunks that a reader may ignore. */
    private static final int ANCILLARY = 0x20000000;

    private final Path source;
    private final byte[] file;
    private final ByteBuffer in;
    private final List<ByteBuffer> data = new ArrayList<>();
    private long dataBytes;
    private byte[] palette = {};

    PngDecoder(Path source, byte[] file) {
        this.source = source;
        this.file = file;
        this.in = ByteBuffer.wrap(file);
    }

    Png.Image decode() {
        PngHeader header = PngHeader.parse(source, file);
        in.position(8);
        chunk();
        while (chunk() != IEND) {}
        if (header.colour() == PngHeader.PALETTE && palette.length == 0) throw broken("the palette is missing");
        if (header.inflatedBytes() > dataBytes * Pixels.MAX_INFLATION) {
            throw broken("the header promises " + header.inflatedBytes() + " bytes, which " + dataBytes
                    + " compressed bytes cannot hold");
        }
        byte[] pixels = new byte[header.width() * header.height() * header.channels()];
        rows(header, pixels);
        return new Png.Image(header.width(), header.height(), header.channels(), pixels);
    }

    /** Reads one chunk and its CRC, keeps what matters, returns its type. */
    private int chunk() {
        if (in.remaining() < 12) throw broken("the file ends before its IEND chunk");
        int start = in.position();
        int length = in.getInt();
        if (length < 0 || length > in.remaining() - 8) {
            throw broken("a chunk of " + (length & 0xFFFFFFFFL) + " bytes, but " + (in.remaining() - 8) + " are left");
        }
        int type = in.getInt();
        CRC32 crc = new CRC32();
        crc.update(file, start + 4, length + 4);
        ByteBuffer body = in.slice(in.position(), length);
        in.position(in.position() + length);
        if (in.getInt() != (int) crc.getValue()) throw broken("a chunk's CRC is wrong: the file is damaged");
        keep(type, body);
        return type;
    }

    private void keep(int type, ByteBuffer body) {
        switch (type) {
            case IDAT -> {
                data.add(body);
                dataBytes += body.remaining();
            }
            case PLTE -> {
                if (body.remaining() == 0 || body.remaining() > 768 || body.remaining() % 3 != 0) {
                    throw broken("a palette of " + body.remaining() + " bytes");
                }
                palette = new byte[body.remaining()];
                body.get(palette);
            }
            case IEND, PngHeader.IHDR -> {}
            default -> {
                if ((type & ANCILLARY) == 0) throw broken("an unknown critical chunk");
            }
        }
    }

    private void rows(PngHeader header, byte[] pixels) {
        byte[] previous = new byte[header.rowBytes()];
        byte[] row = new byte[header.rowBytes()];
        byte[] filter = new byte[1];
        Inflater inflater = new Inflater();
        try {
            for (int y = 0; y < header.height(); y++) {
                inflate(inflater, filter);
                inflate(inflater, row);
                unfilter(filter[0], row, previous, header.stride());
                emit(header, row, pixels, y);
                byte[] swap = previous;
                previous = row;
                row = swap;
            }
            if (pull(inflater, filter, 0) > 0) throw broken("more image data than the header promises");
        } finally {
            inflater.end();
        }
    }

    private void inflate(Inflater inflater, byte[] out) {
        for (int at = 0; at < out.length; ) {
            int n = pull(inflater, out, at);
            if (n == 0) throw broken("less image data than the header promises");
            at += n;
        }
    }

    /** Inflates into {@code out} from {@code at}; 0 only at the end of the stream, whose checksum then was right. */
    private int pull(Inflater inflater, byte[] out, int at) {
        try {
            while (true) {
                int n = inflater.inflate(out, at, out.length - at);
                if (n > 0 || inflater.finished()) return n;
                if (inflater.needsDictionary() || data.isEmpty()) throw broken("the compressed image data end early");
                inflater.setInput(data.remove(0));
            }
        } catch (java.util.zip.DataFormatException e) {
            throw broken("the compressed image data are damaged: " + e.getMessage());
        }
    }

    /** Undoes the filter of one row in place (PNG specification, section 9.2). */
    private void unfilter(int filter, byte[] row, byte[] above, int stride) {
        if (filter < 0 || filter > 4) throw broken("unknown row filter " + (filter & 255));
        for (int i = 0; i < row.length; i++) {
            int left = i < stride ? 0 : row[i - stride] & 255;
            int up = above[i] & 255;
            int upLeft = i < stride ? 0 : above[i - stride] & 255;
            row[i] += (byte) predict(filter, left, up, upLeft);
        }
    }

    /** The value that filter 0 to 4 subtracts: none, left, up, average, Paeth. */
    static int predict(int filter, int left, int up, int upLeft) {
        return switch (filter) {
            case 1 -> left;
            case 2 -> up;
            case 3 -> (left + up) / 2;
            case 4 -> paeth(left, up, upLeft);
            default -> 0;
        };
    }

    private static int paeth(int left, int up, int upLeft) {
        int estimate = left + up - upLeft;
        int toLeft = Math.abs(estimate - left);
        int toUp = Math.abs(estimate - up);
        int toUpLeft = Math.abs(estimate - upLeft);
        if (toLeft <= toUp && toLeft <= toUpLeft) return left;
        return toUp <= toUpLeft ? up : upLeft;
    }

    /** Row {@code y} of samples into 8-bit HWC pixels. */
    private void emit(PngHeader header, byte[] row, byte[] pixels, int y) {
        int samples = header.width() * header.samples();
        int at = y * header.width() * header.channels();
        for (int i = 0; i < samples; i++) {
            int value = sample(row, i, header.depth());
            if (header.colour() == PngHeader.PALETTE) {
                if (value * 3 >= palette.length) throw broken("palette entry " + value + " does not exist");
                System.arraycopy(palette, value * 3, pixels, at + i * 3, 3);
            } else {
                pixels[at + i] = (byte) toEightBits(value, header.depth());
            }
        }
    }

    private static int sample(byte[] row, int i, int depth) {
        if (depth == 8) return row[i] & 255;
        if (depth == 16) return ((row[2 * i] & 255) << 8) | (row[2 * i + 1] & 255);
        int bit = i * depth;
        return (row[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    }

    /** Scales [0, 2^depth − 1] to [0, 255], rounded. */
    private static int toEightBits(int value, int depth) {
        int most = (1 << depth) - 1;
        return depth == 8 ? value : (value * 255 + most / 2) / most;
    }

    private DataFormatException broken(String what) {
        return new DataFormatException(source, in.position(), what);
    }
}
