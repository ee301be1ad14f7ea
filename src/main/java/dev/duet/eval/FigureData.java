package dev.duet.eval;

import dev.duet.data.Png;
import java.util.List;

/**
 * What the figures show, as pictures: uint8, HWC.
 *
 * @param domains names of the modalities
 * @param pairs label-matched test images
 * @param reconstructions per modality, from its own posterior's mean
 * @param sampler where the shared codes of {@code samples} come from
 * @param samples of one shared code each, decoded in all modalities
 * @param translations per ordered pair of modalities
 * @param interpolations between pairs of test images
 */
public record FigureData(
        List<String> domains,
        List<Pair> pairs,
        List<Reconstructions> reconstructions,
        String sampler,
        List<Sample> samples,
        List<Translations> translations,
        List<Interpolation> interpolations) {
    /**
     * @param label name of the class
     * @param images one per modality
     */
    public record Pair(String label, List<Png.Image> images) {}

    /** @param inputs,outputs in the same order */
    public record Reconstructions(
            String domain, List<String> labels, List<Png.Image> inputs, List<Png.Image> outputs) {}

    /**
     * @param images one per modality
     * @param judged what each modality's judge reads
     */
    public record Sample(List<Png.Image> images, List<String> judged) {}

    /** @param images class by class, a few of each */
    public record Translations(String from, String to, List<Translated> images) {}

    /**
     * A test image and one sample of its translation.
     *
     * @param label true class
     * @param judged class that the target's judge reads in the translation
     */
    public record Translated(Png.Image source, Png.Image translated, String label, String judged) {
        /** Whether the judge reads the true class. */
        public boolean right() {
            return label.equals(judged);
        }
    }

    /**
     * Along the straight line between the joint posteriors' means of two pairs.
     *
     * @param fromLabel,toLabel classes of the two pairs
     * @param images per modality the pictures from the one to the other
     */
    public record Interpolation(String fromLabel, String toLabel, List<List<Png.Image>> images) {}
}
