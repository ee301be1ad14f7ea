package dev.duet.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.data.DataFormatException;
import dev.duet.run.Safetensors.DType;
import dev.duet.run.Safetensors.Info;
import dev.duet.run.SafetensorsWriter.Source;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
    @TempDir
    Path folder;

    @Test
    void theBytesAreThoseOfTheFormat() throws IOException {
        byte[] bytes = written(Map.of("k", "v"), List.of(Source.of("a", Shape.of(1, 2), new float[] {1f, -2f})));
        String header =
                "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}";
        String padded = header + " ".repeat(Math.floorMod(-header.length(), 8));
        ByteBuffer expected = ByteBuffer.allocate(8 + padded.length() + 8).order(ByteOrder.LITTLE_ENDIAN);
        expected.putLong(padded.length())
                .put(padded.getBytes(UTF_8))
                .putFloat(1f)
                .putFloat(-2f);
        assertThat(bytes).isEqualTo(expected.array());
    }

    @Test
    void everyTypeComesBackBitForBitNanPayloadsIncluded() throws IOException {
        float[] floats = new float[40_001]; // more than two chunks, and no whole number of them
        Philox.Sequence random = new Philox.Sequence(7, Philox.Stream.SYNTHETIC, 0);
        int[] bits = new int[floats.length];
        for (int i = 0; i < bits.length; i++) bits[i] = i < 1000 ? 0x7FC00000 | random.nextInt() : random.nextInt();
        ByteBuffer direct = ByteBuffer.allocateDirect(4 * bits.length).order(ByteOrder.nativeOrder());
        direct.asIntBuffer().put(bits);
        direct.asFloatBuffer().get(floats);
        double nan = Double.longBitsToDouble(0x7FF8_0000_DEAD_BEEFL);

        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("z", "ö \"quoted\" \n");
        metadata.put("a", "");
        Path file = folder.resolve("all.safetensors");
        Files.write(
                file,
                written(
                        metadata,
                        List.of(
                                Source.of("bytes", Shape.of(3), ByteBuffer.wrap(new byte[] {1, -1, 0})),
                                Source.of("heap", Shape.of(floats.length), floats),
                                Source.of("direct", Shape.of(floats.length, 1), direct.asFloatBuffer()),
                                Source.of("empty", Shape.of(0, 5), new float[0]),
                                Source.of("scalar", Shape.of(), LongBuffer.wrap(new long[] {Long.MIN_VALUE})),
                                Source.of("doubles", Shape.of(2), DoubleBuffer.wrap(new double[] {nan, -0.0})))));

        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThat(reader.metadata()).containsExactlyEntriesOf(metadata);
            assertThat(reader.tensors().stream().map(Info::name))
                    .containsExactly("scalar", "doubles", "heap", "direct", "empty", "bytes");
            assertThat(rawBits(reader.floats("heap"))).isEqualTo(bits);
            assertThat(rawBits(reader.floats("direct"))).isEqualTo(bits);
            assertThat(reader.floats("empty")).isEmpty();
            assertThat(reader.longs("scalar")).containsExactly(Long.MIN_VALUE);
            assertThat(Double.doubleToRawLongBits(reader.doubles("doubles")[0])).isEqualTo(0x7FF8_0000_DEAD_BEEFL);
            assertThat(Double.doubleToRawLongBits(reader.doubles("doubles")[1])).isEqualTo(Long.MIN_VALUE);
            assertThat(reader.bytes("bytes")).containsExactly(1, -1, 0);
            for (Info info : reader.tensors()) {
                assertThat(info.begin() % info.dtype().width).as(info.name()).isZero();
            }
        }
    }

    @Test
    void aBufferIsReadFromItsPositionAndLeftAlone() throws IOException {
        FloatBuffer flat =
                FloatBuffer.wrap(new float[] {0, 1, 2, 3}).position(1).limit(3);
        Path file = folder.resolve("slice.safetensors");
        Files.write(file, written(Map.of(), List.of(Source.of("w", Shape.of(2), flat))));
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThat(reader.floats("w")).containsExactly(1, 2);
        }
        assertThat(flat.position()).isEqualTo(1);
    }

    @Test
    void writingRefusesTwoTensorsOfOneNameAndWrongCounts() {
        Source w = Source.of("w", Shape.of(1), new float[1]);
        assertThatThrownBy(() -> written(Map.of(), List.of(w, w)))
                .isInstanceOf(DuetException.class)
                .hasMessage("tensor 'w': this name is taken; each tensor needs its own");
        assertThatThrownBy(() -> Source.of("w", Shape.of(2, 3), new float[5]))
                .isInstanceOf(DuetException.class)
                .hasMessage("tensor 'w': expected 6 elements for shape (2,3), got 5");
    }

    @Test
    void aTensorOfAnotherTypeOrNoneIsASentence() throws IOException {
        Path file = folder.resolve("w.safetensors");
        Files.write(file, written(Map.of(), List.of(Source.of("w", Shape.of(1), new float[1]))));
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThatThrownBy(() -> reader.doubles("w")).hasMessage(file + ": expected tensor 'w' as F64, got F32");
            assertThatThrownBy(() -> reader.floats("v"))
                    .hasMessage(file + ": expected a tensor 'v', got none of that name among the 1 in this file");
        }
    }

    /** Each header describes 8 data bytes that follow it; the offset is that of the file's byte complained of. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}} | 9 | tensor 'a': expected 12 bytes for F32 (3), got data_offsets [0, 8]
            {"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}} | 9 | tensor 'a': expected data_offsets within the 8 data bytes of the file, got [0, 16]; is the file cut short?
            {"a":{"dtype":"F32","shape":[0],"data_offsets":[8,4]}} | 9 | tensor 'a': expected data_offsets within the 8 data bytes of the file, got [8, 4]; is the file cut short?
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}} | 9 | tensor 'a' leaves a gap before it: expected its data at byte 62, got 66
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | 66 | expected the file to end after the last tensor, got 4 more bytes
            {"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}} | 22 | tensor 'a': expected dtype [F32, F64, I64, U8], got F16
            {"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}} | 37 | tensor 'a': expected no negative number in shape
            {"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}} | 37 | tensor 'a': expected only whole numbers in shape
            {"a":{"dtype":"U8","shape":[65536,65536],"data_offsets":[0,8]}} | 47 | tensor 'a': expected at most 2147483647 elements, got shape [65536, 65536]
            {"a":{"dtype":"U8","shape":[8],"data_offsets":[0,99999999999999999999]}} | 57 | tensor 'a': expected at most 2 64-bit numbers as data_offsets
            {"a":{"dtype":"U8","shape":[8]}} | 9 | tensor 'a': expected dtype, shape and two data_offsets
            {"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}} | 27 | tensor 'a' has 'dtype' twice
            {"a":{"colour":1,"dtype":"U8"}} | 14 | tensor 'a' has an unknown key 'colour'
            {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}} | 61 | tensor 'a' occurs twice
            {"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}} | 61 | tensor 'b' overlaps the tensor before it: expected its data at byte 119, got 117
            {"__metadata__":{"k":1}} | 29 | expected a string for __metadata__.k
            {"__metadata__":{"k":"1","k":"2"}} | 33 | metadata 'k' occurs twice
            [] | 8 | expected the header to be a JSON object
            """)
    void aHeaderThatDoesNotFitIsRefusedWithItsByte(String header, long offset, String message) throws IOException {
        Path file = folder.resolve("bad.safetensors");
        Files.write(file, raw(header.length(), header, 8));
        assertThatThrownBy(() -> SafetensorsReader.open(file))
                .isInstanceOf(DataFormatException.class)
                .hasMessage(file + ", byte " + offset + ": " + message);
    }

    @Test
    void headerLengthsAreCheckedBeforeAnythingIsAllocated() throws IOException {
        Path file = folder.resolve("bad.safetensors");
        for (long length : new long[] {11, 100_000_001, 1L << 40, -1, Long.MIN_VALUE}) {
            Files.write(file, raw(length, "{}", 8));
            assertThatThrownBy(() -> SafetensorsReader.open(file))
                    .isInstanceOf(DataFormatException.class)
                    .hasMessage(file + ", byte 0: expected a header of at most 10 bytes, got "
                            + Long.toUnsignedString(length) + "; this is no safetensors file, or it is cut short");
        }
        Files.write(file, new byte[7]);
        assertThatThrownBy(() -> SafetensorsReader.open(file))
                .hasMessage(file + ", byte 0: expected at least 8 bytes, got a file of 7");
        assertThatThrownBy(() -> SafetensorsReader.open(folder.resolve("none")))
                .hasMessage(
                        folder.resolve("none") + ": could not read this file: there is no " + folder.resolve("none"));
    }

    @Test
    void brokenJsonNamesItsByte() throws IOException {
        Path file = folder.resolve("bad.safetensors");
        Files.write(file, raw(6, "{\"a\"x}", 0));
        assertThatThrownBy(() -> SafetensorsReader.open(file))
                .isInstanceOf(DataFormatException.class)
                .hasMessageStartingWith(file + ", byte 12: the header is not valid JSON: Unexpected character ('x'");
    }

    @Test
    void damagedFilesOnlyEverGiveDuetExceptions() throws IOException {
        byte[] good = written(
                Map.of("k", "v"),
                List.of(
                        Source.of("layer.weight", Shape.of(2, 3), new float[6]),
                        Source.of("step", Shape.of(), LongBuffer.wrap(new long[] {7})),
                        Source.of("mask", Shape.of(5), ByteBuffer.allocate(5))));
        int refused = Mutations.fuzz(good, folder.resolve("fuzz"), 20261122, 1500, SafetensorsTest::readAll);
        assertThat(refused).isBetween(750, 1499); // a flipped data byte or a renamed tensor is still a valid file
    }

    private static void readAll(Path file) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            for (Info info : reader.tensors()) {
                if (info.dtype() == DType.F32) reader.floats(info.name());
                if (info.dtype() == DType.F64) reader.doubles(info.name());
                if (info.dtype() == DType.I64) reader.longs(info.name());
                if (info.dtype() == DType.U8) reader.bytes(info.name());
            }
        }
    }

    private static byte[] written(Map<String, String> metadata, List<Source> tensors) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SafetensorsWriter.write(out, metadata, tensors);
        return out.toByteArray();
    }

    private static byte[] raw(long headerLength, String header, int dataBytes) {
        ByteBuffer out = ByteBuffer.allocate(8 + header.length() + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        return out.putLong(headerLength).put(header.getBytes(UTF_8)).array();
    }

    private static int[] rawBits(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(4 * values.length).order(ByteOrder.nativeOrder());
        bytes.asFloatBuffer().put(values);
        int[] bits = new int[values.length];
        bytes.asIntBuffer().get(bits);
        return bits;
    }
}
