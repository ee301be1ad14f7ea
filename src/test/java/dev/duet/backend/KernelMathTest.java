package dev.duet.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the CUDA kernels alone use of {@code kernels/math}, compiled by g++ and compared with Java: bf16, and the normals by
 * polynomials. The rest is tested through the CPU backend.
 */
class KernelMathTest {
    @TempDir
    private static Path scratch;

    @BeforeAll
    static void compile() throws Exception {
        run(List.of(
                "g++",
                "-std=c++17",
                "-O2",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-o",
                program(),
                "src/test/native/math_values.cpp"));
    }

    @Test
    void bf16IsTheNearestValueTiesToEven() throws Exception {
        int[] words = IntStream.range(0, 1 << 16)
                .flatMap(upper ->
                        IntStream.of(0, 1, 0x7fff, 0x8000, 0x8001, 0xffff).map(lower -> upper << 16 | lower))
                .toArray();
        IntBuffer results = results("bf16", words);
        for (int word : words) {
            int half = results.get();
            assertThat(results.get()).isEqualTo(half << 16);
            if (Float.isNaN(Float.intBitsToFloat(word))) {
                assertThat(half).as("NaN %08x", word).isEqualTo(word >>> 16 | 0x40);
            } else {
                assertThat(half).as("%08x", word).isEqualTo(nearest(word));
            }
        }
    }

    /** By exact distances to the two neighbours; the upper one of the largest is infinity, as far away as 2^128. */
    private static int nearest(int word) {
        int lower = word >>> 16;
        double x = Float.intBitsToFloat(word);
        double below = Math.abs(x - Float.intBitsToFloat(lower << 16));
        if (below == 0 || Double.isInfinite(x)) return lower;
        double above = Math.abs(magnitude(lower + 1) - Math.abs(x));
        if (below == above) return (lower & 1) == 0 ? lower : lower + 1;
        return below < above ? lower : lower + 1;
    }

    private static double magnitude(int half) {
        double value = Math.abs(Float.intBitsToFloat(half << 16));
        return Double.isInfinite(value) ? 0x1p128 : value;
    }

    @Test
    void normalsByPolynomialsAreAsGoodAsThoseByTheCLibrary() throws Exception {
        int count = 1 << 16;
        int[] words = IntStream.range(0, count).map(i -> i * 65_537).toArray();
        IntBuffer results = results("normal", words);
        for (int word : words) {
            double u = (Integer.toUnsignedLong(word * 0x9E3779B1) + 0.5) * 0x1p-32;
            double turns = (Integer.toUnsignedLong(word) + 0.5) * 0x1p-32;
            double radius = Math.sqrt(-2 * Math.log(u));
            assertNear(Float.intBitsToFloat(results.get()), radius * sineOfTurns(turns + 0.25));
            assertNear(Float.intBitsToFloat(results.get()), radius * sineOfTurns(turns));
        }
    }

    /** The nearest quarter is taken off exactly, before pi comes in. */
    private static double sineOfTurns(double turns) {
        long quarter = Math.round(4 * turns);
        double rest = 2 * Math.PI * (turns - quarter / 4.0);
        double size = quarter % 2 == 0 ? Math.sin(rest) : Math.cos(rest);
        return quarter % 4 < 2 ? size : -size;
    }

    /** Worst over 2^26 draws: 4.5 ulp, with the C library's sine and cosine too; most of it are the angle's roundings. */
    private static void assertNear(float actual, double expected) {
        assertThat(Math.abs(actual - expected)).isLessThanOrEqualTo(5 * Math.ulp((float) expected));
    }

    private static IntBuffer results(String what, int[] words) throws Exception {
        Path input = scratch.resolve(what + ".in");
        ByteBuffer bytes = ByteBuffer.allocate(words.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(words);
        Files.write(input, bytes.array());
        Path output = scratch.resolve(what + ".out");
        Process process = new ProcessBuilder(program(), what)
                .redirectInput(input.toFile())
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor()).isZero();
        return ByteBuffer.wrap(Files.readAllBytes(output))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer();
    }

    private static String program() {
        return scratch.resolve("math_values").toString();
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
