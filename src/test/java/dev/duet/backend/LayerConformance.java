package dev.duet.backend;

import dev.duet.backend.LayerSpec.Conv2d;
import dev.duet.backend.LayerSpec.ConvTranspose2d;
import dev.duet.backend.LayerSpec.Linear;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers alone and stacked: outputs and every gradient. */
abstract class LayerConformance extends Conformance {
    LayerConformance(TestedBackend device) {
        super(device);
    }

    /** @param input (C, H, W) */
    record Case(int batch, Shape input, LayerSpec spec) {}

    private static final Activation NONE = Activation.NONE;
    private static final Activation RELU = Activation.RELU;

    static Stream<Case> cases() {
        return Stream.of(
                // the lab's layers
                new Case(3, Shape.of(1, 32, 32), new Conv2d(1, 32, 4, 2, 1, RELU)),
                new Case(2, Shape.of(3, 32, 32), new Conv2d(3, 32, 4, 2, 1, RELU)),
                new Case(9, Shape.of(32, 16, 16), new Conv2d(32, 64, 4, 2, 1, RELU)),
                new Case(5, Shape.of(64, 8, 8), new Conv2d(64, 128, 4, 2, 1, RELU)),
                new Case(15, Shape.of(128, 4, 4), new Linear(Shape.of(128, 4, 4), Shape.of(128, 1, 1), NONE)),
                new Case(24, Shape.of(64, 1, 1), new Linear(Shape.of(64, 1, 1), Shape.of(128, 4, 4), NONE)),
                new Case(7, Shape.of(128, 4, 4), new ConvTranspose2d(128, 64, 4, 2, 1, RELU)),
                new Case(3, Shape.of(64, 8, 8), new ConvTranspose2d(64, 32, 4, 2, 1, RELU)),
                new Case(1, Shape.of(32, 16, 16), new ConvTranspose2d(32, 3, 4, 2, 1, NONE)),
                new Case(2, Shape.of(32, 14, 14), new ConvTranspose2d(32, 1, 4, 2, 1, NONE)),
                // channels around the vector widths, odd images, other kernels, strides and batches
                new Case(31, Shape.of(5, 7, 5), new Conv2d(5, 33, 3, 1, 1, RELU)),
                new Case(3, Shape.of(31, 9, 9), new Conv2d(31, 16, 5, 2, 2, RELU)),
                new Case(24, Shape.of(16, 7, 7), new Conv2d(16, 31, 4, 2, 1, NONE)),
                new Case(1, Shape.of(3, 6, 4), new Conv2d(3, 5, 1, 1, 0, NONE)),
                new Case(6, Shape.of(16, 3, 3), new Conv2d(16, 48, 3, 1, 1, RELU)),
                new Case(
                        5,
                        Shape.of(2, 6, 8),
                        new Conv2d(2, 16, 3, 2, 0, RELU)), // which leaves a row and a column unread
                new Case(2, Shape.of(4, 5, 7), new Conv2d(4, 10, 5, 1, 2, NONE)),
                new Case(2, Shape.of(7, 11, 10), new Conv2d(7, 4, 3, 3, 0, RELU)),
                new Case(4, Shape.of(33, 3, 5), new ConvTranspose2d(33, 5, 3, 1, 1, RELU)),
                new Case(31, Shape.of(16, 4, 3), new ConvTranspose2d(16, 17, 5, 2, 2, RELU)),
                new Case(3, Shape.of(15, 7, 7), new ConvTranspose2d(15, 8, 4, 2, 1, NONE)),
                new Case(2, Shape.of(4, 5, 5), new ConvTranspose2d(4, 3, 2, 3, 0, NONE)),
                new Case(31, Shape.of(33, 1, 1), new Linear(Shape.of(33, 1, 1), Shape.of(31, 1, 1), RELU)),
                new Case(1, Shape.of(1, 1, 1), new Linear(Shape.of(1, 1, 1), Shape.of(1, 1, 1), NONE)),
                new Case(13, Shape.of(3, 2, 2), new Linear(Shape.of(3, 2, 2), Shape.of(5, 3, 1), RELU)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void layer(Case c) {
        float[] dOutput = smoothGradient(c);
        compare(c.toString(), tolerance(), backend -> run(backend, List.of(c.spec), c, dOutput, true));
    }

    /** Below this, rounding may decide the sign of a ReLU's input, which is a sum of about unit size. */
    private double kink() {
        return Math.max(1e-4, tolerance());
    }

    /** A gradient of the output that is zero where the ReLU's input may have either sign. */
    private float[] smoothGradient(Case c) {
        float[] sums = run(new ReferenceBackend(), List.of(withoutActivation(c.spec)), c, null, false)
                .get("y");
        float[] gradient = random("dy", sums.length);
        for (int i = 0; i < sums.length; i++) if (Math.abs(sums[i]) < kink()) gradient[i] = 0;
        return gradient;
    }

    private static LayerSpec withoutActivation(LayerSpec spec) {
        if (spec instanceof Conv2d c) return new Conv2d(c.in(), c.out(), c.kernel(), c.stride(), c.padding(), NONE);
        if (spec instanceof ConvTranspose2d c) {
            return new ConvTranspose2d(c.in(), c.out(), c.kernel(), c.stride(), c.padding(), NONE);
        }
        Linear linear = (Linear) spec;
        return new Linear(linear.in(), linear.out(), NONE);
    }

    /** Layers on each other, where a backend may fuse one's backward with the next one's. */
    static Stream<List<LayerSpec>> stacks() {
        Shape features = Shape.of(24, 1, 1);
        return Stream.of(
                List.of(
                        new Conv2d(3, 16, 4, 2, 1, RELU),
                        new Conv2d(16, 33, 3, 1, 1, NONE),
                        new Conv2d(33, 32, 4, 2, 1, RELU),
                        new Linear(Shape.of(32, 2, 2), features, RELU),
                        new Linear(features, Shape.of(5, 1, 1), NONE)),
                List.of(
                        new Linear(Shape.of(3, 8, 8), Shape.of(16, 3, 3), RELU),
                        new ConvTranspose2d(16, 32, 4, 2, 1, RELU),
                        new ConvTranspose2d(32, 5, 3, 1, 1, NONE),
                        new ConvTranspose2d(5, 1, 4, 2, 1, NONE)));
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void stack(List<LayerSpec> layers) {
        Case c = new Case(11, Shape.of(3, 8, 8), layers.get(0));
        compare(layers.toString(), tolerance(), backend -> run(backend, layers, c, null, true));
    }

    static Stream<Case> firstLayers() {
        return cases().filter(c -> c.spec instanceof Conv2d);
    }

    /** A network's input has no gradient, which a backend may make use of. */
    @ParameterizedTest
    @MethodSource("firstLayers")
    void inputsNeedNoGradient(Case c) {
        float[] dOutput = smoothGradient(c);
        compare("no gradient of the input, " + c, tolerance(), backend -> {
            Variable x = random(backend, "x", batched(c.batch, c.input, c.spec), false);
            Variable y = random(backend, "y", batched(c.batch, c.spec.output(c.input), c.spec), true);
            ParameterBuffer parameters = parameters(backend, List.of(c.spec));
            Op op = backend.layer(c.spec, x, parameters.variable(0, 0), parameters.variable(1, 0), y);
            op.forward();
            Results results = new Results();
            results.add("y", backend, y.value());
            backend.write(y.grad(), storable(dOutput.clone()));
            op.backward();
            results.add("dW", parameters.read(ParameterBuffer.Slot.GRADIENT, 0));
            results.add("db", parameters.read(ParameterBuffer.Slot.GRADIENT, 1));
            return results;
        });
    }

    @Test
    void frozenParametersNeedNoGradient() {
        Case c = new Case(5, Shape.of(3, 8, 8), new Conv2d(3, 16, 4, 2, 1, RELU));
        float[] dOutput = smoothGradient(c);
        compare("frozen parameters", tolerance(), backend -> {
            Variable x = random(backend, "x", batched(c.batch, c.input, c.spec), true);
            Variable y = random(backend, "y", batched(c.batch, c.spec.output(c.input), c.spec), true);
            ParameterBuffer parameters = parameters(backend, List.of(c.spec));
            Variable weight = Variable.constant(parameters.variable(0, 0).value());
            Variable bias = Variable.constant(parameters.variable(1, 0).value());
            Op op = backend.layer(c.spec, x, weight, bias, y);
            op.forward();
            backend.write(y.grad(), storable(dOutput.clone()));
            op.backward();
            Results results = new Results();
            results.add("dx", backend, x.grad());
            return results;
        });
    }

    Results run(Backend backend, List<LayerSpec> layers, Case c, float[] dOutput, boolean backward) {
        ParameterBuffer parameters = parameters(backend, layers);
        Variable x = random(backend, "x", batched(c.batch, c.input, layers.get(0)), true);
        List<Op> ops = new ArrayList<>();
        Variable top = x;
        Shape shape = c.input;
        for (int i = 0; i < layers.size(); i++) {
            shape = layers.get(i).output(shape);
            LayerSpec next = i + 1 < layers.size() ? layers.get(i + 1) : layers.get(i);
            Variable y = random(backend, i + 1 < layers.size() ? "h" + i : "y", batched(c.batch, shape, next), true);
            ops.add(backend.layer(
                    layers.get(i), top, parameters.variable(2 * i, 0), parameters.variable(2 * i + 1, 0), y));
            top = y;
        }
        Op all = Op.sequence(ops.toArray(Op[]::new));
        all.forward();
        Results results = new Results();
        results.add("y", backend, top.value());
        if (!backward) return results;
        if (dOutput != null) backend.write(top.grad(), storable(dOutput.clone()));
        all.backward();
        results.add("dx", backend, x.grad());
        for (int i = 0; i < 2 * layers.size(); i++) {
            String name = parameters.specs().get(i).name();
            results.add("d." + name, parameters.read(ParameterBuffer.Slot.GRADIENT, i));
        }
        return results;
    }

    /** Feature rows between linear layers, images elsewhere. */
    private static Shape batched(int batch, Shape shape, LayerSpec layer) {
        boolean rows = layer instanceof Linear && shape.get(1) * shape.get(2) == 1;
        return rows ? Shape.of(batch, shape.get(0)) : Shape.of(batch, shape.get(0), shape.get(1), shape.get(2));
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
            float[] values =
                    scaled(random(specs.get(i).name(), specs.get(i).shape().size()), scale);
            parameters.write(ParameterBuffer.Slot.VALUE, i, values);
        }
        if (rounds() && layers.size() > 1) keepOffKinks(parameters, layers, 1);
        parameters.refresh();
        return parameters;
    }
}
