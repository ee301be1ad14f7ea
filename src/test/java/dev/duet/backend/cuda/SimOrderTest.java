package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import dev.duet.train.TrainingListener;
import dev.duet.train.TrainingRun;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No bit of a training run depends on the order of threads and blocks. */
class SimOrderTest {
    /** That any training runs. */
    private static final Set<String> KERNELS =
            Set.of("gather_f32", "normal", "latent_forward", "latent_backward", "adam");

    @TempDir
    private Path folder;

    private int runs;

    @AfterEach
    void forward() {
        SimCuda.set("order", "");
    }

    private static RunConfig config() {
        return RunConfig.preset("demo")
                .with("data.synthetic_count", "60")
                .with("modality.0.size", "8")
                .with("modality.1.size", "8")
                .with("model.widths", "[4, 8]")
                .with("model.latent", "3")
                .with("train.batch", "16")
                .withEpochs(1);
    }

    private Checkpoint train(Precision precision, String order) {
        return train(CudaVariants.branching(precision, true, true), order);
    }

    private Checkpoint train(CudaOptions options, String order) {
        SimCuda.set("order", order);
        RunFolder run = new RunFolder(folder.resolve(options.precision() + order.replace(':', '-') + runs++));
        run.root().toFile().mkdirs();
        try (CudaBackend backend = new CudaBackend(options)) {
            TrainingRun.run(config(), run, null, backend, new TrainingListener() {}, () -> false);
        }
        return new CheckpointStore(run, line -> {}).loadLast().orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void trainingGivesTheSameBitsInEachOrder(Precision precision) {
        SimCuda.clearCounters();
        Checkpoint forward = train(precision, "forward");
        Set<String> ran = new TreeSet<>(SimCuda.work().keySet());
        assertThat(ran).containsAll(KERNELS);
        String suffix = precision == Precision.BF16 ? "_bf16" : "_f32";
        for (String kernel : new String[] {"bias_activation", "bias_activation_backward"}) {
            assertThat(ran).contains(kernel + suffix);
        }
        for (String order : new String[] {"reverse", "seeded:1"}) {
            assertSameBits(train(precision, order), forward, order);
        }
        CudaVariants.assertNoFaults();
    }

    private static void assertSameBits(Checkpoint actual, Checkpoint expected, String what) {
        for (int i = 0; i < expected.parameters().size(); i++) {
            Checkpoint.Tensor tensor = expected.parameters().get(i);
            assertThat(actual.parameters().get(i).values())
                    .as("%s, %s", tensor.name(), what)
                    .isEqualTo(tensor.values());
        }
    }

    /** The modalities' parts of a step in one line, and side by side however the streams run. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void trainingGivesTheSameBitsWithBranchesAndWithout(boolean graphs) {
        Checkpoint expected = train(CudaVariants.branching(Precision.FP32, graphs, false), "forward");
        for (String order : new String[] {"forward", "reverse", "seeded:1", "seeded:2"}) {
            Checkpoint actual = train(CudaVariants.branching(Precision.FP32, graphs, true), order);
            assertSameBits(actual, expected, "branches in order " + order);
        }
        CudaVariants.assertNoFaults();
    }
}
