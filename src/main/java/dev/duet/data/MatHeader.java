package dev.duet.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What precedes the numbers of a MAT-5 matrix.
 *
 * @param arrayClass MATLAB class, "mx…_CLASS" in the format's description
 * @param dims extents, the fastest first; may be zero or negative in a damaged file
 */
record MatHeader(int arrayClass, int[] dims, String name) {
    static final int UINT8_CLASS = 9;

    private static final int COMPLEX = 0x0800;
    private static final int MAX_RANK = 16;
    private static final int MAX_NAME = 256;

    /** Reads array flags, dimensions and name. */
    static MatHeader read(CountedInput in) {
        ByteBuffer flags = MatTag.read(in).body(in, MatTag.UINT32, 8, "array flags");
        ByteBuffer extents = MatTag.read(in).body(in, MatTag.INT32, 4 * MAX_RANK, "dimensions");
        ByteBuffer name = MatTag.read(in).body(in, MatTag.INT8, MAX_NAME, "variable name");
        if (flags.remaining() != 8 || extents.remaining() % 4 != 0) throw in.broken("damaged matrix header");
        int word = flags.getInt();
        String text = StandardCharsets.ISO_8859_1.decode(name).toString();
        if ((word & COMPLEX) != 0 && (text.equals("X") || text.equals("y"))) {
            throw in.broken(text + ": complex numbers are no image data");
        }
        int[] dims = new int[extents.remaining() / 4];
        extents.asIntBuffer().get(dims);
        return new MatHeader(word & 255, dims, text);
    }
}
