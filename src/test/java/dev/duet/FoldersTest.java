package dev.duet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
    @TempDir
    private Path dir;

    @Test
    void aLinkToAFolderIsAFolder() throws IOException {
        Path real = Files.createDirectory(dir.resolve("real"));
        Path link = Files.createSymbolicLink(dir.resolve("link"), real);
        Folders.create(link);
        Folders.create(link.resolve("a/b"));
        assertThat(real.resolve("a/b")).isDirectory();
        assertThat(link).isSymbolicLink();
    }

    @Test
    void aFileIsNot() throws IOException {
        Path file = Files.createFile(dir.resolve("file"));
        assertThatThrownBy(() -> Folders.create(file)).isInstanceOf(FileAlreadyExistsException.class);
    }
}
