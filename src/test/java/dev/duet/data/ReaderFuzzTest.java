package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import dev.duet.DuetException;
import dev.duet.run.Mutations;
import dev.duet.tensor.Philox;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import us.hebi.matlab.mat.format.Mat5File;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Sinks;

/**
 * Damaged files: flipped bits, cut ends, length fields at their extremes. A reader may succeed or throw a DuetException,
 * nothing else, and may allocate in proportion to the file only, whatever the file claims.
 */
class ReaderFuzzTest {
    private static final int MUTATIONS = 2000;
    private static final long SEED = 20261122;
    private static final int[] EXTREMES = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0xFFFF, 1 << 24, 4096};

    /** Far above what the small seeds need (stream buffers of 64 KiB), far below what a believed claim would take. */
    private static final long HEAP_BOUND = 8 << 20;

    private static final long DIRECT_BOUND = 64 << 20;

    private static final Path NAME = Path.of("fuzz");

    @TempDir
    Path dir;

    @Test
    void png() {
        for (int channels = 1; channels <= 3; channels += 2) {
            byte[] seed = Png.encode(PngTest.noise(13, 7, channels));
            fuzz(seed, b -> b, bytes -> Png.decode(NAME, bytes));
            fuzz(seed, ReaderFuzzTest::repairCrcs, bytes -> Png.decode(NAME, bytes));
        }
    }

    @Test
    void idx() throws IOException {
        byte[] seed = IdxTest.idx(0x803, new int[] {5, 3, 4}, IdxTest.ramp(60));
        fuzz(seed, b -> b, bytes -> Idx.read("x", open(bytes), null));
        fuzz(IdxTest.gzip(seed), b -> b, bytes -> Idx.read("x", open(bytes), null));
        fuzz(seed, ReaderFuzzTest::gzip, bytes -> Idx.read("x", open(bytes), null));
        byte[] labels = IdxTest.idx(0x801, new int[] {5}, new byte[] {0, 1, 2, 3, 4});
        fuzz(labels, b -> b, bytes -> Idx.read("x", open(seed), open(bytes)));
    }

    @Test
    void mat5() throws IOException {
        fuzz(mat(0), b -> b, bytes -> Mat5.read("x", open(bytes)));
        fuzz(mat(6), b -> b, bytes -> Mat5.read("x", open(bytes)));
        fuzz(mat(0), ReaderFuzzTest::gzip, bytes -> Mat5.read("x", open(bytes)));
    }

    @Test
    void manifest() throws IOException {
        byte[] good = """
                {"files": [{
                  "set": "one", "path": "one/file.gz", "urls": ["https://example.org/file.gz"], "bytes": 12,
                  "digest": "md5:00112233445566778899aabbccddeeff", "optional": true
                }]}
                """.getBytes(StandardCharsets.UTF_8);
        Path file = dir.resolve("manifest.json");
        int refused = Mutations.fuzz(good, file, SEED, MUTATIONS, damaged -> {
            Manifest.Entry entry = Manifest.read(damaged).files().get(0);
            assertThat(entry.foundIn(dir)).isNotNull();
        });
        assertThat(refused).isBetween(MUTATIONS / 2, MUTATIONS - 1);
        for (String text : new String[] {
            "null",
            "{\"files\": null}",
            "{\"files\": [null]}",
            new String(good, StandardCharsets.UTF_8).replace("\"one\"", "null")
        }) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> Manifest.read(file))
                    .isInstanceOf(DuetException.class)
                    .hasMessageStartingWith(file + ": not a readable data manifest: ");
        }
    }

    /** Mutates {@code seed}, then lets {@code finish} restore checksums, so that the damage gets past them. */
    private static void fuzz(byte[] seed, Function<byte[], byte[]> finish, Consumer<byte[]> reader) {
        reader.accept(finish.apply(seed.clone()));
        int failures = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutant = finish.apply(mutate(seed, new Philox.Sequence(SEED, Philox.Stream.SYNTHETIC, i)));
            long heap = allocated();
            long direct = direct();
            try {
                reader.accept(mutant);
            } catch (DuetException e) {
                failures++;
                assertThat(e.getMessage()).hasSizeLessThan(700);
            } catch (RuntimeException | Error e) {
                fail("seed " + SEED + ", mutation " + i + ": " + HexFormat.of().formatHex(mutant), e);
            }
            assertThat(allocated() - heap).as("heap bytes of mutation %d", i).isLessThan(HEAP_BOUND);
            assertThat(direct() - direct).as("direct bytes of mutation %d", i).isLessThan(DIRECT_BOUND);
        }
        assertThat(failures).as("mutants that were noticed").isGreaterThan(MUTATIONS / 10);
    }

    private static byte[] mutate(byte[] seed, Philox.Sequence random) {
        byte[] out = seed.clone();
        int kind = random.nextInt(4);
        if (kind == 0) return Arrays.copyOf(out, random.nextInt(out.length));
        if (kind == 1) {
            ByteOrder order = random.nextInt(2) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            int at = random.nextInt(out.length - 3);
            ByteBuffer.wrap(out).order(order).putInt(at, EXTREMES[random.nextInt(EXTREMES.length)]);
            return out;
        }
        int flips = kind == 2 ? 1 : 1 + random.nextInt(16);
        for (int i = 0; i < flips; i++) out[random.nextInt(out.length)] ^= (byte) (1 << random.nextInt(8));
        return out;
    }

    /** Rewrites the CRC of every PNG chunk that still lies within the file. */
    private static byte[] repairCrcs(byte[] png) {
        ByteBuffer buffer = ByteBuffer.wrap(png);
        for (int at = 8; at + 12 <= png.length; ) {
            int length = buffer.getInt(at);
            if (length < 0 || length > png.length - at - 12) break;
            CRC32 crc = new CRC32();
            crc.update(png, at + 4, length + 4);
            buffer.putInt(at + 8 + length, (int) crc.getValue());
            at += length + 12;
        }
        return png;
    }

    private static byte[] gzip(byte[] bytes) {
        try {
            return IdxTest.gzip(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static CountedInput open(byte[] bytes) {
        try {
            return CountedInput.open(NAME, new ByteArrayInputStream(bytes), bytes.length);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private byte[] mat(int deflate) throws IOException {
        Matrix x = us.hebi.matlab.mat.format.Mat5.newMatrix(new int[] {4, 3, 3, 6}, MatlabType.UInt8);
        Matrix y = us.hebi.matlab.mat.format.Mat5.newMatrix(6, 1, MatlabType.UInt8);
        for (int i = 0; i < 6; i++) y.setInt(i, i + 1);
        Mat5File both = us.hebi.matlab.mat.format.Mat5.newMatFile();
        both.addArray("X", x).addArray("y", y);
        Path path = dir.resolve("seed.mat");
        try (var sink = Sinks.newStreamingFile(path.toFile())) {
            us.hebi.matlab.mat.format.Mat5.newWriter(sink)
                    .setDeflateLevel(deflate)
                    .writeMat(both);
        }
        return Files.readAllBytes(path);
    }

    /** Heap bytes that this thread has allocated so far. */
    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    /** Bytes in direct buffers now; those of garbage may still be counted, hence may only fall meanwhile. */
    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }
}
