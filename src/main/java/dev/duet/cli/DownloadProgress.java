package dev.duet.cli;

import dev.duet.data.Downloader;
import dev.duet.data.Manifest;

/** A progress bar for each file that is downloaded; none for a file whose size nobody knows. */
final class DownloadProgress implements Downloader.Progress, AutoCloseable {
    private final Terminal terminal;
    private String title = "";
    private ProgressBar bar; // null until bytes of the file arrive
    private long last;

    DownloadProgress(Terminal terminal) {
        this.terminal = terminal;
    }

    /** From now on {@link #at} is about another file. */
    void next(String fileTitle) {
        close();
        title = fileTitle;
    }

    @Override
    public void at(Manifest.Entry file, long bytes, long total) {
        if (total == 0) return;
        // A file that starts again gets a new bar, so that its rate is not negative.
        if (bar == null || bytes < last) {
            bar = new ProgressBar(terminal, title, bytes, total, ProgressBar.BYTES);
        }
        last = bytes;
        bar.update(bytes, Format.bytes(bytes) + " of " + Format.bytes(total));
    }

    @Override
    public void close() {
        if (bar != null) bar.close();
        bar = null;
    }
}
