package dev.duet.backend;

import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the conformance classes share: each runs the same op with the same inputs on the reference backend, in double, and on
 * the backends under test.
 */
abstract class Conformance {
    /**
     * Float32 rounds each operation to 6e-8; the sums here have up to some thousands of terms of mixed sign, whose errors
     * grow as the square root of their number. The largest error seen is 8.5e-7, in all instruction sets.
     */
    static final double TOLERANCE = 2e-6;

    private final TestedBackend device;

    Conformance(TestedBackend device) {
        this.device = device;
    }

    /** See {@link TestedBackend#tolerance()}. */
    protected double tolerance() {
        return device.tolerance();
    }

    /** See {@link TestedBackend#rounds()}. */
    protected boolean rounds() {
        return device.rounds();
    }

    /** See {@link TestedBackend#storable}. */
    protected float[] storable(float[] values) {
        return device.storable(values);
    }

    /** See {@link TestedBackend#backends()}. */
    protected List<Supplier<Backend>> backends() {
        return device.backends();
    }

    /** See {@link TestedBackend#afterClose()}. */
    protected void afterClose() {
        device.afterClose();
    }

    void compare(String where, double tolerance, Function<Backend, Results> run) {
        Results expected = run.apply(new ReferenceBackend());
        for (Supplier<Backend> supplier : backends()) {
            try (Backend backend = supplier.get()) {
                Results actual = run.apply(backend);
                String what = where + " on " + backend.describe();
                actual.assertCloseTo(expected, tolerance, what);
                if (rounds()) actual.assertNoOutlier(expected, tolerance, what);
            }
            afterClose();
        }
    }

    /**
     * Biases of four times the sums' size, up and down by turns, so that no rounding changes the sign of a ReLU's input. Each
     * ReLU so becomes a switch of whole channels: that it gates element by element is for the tests of single layers.
     *
     * @param parameters weight and bias of each layer
     * @param size root mean square of the first layer's sums, about
     */
    static void keepOffKinks(ParameterBuffer parameters, List<LayerSpec> layers, float size) {
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i).activation() == Activation.NONE) continue;
            float[] bias = new float[layers.get(i).biasShape().size()];
            for (int j = 0; j < bias.length; j++) bias[j] = j % 2 == 0 ? 4 * size : -4 * size;
            parameters.write(ParameterBuffer.Slot.VALUE, 2 * i + 1, bias);
            size *= 3;
        }
    }

    /** Standard normals, the same for the same name. */
    static float[] random(String name, int size) {
        return RandomValues.normals(name.hashCode(), size);
    }

    static float[] scaled(float[] values, double factor) {
        for (int i = 0; i < values.length; i++) values[i] *= (float) factor;
        return values;
    }

    static Tensor random(Backend backend, String name, Shape shape) {
        return written(backend, name, shape, random(name, shape.size()));
    }

    static Tensor written(Backend backend, String name, Shape shape, float[] canonical) {
        Tensor tensor = backend.tensor(name, shape);
        backend.write(tensor, canonical);
        return tensor;
    }

    /** A variable whose value and gradient are random, so that what a backward pass overwrites is not zero before. */
    Variable random(Backend backend, String name, Shape shape, boolean withGrad) {
        Variable variable = backend.variable(name, shape, withGrad);
        backend.write(variable.value(), storable(random(name, shape.size())));
        if (withGrad) backend.write(variable.grad(), storable(random("d." + name, shape.size())));
        return variable;
    }
}
