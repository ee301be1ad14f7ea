package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sends real signals to a child process, because a JVM's reaction to them cannot be seen from inside. */
@Timeout(30)
class InterruptsTest {
    /** A task that steps until it is told to stop; what it prints tells the test where it is. */
    static final class Task {
        /** @param arguments {@code stop}: stops when told; {@code hang}: never; {@code closed}: after close() */
        public static void main(String[] arguments) throws InterruptedException {
            Interrupts interrupts = new Interrupts(Terminal.ofProcess());
            if (arguments[0].equals("closed")) interrupts.close();
            System.out.println("running");
            while (!interrupts.getAsBoolean()) Thread.sleep(5);
            System.out.println("told");
            while (arguments[0].equals("hang")) Thread.sleep(5);
            System.out.println("saved");
            System.exit(interrupts.exitCode());
        }
    }

    @Test
    void sigintEndsTheTaskAfterItSaved() throws IOException, InterruptedException {
        try (Child child = new Child("stop")) {
            child.kill("INT");
            assertThat(child.lines()).containsExactly("told", "saved");
            assertThat(child.exitCode()).isEqualTo(130);
        }
    }

    @Test
    void sigtermEndsTheTaskAfterItSaved() throws IOException, InterruptedException {
        try (Child child = new Child("stop")) {
            child.kill("TERM");
            assertThat(child.lines()).containsExactly("told", "saved");
            assertThat(child.exitCode()).isEqualTo(143);
        }
    }

    @Test
    void aSecondSigtermIsPatientButASecondSigintEndsAtOnce() throws IOException, InterruptedException {
        try (Child child = new Child("hang")) {
            child.kill("TERM");
            assertThat(child.line()).isEqualTo("told");
            child.kill("TERM");
            assertThat(child.process.waitFor(200, TimeUnit.MILLISECONDS)).isFalse();
            child.kill("INT");
            assertThat(child.exitCode()).isEqualTo(130);
            assertThat(child.lines()).isEmpty();
        }
    }

    @Test
    void closeGivesTheSignalsBackToTheJvm() throws IOException, InterruptedException {
        try (Child child = new Child("closed")) {
            child.kill("INT");
            assertThat(child.exitCode()).isEqualTo(130);
            assertThat(child.lines()).isEmpty();
        }
    }

    private static final class Child implements AutoCloseable {
        final Process process;
        private final BufferedReader out;

        Child(String mode) throws IOException {
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            // env, because a process inherits "ignore SIGINT" from a shell that started the build in the background.
            process = new ProcessBuilder(List.of(
                            "env",
                            "--default-signal=INT,TERM",
                            java,
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Task.class.getName(),
                            mode))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            assertThat(line()).isEqualTo("running");
        }

        void kill(String signal) throws IOException, InterruptedException {
            assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                            .start()
                            .waitFor())
                    .isZero();
        }

        String line() throws IOException {
            return out.readLine();
        }

        List<String> lines() {
            return out.lines().toList();
        }

        int exitCode() throws InterruptedException {
            return process.waitFor();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
