package dev.duet.cli;

import dev.duet.BuildInfo;
import dev.duet.backend.cuda.CudaProbe;
import dev.duet.backend.cuda.CudaReport;
import dev.duet.data.Manifest;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code duet doctor}: what this machine has, what it lacks, and what mends that. */
@Command(
        name = "doctor",
        header = "Say what this machine has and lacks for running Duet.",
        description = "%n✓ there, → not there but not needed, ✗ needed. Exit code 0 if Duet can run on the CPU.",
        footer = {
            "  duet doctor",
            "  duet doctor --data /data/digits     look for the data sets there",
            "  duet doctor --cuda-home /opt/cuda   take CUDA's libraries from there",
            "  duet doctor --json > machine.json   for scripts and bug reports"
        })
final class DoctorCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Supplier<Check> nativeLibrary;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with mnist/ and svhn/ (default: data).")
    private Path data = Path.of("data");

    @Option(names = "--cuda-home", paramLabel = "DIR", description = "Folder with CUDA's libraries.")
    private Path cudaHome;

    @Option(names = "--json", description = "Print one JSON object instead of lines.")
    private boolean json;

    /** @param nativeLibrary tries to load Duet's own kernels and says how that went */
    DoctorCommand(Terminal terminal, Supplier<Check> nativeLibrary) {
        this.terminal = terminal;
        this.nativeLibrary = nativeLibrary;
    }

    /** What {@code --json} prints. */
    record Report(String version, boolean usable, Machine machine, CudaReport cuda, List<Check> checks) {}

    @Override
    public Integer call() throws IOException {
        Machine machine = Machine.read(Path.of("/"));
        CudaReport cuda = CudaProbe.report(0, cudaHome);
        List<Check> checks = new ArrayList<>(MachineChecks.of(machine));
        checks.add(compiler(System.getenv().getOrDefault("PATH", "")));
        checks.add(nativeLibrary.get());
        checks.add(dataSets());
        checks.addAll(GpuChecks.of(cuda));
        boolean usable = checks.stream().noneMatch(check -> check.status() == Check.Status.MISSING);
        if (json) printJson(new Report(BuildInfo.current().toString(), usable, machine, cuda, checks));
        else checks.forEach(this::printLine);
        return usable ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    static Check compiler(String path) {
        boolean found = Stream.of(path.split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "g++")));
        return found
                ? Check.ok("g++", "found")
                : Check.optional("g++", "not on PATH; needed to build Duet, not to run it", "sudo apt-get install g++");
    }

    private Check dataSets() {
        Map<String, List<Manifest.Entry>> sets = Manifest.packaged().files().stream()
                .filter(file -> !file.optional())
                .collect(Collectors.groupingBy(Manifest.Entry::set, LinkedHashMap::new, Collectors.toList()));
        boolean complete = sets.values().stream().allMatch(files -> found(files) == files.size());
        String detail = sets.entrySet().stream()
                        .map(set -> set.getKey() + " " + found(set.getValue()) + " of "
                                + set.getValue().size() + " files")
                        .collect(Collectors.joining(", "))
                + " in " + data;
        if (complete) return Check.ok("data", detail);
        return Check.optional(
                "data",
                detail + "; the demo needs none",
                "duet data fetch --data " + data + ", or name another --data");
    }

    /** Only counted: reading them all is what {@code duet data verify} is for. */
    private long found(List<Manifest.Entry> files) {
        return files.stream().filter(file -> Files.exists(file.foundIn(data))).count();
    }

    private void printJson(Report report) {
        terminal.print(
                JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(report));
    }

    private void printLine(Check check) {
        String mark = Terminal.styled(check.status().style, check.status().mark, terminal.outAnsi());
        terminal.print(String.format(Locale.ROOT, "%s %-14s %s", mark, check.name(), check.detail()));
        if (!check.advice().isEmpty()) terminal.print(" ".repeat(17) + check.advice());
    }
}
