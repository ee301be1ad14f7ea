package dev.duet.model;

import dev.duet.backend.LayerSpec;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** PyTorch's default initialisation. */
public final class Initialiser {
    private Initialiser() {}

    /**
     * Weights and biases of linear and convolution layers uniform in ±1/√fanIn; parameter i draws from step i of the INIT
     * stream. Weights of normalisations 1, their biases 0.
     */
    public static void uniform(ParameterBuffer parameters, long seed) {
        List<ParameterSpec> specs = parameters.specs();
        float[][] values = IntStream.range(0, specs.size())
                .parallel()
                .mapToObj(i -> values(specs.get(i), seed, i))
                .toArray(float[][]::new);
        for (int i = 0; i < values.length; i++) parameters.write(Slot.VALUE, i, values[i]);
        parameters.refresh();
    }

    private static float[] values(ParameterSpec spec, long seed, int index) {
        if (spec.layer() instanceof LayerSpec.Norm) return identity(spec);
        Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.INIT, index);
        double bound = 1 / Math.sqrt(spec.layer().fanIn());
        float[] values = new float[spec.shape().size()];
        for (int j = 0; j < values.length; j++) values[j] = (float) ((2 * random.nextDouble() - 1) * bound);
        return values;
    }

    private static float[] identity(ParameterSpec spec) {
        float[] values = new float[spec.shape().size()];
        Arrays.fill(values, spec.role() == ParameterSpec.Role.WEIGHT ? 1 : 0);
        return values;
    }
}
