package dev.duet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random changes of images and their adjoint, E15. */
abstract class AugmentConformance extends Conformance {
    AugmentConformance(TestedBackend device) {
        super(device);
    }

    private static final AugmentSpec ALL = new AugmentSpec(10, 0.12, 2.5, 0.4, 0.2, 0.3, 0.5, 0.1);

    record Case(String name, AugmentSpec spec, Shape images) {}

    static Stream<Case> cases() {
        return Stream.of(
                new Case("nothing", AugmentSpec.NONE, Shape.of(3, 3, 9, 8)),
                new Case("a house number's encoder", ALL, Shape.of(5, 3, 32, 32)),
                new Case("a digit's encoder", ALL, Shape.of(4, 1, 28, 28)),
                new Case("two channels, odd sizes", ALL, Shape.of(6, 2, 5, 7)),
                new Case("four channels, wider than a run", ALL, Shape.of(2, 4, 3, 67)),
                new Case("any rotation", new AugmentSpec(180, 0, 0, 0, 0, 0, 0, 0), Shape.of(9, 1, 8, 12)),
                new Case("any size", new AugmentSpec(0, 0.9, 0, 0, 0, 0, 0, 0), Shape.of(9, 1, 12, 8)),
                new Case("shifted out of sight", new AugmentSpec(30, 0.3, 40, 0, 0, 0, 0, 0), Shape.of(9, 1, 6, 5)),
                new Case("inverted", new AugmentSpec(0, 0, 0, 0, 0, 0, 1, 0), Shape.of(2, 3, 4, 4)),
                new Case("noise alone", new AugmentSpec(0, 0, 0, 0, 0, 0, 0, 0.24), Shape.of(3, 1, 5, 3)),
                new Case("one row of pixels", ALL, Shape.of(3, 3, 1, 6)),
                new Case("one pixel", ALL, Shape.of(3, 3, 1, 1)));
    }

    /**
     * Coordinates of up to 67 pixels are rounded to 4e-6 pixels, and neighbours differ by more than their own size here: what
     * is interpolated is so far off by as much. The largest error seen is 4.4e-6.
     */
    protected double augmentTolerance() {
        return 6e-6;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void augment(Case c) {
        compare(c.name, augmentTolerance(), backend -> {
            backend.scalars().seed = 0x123456789abcdefL;
            backend.scalars().step = 3;
            Variable x = random(backend, "x", c.images, true);
            Variable y = random(backend, "y", c.images, true);
            Op op = backend.augment(c.spec, 5, 7, x, y);
            op.forward();
            op.backward();
            Results results = new Results();
            results.add("y", backend, y.value());
            results.add("d.x", backend, x.grad());
            return results;
        });
    }

    @Test
    void nothingIsACopy() {
        Shape shape = Shape.of(3, 3, 9, 8);
        for (Supplier<Backend> supplier : backends()) {
            try (Backend backend = supplier.get()) {
                Variable x = random(backend, "x", shape, true);
                Variable y = random(backend, "y", shape, true);
                Op op = backend.augment(AugmentSpec.NONE, 0, 0, x, y);
                op.forward();
                op.backward();
                assertThat(values(backend, y.value())).containsExactly(values(backend, x.value()));
                assertThat(values(backend, x.grad())).containsExactly(values(backend, y.grad()));
            }
        }
    }

    /** ⟨A x, d⟩ = ⟨x, Aᵀ d⟩, A x being what x adds to the result of a black image under the same draws. */
    @Test
    void backwardIsTheAdjoint() {
        Shape shape = Shape.of(4, 3, 16, 11);
        for (Supplier<Backend> supplier : backends()) {
            try (Backend backend = supplier.get()) {
                Variable x = random(backend, "x", shape, true);
                Variable black = backend.variable("black", shape, false);
                Variable y = random(backend, "y", shape, true);
                Variable ofBlack = backend.variable("of black", shape, false);
                Op op = backend.augment(ALL, 0, 0, x, y);
                op.forward();
                op.backward();
                backend.augment(ALL, 0, 0, black, ofBlack).forward();
                float[] d = values(backend, y.grad());
                double expected = dot(values(backend, x.value()), values(backend, x.grad()));
                double actual = dot(values(backend, y.value()), d) - dot(values(backend, ofBlack.value()), d);
                double size = Math.sqrt(dot(d, d));
                assertThat(actual).as(backend.describe()).isCloseTo(expected, within(20 * augmentTolerance() * size));
                assertThat(Math.abs(expected)).as("what is compared").isGreaterThan(size / 10);
            }
        }
    }

    /** A batch in one piece, in two, and the same rows at another site. */
    @Test
    void drawsDependOnTheRowOfTheBatchAndOnTheSite() {
        Shape shape = Shape.of(5, 3, 8, 8);
        for (Supplier<Backend> supplier : backends()) {
            try (Backend backend = supplier.get()) {
                float[] whole = augmented(backend, shape, 0, 0);
                float[] first = augmented(backend, shape.withOuter(2), 0, 0);
                float[] rest = augmented(backend, shape.withOuter(3), 0, 2);
                for (int i = 0; i < whole.length; i++)
                    assertThat(whole[i]).isEqualTo(i < first.length ? first[i] : rest[i - first.length]);
                assertThat(augmented(backend, shape, 1, 0)).isNotEqualTo(whole);
                backend.scalars().step++;
                assertThat(augmented(backend, shape, 0, 0)).isNotEqualTo(whole);
            }
        }
    }

    /** Of equal images, so that only the draws differ. */
    private float[] augmented(Backend backend, Shape shape, int site, int firstRow) {
        float[] image = storable(random("image", shape.size() / shape.get(0)));
        float[] images = new float[shape.size()];
        for (int i = 0; i < images.length; i++) images[i] = image[i % image.length];
        Variable x = backend.variable("x", shape, false);
        backend.write(x.value(), images);
        Variable y = backend.variable("y", shape, false);
        backend.augment(ALL, site, firstRow, x, y).forward();
        return values(backend, y.value());
    }

    private static float[] values(Backend backend, Tensor tensor) {
        float[] values = new float[tensor.shape().size()];
        backend.read(tensor, values);
        return values;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return sum;
    }

    /** Inputs without a gradient, as an encoder's are. */
    @Test
    void constantsHaveNoBackward() {
        for (Supplier<Backend> supplier : backends()) {
            try (Backend backend = supplier.get()) {
                Variable x = random(backend, "x", Shape.of(2, 1, 4, 4), false);
                Variable y = random(backend, "y", Shape.of(2, 1, 4, 4), true);
                Op op = backend.augment(ALL, 0, 0, x, y);
                op.forward();
                float[] d = values(backend, y.grad());
                op.backward();
                assertThat(values(backend, y.grad())).containsExactly(d);
            }
        }
    }
}
