package dev.duet.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The step that the libtorch peer dumps, under our names. The file holds float32 tensors end to end; FILE.txt holds a line
 * "name length" for each. The peer's two heads are rows of one matrix of ours.
 */
final class GoldenPeer implements GoldenTensors {
    private static final List<String> ENCODER = List.of("c1", "c2", "c3");
    private static final List<String> DECODER = List.of("fc", "d1", "d2", "d3");

    private final Map<String, float[]> dumped;

    private GoldenPeer(Map<String, float[]> dumped) {
        this.dumped = dumped;
    }

    /** Has the peer in {@code peers} compute and dump its step to {@code file}. */
    static GoldenPeer dump(Path peers, Path file) throws IOException, InterruptedException {
        run(peers, file.resolveSibling("peer.log"), "dump", file.toString());
        return read(file);
    }

    /** Runs the peer; returns what it printed. */
    static List<String> run(Path peers, Path log, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(peers.resolve("libtorch-cpu/run").toString()));
        command.addAll(List.of(arguments));
        Process peer = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        int exit = peer.waitFor();
        if (exit != 0) throw new IOException("the libtorch peer ended with " + exit + ": " + Files.readString(log));
        return Files.readAllLines(log);
    }

    /** Tensors that the peer wrote: a dumped step, or initial weights. */
    static GoldenPeer read(Path file) {
        try {
            ByteBuffer data = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            Map<String, float[]> tensors = new HashMap<>();
            for (String line : Files.readAllLines(Path.of(file + ".txt"))) {
                int space = line.indexOf(' ');
                float[] values = new float[Integer.parseInt(line.substring(space + 1))];
                for (int i = 0; i < values.length; i++) values[i] = data.getFloat();
                tensors.put(line.substring(0, space), values);
            }
            return new GoldenPeer(tensors);
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    @Override
    public float[] floats(String name) {
        int slash = name.indexOf('/');
        if (slash < 0) return get(name);
        String rest = name.substring(slash + 1);
        return switch (name.substring(0, slash)) {
            case "x" -> get("x" + rest.charAt(0));
            case "value" -> parameter("", rest);
            case "gradient" -> parameter("grad:", rest);
            case "updated" -> parameter("adam:", rest);
            default -> throw new IllegalArgumentException("the peer has no tensor " + name);
        };
    }

    /** {@code encoder.mnist.0.weight} is the peer's {@code enc_m.c1.w}. */
    private float[] parameter(String prefix, String name) {
        String[] parts = name.split("\\.");
        boolean encoder = parts[0].equals("encoder");
        String network = prefix + (encoder ? "enc_" : "dec_") + parts[1].charAt(0) + ".";
        String role = "." + parts[3].charAt(0);
        int layer = Integer.parseInt(parts[2]);
        if (encoder && layer == ENCODER.size()) return concat(get(network + "mu" + role), get(network + "lv" + role));
        return get(network + (encoder ? ENCODER : DECODER).get(layer) + role);
    }

    private float[] get(String name) {
        float[] values = dumped.get(name);
        if (values == null) throw new IllegalArgumentException("the peer has no tensor " + name);
        return values;
    }

    private static float[] concat(float[] a, float[] b) {
        float[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}
