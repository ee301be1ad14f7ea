package dev.duet.profile;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.model.JointVae;
import dev.duet.model.Network;
import dev.duet.tensor.Shape;
import dev.duet.train.StageObjective;
import dev.duet.train.TrainStep;

/** How much arithmetic a training step is. */
final class StepWork {
    private StepWork() {}

    /**
     * Floating-point operations of the matrix products and convolutions of one pair's training step in {@code stage}: forward,
     * dW of what learns, and dx where something before it learns. All else is less than 1 % of it and not counted.
     */
    static long flopsPerPair(JointVae vae, StageObjective stage) {
        LatentSpec latent = stage.latent(TrainStep.Mode.TRAIN);
        boolean dCode = stage.encodersLearn(vae);
        long flops = 0;
        for (int m = 0; m < vae.modalities(); m++) {
            flops += flops(vae.encoder(m), learns(stage, vae.encoder(m)), false);
            if (vae.privateEncoder(m).isPresent()) {
                Network own = vae.privateEncoder(m).get();
                flops += flops(own, learns(stage, own), false);
            }
            if (!stage.decode()) continue;
            boolean learns = learns(stage, vae.decoder(m));
            flops += latent.codeBlocks(m).length * flops(vae.decoder(m), learns, dCode);
            flops += latent.cycleBlocks(m).length * flops(vae.encoder(m), false, learns || dCode); // read again, frozen
        }
        return flops;
    }

    private static boolean learns(StageObjective stage, Network network) {
        return stage.learns(network.name());
    }

    /** @param dx whether the network's input has a gradient */
    private static long flops(Network network, boolean learns, boolean dx) {
        long flops = 0;
        Shape shape = network.input(); // (C, H, W)
        boolean passes = dx;
        for (LayerSpec layer : network.layers()) {
            flops += Costs.flop(layer, shape, 1) * (1 + (learns ? 1 : 0) + (passes ? 1 : 0));
            passes |= learns && layer.hasParameters();
            shape = layer.output(shape);
        }
        return flops;
    }
}
