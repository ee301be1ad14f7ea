package dev.duet.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxRuntimeTest {
    @TempDir
    private Path folder;

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("tiny.onnx"), bytes);
    }

    @Test
    void computesAndNamesItsPorts() throws IOException {
        float[] weights = {1, 10, 2, 20, 3, 30, 4, 40};
        Path file = file(OnnxFile.linear(new long[] {0, 1, 2, 2}, weights, 2));
        assertThat(file)
                .isRegularFile()
                .satisfies(f -> assertThat(Files.size(f)).isLessThan(2_000));
        try (OnnxModel model = TestedOnnxRuntime.get().open(file, 1)) {
            assertThat(model.inputs())
                    .containsExactly(new OnnxModel.Port("x", "FLOAT", List.of(OnnxModel.ANY, 1L, 2L, 2L)));
            assertThat(model.outputs()).hasToString("[float (?,2)]");
            float[] y = model.run(new float[] {1, 0, 0, 0, 0.5f, 0, 0, 2, 1, 1, 1, 1}, 3, 1, 2, 2);
            assertThat(y).containsExactly(1, 10, 8.5f, 85, 10, 100);
        }
    }

    /** What the runtime itself says, behind the file's name. */
    @Test
    void refusesWhatIsNoNetworkAndImagesOfOtherShapes() throws IOException {
        OnnxRuntime runtime = TestedOnnxRuntime.get();
        Path broken = Files.writeString(folder.resolve("broken.onnx"), "no protocol buffer");
        assertThatThrownBy(() -> runtime.open(broken, 0))
                .isInstanceOf(DuetException.class)
                .hasMessageStartingWith("ONNX model " + broken + ": ");
        Path file = file(OnnxFile.linear(new long[] {0, 1, 2, 2}, new float[8], 2));
        try (OnnxModel model = runtime.open(file, 0)) {
            assertThatThrownBy(() -> model.run(new float[9], 1, 1, 3, 3))
                    .isInstanceOf(DuetException.class)
                    .hasMessageStartingWith("ONNX model " + file + ": ")
                    .hasMessageContaining("Expected: 2");
        }
    }

    @Test
    void aMissingFileIsNamed() {
        OnnxRuntime runtime = TestedOnnxRuntime.get();
        Path missing = folder.resolve("missing.onnx");
        assertThatThrownBy(() -> runtime.open(missing, 0))
                .hasMessage("ONNX model: expected a file, got none at " + missing);
    }

    @Test
    void aMissingRuntimeSaysHowToGetIt() throws IOException {
        assertThatThrownBy(() -> OnnxRuntime.in(folder.resolve("no.jar")))
                .isInstanceOf(DuetException.class)
                .hasMessageContainingAll("ONNX Runtime", "got no file " + folder.resolve("no.jar"), "-Ponnx");
        Path other = Files.write(folder.resolve("other.jar"), new byte[0]);
        assertThatThrownBy(() -> OnnxRuntime.in(other))
                .isInstanceOf(DuetException.class)
                .hasMessageContainingAll("is not in " + other, "-Ponnx", "--onnx-runtime");
    }
}
