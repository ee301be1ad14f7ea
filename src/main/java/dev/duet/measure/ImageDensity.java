package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.backend.LikelihoodSpec;
import java.util.Locale;

/**
 * log p(x|xHat) of whole images as a proper density over pixel values, normalised, so that figures of models can be compared;
 * nats, x in [0, 1]. The objective's terms are not that: the squared error lacks its constant, and the Bernoulli of grey
 * values does not integrate to 1.
 */
public final class ImageDensity {
    private interface PerValue {
        double of(double x, double mean);
    }

    private final String name;
    private final PerValue density;

    private ImageDensity(String name, PerValue density) {
        this.name = name;
        this.density = density;
    }

    /** Laplace: −|x − xHat| / b − log 2b per value; b = 0.75 in the published protocol (Shi et al. 2019). */
    public static ImageDensity laplace(double scale) {
        requirePositive("Laplace", "scale b", scale);
        double constant = Math.log(2 * scale);
        return new ImageDensity("Laplace, b = " + scale, (x, mean) -> -Math.abs(x - mean) / scale - constant);
    }

    /** Gaussian: −(x − xHat)² / 2σ² − ½ log 2πσ² per value. */
    static ImageDensity gaussian(double sigma) {
        requirePositive("Gaussian", "σ", sigma);
        double precision = 1 / (sigma * sigma);
        double constant = Math.log(2 * Math.PI * sigma * sigma) / 2;
        return new ImageDensity(
                String.format(Locale.ROOT, "Gaussian, σ = %.4f", sigma),
                (x, mean) -> -(x - mean) * (x - mean) * precision / 2 - constant);
    }

    /**
     * The density that a model was trained with: the summed squared error is a Gaussian of variance ½, whose constant is put
     * back here.
     *
     * @throws DuetException for Bernoulli, which is no density of grey values
     */
    public static ImageDensity of(LikelihoodSpec likelihood) {
        return switch (likelihood.kind()) {
            case LAPLACE -> laplace(likelihood.scale());
            case GAUSSIAN -> gaussian(Math.sqrt(0.5));
            case BERNOULLI ->
                throw new DuetException(
                        "log-likelihood: expected a density of pixel values, got a Bernoulli likelihood, which does not"
                                + " integrate to 1 over grey values; judge the model with the Laplace b = "
                                + LikelihoodSpec.LAPLACE_SCALE + " of the published protocol");
        };
    }

    private static void requirePositive(String what, String parameter, double value) {
        if (value > 0 && value < Double.POSITIVE_INFINITY) return;
        throw new DuetException(what + " density: expected a " + parameter + " above 0, got " + value);
    }

    /** Family and parameter, for reports. */
    public String name() {
        return name;
    }

    /**
     * log p(x|xHat) of one image, nats.
     *
     * @param x image values from {@code first} on
     * @param mean decoded mean, values from {@code meanFirst} on
     * @param size C·H·W
     */
    public double logDensity(float[] x, int first, float[] mean, int meanFirst, int size) {
        double sum = 0;
        for (int i = 0; i < size; i++) sum += density.of(x[first + i], mean[meanFirst + i]);
        return sum;
    }
}
