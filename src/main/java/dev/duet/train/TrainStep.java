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
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

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

    private final Backend backend;
    private final List<Op> gathers = new ArrayList<>(); // m: uint8 (N, H, W, C) → x (B, C, H, W) in [0, 1], or null
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

    // What runs side by side: of each modality its own tensors and parameters only.
    private final List<Runnable> readings; // m: indices → x → head
    private final List<Runnable> readingsAndNoise; // the same, and → eps
    private final List<Runnable> encodings; // m: x → head
    private final List<Runnable> decodings; // t: code → nll terms, dLogits
    private final List<Runnable> decodingsBack; // t: dLogits → dCode
    private final List<Runnable> encodingsBack; // m: dHead → gradients

    /**
     * @param elbo the subsets and weights in force; its latent spec may differ from the model's in the subsets alone
     * @param firstRow first row of the batch that this shard takes
     * @param rows B
     * @param shard which gradient buffer is its own
     */
    public TrainStep(
            Backend backend, JointVae vae, Elbo elbo, Inputs source, int firstRow, int rows, int shard, Mode mode) {
        this.backend = backend;
        boolean training = mode == Mode.TRAIN;
        LatentSpec spec = elbo.latent();
        eps = backend.tensor("eps", Shape.of(rows, spec.noiseColumns()));
        terms = backend.tensor("terms", Shape.of(elbo.terms()));
        noise = backend.normal(firstRow, eps);
        for (int m = 0; m < vae.modalities(); m++) {
            Tensor x = backend.tensor("x." + m, vae.image(m).batched(rows));
            gathers.add(
                    source.images().get(m) == null
                            ? null
                            : backend.gather(
                                    source.images().get(m), source.indices().get(m), firstRow, x));
            encoders.add(
                    vae.encoder(m).chain(backend, vae.parameters(), shard, firstRow, Variable.constant(x), training));
            inputs.add(x);
            heads.add(encoders.get(m).output());
            Shape code = Shape.of(spec.blocks(m).length * rows, spec.codeColumns(m));
            codes.add(backend.variable("code." + m, code, training));
        }
        latent = backend.latent(spec, heads, eps, codes, terms);
        for (int t = 0; t < vae.modalities() && mode != Mode.ENCODE; t++) {
            Network decoder = vae.decoder(t);
            int last = decoder.layers().size() - 1;
            int firstCode = spec.blocks(t).length * firstRow;
            decoders.add(decoder.hidden(backend, vae.parameters(), shard, firstCode, codes.get(t), training));
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
        readings = each(gathers, this::read);
        readingsAndNoise = new ArrayList<>(readings);
        readingsAndNoise.add(noise::forward);
        encodings = each(encoders, this::encode);
        decodings = each(decoders, this::decode);
        decodingsBack = each(decoders, this::decodeBack);
        encodingsBack = each(encoders, this::encodeBack);
    }

    /** {@code part} of the number of each of {@code ops}. */
    private static List<Runnable> each(List<?> ops, IntConsumer part) {
        return IntStream.range(0, ops.size())
                .<Runnable>mapToObj(i -> () -> part.accept(i))
                .toList();
    }

    /** Indices to terms, with samples from the posteriors. */
    public void forward() {
        backend.sideBySide(readingsAndNoise); // x (B, C, H, W), head (B, 2Z + 2W_m); eps (B, R)
        forwardFromHeads();
    }

    /** Indices to terms at the posterior means (noise 0). */
    public void forwardAtMean() {
        backend.sideBySide(readings); // eps stays as made: zeros
        forwardFromHeads();
    }

    /** {@link #forward} from x and eps as they are; golden tests set them by hand. */
    public void forwardFromInputs() {
        backend.sideBySide(encodings);
        forwardFromHeads();
    }

    private void read(int m) {
        if (gathers.get(m) != null) gathers.get(m).forward(); // x (B, C, H, W)
        encode(m);
    }

    private void encode(int m) {
        encoders.get(m).forward(); // head (B, 2Z + 2W_m)
    }

    private void forwardFromHeads() {
        latent.forward(); // PoE, reparameterise, KL: code (n_t·B, Z + W_t)
        backend.sideBySide(decodings); // nll, dLogits (n_t·B, C, H, W)
    }

    private void decode(int t) {
        decoders.get(t).forward(); // last hidden layer (n_t·B, C', H', W')
        outputs.get(t).forward(); // nll, dLogits (n_t·B, C, H, W)
    }

    /** The gradient of the summed loss into the shard's gradient buffer (overwritten). */
    public void backward() {
        backend.sideBySide(decodingsBack); // dCode (n_t·B, Z + W_t)
        latent.backward(); // dHead (B, 2Z + 2W_m)
        backend.sideBySide(encodingsBack);
    }

    private void decodeBack(int t) {
        outputs.get(t).backward(); // d(last hidden layer)
        decoders.get(t).backward(); // dCode (n_t·B, Z + W_t)
    }

    private void encodeBack(int m) {
        encoders.get(m).backward();
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
