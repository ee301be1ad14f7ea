package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The simulated cuDNN puts algorithm 0 of the backward products first, as the fastest, and lets it not repeat. */
class CudaAlgorithmsTest {
    private static final ConvolutionShape SHAPE = new ConvolutionShape(2, 3, 8, 8, 16, 4, 4, 4, 2, 1);

    @TempDir
    Path folder;

    private int files;

    @AfterEach
    void nothingElseWentWrong() {
        CudaVariants.assertNoFaults();
    }

    private AlgorithmFile file() {
        return new AlgorithmFile(folder.resolve("algorithms.properties"));
    }

    private static CudaBackend backend(Precision precision, boolean fast) {
        return new CudaBackend(
                new ChangedOptions(SimCuda.options(precision)).fast(fast).get());
    }

    private static Algorithms.Product product(CudaContext context, Direction direction) {
        ConvolutionPointers pointers = new ConvolutionPointers(
                memory(context, SHAPE.fineSize()),
                memory(context, SHAPE.filterSize()),
                memory(context, SHAPE.coarseSize()));
        return new Algorithms.Product(
                "a test", direction, SHAPE, new ConvolutionDescriptors(context, "a test", SHAPE), pointers);
    }

    private static Raw.Device memory(CudaContext context, long count) {
        return new Raw.Device(context.memory().allocate("a test's tensor", count * Float.BYTES));
    }

    private Algorithms.Choice choose(Precision precision, boolean fast, Direction direction) {
        try (CudaBackend backend = backend(precision, fast)) {
            CudaContext context = backend.context();
            return new Algorithms(context, file()).choose(product(context, direction));
        }
    }

    @Test
    void takesTheFastestThatRepeatsOrWithFastTheFastest() {
        for (Precision precision : Precision.values()) {
            for (Direction direction : Direction.values()) {
                boolean repeats = direction == Direction.FORWARD;
                assertThat(choose(precision, false, direction).algorithm()).isEqualTo(1);
                assertThat(choose(precision, true, direction).algorithm()).isEqualTo(repeats ? 1 : 0);
            }
        }
    }

    @Test
    void searchesOnceAndThenReadsTheFile() {
        try (CudaBackend backend = backend(Precision.FP32, false)) {
            CudaContext context = backend.context();
            Algorithms.Product product = product(context, Direction.BACKWARD_FILTER);
            SimCuda.clearCounters();
            Algorithms.Choice found = new Algorithms(context, file()).choose(product);
            assertThat(SimCuda.counter("cudnn"))
                    .as("algorithms tried: those that the workspace suffices for")
                    .isEqualTo(2);
            SimCuda.clearCounters();
            assertThat(new Algorithms(context, file()).choose(product)).isEqualTo(found);
            assertThat(SimCuda.counter("cudnn")).isZero();
        }
    }

    @Test
    void searchWritesOnlyIntoMemoryOfItsOwn() {
        try (CudaBackend backend = backend(Precision.FP32, false)) {
            CudaContext context = backend.context();
            for (Direction direction : Direction.values()) {
                Tensor result = backend.tensor("result", Shape.of((int) direction.resultSize(SHAPE)));
                float[] pattern = new float[result.shape().size()];
                for (int i = 0; i < pattern.length; i++) pattern[i] = i + 1;
                backend.write(result, pattern);
                Algorithms.Product product =
                        withResult(product(context, direction), new Raw.Device(CudaTensor.addressOf(result)));
                search(context, product);
                float[] after = new float[pattern.length];
                backend.read(result, after);
                assertThat(after).as(direction.name()).containsExactly(pattern);
            }
        }
    }

    private static Algorithms.Product withResult(Algorithms.Product p, Raw.Device result) {
        ConvolutionPointers pointers = p.direction().withResult(p.pointers(), result);
        return new Algorithms.Product(p.where(), p.direction(), p.shape(), p.descriptors(), pointers);
    }

