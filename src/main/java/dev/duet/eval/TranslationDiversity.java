package dev.duet.eval;

import dev.duet.measure.SsimDiversity;

/**
 * How alike images of one class are that were decoded from one posterior sample each.
 *
 * @param ssim of pairs of decoded images beside pairs of real ones
 */
public record TranslationDiversity(String source, String target, SsimDiversity ssim) {}
