package dev.duet.data;

import dev.duet.DuetException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** One file on its way from one address into its part file. */
final class Transfer {
    private static final int BUFFER = 1 << 16;
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;

    /** This address did not deliver. */
    static final class Failed extends Exception {
        private final boolean worthRetrying;

        Failed(String message, boolean worthRetrying) {
            super(message);
            this.worthRetrying = worthRetrying;
        }

        boolean worthRetrying() {
            return worthRetrying;
        }
    }

    private final HttpClient client;
    private final Downloader.Disk disk;
    private final Duration stall;
    private final Downloader.Progress progress;
    private final Manifest.Entry file;
    private final Path part;

    Transfer(
            HttpClient client,
            Downloader.Disk disk,
            Duration stall,
            Downloader.Progress progress,
            Manifest.Entry file,
            Path part) {
        this.client = client;
        this.disk = disk;
        this.stall = stall;
        this.progress = progress;
        this.file = file;
        this.part = part;
    }

    /** Bytes in the part file. */
    long have() {
        try {
            return Files.exists(part) ? Files.size(part) : 0;
        } catch (IOException e) {
            throw new DuetException("cannot read " + part + ": " + e.getMessage(), e);
        }
    }

    void discard() {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            throw new DuetException("cannot delete " + part + ": " + e.getMessage(), e);
        }
    }

    /** Fetches what is missing in one request; returns once everything that the server has is there. */
    void run(URI url) throws Failed {
        if (file.bytes() > 0 && have() > file.bytes()) discard();
        long have = have();
        if (file.bytes() > 0 && have == file.bytes()) return;
        HttpResponse<InputStream> response = send(url, have);
        try (InputStream body = response.body()) {
            receive(response, body, have);
        } catch (IOException e) {
            throw new Failed("the connection was cut after " + have() + " bytes (" + e.getMessage() + ")", true);
        }
    }

    private HttpResponse<InputStream> send(URI url, long have) throws Failed {
        HttpRequest.Builder request = HttpRequest.newBuilder(url).timeout(stall);
        if (have > 0) request.header("Range", "bytes=" + have + "-");
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new Failed("no answer (" + e + ")", true);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void receive(HttpResponse<InputStream> response, InputStream body, long have) throws Failed, IOException {
        int status = response.statusCode();
        if (status == RANGE_NOT_SATISFIABLE) {
            discard();
            throw new Failed("the server cannot resume at byte " + have, true);
        }
        if (status != OK && status != PARTIAL) {
            boolean temporary = status >= SERVER_ERROR || status == TOO_MANY_REQUESTS;
            throw new Failed("the server answered with HTTP status " + status, temporary);
        }
        boolean append = status == PARTIAL && startsAt(response, have);
        if (status == PARTIAL && !append) {
            discard();
            throw new Failed("the server resumed at another byte than " + have, true);
        }
        long start = append ? have : 0;
        long rest = response.headers().firstValueAsLong("Content-Length").orElse(0);
        long total = file.bytes() > 0 ? file.bytes() : rest > 0 ? start + rest : 0;
        requireSpace(total - start);
        copy(body, start, total, append);
    }

    private static boolean startsAt(HttpResponse<InputStream> response, long have) {
        return response.headers()
                .firstValue("Content-Range")
                .map(range -> range.startsWith("bytes " + have + "-"))
                .orElse(false);
    }

    private void requireSpace(long needed) throws IOException {
        long free = disk.free(part.toAbsolutePath().getParent());
        if (needed > free) throw noSpace(needed, free, null);
    }

    private DuetException noSpace(long needed, long free, IOException cause) {
        return new DuetException(
                "no space for " + part + ": " + needed + " more bytes are needed, " + free
                        + " are free; free some space or choose another --data folder, then run the same command again",
                cause);
    }

    private void copy(InputStream body, long start, long total, boolean append) throws Failed, IOException {
        AtomicLong lastByte = new AtomicLong(System.nanoTime());
        Thread watch = watch(body, lastByte);
        long at = start;
        try (OutputStream out = openPart(append, total - at)) {
            byte[] buffer = new byte[BUFFER];
            for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
                write(out, buffer, n, total - at);
                at += n;
                lastByte.set(System.nanoTime());
                progress.at(file, at, total);
                if (total > 0 && at > total) throw tooLong(total);
            }
        } finally {
            watch.interrupt();
        }
        if (at < total) throw new Failed("the connection was cut after " + at + " of " + total + " bytes", true);
    }

    private Failed tooLong(long total) {
        discard();
        return new Failed("the server sends more than the expected " + total + " bytes", false);
    }

    private OutputStream openPart(boolean append, long needed) throws IOException {
        try {
            return disk.open(part, append);
        } catch (IOException e) {
            throw noSpaceOrOther(e, needed);
        }
    }

    private void write(OutputStream out, byte[] buffer, int n, long needed) throws IOException {
        try {
            out.write(buffer, 0, n);
        } catch (IOException e) {
            throw noSpaceOrOther(e, needed);
        }
    }

    private DuetException noSpaceOrOther(IOException e, long needed) throws IOException {
        long free = disk.free(part.toAbsolutePath().getParent());
        boolean full = String.valueOf(e.getMessage()).contains("No space left") || free < needed;
        return full ? noSpace(needed, free, e) : new DuetException("cannot write " + part + ": " + e.getMessage(), e);
    }

    /** Closes {@code body}, which ends a blocked read, once no byte has come for the stall time. */
    private Thread watch(InputStream body, AtomicLong lastByte) {
        Thread thread = new Thread(() -> closeWhenStalled(body, lastByte), "download-watch");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void closeWhenStalled(InputStream body, AtomicLong lastByte) {
        try {
            for (long left = stall.toNanos(); left > 0; left = stall.toNanos() - (System.nanoTime() - lastByte.get())) {
                TimeUnit.NANOSECONDS.sleep(left);
            }
            body.close();
        } catch (InterruptedException | IOException e) {
            // Interrupted: the transfer has ended. An error of close: the reader sees it as the end of the connection.
        }
    }

    static void sleep(Duration pause) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static DuetException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new DuetException("the download was interrupted; run the same command again, it resumes", e);
    }
}
