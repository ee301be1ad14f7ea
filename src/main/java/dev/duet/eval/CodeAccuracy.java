package dev.duet.eval;

import dev.duet.measure.Accuracy;

/**
 * Codes of the images measured on, classified by what was fitted on training codes.
 *
 * @param part {@code shared}, or {@code private}
 * @param code {@code mean} of the posterior, or one {@code sample} of it; training codes likewise
 * @param fitted posterior of the training codes
 * @param tested posterior of the codes that are classified; another one: across domains
 * @param trainCodes number of training codes
 * @param k neighbours that vote
 * @param chance share of the most frequent class among the codes that are classified
 * @param neighbours by the k nearest training codes
 * @param probe by a linear probe
 */
public record CodeAccuracy(
        String part,
        String code,
        String fitted,
        String tested,
        int trainCodes,
        int k,
        double chance,
        Accuracy neighbours,
        Accuracy probe) {}
