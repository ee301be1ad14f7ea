package dev.duet.onnx;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** ONNX Runtime from Maven's local repository, where {@code ./mvnw -Ponnx package} once put it; else tests of it are skipped. */
public final class TestedOnnxRuntime {
    private static OnnxRuntime runtime;

    private TestedOnnxRuntime() {}

    /** Its jar. Skips the calling test, aloud, where there is none. */
    public static Path jar() {
        String property = System.getProperty("duet.onnxruntime");
        assumeTrue(
                property != null && Files.exists(Path.of(property)),
                () -> "no ONNX Runtime at " + property + "; ./mvnw -Ponnx package fetches it");
        return Path.of(property);
    }

    /** One for all tests: its native part is loaded once. Skips as {@link #jar()} does. */
    public static synchronized OnnxRuntime get() {
        if (runtime == null) runtime = OnnxRuntime.in(jar());
        return runtime;
    }
}
