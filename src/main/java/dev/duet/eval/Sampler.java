package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.model.JointVae;
import dev.duet.tensor.Philox;
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
    public List<float[]> sample(SharedCodes shared, long seed, int first, int count) {
        return decode(codes(latent, shared, seed, first, count));
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

    /**
     * Per modality (count, Z + W_t): the same s, then w_t ~ N(0, I). Of the normals i·R to (i + 1)·R of sample i, R = Z + Σ W_t,
     * the first Z are the plain prior's.
     */
    static List<float[]> codes(LatentSpec latent, SharedCodes shared, long seed, int first, int count) {
        int z = latent.shared();
        float[] s = shared.source().codes(seed, first, count);
        List<float[]> out = new ArrayList<>();
        int firstPrivate = z;
        for (int t = 0; t < latent.modalities(); t++) {
            int columns = latent.codeColumns(t);
            float[] codes = new float[count * columns];
            for (int i = 0; i < count; i++) {
                System.arraycopy(s, i * z, codes, i * columns, z);
                long normals = (long) (first + i) * normals(latent) + firstPrivate - z;
                for (int d = z; d < columns; d++)
                    codes[i * columns + d] = (float) Philox.normal(seed, Philox.Stream.PRIOR, 0, normals + d);
            }
            out.add(codes);
            firstPrivate += latent.privates().get(t);
        }
        return out;
    }

    /** R. */
    static int normals(LatentSpec latent) {
        int out = latent.shared();
        for (int w : latent.privates()) out += w;
        return out;
    }
}
