package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.cli.SmallRun.Duet;
import dev.duet.data.Png;
import dev.duet.eval.Evaluation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.MatlabType;

/** Translations, figures and evaluation of a small run, from all kinds of input and under any locale. */
class LookingTest {
    @TempDir
    private static Path shared;

    private static Path trained;

    @TempDir
    private Path folder;

    @BeforeAll
    static void train() {
        trained = SmallRun.train(shared.resolve("trained"));
    }

    private Duet translate(Object... in) {
        String[] arguments = new String[7 + 2 * in.length];
        String[] fixed = {
            "translate",
            trained.toString(),
            "--from=handwriting",
            "--to=housenumbers",
            "--out=" + folder + "/o",
            "-n",
            "2"
        };
        System.arraycopy(fixed, 0, arguments, 0, fixed.length);
        for (int i = 0; i < in.length; i++) {
            arguments[7 + 2 * i] = "--in";
            arguments[8 + 2 * i] = in[i].toString();
        }
        return Duet.run(arguments);
    }

    private void translates(String index, Object... in) throws IOException {
        Duet duet = translate(in);
        assertThat(duet.exit()).as(duet.err()).isZero();
        assertThat(duet.out()).isEqualTo("2 images translated from handwriting to housenumbers in " + folder + "/o\n");
        assertThat(folder.resolve("o/index.csv")).hasContent("file,source,label\n" + index);
        Png.Image image = Png.read(folder.resolve("o/00001.png"));
        assertThat(image.width() + "×" + image.height() + "×" + image.channels())
                .isEqualTo("8×8×3");
    }

    @Test
    void aMatFileWithoutLabelsIsTranslated() throws IOException {
        Path file = folder.resolve("x.mat");
        Mat5.writeToFile(
                Mat5.newMatFile().addArray("X", Mat5.newMatrix(new int[] {9, 9, 3, 4}, MatlabType.UInt8)),
                file.toString());
        translates("00000.png," + file + " image 0,\n00001.png," + file + " image 1,\n", file);
    }

    @Test
    void anIdxFileWithoutLabelsIsTranslated() throws IOException {
        Path file = Files.write(folder.resolve("x.idx"), SmallSets.idx(new byte[3 * 12], 3, 4, 3));
        translates("00000.png," + file + " image 0,\n00001.png," + file + " image 1,\n", file);
    }

    @Test
    void classFoldersOfMixedSizesAreTranslatedWithTheirLabels() throws IOException {
        Path dir = folder.resolve("set");
        png(dir.resolve("cat/1.png"), 5, 1);
        png(dir.resolve("a, b/1.png"), 9, 3);
        translates("00000.png,\"" + dir + "/a, b/1.png\",\"a, b\"\n00001.png," + dir + "/cat/1.png,cat\n", dir);
    }

    @Test
    void pngFilesAreTranslatedEachAsItIs() throws IOException {
        Path small = png(folder.resolve("small.png"), 5, 1);
        Path large = png(folder.resolve("large.png"), 40, 3);
        translates("00000.png," + small + ",\n00001.png," + large + ",\n", small, large);
    }

