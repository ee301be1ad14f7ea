package dev.duet.data;

import dev.duet.DuetException;
import java.nio.ByteBuffer;
import java.util.stream.IntStream;

/** Changes the size or the number of channels of whole image sets; results stay uint8. */
public final class Resize {
    /** Luma weights of ITU-R BT.601, in 1/1000: red, green, blue. */
    private static final int[] LUMA = {299, 587, 114};

    private Resize() {}

    /** {@code set} at {@code size}×{@code size} pixels and with {@code channels}; itself where it is so already. */
    public static ImageSet fit(ImageSet set, int size, int channels) {
        boolean sized = set.height() == size && set.width() == size;
        ImageSet resized = sized ? set : bilinear(set, size, size);
        return resized.channels() == channels ? resized : channels(resized, channels);
    }

    /**
     * Bilinear interpolation with pixel centres aligned (source coordinate (i + ½)·from/to − ½), edges clamped, rounded
     * half up to 8 bits. Returns {@code set} itself if it has the size already.
     */
    public static ImageSet bilinear(ImageSet set, int height, int width) {
        if (height < 1 || width < 1) throw new DuetException("resize: size " + height + "×" + width + " is empty");
        if (set.height() == height && set.width() == width) return set;
        int bytes = height * width * set.channels();
        ByteBuffer out = Pixels.allocate(set.name(), (long) bytes * set.count());
        Axis rows = Axis.of(set.height(), height);
        Axis values = Axis.of(set.width(), width).ofValues(set.channels());
        int rowLength = set.width() * set.channels();
        IntStream.range(0, set.count()).parallel().forEach(n -> {
            byte[] image = new byte[bytes];
            interpolate(set.image(n), rowLength, rows, values, image);
            out.put(n * bytes, image);
        });
        return new ImageSet(set.name(), height, width, set.channels(), out, set.labels(), set.classes());
    }

    /**
     * One grey channel repeated to three, or three reduced to one by luma: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601),
     * rounded half up. Returns {@code set} itself if it has that many channels already.
     */
    public static ImageSet channels(ImageSet set, int channels) {
        if (set.channels() == channels) return set;
        int bytes = set.height() * set.width() * channels;
        ByteBuffer out = Pixels.allocate(set.name(), (long) bytes * set.count());
        IntStream.range(0, set.count())
                .parallel()
                .forEach(n -> out.put(n * bytes, channels(set.image(n), set.channels(), channels)));
        return new ImageSet(set.name(), set.height(), set.width(), channels, out, set.labels(), set.classes());
    }

    /** The same for one image: uint8, HWC. */
    static byte[] channels(byte[] image, int from, int to) {
        if (from == to) return image;
        int pixels = image.length / from;
        byte[] out = new byte[pixels * to];
        if (from == 1 && to == 3) {
            for (int i = 0; i < out.length; i++) out[i] = image[i / 3];
        } else if (from == 3 && to == 1) {
            for (int i = 0; i < pixels; i++) {
                int sum = 500;
                for (int c = 0; c < 3; c++) sum += LUMA[c] * (image[3 * i + c] & 255);
                out[i] = (byte) (sum / 1000);
            }
        } else {
            throw new DuetException("channels: expected 1 or 3, got " + from + " to become " + to);
        }
        return out;
    }

    /** The same as {@link #bilinear(ImageSet, int, int)} for one image: uint8, HWC. */
    static byte[] bilinear(byte[] image, int height, int width, int channels, int toHeight, int toWidth) {
        if (height == toHeight && width == toWidth) return image;
        byte[] out = new byte[toHeight * toWidth * channels];
        interpolate(
                image,
                width * channels,
                Axis.of(height, toHeight),
                Axis.of(width, toWidth).ofValues(channels),
                out);
        return out;
    }

    /** Per output coordinate: the two source coordinates and the weight of the second. */
    private record Axis(int[] first, int[] second, double[] weight) {
        static Axis of(int from, int to) {
            Axis axis = new Axis(new int[to], new int[to], new double[to]);
            for (int i = 0; i < to; i++) {
                double at = (i + .5) * from / to - .5;
                int floor = (int) Math.floor(at);
                axis.first[i] = Math.min(from - 1, Math.max(0, floor));
                axis.second[i] = Math.min(from - 1, Math.max(0, floor + 1));
                axis.weight[i] = at - floor;
            }
            return axis;
        }

        /** From pixels of a row to its values, of which each pixel has one per channel. */
        Axis ofValues(int channels) {
            int values = first.length * channels;
            Axis axis = new Axis(new int[values], new int[values], new double[values]);
            for (int i = 0; i < values; i++) {
                axis.first[i] = first[i / channels] * channels + i % channels;
                axis.second[i] = second[i / channels] * channels + i % channels;
                axis.weight[i] = weight[i / channels];
            }
            return axis;
        }
    }

    /**
     * Along each column first, then along the row that results.
     *
     * @param rowLength width × channels
     * @param values within a row
     */
    private static void interpolate(byte[] in, int rowLength, Axis rows, Axis values, byte[] out) {
        double[] row = new double[rowLength];
        int at = 0;
        for (int y = 0; y < rows.first.length; y++) {
            int above = rows.first[y] * row.length;
            int below = rows.second[y] * row.length;
            double v = rows.weight[y];
            for (int i = 0; i < row.length; i++) row[i] = (1 - v) * (in[above + i] & 255) + v * (in[below + i] & 255);
            for (int i = 0; i < values.first.length; i++) {
                double u = values.weight[i];
                double value = (1 - u) * row[values.first[i]] + u * row[values.second[i]];
                out[at++] = (byte) (int) (value + .5); // half up: none is negative
            }
        }
    }
}
