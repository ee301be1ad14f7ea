package dev.duet.run;

import dev.duet.DuetException;
import dev.duet.data.DataFormatException;
import dev.duet.run.Safetensors.DType;
import dev.duet.run.Safetensors.Info;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/** An open safetensors file. Its header has been checked against the file, so every tensor it lists can be read. */
public final class SafetensorsReader implements Closeable {
    private static final int CHUNK_BYTES = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final SafetensorsHeader.Contents contents;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private SafetensorsReader(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.contents = readHeader();
    }

    /**
     * @throws DataFormatException naming file and byte if the file breaks the format
     * @throws DuetException if it cannot be read
     */
    public static SafetensorsReader open(Path file) {
        FileChannel channel = null;
        SafetensorsReader reader = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            reader = new SafetensorsReader(file, channel);
            return reader;
        } catch (IOException e) {
            throw IoFailures.of("read", file, e);
        } finally {
            if (reader == null) closeQuietly(channel);
        }
    }

    /** The file's strings, in its order. */
    public Map<String, String> metadata() {
        return contents.metadata();
    }

    /** The tensors in the header's order. */
    public List<Info> tensors() {
        return contents.tensors();
    }

    /** The elements of an F32 tensor, row-major, bit for bit. */
    public float[] floats(String name) {
        Info info = require(name, DType.F32);
        float[] out = new float[info.shape().size()];
        for (int from = 0; from < out.length; ) {
            int count = fill(info, from);
            chunk.asFloatBuffer().get(0, out, from, count);
            from += count;
        }
        return out;
    }

    /** The elements of an F64 tensor, row-major, bit for bit. */
    public double[] doubles(String name) {
        Info info = require(name, DType.F64);
        double[] out = new double[info.shape().size()];
        for (int from = 0; from < out.length; ) {
            int count = fill(info, from);
            chunk.asDoubleBuffer().get(0, out, from, count);
            from += count;
        }
        return out;
    }

    /** The elements of an I64 tensor, row-major. */
    public long[] longs(String name) {
        Info info = require(name, DType.I64);
        long[] out = new long[info.shape().size()];
        for (int from = 0; from < out.length; ) {
            int count = fill(info, from);
            chunk.asLongBuffer().get(0, out, from, count);
            from += count;
        }
        return out;
    }

    /** The elements of a U8 tensor, row-major. */
    public byte[] bytes(String name) {
        Info info = require(name, DType.U8);
        byte[] out = new byte[info.shape().size()];
        for (int from = 0; from < out.length; ) {
            int count = fill(info, from);
            chunk.get(0, out, from, count);
            from += count;
        }
        return out;
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    private Info require(String name, DType dtype) {
        for (Info info : contents.tensors()) {
            if (!info.name().equals(name)) continue;
            if (info.dtype() == dtype) return info;
            throw new DuetException(file + ": expected tensor '" + name + "' as " + dtype + ", got " + info.dtype());
        }
        throw new DuetException(file + ": expected a tensor '" + name + "', got none of that name among the "
                + contents.tensors().size() + " in this file");
    }

    /** Fills the chunk with elements from {@code from} on and returns how many they are. */
    private int fill(Info info, int from) {
        int width = info.dtype().width;
        int count = Math.min(CHUNK_BYTES / width, info.shape().size() - from);
        try {
            readFully(chunk.clear().limit(count * width), info.begin() + (long) from * width);
        } catch (IOException e) {
            throw IoFailures.of("read", file, e);
        }
        return count;
    }

    private SafetensorsHeader.Contents readHeader() throws IOException {
        long fileBytes = channel.size();
        ByteBuffer prefix = ByteBuffer.allocate(Safetensors.PREFIX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        if (fileBytes < prefix.capacity()) {
            throw new DataFormatException(file, 0, "expected at least 8 bytes, got a file of " + fileBytes);
        }
        readFully(prefix, 0);
        long headerBytes = prefix.getLong(0);
        long limit = Math.min(Safetensors.MAX_HEADER_BYTES, fileBytes - Safetensors.PREFIX_BYTES);
        if (headerBytes < 0 || headerBytes > limit) {
            throw new DataFormatException(
                    file,
                    0,
                    "expected a header of at most " + limit + " bytes, got " + Long.toUnsignedString(headerBytes)
                            + "; this is no safetensors file, or it is cut short");
        }
        ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
        readFully(header, Safetensors.PREFIX_BYTES);
        return SafetensorsHeader.parse(file, header.array(), fileBytes);
    }

    private void readFully(ByteBuffer into, long position) throws IOException {
        long at = position;
        while (into.hasRemaining()) {
            int count = channel.read(into, at);
            if (count < 0) throw new DataFormatException(file, at, "the file ended while it was being read");
            at += count;
        }
        into.rewind();
    }

    /** Closing a file that was only read can lose nothing. */
    private static void closeQuietly(FileChannel channel) {
        if (channel == null) return;
        try {
            channel.close();
        } catch (IOException e) {
            System.getLogger(SafetensorsReader.class.getName()).log(System.Logger.Level.DEBUG, "close", e);
        }
    }
}
