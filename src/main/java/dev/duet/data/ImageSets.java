package dev.duet.data;

import dev.duet.DuetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Loads an image set whatever its format. */
public final class ImageSets {
    private static final String FETCH = "try: duet data fetch --data ";

    private static final String IDX_IMAGES = "images-idx3";

    private static final Pattern FILE_NAME =
            Pattern.compile("(train|t10k)-(images-idx3|labels-idx1)-ubyte(\\.gz)?|(train|test)_32x32\\.mat(\\.gz)?");

    private ImageSets() {}

    /**
     * Loads by content: a folder as {@link ClassFolders}, a file that begins with "MATLAB" as {@link Mat5}, else as
     * {@link Idx} (raw or gzip).
     *
     * @param labels label file of an IDX set, or null: then the set is unlabelled. Other formats hold their labels; a
     *     MAT file without {@code y} is unlabelled
     * @throws DuetException if a path is missing or its content is none of these
     */
    public static ImageSet load(String name, Path images, Path labels) {
        require(name, images);
        if (Files.isDirectory(images)) {
            refuseLabels(images, labels);
            return ClassFolders.read(name, images);
        }
        byte[] start = start(images);
        if (Mat5.looksLike(start)) {
            refuseLabels(images, labels);
            return Mat5.readLabelledOrNot(name, images);
        }
        boolean gzip = start.length > 1 && (start[0] & 255) == 0x1f && (start[1] & 255) == 0x8b;
        boolean idx = start.length > 1 && start[0] == 0 && start[1] == 0;
        if (!gzip && !idx) {
            throw new DataFormatException(
                    images, 0, "neither IDX, gzip nor MATLAB 5; expected one of these or a folder of class folders");
        }
        if (labels != null) require(name + " labels", labels);
        return Idx.read(name, images, labels);
    }

    /**
     * As {@link #load(String, Path, Path)}, then fitted; the images of class folders may each have a size of their own.
     *
     * @param size height and width of the result, pixels
     * @param channels of the result, 1 or 3
     */
    public static ImageSet load(String name, Path images, Path labels, int size, int channels) {
        if (!Files.isDirectory(images)) return Resize.fit(load(name, images, labels), size, channels);
        refuseLabels(images, labels);
        return Resize.fit(ClassFolders.read(name, images, size, size), size, channels);
    }

    /**
     * The label file that belongs to {@code images} by MNIST's names: for {@code …images-idx3…} the file
     * {@code …labels-idx1…} beside it, raw or with ending .gz; empty where there is none.
     */
    public static Optional<Path> labelsBeside(Path images) {
        String name = images.getFileName().toString();
        if (!name.contains(IDX_IMAGES)) return Optional.empty();
        String raw = name.replace(IDX_IMAGES, "labels-idx1").replaceFirst("\\.gz$", "");
        return Stream.of(raw, raw + ".gz")
                .map(images::resolveSibling)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /**
     * MNIST below {@code dir}/mnist, each file raw or with ending .gz; 28×28 grey.
     *
     * @throws MissingDataException if a file is not there
     */
    public static ImageSet mnist(Path dir, boolean train) {
        Path mnist = dir.resolve("mnist");
        String part = train ? "train" : "t10k";
        Path images = either(dir, mnist, part + "-images-idx3-ubyte");
        return Idx.read("mnist", images, either(dir, mnist, part + "-labels-idx1-ubyte"));
    }

    /**
     * SVHN's cropped digits below {@code dir}/svhn, raw or with ending .gz; 32×32 RGB.
     *
     * @throws MissingDataException if the file is not there
     */
    public static ImageSet svhn(Path dir, boolean train) {
        return Mat5.read("svhn", either(dir, dir.resolve("svhn"), (train ? "train" : "test") + "_32x32.mat"));
    }

    /** The training and test files of both sets below {@code dir}, as far as they are there. */
    public static List<Path> digitFiles(Path dir) {
        List<Path> files = new ArrayList<>();
        for (String folder : List.of("mnist", "svhn")) {
            try (Stream<Path> entries = Files.list(dir.resolve(folder))) {
                entries.filter(file ->
                                FILE_NAME.matcher(file.getFileName().toString()).matches())
                        .sorted()
                        .forEach(files::add);
            } catch (IOException e) {
                throw new DuetException("no folder " + dir.resolve(folder) + "; " + FETCH + dir, e);
            }
        }
        return files;
    }

    private static Path either(Path dir, Path folder, String file) {
        Path raw = folder.resolve(file);
        if (Files.exists(raw)) return raw;
        Path gzip = folder.resolve(file + ".gz");
        if (Files.exists(gzip)) return gzip;
        throw new MissingDataException("neither " + raw + " nor " + gzip.getFileName() + " exists; " + FETCH + dir);
    }

    private static void require(String name, Path path) {
        if (!Files.exists(path)) {
            throw new DuetException(name + ": looked for " + path.toAbsolutePath() + ", which does not exist; check the"
                    + " path, or for MNIST and SVHN " + FETCH + "DIR");
        }
    }

    private static void refuseLabels(Path images, Path labels) {
        if (labels != null) {
            throw new DuetException(images + " holds its own labels; leave out the label file " + labels);
        }
    }

    private static byte[] start(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(16);
        } catch (IOException e) {
            throw new DuetException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
