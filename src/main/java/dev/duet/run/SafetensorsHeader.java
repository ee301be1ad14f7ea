package dev.duet.run;

import dev.duet.data.DataFormatException;
import dev.duet.run.Safetensors.DType;
import dev.duet.run.Safetensors.Info;
import dev.duet.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Parses a safetensors header token by token, so that every complaint names the byte at which it showed, and checks
 * every extent and offset against the file before anyone allocates by them.
 */
final class SafetensorsHeader {
    private static final JsonFactory JSON = new JsonFactory();
    /** No network has tensors of more axes; bounds what a hostile header can make us hold. */
    private static final int MAX_RANK = 16;

    private final Path file;
    private final JsonParser parser;
    private final long dataStart;
    private final long fileBytes;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private boolean metadataSeen;

    /** A tensor and the byte of the file at which the header speaks of it. */
    private record Entry(Info info, long at) {}

    /** @param tensors in the header's order */
    record Contents(Map<String, String> metadata, List<Info> tensors) {}

    private SafetensorsHeader(Path file, byte[] header, long fileBytes) {
        this.file = file;
        this.parser = JSON.createParser(ObjectReadContext.empty(), header);
        this.dataStart = Safetensors.PREFIX_BYTES + (long) header.length;
        this.fileBytes = fileBytes;
    }

    /**
     * @param header the JSON, without the eight bytes before it
     * @throws DataFormatException naming file and byte if the header breaks the format or does not fit the file
     */
    static Contents parse(Path file, byte[] header, long fileBytes) {
        SafetensorsHeader parsed = new SafetensorsHeader(file, header, fileBytes);
        try (parsed.parser) {
            parsed.readRoot();
        } catch (JacksonException e) {
            long offset =
                    Math.max(0, e.getLocation() == null ? 0 : e.getLocation().getByteOffset());
            throw new DataFormatException(
                    file, Safetensors.PREFIX_BYTES + offset, "the header is not valid JSON: " + e.getOriginalMessage());
        }
        parsed.checkLayout();
        List<Info> tensors = new ArrayList<>();
        parsed.entries.values().forEach(entry -> tensors.add(entry.info));
        return new Contents(Collections.unmodifiableMap(parsed.metadata), List.copyOf(tensors));
    }

