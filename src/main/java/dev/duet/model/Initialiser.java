package dev.duet.model;

import dev.duet.backend.LayerSpec;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Philox;
import java.util.Arrays;

/** PyTorch's default initialisation. */
public final class Initialiser {
    private Initialiser() {}

    /**
     * Weights and biases of linear and convolution layers uniform in ±1/√fanIn; parameter i draws from step i of the INIT
     * stream. Weights of normalisations 1, their biases 0.
     */
    public static void uniform(ParameterBuffer parameters, long seed) {
        for (int i = 0; i < parameters.specs().size(); i++) {
            ParameterSpec spec = parameters.specs().get(i);
            boolean norm = spec.layer() instanceof LayerSpec.Norm;
            parameters.write(Slot.VALUE, i, norm ? identity(spec) : draws(spec, seed, i));
        }
        parameters.refresh();
    }

    private static float[] draws(ParameterSpec spec, long seed, int index) {
        double bound = 1 / Math.sqrt(spec.layer().fanIn());
        Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.INIT, index);
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
