package dev.duet.backend;

import dev.duet.backend.LayerSpec.Norm;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Group normalisation: outputs and every gradient. */
abstract class NormConformance extends Conformance {
    NormConformance(TestedBackend device) {
        super(device);
    }

    /**
     * @param shape of x, (B, C, H, W) or (B, C)
     * @param mean about which x lies
     * @param deviation of x
     */
    record Case(Shape shape, Norm spec, double mean, double deviation) {
        Case(Shape shape, Norm spec) {
            this(shape, spec, 0, 1);
        }
    }

    private static final Activation NONE = Activation.NONE;
    private static final Activation RELU = Activation.RELU;

    static Stream<Case> cases() {
        return Stream.of(
                new Case(Shape.of(3, 64, 16, 16), new Norm(64, 4, true, RELU)),
                new Case(Shape.of(2, 128, 8, 8), new Norm(128, 8, true, NONE)),
                // standardised images
                new Case(Shape.of(2, 3, 32, 32), new Norm(3, 1, false, NONE), 0.4, 0.2),
                new Case(Shape.of(2, 1, 28, 28), new Norm(1, 1, false, NONE), 0.1, 0.3),
                new Case(Shape.of(5, 5, 7, 3), new Norm(5, 1, false, RELU)),
                // channels and groups around the vector widths
                new Case(Shape.of(5, 33, 7, 5), new Norm(33, 3, true, NONE)),
                new Case(Shape.of(31, 16, 3, 3), new Norm(16, 16, true, RELU)),
                new Case(Shape.of(9, 40, 5, 5), new Norm(40, 5, true, RELU)),
                new Case(Shape.of(2, 30, 6, 4), new Norm(30, 2, false, RELU)),
                new Case(Shape.of(1, 24, 4, 4), new Norm(24, 1, true, NONE)),
                new Case(Shape.of(3, 31, 2, 3), new Norm(31, 31, true, NONE)),
                // rows
                new Case(Shape.of(9, 48), new Norm(48, 3, true, RELU)),
                new Case(Shape.of(31, 7), new Norm(7, 1, false, NONE)),
                new Case(Shape.of(4, 1056), new Norm(1056, 2, true, RELU)),
                // far from 0, large, small, and so small that epsilon counts
                new Case(Shape.of(2, 16, 32, 32), new Norm(16, 1, true, NONE), 20, 1),
                new Case(Shape.of(3, 32, 4, 4), new Norm(32, 2, true, RELU), 0, 1e6),
                new Case(Shape.of(3, 32, 4, 4), new Norm(32, 2, true, RELU), 0, 1e-6),
                new Case(Shape.of(3, 32, 4, 4), new Norm(32, 2, true, NONE), 0, 3e-3));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void norm(Case c) {
        float[] dOutput = smoothGradient(c);
        compare(c.toString(), tolerance(), backend -> run(backend, c, c.spec, dOutput, true, true));
    }

    @Test
    void inputsAndParametersNeedNoGradient() {
        Case c = new Case(Shape.of(3, 32, 5, 5), new Norm(32, 2, true, RELU));
        float[] dOutput = smoothGradient(c);
        compare("no gradient of the input", tolerance(), b -> run(b, c, c.spec, dOutput, false, true));
        compare("frozen parameters", tolerance(), b -> run(b, c, c.spec, dOutput, true, false));
    }

    /** A gradient of the output that is zero where the ReLU's input may have either sign. */
    private float[] smoothGradient(Case c) {
        Norm linear = new Norm(c.spec.channels(), c.spec.groups(), c.spec.affine(), NONE);
        float[] sums =
                run(new ReferenceBackend(), c, linear, null, false, false).get("y");
        float[] gradient = random("dy", sums.length);
        for (int i = 0; i < sums.length; i++) if (Math.abs(sums[i]) < kink()) gradient[i] = 0;
        return gradient;
    }

    private double kink() {
        return Math.max(1e-4, 2 * tolerance());
    }

    private Results run(
            Backend backend, Case c, Norm spec, float[] dOutput, boolean inputGradient, boolean parameterGradients) {
        Variable x = random(backend, "x", c.shape, inputGradient);
        float[] values = random("x", c.shape.size());
        for (int i = 0; i < values.length; i++) values[i] = (float) (c.mean + c.deviation * values[i]);
        backend.write(x.value(), storable(values));
        Variable y = random(backend, "y", c.shape, dOutput != null);
        ParameterBuffer parameters = spec.affine() ? parameters(backend, spec) : null;
        Variable weight = parameter(parameters, 0, parameterGradients);
        Variable bias = parameter(parameters, 1, parameterGradients);
        Op op = backend.layer(spec, x, weight, bias, y);
        op.forward();
        Results results = new Results();
        results.add("y", backend, y.value());
        if (dOutput == null) return results;
        backend.write(y.grad(), storable(dOutput.clone()));
        op.backward();
        results.add("dx", backend, x.grad());
        if (parameters == null || !parameterGradients) return results;
        results.add("d.weight", parameters.read(ParameterBuffer.Slot.GRADIENT, 0));
        results.add("d.bias", parameters.read(ParameterBuffer.Slot.GRADIENT, 1));
        return results;
    }

    private static Variable parameter(ParameterBuffer parameters, int index, boolean withGrad) {
        if (parameters == null) return null;
        Variable variable = parameters.variable(index, 0);
        return withGrad ? variable : Variable.constant(variable.value());
    }

    private static ParameterBuffer parameters(Backend backend, Norm spec) {
        ParameterBuffer parameters = backend.parameters(
                List.of(
                        new ParameterSpec("norm.weight", spec, ParameterSpec.Role.WEIGHT),
                        new ParameterSpec("norm.bias", spec, ParameterSpec.Role.BIAS)),
                1);
        parameters.write(ParameterBuffer.Slot.VALUE, 0, random("weight", spec.channels()));
        parameters.write(ParameterBuffer.Slot.VALUE, 1, random("bias", spec.channels()));
        parameters.refresh();
        return parameters;
    }
}
