package dev.duet.cli;

import dev.duet.data.DataCheck;
import dev.duet.data.Manifest;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code duet data verify}. */
@Command(
        name = "verify",
        header = "Compare what is there with the digests.",
        description = "%n✓ right, → another readable file, or missing but not needed, ✗ missing or damaged."
                + " Exit code 0 unless a needed file is missing or any is damaged.",
        footer = {
            "  duet data verify",
            "  duet data verify svhn --data /data/digits    one set",
            "  duet data verify --json                      for scripts"
        })
final class DataVerifyCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private DataFiles files;

    @Option(names = "--json", description = "Print one JSON object instead of lines.")
    private boolean json;

    DataVerifyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** What {@code --json} prints; {@code usable}: nothing that is needed is missing, and nothing is damaged. */
    record Report(String data, boolean usable, List<Item> files) {}

    /** @param needed whether its absence would be a failure */
    record Item(String set, String path, DataCheck.State state, boolean needed, String detail) {
        boolean failed() {
            return state == DataCheck.State.WRONG || (state == DataCheck.State.MISSING && needed);
        }
    }

    @Override
    public Integer call() {
        List<Manifest.Entry> selected = files.selected();
        List<Item> items = selected.stream().map(this::check).toList();
        long failed = items.stream().filter(Item::failed).count();
        if (json) {
            Report report = new Report(files.dir().toString(), failed == 0, items);
            terminal.print(JsonMapper.builder()
                    .build()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(report));
        } else {
            for (int i = 0; i < items.size(); i++) printLine(items.get(i), selected.get(i), selected);
            summarise(items);
        }
        if (failed == 0) return CommandLine.ExitCode.OK;
        terminal.error(failed + " of " + items.size() + " files missing or damaged in " + files.dir()
                + "; try: duet data fetch --data " + files.dir());
        return CommandLine.ExitCode.SOFTWARE;
    }

    private Item check(Manifest.Entry file) {
        DataCheck.Finding finding = DataCheck.check(file, files.dir());
        return new Item(file.set(), file.path(), finding.state(), files.needed(file), finding.detail());
    }

    private void printLine(Item item, Manifest.Entry file, List<Manifest.Entry> selected) {
        Check.Status status = item.failed()
                ? Check.Status.MISSING
                : item.state() == DataCheck.State.OK ? Check.Status.OK : Check.Status.OPTIONAL;
        boolean spared = item.state() == DataCheck.State.MISSING && !item.needed();
        DataFiles.print(terminal, status, file, item.detail() + (spared ? ", not needed" : ""), selected);
    }

    private void summarise(List<Item> items) {
        items.stream()
                .map(Item::set)
                .distinct()
                .filter(set -> items.stream()
                        .filter(item -> item.set().equals(set))
                        .allMatch(item -> item.state() == DataCheck.State.MISSING))
                .forEach(set -> terminal.print("no " + set + " in " + files.dir()));
        terminal.print(files.dir() + ": " + count(items, item -> item.state() == DataCheck.State.OK) + " right, "
                + count(items, item -> item.state() == DataCheck.State.OTHER) + " other but readable, "
                + count(items, Item::failed) + " missing or damaged");
    }

    private static long count(List<Item> items, Predicate<Item> which) {
        return items.stream().filter(which).count();
    }
}
