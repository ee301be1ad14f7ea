package dev.duet.data;

import java.util.Arrays;
import java.util.List;

/** What one wants to know of an image set at a glance. */
public final class DataInfo {
    private static final int GAP = 1;
    private static final byte BACKGROUND = (byte) 64;

    private DataInfo() {}

    /** Images per class. */
    public static int[] countsPerClass(ImageSet set) {
        int[] counts = new int[set.classes().size()];
        for (byte label : set.labels()) counts[label]++;
        return counts;
    }

    /** A row for each class with its first {@code perClass} images, one pixel apart; no text. */
    public static Png.Image contactSheet(ImageSet set, int perClass) {
        int rows = set.classes().size();
        int width = perClass * (set.width() + GAP) + GAP;
        int height = rows * (set.height() + GAP) + GAP;
        byte[] sheet = new byte[width * height * set.channels()];
        Arrays.fill(sheet, BACKGROUND);
        int[] placed = new int[rows];
        for (int i = 0; i < set.count(); i++) {
            int row = set.labels()[i];
            if (placed[row] == perClass) continue;
            int left = GAP + placed[row]++ * (set.width() + GAP);
            int top = GAP + row * (set.height() + GAP);
            paste(set, i, sheet, width, top, left);
        }
        return new Png.Image(width, height, set.channels(), sheet);
    }

    /** The images one below the other, at the left edge; in RGB if one of them is. */
    public static Png.Image stack(List<Png.Image> images) {
        int width = images.stream().mapToInt(Png.Image::width).max().orElseThrow();
        int height = images.stream().mapToInt(Png.Image::height).sum();
        int channels = images.stream().mapToInt(Png.Image::channels).max().orElseThrow();
        byte[] out = new byte[width * height * channels];
        Arrays.fill(out, BACKGROUND);
        int top = 0;
        for (Png.Image image : images) {
            byte[] pixels = Resize.channels(image.pixels(), image.channels(), channels);
            int row = image.width() * channels;
            for (int y = 0; y < image.height(); y++) {
                System.arraycopy(pixels, y * row, out, (top + y) * width * channels, row);
            }
            top += image.height();
        }
        return new Png.Image(width, height, channels, out);
    }

    private static void paste(ImageSet set, int index, byte[] sheet, int width, int top, int left) {
        byte[] image = set.image(index);
        int row = set.width() * set.channels();
        for (int y = 0; y < set.height(); y++) {
            System.arraycopy(image, y * row, sheet, ((top + y) * width + left) * set.channels(), row);
        }
    }
}
