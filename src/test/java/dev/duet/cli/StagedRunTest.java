package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.cli.SmallRun.Duet;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the commands make of a run in stages, with private encoders, a contrast and cycles; and of a run from before them. */
class StagedRunTest {
    @TempDir
    private static Path shared;

    private static Path config;
    private static Path trained;

    @TempDir
    private Path folder;

    @BeforeAll
    static void train() throws URISyntaxException, IOException {
        config = Path.of(
                StagedRunTest.class.getResource("/dev/duet/train/stages.toml").toURI());
        trained = shared.resolve("trained");
        Duet duet = runs("train", "--config=" + config, "--threads=2", "--out=" + trained);
        List<String> epochs =
                duet.out().lines().filter(line -> line.startsWith("epoch ")).toList();
        assertThat(epochs).hasSize(3);
        assertThat(epochs.get(0)).contains("(kl=", ", align=");
        assertThat(epochs.get(1)).contains("(rec=", ", align=");
        assertThat(Files.readString(trained.resolve("metrics.jsonl")))
                .contains("\"val/cycle/handwriting|prior\":")
                .doesNotContain("kl/prior");
    }

    private static Duet runs(String... arguments) {
        Duet duet = Duet.run(arguments);
        assertThat(duet.exit()).as(duet.err()).isZero();
        return duet;
    }

    /** The ELBO alone: nothing that was not measured stands in it as 0. */
    @Test
    void isEvaluated() throws IOException {
        runs("eval", trained.toString(), "--device=cpu", "--pairs=20", "--likelihood=0");
        JsonNode elbo = JsonMapper.shared()
                .readTree(Files.readString(trained.resolve("evaluation.json")))
                .path("elbo");
        assertThat(elbo.path("terms").propertyNames())
                .contains("kl/handwriting", "kl_private/housenumbers", "nll/housenumbers|handwriting")
                .noneMatch(name -> name.startsWith("contrast/") || name.startsWith("cycle/") || name.contains("prior"));
        assertThat(elbo.path("terms").path("kl_private/housenumbers").doubleValue())
                .isPositive();
    }

    /** Losses of different objectives share no curve; the first stage decodes nothing. */
    @Test
    void itsStagesAreDrawnApart() throws IOException {
        runs("figures", trained.toString(), "--points=10");
        try (var files = Files.list(trained.resolve("figures"))) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.matches("(losses|kl).*")))
                    .containsExactlyInAnyOrder("losses-1.png", "kl-1.png", "losses-2.png", "kl-2.png");
        }
        assertThat(Files.readString(trained.resolve("report.html")))
                .contains("Loss of stage align per epoch, nats per pair.<")
                .contains("Loss of stage decode per epoch, nats per pair; what lies between");
    }

    @Test
    void isSampledAndTranslated() {
        runs("sample", trained.toString(), "-n", "3", "--out=" + folder.resolve("s"));
        assertThat(folder.resolve("s/housenumbers/00002.png")).exists();
        runs(
                "translate",
                trained.toString(),
                "--from=handwriting",
                "--to=housenumbers",
                "-n",
                "3",
                "--out=" + folder.resolve("t"));
        assertThat(folder.resolve("t/00002.png")).exists();
    }

    /** The step of its last stage, in which encoders of the shared code rest and decoded images are read again. */
    @Test
    void isProfiled() {
        String out = runs("profile", "--config=" + config, "--batch=4", "--repeats=1", "--device=cpu")
                .out();
        assertThat(out).contains("private.handwriting.0", "cosine, 3 columns").doesNotContain("contrast");
    }

    /** Its config.toml lacks the keys that came later; the line that started it still goes on with it. */
    @Test
    void aRunFromBeforeStagesGoesOn() throws IOException {
        Path old = SmallRun.train(folder.resolve("old"));
        Path toml = old.resolve("config.toml");
        String whole = Files.readString(toml);
        List<String> later = List.of(
                "encoder",
                "private_encoder",
                "decoder",
                "cycles",
                "joint_kl",
                "learns",
                "decode",
                "contrast",
                "cycle",
                "augment");
        int stage = whole.indexOf("[[stage]]");
        String before = whole.substring(0, stage).replaceFirst("(?s)\\[objective\\.contrast].*?\n\n", "")
                + whole.substring(stage).replaceAll("(?m)^beta.*\n", "");
        String stripped = before.lines()
                .filter(line -> !later.contains(line.split(" ", 2)[0]))
                .collect(Collectors.joining("\n"));
        assertThat(stripped)
                .doesNotContain("encoder", "learns", "[objective.contrast]")
                .contains("[[stage]]", "beta");
        Files.writeString(toml, stripped);
        Duet resumed = Duet.run(SmallRun.arguments(old, "--resume").toArray(String[]::new));
        assertThat(resumed.exit()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("nothing left to train: all 2 epochs are done");
    }
}
