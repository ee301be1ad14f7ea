package dev.duet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** InfoNCE between paired rows and cosines with constant rows, E16 and E17. */
abstract class AlignmentConformance extends Conformance {
    AlignmentConformance(TestedBackend device) {
        super(device);
    }

    /** @param common size of what all rows have in common, relative to their own */
    record Case(String name, ContrastSpec spec, int rows, int columns, double common) {}

    static Stream<Case> cases() {
        return Stream.of(
                new Case("one group", new ContrastSpec(0.1, 128, 1), 40, 16, 0.5),
                new Case("groups, the last smaller", new ContrastSpec(0.1, 7, 0.3), 25, 10, 0.5),
                new Case("few columns", new ContrastSpec(0.5, 8, 2), 16, 3, 0),
                new Case("more columns than a warp", new ContrastSpec(0.2, 37, 1), 37, 70, 0.2),
                new Case("a shard", new ContrastSpec(0.07, 32, 1), 32, 33, 0.8),
                new Case("cold", new ContrastSpec(0.005, 64, 1), 20, 16, 0.5),
                new Case("warm", new ContrastSpec(100, 64, 1), 20, 16, 0.5),
                new Case("groups of one", new ContrastSpec(0.1, 1, 1), 5, 4, 0),
                new Case("one row", new ContrastSpec(0.1, 16, 1), 1, 4, 0));
    }

    /**
     * A similarity of 10 is rounded to 1e-6, one of 200 at a temperature of 0.005 to 2e-5, and its exponential by as much; errors
     * of mixed sign. The largest one seen is 3.2e-6, at that temperature.
     */
    static final double CONTRAST_TOLERANCE = 5e-6;

    @ParameterizedTest
    @MethodSource("cases")
    void contrast(Case c) {
        compare(c.name, CONTRAST_TOLERANCE, backend -> {
            Variable heads = heads(backend, 2 * c.rows + 3, c);
            Variable other = heads(backend, c.rows, c);
            Rows a = new Rows(heads, 1, c.rows);
            Rows b = new Rows(heads, c.rows + 2, c.rows);
            Tensor terms = random(backend, "terms", Shape.of(4));
            Results results = new Results();
            run(backend.contrast(c.spec, a, new Rows(other, 0, c.rows), c.columns, terms, 0));
            results.add("d.other", backend, other.grad());
            results.add("d.a", backend, heads.grad());
            run(backend.contrast(c.spec, b, a, c.columns, terms, 2));
            results.add("d.heads", backend, heads.grad());
            Rows constant = new Rows(Variable.constant(heads.value()), 1, c.rows);
            run(backend.contrast(c.spec, constant, b, c.columns, terms, 3));
            results.add("d.b", backend, heads.grad());
            results.addEntries("terms", backend, terms);
            return results;
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void cosine(Case c) {
        compare(c.name, TOLERANCE, backend -> {
            Variable heads = heads(backend, c.rows + 2, c);
            Variable targets = heads(backend, 2 * c.rows, c);
            Tensor terms = random(backend, "terms", Shape.of(2));
            Rows a = new Rows(heads, 2, c.rows);
            Results results = new Results();
            run(backend.cosine(0.7, a, new Rows(targets, c.rows, c.rows), c.columns, terms, 1));
            results.add("d.heads", backend, heads.grad());
            results.add("d.targets", backend, targets.grad());
            results.addEntries("terms", backend, terms);
            return results;
        });
    }

    private static void run(Op op) {
        op.forward();
        op.backward();
    }

    /** Rows wider than what is compared, with a common part. */
    private Variable heads(Backend backend, int rows, Case c) {
        int width = c.columns + 5;
        Variable heads = random(backend, "heads" + rows, Shape.of(rows, width), true);
        float[] values = random("heads" + rows, rows * width);
        float[] part = random("common", width);
        for (int i = 0; i < values.length; i++) values[i] += (float) c.common * part[i % width];
        backend.write(heads.value(), values);
        return heads;
    }

    /** A row no longer than 1e-6: its cosines are 0, and no gradient moves it. */
    @Test
    void zeroRows() {
        for (Supplier<Backend> supplier : backends()) {
            try (Backend backend = supplier.get()) {
                Variable heads = backend.variable("heads", Shape.of(6, 2), true);
                backend.write(heads.value(), new float[] {0, 0, 9e-7f, 0, 3, 4, 0, 0, 0, 1, 4, -3});
                Tensor terms = backend.tensor("terms", Shape.of(2));
                Rows a = new Rows(heads, 0, 3);
                Rows b = new Rows(heads, 3, 3);
                Op contrast = backend.contrast(new ContrastSpec(1, 3, 1), a, b, 2, terms, 0);
                Op cosine = backend.cosine(1, a, b, 2, terms, 1);
                contrast.forward();
                cosine.forward();
                contrast.backward();
                cosine.backward();
                // cosines are 0 but for (3, 4) with (0, 1), which is 0.8; (4, -3) is at a right angle to (3, 4)
                double mixed = 0.5 * (Math.log(2 + Math.exp(0.8)) + Math.log(3));
                float[] actual = values(backend, terms);
                assertThat(actual[0]).isCloseTo((float) (Math.log(3) + 2 * mixed), within(1e-6f));
                assertThat(actual[1]).isEqualTo(3);
                float[] d = values(backend, heads.grad());
                assertThat(Arrays.copyOf(d, 4)).containsOnly(0);
                assertThat(d[6]).isZero();
                assertThat(d[7]).isZero();
                assertThat(d[8]).isNotZero();
            }
            afterClose();
        }
    }

    /** The same bits in each run: sums over rows have an order. */
    @Test
    void repeats() {
        for (Supplier<Backend> supplier : backends()) {
            try (Backend backend = supplier.get()) {
                float[] first = gradient(backend);
                assertThat(gradient(backend)).containsExactly(first);
            }
        }
    }

    private float[] gradient(Backend backend) {
        Variable heads = random(backend, "heads", Shape.of(90, 20), true);
        Tensor terms = backend.tensor("terms", Shape.of(1));
        Rows a = new Rows(heads, 0, 45);
        Op op = backend.contrast(new ContrastSpec(0.1, 40, 1), a, new Rows(heads, 45, 45), 20, terms, 0);
        op.forward();
        op.backward();
        return values(backend, heads.grad());
    }

    private static float[] values(Backend backend, Tensor tensor) {
        float[] values = new float[tensor.shape().size()];
        backend.read(tensor, values);
        return values;
    }
}
