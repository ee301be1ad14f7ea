package dev.duet.data;

import dev.duet.DuetException;
import dev.duet.Workers;
import java.nio.ByteBuffer;

/** Changes the size or the number of channels of whole image sets; results stay uint8. */
public final class Resize {
    /** Luma weights of ITU-R BT.601, in 1/1000: red, green, blue. */
    private static final int[] LUMA = {299, 587, 114};

    private static final int IMAGES_PER_TASK = 512;

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
        Axis columns = Axis.of(set.width(), width);
        eachTask(set, (from, to) -> {
            byte[] in = new byte[set.imageBytes()];
            byte[] image = new byte[bytes];
            for (int n = from; n < to; n++) {
                set.pixels().get(n * in.length, in);
                interpolate(in, set.width(), set.channels(), rows, columns, image);
                out.put(n * bytes, image);
            }
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
        eachTask(set, (from, to) -> {
            for (int n = from; n < to; n++) out.put(n * bytes, channels(set.image(n), set.channels(), channels));
        });
        return new ImageSet(set.name(), set.height(), set.width(), channels, out, set.labels(), set.classes());
    }

    /** Images {@code from} up to but not {@code to}. */
    private interface Task {
        void run(int from, int to);
    }

    /** Runs {@code task} over all images, on all cores; each image has its own place in a buffer. */
    private static void eachTask(ImageSet set, Task task) {
        int tasks = (set.count() + IMAGES_PER_TASK - 1) / IMAGES_PER_TASK;
        try (Workers workers = new Workers(0)) {
            workers.run(tasks, i -> task.run(i * IMAGES_PER_TASK, Math.min(set.count(), (i + 1) * IMAGES_PER_TASK)));
        }
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
        interpolate(image, width, channels, Axis.of(height, toHeight), Axis.of(width, toWidth), out);
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
    }

    private static void interpolate(byte[] in, int width, int channels, Axis rows, Axis columns, byte[] out) {
        int at = 0;
        for (int y = 0; y < rows.first.length; y++) {
            int above = rows.first[y] * width;
            int below = rows.second[y] * width;
            double v = rows.weight[y];
            for (int x = 0; x < columns.first.length; x++) {
                int left = columns.first[x];
                int right = columns.second[x];
                double u = columns.weight[x];
                double aboveLeft = (1 - v) * (1 - u);
                double aboveRight = (1 - v) * u;
                double belowLeft = v * (1 - u);
                double belowRight = v * u;
                for (int c = 0; c < channels; c++) {
                    int nw = in[(above + left) * channels + c] & 255;
                    int ne = in[(above + right) * channels + c] & 255;
                    int sw = in[(below + left) * channels + c] & 255;
                    int se = in[(below + right) * channels + c] & 255;
                    if ((nw | ne | sw | se) == 0) { // most of a handwritten digit's image
                        out[at++] = 0;
                        continue;
                    }
                    double sum = aboveLeft * nw + aboveRight * ne + belowLeft * sw + belowRight * se;
                    out[at++] = (byte) (int) (sum + 0.5); // not negative, so this rounds half up
                }
            }
        }
    }
}
