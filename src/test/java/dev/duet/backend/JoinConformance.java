package dev.duet.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.LayerSpec.Conv2d;
import dev.duet.backend.LayerSpec.Dropout;
import dev.duet.backend.LayerSpec.MaxPool;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands between layers: pooling, dropout, fork, add, concat and zero. */
abstract class JoinConformance extends Conformance {
    JoinConformance(TestedBackend device) {
        super(device);
    }

    /** What only copies or selects values is exact. */
    private static final double EXACT = 0;

    /** One product or sum of two. */
    protected double oneRounding() {
        return Math.max(1.2e-7, tolerance() / 4);
    }

    record Pool(Shape shape, int size) {}

    static Stream<Pool> pools() {
        return Stream.of(
                new Pool(Shape.of(3, 64, 8, 8), 2),
                new Pool(Shape.of(2, 33, 7, 5), 2),
                new Pool(Shape.of(5, 8, 9, 10), 3),
                new Pool(Shape.of(1, 3, 4, 4), 4),
                new Pool(Shape.of(4, 130, 3, 2), 1));
    }

    /** Whole numbers from −2 to 2, so that many are equal. */
    @ParameterizedTest
    @MethodSource("pools")
    void poolsTakeTheFirstOfEqualValues(Pool p) {
        float[] values = random("x", p.shape.size());
        for (int i = 0; i < values.length; i++) values[i] = Math.round(Math.max(-2, Math.min(2, values[i])));
        compare(p.toString(), EXACT, backend -> pool(backend, p, values, true));
        compare("no gradient, " + p, EXACT, backend -> pool(backend, p, values, false));
    }

    @Test
    void poolsShowWhatIsNotANumber() {
        Pool p = new Pool(Shape.of(1, 8, 4, 4), 2);
        float[] values = random("x", p.shape.size());
        values[0] = Float.NaN; // first of its window
        values[16 + 5] = Float.NaN; // last of its window
        for (var supplier : backends()) {
            try (Backend backend = supplier.get()) {
                float[] y = pool(backend, p, values, false).get("y");
                for (int i = 0; i < y.length; i++) assertThat(Float.isNaN(y[i])).isEqualTo(i == 0 || i == 4);
            }
            afterClose();
        }
    }

    private Results pool(Backend backend, Pool p, float[] values, boolean withGrad) {
        MaxPool spec = new MaxPool(p.size);
        Variable x = random(backend, "x", p.shape, withGrad);
        backend.write(x.value(), storable(values.clone()));
        Shape out = spec.output(Shape.of(p.shape.get(1), p.shape.get(2), p.shape.get(3)));
        Variable y = random(backend, "y", out.batched(p.shape.get(0)), withGrad);
        Op op = backend.layer(spec, x, null, null, y);
        op.forward();
        if (withGrad) op.backward();
        Results results = new Results();
        results.add("y", backend, y.value());
        results.add("dx", backend, x.grad());
        return results;
    }

    static Stream<Shape> features() {
        return Stream.of(
                Shape.of(3, 16, 4, 4),
                Shape.of(2, 33, 3, 5),
                Shape.of(4, 8, 1, 1),
                Shape.of(3, 70, 2, 2),
                Shape.of(5, 130),
                Shape.of(7, 3));
    }

    /** The mask must agree in every element. */
    @ParameterizedTest
    @MethodSource("features")
    void dropout(Shape shape) {
        for (boolean channels : new boolean[] {false, true}) {
            for (double rate : new double[] {0, 0.3, 0.999}) {
                Dropout spec = new Dropout(rate, channels, 2);
                compare(spec + " of " + shape, oneRounding(), backend -> dropout(backend, spec, shape, true));
                compare(spec + ", no gradient", oneRounding(), backend -> dropout(backend, spec, shape, false));
            }
        }
    }

    private Results dropout(Backend backend, Dropout spec, Shape shape, boolean withGrad) {
        backend.scalars().seed = 0x123456789abcdefL;
        backend.scalars().step = 77;
        Variable x = random(backend, "x", shape, withGrad);
        Variable y = random(backend, "y", shape, withGrad);
        Op op = backend.dropout(spec, 5, x, y);
        op.forward();
        if (withGrad) op.backward();
        Results results = new Results();
        results.add("y", backend, y.value());
        results.add("dx", backend, x.grad());
        float[] kept = new float[shape.size()];
        backend.read(y.value(), kept);
        for (int i = 0; i < kept.length; i++) kept[i] = kept[i] == 0 ? 0 : 1;
        results.add("mask", kept);
        return results;
    }

