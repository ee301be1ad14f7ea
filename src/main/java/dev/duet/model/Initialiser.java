package dev.duet.model;

import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Philox;
import java.util.List;
import java.util.stream.IntStream;

/** PyTorch's default initialisation of linear and convolution layers. */
public final class Initialiser {
    private Initialiser() {}

    /** Weights and biases uniform in ±1/√fanIn; parameter i draws from step i of the INIT stream. */
    public static void uniform(ParameterBuffer parameters, long seed) {
        List<ParameterSpec> specs = parameters.specs();
        float[][] values = IntStream.range(0, specs.size())
                .parallel()
                .mapToObj(i -> values(specs.get(i), new Philox.Sequence(seed, Philox.Stream.INIT, i)))
                .toArray(float[][]::new);
        for (int i = 0; i < values.length; i++) parameters.write(Slot.VALUE, i, values[i]);
        parameters.refresh();
    }

    private static float[] values(ParameterSpec spec, Philox.Sequence random) {
        double bound = 1 / Math.sqrt(spec.layer().fanIn());
        float[] values = new float[spec.shape().size()];
        for (int j = 0; j < values.length; j++) values[j] = (float) ((2 * random.nextDouble() - 1) * bound);
        return values;
    }
}
