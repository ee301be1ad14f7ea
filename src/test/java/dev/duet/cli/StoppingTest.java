package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.run.MetricsLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Trains in child processes and stops them as users and their machines do. */
@Timeout(60)
class StoppingTest {
    /** Long enough to be stopped in the middle. */
    private static final String[] LONG = {"--set=stage.0.epochs=60", "--set=train.checkpoint_minutes=0.001"};

    @TempDir
    private Path folder;

    @Test
    void ctrlCAndSigtermLeaveARunThatGoesOnToTheSameBits() throws IOException, InterruptedException {
        Path whole = SmallRun.train(folder.resolve("whole"), LONG);
        Path run = folder.resolve("stopped");
        try (Child child = new Child(SmallRun.arguments(run, LONG))) {
            child.awaitEpoch();
            child.kill("INT");
            assertThat(child.exitCode()).isEqualTo(130);
            assertThat(child.errors())
                    .contains("SIGINT: stopping after this step", "go on with: duet train --out " + run + " --resume");
        }
        assertThat(run.resolve("checkpoints/last.safetensors")).exists();
        List<String> resume = List.of("train", "--out=" + run, "--resume", "--threads=2");
        try (Child child = new Child(resume)) {
            child.awaitEpoch();
            child.kill("TERM");
            assertThat(child.exitCode()).isEqualTo(143);
        }
        try (Child child = new Child(resume)) {
            child.awaitEpoch();
            child.kill("KILL");
            assertThat(child.exitCode()).isEqualTo(137);
        }
        assertThat(SmallRun.Duet.run(resume.toArray(String[]::new)).exit()).isZero();
        assertThat(Files.mismatch(last(run), last(whole))).isEqualTo(-1);
        assertThat(lines(run)).isEqualTo(lines(whole));
    }

    /** A fit of a million codes would take long; that it is stopped in training or in the fit, the next start makes up for. */
    @Test
    void ctrlCWhileTheSamplerIsFittedLeavesARunThatFitsItOnResuming() throws IOException, InterruptedException {
        Path run = folder.resolve("run");
        Path sampler = run.resolve("checkpoints/sampler.safetensors");
        try (Child child = new Child(SmallRun.arguments(run, "--set=sampler.samples=1000000"))) {
            child.awaitEpoch();
            child.awaitEpoch();
            Thread.sleep(2000);
            child.kill("INT");
            assertThat(child.exitCode()).isEqualTo(130);
        }
        assertThat(sampler).doesNotExist();
        Path config = run.resolve("config.toml");
        Files.writeString(config, Files.readString(config).replace("samples = 1000000", "samples = 60"));
        assertThat(SmallRun.Duet.run("train", "--out=" + run, "--resume").exit())
                .isZero();
        assertThat(sampler).exists();
    }

    @Test
    void aSecondProcessIsRefusedAndTheFirstGoesOn() throws IOException, InterruptedException {
        Path run = folder.resolve("run");
        try (Child child = new Child(SmallRun.arguments(run, LONG))) {
            child.awaitEpoch();
            String is = run + ": process " + child.process.pid() + " is training into this run";
            SmallRun.Duet.run("train", "--out=" + run, "--resume").fails(1, is, "choose another folder with --out");
            SmallRun.Duet.run(SmallRun.arguments(run).toArray(String[]::new)).fails(1, "already holds a run");
            child.awaitEpoch();
            child.kill("TERM");
            assertThat(child.exitCode()).isEqualTo(143);
        }
    }

    /** What the log says, without what depends on the clock. */
    private static List<String> lines(Path run) {
        List<String> lines = new ArrayList<>();
        for (MetricsLog.Line line : MetricsLog.read(run.resolve("metrics.jsonl"))) {
            lines.add(line.kind() + " " + line.step() + " " + line.epoch()
                    + line.values().entrySet().stream()
                            .filter(value -> !value.getKey().matches("seconds|pairs_per_s|step_millis"))
                            .map(value -> value.getKey() + "=" + value.getValue())
                            .collect(Collectors.joining(" ", " ", "")));
        }
        return lines;
    }

    private static Path last(Path run) {
        return run.resolve("checkpoints/last.safetensors");
    }

    /** {@code duet} in a process of its own. */
    private static final class Child implements AutoCloseable {
        final Process process;
        private final BufferedReader out;

        Child(List<String> arguments) throws IOException {
            List<String> command = new ArrayList<>();
            // env, because a process inherits "ignore SIGINT" from a shell that started the build in the background.
            command.addAll(List.of("env", "--default-signal=INT,TERM"));
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx256m", "-cp"));
            command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
            command.add(Main.class.getName());
            command.addAll(arguments);
            process = new ProcessBuilder(command).start();
            out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        void awaitEpoch() throws IOException {
            String line = out.readLine();
            assertThat(line)
                    .as("the line of an epoch; stderr if there is none: %s", line == null ? errors() : "")
                    .startsWith("epoch ");
        }

        void kill(String signal) throws IOException, InterruptedException {
            String pid = Long.toString(process.pid());
            assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor())
                    .isZero();
        }

        /** Reads on, so that a full pipe does not hold the child. */
        int exitCode() throws InterruptedException {
            out.lines().forEach(line -> assertThat(line).startsWith("epoch "));
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        }

        String errors() throws IOException {
            return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
