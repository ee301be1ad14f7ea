package dev.duet.model;

import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Philox;

/** PyTorch's default initialisation of linear and convolution layers. */
public final class Initialiser {
    private Initialiser() {}

    /** Weights and biases uniform in ±1/√fanIn; parameter i draws from step i of the INIT stream. */
    public static void uniform(ParameterBuffer parameters, long seed) {
        for (int i = 0; i < parameters.specs().size(); i++) {
            ParameterSpec spec = parameters.specs().get(i);
            double bound = 1 / Math.sqrt(spec.layer().fanIn());
            Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.INIT, i);
            float[] values = new float[spec.shape().size()];
            for (int j = 0; j < values.length; j++) values[j] = (float) ((2 * random.nextDouble() - 1) * bound);
            parameters.write(Slot.VALUE, i, values);
        }
        parameters.refresh();
    }
}
