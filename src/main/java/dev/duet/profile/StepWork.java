package dev.duet.profile;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.model.JointVae;
import dev.duet.model.Network;
import dev.duet.tensor.Shape;

/** How much arithmetic a training step is. */
final class StepWork {
    private StepWork() {}

    /**
     * Floating-point operations of the matrix products and convolutions of one pair's training step: forward, dW, and dx but
     * for the images themselves. All else is less than 1 % of it and not counted.
     *
     * @param latent what the step runs, with the blocks that each decoder reads
     */
    static long flopsPerPair(JointVae vae, LatentSpec latent) {
        long flops = 0;
        for (int m = 0; m < vae.modalities(); m++) {
            flops += encoder(vae.encoder(m));
            flops += vae.privateEncoder(m).map(StepWork::encoder).orElse(0L);
            flops += 3 * forward(vae.decoder(m)) * latent.codeBlocks(m).length;
        }
        return flops;
    }

    private static long encoder(Network network) {
        return 3 * forward(network) - Costs.flop(network.layers().get(0), network.input(), 1);
    }

    private static long forward(Network network) {
        long flops = 0;
        Shape shape = network.input(); // (C, H, W)
        for (LayerSpec layer : network.layers()) {
            flops += Costs.flop(layer, shape, 1);
            shape = layer.output(shape);
        }
        return flops;
    }
}
