package dev.duet.train;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.ContrastSpec;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.Rows;
import dev.duet.model.JointVae;
import dev.duet.objective.Alignment;
import dev.duet.objective.Elbo;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One step of one shard, from indices to gradients. B: rows of the shard, M: modalities, Z and W_m: dimensions of the shared
 * and private codes, n_t: subsets that decode modality t, c_t: those that cycle it (none in stages without a cycle term, and
 * where the step reconstructs or encodes), R: noise columns. Made once per batch size; running it allocates nothing.
 * Evaluation runs the forward half.
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
    private final List<EncoderPart> encoders = new ArrayList<>(); // m: indices → x (B, C, H, W) → head (B, 2Z + 2W_m)
    private final Op noise; // → eps (B, R)
    private final Op latent; // heads, eps → codes ((n_t + c_t)·B, Z + W_t), KL terms
    private final List<Op> contrasts = new ArrayList<>(); // shared codes of a pair of modalities → contrast term
    private final List<DecoderPart> decoders = new ArrayList<>(); // t: code, x → nll and cycle terms, dLogits
    private final List<Op> zeroed = new ArrayList<>(); // dCode, where no decoder overwrites it

    private final Tensor eps; // (B, R)
    private final List<Variable> codes = new ArrayList<>(); // t: ((n_t + c_t)·B, Z + W_t)
    private final Tensor terms; // (K) sums over the shard's rows, nats; see Elbo
    private final boolean encodersLearn;

    // What runs side by side: of each modality its own tensors and parameters only.
    private final List<Runnable> readings; // m: indices → x → head
    private final List<Runnable> readingsAndNoise; // the same, and → eps
    private final List<Runnable> encodings; // m: x → head
    private final List<Runnable> decodings; // t: code → terms, dLogits
    private final List<Runnable> decodingsBack; // t: dLogits → dCode
    private final List<Runnable> encodingsBack; // m: dHead → gradients

    /**
     * @param stage the objective in force; its latent spec may differ from the model's in the subsets alone
     * @param firstRow first row of the batch that this shard takes
     * @param rows B
     * @param shard which gradient buffer is its own
     */
    public TrainStep(
            Backend backend,
            JointVae vae,
            StageObjective stage,
            Inputs source,
            int firstRow,
            int rows,
            int shard,
            Mode mode) {
        this.backend = backend;
        StepContext step = new StepContext(backend, vae, stage, firstRow, rows, shard, mode);
        Elbo elbo = stage.elbo();
        LatentSpec spec = step.latent();
        encodersLearn = step.encodersLearn();
        eps = backend.tensor("eps", Shape.of(rows, spec.noiseColumns()));
        terms = backend.tensor("terms", Shape.of(elbo.terms()));
        noise = backend.normal(firstRow, eps);
        for (int m = 0; m < vae.modalities(); m++) {
            encoders.add(new EncoderPart(step, source, m));
            Shape code = Shape.of(spec.codeBlocks(m).length * rows, spec.codeColumns(m));
            codes.add(backend.variable("code." + m, code, encodersLearn));
        }
        List<Variable> heads = encoders.stream().map(EncoderPart::head).toList();
        latent = backend.latent(spec, heads, eps, codes, terms);
        if (stage.contrasts()) addContrasts(elbo, spec, rows);
        boolean decodes = stage.decode() && mode != Mode.ENCODE;
        for (int t = 0; t < vae.modalities() && decodes; t++) {
            Tensor x = source.images().get(t) == null ? null : encoders.get(t).x();
            decoders.add(new DecoderPart(step, t, codes.get(t), x, terms));
        }
        for (Variable code : codes) if (encodersLearn && !decodes) zeroed.add(backend.zero(code.grad()));
        readings = each(encoders, EncoderPart::read);
        readingsAndNoise = new ArrayList<>(readings);
        readingsAndNoise.add(noise::forward);
        encodings = each(encoders, EncoderPart::encode);
        decodings = each(decoders, DecoderPart::decode);
        decodingsBack = each(decoders, DecoderPart::back);
        encodingsBack = each(encoders, EncoderPart::back);
    }

    /** One for each pair of modalities, between the samples of their own posteriors. */
    private void addContrasts(Elbo elbo, LatentSpec spec, int rows) {
        Alignment weights = elbo.alignment();
        ContrastSpec settings = new ContrastSpec(weights.temperature(), weights.group(), weights.contrast());
        for (int m = 0; m < spec.modalities(); m++) {
            for (int t = m + 1; t < spec.modalities(); t++) {
                int term = elbo.firstContrast() + contrasts.size();
                contrasts.add(backend.contrast(
                        settings, ownSample(spec, m, rows), ownSample(spec, t, rows), spec.shared(), terms, term));
            }
        }
    }

    /** Where the sample of modality {@code m}'s own posterior lies: in the first code that is decoded from it. */
    private Rows ownSample(LatentSpec spec, int m, int rows) {
        for (int t = 0; t < spec.modalities(); t++) {
            int[] blocks = spec.blocks(t);
            for (int i = 0; i < blocks.length; i++) {
                if (spec.subsets().get(blocks[i]).members().equals(List.of(m)))
                    return new Rows(codes.get(t), i * rows, rows);
            }
        }
        throw new DuetException("contrast: expected a subset of modality " + m
                + " alone that is decoded, got none; add it to objective.subset, or set the stages' contrast to 0");
    }

    /** {@code part} of each of {@code parts}. */
    private static <T> List<Runnable> each(List<T> parts, Consumer<T> part) {
        return parts.stream().<Runnable>map(p -> () -> part.accept(p)).toList();
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

    private void forwardFromHeads() {
        latent.forward(); // PoE, reparameterise, KL: code ((n_t + c_t)·B, Z + W_t)
        for (int i = 0; i < contrasts.size(); i++) contrasts.get(i).forward();
        backend.sideBySide(decodings); // nll and cycle terms, dLogits ((n_t + c_t)·B, C, H, W)
    }

    /** The gradient of the summed loss into the shard's gradient buffer (overwritten). */
    public void backward() {
        backend.sideBySide(decodingsBack); // dCode ((n_t + c_t)·B, Z + W_t)
        if (!encodersLearn) return;
        for (int i = 0; i < zeroed.size(); i++) zeroed.get(i).forward();
        for (int i = 0; i < contrasts.size(); i++) contrasts.get(i).backward(); // added to dCode
        latent.backward(); // dHead (B, 2Z + 2W_m)
        backend.sideBySide(encodingsBack);
    }

    /** x of modality {@code m}, (B, C, H, W). */
    public Tensor input(int m) {
        return encoders.get(m).x();
    }

    /** Head of modality {@code m}, (B, 2Z + 2W_m). */
    public Tensor head(int m) {
        return encoders.get(m).head().value();
    }

    /** (B, R). */
    public Tensor eps() {
        return eps;
    }

    /** Code of modality {@code t}, ((n_t + c_t)·B, Z + W_t). */
    public Tensor code(int t) {
        return codes.get(t).value();
    }

    /** Decoded means of modality {@code t}, (n_t·B, C, H, W); {@link Mode#RECONSTRUCT} only. */
    public Tensor mean(int t) {
        return decoders.get(t).means();
    }

    /** (K) sums over the shard's rows, nats. */
    public Tensor terms() {
        return terms;
    }
}
