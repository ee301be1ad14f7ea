package dev.duet.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code duet} in a process of its own, which native code may end. */
final class DuetProcess {
    private final Process process;
    private final Path output;

    private DuetProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** What came of it: the exit code, and everything printed. */
    record Outcome(int exit, String output) {}

    /** @param cache where it unpacks libraries */
    static DuetProcess start(Path cache, String... arguments) {
        try {
            Path output = Files.createTempFile(cache.getParent(), "output", ".txt");
            String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            List<String> command = new ArrayList<>(List.of(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
            command.addAll(List.of("-Xmx256m", "-XX:ErrorFile=/dev/null", "-cp", classPath, "dev.duet.cli.Main"));
            command.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("XDG_CACHE_HOME", cache.toString());
            builder.environment().remove(LibraryPlaces.VARIABLE);
            return new DuetProcess(builder.redirectOutput(output.toFile()).start(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for its end. */
    Outcome end() {
        try {
            int exit = process.waitFor();
            return new Outcome(exit, Files.readString(output, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static Outcome run(Path cache, String... arguments) {
        return start(cache, arguments).end();
    }
}
