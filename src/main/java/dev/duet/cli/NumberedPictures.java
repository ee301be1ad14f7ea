package dev.duet.cli;

import dev.duet.Folders;
import dev.duet.Workers;
import dev.duet.data.Png;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A folder of pictures {@code NNNNN.png}, numbered from 0. */
final class NumberedPictures {
    private static final Pattern NAME = Pattern.compile("(\\d{5,9})\\.png");

    private final Path folder;

    /** Makes {@code folder} if it is missing. */
    NumberedPictures(Path folder) throws IOException {
        this.folder = folder;
        Folders.create(folder);
    }

    /** Name of picture {@code number}. */
    static String name(int number) {
        return String.format(Locale.ROOT, "%05d.png", number);
    }

    /** Writes {@code pictures}, numbered from {@code first} on. */
    void write(int first, List<Png.Image> pictures, Workers workers) {
        workers.run(pictures.size(), i -> Png.write(folder.resolve(name(first + i)), pictures.get(i)));
    }

    /** Removes what an earlier, longer series left: pictures from number {@code count} on. */
    void endAt(int count) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) if (number(file) >= count) Files.delete(file);
        }
    }

    /** Whether {@code file} has such a name. */
    static boolean areNamedAs(Path file) {
        return number(file) >= 0;
    }

    /** Its number, or −1 for other names, such as {@code 000007.png}. */
    private static int number(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (!name.matches()) return -1;
        int number = Integer.parseInt(name.group(1));
        return name(number).equals(name.group()) ? number : -1;
    }
}
