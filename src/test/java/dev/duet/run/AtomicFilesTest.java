package dev.duet.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
    @TempDir
    Path folder;

    @Test
    void writesIntoAFolderThatDoesNotExistYet() throws IOException {
        Path target = folder.resolve("a/b/file.txt");
        AtomicFiles.write(target, "grüße");
        assertThat(target).hasContent("grüße");
        assertThat(names(target.getParent())).containsExactly("file.txt");
    }

    @Test
    void aBodyThatFailsLeavesTheOldContentAndNoTemporary() throws IOException {
        Path target = folder.resolve("file.txt");
        AtomicFiles.write(target, "old");
        assertThatThrownBy(() -> AtomicFiles.write(target, out -> {
                    out.write(new byte[200_000]);
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(DuetException.class)
                .hasMessage(target + ": could not write this file: No space left on device");
        assertThat(target).hasContent("old");
        assertThat(names(folder)).containsExactly("file.txt");
    }

    @Test
    void theTargetKeepsItsOldContentWhileTheNewIsBeingWritten() throws IOException {
        Path target = folder.resolve("file.txt");
        AtomicFiles.write(target, "old");
        AtomicFiles.write(target, out -> {
            out.write("new".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            out.flush();
            assertThat(target).hasContent("old");
        });
        assertThat(target).hasContent("new");
    }

    @Test
    void leftoversOfDeadProcessesGoAndThoseOfLivingOnesStay() throws IOException {
        long own = ProcessHandle.current().pid();
        long living = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(1L);
        Files.writeString(folder.resolve(".file.txt." + own + "-999999.tmp"), "half");
        Files.writeString(folder.resolve(".file.txt.4194999-1.tmp"), "half"); // above Linux's largest pid
        Files.writeString(folder.resolve(".file.txt." + living + "-1.tmp"), "being written");
        Files.writeString(folder.resolve(".other.txt.4194999-1.tmp"), "not ours");
        AtomicFiles.write(folder.resolve("file.txt"), "new");
        assertThat(names(folder))
                .containsExactly(".file.txt." + living + "-1.tmp", ".other.txt.4194999-1.tmp", "file.txt");
    }

    @Test
    void keepsTheOldContentUnderAnotherName() throws IOException {
        Path target = folder.resolve("last");
        Path previous = folder.resolve("previous");
        for (String text : List.of("1", "2", "3")) {
            AtomicFiles.writeKeeping(target, previous, out -> out.write(text.charAt(0)));
        }
        assertThat(target).hasContent("3");
        assertThat(previous).hasContent("2");
    }

    @Test
    void namesTheFileThatIsInTheWay() throws IOException {
        Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> AtomicFiles.write(folder.resolve("file/inner.txt"), "x"))
                .isInstanceOf(DuetException.class)
                .hasMessage(folder.resolve("file/inner.txt") + ": could not write this file: " + folder.resolve("file")
                        + " is in the way");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
