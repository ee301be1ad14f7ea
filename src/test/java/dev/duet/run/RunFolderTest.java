package dev.duet.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    @TempDir
    Path parent;

    private Path root;
    private RunFolder folder;

    @BeforeEach
    void name() {
        root = parent.resolve("runs/a");
        folder = new RunFolder(root);
    }

    @Test
    void aNewRunMakesItsFolderAndMayStartAgainUntilThereIsAConfig() throws IOException {
        folder.lockNew().close();
        folder.lockNew().close();
        Files.writeString(folder.config(), "seed = 1");
        assertThatThrownBy(folder::lockNew)
                .isInstanceOf(DuetException.class)
                .hasMessage(root + ": this folder already holds a run; add --resume to go on with it, or choose another"
                        + " folder with --out");
        folder.lockExisting().close();
    }

    @Test
    void aFolderOfOtherThingsIsNotTouched() throws IOException {
        Files.createDirectories(root);
        Files.writeString(root.resolve("thesis.tex"), "");
        assertThatThrownBy(folder::lockNew)
                .isInstanceOf(DuetException.class)
                .hasMessage(
                        root + ": expected an empty folder or none for a new run, found thesis.tex in it, and it is no"
                                + " run; choose another folder with --out");
        assertThat(root.resolve("run.lock")).doesNotExist();
        assertThatThrownBy(folder::lockExisting)
                .hasMessage(
                        root + ": expected a run folder with a config.toml, found none; check the name, or train one"
                                + " with: duet train --out " + root);
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        assertThatThrownBy(() -> RunFolder.open(root))
                .hasMessage(
                        root + ": expected a run folder, found nothing; check the name, or train one with: duet train"
                                + " --out " + root);
        Files.createDirectories(root);
        Files.writeString(folder.config(), "");
        assertThatThrownBy(() -> RunFolder.open(root))
                .hasMessage(root + ": expected a checkpoint in " + folder.checkpoints()
                        + ", found none; train this run first with: duet train --out " + root + " --resume");
        Files.createDirectories(folder.checkpoints());
        Files.writeString(folder.checkpoints().resolve("last.safetensors"), "");
        assertThat(RunFolder.open(root).report()).isEqualTo(root.resolve("report.html"));
        assertThatThrownBy(() -> RunFolder.open(folder.config()))
                .hasMessageStartingWith(folder.config() + ": expected a run folder, found a file;");
    }

    @Test
    void oneProcessAtATime() throws IOException {
        String message = root + ": process " + ProcessHandle.current().pid()
                + " is training into this run; wait until it ends, or choose another folder with --out";
        try (RunLock lock = folder.lockNew()) {
            assertThat(lock).isNotNull();
            assertThatThrownBy(folder::lockNew)
                    .isInstanceOf(DuetException.class)
                    .hasMessage(message);
        }
        Files.writeString(folder.config(), "");
        try (RunLock lock = folder.lockExisting()) {
            assertThat(lock).isNotNull();
            assertThatThrownBy(folder::lockExisting).hasMessage(message);
        }
    }

    @Test
    void anotherProcessIsKeptOutUntilItIsKilled() throws IOException, InterruptedException {
        Process other = ChildJvm.start(Holder.class, root.toString());
        try (BufferedReader out = other.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("locked");
            assertThatThrownBy(folder::lockNew)
                    .hasMessageStartingWith(root + ": process " + other.pid() + " is training into this run;");
        } finally {
            other.destroyForcibly().waitFor();
        }
        folder.lockNew().close();
    }

    /** Holds the lock until it is killed. */
    static final class Holder {
        private Holder() {}

        @SuppressWarnings("SystemOut") // the test waits for this line
        public static void main(String[] args) throws InterruptedException {
            try (RunLock lock = new RunFolder(Path.of(args[0])).lockNew()) {
                System.out.println(lock == null ? "" : "locked");
                Thread.sleep(60_000);
            }
        }
    }
}
