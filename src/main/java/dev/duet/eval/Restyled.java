package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.measure.Points;
import dev.duet.model.JointVae;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Translations with private codes of a source of their own in place of N(0, I): the same samples of s, decoded once more. For posteriors
 * whose first subset is the images' own modality and decodes every one, such as those of {@link Posteriors#alone}.
 */
final class Restyled {
    private final LatentSpec latent;
    private final CodeSource source;
    private final long seed;
    private final List<CodeDecoder> decoders = new ArrayList<>(); // per modality; null without a private code

    /**
     * @param seed of the private codes, which row i of the pass gets the i-th of
     * @param batch rows decoded at once
     */
    Restyled(Backend backend, JointVae vae, CodeSource source, long seed, int batch) {
        this.source = source;
        this.seed = seed;
        latent = vae.latent();
        for (int t = 0; t < latent.modalities(); t++)
            decoders.add(latent.privates().get(t) > 0 ? new CodeDecoder(backend, vae, t, batch) : null);
    }

    /** Whether images of modality {@code m} decoded as {@code t} take a private code that they do not give themselves. */
    static boolean applies(LatentSpec latent, int m, int t) {
        return t != m && latent.privates().get(t) > 0;
    }

    /**
     * Decoded means of modality {@code t}: (B, C, H, W) where {@link #applies}, else those of the pass.
     *
     * @param m modality that the images of {@code rows} are of
     */
    float[] means(int m, int t, Inference.Rows rows) {
        return applies(latent, m, t) ? decoders.get(t).decode(codes(t, rows)) : rows.means(t);
    }

    /** (B, Z + W_t). */
    private float[] codes(int t, Inference.Rows rows) {
        int columns = latent.codeColumns(t);
        float[] codes = Arrays.copyOf(rows.codes(t), rows.count() * columns); // the first block
        float[] s =
                Points.of(codes, rows.count(), columns).leading(latent.shared()).toArray();
        return CodeSource.joined(latent, t, s, source.privates().get(t).codes(s, seed, rows.first()));
    }
}
