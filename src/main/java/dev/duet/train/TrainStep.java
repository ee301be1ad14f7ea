package dev.duet.train;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
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
 * One step of one shard, from indices to gradients. B: rows of the shard, M: modalities, Z and W_m: dimensions of the shared
 * and private codes, n_t: subsets that decode modality t, R: noise columns. Made once per batch size; running it allocates
 * nothing. Evaluation runs the forward half.
 */
public final class TrainStep {
    /** What the step is for. */
    public enum Mode {
        /** Terms and gradients. */
        TRAIN,
        /** Terms. */
        EVALUATE,
        /** Terms and decoded means. */
        RECONSTRUCT,
        /** Codes and KL terms; nothing is decoded. */
        ENCODE
    }

    private final List<Op> gathers = new ArrayList<>(); // m: uint8 (N, H, W, C) → x (B, C, H, W) in [0, 1]
    private final List<Chain> encoders = new ArrayList<>(); // m: x → head (B, 2Z + 2W_m)
    private final Op noise; // → eps (B, R)
    private final Op latent; // heads, eps → codes (n_t·B, Z + W_t), KL terms
    private final List<Chain> decoders = new ArrayList<>(); // t: code → last hidden layer (n_t·B, C', H', W')
    private final List<Op> outputs = new ArrayList<>(); // t: last hidden layer, x → nll terms, dLogits (n_t·B, C, H, W)

    private final List<Tensor> inputs = new ArrayList<>(); // m: x (B, C, H, W)
    private final Tensor eps; // (B, R)
    private final List<Variable> heads = new ArrayList<>(); // m: (B, 2Z + 2W_m)
    private final List<Variable> codes = new ArrayList<>(); // t: (n_t·B, Z + W_t)
    private final List<Tensor> means = new ArrayList<>(); // t: xHat (n_t·B, C, H, W), null unless reconstructing
    private final Tensor terms; // (K) sums over the shard's rows, nats; see Elbo

    /**
     * @param elbo the subsets and weights in force; its latent spec may differ from the model's in the subsets alone
     * @param firstRow first row of the batch that this shard takes
     * @param rows B
     * @param shard which gradient buffer is its own
     */
    public TrainStep(
            Backend backend, JointVae vae, Elbo elbo, Inputs source, int firstRow, int rows, int shard, Mode mode) {
        boolean training = mode == Mode.TRAIN;
        LatentSpec spec = elbo.latent();
        eps = backend.tensor("eps", Shape.of(rows, spec.noiseColumns()));
        terms = backend.tensor("terms", Shape.of(elbo.terms()));
        noise = backend.normal(firstRow, eps);
        for (int m = 0; m < vae.modalities(); m++) {
            Tensor x = backend.tensor("x." + m, vae.image(m).batched(rows));
            if (source.images().get(m) != null)
                gathers.add(
                        backend.gather(source.images().get(m), source.indices().get(m), firstRow, x));
            encoders.add(vae.encoder(m).chain(backend, vae.parameters(), shard, Variable.constant(x), training));
            inputs.add(x);
            heads.add(encoders.get(m).output());
            Shape code = Shape.of(spec.blocks(m).length * rows, spec.codeColumns(m));
            codes.add(backend.variable("code." + m, code, training));
        }
        latent = backend.latent(spec, heads, eps, codes, terms);
        if (mode == Mode.ENCODE) return;
        for (int t = 0; t < vae.modalities(); t++) {
            Network decoder = vae.decoder(t);
            int last = decoder.layers().size() - 1;
            decoders.add(decoder.chain(backend, vae.parameters(), shard, codes.get(t), last, training));
            Variable hidden = decoders.get(t).output();
            means.add(
                    mode == Mode.RECONSTRUCT
                            ? backend.tensor(
                                    "xHat." + t,
                                    vae.image(t).batched(codes.get(t).shape().get(0)))
                            : null);
            outputs.add(backend.output(
                    decoder.layers().get(last),
                    hidden,
                    decoder.weight(vae.parameters(), last, shard),
                    decoder.bias(vae.parameters(), last, shard),
                    vae.spec().modalities().get(t).likelihood(),
                    elbo.blockWeights(t),
                    source.images().get(t) == null ? null : inputs.get(t),
                    means.get(t),
                    terms,
                    elbo.firstNll(t)));
        }
    }

    /** Indices to terms, with samples from the posteriors. */
    public void forward() {
        gather();
        noise.forward(); // eps (B, R)
        forwardFromInputs();
    }

    /** Indices to terms at the posterior means (noise 0). */
    public void forwardAtMean() {
        gather();
        forwardFromInputs(); // eps stays as made: zeros
    }

    private void gather() {
        for (int m = 0; m < gathers.size(); m++) gathers.get(m).forward(); // x (B, C, H, W)
    }

    /** {@link #forward} from x and eps as they are; golden tests set them by hand. */
    public void forwardFromInputs() {
        for (int m = 0; m < encoders.size(); m++) encoders.get(m).forward(); // head (B, 2Z + 2W_m)
        latent.forward(); // PoE, reparameterise, KL: code (n_t·B, Z + W_t)
        for (int t = 0; t < decoders.size(); t++) {
            decoders.get(t).forward(); // last hidden layer (n_t·B, C', H', W')
            outputs.get(t).forward(); // nll, dLogits (n_t·B, C, H, W)
        }
    }

    /** The gradient of the summed loss into the shard's gradient buffer (overwritten). */
    public void backward() {
        for (int t = 0; t < decoders.size(); t++) {
            outputs.get(t).backward(); // d(last hidden layer)
            decoders.get(t).backward(); // dCode (n_t·B, Z + W_t)
        }
        latent.backward(); // dHead (B, 2Z + 2W_m)
        for (int m = 0; m < encoders.size(); m++) encoders.get(m).backward();
    }

    /** x of modality {@code m}, (B, C, H, W). */
    public Tensor input(int m) {
        return inputs.get(m);
    }

    /** (B, R). */
    public Tensor eps() {
        return eps;
    }

    /** Code of modality {@code t}, (n_t·B, Z + W_t). */
    public Tensor code(int t) {
        return codes.get(t).value();
    }

    /** Decoded means of modality {@code t}, (n_t·B, C, H, W); {@link Mode#RECONSTRUCT} only. */
    public Tensor mean(int t) {
        return means.get(t);
    }

    /** (K) sums over the shard's rows, nats. */
    public Tensor terms() {
        return terms;
    }
}
