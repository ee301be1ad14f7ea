package dev.duet.train;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The tensors of one golden step, {@code golden/CASE.safetensors}; tools/golden/README.md names them. */
final class GoldenFile implements GoldenTensors {
    private final JsonNode header;
    private final ByteBuffer data;

    private GoldenFile(JsonNode header, ByteBuffer data) {
        this.header = header;
        this.data = data;
    }

    static GoldenFile load(String name) {
        String path = "/dev/duet/golden/" + name + ".safetensors";
        try (InputStream in = GoldenFile.class.getResourceAsStream(path)) {
            if (in == null) throw new IllegalArgumentException("no golden file " + path);
            ByteBuffer file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            byte[] json = new byte[Math.toIntExact(file.getLong())];
            file.get(json);
            return new GoldenFile(
                    new JsonMapper().readTree(json), file.slice().order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw new UncheckedIOException(path, e);
        }
    }

    @Override
    public float[] floats(String name) {
        JsonNode entry = header.path(name);
        if (entry.isMissingNode()) throw new IllegalArgumentException("no golden tensor " + name);
        int from = entry.path("data_offsets").path(0).intValue();
        int to = entry.path("data_offsets").path(1).intValue();
        ByteBuffer bytes = data.slice(from, to - from).order(ByteOrder.LITTLE_ENDIAN);
        return entry.path("dtype").stringValue().equals("U8") ? pixels(bytes) : floats(bytes);
    }

    private static float[] floats(ByteBuffer bytes) {
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    private static float[] pixels(ByteBuffer bytes) {
        float[] values = new float[bytes.remaining()];
        for (int i = 0; i < values.length; i++) values[i] = (bytes.get(i) & 255) / 255f;
        return values;
    }

    /** Extents as the file states them. */
    int[] shape(String name) {
        int[] shape = new int[header.path(name).path("shape").size()];
        Arrays.setAll(shape, i -> header.path(name).path("shape").path(i).intValue());
        return shape;
    }
}
