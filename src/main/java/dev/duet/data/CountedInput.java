package dev.duet.data;

import dev.duet.DuetException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * A forward-only stream of a data file that knows its offset, which its messages name, and an upper bound on what it can
 * still yield, against which readers check what a header claims before they allocate. Owns the stream.
 */
final class CountedInput implements AutoCloseable {
    private static final int BUFFER = 1 << 16;
    private static final int GZIP_FIRST = 0x1f;
    private static final int GZIP_SECOND = 0x8b;

    private final Path file;
    private final InputStream in;
    private final long most;
    private final byte[] scratch = new byte[8];
    private ByteOrder order = ByteOrder.BIG_ENDIAN;
    private long offset;
    private int pushed = -1; // a byte read ahead by atEnd(), or -1

    /** @param most bytes that {@code in} can yield at the very most */
    CountedInput(Path file, InputStream in, long most) {
        this.file = file;
        this.in = in;
        this.most = most;
    }

    /** Opens a raw or, by its magic, a gzip file. */
    static CountedInput open(Path file) {
        try {
            return open(file, Files.newInputStream(file), Files.size(file));
        } catch (NoSuchFileException e) {
            throw new DuetException("cannot read " + file + ": there is no such file", e);
        } catch (IOException e) {
            throw new DuetException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** The same on {@code size} bytes that {@code raw} yields; {@code file} only names them. */
    static CountedInput open(Path file, InputStream raw, long size) throws IOException {
        InputStream in = new BufferedInputStream(raw, BUFFER);
        try {
            in.mark(2);
            boolean gzip = in.read() == GZIP_FIRST && in.read() == GZIP_SECOND;
            in.reset();
            return gzip
                    ? new CountedInput(file, new GZIPInputStream(in, BUFFER), size * Pixels.MAX_INFLATION)
                    : new CountedInput(file, in, size);
        } catch (ZipException | EOFException e) {
            in.close();
            throw new DataFormatException(file, 0, "damaged gzip header (" + e.getMessage() + ")");
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    CountedInput order(ByteOrder newOrder) {
        order = newOrder;
        return this;
    }

    ByteOrder order() {
        return order;
    }

    Path file() {
        return file;
    }

    /** Bytes read so far (for gzip: of the inflated stream). */
    long offset() {
        return offset;
    }

    /** Upper bound on the bytes still to come. */
    long mostLeft() {
        return most - offset;
    }

    int int32() {
        read(scratch, 0, 4);
        return ByteBuffer.wrap(scratch).order(order).getInt();
    }

    void read(byte[] out) {
        read(out, 0, out.length);
    }

    /** @throws DataFormatException if the stream ends before {@code length} bytes */
    void read(byte[] out, int from, int length) {
        int done = 0;
        if (pushed >= 0 && length > 0) {
            out[from] = (byte) pushed;
            pushed = -1;
            done = 1;
            offset++;
        }
        while (done < length) {
            int n = some(out, from + done, length - done);
            if (n < 0) throw broken("the file ends " + (length - done) + " bytes too early");
            done += n;
            offset += n;
        }
    }

    /** Reads up to {@code length} bytes; −1 at the end. Does not count them. */
    private int some(byte[] out, int from, int length) {
        try {
            return in.read(out, from, length);
        } catch (ZipException | EOFException e) {
            throw broken("damaged compressed data (" + e.getMessage() + ")");
        } catch (IOException e) {
            throw new DuetException("cannot read " + file + " at byte " + offset + ": " + e.getMessage(), e);
        }
    }

    void skip(long bytes) {
        byte[] sink = new byte[(int) Math.min(Math.max(bytes, 0), BUFFER)];
        for (long left = bytes; left > 0; left -= Math.min(left, sink.length)) {
            read(sink, 0, (int) Math.min(left, sink.length));
        }
    }

    /** Whether nothing follows; a byte that does is kept for the next read. */
    boolean atEnd() {
        if (pushed < 0 && some(scratch, 0, 1) > 0) pushed = scratch[0] & 255;
        return pushed < 0;
    }

    /** @throws DataFormatException if anything follows */
    void expectEnd(String after) {
        if (!atEnd()) throw broken("more bytes follow " + after);
    }

    /**
     * The next {@code bytes} compressed bytes as a zlib stream of its own, whose offsets count from its start. Closing it
     * leaves this input open, at or before the end of those bytes.
     */
    CountedInput inflated(long bytes) {
        Inflater inflater = new Inflater();
        InputStream zlib = new InflaterInputStream(new Part(bytes), inflater, BUFFER) {
            @Override
            public void close() {
                inflater.end();
            }
        };
        return new CountedInput(file, zlib, bytes * Pixels.MAX_INFLATION).order(order);
    }

    /** The next {@code left} bytes of this input as a stream. */
    private final class Part extends InputStream {
        private long left;

        Part(long left) {
            this.left = left;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 255;
        }

        @Override
        public int read(byte[] out, int from, int length) {
            if (left == 0) return -1;
            int n = (int) Math.min(left, length);
            CountedInput.this.read(out, from, n);
            left -= n;
            return n;
        }
    }

    DataFormatException broken(String what) {
        return new DataFormatException(file, offset, what);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new DuetException("cannot close " + file + ": " + e.getMessage(), e);
        }
    }
}
