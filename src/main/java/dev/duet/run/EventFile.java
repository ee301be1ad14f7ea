package dev.duet.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The bytes of a TensorBoard event file. A record is (TensorFlow's TFRecord, little-endian): uint64 length, uint32
 * masked CRC32C of the length's bytes, data, uint32 masked CRC32C of the data. The data are a protobuf {@code Event}:
 * 1 wall_time (double, seconds), 2 step (int64), 3 file_version (string), 5 summary; a {@code Summary} holds 1 value
 * (repeated), a value 1 tag (string) and 2 simple_value (float).
 */
final class EventFile {
    private static final String VERSION = "brain.Event:2";
    private static final int MASK_DELTA = 0xa282ead8;
    private static final int FRAME_BYTES = 16;

    // protobuf keys: field number << 3 | wire type (0 varint, 1 fixed64, 2 length-delimited, 5 fixed32)
    private static final int WALL_TIME = 1 << 3 | 1;
    private static final int STEP = 2 << 3;
    private static final int FILE_VERSION = 3 << 3 | 2;
    private static final int SUMMARY = 5 << 3 | 2;
    private static final int VALUE = 1 << 3 | 2;
    private static final int TAG = 1 << 3 | 2;
    private static final int SIMPLE_VALUE = 2 << 3 | 5;

    private EventFile() {}

    /** The record that opens each file. */
    static byte[] version(double wallSeconds) {
        ByteBuffer event = buffer(64).put((byte) WALL_TIME).putDouble(wallSeconds);
        putBytes(event, FILE_VERSION, ByteBuffer.wrap(VERSION.getBytes(UTF_8)));
        return record(event.flip());
    }

    /** One record with the values of a step by tag. */
    static byte[] scalars(double wallSeconds, long step, Map<String, Double> values) {
        int capacity = 0;
        for (String tag : values.keySet()) capacity += 32 + 4 * tag.length();
        ByteBuffer summary = buffer(capacity);
        values.forEach((tag, value) -> putValue(summary, tag, value));
        ByteBuffer event = buffer(64 + summary.position()).put((byte) WALL_TIME).putDouble(wallSeconds);
        putVarint(event.put((byte) STEP), step);
        putBytes(event, SUMMARY, summary.flip());
        return record(event.flip());
    }

    /**
     * Copies the records whose step is at most {@code step}, up to the first that is damaged or cut short: behind it
     * the framing is lost.
     *
     * @param file the bytes of an event file
     * @return how many records were copied
     */
    static int copyUpTo(long step, ByteBuffer file, OutputStream out) throws IOException {
        ByteBuffer in = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int copied = 0;
        while (in.remaining() >= FRAME_BYTES) {
            int start = in.position();
            long length = in.getLong(start);
            boolean fits = length >= 0 && length <= in.remaining() - FRAME_BYTES;
            if (!fits || maskedCrc(in, start, Long.BYTES) != in.getInt(start + Long.BYTES)) break;
            int data = start + Long.BYTES + Integer.BYTES;
            int end = data + (int) length;
            if (maskedCrc(in, data, (int) length) != in.getInt(end)) break;
            byte[] whole = new byte[FRAME_BYTES + (int) length];
            in.get(whole);
            if (stepOf(in.slice(data, (int) length)) > step) continue;
            out.write(whole);
            copied++;
        }
        return copied;
    }

    /** Step of an event that {@link #scalars} or {@link #version} made: the field after the wall time, else 0. */
    private static long stepOf(ByteBuffer event) {
        int at = 1 + Double.BYTES;
        if (event.limit() <= at || event.get(0) != WALL_TIME || event.get(at) != STEP) return 0;
        long step = 0;
        int shift = 0;
        while (++at < event.limit() && shift < Long.SIZE) {
            step |= (event.get(at) & 0x7FL) << shift;
            if (event.get(at) >= 0) break;
            shift += 7;
        }
        return step;
    }

    private static void putValue(ByteBuffer summary, String tag, double value) {
        byte[] name = tag.getBytes(UTF_8);
        ByteBuffer bytes = buffer(16 + name.length);
        putBytes(bytes, TAG, ByteBuffer.wrap(name));
        bytes.put((byte) SIMPLE_VALUE).putFloat((float) value);
        putBytes(summary, VALUE, bytes.flip());
    }

    private static byte[] record(ByteBuffer event) {
        int length = event.remaining();
        byte[] record = new byte[FRAME_BYTES + length];
        ByteBuffer out = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        out.putInt(maskedCrc(out, 0, Long.BYTES));
        out.put(event).putInt(maskedCrc(event, 0, length));
        return record;
    }

    /** TensorFlow's mask, for data that themselves hold CRCs: rotate right by 15, add a constant. */
    private static int maskedCrc(ByteBuffer bytes, int from, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(from, count));
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
    }

    private static void putBytes(ByteBuffer out, int key, ByteBuffer bytes) {
        putVarint(out.put((byte) key), bytes.remaining());
        out.put(bytes);
    }

    private static void putVarint(ByteBuffer out, long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.put((byte) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static ByteBuffer buffer(int capacity) {
        return ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
    }
}
