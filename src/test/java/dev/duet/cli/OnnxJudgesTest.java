package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.cli.SmallRun.Duet;
import dev.duet.eval.Evaluation;
import dev.duet.onnx.OnnxFile;
import dev.duet.onnx.TestedOnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code duet eval --judge-onnx}. */
class OnnxJudgesTest {
    @TempDir
    private static Path folder;

    private static Path run;
    private static String both;

    @BeforeAll
    static void train() throws IOException {
        run = SmallRun.train(folder.resolve("run"));
        both = "--judge-onnx=handwriting=" + always("handwriting", 1, 3) + ",housenumbers="
                + always("housenumbers", 3, 3);
    }

    /** A classifier of 8×8 images that reads {@code digit} in every image with any light. */
    private static Path always(String name, int channels, int digit) throws IOException {
        float[] weights = new float[channels * 64 * 10];
        for (int i = digit; i < weights.length; i += 10) weights[i] = 1;
        byte[] bytes = OnnxFile.linear(new long[] {0, channels, 8, 8}, weights, 10);
        return Files.write(folder.resolve(name + ".onnx"), bytes);
    }

    @Test
    void readsEverythingBesideDuetsOwn() throws IOException {
        String runtime = "--onnx-runtime=" + TestedOnnxRuntime.jar();
        Duet duet = Duet.run("eval", run.toString(), both, runtime);
        assertThat(duet.exit()).as(duet.err()).isZero();
        Evaluation evaluation = Evaluation.fromJson(Files.readString(run.resolve("evaluation.json")));
        assertThat(evaluation.judges().stream().map(j -> j.judge() + " " + j.modality()))
                .containsExactly(
                        "b handwriting",
                        "b housenumbers",
                        "a handwriting",
                        "a housenumbers",
                        "onnx handwriting",
                        "onnx housenumbers");
        // 120 test images, 12 of each digit.
        List<Evaluation.JudgeAccuracy> brought = evaluation.judges().subList(4, 6);
        assertThat(brought).allSatisfy(j -> assertThat(j.accuracy().value()).isEqualTo(0.1));
        assertThat(evaluation.coherence()).allSatisfy(c -> {
            Evaluation.Judged read = c.judged().get(2);
            assertThat(read.judge()).isEqualTo("onnx");
            assertThat(read.accuracy().value()).isEqualTo(0.1);
            assertThat(read.judgeAccuracy()).isEqualTo(0.1);
        });
        assertThat(evaluation.jointCoherence().get(0).judged().get(2).agreement())
                .isEqualTo(1);
        assertThat(duet.out()).contains("\n  ONNX of handwriting ", "A right  on real  ONNX right  on real  variance");
    }

    @Test
    void whatDoesNotFitIsSaid() throws IOException {
        Path file = folder.resolve("handwriting.onnx");
        Duet.run("eval", run.toString(), "--judge-onnx=handwriting=" + file)
                .fails(2, "--judge-onnx: expected a file for each of handwriting and housenumbers, got handwriting");
        Duet.run("eval", run.toString(), "--onnx-runtime=" + file)
                .fails(2, "--onnx-runtime: expected --judge-onnx with it, got none");
        Duet.run("eval", run.toString(), both, "--onnx-runtime=" + folder.resolve("gone.jar"))
                .fails(1, "ONNX Runtime: expected its jar, got no file " + folder.resolve("gone.jar"));
        String runtime = "--onnx-runtime=" + TestedOnnxRuntime.jar();
        String same = "--judge-onnx=handwriting=" + file + ",housenumbers=" + file;
        Duet.run("eval", run.toString(), same, runtime)
                .fails(1, "ONNX judge of housenumbers, " + file + ": expected one input, float (?,3,8,8)", "(?,1,8,8)");
    }

    /** On the class path of the tests there is none. */
    @Test
    void withoutTheRuntimeItSaysHowToGetIt() {
        Duet.run("eval", run.toString(), both)
                .fails(
                        1,
                        "ONNX Runtime, which judges in ONNX format need, is not found beside Duet's libraries; get it by");
    }
}
