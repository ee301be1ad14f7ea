package dev.duet.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The tag before each data element of a MAT-5 file.
 *
 * @param type data type code, "mi…" in the format's description
 * @param bytes length of the data without padding
 * @param small whether tag and data share 8 bytes
 */
record MatTag(int type, long bytes, boolean small) {
    static final int INT8 = 1;
    static final int UINT8 = 2;
    static final int INT16 = 3;
    static final int UINT16 = 4;
    static final int INT32 = 5;
    static final int UINT32 = 6;
    static final int SINGLE = 7;
    static final int DOUBLE = 9;
    static final int MATRIX = 14;
    static final int COMPRESSED = 15;

    private static final int ALIGNMENT = 8;
    private static final int SMALL_DATA = 4;

    static MatTag read(CountedInput in) {
        int first = in.int32();
        int length = first >>> 16;
        if (length == 0) return new MatTag(first, in.int32() & 0xFFFFFFFFL, false);
        if (length > SMALL_DATA) throw in.broken("a small element of " + length + " bytes, at most 4 are possible");
        return new MatTag(first & 0xFFFF, length, true);
    }

    /** Skips the bytes after the data up to the next multiple of 8. */
    void skipPadding(CountedInput in) {
        in.skip(small ? SMALL_DATA - bytes : (ALIGNMENT - bytes % ALIGNMENT) % ALIGNMENT);
    }

    /** Bytes of one number of this type. */
    int elementBytes(CountedInput in) {
        return switch (type) {
            case INT8, UINT8 -> 1;
            case INT16, UINT16 -> 2;
            case INT32, UINT32, SINGLE -> 4;
            case DOUBLE -> 8;
            default -> throw in.broken("expected numbers, got data type " + type);
        };
    }

    /** The next number of this type. */
    double element(CountedInput in) {
        byte[] bytes = new byte[elementBytes(in)];
        in.read(bytes);
        ByteBuffer value = ByteBuffer.wrap(bytes).order(in.order());
        return switch (type) {
            case INT8 -> bytes[0];
            case UINT8 -> bytes[0] & 255;
            case INT16 -> value.getShort();
            case UINT16 -> value.getShort() & 0xFFFF;
            case INT32 -> value.getInt();
            case UINT32 -> value.getInt() & 0xFFFFFFFFL;
            case SINGLE -> value.getFloat();
            default -> value.getDouble();
        };
    }

    /** The data of a small or short element, checked to be of {@code expected} type and at most {@code most} bytes. */
    ByteBuffer body(CountedInput in, int expected, int most, String what) {
        if (type != expected || bytes > most) {
            throw in.broken(what + ": expected at most " + most + " bytes of type " + expected + ", got " + bytes
                    + " of type " + type);
        }
        byte[] body = new byte[(int) bytes];
        in.read(body);
        skipPadding(in);
        ByteOrder order = in.order();
        return ByteBuffer.wrap(body).order(order);
    }
}