    @Test
    void anIdxFileTakesItsLabelsFromTheFileBesideIt() throws IOException {
        Path file = Files.write(folder.resolve("t-images-idx3-ubyte"), SmallSets.idx(new byte[3 * 12], 3, 4, 3));
        Files.write(folder.resolve("t-labels-idx1-ubyte.gz"), gzip(SmallSets.idx(new byte[] {7, 1, 0}, 3)));
        translates("00000.png," + file + " image 0,7\n00001.png," + file + " image 1,1\n", file);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void aShorterTranslationLeavesNothingOfALongerOne() throws IOException {
        Path real = Files.createDirectory(folder.resolve("real"));
        Files.createSymbolicLink(folder.resolve("o"), real);
        for (String kept : new String[] {"00001x.png", "000007.png", "7.png", "photo.png"})
            Files.createFile(real.resolve(kept));
        for (String old : new String[] {"00001.png", "00002.png", "100000.png"}) Files.createFile(real.resolve(old));
        assertThat(translate().exit()).isZero();
        assertThat(names(real))
                .containsExactly(
                        "00000.png", "000007.png", "00001.png", "00001x.png", "7.png", "index.csv", "photo.png");
        assertThat(Files.readString(real.resolve("index.csv")))
                .startsWith("file,source,label\n00000.png,handwriting test image 0,");
    }

    @Test
    void samplesReplaceThoseOfALongerRun() throws IOException {
        for (String n : new String[] {"3", "1"}) {
            Duet duet = Duet.run("sample", trained.toString(), "-n", n, "--out=" + folder);
            assertThat(duet.out()).isEqualTo(n + " samples in " + folder + ", codes: fitted mixture\n");
        }
        for (String domain : new String[] {"handwriting", "housenumbers"})
            assertThat(names(folder.resolve(domain))).containsExactly("00000.png");
    }

    @Test
    void translationsDoNotReplaceTheirInput() throws IOException {
        Path input = png(folder.resolve("o/00001.png"), 5, 1);
        byte[] before = Files.readAllBytes(input);
        String where = "--out: expected a folder away from the input ";
        translate(input).fails(2, where + input + ", got " + folder + "/o");
        translate(folder).fails(2, where + folder + ", got " + folder + "/o");
        assertThat(input).hasBinaryContent(before);
        assertThat(names(folder.resolve("o"))).containsExactly("00001.png");
    }

    private static List<String> names(Path dir) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void whatCannotBeTranslatedIsSaid() throws IOException {
        Path gone = folder.resolve("gone.png");
        translate(gone).fails(1, "handwriting: looked for " + gone + ", which does not exist");
        Path text = Files.writeString(folder.resolve("x.txt"), "hello");
        translate(text).fails(1, text + ", byte 0: neither IDX, gzip nor MATLAB 5");
        Path broken = png(folder.resolve("broken.png"), 40, 3);
        byte[] bytes = Files.readAllBytes(broken);
        Files.write(broken, Arrays.copyOf(bytes, 60));
        translate(broken).fails(1, broken + ", byte ");
        Duet.run("translate", trained.toString(), "--from=svhn", "--to=handwriting", "--out=" + folder + "/o")
                .fails(2, "no domain 'svhn' in " + trained + "; it has handwriting and housenumbers");
    }

    private static Path png(Path file, int side, int channels) throws IOException {
        Files.createDirectories(file.getParent());
        byte[] pixels = new byte[side * side * channels];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (byte) (i * 7);
        Png.write(file, new Png.Image(side, side, channels, pixels));
        return file;
    }

    @Test
    void figuresNeedNoEvaluationAndFewPoints() throws IOException {
        for (String points : new String[] {"3"}) {
            Duet duet = Duet.run("figures", trained.toString(), "--points", points);
            assertThat(duet.exit()).as(duet.err()).isZero();
        }
        assertThat(trained.resolve("evaluation.json")).doesNotExist();
        String report = Files.readString(trained.resolve("report.html")).replaceAll("data:image/png;base64,[^\"]*", "");
        assertThat(report.contains("<figcaption>Posterior means of the shared codes of 3 test images, in the plane"))
                .isTrue();
        assertThat(report.contains("Shared codes drawn from fitted mixture, each"))
                .isTrue();
        assertThat(report.contains("Measures on the test files")).isFalse();
        assertThat(report).doesNotContain(", one sample each: judge", "interval", "nearest neighbours");
        assertThat(trained.resolve("figures/confusion-handwriting-to-housenumbers.png"))
                .doesNotExist();
        assertThat(report.contains("NaN")).isFalse();
    }

    /** The report of other weights than those that were measured would be half a lie. */
    @Test
    void figuresLeaveOutAnEvaluationOfOtherWeights() throws IOException {
        Path run = SmallRun.train(folder.resolve("run"));
        assertThat(Duet.run("eval", run.toString(), "--pairs=24", "--likelihood=0")
                        .exit())
                .isZero();
        Path file = run.resolve("evaluation.json");
        String good = Files.readString(file);
        assertThat(report(run, "")).contains("Measures on the test files");
        Files.writeString(file, good.replaceFirst("\"crc32\" : \"[0-9a-f]{8}\"", "\"crc32\" : \"00000000\""));
        String other = "warning: the report leaves out the measures: " + file + " is about the weights of step ";
        assertThat(report(run, other)).doesNotContain("Measures on the test files");
        Files.writeString(file, good.replaceFirst("\"version\" : \\d+", "\"version\" : 1"));
        assertThat(report(run, "warning: the report leaves out the measures: evaluation: expected version 5, got 1;"))
                .doesNotContain("Measures on the test files");
    }

    /** 120 images per domain, of which a tenth is held out; the 12 are about 1 of each of 10 classes. */
    @Test
    void modelsCanBeChosenWithoutTheTestFiles() throws IOException {
        Path run = SmallRun.train(folder.resolve("run"));
        Duet duet = Duet.run("eval", run.toString(), "--split=validation", "--likelihood=0");
        assertThat(duet.exit()).as(duet.err()).isZero();
        Evaluation evaluation = Evaluation.fromJson(Files.readString(run.resolve("evaluation-validation.json")));
        assertThat(run.resolve("evaluation.json")).doesNotExist();
        assertThat(evaluation.conditions().split()).isEqualTo(Evaluation.Split.VALIDATION);
        List<Integer> held = evaluation.conditions().domains().stream()
                .map(Evaluation.Domain::images)
                .toList();
        assertThat(held).allSatisfy(images -> assertThat(images).isBetween(8, 20));
        int fitted = evaluation.codes().stream()
                .filter(row -> row.fitted().equals("housenumbers"))
                .findFirst()
                .orElseThrow()
                .trainCodes();
        assertThat(fitted).as("the others").isEqualTo(120 - held.get(1));
        assertThat(duet.out())
                .startsWith("Validation images, held out of the training files: "
                        + evaluation.conditions().pairs() + " label-matched pairs (")
                .contains("\nThe judges learned from these images: what they read in real ones is no ceiling.\n");
    }

    @Test
    void aRunThatHeldNothingOutHasNoValidationImages() {
        Path run = SmallRun.train(folder.resolve("run"), "--set=data.validation=0");
        Duet.run("eval", run.toString(), "--split=validation")
                .fails(1, "--split validation: expected a run that held images out of training", "data.validation = 0");
    }

    private static String report(Path run, String said) throws IOException {
        Duet duet = Duet.run("figures", run.toString(), "--points=3", "--device=cpu");
        assertThat(duet.exit()).as(duet.err()).isZero();
        assertThat(duet.err()).startsWith(said);
        assertThat(duet.err().lines().count()).isEqualTo(said.isEmpty() ? 0 : 1);
        return Files.readString(run.resolve("report.html"));
    }

    @Test
    void aStopEndsFiguresBeforeTheNextOne() {
        Path run = SmallRun.train(folder.resolve("run"));
        TerminalFixture streams = TerminalFixture.redirected();
        BooleanSupplier stop = () -> Files.exists(run.resolve("figures/samples.png"));
        try (OpenRun open = new OpenRun(run, new MachineOptions(), streams.terminal)) {
            JudgeFolder judges = new JudgeFolder(open, null, streams.terminal);
            assertThatThrownBy(() -> FiguresCommand.draw(open, judges, 3, streams.terminal, stop))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("figures: stopped before tsne-handwriting-and-housenumbers.png");
        }
        assertThat(streams.out()).isEmpty();
        assertThat(run.resolve("report.html")).doesNotExist();
    }

    /** Everything that is printed or written, under a locale of other digits and another decimal sign. */
    @Test
    void nothingDependsOnTheLocale() throws IOException {
        Locale before = Locale.getDefault();
        Path first = SmallRun.train(folder.resolve("first"));
        String expected = Duet.run("eval", first.toString(), "--likelihood=2").out();
        try {
            for (String tag : new String[] {"ar-EG-u-nu-arab", "de-DE"}) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                Path run = SmallRun.train(folder.resolve(tag));
                assertThat(Duet.run("eval", run.toString(), "--likelihood=2").out())
                        .as(tag)
                        .isEqualTo(expected);
                assertThat(Files.mismatch(
                                run.resolve("checkpoints/last.safetensors"),
                                first.resolve("checkpoints/last.safetensors")))
                        .isEqualTo(-1);
                try (var files = Files.list(run)) {
                    assertThat(files.map(file -> file.getFileName().toString()))
                            .allMatch(name -> name.matches("[!-~]+"));
                }
                assertThat(Files.readString(run.resolve("metrics.jsonl"))).matches("[!-~\\s]+");
            }
        } finally {
            Locale.setDefault(before);
        }
    }
}
