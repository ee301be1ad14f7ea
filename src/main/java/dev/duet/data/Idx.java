package dev.duet.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * IDX, the format of MNIST: two zero bytes, element type, number of dimensions, the dimensions as big-endian int32, then
 * the elements, last dimension fastest. Raw or inside gzip. Accepted are uint8 images N×H×W (grey) and N×H×W×3, and
 * uint8 labels N.
 */
public final class Idx {
    private static final int UINT8 = 0x0800;
    private static final int MAX_SIDE = 1 << 12;
    private static final int CHUNK = 1 << 16;

    private Idx() {}

    /**
     * Reads a set; classes are the digits, or as many numbers as the labels need.
     *
     * @param labels label file, or null for an unlabelled set
     * @throws DataFormatException if a file is damaged, claims more than it can hold, or the counts differ
     */
    public static ImageSet read(String name, Path images, Path labels) {
        try (CountedInput in = CountedInput.open(images);
                CountedInput labelsIn = labels == null ? null : CountedInput.open(labels)) {
            return read(name, in, labelsIn);
        }
    }

    static ImageSet read(String name, CountedInput in, CountedInput labelsIn) {
        int[] dims = dims(in, 3, 4);
        int channels = dims.length == 4 ? dims[3] : 1;
        checkDims(in, dims, channels);
        byte[] labels = labelsIn == null ? new byte[dims[0]] : labels(labelsIn, dims[0]);
        ByteBuffer pixels = Pixels.allocate(in.file().toString(), bytes(dims));
        fill(in, pixels);
        in.expectEnd("the last image");
        List<String> classes = labelsIn == null ? ImageSet.UNLABELLED : Pixels.digitClasses(labels);
        return new ImageSet(name, dims[1], dims[2], channels, pixels, labels, classes);
    }

    /** Reads a whole image or label file and says what it holds, such as "10000 images of 28×28". */
    static String describe(Path file) {
        try (CountedInput in = CountedInput.open(file)) {
            int[] dims = dims(in, 1, 4);
            for (int dim : dims) if (dim < 1) throw in.broken("a dimension of " + dim);
            if (dims.length == 2) throw in.broken("expected labels or images, got 2 dimensions");
            if (dims.length > 2) checkDims(in, dims, dims.length == 4 ? dims[3] : 1);
            in.skip(bytes(dims));
            in.expectEnd("the last element");
            return dims.length == 1 ? dims[0] + " labels" : dims[0] + " images of " + dims[1] + "×" + dims[2];
        }
    }

    private static void checkDims(CountedInput in, int[] dims, int channels) {
        if (dims[0] < 1 || dims[1] < 1 || dims[2] < 1 || dims[1] > MAX_SIDE || dims[2] > MAX_SIDE) {
            throw in.broken("expected at least one image with sides of 1 to " + MAX_SIDE + " pixels, got " + dims[0]
                    + " of " + dims[1] + "×" + dims[2]);
        }
        if (channels != 1 && channels != 3) throw in.broken("expected 1 or 3 channels, got " + channels);
        if (bytes(dims) > in.mostLeft()) {
            throw in.broken("the header claims " + bytes(dims) + " bytes of images, the file can hold " + in.mostLeft()
                    + " at most");
        }
    }

    private static long bytes(int[] dims) {
        long bytes = 1;
        for (int dim : dims) bytes *= dim; // at most 2^31 · 2^12 · 2^12 · 3 < 2^63
        return bytes;
    }

    private static byte[] labels(CountedInput in, int count) {
        int claimed = dims(in, 1, 1)[0];
        if (claimed != count) throw in.broken("expected " + count + " labels, one per image, got " + claimed);
        if (count > in.mostLeft()) throw in.broken("the header claims more labels than the file can hold");
        byte[] labels = new byte[count];
        in.read(labels);
        in.expectEnd("the last label");
        for (int i = 0; i < count; i++) {
            if (labels[i] < 0) {
                throw in.broken("label " + (labels[i] & 255) + " of image " + i + ": at most "
                        + (Pixels.MAX_CLASSES - 1) + " is supported");
            }
        }
        return labels;
    }

    /** Reads the header; dimensions may still be zero or negative. */
    private static int[] dims(CountedInput in, int least, int most) {
        int magic = in.order(ByteOrder.BIG_ENDIAN).int32();
        int rank = magic & 255;
        if ((magic & 0xFFFFFF00) != UINT8 || rank < least || rank > most) {
            throw in.broken(String.format(
                    Locale.ROOT,
                    "expected an IDX file of uint8 with %s dimensions (magic 0x%08x), got magic 0x%08x",
                    least == most ? least : least + " or " + most,
                    UINT8 | least,
                    magic));
        }
        int[] dims = new int[rank];
        for (int i = 0; i < rank; i++) dims[i] = in.int32();
        return dims;
    }

    private static void fill(CountedInput in, ByteBuffer pixels) {
        byte[] chunk = new byte[CHUNK];
        for (int at = 0; at < pixels.capacity(); ) {
            int n = Math.min(chunk.length, pixels.capacity() - at);
            in.read(chunk, 0, n);
            pixels.put(at, chunk, 0, n);
            at += n;
        }
    }
}
