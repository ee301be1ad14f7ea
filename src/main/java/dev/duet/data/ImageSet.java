package dev.duet.data;

import dev.duet.DuetException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A labelled set of images of one size, resident off the Java heap as uint8 until a step gathers it.
 *
 * @param name domain name such as {@code mnist}; names the modality in configs, metrics and figures
 * @param height rows of each image, pixels
 * @param width columns of each image, pixels
 * @param channels 1 (grey) or 3 (red, green, blue)
 * @param pixels direct buffer, uint8 in [0, 255], NHWC: pixel (n, y, x, c) at ((n·height + y)·width + x)·channels + c
 * @param labels class index of each image, in [0, classes.size())
 * @param classes display name of each class, for digits "0" to "9"; {@link #UNLABELLED} if the labels are unknown
 */
public record ImageSet(
        String name, int height, int width, int channels, ByteBuffer pixels, byte[] labels, List<String> classes) {

    /** The classes of a set without labels, all of whose {@code labels} then are 0. */
    public static final List<String> UNLABELLED = List.of("unlabelled");

    public ImageSet {
        long expected = (long) labels.length * height * width * channels;
        if (pixels.capacity() != expected || !pixels.isDirect()) {
            throw new DuetException("image set '" + name + "': expected a direct buffer of " + labels.length + "×"
                    + height + "×" + width + "×" + channels + " = " + expected + " bytes, got " + pixels.capacity()
                    + (pixels.isDirect() ? "" : " on the heap"));
        }
        pixels = pixels.duplicate().clear(); // whole, however far it was written or read
        classes = List.copyOf(classes);
    }

    /** Number of images, N. */
    public int count() {
        return labels.length;
    }

    /** Whether {@code labels} mean anything. */
    public boolean labelled() {
        return !classes.equals(UNLABELLED);
    }

    /** Bytes of one image: height · width · channels. */
    public int imageBytes() {
        return height * width * channels;
    }

    /** A copy of image {@code index}: uint8, HWC. */
    public byte[] image(int index) {
        byte[] out = new byte[imageBytes()];
        pixels.get(Math.multiplyExact(index, imageBytes()), out);
        return out;
    }

    /** A copy of the images at {@code indices}, in that order. */
    public ImageSet select(int[] indices) {
        ByteBuffer chosen = ByteBuffer.allocateDirect(Math.multiplyExact(indices.length, imageBytes()));
        byte[] chosenLabels = new byte[indices.length];
        for (int i = 0; i < indices.length; i++) {
            chosen.put(i * imageBytes(), pixels, Math.multiplyExact(indices[i], imageBytes()), imageBytes());
            chosenLabels[i] = labels[indices[i]];
        }
        return new ImageSet(name, height, width, channels, chosen, chosenLabels, classes);
    }

    /** The first {@code count} images; shares the pixels. */
    public ImageSet first(int count) {
        ByteBuffer front = pixels.duplicate()
                .position(0)
                .limit(Math.multiplyExact(count, imageBytes()))
                .slice();
        return new ImageSet(name, height, width, channels, front, Arrays.copyOf(labels, count), classes);
    }
}
