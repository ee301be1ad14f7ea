package dev.duet.measure;

import dev.duet.DuetException;

/**
 * Importance-weighted log-likelihoods over a stream of images: K weights of each, in any number of blocks, then the next
 * images.
 */
public final class LogLikelihoodTally {
    private final int samples; // K
    private LogMeanExp[] pending = {}; // per image of the batch
    private long images;
    private double sum; // nats
    private double squares;
    private double effective;

    /** @param samples K that every image must get */
    public LogLikelihoodTally(int samples) {
        if (samples < 1)
            throw new DuetException("log-likelihood: expected at least 1 sample per image, got " + samples);
        this.samples = samples;
    }

    /** Begins a batch of {@code count} images. @throws DuetException if the one before lacks weights */
    public void begin(int count) {
        finish();
        pending = new LogMeanExp[count];
        for (int b = 0; b < count; b++) pending[b] = new LogMeanExp();
    }

    /** Takes in one sample's log weight of image {@code image} of the batch, nats. @throws DuetException if it is NaN or +∞ */
    public void add(int image, double logWeight) {
        if (Double.isNaN(logWeight) || logWeight == Double.POSITIVE_INFINITY) {
            throw new DuetException("log-likelihood: expected a finite log weight of image " + (images + image)
                    + ", got " + logWeight + "; check the run for a diverged loss");
        }
        pending[image].add(logWeight);
    }

    private void finish() {
        for (LogMeanExp image : pending) {
            if (image.count() != samples) {
                throw new DuetException("log-likelihood: expected " + samples + " samples of each image, got "
                        + image.count() + " of image " + images);
            }
            double value = image.value();
            images++;
            sum += value;
            squares += value * value;
            effective += image.effectiveCount();
        }
        pending = new LogMeanExp[0];
    }

    /** Ends the last batch; the names as in {@link LogLikelihood}. */
    public LogLikelihood result(String form, String of, String density) {
        finish();
        double mean = sum / images;
        double variance = (squares - sum * mean) / (images - 1);
        double error = Math.sqrt(Math.max(0, variance) / images);
        boolean several = images > 1;
        return new LogLikelihood(
                form,
                of,
                density,
                samples,
                images,
                Accuracy.finite(mean),
                several ? Accuracy.finite(error) : null,
                several ? Accuracy.finite(mean - 1.96 * error) : null,
                several ? Accuracy.finite(mean + 1.96 * error) : null,
                Accuracy.finite(effective / images));
    }
}
