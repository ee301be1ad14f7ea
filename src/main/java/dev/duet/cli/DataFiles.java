package dev.duet.cli;

import dev.duet.data.Manifest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Which files of the manifest a command is about, and where they lie. */
final class DataFiles {
    @Option(names = "--data", paramLabel = "DIR", description = "Folder with mnist/ and svhn/ (default: data).")
    private Path dir = Path.of("data");

    @Option(
            names = "--manifest",
            paramLabel = "FILE",
            description = "Another list of files, for example with the addresses of a mirror (default: Duet's own).")
    private Path manifest;

    @Parameters(
            paramLabel = "SET",
            arity = "0..*",
            description = "Only these: sets such as mnist, or single files such as svhn/extra_32x32.mat.")
    private List<String> names = new ArrayList<>();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    Path dir() {
        return dir;
    }

    /** Every file of the sets that were asked for, or of all. */
    List<Manifest.Entry> selected() {
        List<Manifest.Entry> all = (manifest == null ? Manifest.packaged() : Manifest.read(manifest)).files();
        for (String name : names) {
            if (all.stream().noneMatch(file -> named(file, name))) throw unknown(name, all);
        }
        return all.stream()
                .filter(file -> names.isEmpty() || names.stream().anyMatch(name -> named(file, name)))
                .toList();
    }

    /** Whether a file is to be there: an optional one only if it was asked for by its path. */
    boolean needed(Manifest.Entry file) {
        return !file.optional() || names.contains(file.path());
    }

    private static boolean named(Manifest.Entry file, String name) {
        return file.set().equals(name) || file.path().equals(name);
    }

    private ParameterException unknown(String name, List<Manifest.Entry> all) {
        String sets = String.join(
                ", ", all.stream().map(Manifest.Entry::set).distinct().toList());
        return new ParameterException(
                command.commandLine(),
                "no data set or file '" + name + "'; expected " + sets + " or the path of one of their files, such as "
                        + all.get(all.size() - 1).path());
    }

    /** One line of the result: mark, path and detail, the paths of {@code among} aligned. */
    static void print(
            Terminal terminal, Check.Status status, Manifest.Entry file, String detail, List<Manifest.Entry> among) {
        int width =
                among.stream().mapToInt(other -> other.path().length()).max().orElse(1);
        String mark = Terminal.styled(status.style, status.mark, terminal.outAnsi());
        terminal.print(String.format(Locale.ROOT, "%s %-" + width + "s  %s", mark, file.path(), detail));
    }
}
