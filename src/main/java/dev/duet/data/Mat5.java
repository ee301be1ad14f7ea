package dev.duet.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * MATLAB 5 files as SVHN's "format 2" uses them: {@code X} uint8 H×W×C×N, column-major, and {@code y} numeric N×1 with
 * labels 1 to 10, where 10 stands for the digit 0. Either byte order, compressed elements or not; other variables are
 * passed over. Format: "MAT-File Format", The MathWorks. Streams: beside the image set only one image is held.
 */
public final class Mat5 {
    /** Bytes of the file header, which precedes the first element. */
    static final int HEADER_BYTES = 128;

    private static final int VERSION_5 = 0x0100;
    private static final int VERSION_7_3 = 0x0200;
    private static final int MAX_SIDE = 1 << 12;
    private static final int MAX_LABEL = 10;

    private final CountedInput in;
    private final String name;
    private int[] dims; // height, width, channels, count of X
    private ByteBuffer pixels; // uint8 (N, H, W, C)
    private byte[] labels; // (N)

    private Mat5(CountedInput in, String name) {
        this.in = in;
        this.name = name;
    }

    /**
     * Reads a set with the classes "0" to "9".
     *
     * @throws DataFormatException if the file is damaged, claims more than it can hold, or lacks {@code X} or {@code y}
     */
    public static ImageSet read(String name, Path file) {
        try (CountedInput in = CountedInput.open(file)) {
            return read(name, in);
        }
    }

    static ImageSet read(String name, CountedInput in) {
        return new Mat5(in, name).read(true);
    }

    /** As {@link #read}, but a file without {@code y} is an unlabelled set. */
    static ImageSet readLabelledOrNot(String name, Path file) {
        try (CountedInput in = CountedInput.open(file)) {
            return new Mat5(in, name).read(false);
        }
    }

    /** Whether the file begins as MATLAB files do. */
    static boolean looksLike(byte[] start) {
        return new String(start, StandardCharsets.ISO_8859_1).startsWith("MATLAB ");
    }

    private ImageSet read(boolean needsLabels) {
        header();
        while (pixels == null || labels == null) {
            if (in.atEnd()) {
                if (pixels != null && !needsLabels) return unlabelled();
                throw in.broken("no variable '" + (pixels == null ? "X" : "y") + "' in the file");
            }
            element();
        }
        if (labels.length != dims[3]) {
            throw in.broken("X holds " + dims[3] + " images, but y " + labels.length + " labels");
        }
        return new ImageSet(name, dims[0], dims[1], dims[2], pixels, labels, Pixels.digitClasses(labels));
    }

    private ImageSet unlabelled() {
        return new ImageSet(name, dims[0], dims[1], dims[2], pixels, new byte[dims[3]], ImageSet.UNLABELLED);
    }

    private void header() {
        byte[] header = new byte[HEADER_BYTES];
        in.read(header);
        boolean little = header[126] == 'I' && header[127] == 'M';
        if (!little && !(header[126] == 'M' && header[127] == 'I')) {
            throw in.broken("not a MATLAB 5 file (no byte order mark at byte 126)");
        }
        in.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int version = ByteBuffer.wrap(header).order(in.order()).getShort(124);
        if (version == VERSION_7_3) throw in.broken("a MATLAB 7.3 (HDF5) file; save it with option -v7");
        if (version != VERSION_5)
            throw in.broken(String.format(Locale.ROOT, "MAT-file version 0x%04x is unknown", version));
    }

    private void element() {
        MatTag tag = MatTag.read(in);
        long bytes = tag.bytes();
        if (bytes > in.mostLeft()) {
            throw in.broken("an element of " + bytes + " bytes, but only " + in.mostLeft() + " are left");
        }
        long end = in.offset() + bytes;
        if (tag.type() == MatTag.COMPRESSED) {
            try (CountedInput inflated = in.inflated(bytes)) {
                MatTag inner = MatTag.read(inflated);
                if (inner.type() == MatTag.MATRIX && matrix(inflated)) inflated.expectEnd("the matrix");
            }
        } else if (tag.type() == MatTag.MATRIX) {
            matrix(in);
        }
        if (in.offset() > end) throw in.broken("a matrix is longer than its element of " + bytes + " bytes");
        in.skip(end - in.offset());
    }

