package dev.duet.measure;

/**
 * How alike images of one class are: mean SSIM of random pairs (Odena, Olah and Shlens, "Conditional image synthesis with
 * auxiliary classifier GANs", ICML 2017, section 4.2, there with MS-SSIM). Generated images far more alike than real ones have
 * collapsed, however well a judge reads them.
 *
 * @param pairs n of generated images; the real ones have as many unless fewer were given
 * @param generated mean SSIM, in [−1, 1]; null without pairs
 * @param generatedError its standard error
 * @param real of real images of the same classes
 * @param realError its standard error
 * @param ratio (1 − generated) / (1 − real): 0 for a collapse to one image per class, 1 for the diversity of real images
 */
public record SsimDiversity(
        long pairs, Double generated, Double generatedError, Double real, Double realError, Double ratio) {
    /** Of decoded images, and of real ones. */
    public static SsimDiversity of(SsimPairs generated, SsimPairs real) {
        return new SsimDiversity(
                generated.pairs(),
                Accuracy.finite(generated.mean()),
                Accuracy.finite(generated.standardError()),
                Accuracy.finite(real.mean()),
                Accuracy.finite(real.standardError()),
                Accuracy.finite((1 - generated.mean()) / (1 - real.mean())));
    }
}
