package dev.duet.data;

import dev.duet.DuetException;
import dev.duet.Folders;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Fetches the files of a {@link Manifest}. Bytes arrive in {@code NAME.part} beside the final place, from which a later
 * call resumes; only a file with the right digest is moved into place, atomically and after fsync.
 */
public final class Downloader {
    /** Failed attempts in a row, without a byte gained, after which the next address is tried. */
    private static final int MAX_FAILURES = 4;

    /** Told of every few kilobytes. */
    @FunctionalInterface
    public interface Progress {
        /**
         * @param bytes bytes of the file that have arrived
         * @param total size of the file, bytes; 0 if unknown
         */
        void at(Manifest.Entry file, long bytes, long total);
    }

    /** What {@link #fetch} did. */
    public enum Outcome {
        DOWNLOADED,
        /** The right file was there already. */
        ALREADY_THERE,
        /** A readable file of other content, such as a subset, was there and was left alone. */
        OTHER_KEPT
    }

    /** The disk, replaceable in tests. */
    interface Disk {
        OutputStream open(Path file, boolean append) throws IOException;

        /** Free bytes where {@code folder} lies. */
        long free(Path folder) throws IOException;
    }

    /** Waiting times. */
    record Patience(Duration pause, Duration stall) {}

    private static final Disk REAL_DISK = new Disk() {
        @Override
        public OutputStream open(Path file, boolean append) throws IOException {
            return append
                    ? Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                    : Files.newOutputStream(file);
        }

        @Override
        public long free(Path folder) throws IOException {
            return Files.getFileStore(folder).getUsableSpace();
        }
    };

    private final HttpClient client = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(20))
            .build();
    private final Progress progress;
    private final Disk disk;
    private final Patience patience;

    public Downloader(Progress progress) {
        this(progress, REAL_DISK, new Patience(Duration.ofSeconds(2), Duration.ofSeconds(60)));
    }

    Downloader(Progress progress, Disk disk, Patience patience) {
        this.progress = progress;
        this.disk = disk;
        this.patience = patience;
    }

    static Disk realDisk() {
        return REAL_DISK;
    }

    /**
     * Makes sure that a file lies below {@code dir}.
     *
     * @throws DuetException if no address gave the right file, the disk is full, or the thread was interrupted; what has
     *     arrived stays in the part file unless its digest is wrong
     */
    public Outcome fetch(Manifest.Entry file, Path dir) {
        Path target = file.in(dir);
        switch (DataCheck.check(file, dir).state()) {
            case OK -> {
                return Outcome.ALREADY_THERE;
            }
            case OTHER -> {
                return Outcome.OTHER_KEPT;
            }
            case MISSING, WRONG -> refuseShadowed(file.foundIn(dir), target);
        }
        Path part = target.resolveSibling(target.getFileName() + ".part");
        List<String> failures = new ArrayList<>();
        for (URI url : file.urls()) {
            try {
                Folders.create(part.toAbsolutePath().getParent());
                fromAddress(file, url, part);
                place(part, target);
                return Outcome.DOWNLOADED;
            } catch (Transfer.Failed e) {
                failures.add(url + ": " + e.getMessage());
            } catch (IOException e) {
                throw new DuetException("cannot place " + target + ": " + e.getMessage(), e);
            }
        }
        throw new DuetException("could not download " + file.path() + ": " + String.join("; ", failures)
                + "; check the network and run the same command again, it resumes");
    }

    /** A damaged inflated file would still be read in place of the one that is fetched. */
    private static void refuseShadowed(Path found, Path target) {
        if (!found.equals(target)) {
            throw new DuetException(found + " is damaged and would be read before " + target.getFileName()
                    + "; delete it, then run the same command again");
        }
    }

    /** Fills {@code part} until its digest is right. A wrong digest after resuming may be the old bytes' fault. */
    private void fromAddress(Manifest.Entry file, URI url, Path part) throws Transfer.Failed {
        Transfer transfer = new Transfer(client, disk, patience.stall(), progress, file, part);
        boolean resumed = transfer.have() > 0;
        complete(transfer, url);
        if (resumed && !file.digest().of(part).equals(file.digest())) {
            transfer.discard();
            complete(transfer, url);
        }
        Digest got = file.digest().of(part);
        if (!got.equals(file.digest())) {
            transfer.discard();
            throw new Transfer.Failed("wrong digest, expected " + file.digest() + ", got " + got, false);
        }
    }

    /** Tries again after cuts, as long as bytes keep coming. */
    private void complete(Transfer transfer, URI url) throws Transfer.Failed {
        for (int failures = 0; ; ) {
            long before = transfer.have();
            try {
                transfer.run(url);
                return;
            } catch (Transfer.Failed e) {
                failures = transfer.have() > before ? 1 : failures + 1;
                if (!e.worthRetrying() || failures >= MAX_FAILURES) throw e;
                Transfer.sleep(patience.pause().multipliedBy(failures));
            }
        }
    }

    private static void place(Path part, Path target) throws IOException {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
