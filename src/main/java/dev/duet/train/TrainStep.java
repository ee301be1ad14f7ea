package dev.duet.train;

import dev.duet.backend.Backend;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.model.Chain;
import dev.duet.model.JointVae;
import dev.duet.model.ModalitySpec;
import dev.duet.model.Network;
import dev.duet.objective.Elbo;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of one shard, from indices to gradients. B: rows of the shard, M: modalities, Z and W_m: dimensions of the shared
 * and private codes, n_t: subsets that decode modality t, R: noise columns. Made once per batch size; running it allocates
 * nothing.
 */
final class TrainStep {
    private final List<Op> gathers = new ArrayList<>(); // m: uint8 (N, H, W, C) → x (B, C, H, W) in [0, 1]
    private final List<Chain> encoders = new ArrayList<>(); // m: x → head (B, 2Z + 2W_m)
    private final Op noise; // → eps (B, R)
    private final Op latent; // heads, eps → codes (n_t·B, Z + W_t), KL terms
    private final List<Chain> decoders = new ArrayList<>(); // t: code → last hidden layer (n_t·B, C', H', W')
    private final List<Op> outputs = new ArrayList<>(); // t: last hidden layer, x → nll terms, dLogits (n_t·B, C, H, W)
    private final List<Tensor> inputs = new ArrayList<>(); // m: x (B, C, H, W) in [0, 1]
    private final Tensor eps; // (B, R)
    private final Tensor terms; // (K) sums over the shard's rows, nats; see Elbo

    /**
     * @param images per modality the resident data set
     * @param indices per modality which images make the batch
     * @param firstRow first row of the batch that this shard takes
     * @param rows B
     * @param shard which gradient buffer is its own
     * @param training whether there will be a backward pass
     */
    TrainStep(
            Backend backend,
            JointVae vae,
            Elbo elbo,
            List<Images> images,
            List<Indices> indices,
            int firstRow,
            int rows,
            int shard,
            boolean training) {
        LatentSpec spec = vae.latent();
        eps = backend.tensor("eps", Shape.of(rows, spec.noiseColumns()));
        terms = backend.tensor("terms", Shape.of(elbo.terms()));
        noise = backend.normal(firstRow, eps);
        List<Variable> heads = new ArrayList<>();
        List<Variable> codes = new ArrayList<>();
        for (int m = 0; m < vae.modalities(); m++) {
            Shape image = vae.encoder(m).input();
            Tensor x = backend.tensor("x." + m, Shape.of(rows, image.get(0), image.get(1), image.get(2)));
            gathers.add(backend.gather(images.get(m), indices.get(m), firstRow, x));
            encoders.add(vae.encoder(m).chain(backend, vae.parameters(), shard, Variable.constant(x), training));
            inputs.add(x);
            heads.add(encoders.get(m).output());
            codes.add(backend.variable(
                    "code." + m, Shape.of(spec.blocks(m).length * rows, spec.codeColumns(m)), training));
        }
        latent = backend.latent(spec, heads, eps, codes, terms);
        for (int t = 0; t < vae.modalities(); t++) {
            Network decoder = vae.decoder(t);
            ModalitySpec modality = vae.spec().modalities().get(t);
            int last = decoder.layers().size() - 1;
            decoders.add(decoder.chain(backend, vae.parameters(), shard, codes.get(t), last, training));
            outputs.add(backend.output(
                    decoder.layers().get(last),
                    decoders.get(t).output(),
                    decoder.weight(vae.parameters(), last, shard),
                    decoder.bias(vae.parameters(), last, shard),
                    modality.likelihood(),
                    elbo.blockWeights(t),
                    inputs.get(t),
                    null,
                    terms,
                    elbo.firstNll(t)));
        }
    }

    /** Indices to terms. */
    void forward() {
        for (int m = 0; m < gathers.size(); m++) gathers.get(m).forward(); // x (B, C, H, W)
        noise.forward(); // eps (B, R)
        forwardFromInputs();
    }

    /** {@link #forward} from x and eps as they are; golden tests set them by hand. */
    void forwardFromInputs() {
        for (int m = 0; m < encoders.size(); m++) encoders.get(m).forward(); // head (B, 2Z + 2W_m)
        latent.forward(); // PoE, reparameterise, KL: code (n_t·B, Z + W_t)
        for (int t = 0; t < decoders.size(); t++) {
            decoders.get(t).forward(); // last hidden layer (n_t·B, C', H', W')
            outputs.get(t).forward(); // nll, dLogits (n_t·B, C, H, W)
        }
    }

    /** The gradient of the summed loss into the shard's gradient buffer (overwritten). */
    void backward() {
        for (int t = 0; t < decoders.size(); t++) {
            outputs.get(t).backward(); // d(last hidden layer)
            decoders.get(t).backward(); // dCode (n_t·B, Z + W_t)
        }
        latent.backward(); // dHead (B, 2Z + 2W_m)
        for (int m = 0; m < encoders.size(); m++) encoders.get(m).backward();
    }

    /** x of modality {@code m}, (B, C, H, W) in [0, 1]. */
    Tensor input(int m) {
        return inputs.get(m);
    }

    /** (B, R). */
    Tensor eps() {
        return eps;
    }

    /** (K) sums over the shard's rows, nats. */
    Tensor terms() {
        return terms;
    }
}
