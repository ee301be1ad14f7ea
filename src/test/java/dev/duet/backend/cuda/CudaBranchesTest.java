package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.backend.Op;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What runs side by side on the simulated GPU. */
class CudaBranchesTest {
    private static final int RUNS = 4; // one warms up, one is recorded
    private static final Shape SHAPE = Shape.of(4, 3);

    @AfterEach
    void theGpuSawNothingWrong() {
        SimCuda.set("order", "");
        SimCuda.set("fail", "");
        CudaVariants.assertNoFaults();
    }

    private static CudaBackend backend(boolean graphs, boolean branches) {
        return new CudaBackend(CudaVariants.branching(Precision.FP32, graphs, branches));
    }

    private static float[] read(CudaBackend backend, Tensor tensor) {
        float[] values = new float[tensor.shape().size()];
        backend.read(tensor, values);
        return values;
    }

    private static Op copy(CudaBackend backend, Tensor from, Tensor to) {
        Raw.Device source = new Raw.Device(CudaTensor.of(from).address());
        Raw.Device target = new Raw.Device(CudaTensor.of(to).address());
        CudaContext context = backend.context();
        return new CudaOp(context, "copy to " + to) {
            @Override
            void runForward() {
                CudaStream stream = context.stream();
                stream.check(
                        JCudaDriver.cuMemcpyDtoDAsync(
                                target, source, (long) Float.BYTES * SHAPE.size(), stream.handle()),
                        "cuMemcpyDtoDAsync");
            }
        };
    }

    /** The copy that the last branch makes of what the first one writes: against the rules, so that their order shows. */
    private static float[] copied(boolean graphs, boolean branches, String order) {
        SimCuda.set("order", order);
        try (CudaBackend backend = backend(graphs, branches)) {
            Tensor eps = backend.tensor("eps", SHAPE);
            Tensor copy = backend.tensor("copy", SHAPE);
            Op noise = backend.normal(0, eps);
            Op copying = copy(backend, eps, copy);
            List<Runnable> parts = List.of(noise::forward, () -> {}, copying::forward);
            Runnable program = backend.program("noise and its copy", () -> backend.sideBySide(parts));
            for (int run = 0; run < RUNS; run++) {
                backend.scalars().step = run;
                program.run();
            }
            assertThat(read(backend, eps)).doesNotContain(0);
            return read(backend, copy);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void branchesDoNotWaitForEachOther(boolean graphs) {
        float[] inOrder = copied(graphs, false, "reverse");
        assertThat(copied(graphs, true, "forward")).containsExactly(inOrder);
        assertThat(copied(graphs, true, "reverse")).doesNotContain(inOrder);
    }

    /** More branches than lanes, and branches in a branch, with work before and behind that they must wait for. */
    @ParameterizedTest
    @ValueSource(strings = {"forward", "reverse", "seeded:3"})
    void whatFollowsComesAfterAllBranches(String order) {
        SimCuda.set("order", order);
        for (boolean graphs : new boolean[] {true, false}) {
            try (CudaBackend backend = backend(graphs, true)) {
                Tensor eps = backend.tensor("eps", SHAPE);
                List<Tensor> first = tensors(backend, 11);
                List<Tensor> second = tensors(backend, 11);
                Op noise = backend.normal(0, eps);
                List<Runnable> outer = IntStream.range(0, 11)
                        .<Runnable>mapToObj(i -> {
                            Op one = copy(backend, eps, first.get(i));
                            Op two = copy(backend, first.get(i), second.get(i));
                            List<Runnable> inner = List.of(one::forward, two::forward); // in this order
                            return () -> backend.sideBySide(inner);
                        })
                        .toList();
                Op overwritten = backend.normal(100, eps);
                Runnable program = backend.program("copies", () -> {
                    noise.forward();
                    backend.sideBySide(outer);
                    overwritten.forward();
                });
                for (int run = 0; run < RUNS; run++) {
                    backend.scalars().step = run;
                    program.run();
                }
                noise.forward();
                float[] expected = read(backend, eps);
                for (Tensor copy : second)
                    assertThat(read(backend, copy)).as(copy.name()).containsExactly(expected);
            }
        }
    }

    private static List<Tensor> tensors(CudaBackend backend, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> backend.tensor("copy." + i, SHAPE))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anOpThatFailsInABranchIsNamedAndTheGpuGoesOn(boolean recorded) {
        try (CudaBackend backend = backend(true, true)) {
            List<Tensor> tensors = tensors(backend, 3);
            List<Runnable> noises = IntStream.range(0, 3)
                    .mapToObj(i -> backend.normal(4 * i, tensors.get(i)))
                    .<Runnable>map(op -> op::forward)
                    .toList();
            Runnable program = backend.program("noises", () -> backend.sideBySide(noises));
            if (recorded) program.run();
            SimCuda.set("fail", "cuLaunchKernel:2:1");
            assertThatThrownBy(program::run)
                    .isInstanceOf(CudaFailure.class)
                    .hasMessageContaining("kernel normal of op 'noise 'copy.1' (4,3), forward'");
            for (int run = 0; run < RUNS; run++) {
                backend.scalars().step = run;
                program.run();
            }
            for (Tensor tensor : tensors) assertThat(read(backend, tensor)).doesNotContain(0);
        }
    }

    /** Memory that a branch takes when it first runs may be another's next: it is zeroed before that. */
    @Test
    void memoryThatABranchTakesIsZeroForTheOthers() {
        SimCuda.set("order", "reverse");
        try (CudaBackend backend = backend(false, true)) {
            Tensor eps = backend.tensor("eps", SHAPE);
            backend.normal(0, eps).forward();
            Tensor[] made = new Tensor[1];
            List<Runnable> branches = List.of(
                    () -> IntStream.range(0, 100).forEach(i -> backend.tensor("of new chunks", Shape.of(1 << 14))),
                    () -> {
                        made[0] = backend.tensor("of the last of them", SHAPE);
                        copy(backend, eps, made[0]).forward();
                    });
            backend.sideBySide(branches);
            assertThat(read(backend, made[0])).containsExactly(read(backend, eps));
        }
    }
}