    /** Chooses where nothing is kept, and so runs algorithms. */
    private Algorithms.Choice search(CudaContext context, Algorithms.Product product) {
        SimCuda.clearCounters();
        AlgorithmFile fresh = new AlgorithmFile(folder.resolve("fresh" + files++));
        Algorithms.Choice choice = new Algorithms(context, fresh).choose(product);
        assertThat(SimCuda.counter("cudnn")).as("algorithms tried").isPositive();
        return choice;
    }

    @Test
    void searchGivesItsMemoryBack() {
        try (CudaBackend backend = backend(Precision.FP32, false)) {
            for (Direction direction : Direction.values()) {
                Algorithms.Product product = product(backend.context(), direction);
                long alive = SimCuda.counter("allocations");
                long bytes = SimCuda.counter("memory");
                search(backend.context(), product);
                assertThat(SimCuda.counter("peakMemory"))
                        .as("memory of the search")
                        .isGreaterThan(bytes);
                assertThat(SimCuda.counter("allocations")).as(direction.name()).isEqualTo(alive);
                assertThat(SimCuda.counter("memory")).as(direction.name()).isEqualTo(bytes);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FORWARD, false, 1, 0",
        "BACKWARD_DATA, true, 0, 1",
        "BACKWARD_FILTER, true, 0, 3",
    })
    void takesTheNextWhereTheFirstDoesNotFit(Direction direction, boolean fast, int first, int next) {
        try (CudaBackend backend = backend(Precision.FP32, fast)) {
            CudaContext context = backend.context();
            Algorithms.Product product = product(context, direction);
            assertThat(search(context, product).algorithm()).isEqualTo(first);
            SimCuda.set("fail", direction.call.replace("cudnn", "cudnnGet") + "WorkspaceSize:1:3000");
            assertThat(search(context, product).algorithm()).isEqualTo(next);
        }
    }

    @Test
    void takesTheGuessWhereTheSearchCannotBe() {
        try (CudaBackend backend = backend(Precision.FP32, false)) {
            CudaContext context = backend.context();
            Algorithms.Product product = product(context, Direction.BACKWARD_DATA);
            SimCuda.set("fail", "cuMemAlloc:1:2");
            assertThat(new Algorithms(context, file()).choose(product).algorithm())
                    .isEqualTo(1);
            SimCuda.set("fail", "cudnnFindConvolutionBackwardFilterAlgorithmEx:1:5000");
            Algorithms.Product other = product(context, Direction.BACKWARD_FILTER);
            assertThat(new Algorithms(context, file()).choose(other).algorithm())
                    .isEqualTo(1);
        }
    }

    @Test
    void doesNotTrustWhatTheFileSays() {
        for (int nonsense : new int[] {2, 77, -1}) {
            try (CudaBackend backend = backend(Precision.FP32, false)) {
                CudaContext context = backend.context();
                AlgorithmFile file = file();
                Algorithms algorithms = new Algorithms(context, file);
                Algorithms.Product product = product(context, Direction.FORWARD);
                Algorithms.Choice right = algorithms.choose(product);
                file.put(algorithms.key(product), nonsense);
                assertThat(new Algorithms(context, file()).choose(product)).isEqualTo(right);
            }
            SimCuda.faults(); // it was asked about what it does not do
        }
    }

    @Test
    void saysWhenThereIsNone() {
        try (CudaBackend backend = backend(Precision.FP32, false)) {
            CudaContext context = backend.context();
            Algorithms.Product product = product(context, Direction.FORWARD);
            SimCuda.set("fail", "cudnnGetConvolutionForwardAlgorithm_v7:1:3000");
            assertThatThrownBy(() -> new Algorithms(context, file()).choose(product))
                    .isInstanceOf(DuetException.class)
                    .hasMessageStartingWith("listing the algorithms of cudnnConvolutionForward, a test: CUDNN_STATUS_");
        }
    }
}