    /** A batch in one piece and in two has the same mask, whatever the pieces' first rows do to the draws' blocks of four. */
    @Test
    void dropoutDependsOnTheRowOfTheBatch() {
        for (Shape shape : List.of(Shape.of(5, 3, 3, 3), Shape.of(5, 7))) {
            for (var supplier : backends()) {
                try (Backend backend = supplier.get()) {
                    Dropout spec = new Dropout(0.5, false, 1);
                    float[] whole = ones(backend, spec, 0, shape);
                    float[] upper = ones(backend, spec, 2, shape.withOuter(3));
                    float[] rest = new float[upper.length];
                    System.arraycopy(whole, whole.length - rest.length, rest, 0, rest.length);
                    assertThat(upper).isEqualTo(rest);
                }
                afterClose();
            }
        }
    }

    /** Also where a device has recorded the op and replays it: other steps, other masks; forward and backward the same. */
    @Test
    void dropoutDrawsAnewInEachStep() {
        compare("dropout of five steps", oneRounding(), backend -> {
            backend.scalars().seed = 9;
            Shape shape = Shape.of(4, 16, 3, 3);
            Variable x = random(backend, "x", shape, true);
            Variable y = random(backend, "y", shape, true);
            Op op = backend.dropout(new Dropout(0.4, false, 3), 1, x, y);
            Runnable step = backend.program("dropout", () -> {
                op.forward();
                op.backward();
            });
            Results results = new Results();
            for (int i = 0; i < 5; i++) {
                backend.scalars().step = i;
                step.run();
                results.add("y" + i, backend, y.value());
                results.add("dx" + i, backend, x.grad());
            }
            assertThat(results.get("y0")).isNotEqualTo(results.get("y4"));
            return results;
        });
    }

    private static float[] ones(Backend backend, Dropout spec, int firstRow, Shape shape) {
        Variable x = backend.variable("x", shape, false);
        float[] values = new float[shape.size()];
        Arrays.fill(values, 1);
        backend.write(x.value(), values);
        Variable y = backend.variable("y", shape, false);
        backend.dropout(spec, firstRow, x, y).forward();
        backend.read(y.value(), values);
        return values;
    }

    @ParameterizedTest
    @MethodSource("features")
    void add(Shape shape) {
        for (Activation activation : Activation.values()) {
            for (int with = 0; with < 4; with++) {
                int gradients = with;
                compare(activation + " of " + shape, oneRounding(), b -> add(b, activation, shape, gradients));
            }
        }
    }

    /** @param gradients bit 0: of a, bit 1: of b */
    private Results add(Backend backend, Activation activation, Shape shape, int gradients) {
        Variable a = random(backend, "a", shape, (gradients & 1) != 0);
        Variable b = random(backend, "b", shape, (gradients & 2) != 0);
        Variable y = random(backend, "y", shape, true);
        Op op = backend.add(a, b, activation, y);
        op.forward();
        op.backward();
        Results results = new Results();
        results.add("y", backend, y.value());
        results.add("da", backend, a.grad());
        results.add("db", backend, b.grad());
        return results;
    }

