package dev.duet.run;

import dev.duet.Folders;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whole-file writes that a crash cannot tear: the bytes go to a temporary file in the same folder, are forced to the
 * disk, and take the target's name by an atomic rename; then the folder is forced too. At any moment the target holds
 * its old content or its new one. Temporaries that a killed process left behind go with the next write of that target.
 */
public final class AtomicFiles {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final long PID = ProcessHandle.current().pid();
    private static final AtomicLong COUNTER = new AtomicLong();
    /** Temporaries that this process is writing now: the only ones of its own pid that are no leftovers. */
    private static final Set<Path> ACTIVE = ConcurrentHashMap.newKeySet();

    private AtomicFiles() {}

    /** Writes a file's whole content to the stream it is given; need not close it. */
    @FunctionalInterface
    public interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    /** @throws dev.duet.DuetException naming the file if it cannot be written; the target then has its old content */
    public static void write(Path target, Body body) {
        replace(target, null, body);
    }

    /** Writes {@code text} as UTF-8. */
    public static void write(Path target, String text) {
        write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * As {@link #write(Path, Body)}, and the target's old content becomes {@code previous}, in the same folder. A crash
     * between the two renames leaves no target, but the whole old content under {@code previous}.
     */
    static void writeKeeping(Path target, Path previous, Body body) {
        replace(target, previous, body);
    }

    private static void replace(Path target, Path previous, Body body) {
        Path absolute = target.toAbsolutePath();
        Path folder = absolute.getParent();
        Path temporary =
                folder.resolve("." + absolute.getFileName() + "." + PID + "-" + COUNTER.incrementAndGet() + ".tmp");
        ACTIVE.add(temporary);
        try {
            Folders.create(folder);
            removeLeftovers(folder, absolute.getFileName().toString());
            try {
                fill(temporary, body);
                if (previous != null && Files.exists(absolute)) rename(absolute, previous.toAbsolutePath());
                rename(temporary, absolute);
            } finally {
                Files.deleteIfExists(temporary);
            }
            forceFolder(folder);
        } catch (IOException e) {
            throw IoFailures.of("write", target, e);
        } finally {
            ACTIVE.remove(temporary);
        }
    }

    /** A FileOutputStream rather than a channel: an interrupted thread must still be able to finish its checkpoint. */
    private static void fill(Path temporary, Body body) throws IOException {
        try (FileOutputStream file = new FileOutputStream(temporary.toFile())) {
            OutputStream out = new BufferedOutputStream(file, BUFFER_BYTES);
            body.writeTo(out);
            out.flush();
            file.getFD().sync();
        }
    }

    private static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void forceFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void removeLeftovers(Path folder, String name) throws IOException {
        Pattern temporaries = Pattern.compile(Pattern.quote("." + name + ".") + "(\\d{1,18})-\\d+\\.tmp");
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Matcher matcher = temporaries.matcher(file.getFileName().toString());
                if (matcher.matches() && isLeftover(file, Long.parseLong(matcher.group(1)))) Files.deleteIfExists(file);
            }
        }
    }

    /** In a container a restarted process often has the pid of the killed one: so the own pid is no proof of life. */
    private static boolean isLeftover(Path file, long pid) {
        if (pid == PID) return !ACTIVE.contains(file);
        return ProcessHandle.of(pid).isEmpty();
    }
}
