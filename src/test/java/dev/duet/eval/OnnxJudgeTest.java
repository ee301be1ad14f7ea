package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.onnx.OnnxFile;
import dev.duet.onnx.OnnxModel;
import dev.duet.onnx.OnnxModel.Port;
import dev.duet.onnx.TestedOnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxJudgeTest {
    private static final Path FILE = Path.of("b.onnx");
    private static final List<Long> IMAGES = List.of(OnnxModel.ANY, 3L, 8L, 8L);
    private static final List<Long> CLASSES = List.of(OnnxModel.ANY, 4L);

    /** A network that gives the brightness of each quadrant, in Java: needs no ONNX Runtime. */
    private static final class Brightness implements OnnxModel {
        private final List<Port> inputs;
        private final List<Port> outputs;
        private final List<Long> batches = new ArrayList<>();
        private float factor = 1;
        private boolean closed;

        Brightness(List<Port> inputs, List<Port> outputs) {
            this.inputs = inputs;
            this.outputs = outputs;
        }

        static Brightness of(List<Long> input, List<Long> output) {
            return new Brightness(List.of(new Port("x", "FLOAT", input)), List.of(new Port("y", "FLOAT", output)));
        }

        @Override
        public List<Port> inputs() {
            return inputs;
        }

        @Override
        public List<Port> outputs() {
            return outputs;
        }

        @Override
        public float[] run(float[] x, long... shape) {
            assertThat(Arrays.stream(shape).reduce(1, (a, b) -> a * b)).isEqualTo(x.length);
            batches.add(shape[0]);
            float[] out = new float[(int) shape[0] * 4];
            for (int i = 0; i < x.length; i++) {
                int pixel = i % 64;
                out[i / 192 * 4 + pixel / 32 * 2 + pixel % 8 / 4] += factor * x[i];
            }
            return out;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static OnnxJudge judge(OnnxModel model) {
        return new OnnxJudge(TinyModel.TEST_B, FILE, model);
    }

    private static float[] images(int count) {
        int[] indices = new int[count];
        for (int i = 0; i < count; i++) indices[i] = i;
        return Pictures.floats(TinyModel.TEST_B, indices, 0, count);
    }

    @Test
    void readsWhatIsLargest() {
        OnnxJudge judge = judge(Brightness.of(IMAGES, CLASSES));
        Classifier.Reading reading = judge.read(images(6));
        assertThat(reading.classes()).containsExactly(0, 1, 2, 3, 0, 1);
        assertThat(judge.featureWidth()).isEqualTo(4);
        assertThat(reading.features()).hasSize(24);
        assertThat(reading.features()[4 + 1]).isGreaterThan(reading.features()[4]);
        assertThat(judge.kind()).isEqualTo("onnx");
        assertThat(judge.classes()).isEqualTo(Quadrants.CLASSES);
    }

    /** Some exporters fix the batch. */
    @Test
    void keepsToTheBatchThatTheNetworkTakes() {
        Brightness five = Brightness.of(List.of(5L, 3L, 8L, 8L), List.of(5L, 4L));
        assertThat(judge(five).classify(images(12))).containsExactly(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
        assertThat(five.batches).containsExactly(5L, 5L, 5L);
        Brightness any = Brightness.of(IMAGES, CLASSES);
        assertThat(judge(any).classify(images(12))).containsExactly(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
        assertThat(any.batches).containsExactly(128L);
    }

    /** Exporters need not say what they know. */
    @Test
    void freeExtentsFit() {
        List<Long> free = List.of(OnnxModel.ANY, OnnxModel.ANY, OnnxModel.ANY, OnnxModel.ANY);
        List<Long> anyTwo = List.of(OnnxModel.ANY, OnnxModel.ANY);
        assertThat(judge(Brightness.of(free, anyTwo)).classify(images(2))).containsExactly(0, 1);
    }

    private static void refused(OnnxModel model, String... parts) {
        assertThatThrownBy(() -> judge(model))
                .isInstanceOf(DuetException.class)
                .hasMessageStartingWith("ONNX judge of b, b.onnx: expected ")
                .hasMessageContainingAll(parts);
        assertThat(((Brightness) model).closed).isTrue();
    }

    @Test
    void refusesOtherShapesAndTypes() {
        refused(
                Brightness.of(List.of(OnnxModel.ANY, 1L, 28L, 28L), CLASSES),
                "one input, float (?,3,8,8)",
                "got [float (?,1,28,28)]");
        refused(Brightness.of(List.of(OnnxModel.ANY, 192L), CLASSES), "got [float (?,192)]");
        refused(
                new Brightness(List.of(new Port("x", "UINT8", IMAGES)), List.of(new Port("y", "FLOAT", CLASSES))),
                "got [uint8 (?,3,8,8)]");
        Port x = new Port("x", "FLOAT", IMAGES);
        refused(new Brightness(List.of(x, x), List.of(new Port("y", "FLOAT", CLASSES))), "one input, ", "8,8), float");
        refused(
                Brightness.of(IMAGES, List.of(OnnxModel.ANY, 10L)),
                "float (?,4) for the classes [nw, ne, sw, se] in this order, got [float (?,10)]");
        refused(new Brightness(List.of(x), List.of()), "got []");
    }

    @Test
    void refusesOutputsThatAreNoLogits() {
        Brightness wide = Brightness.of(List.of(OnnxModel.ANY, 3L, 8L, 8L), List.of(OnnxModel.ANY, OnnxModel.ANY));
        OnnxJudge judge = new OnnxJudge(Quadrants.set("b", 3, 8, 3, 1, List.of("nw", "ne", "sw")), FILE, wide);
        assertThatThrownBy(() -> judge.read(images(1)))
                .hasMessageStartingWith("ONNX judge of b, b.onnx: expected 128 × 3 values for 128 images, got 512;");
        Brightness broken = Brightness.of(IMAGES, CLASSES);
        broken.factor = Float.NaN;
        assertThatThrownBy(() -> judge(broken).read(images(1)))
                .hasMessageContaining("expected finite logits or probabilities, got NaN for class nw of image 0");
        assertThatThrownBy(() -> judge(Brightness.of(IMAGES, CLASSES)).read(new float[100]))
                .hasMessageContaining("expected images of (3,8,8) = 192 values each, got 100 values");
    }

    /** Column k of the weights is 1 where quadrant k of a 3×8×8 image lies. */
    private static float[] quadrantWeights() {
        float[] weights = new float[192 * 4];
        for (int i = 0; i < 192; i++) weights[i * 4 + i % 64 / 32 * 2 + i % 8 / 4] = 1;
        return weights;
    }

    @Test
    void itsAccuracyOnRealImagesIsMeasuredLikeTheOthers(@TempDir Path folder) throws IOException {
        Path file =
                Files.write(folder.resolve("b.onnx"), OnnxFile.linear(new long[] {0, 3, 8, 8}, quadrantWeights(), 4));
        OnnxModel model = TestedOnnxRuntime.get().open(file, 1);
        try (Workers workers = new Workers(1);
                OnnxJudge judge = new OnnxJudge(TinyModel.TEST_B, file, model)) {
            SharedJudge shared = new SharedJudge(judge, SharedClasses.of(TinyModel.TEST));
            assertThat(shared.accuracy(TinyModel.TEST_B, 5, shared.features(), workers)
                            .value())
                    .isEqualTo(1.0);
        }
    }
}
