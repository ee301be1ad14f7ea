package dev.duet.train;

import dev.duet.backend.AugmentSpec;
import dev.duet.backend.Backend;
import dev.duet.backend.Judgement;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.Rows;
import dev.duet.model.Chain;
import dev.duet.model.JointVae;
import dev.duet.model.Network;
import dev.duet.objective.Elbo;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;

/**
 * One modality's way from its code to its likelihood, and back; in stages with a cycle term also from the images of the cycle
 * blocks, read again, to their shared codes. B: rows of the shard, n: subsets that decode the modality, c: those that cycle
 * it.
 */
final class DecoderPart {
    private final Chain hidden; // code → last hidden layer ((n + c)·B, C', H', W')
    private final Op output; // last hidden layer, x → nll terms, dLogits ((n + c)·B, C, H, W)
    private final Tensor means; // xHat (n·B, C, H, W); null unless asked for
    private final List<Op> cycle = new ArrayList<>(); // xHat (c·B, C, H, W) → head (c·B, 2Z + …) → cycle terms
    private final Op zero; // what the cycle terms add their gradients to; null where they have none
    private final boolean back;

    /** @param x target (B, C, H, W), or null to judge nothing */
    DecoderPart(
            Backend backend,
            JointVae vae,
            StageObjective stage,
            Variable code,
            Tensor x,
            Tensor terms,
            int t,
            int firstRow,
            int rows,
            int shard,
            TrainStep.Mode mode) {
        Elbo elbo = stage.elbo();
        LatentSpec latent = stage.latent();
        Network decoder = vae.decoder(t);
        int last = decoder.layers().size() - 1;
        int codes = code.shape().get(0) / rows; // n + c
        int cycles = latent.cycleBlocks(t).length;
        int gradients = stage.gradients(decoder.name(), shard);
        back = mode == TrainStep.Mode.TRAIN && (code.grad() != null || stage.learns(decoder.name()));
        hidden = decoder.hidden(backend, vae.parameters(), gradients, codes * firstRow, code, back);
        means = mode == TrainStep.Mode.RECONSTRUCT
                ? backend.tensor("xHat." + t, vae.image(t).batched(codes * rows))
                : null;
        Shape images = vae.image(t).batched(Math.max(1, cycles) * rows);
        Variable seen = cycles == 0 ? null : images(backend, "cycled." + t, images, back);
        output = backend.output(
                decoder.layers().get(last),
                hidden.output(),
                decoder.weight(vae.parameters(), last, gradients),
                decoder.bias(vae.parameters(), last, gradients),
                new Judgement(
                        vae.spec().modalities().get(t).likelihood(),
                        elbo.blockWeights(t),
                        x,
                        means == null ? seen : Variable.constant(means),
                        terms,
                        elbo.firstNll(t)));
        if (cycles == 0) {
            zero = null;
            return;
        }
        Variable image = seen;
        AugmentSpec perturb = vae.spec().modalities().get(t).perturb();
        if (perturb != null) {
            image = images(backend, "perturbed." + t, images, back);
            cycle.add(backend.augment(perturb, vae.modalities() + t, cycles * firstRow, seen, image));
        }
        Chain reader =
                vae.encoder(t).chain(backend, vae.parameters(), ParameterBuffer.FROZEN, cycles * firstRow, image, back);
        cycle.add(reader);
        for (int i = 0; i < cycles; i++) {
            Rows read = new Rows(reader.output(), i * rows, rows);
            Rows decoded = new Rows(code, (codes - cycles + i) * rows, rows);
            cycle.add(backend.cosine(
                    elbo.alignment().cycle(), read, decoded, latent.shared(), terms, elbo.firstCycle(t) + i));
        }
        zero = back ? backend.zero(reader.output().grad()) : null;
    }

    /** Float32 as all images are, and their gradient with them. */
    private static Variable images(Backend backend, String name, Shape shape, boolean gradient) {
        return new Variable(backend.tensor(name, shape), gradient ? backend.tensor("d." + name, shape) : null);
    }

    /** Code to terms. */
    void decode() {
        hidden.forward(); // last hidden layer ((n + c)·B, C', H', W')
        output.forward(); // nll, dLogits ((n + c)·B, C, H, W)
        for (int i = 0; i < cycle.size(); i++) cycle.get(i).forward(); // the cycle terms
    }

    /** To dCode, if it has a gradient, and the gradients of the decoder, if that learns. */
    void back() {
        if (!back) return;
        if (zero != null) zero.forward();
        for (int i = cycle.size() - 1; i >= 0; i--) cycle.get(i).backward(); // dxHat (c·B, C, H, W)
        output.backward(); // d(last hidden layer)
        hidden.backward(); // dCode ((n + c)·B, Z + W)
    }

    /** (n·B, C, H, W), or null. */
    Tensor means() {
        return means;
    }
}
