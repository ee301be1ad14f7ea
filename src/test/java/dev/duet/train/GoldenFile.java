package dev.duet.train;

import dev.duet.run.Safetensors;
import dev.duet.run.SafetensorsReader;
import dev.duet.tensor.Shape;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The tensors of one golden step, {@code golden/CASE.safetensors}; tools/golden/README.md names them. */
final class GoldenFile implements GoldenTensors {
    private final Map<String, float[]> values = new HashMap<>();
    private final Map<String, Shape> shapes = new HashMap<>();

    private GoldenFile(SafetensorsReader file) {
        for (Safetensors.Info info : file.tensors()) {
            boolean pixels = info.dtype() == Safetensors.DType.U8;
            values.put(info.name(), pixels ? unit(file.bytes(info.name())) : file.floats(info.name()));
            shapes.put(info.name(), info.shape());
        }
    }

    static GoldenFile load(String name) {
        URL url = GoldenFile.class.getResource("/dev/duet/golden/" + name + ".safetensors");
        if (url == null) throw new IllegalArgumentException("no golden file " + name);
        try (SafetensorsReader file = SafetensorsReader.open(Path.of(url.toURI()))) {
            return new GoldenFile(file);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(url.toString(), e);
        }
    }

    /** Pixels in [0, 1], as a step gathers them. */
    private static float[] unit(byte[] pixels) {
        float[] x = new float[pixels.length];
        for (int i = 0; i < x.length; i++) x[i] = (pixels[i] & 255) / 255f;
        return x;
    }

    @Override
    public float[] floats(String name) {
        float[] tensor = values.get(name);
        if (tensor == null) throw new IllegalArgumentException("no golden tensor " + name);
        return tensor;
    }

    /** The shape that the file states. */
    Shape shape(String name) {
        return shapes.get(name);
    }
}