    private void readRoot() {
        expect(JsonToken.START_OBJECT, "the header to be a JSON object");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            long at = at();
            if (name.equals(Safetensors.METADATA)) {
                readMetadata(at);
            } else {
                Entry entry = new Entry(readInfo(name, at), at);
                if (entries.put(name, entry) != null) throw broken(at, "tensor '" + name + "' occurs twice");
            }
        }
        if (parser.nextToken() != null)
            throw broken(at(), "expected nothing but spaces after the header's JSON object");
    }

    private void readMetadata(long at) {
        if (metadataSeen) throw broken(at, Safetensors.METADATA + " occurs twice");
        metadataSeen = true;
        expect(JsonToken.START_OBJECT, Safetensors.METADATA + " to be an object");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            long keyAt = at();
            expect(JsonToken.VALUE_STRING, "a string for " + Safetensors.METADATA + "." + key);
            if (metadata.put(key, parser.getString()) != null)
                throw broken(keyAt, "metadata '" + key + "' occurs twice");
        }
    }

    private Info readInfo(String name, long at) {
        DType dtype = null;
        Shape shape = null;
        long[] offsets = null;
        expect(JsonToken.START_OBJECT, "an object for tensor '" + name + "'");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            long keyAt = at();
            boolean again;
            switch (key) {
                case "dtype" -> {
                    again = dtype != null;
                    dtype = readDType(name);
                }
                case "shape" -> {
                    again = shape != null;
                    shape = readShape(name);
                }
                case "data_offsets" -> {
                    again = offsets != null;
                    offsets = readNumbers(name, key, 2);
                }
                default -> throw broken(keyAt, "tensor '" + name + "' has an unknown key '" + key + "'");
            }
            if (again) throw broken(keyAt, "tensor '" + name + "' has '" + key + "' twice");
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw broken(at, "tensor '" + name + "': expected dtype, shape and two data_offsets");
        }
        return checked(name, dtype, shape, offsets, at);
    }

    private DType readDType(String name) {
        expect(JsonToken.VALUE_STRING, "a string for the dtype of tensor '" + name + "'");
        String text = parser.getString();
        for (DType dtype : DType.values()) {
            if (dtype.name().equals(text)) return dtype;
        }
        throw broken(
                at(), "tensor '" + name + "': expected dtype " + Arrays.toString(DType.values()) + ", got " + text);
    }

    private Shape readShape(String name) {
        long[] extents = readNumbers(name, "shape", MAX_RANK);
        long elements = 1;
        for (long extent : extents) {
            if (extent > Integer.MAX_VALUE || (elements *= extent) > Integer.MAX_VALUE) {
                throw broken(
                        at(),
                        "tensor '" + name + "': expected at most " + Integer.MAX_VALUE + " elements, got shape "
                                + Arrays.toString(extents));
            }
        }
        return Shape.of(Arrays.stream(extents).mapToInt(extent -> (int) extent).toArray());
    }

    /** An array of at most {@code limit} integers, none negative. */
    private long[] readNumbers(String name, String key, int limit) {
        expect(JsonToken.START_ARRAY, "an array for " + key + " of tensor '" + name + "'");
        long[] numbers = new long[limit];
        int count = 0;
        while (parser.nextToken() == JsonToken.VALUE_NUMBER_INT) {
            if (count == limit || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw broken(at(), "tensor '" + name + "': expected at most " + limit + " 64-bit numbers as " + key);
            }
            numbers[count] = parser.getLongValue();
            if (numbers[count++] < 0) {
                throw broken(at(), "tensor '" + name + "': expected no negative number in " + key);
            }
        }
        if (parser.currentToken() != JsonToken.END_ARRAY) {
            throw broken(at(), "tensor '" + name + "': expected only whole numbers in " + key);
        }
        return Arrays.copyOf(numbers, count);
    }

    private Info checked(String name, DType dtype, Shape shape, long[] offsets, long at) {
        long dataBytes = fileBytes - dataStart;
        if (offsets[0] > offsets[1] || offsets[1] > dataBytes) {
            throw broken(
                    at,
                    "tensor '" + name + "': expected data_offsets within the " + dataBytes
                            + " data bytes of the file, got " + Arrays.toString(offsets) + "; is the file cut short?");
        }
        long expected = (long) shape.size() * dtype.width;
        if (offsets[1] - offsets[0] != expected) {
            throw broken(
                    at,
                    "tensor '" + name + "': expected " + expected + " bytes for " + dtype + " " + shape
                            + ", got data_offsets " + Arrays.toString(offsets));
        }
        return new Info(name, dtype, shape, dataStart + offsets[0], dataStart + offsets[1]);
    }

    /** The format allows neither overlaps nor gaps nor bytes after the last tensor. */
    private void checkLayout() {
        List<Entry> ordered = new ArrayList<>(entries.values());
        ordered.sort(Comparator.comparingLong((Entry entry) -> entry.info.begin())
                .thenComparingLong(entry -> entry.info.end()));
        long next = dataStart;
        for (Entry entry : ordered) {
            if (entry.info.begin() != next) {
                String fault = entry.info.begin() < next ? "overlaps the tensor before it" : "leaves a gap before it";
                throw broken(
                        entry.at,
                        "tensor '" + entry.info.name() + "' " + fault + ": expected its data at byte " + next + ", got "
                                + entry.info.begin());
            }
            next = entry.info.end();
        }
        if (next != fileBytes) {
            throw broken(
                    next, "expected the file to end after the last tensor, got " + (fileBytes - next) + " more bytes");
        }
    }

    private void expect(JsonToken token, String what) {
        if (parser.nextToken() != token) throw broken(at(), "expected " + what);
    }

    /** Byte of the file at which the current token starts. */
    private long at() {
        return Safetensors.PREFIX_BYTES
                + Math.max(0, parser.currentTokenLocation().getByteOffset());
    }

    private DataFormatException broken(long at, String what) {
        return new DataFormatException(file, at, what);
    }
}
