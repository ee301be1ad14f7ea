package dev.duet.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.NetworkConformance;
import dev.duet.backend.ParameterBuffer;
import dev.duet.model.Chain;
import dev.duet.model.Network;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole networks of the reference against central differences in double: input and all parameters, some elements of each. */
class ReferenceNetworkTest {
    private static final double STEP = 1e-6;
    private static final int ELEMENTS = 40; // of each tensor

    static Stream<NetworkConformance.Case> cases() {
        return NetworkConformance.cases();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void network(NetworkConformance.Case c) {
        ReferenceBackend backend = new ReferenceBackend();
        backend.scalars().seed = 5;
        Network network = c.network();
        ParameterBuffer parameters = backend.parameters(network.parameters(), 1);
        Philox.Sequence random = new Philox.Sequence(3, Philox.Stream.SYNTHETIC, 1);
        List<Variable> inputs = new ArrayList<>();
        Shape shape = c.input().get(1) == 1
                ? Shape.of(3, c.input().get(0))
                : c.input().batched(3);
        inputs.add(backend.variable("x", shape, true));
        fill(inputs.get(0), random, 1);
        for (int i = 0; i < parameters.specs().size(); i++) {
            inputs.add(parameters.variable(i, 0));
            fill(
                    inputs.get(i + 1),
                    random,
                    1 / Math.sqrt(parameters.specs().get(i).layer().fanIn()));
        }
        Chain chain = network.chain(backend, parameters, 0, 1, inputs.get(0), true);
        Variable y = chain.output();
        Variable direction = backend.variable("direction", y.shape(), false);
        fill(direction, random, 1);
        chain.forward();
        for (int i = 0; i < y.shape().size(); i++)
            RefTensor.of(y.grad()).set(i, RefTensor.of(direction.value()).get(i));
        chain.backward();
        check(inputs, () -> {
            chain.forward();
            double sum = 0;
            for (int i = 0; i < y.shape().size(); i++)
                sum += RefTensor.of(direction.value()).get(i)
                        * RefTensor.of(y.value()).get(i);
            return sum;
        });
    }

    private static void fill(Variable variable, Philox.Sequence random, double scale) {
        for (int i = 0; i < variable.shape().size(); i++)
            RefTensor.of(variable.value()).set(i, scale * random.nextGaussian());
    }

    private static void check(List<Variable> inputs, DoubleSupplier loss) {
        for (Variable input : inputs) {
            RefTensor value = RefTensor.of(input.value());
            RefTensor gradient = RefTensor.of(input.grad());
            int stride = Math.max(1, value.shape().size() / ELEMENTS);
            for (int i = 0; i < value.shape().size(); i += stride) {
                double saved = value.get(i);
                value.set(i, saved + STEP);
                double up = loss.getAsDouble();
                value.set(i, saved - STEP);
                double down = loss.getAsDouble();
                value.set(i, saved);
                assertThat(gradient.get(i))
                        .as("d%s[%d]", value.name(), i)
                        .isCloseTo((up - down) / (2 * STEP), within(1e-6 * Math.max(1, Math.abs(gradient.get(i)))));
            }
        }
    }
}
