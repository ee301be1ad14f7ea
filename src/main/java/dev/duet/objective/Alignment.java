package dev.duet.objective;

/**
 * The terms beside the ELBO that draw the modalities' shared codes together.
 *
 * @param contrasts whether codes of a pair's images are contrasted with those of other pairs (docs/design.md, E16)
 * @param contrast γ, weight of that term
 * @param temperature τ that cosines are divided by
 * @param group consecutive rows that are told apart from each other
 * @param cycle κ, weight of the cycle term: 1 − the cosine between the code that an image was decoded from and the mean that
 *     the encoder reads out of it (docs/design.md, E17)
 */
public record Alignment(boolean contrasts, double contrast, double temperature, int group, double cycle) {
    /** The ELBO alone. */
    public static final Alignment NONE = new Alignment(false, 0, 1, 1, 0);
}
