package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.duet.DuetException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFolderTest {
    private static final byte[] CONTENT = "native code".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path cache;

    private PrivateFolder open() {
        return PrivateFolder.open("libraries", Map.of("XDG_CACHE_HOME", cache.toString()));
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void isForItsOwnerAlone() throws IOException {
        assertThat(open().path()).isEqualTo(cache.resolve("duet/libraries"));
        assertThat(permissions(cache.resolve("duet/libraries"))).isEqualTo("rwx------");
        Files.setPosixFilePermissions(cache.resolve("duet"), PosixFilePermissions.fromString("rwxrwxrwx"));
        open();
        assertThat(permissions(cache.resolve("duet"))).isEqualTo("rwx------");
    }

    @Test
    void replacesWhatDiffersAndLeavesWhatDoesNot() throws IOException {
        PrivateFolder folder = open();
        Path file = folder.put("lib.so", CONTENT);
        assertThat(file).hasBinaryContent(CONTENT);
        FileTime old = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(file, old);
        folder.put("lib.so", CONTENT);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(old);
        Files.writeString(file, "native coda");
        assertThat(folder.put("lib.so", CONTENT)).hasBinaryContent(CONTENT);
        try (Stream<Path> files = Files.list(folder.path())) {
            assertThat(files).as("no temporary file is left").containsExactly(file);
        }
    }

    /** A process that has loaded the old file goes on with it. */
    @Test
    void leavesTheOldFileToThoseWhoHaveItOpen() throws IOException {
        PrivateFolder folder = open();
        byte[] before = "native code of another version".getBytes(StandardCharsets.UTF_8);
        Path file = folder.put("lib.so", before);
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        try (InputStream old = Files.newInputStream(file)) {
            folder.put("lib.so", CONTENT);
            assertThat(Files.readAttributes(file, BasicFileAttributes.class).fileKey())
                    .isNotEqualTo(key);
            assertThat(old.readAllBytes()).isEqualTo(before);
        }
        assertThat(file).hasBinaryContent(CONTENT);
    }

    @Test
    void comparesLargeFilesBySize() throws IOException {
        PrivateFolder folder = open();
        URL resource = Files.write(cache.resolve("resource"), CONTENT).toUri().toURL();
        Path file = folder.put("lib.so", resource);
        assertThat(file).hasBinaryContent(CONTENT);
        Files.writeString(file, "native");
        assertThat(folder.put("lib.so", resource)).hasBinaryContent(CONTENT);
    }

    @Test
    void doesNotFollowLinksThatLieInItsWay() throws IOException {
        Path elsewhere = Files.createDirectory(cache.resolve("elsewhere"));
        Files.createDirectory(cache.resolve("duet"));
        Files.createSymbolicLink(cache.resolve("duet/libraries"), elsewhere);
        String before = System.setProperty("java.io.tmpdir", cache.toString());
        try {
            assertThat(open().path().getParent().getParent())
                    .as("the next place")
                    .isEqualTo(cache);
            assertThat(open().path()).isNotEqualTo(cache.resolve("duet/libraries"));
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void namesThePlacesWhereNoFolderCanBeMade() throws IOException {
        Path file = Files.createFile(cache.resolve("file"));
        String before = System.setProperty("java.io.tmpdir", file.toString());
        try {
            assertThatExceptionOfType(DuetException.class)
                    .isThrownBy(() -> PrivateFolder.open("libraries", Map.of("XDG_CACHE_HOME", file.toString())))
                    .withMessageContaining(file.resolve("duet") + ": ")
                    .withMessageContaining("let XDG_CACHE_HOME name a folder");
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }
}
