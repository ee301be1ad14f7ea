package dev.duet.cli;

import dev.duet.DuetException;
import dev.duet.data.DataInfo;
import dev.duet.data.ImageSet;
import dev.duet.data.ImageSets;
import dev.duet.data.MissingDataException;
import dev.duet.data.Png;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code duet data info}. Holds one part of one set at a time, because SVHN alone is a quarter of a gigabyte. */
@Command(
        name = "info",
        header = "Count the images per class, and draw some of them.",
        footer = {
            "  duet data info",
            "  duet data info --contact-sheet digits.png    ten images of each class, set below set",
            "  duet data info --json --data /data/digits    for scripts"
        })
final class DataInfoCommand implements Callable<Integer> {
    private static final int SHEET_IMAGES_PER_CLASS = 10;
    private static final List<Source> SOURCES =
            List.of(new Source("mnist", ImageSets::mnist), new Source("svhn", ImageSets::svhn));

    private final Terminal terminal;
    private final List<Png.Image> sheets = new ArrayList<>();

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with mnist/ and svhn/ (default: data).")
    private Path data = Path.of("data");

    @Option(
            names = "--contact-sheet",
            paramLabel = "FILE",
            description = "Write a PNG with a row for each class of each set.")
    private Path contactSheet;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    private boolean json;

    DataInfoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    private record Source(String name, Loader loader) {}

    @FunctionalInterface
    private interface Loader {
        ImageSet load(Path dir, boolean train);
    }

    /** What {@code --json} prints. */
    record Report(String data, List<SetInfo> sets) {}

    /**
     * One set.
     *
     * @param parts by name, {@code train} and {@code test}, those that are there; sizes and classes are of the first
     */
    record SetInfo(
            String name, int height, int width, int channels, List<String> classes, Map<String, PartInfo> parts) {}

    /** @param perClass images of each class */
    record PartInfo(int images, int[] perClass) {}

    @Override
    public Integer call() {
        List<SetInfo> sets = new ArrayList<>();
        for (Source source : SOURCES) describe(source, sets);
        if (sets.isEmpty()) {
            throw new DuetException("neither mnist nor svhn in " + data + "; try: duet data fetch --data " + data);
        }
        if (json) {
            Report report = new Report(data.toString(), sets);
            terminal.print(JsonMapper.builder()
                    .build()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(report));
        } else {
            printTables(sets);
        }
        if (contactSheet != null) {
            Png.write(contactSheet, DataInfo.stack(sheets));
            terminal.log("contact sheet: " + contactSheet);
        }
        return CommandLine.ExitCode.OK;
    }

    /** Adds what is there of one set to {@code sets}. */
    private void describe(Source source, List<SetInfo> sets) {
        Map<String, PartInfo> parts = new LinkedHashMap<>();
        for (boolean train : new boolean[] {true, false}) {
            try {
                ImageSet set = source.loader().load(data, train);
                if (parts.isEmpty()) {
                    sets.add(new SetInfo(
                            source.name(), set.height(), set.width(), set.channels(), set.classes(), parts));
                    if (contactSheet != null) sheets.add(DataInfo.contactSheet(set, SHEET_IMAGES_PER_CLASS));
                }
                parts.put(part(train), new PartInfo(set.count(), DataInfo.countsPerClass(set)));
            } catch (MissingDataException e) {
                terminal.detail(source.name() + ": " + e.getMessage());
            }
        }
    }

    private static String part(boolean train) {
        return train ? "train" : "test";
    }

    private void printTables(List<SetInfo> sets) {
        for (Source source : SOURCES) {
            sets.stream()
                    .filter(set -> set.name().equals(source.name()))
                    .findFirst()
                    .ifPresentOrElse(this::printTable, () -> terminal.print("no " + source.name() + " in " + data));
        }
    }

    private void printTable(SetInfo set) {
        terminal.print(set.name() + ", " + set.height() + "×" + set.width() + ", " + set.channels()
                + (set.channels() == 1 ? " channel" : " channels"));
        terminal.print(row("class", set.classes().stream(), "all"));
        for (boolean train : new boolean[] {true, false}) {
            PartInfo info = set.parts().get(part(train));
            terminal.print(
                    info == null
                            ? String.format(Locale.ROOT, "  %-5s  not there", part(train))
                            : row(
                                    part(train),
                                    IntStream.of(info.perClass()).mapToObj(DataInfoCommand::grouped),
                                    grouped(info.images())));
        }
    }

    private static String row(String name, Stream<String> cells, String last) {
        return String.format(Locale.ROOT, "  %-5s", name)
                + cells.map(cell -> String.format(Locale.ROOT, "%8s", cell)).collect(Collectors.joining())
                + String.format(Locale.ROOT, "%9s", last);
    }

    private static String grouped(int count) {
        return String.format(Locale.ROOT, "%,d", count);
    }
}