    /** Reads X or y; leaves any other variable unread after its name and returns false. */
    private boolean matrix(CountedInput from) {
        MatHeader header = MatHeader.read(from);
        if (header.name().equals("X") && pixels == null) {
            images(from, header);
        } else if (header.name().equals("y") && labels == null) {
            labels(from, header);
        } else {
            return false;
        }
        return true;
    }

    private void images(CountedInput from, MatHeader header) {
        int[] d = header.dims();
        if (d.length == 3) d = new int[] {d[0], d[1], d[2], 1}; // MATLAB drops a trailing extent of 1
        boolean sides = d.length == 4 && d[0] >= 1 && d[0] <= MAX_SIDE && d[1] >= 1 && d[1] <= MAX_SIDE;
        if (!sides || (d[2] != 1 && d[2] != 3) || d[3] < 1) {
            throw from.broken("X: expected height×width×(1 or 3)×count with sides up to " + MAX_SIDE + ", got "
                    + Arrays.toString(header.dims()));
        }
        if (header.arrayClass() != MatHeader.UINT8_CLASS) throw from.broken("X: expected class uint8");
        MatTag tag = MatTag.read(from);
        long bytes = (long) d[0] * d[1] * d[2] * d[3];
        if (tag.type() != MatTag.UINT8 || tag.bytes() != bytes) {
            throw from.broken("X: expected " + bytes + " elements of type 2 (uint8), got " + tag.bytes()
                    + " bytes of type " + tag.type());
        }
        if (bytes > from.mostLeft()) {
            throw from.broken("X claims " + bytes + " bytes, the file can hold " + from.mostLeft() + " at most");
        }
        ByteBuffer out = Pixels.allocate(in.file().toString(), bytes);
        byte[] columns = new byte[d[0] * d[1] * d[2]];
        byte[] image = new byte[columns.length];
        for (int n = 0; n < d[3]; n++) {
            from.read(columns);
            transpose(columns, d, image);
            out.put(n * image.length, image);
        }
        tag.skipPadding(from);
        dims = d;
        pixels = out;
    }

    /** One image from column-major (H fastest, then W, then C) to HWC. */
    private static void transpose(byte[] columns, int[] d, byte[] image) {
        int height = d[0];
        int width = d[1];
        int channels = d[2];
        for (int c = 0; c < channels; c++) {
            for (int x = 0; x < width; x++) {
                int column = (c * width + x) * height;
                for (int y = 0; y < height; y++) image[(y * width + x) * channels + c] = columns[column + y];
            }
        }
    }

    private void labels(CountedInput from, MatHeader header) {
        int[] d = header.dims();
        if (d.length != 2 || (d[0] != 1 && d[1] != 1) || d[0] < 1 || d[1] < 1) {
            throw from.broken("y: expected count×1, got " + Arrays.toString(d));
        }
        int count = Math.max(d[0], d[1]);
        MatTag tag = MatTag.read(from);
        long bytes = (long) count * tag.elementBytes(from);
        if (tag.bytes() != bytes || bytes > from.mostLeft()) {
            throw from.broken("y: expected " + bytes + " bytes for " + count + " labels, got " + tag.bytes() + " with "
                    + from.mostLeft() + " left in the file at most");
        }
        byte[] out = new byte[count];
        for (int i = 0; i < count; i++) {
            double value = tag.element(from);
            if (!(value >= 0 && value <= MAX_LABEL && value == Math.rint(value))) {
                throw from.broken("y: label " + value + " of image " + i + " is not in 1 to 10");
            }
            out[i] = (byte) ((int) value % MAX_LABEL);
        }
        tag.skipPadding(from);
        labels = out;
    }
}
