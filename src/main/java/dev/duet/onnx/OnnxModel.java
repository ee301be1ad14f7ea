package dev.duet.onnx;

import java.util.List;
import java.util.Locale;

/** A network from an ONNX file, ready to run. Closing it frees its memory. */
public interface OnnxModel extends AutoCloseable {
    /** Extent of an axis that may have any, such as a batch. */
    long ANY = -1;

    /**
     * An input or output.
     *
     * @param type of its values, as ONNX Runtime names it: {@code FLOAT} for float32
     * @param extents of its axes, outermost first; {@link #ANY} where they are free
     */
    record Port(String name, String type, List<Long> extents) {
        public Port {
            extents = List.copyOf(extents);
        }

        /** For people, e.g. {@code float (?,1,32,32)}. */
        @Override
        public String toString() {
            List<String> shown = extents.stream()
                    .map(extent -> extent == ANY ? "?" : Long.toString(extent))
                    .toList();
            return type.toLowerCase(Locale.ROOT) + " (" + String.join(",", shown) + ")";
        }
    }

    /** Its inputs, in the file's order. */
    List<Port> inputs();

    /** Its outputs, in the file's order. */
    List<Port> outputs();

    /**
     * The first output for one input.
     *
     * @param x row-major float32 of the extents {@code shape}
     * @return its values, row-major
     * @throws dev.duet.DuetException if ONNX Runtime fails
     */
    float[] run(float[] x, long... shape);

    @Override
    void close();
}