    /** Each sum of two may round: four times with five readers. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void forkSumsItsReadersGradients(int count) {
        for (Shape shape : List.of(Shape.of(3, 16, 5, 5), Shape.of(4, 37))) {
            compare(count + " readers of " + shape, 1.5 * oneRounding(), backend -> {
                Variable x = random(backend, "x", shape, true);
                List<Variable> readers = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    Variable reader = backend.reader("reader" + i, x);
                    backend.write(reader.grad(), storable(random("r" + i, shape.size())));
                    readers.add(reader);
                }
                Op fork = backend.fork(x, readers);
                fork.forward();
                fork.backward();
                Results results = new Results();
                results.add("x", backend, x.value());
                results.add("dx", backend, x.grad());
                return results;
            });
        }
    }

    @Test
    void concat() {
        for (List<Integer> columns : List.of(List.of(64, 32), List.of(3, 1, 17), List.of(5))) {
            compare("concat " + columns, EXACT, backend -> {
                List<Variable> parts = new ArrayList<>();
                for (int i = 0; i < columns.size(); i++)
                    parts.add(random(backend, "part" + i, Shape.of(7, columns.get(i)), i != 1));
                int width = columns.stream().mapToInt(Integer::intValue).sum();
                Variable y = random(backend, "y", Shape.of(7, width), true);
                Op op = backend.concat(parts, y);
                op.forward();
                op.backward();
                Results results = new Results();
                results.add("y", backend, y.value());
                for (Variable part : parts) results.add("d." + part.value().name(), backend, part.grad());
                return results;
            });
        }
    }

    @Test
    void zero() {
        compare("zero", EXACT, backend -> {
            Variable images = random(backend, "images", Shape.of(3, 8, 3, 5), true);
            Tensor rows = random(backend, "rows", Shape.of(7, 13));
            backend.zero(images.grad()).forward();
            backend.zero(rows).forward();
            Results results = new Results();
            results.add("images", backend, images.value());
            results.add("d.images", backend, images.grad());
            results.add("rows", backend, rows);
            return results;
        });
    }

    /**
     * A layer whose output has two readers, one of them a layer: on the CPU a layer hands its gradient down to the layer below,
     * gated and with the bias's sum, which it must not do through a fork, an add or a pool.
     */
    @Test
    void layersHandNothingDownThroughAJoin() {
        Conv2d below = new Conv2d(3, 16, 3, 1, 1, Activation.RELU);
        Conv2d above = new Conv2d(16, 16, 3, 1, 1, Activation.NONE);
        compare("conv, fork, (conv, -), add, conv, pool", tolerance(), backend -> {
            ParameterBuffer p = parameters(backend, List.of(below, above, above));
            Variable x = random(backend, "x", Shape.of(5, 3, 6, 6), true);
            Shape hidden = Shape.of(5, 16, 6, 6);
            List<Op> ops = new ArrayList<>();
            Variable h = random(backend, "h", hidden, true);
            ops.add(backend.layer(below, x, p.variable(0, 0), p.variable(1, 0), h));
            List<Variable> readers = List.of(backend.reader("h.a", h), backend.reader("h.b", h));
            ops.add(backend.fork(h, readers));
            Variable branch = random(backend, "branch", hidden, true);
            ops.add(backend.layer(above, readers.get(0), p.variable(2, 0), p.variable(3, 0), branch));
            Variable sum = random(backend, "sum", hidden, true);
            ops.add(backend.add(branch, readers.get(1), Activation.NONE, sum));
            Variable top = random(backend, "top", hidden, true);
            ops.add(backend.layer(above, sum, p.variable(4, 0), p.variable(5, 0), top));
            int window = rounds() ? 1 : 2; // near ties another pixel may be the largest
            Variable pooled = random(backend, "pooled", Shape.of(5, 16, 6 / window, 6 / window), true);
            ops.add(backend.layer(new MaxPool(window), top, null, null, pooled));
            Op all = Op.sequence(ops.toArray(Op[]::new));
            all.forward();
            all.backward();
            Results results = new Results();
            results.add("y", backend, pooled.value());
            results.add("dx", backend, x.grad());
            for (int i = 0; i < 6; i++) results.add(p.specs().get(i).name(), p.read(ParameterBuffer.Slot.GRADIENT, i));
            return results;
        });
    }

    private ParameterBuffer parameters(Backend backend, List<LayerSpec> layers) {
        List<ParameterSpec> specs = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            specs.add(new ParameterSpec(i + ".weight", layers.get(i), ParameterSpec.Role.WEIGHT));
            specs.add(new ParameterSpec(i + ".bias", layers.get(i), ParameterSpec.Role.BIAS));
        }
        ParameterBuffer parameters = backend.parameters(specs, 1);
        for (int i = 0; i < specs.size(); i++) {
            double scale = 1 / Math.sqrt(specs.get(i).layer().fanIn());
            float[] values = random(specs.get(i).name(), specs.get(i).shape().size());
            parameters.write(ParameterBuffer.Slot.VALUE, i, scaled(values, scale));
        }
        if (rounds()) keepOffKinks(parameters, layers, 1);
        parameters.refresh();
        return parameters;
    }
}
