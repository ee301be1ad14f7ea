package dev.duet.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.duet.DuetException;
import dev.duet.run.Checkpoint.Tensor;
import dev.duet.run.Safetensors.Info;
import dev.duet.run.SafetensorsWriter.Source;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A checkpoint as a safetensors file: the parameters under their names, the moments under {@code adam.m.NAME} and
 * {@code adam.v.NAME}, the training state in the metadata beside a checksum over all of it.
 */
final class CheckpointFile {
    private static final String ADAM_M = "adam.m.";
    private static final String ADAM_V = "adam.v.";
    private static final String STATE = "duet.state";
    private static final String CHECKSUM = "duet.crc32c";
    private static final int CHUNK_FLOATS = 1 << 14;

    private CheckpointFile() {}

    static void write(OutputStream out, Checkpoint checkpoint) throws IOException {
        String state = ProgressJson.write(checkpoint.progress());
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(STATE, state);
        metadata.put(CHECKSUM, checksum(checkpoint, state));
        List<Source> sources = new ArrayList<>();
        add(sources, "", checkpoint.parameters());
        add(sources, ADAM_M, checkpoint.adamM());
        add(sources, ADAM_V, checkpoint.adamV());
        SafetensorsWriter.write(out, metadata, sources);
    }

    /** @throws DuetException naming the file if it is no whole checkpoint */
    static Checkpoint read(Path file) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            List<Tensor> parameters = new ArrayList<>();
            List<Tensor> adamM = new ArrayList<>();
            List<Tensor> adamV = new ArrayList<>();
            for (Info info : reader.tensors()) {
                String name = info.name();
                if (name.startsWith(ADAM_M)) adamM.add(tensor(reader, info, ADAM_M));
                else if (name.startsWith(ADAM_V)) adamV.add(tensor(reader, info, ADAM_V));
                else parameters.add(tensor(reader, info, ""));
            }
            String state = metadata(reader, file, STATE);
            Checkpoint checkpoint = assemble(file, parameters, adamM, adamV, state);
            requireChecksum(file, metadata(reader, file, CHECKSUM), checksum(checkpoint, state));
            return checkpoint;
        }
    }

    private static Checkpoint assemble(
            Path file, List<Tensor> parameters, List<Tensor> adamM, List<Tensor> adamV, String state) {
        try {
            return new Checkpoint(parameters, adamM, adamV, ProgressJson.read(state));
        } catch (DuetException e) {
            throw new DuetException(file + ": " + e.getMessage(), e);
        }
    }

    private static void requireChecksum(Path file, String expected, String got) {
        if (!expected.equals(got)) {
            throw new DuetException(file + ": expected checksum " + expected + ", got " + got
                    + "; the file was damaged after it was written");
        }
    }

    private static Tensor tensor(SafetensorsReader reader, Info info, String prefix) {
        return new Tensor(info.name().substring(prefix.length()), info.shape(), reader.floats(info.name()));
    }

    private static void add(List<Source> sources, String prefix, List<Tensor> tensors) {
        for (Tensor tensor : tensors) sources.add(Source.of(prefix + tensor.name(), tensor.shape(), tensor.values()));
    }

    private static String metadata(SafetensorsReader reader, Path file, String key) {
        String value = reader.metadata().get(key);
        if (value != null) return value;
        throw new DuetException(file + ": expected a Duet checkpoint, got a safetensors file without '" + key + "'");
    }

    /** CRC32C over the state and all values in the file's order, hexadecimal. */
    private static String checksum(Checkpoint checkpoint, String state) {
        CRC32C crc = new CRC32C();
        crc.update(state.getBytes(UTF_8));
        ByteBuffer chunk = ByteBuffer.allocate(Float.BYTES * CHUNK_FLOATS).order(ByteOrder.LITTLE_ENDIAN);
        for (List<Tensor> group : List.of(checkpoint.parameters(), checkpoint.adamM(), checkpoint.adamV())) {
            for (Tensor tensor : group) update(crc, tensor.values(), chunk);
        }
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    private static void update(CRC32C crc, float[] values, ByteBuffer chunk) {
        for (int from = 0; from < values.length; from += CHUNK_FLOATS) {
            int count = Math.min(CHUNK_FLOATS, values.length - from);
            chunk.asFloatBuffer().put(0, values, from, count);
            crc.update(chunk.clear().limit(Float.BYTES * count));
            chunk.clear();
        }
    }
}
