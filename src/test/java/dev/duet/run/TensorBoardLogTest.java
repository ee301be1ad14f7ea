package dev.duet.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.tensor.Philox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardLogTest {
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1_790_000_000_250L), ZoneOffset.UTC);

    @TempDir
    Path folder;

    /** An event, parsed without any code of the writer's. */
    private record Event(double wallSeconds, long step, String version, Map<String, Float> values) {}

    @Test
    void eachRecordHasItsChecksumsTimeStepAndValues() throws IOException {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("train/loss", 178.6);
        values.put("größe", Double.NaN);
        try (TensorBoardLog log = TensorBoardLog.create(folder, CLOCK)) {
            log.scalars(1, values);
            log.scalars(1L << 40, Map.of("train/kl", -0.5));
        }
        assertThat(parse(file()))
                .containsExactly(
                        new Event(1_790_000_000.25, 0, "brain.Event:2", Map.of()),
                        new Event(1_790_000_000.25, 1, "", Map.of("train/loss", 178.6f, "größe", Float.NaN)),
                        new Event(1_790_000_000.25, 1L << 40, "", Map.of("train/kl", -0.5f)));
        assertThat(file().getFileName()).hasToString("events.out.tfevents.1790000000.duet");
    }

    @Test
    void manyLongTagsFitIntoOneRecord() throws IOException {
        Map<String, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < 200; i++) values.put("€".repeat(i) + i, (double) i);
        try (TensorBoardLog log = TensorBoardLog.create(folder, CLOCK)) {
            log.scalars(Long.MAX_VALUE, values);
        }
        Event event = parse(file()).get(1);
        assertThat(event.step).isEqualTo(Long.MAX_VALUE);
        assertThat(event.values).hasSize(200).containsEntry("€".repeat(199) + 199, 199f);
    }

    /** CRC-32C of "123456789" is the check value of its definition; the mask is TensorFlow's. */
    @Test
    void theTestsOwnChecksumIsCrc32c() {
        assertThat(crc32c("123456789".getBytes(StandardCharsets.US_ASCII))).isEqualTo(0xE3069283);
    }

    @Test
    void aResumedRunHoldsNothingTwice() throws IOException {
        write(10);
        try (TensorBoardLog log = TensorBoardLog.resume(folder, CLOCK, 7)) {
            log.scalars(8, Map.of("loss", 80.0));
        }
        List<Event> events = parse(file());
        assertThat(events.stream().map(Event::step)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        assertThat(events.get(8).values).containsEntry("loss", 80f);
        assertThat(events.get(7).values).containsEntry("loss", 7f);
    }

    @Test
    void aCutTailIsRepaired() throws IOException {
        write(3);
        Path file = file();
        byte[] whole = Files.readAllBytes(file);
        int record = (whole.length - versionBytes()) / 3;
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            try (TensorBoardLog log = TensorBoardLog.resume(folder, CLOCK, 99)) {
                log.scalars(4, Map.of("loss", 4.0));
            }
            assertThat(parse(file))
                    .as("cut to %d bytes", length)
                    .hasSize(2 + Math.max(0, length - versionBytes()) / record);
            assertThat(parse(file).get(0).version).isEqualTo("brain.Event:2");
        }
    }

    @Test
    void noDamageStopsAResumedRun() throws IOException {
        write(3);
        Path file = file();
        byte[] whole = Files.readAllBytes(file);
        Philox.Sequence random = new Philox.Sequence(11, Philox.Stream.SYNTHETIC, 0);
        for (int round = 0; round < 60; round++) {
            byte[] damaged = whole.clone();
            int at = random.nextInt(damaged.length);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            TensorBoardLog.cutBackTo(file, CLOCK, 99);
            int size = parse(file).size(); // parse checks every record's checksums
            assertThat(size).as("round %d, byte %d", round, at).isLessThan(4);
        }
    }

    @Test
    void resumingWithoutAFileStartsOne() throws IOException {
        try (TensorBoardLog log = TensorBoardLog.resume(folder, CLOCK, 5)) {
            log.scalars(6, Map.of("loss", 6.0));
            log.flush();
            assertThat(parse(file())).hasSize(2);
        }
    }

    private void write(int steps) {
        try (TensorBoardLog log = TensorBoardLog.create(folder, CLOCK)) {
            for (int step = 1; step <= steps; step++) log.scalars(step, Map.of("loss", (double) step));
        }
    }

    private Path file() throws IOException {
        try (var files = Files.list(folder)) {
            List<Path> found = files.toList();
            assertThat(found).hasSize(1);
            return found.get(0);
        }
    }

    private static int versionBytes() {
        return 16 + 9 + 2 + "brain.Event:2".length();
    }

    private static List<Event> parse(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = take(in, 8);
            assertThat(in.getInt()).as("checksum of a length").isEqualTo(masked(crc32c(length)));
            byte[] data = take(in, (int)
                    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
            assertThat(in.getInt()).as("checksum of a record").isEqualTo(masked(crc32c(data)));
            events.add(event(data));
        }
        return events;
    }

    private static Event event(byte[] data) {
        Map<Integer, List<Object>> fields = fields(data);
        Map<String, Float> values = new LinkedHashMap<>();
        for (Object summary : fields.getOrDefault(5, List.of())) {
            for (Object value : fields((byte[]) summary).get(1)) {
                Map<Integer, List<Object>> parts = fields((byte[]) value);
                values.put(text(parts.get(1).get(0)), (Float) parts.get(2).get(0));
            }
        }
        return new Event(
                (Double) fields.get(1).get(0),
                (Long) fields.getOrDefault(2, List.of(0L)).get(0),
                fields.containsKey(3) ? text(fields.get(3).get(0)) : "",
                values);
    }

    /** The fields of a protobuf message by number. */
    private static Map<Integer, List<Object>> fields(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        Map<Integer, List<Object>> fields = new LinkedHashMap<>();
        while (in.hasRemaining()) {
            int key = (int) varint(in);
            Object value = switch (key & 7) {
                case 0 -> varint(in);
                case 1 -> in.getDouble();
                case 2 -> take(in, (int) varint(in));
                case 5 -> in.getFloat();
                default -> throw new AssertionError("wire type " + (key & 7));
            };
            fields.computeIfAbsent(key >>> 3, number -> new ArrayList<>()).add(value);
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) return value;
        }
    }

    private static byte[] take(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    private static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }

    /** Bit by bit, reflected polynomial 0x82F63B78 (Castagnoli). */
    private static int crc32c(byte[] bytes) {
        int crc = ~0;
        for (byte next : bytes) {
            crc ^= next & 0xFF;
            for (int bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0x82F63B78 & -(crc & 1));
        }
        return ~crc;
    }

    private static int masked(int crc) {
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }
}
