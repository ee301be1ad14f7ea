package dev.duet.data;

import dev.duet.DuetException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** What the readers share: the off-heap buffer of an image set, and class names of digits. */
final class Pixels {
    /** Deflate's greatest expansion is 1032 : 1 (258 bytes from 2 bits), hence a bound on what a file can hold. */
    static final int MAX_INFLATION = 1032;

    /** Labels are signed bytes, so a set has at most this many classes. */
    static final int MAX_CLASSES = 128;

    private Pixels() {}

    /**
     * A direct buffer of {@code bytes} bytes for the images of {@code what}.
     *
     * @throws DuetException if one buffer cannot hold them or the JVM's limit for direct memory is reached
     */
    static ByteBuffer allocate(String what, long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new DuetException(what + ": " + bytes + " bytes of pixels do not fit into one buffer (at most "
                    + Integer.MAX_VALUE + "); use fewer or smaller images");
        }
        try {
            return ByteBuffer.allocateDirect((int) bytes);
        } catch (OutOfMemoryError e) {
            throw new DuetException(
                    what + ": needs " + (bytes >> 20) + " MiB outside the Java heap, which the JVM did not grant; try"
                            + " -XX:MaxDirectMemorySize=" + ((bytes >> 20) * 2 + 64) + "m",
                    e);
        }
    }

    /** "0" to "9", or as many more as the labels need. */
    static List<String> digitClasses(byte[] labels) {
        int classes = 10;
        for (byte label : labels) classes = Math.max(classes, label + 1);
        return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    }
}
