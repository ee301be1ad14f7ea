package dev.duet.train;

import dev.duet.backend.AugmentSpec;
import dev.duet.backend.Backend;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.Rows;
import dev.duet.model.Chain;
import dev.duet.model.JointVae;
import dev.duet.objective.Elbo;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;

/**
 * One modality's decoded images, read again by its frozen encoder, to the cycle terms (docs/design.md, E17), and back. B: rows
 * of the shard, c: subsets that cycle the modality, at least one.
 */
final class CyclePart {
    private final Variable images; // xHat (c·B, C, H, W)
    private final List<Op> ops = new ArrayList<>(); // xHat → head (c·B, 2Z + …) → cycle terms
    private final Op zero; // what the cycle terms add their gradients to; null where they have none

    /**
     * @param code ((n + c)·B, Z + W), the cycle blocks last
     * @param gradient whether the images get a gradient
     */
    CyclePart(StepContext step, int t, Variable code, Tensor terms, boolean gradient) {
        Backend backend = step.backend();
        JointVae vae = step.vae();
        Elbo elbo = step.stage().elbo();
        int rows = step.rows();
        int blocks = step.latent().cycleBlocks(t).length; // c
        int firstRow = blocks * step.firstRow();
        Shape shape = vae.image(t).batched(blocks * rows);
        images = images(backend, "cycled." + t, shape, gradient);
        AugmentSpec perturb = vae.spec().modalities().get(t).perturb();
        Variable seen = images;
        if (!perturb.equals(AugmentSpec.NONE)) {
            seen = images(backend, "perturbed." + t, shape, gradient);
            ops.add(backend.augment(perturb, vae.modalities() + t, firstRow, images, seen));
        }
        Chain reader =
                vae.encoder(t).chain(backend, vae.parameters(), ParameterBuffer.FROZEN, firstRow, seen, gradient);
        ops.add(reader);
        int firstCycled = code.shape().get(0) - blocks * rows;
        for (int i = 0; i < blocks; i++) {
            Rows read = new Rows(reader.output(), i * rows, rows);
            Rows decoded = new Rows(code, firstCycled + i * rows, rows);
            ops.add(backend.cosine(
                    elbo.alignment().cycle(), read, decoded, step.latent().shared(), terms, elbo.firstCycle(t) + i));
        }
        zero = gradient ? backend.zero(reader.output().grad()) : null;
    }

    /** Float32 as all images are, and their gradient with them. */
    private static Variable images(Backend backend, String name, Shape shape, boolean gradient) {
        return new Variable(backend.tensor(name, shape), gradient ? backend.tensor("d." + name, shape) : null);
    }

    /** What is to be decoded, (c·B, C, H, W). */
    Variable images() {
        return images;
    }

    /** Decoded images to terms. */
    void read() {
        for (int i = 0; i < ops.size(); i++) ops.get(i).forward();
    }

    /** To dxHat (c·B, C, H, W); only where the images have a gradient. */
    void back() {
        zero.forward();
        for (int i = ops.size() - 1; i >= 0; i--) ops.get(i).backward();
    }
}
