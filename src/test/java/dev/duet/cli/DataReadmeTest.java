package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.data.ImageSet;
import dev.duet.data.Png;
import dev.duet.run.Blueprint;
import dev.duet.run.ConfiguredSets;
import dev.duet.run.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What data/README.md tells users to write must work as it stands there. */
class DataReadmeTest {
    @TempDir
    private Path dir;

    @Test
    void theExampleOfOwnImageSetsLoads() throws IOException {
        String readme = Files.readString(Path.of("data/README.md"));
        int start = readme.indexOf("```toml\n") + "```toml\n".length();
        String toml = readme.substring(start, readme.indexOf("```", start));
        Path config =
                Files.writeString(dir.resolve("pets.toml"), toml.replace("\"pictures/", "\"" + dir + "/pictures/"));
        for (String part : List.of("train", "test")) {
            image("pictures/sketches/" + part + "/cat", 1, 40);
            image("pictures/sketches/" + part + "/dog", 1, 40);
            image("pictures/photos/" + part + "/cat", 3, 50);
            image("pictures/photos/" + part + "/dog", 3, 50);
        }

        RunConfig pets = RunConfig.load(config);
        List<ImageSet> train = ConfiguredSets.train(pets, note -> {});
        assertThat(train).extracting(ImageSet::name).containsExactly("sketches", "photos");
        assertThat(train).extracting(ImageSet::channels).containsExactly(1, 3);
        assertThat(train).extracting(ImageSet::height).containsOnly(32);
        assertThat(train).extracting(ImageSet::classes).containsOnly(List.of("cat", "dog"));
        assertThat(ConfiguredSets.test(pets, note -> {}))
                .extracting(ImageSet::count)
                .containsExactly(2, 2);
        assertThat(Blueprint.of(pets).elbo().names()).contains("nll/photos|sketches", "nll/sketches|photos");
    }

    private void image(String folder, int channels, int side) throws IOException {
        Path file = Files.createDirectories(dir.resolve(folder)).resolve("0001.png");
        Png.write(file, new Png.Image(side, side, channels, new byte[side * side * channels]));
    }
}
