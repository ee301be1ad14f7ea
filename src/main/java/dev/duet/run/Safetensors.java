package dev.duet.run;

import dev.duet.tensor.Shape;

/**
 * The safetensors format: 8 bytes little-endian header length, a JSON header (name → dtype, shape, data_offsets; and
 * {@code __metadata__}, a map of strings), then the tensors' bytes, little-endian, row-major, without gaps. See
 * {@link SafetensorsReader} and {@link SafetensorsWriter}.
 */
public final class Safetensors {
    /** Bytes before the header: its length. */
    static final int PREFIX_BYTES = 8;
    /** Largest header of the format's own reader. */
    static final int MAX_HEADER_BYTES = 100_000_000;

    static final String METADATA = "__metadata__";

    private Safetensors() {}

    /** Element types that Duet reads and writes. */
    public enum DType {
        F32(4),
        F64(8),
        I64(8),
        U8(1);

        /** Bytes of one element. */
        final int width;

        DType(int width) {
            this.width = width;
        }
    }

    /**
     * What the header says about one tensor.
     *
     * @param begin first byte of its data, counted from the start of the file
     * @param end the byte after its data
     */
    public record Info(String name, DType dtype, Shape shape, long begin, long end) {}
}
