package dev.duet.train;

import dev.duet.backend.Backend;
import dev.duet.backend.Judgement;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.model.Chain;
import dev.duet.model.JointVae;
import dev.duet.model.Network;
import dev.duet.objective.Elbo;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/**
 * One modality's way from its code to its likelihood and, in stages with a cycle term, to that, and back. B: rows of the
 * shard, n: subsets that decode the modality, c: those that cycle it.
 */
final class DecoderPart {
    private final Chain hidden; // code → last hidden layer ((n + c)·B, C', H', W')
    private final Op output; // last hidden layer, x → nll terms, dLogits ((n + c)·B, C, H, W)
    private final Tensor means; // xHat (n·B, C, H, W); null unless asked for
    private final CyclePart cycle; // null for none
    private final boolean back;

    /**
     * @param code ((n + c)·B, Z + W)
     * @param x target (B, C, H, W), or null to judge nothing
     */
    DecoderPart(StepContext step, int t, Variable code, Tensor x, Tensor terms) {
        Backend backend = step.backend();
        JointVae vae = step.vae();
        ParameterBuffer parameters = vae.parameters();
        Elbo elbo = step.stage().elbo();
        Network decoder = vae.decoder(t);
        int last = decoder.layers().size() - 1;
        int rows = code.shape().get(0);
        int firstRow = rows / step.rows() * step.firstRow();
        int gradients = step.gradients(decoder);
        back = step.trains() && (code.grad() != null || step.stage().learns(decoder.name()));
        hidden = decoder.hidden(backend, parameters, gradients, firstRow, code, back);
        boolean reconstructs = step.mode() == TrainStep.Mode.RECONSTRUCT;
        means = reconstructs ? backend.tensor("xHat." + t, vae.image(t).batched(rows)) : null;
        boolean cycles = step.latent().cycleBlocks(t).length > 0;
        cycle = cycles ? new CyclePart(step, t, code, terms, back) : null;
        Variable seen = cycles ? cycle.images() : null;
        output = backend.output(
                decoder.layers().get(last),
                hidden.output(),
                decoder.weight(parameters, last, gradients),
                decoder.bias(parameters, last, gradients),
                new Judgement(
                        vae.spec().modalities().get(t).likelihood(),
                        elbo.blockWeights(t),
                        x,
                        reconstructs ? Variable.constant(means) : seen,
                        terms,
                        elbo.firstNll(t)));
    }

    /** Code to terms. */
    void decode() {
        hidden.forward(); // last hidden layer ((n + c)·B, C', H', W')
        output.forward(); // nll, dLogits ((n + c)·B, C, H, W)
        if (cycle != null) cycle.read(); // the cycle terms
    }

    /** To dCode, if it has a gradient, and the gradients of the decoder, if that learns. */
    void back() {
        if (!back) return;
        if (cycle != null) cycle.back(); // dxHat (c·B, C, H, W)
        output.backward(); // d(last hidden layer)
        hidden.backward(); // dCode ((n + c)·B, Z + W)
    }

    /** (n·B, C, H, W), or null. */
    Tensor means() {
        return means;
    }
}
