package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlgorithmFileTest {
    private static final String KEY = "GPU: a|cuDNN 9.5.1|FORWARD|(1,2,3,4) to (5,6,7,8)";
    private static final int ALGORITHM = 1;

    @TempDir
    Path folder;

    private Path path() {
        return folder.resolve("a/b/algorithms.properties");
    }

    @Test
    void keepsWhatEachProcessHasFound() throws IOException {
        AlgorithmFile first = new AlgorithmFile(path());
        AlgorithmFile second = new AlgorithmFile(path());
        assertThat(first.get(KEY)).isNull();
        assertThat(second.get(KEY)).isNull();
        first.put(KEY, ALGORITHM);
        second.put("other", 5);
        AlgorithmFile later = new AlgorithmFile(path());
        assertThat(later.get(KEY)).isEqualTo(ALGORITHM);
        assertThat(later.get("other")).isEqualTo(5);
        try (Stream<Path> files = Files.list(path().getParent())) {
            assertThat(files).containsExactly(path());
        }
    }

    @Test
    void doesWithoutABrokenFile() throws IOException {
        Files.createDirectories(path().getParent());
        for (String broken :
                new String[] {"a=\\uqqqq", "\0\1\2", KEY.replace(" ", "\\ ").replace(":", "\\:") + "=x y"}) {
            Files.writeString(path(), broken);
            AlgorithmFile file = new AlgorithmFile(path());
            assertThat(file.get(KEY)).as(broken).isNull();
            file.put(KEY, ALGORITHM);
            assertThat(new AlgorithmFile(path()).get(KEY)).as(broken).isEqualTo(ALGORITHM);
        }
        Files.write(path(), new byte[] {(byte) 0xff, (byte) 0xfe, 0}); // no UTF-8
        assertThat(new AlgorithmFile(path()).get(KEY)).isNull();
    }

    @Test
    void remembersWhereItCannotWrite() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        AlgorithmFile nowhere = new AlgorithmFile(file.resolve("algorithms.properties"));
        assertThat(nowhere.get(KEY)).isNull();
        nowhere.put(KEY, ALGORITHM);
        assertThat(nowhere.get(KEY)).isEqualTo(ALGORITHM);
    }

    @Test
    void liesInTheUsersCache() {
        Path place = folder.toAbsolutePath();
        AlgorithmFile file = AlgorithmFile.inCache(Map.of("XDG_CACHE_HOME", place.toString()));
        file.put(KEY, ALGORITHM);
        assertThat(place.resolve("duet/cudnn-algorithms.properties")).exists();
    }
}
