package dev.duet.measure;

/**
 * An importance-weighted log-likelihood, averaged over test images or pairs.
 *
 * @param form {@code joint}, {@code marginal} or {@code conditional}, see {@link ImportanceWeight}
 * @param of what it is of, e.g. {@code mnist+svhn}, {@code svhn} or {@code svhn|mnist}
 * @param density of the pixel values
 * @param samples K per image
 * @param images n
 * @param mean nats per image; null without images
 * @param standardError of the mean, over the images; null below two of them
 * @param low mean less 1.96 standard errors over the images; null below two of them
 * @param high mean plus as much
 * @param effectiveSamples mean over the images of (Σ w)² / Σ w²; near 1, one sample carries the estimate and it is far below
 *     the log-likelihood
 */
public record LogLikelihood(
        String form,
        String of,
        String density,
        int samples,
        long images,
        Double mean,
        Double standardError,
        Double low,
        Double high,
        Double effectiveSamples) {}
