package dev.duet.run;

import dev.duet.DuetException;
import dev.duet.run.Safetensors.DType;
import dev.duet.tensor.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes safetensors files as a stream, through one small buffer however large the tensors are. */
public final class SafetensorsWriter {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int CHUNK_BYTES = 1 << 16;
    /** Data begin on a multiple of this many bytes, as mapped doubles need it; the header is padded with spaces. */
    private static final int ALIGNMENT = 8;

    private SafetensorsWriter() {}

    /**
     * A tensor to be written: the remaining elements of a heap or direct buffer, row-major. Buffers are read at their
     * position and left as they are.
     */
    public static final class Source {
        private final String name;
        private final DType dtype;
        private final Shape shape;
        private final Buffer data;

        private Source(String name, DType dtype, Shape shape, Buffer data) {
            if (data.remaining() != shape.size()) {
                throw new DuetException("tensor '" + name + "': expected " + shape.size() + " elements for shape "
                        + shape + ", got " + data.remaining());
            }
            this.name = name;
            this.dtype = dtype;
            this.shape = shape;
            this.data = data;
        }

        /** @param values shape.size() elements */
        public static Source of(String name, Shape shape, float[] values) {
            return of(name, shape, FloatBuffer.wrap(values));
        }

        /** @param values shape.size() elements remaining */
        public static Source of(String name, Shape shape, FloatBuffer values) {
            return new Source(name, DType.F32, shape, values.duplicate());
        }

        /** @param values shape.size() elements remaining */
        public static Source of(String name, Shape shape, DoubleBuffer values) {
            return new Source(name, DType.F64, shape, values.duplicate());
        }

        /** @param values shape.size() elements remaining */
        public static Source of(String name, Shape shape, LongBuffer values) {
            return new Source(name, DType.I64, shape, values.duplicate());
        }

        /** @param values shape.size() bytes remaining, uint8 */
        public static Source of(String name, Shape shape, ByteBuffer values) {
            return new Source(name, DType.U8, shape, values.duplicate());
        }

        long bytes() {
            return (long) data.remaining() * dtype.width;
        }

        /** Copies elements [from, from + count) to the start of {@code chunk}, bit for bit. */
        private void copy(int from, int count, ByteBuffer chunk) {
            int at = data.position() + from;
            switch (dtype) {
                case F32 -> chunk.asFloatBuffer().put(0, (FloatBuffer) data, at, count);
                case F64 -> chunk.asDoubleBuffer().put(0, (DoubleBuffer) data, at, count);
                case I64 -> chunk.asLongBuffer().put(0, (LongBuffer) data, at, count);
                case U8 -> chunk.put(0, (ByteBuffer) data, at, count);
            }
        }
    }

    /**
     * Writes header and data. Tensors lie in the order given, the wider element types first, so that each is aligned.
     *
     * @param metadata strings for the header, in the map's order; may be empty
     * @throws DuetException if two tensors have one name
     */
    public static void write(OutputStream out, Map<String, String> metadata, List<Source> tensors) throws IOException {
        List<Source> ordered = new ArrayList<>(tensors);
        ordered.sort(Comparator.comparingInt(tensor -> -tensor.dtype.width)); // stable
        byte[] header = header(metadata, ordered);
        out.write(ByteBuffer.allocate(Safetensors.PREFIX_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .array());
        out.write(header);
        byte[] chunk = new byte[CHUNK_BYTES];
        for (Source tensor : ordered) writeData(out, tensor, chunk);
    }

    private static void writeData(OutputStream out, Source tensor, byte[] chunk) throws IOException {
        int width = tensor.dtype.width;
        int elements = tensor.data.remaining();
        int perChunk = chunk.length / width;
        ByteBuffer view = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < elements; ) {
            int count = Math.min(perChunk, elements - from);
            tensor.copy(from, count, view);
            out.write(chunk, 0, count * width);
            from += count;
        }
    }

    private static byte[] header(Map<String, String> metadata, List<Source> tensors) {
        ObjectNode root = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode strings = root.putObject(Safetensors.METADATA);
            metadata.forEach(strings::put);
        }
        Set<String> names = new HashSet<>(Set.of(Safetensors.METADATA));
        long offset = 0; // bytes from the start of the data
        for (Source tensor : tensors) {
            if (!names.add(tensor.name)) {
                throw new DuetException("tensor '" + tensor.name + "': this name is taken; each tensor needs its own");
            }
            ObjectNode entry = root.putObject(tensor.name).put("dtype", tensor.dtype.name());
            for (int axis = 0; axis < tensor.shape.rank(); axis++) {
                entry.withArrayProperty("shape").add(tensor.shape.get(axis));
            }
            if (tensor.shape.rank() == 0) entry.putArray("shape");
            entry.putArray("data_offsets").add(offset).add(offset += tensor.bytes());
        }
        return padded(JSON.writeValueAsString(root));
    }

    private static byte[] padded(String json) {
        int bytes = json.getBytes(StandardCharsets.UTF_8).length;
        int padding = Math.floorMod(-(bytes + Safetensors.PREFIX_BYTES), ALIGNMENT);
        return (json + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
    }
}
