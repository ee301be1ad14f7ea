package dev.duet.backend;

import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.model.Chain;
import dev.duet.model.Layers;
import dev.duet.model.Network;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole networks with all kinds of layers in the orders that may meet: outputs and every gradient. {@code
 * ReferenceNetworkTest} compares the reference's gradients with finite differences of the same networks.
 */
public abstract class NetworkConformance extends Conformance {
    NetworkConformance(TestedBackend device) {
        super(device);
    }

    /**
     * @param input (C, H, W)
     * @param layers see {@link Layers}
     */
    public record Case(Shape input, List<String> layers) {
        public Network network() {
            return new Network("net", input, Layers.parse(layers, input), 0);
        }

        /** Where rounding may decide which value of a window is the largest, windows of one. */
        Case withoutWindows() {
            return new Case(
                    input,
                    layers.stream()
                            .map(text -> text.replaceFirst("pool .*", "pool 1"))
                            .toList());
        }
    }

    public static Stream<Case> cases() {
        return Stream.of(
                new Case(Shape.of(3, 8, 8), List.of("conv 16 relu", "residual", "linear 5")),
                new Case(
                        Shape.of(1, 8, 8),
                        List.of("conv 16", "norm groups 2 relu", "conv 16 k3 s1 p1", "norm", "linear 7")),
                new Case(
                        Shape.of(3, 8, 8),
                        List.of(
                                "standardise",
                                "conv 8 k3 s1 p1 relu",
                                "conv 8 k3 s1 p1",
                                "norm",
                                "pool 2",
                                "linear 4")),
                new Case(
                        Shape.of(4, 4, 4),
                        List.of("residual groups 2", "conv 8 k1 s1 p0 relu", "pool 4", "norm", "linear 3")),
                new Case(
                        Shape.of(1, 6, 6),
                        List.of(
                                "conv 10 k3 s1 p1 relu",
                                "dropout 0.25",
                                "residual groups 5",
                                "residual groups 1",
                                "norm relu",
                                "dropout 0.5 channels",
                                "linear 12 relu",
                                "norm groups 3",
                                "dropout 0.3",
                                "linear 4")),
                new Case(
                        Shape.of(6, 1, 1),
                        List.of("linear 16x2x2 relu", "norm groups 4 relu", "up 8 relu", "residual", "up 4 k3 s1 p1")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void network(Case c) {
        compare(c.toString(), networkTolerance(), backend -> run(backend, c, true));
    }

    /** Without gradients dropout takes no part. */
    @ParameterizedTest
    @MethodSource("cases")
    void inference(Case c) {
        compare("inference, " + c, inferenceTolerance(), backend -> run(backend, c, false));
    }

    /** Rounding adds up over the layers, and a normalisation of few values magnifies it. */
    protected double networkTolerance() {
        return 4 * tolerance();
    }

    /** Outputs alone: gradients have twice the layers behind them. */
    protected double inferenceTolerance() {
        return networkTolerance();
    }

    private Results run(Backend backend, Case c, boolean training) {
        int rows = 5;
        backend.scalars().seed = 11;
        backend.scalars().step = 3;
        Network network = (rounds() ? c.withoutWindows() : c).network();
        ParameterBuffer parameters = backend.parameters(network.parameters(), 1);
        write(parameters);
        Shape shape = c.input.get(1) == 1 ? Shape.of(rows, c.input.get(0)) : c.input.batched(rows);
        Tensor images = written(backend, "x", shape, storable(random("x", shape.size())));
        Variable x = training && shape.rank() == 2 ? random(backend, "x", shape, true) : Variable.constant(images);
        Chain chain = network.chain(backend, parameters, 0, 2, x, training);
        chain.forward();
        Results results = new Results();
        results.add("y", backend, chain.output().value());
        if (!training) return results;
        backend.write(
                chain.output().grad(),
                storable(random("dy", chain.output().shape().size())));
        chain.backward();
        results.add("dx", backend, x.grad());
        for (int i = 0; i < parameters.specs().size(); i++)
            results.add("d." + parameters.specs().get(i).name(), parameters.read(Slot.GRADIENT, i));
        return results;
    }

    /**
     * Where rounding may decide a ReLU's sign, biases of many times the sums' deviation, up and down by turns, and small weights,
     * so that each ReLU becomes a switch of whole channels.
     */
    private void write(ParameterBuffer parameters) {
        for (int i = 0; i < parameters.specs().size(); i++) {
            ParameterSpec spec = parameters.specs().get(i);
            boolean norm = spec.layer() instanceof LayerSpec.Norm;
            double scale = (norm ? 1 : 1 / Math.sqrt(spec.layer().fanIn())) * (rounds() ? 0.125 : 1);
            float[] values = scaled(random(spec.name(), spec.shape().size()), scale);
            if (rounds() && feedsRelu(spec) && spec.role() == ParameterSpec.Role.BIAS)
                for (int j = 0; j < values.length; j++) values[j] += j % 2 == 0 ? 4 : -4;
            parameters.write(Slot.VALUE, i, values);
        }
        parameters.refresh();
    }

    /** Whether a ReLU follows, its own or that of a residual block's sum. */
    private static boolean feedsRelu(ParameterSpec spec) {
        return spec.layer().activation() == Activation.RELU || spec.name().contains(".norm2.");
    }
}
