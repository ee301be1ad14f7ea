package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.model.JointVae;
import java.util.ArrayList;
import java.util.List;

/** Samples: one shared code decoded in every modality, each with a private code of its own. */
public final class Sampler {
    private final LatentSpec latent;
    private final List<CodeDecoder> decoders = new ArrayList<>();

    /** @param batch samples decoded at once */
    public Sampler(Backend backend, JointVae vae, int batch) {
        latent = vae.latent();
        for (int t = 0; t < vae.modalities(); t++) decoders.add(new CodeDecoder(backend, vae, t, batch));
    }

    /**
     * Samples {@code first} to {@code first + count} of the stream of {@code seed}: the same whatever the batches.
     *
     * @return per modality the means, (count, C, H, W) in [0, 1]
     */
    public List<float[]> sample(CodeSource source, long seed, int first, int count) {
        return decode(codes(latent, source, seed, first, count));
    }

    /**
     * @param codes per modality (N, Z + W_t)
     * @return per modality the means, (N, C, H, W) in [0, 1]
     */
    public List<float[]> decode(List<float[]> codes) {
        List<float[]> out = new ArrayList<>();
        for (int t = 0; t < decoders.size(); t++) out.add(decode(t, codes.get(t)));
        return out;
    }

    /**
     * @param codes of modality {@code t}, (N, Z + W_t)
     * @return the means, (N, C, H, W) in [0, 1]
     */
    float[] decode(int t, float[] codes) {
        return decoders.get(t).decode(codes);
    }

    /** Per modality (count, Z + W_t): the same s, then a w_t of its own. */
    static List<float[]> codes(LatentSpec latent, CodeSource source, long seed, int first, int count) {
        float[] s = source.shared().codes(seed, first, count);
        List<float[]> out = new ArrayList<>();
        for (int t = 0; t < latent.modalities(); t++)
            out.add(CodeSource.joined(latent, t, s, source.privates().get(t).codes(s, seed, first)));
        return out;
    }

    /** Values of one sample's codes, Z + Σ W_t. */
    static int normals(LatentSpec latent) {
        int out = latent.shared();
        for (int w : latent.privates()) out += w;
        return out;
    }
}
