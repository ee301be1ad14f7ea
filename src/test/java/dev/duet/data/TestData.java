package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The real data, named by DUET_TEST_DATA; tests that want them are skipped, aloud, without. */
final class TestData {
    private TestData() {}

    static Path dir() {
        String dir = System.getenv("DUET_TEST_DATA");
        Assumptions.assumeTrue(dir != null, "SKIPPED: set DUET_TEST_DATA to a folder with mnist/ and svhn/");
        Path path = Path.of(dir);
        assertThat(Files.isDirectory(path)).as("DUET_TEST_DATA=" + dir).isTrue();
        return path;
    }

    static ImageSet mnist(boolean train) {
        String part = train ? "train" : "t10k";
        Path mnist = dir().resolve("mnist");
        return Idx.read(
                "mnist", mnist.resolve(part + "-images-idx3-ubyte.gz"), mnist.resolve(part + "-labels-idx1-ubyte.gz"));
    }

    static ImageSet svhn(boolean train) {
        return Mat5.read("svhn", dir().resolve("svhn/" + (train ? "train" : "test") + "_32x32.mat"));
    }

    /** Images per class. */
    static int[] counts(ImageSet set) {
        int[] counts = new int[set.classes().size()];
        for (byte label : set.labels()) counts[label]++;
        return counts;
    }
}
