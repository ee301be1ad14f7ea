package dev.duet.cli;

import dev.duet.DuetException;
import dev.duet.data.Downloader;
import dev.duet.data.Manifest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code duet data fetch}. Ctrl-C needs no care here: the JVM's own end leaves the part file, from which it resumes. */
@Command(
        name = "fetch",
        header = "Download what is missing.",
        description = "%nA download that was interrupted resumes when the command is run again. What is there and right"
                + " is left alone, and so is another readable file, such as a subset.",
        footer = {
            "  duet data fetch",
            "  duet data fetch mnist --data /data/digits    one set, to another folder",
            "  duet data fetch svhn/extra_32x32.mat         one file, here an optional one of 1.2 GiB"
        })
final class DataFetchCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private DataFiles files;

    DataFetchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        List<Manifest.Entry> wanted =
                files.selected().stream().filter(files::needed).toList();
        Map<Downloader.Outcome, Integer> counts = new EnumMap<>(Downloader.Outcome.class);
        try (DownloadProgress progress = new DownloadProgress(terminal)) {
            Downloader downloader = new Downloader(progress);
            for (int i = 0; i < wanted.size(); i++) {
                progress.next(i + 1 + "/" + wanted.size() + " " + wanted.get(i).path());
                fetch(downloader, wanted.get(i), wanted, counts);
            }
        }
        return summarise(counts, wanted.size());
    }

    private void fetch(
            Downloader downloader,
            Manifest.Entry file,
            List<Manifest.Entry> wanted,
            Map<Downloader.Outcome, Integer> counts) {
        try {
            Downloader.Outcome outcome = downloader.fetch(file, files.dir());
            counts.merge(outcome, 1, Integer::sum);
            boolean other = outcome == Downloader.Outcome.OTHER_KEPT;
            DataFiles.print(
                    terminal, other ? Check.Status.OPTIONAL : Check.Status.OK, file, detail(outcome, file), wanted);
        } catch (DuetException e) {
            DataFiles.print(terminal, Check.Status.MISSING, file, e.getMessage(), wanted);
        }
    }

    private static String detail(Downloader.Outcome outcome, Manifest.Entry file) {
        return switch (outcome) {
            case DOWNLOADED -> "downloaded" + (file.bytes() > 0 ? ", " + Format.bytes(file.bytes()) : "");
            case ALREADY_THERE -> "already there";
            case OTHER_KEPT -> "another readable file, kept; 'duet data verify' says more";
        };
    }

    private int summarise(Map<Downloader.Outcome, Integer> counts, int wanted) {
        List<String> parts = new ArrayList<>();
        counts.forEach((outcome, count) -> parts.add(count + " " + phrase(outcome)));
        if (!parts.isEmpty()) terminal.print(files.dir() + ": " + String.join(", ", parts));
        int failed =
                wanted - counts.values().stream().mapToInt(Integer::intValue).sum();
        if (failed == 0) return CommandLine.ExitCode.OK;
        terminal.error(
                failed + " of " + wanted + " files could not be fetched; run the same command again, it resumes");
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String phrase(Downloader.Outcome outcome) {
        return switch (outcome) {
            case DOWNLOADED -> "downloaded";
            case ALREADY_THERE -> "already there";
            case OTHER_KEPT -> "of other content kept";
        };
    }
}
