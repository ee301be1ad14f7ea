package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.cli.SmallRun.Duet;
import dev.duet.eval.Evaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code duet figures} of an evaluated run one of whose domains has a private code. */
class FiguresCommandTest {
    private static final Pattern CAPTION = Pattern.compile("<figcaption>([^<]*)</figcaption>");

    @TempDir
    private static Path folder;

    private static Path run;
    private static Evaluation evaluation;
    private static List<String> captions;

    @BeforeAll
    static void draw() throws IOException {
        run = SmallRun.train(folder.resolve("run"), "--set=modality.housenumbers.private=2");
        assertThat(Duet.run("eval", run.toString()).exit()).isZero();
        evaluation = Evaluation.fromJson(Files.readString(run.resolve("evaluation.json")));
        figures();
        captions = new ArrayList<>();
        Matcher matcher = CAPTION.matcher(Files.readString(run.resolve("report.html")));
        while (matcher.find()) captions.add(matcher.group(1));
    }

    private static void figures() {
        Duet duet = Duet.run("figures", run.toString(), "--points=30");
        assertThat(duet.exit()).as(duet.err()).isZero();
    }

    private static String caption(String start) {
        return captions.stream().filter(c -> c.startsWith(start)).findFirst().orElseThrow();
    }

    @Test
    void drawsEveryFigure() throws IOException {
        try (var files = Files.list(run.resolve("figures"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "confusion-handwriting-to-housenumbers.png",
                            "confusion-housenumbers-to-handwriting.png",
                            "interpolations.png",
                            "kl.png",
                            "losses.png",
                            "pairs.png",
                            "reconstructions.png",
                            "samples.png",
                            "swaps-housenumbers.png",
                            "translations-handwriting-to-housenumbers.png",
                            "translations-housenumbers-to-handwriting.png",
                            "tsne-handwriting-and-housenumbers.png",
                            "tsne-handwriting-housenumbers.png",
                            "tsne-handwriting.png",
                            "tsne-housenumbers.png");
        }
        assertThat(captions).hasSize(15);
    }

    /** Both judges' shares, with interval and ceiling, as the evaluation has them for one posterior sample. */
    @Test
    void captionsSayWhatWasMeasured() {
        Evaluation.Coherence way = evaluation.coherence().stream()
                .filter(c -> c.code().equals("sample")
                        && c.source().equals("handwriting")
                        && c.target().equals("housenumbers"))
                .findFirst()
                .orElseThrow();
        String caption = caption("Top row of each block: test images of handwriting");
        for (Evaluation.Judged judged : way.judged())
            assertThat(caption)
                    .contains(String.format(
                            Locale.ROOT,
                            " judge %s reads %.1f %% right (95 %% interval %.1f – %.1f %%; of real images of housenumbers"
                                    + " %.1f %%)",
                            judged.judge().toUpperCase(Locale.ROOT),
                            100 * judged.accuracy().value(),
                            100 * judged.accuracy().low(),
                            100 * judged.accuracy().high(),
                            100 * judged.judgeAccuracy()));
        assertThat(caption)
                .contains(" Of 120 test images, one sample each: judge B")
                .contains(String.format(Locale.ROOT, "have %.2f times the gradient energy", way.gradientRatio()))
                .contains(String.format(Locale.ROOT, "%.2f times the variance within a class", way.varianceRatio()));
        assertThat(caption("Shared codes drawn from fitted mixture"))
                .endsWith(String.format(
                        Locale.ROOT,
                        "Of 10,000 samples %.1f %% agree.",
                        100 * evaluation.jointCoherence().get(1).strong().agreement()));
        assertThat(caption("Posterior means of the shared codes of 30 test images"))
                .contains(
                        "Codes of handwriting, classified by their 5 nearest neighbours among those of housenumbers: ");
    }

    /** Styles and swaps are spoken of only where there is a private code. */
    @Test
    void captionsKnowWhichDomainsHaveStyles() {
        assertThat(caption("Top row of each block: test images of handwriting"))
                .contains("private codes that no image gave, of the same noise along a row");
        assertThat(caption("Top row of each block: test images of housenumbers"))
                .contains("(one sample each; handwriting has no private code)");
        assertThat(captions.stream().filter(c -> c.contains("taken apart"))).hasSize(1);
    }

    @Test
    void theSameRunGivesTheSameBytes() throws IOException {
        String before = Files.readString(run.resolve("report.html"));
        Files.delete(run.resolve("report.html"));
        figures();
        assertThat(Files.readString(run.resolve("report.html")).equals(before)).isTrue();
    }
}
