package dev.duet.data;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A folder with one sub-folder per class, each holding PNG files. Classes are sorted by name, numbers by value; files by
 * name. The set is grey if every file is, else RGB; alpha is blended over black.
 */
public final class ClassFolders {
    private static final Comparator<Path> BY_NAME =
            Comparator.comparing((Path path) -> path.getFileName().toString(), ClassNames.ORDER);

    private record Entry(Path file, byte label, PngHeader header) {}

    private ClassFolders() {}

    /** Reads a set whose images must all have the size of the first. */
    public static ImageSet read(String name, Path dir) {
        List<String> classes = new ArrayList<>();
        List<Entry> entries = entries(dir, classes);
        PngHeader first = entries.get(0).header();
        for (Entry entry : entries) {
            PngHeader h = entry.header();
            if (h.width() != first.width() || h.height() != first.height()) {
                throw new DuetException(entry.file() + ": expected " + first.height() + "×" + first.width()
                        + " pixels as in " + entries.get(0).file() + ", got " + h.height() + "×" + h.width()
                        + "; give a size to which all images are to be resized");
            }
        }
        return read(name, entries, classes, first.height(), first.width());
    }

    /** Reads a set and resizes every image to {@code height}×{@code width} pixels (bilinear). */
    public static ImageSet read(String name, Path dir, int height, int width) {
        List<String> classes = new ArrayList<>();
        return read(name, entries(dir, classes), classes, height, width);
    }

    /** The file of each image of the set, in the set's order. */
    public static List<Path> files(Path dir) {
        return entries(dir, new ArrayList<>()).stream().map(Entry::file).toList();
    }

    private static ImageSet read(String name, List<Entry> entries, List<String> classes, int height, int width) {
        boolean grey = entries.stream().allMatch(e -> isGrey(e.header()));
        int channels = grey ? 1 : 3;
        int imageBytes = height * width * channels;
        ByteBuffer pixels = Pixels.allocate(name, (long) imageBytes * entries.size());
        byte[] labels = new byte[entries.size()];
        for (int i = 0; i < labels.length; i++) {
            Png.Image image = Png.read(entries.get(i).file()).opaque();
            byte[] converted = Resize.channels(image.pixels(), image.channels(), channels);
            pixels.put(
                    i * imageBytes, Resize.bilinear(converted, image.height(), image.width(), channels, height, width));
            labels[i] = entries.get(i).label();
        }
        return new ImageSet(name, height, width, channels, pixels, labels, classes);
    }

    private static boolean isGrey(PngHeader header) {
        return header.colour() == PngHeader.GREY || header.colour() == PngHeader.GREY_ALPHA;
    }

    /** Every file with its class, in order; adds the class names to {@code classes}. Never empty. */
    private static List<Entry> entries(Path dir, List<String> classes) {
        List<Entry> entries = new ArrayList<>();
        for (Path folder : sorted(dir)) {
            if (!Files.isDirectory(folder)) continue;
            byte label = (byte) classes.size();
            classes.add(folder.getFileName().toString());
            for (Path file : sorted(folder)) {
                if (isPng(file)) entries.add(new Entry(file, label, Png.header(file)));
            }
        }
        if (classes.size() > Pixels.MAX_CLASSES) {
            throw new DuetException(
                    dir + ": expected at most " + Pixels.MAX_CLASSES + " class folders, got " + classes.size());
        }
        if (entries.isEmpty()) {
            throw new DuetException(
                    dir + ": no PNG files found; expected one sub-folder per class, each holding .png" + " files");
        }
        return entries;
    }

    private static boolean isPng(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".png");
    }

    private static List<Path> sorted(Path dir) {
        try (Stream<Path> children = Files.list(dir)) {
            return children.filter(p -> !p.getFileName().toString().startsWith("."))
                    .sorted(BY_NAME)
                    .toList();
        } catch (IOException e) {
            throw new DuetException("cannot list " + dir + ": " + e.getMessage(), e);
        }
    }
}
