package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.data.Png;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DataInfoCommandTest {
    private final TerminalFixture streams = TerminalFixture.redirected();

    @TempDir
    private Path dir;

    private int info(String... options) {
        String[] arguments = new String[options.length + 4];
        System.arraycopy(new String[] {"data", "info", "--data", dir.toString()}, 0, arguments, 0, 4);
        System.arraycopy(options, 0, arguments, 4, options.length);
        return Main.run(streams.terminal, arguments);
    }

    @Test
    void countsPerClassAndSaysWhichPartIsNotThere() throws IOException {
        SmallSets.mnist(dir, 0, 3, 3, 9);
        SmallSets.svhnTrain(dir, 10, 1);
        assertThat(info()).isZero();
        String digits = "       0       1       2       3       4       5       6       7       8       9      all";
        assertThat(streams.out())
                .isEqualTo(String.join(
                        System.lineSeparator(),
                        "mnist, 2×3, 1 channel",
                        "  class" + digits,
                        "  train       1       0       0       2       0       0       0       0       0       1        4",
                        "  test        0       0       0       0       0       0       0       1       0       0        1",
                        "svhn, 4×4, 3 channels",
                        "  class" + digits,
                        "  train       1       1       0       0       0       0       0       0       0       0        2",
                        "  test   not there",
                        ""));
    }

    @Test
    void aFolderWithOneSetIsFineAndSaidSo() throws IOException {
        SmallSets.svhnTrain(dir, 5);
        assertThat(info()).isZero();
        assertThat(streams.out()).startsWith("no mnist in " + dir + System.lineSeparator() + "svhn, 4×4, 3 channels");
    }

    @Test
    void anEmptyFolderIsAnErrorThatSaysWhatMendsIt() {
        assertThat(info()).isEqualTo(1);
        assertThat(streams.err())
                .isEqualTo("duet: neither mnist nor svhn in " + dir + "; try: duet data fetch --data " + dir
                        + System.lineSeparator());
    }

    @Test
    void aDamagedFileIsNamed() throws IOException {
        Files.write(Files.createDirectories(dir.resolve("svhn")).resolve("train_32x32.mat"), new byte[200]);
        assertThat(info()).isEqualTo(1);
        assertThat(streams.err()).startsWith("duet: " + dir.resolve("svhn/train_32x32.mat") + ", byte ");
    }

    @Test
    void jsonHoldsTheSame() throws IOException {
        SmallSets.mnist(dir, 0, 3, 3, 9);
        assertThat(info("--json", "--contact-sheet", dir.resolve("sheet.png").toString()))
                .isZero();
        JsonNode report = JsonMapper.builder().build().readTree(streams.out());
        assertThat(report.get("data").asString()).isEqualTo(dir.toString());
        assertThat(report.get("sets").size()).isEqualTo(1);
        JsonNode mnist = report.get("sets").get(0);
        assertThat(mnist.get("name").asString()).isEqualTo("mnist");
        assertThat(mnist.get("height").asInt()).isEqualTo(2);
        assertThat(mnist.get("parts").get("train").get("images").asInt()).isEqualTo(4);
        assertThat(mnist.get("parts").get("train").get("perClass").get(3).asInt())
                .isEqualTo(2);
        assertThat(streams.err()).isEqualTo("contact sheet: " + dir.resolve("sheet.png") + System.lineSeparator());
    }

    @Test
    void theContactSheetHasTheSetsOneBelowTheOther() throws IOException {
        SmallSets.mnist(dir, 0, 3);
        SmallSets.svhnTrain(dir, 10);
        Path file = dir.resolve("sheet.png");
        assertThat(info("--contact-sheet", file.toString())).isZero();
        Png.Image sheet = Png.read(file);
        assertThat(sheet.channels()).isEqualTo(3);
        assertThat(sheet.width()).isEqualTo(10 * 5 + 1);
        assertThat(sheet.height()).isEqualTo((10 * 3 + 1) + (10 * 5 + 1));
        // MNIST's only 3: second image, its second pixel is 70; grey, so in all channels.
        assertThat(pixel(sheet, 3 * 3 + 1, 2)).containsExactly(70, 70, 70);
        // SVHN's only 0, below MNIST's 31 rows.
        assertThat(pixel(sheet, 31 + 1, 1)).containsExactly(200, 0, 0);
        // To the right of MNIST's narrower rows.
        assertThat(pixel(sheet, 1, 50)).containsExactly(64, 64, 64);
    }

    private static int[] pixel(Png.Image image, int y, int x) {
        int at = (y * image.width() + x) * 3;
        return new int[] {image.pixels()[at] & 255, image.pixels()[at + 1] & 255, image.pixels()[at + 2] & 255};
    }
}
