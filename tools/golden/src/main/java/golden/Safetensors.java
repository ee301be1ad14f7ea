package golden;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Collects named tensors and writes them as one safetensors file: u64 header length, JSON header, data, little-endian. */
final class Safetensors {
    private record Entry(String name, String type, long[] shape, byte[] data) {}

    private final List<Entry> entries = new ArrayList<>();

    /** Adds float32 values in row-major order. */
    void add(String name, long[] shape, float[] values) {
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        entries.add(new Entry(name, "F32", shape, data.array()));
    }

    /** Adds bytes in row-major order. */
    void add(String name, long[] shape, byte[] values) {
        entries.add(new Entry(name, "U8", shape, values));
    }

    void write(Path file) throws IOException {
        StringBuilder header = new StringBuilder("{");
        long offset = 0;
        for (Entry entry : entries) {
            long end = offset + entry.data.length;
            String shape = Arrays.stream(entry.shape).mapToObj(Long::toString).collect(Collectors.joining(","));
            header.append(header.length() == 1 ? "" : ",")
                    .append("\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                            .formatted(entry.name, entry.type, shape, offset, end));
            offset = end;
        }
        header.append("}");
        while (header.length() % 8 != 0) header.append(' ');
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate((int) (8 + text.length + offset)).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(text.length).put(text);
        for (Entry entry : entries) out.put(entry.data);
        Files.write(file, out.array());
    }
}
