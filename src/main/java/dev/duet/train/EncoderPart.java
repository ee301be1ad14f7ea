package dev.duet.train;

import dev.duet.backend.AugmentSpec;
import dev.duet.backend.Backend;
import dev.duet.backend.Op;
import dev.duet.model.Chain;
import dev.duet.model.JointVae;
import dev.duet.model.Network;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;

/**
 * One modality's way from indices to its head, and back. B: rows of the shard, Z and W: dimensions of the shared and the
 * private code.
 */
final class EncoderPart {
    private final Op gather; // uint8 (N, H, W, C) → x (B, C, H, W) in [0, 1]; null where x is set by hand
    private final Op augment; // x → what the shared code's encoder sees (B, C, H, W); null for x itself
    private final List<Chain> encoders = new ArrayList<>(); // → (B, 2Z) and (B, 2W), or one → (B, 2Z + 2W)
    private final List<Chain> learning = new ArrayList<>(); // those of them that learn
    private final Op join; // → head (B, 2Z + 2W); null for the only encoder's output
    private final Tensor x;
    private final Variable head;

    EncoderPart(StepContext step, Inputs source, int m) {
        Backend backend = step.backend();
        JointVae vae = step.vae();
        int firstRow = step.firstRow();
        x = backend.tensor("x." + m, vae.image(m).batched(step.rows()));
        boolean given = source.images().get(m) != null;
        gather = given ? backend.gather(source.images().get(m), source.indices().get(m), firstRow, x) : null;
        AugmentSpec change = vae.spec().modalities().get(m).augment();
        boolean augments = step.trains() && step.stage().augment() && !change.equals(AugmentSpec.NONE);
        Variable seen = Variable.constant(augments ? backend.like("seen." + m, x) : x);
        augment = augments ? backend.augment(change, m, firstRow, Variable.constant(x), seen) : null;
        Variable shared = encode(step, vae.encoder(m), seen);
        if (vae.privateEncoder(m).isEmpty()) {
            head = head(step, m, shared);
            join = null;
        } else {
            Variable own = encode(step, vae.privateEncoder(m).get(), Variable.constant(x));
            Shape shape = Shape.of(step.rows(), vae.latent().headColumns(m));
            head = backend.variable("head." + m, shape, step.encodersLearn());
            join = backend.concat(List.of(shared, own), head);
        }
    }

    /** The only encoder's output; with a gradient even if it is frozen, as the latent part writes all heads' or none. */
    private static Variable head(StepContext step, int m, Variable output) {
        if (!step.encodersLearn() || output.grad() != null) return output;
        return new Variable(output.value(), step.backend().like("d.head." + m, output.value()));
    }

    private Variable encode(StepContext step, Network network, Variable image) {
        boolean learns = step.trains() && step.stage().learns(network.name());
        Chain chain = network.chain(
                step.backend(), step.vae().parameters(), step.gradients(network), step.firstRow(), image, learns);
        encoders.add(chain);
        if (learns) learning.add(chain);
        return chain.output();
    }

    /** Indices to head. */
    void read() {
        if (gather != null) gather.forward(); // x (B, C, H, W)
        encode();
    }

    /** x to head. */
    void encode() {
        if (augment != null) augment.forward();
        for (int i = 0; i < encoders.size(); i++) encoders.get(i).forward();
        if (join != null) join.forward(); // head (B, 2Z + 2W)
    }

    /** dHead to the gradients of what learns. */
    void back() {
        if (join != null) join.backward();
        for (int i = 0; i < learning.size(); i++) learning.get(i).backward();
    }

    /** (B, C, H, W). */
    Tensor x() {
        return x;
    }

    /** (B, 2Z + 2W). */
    Variable head() {
        return head;
    }
}
