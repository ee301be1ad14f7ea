package dev.duet.eval;

import dev.duet.data.Png;
import java.util.List;

/**
 * What the figures show, as pictures: uint8, HWC.
 *
 * @param domains names of the modalities
 * @param pairs label-matched test images
 * @param reconstructions per modality, from its own posterior's mean
 * @param sampler where the codes of {@code samples}, and the private ones of {@code translations}, come from
 * @param samples of one shared code each, decoded in all modalities
 * @param translations per ordered pair of modalities
 * @param swaps per modality that has a private code
 * @param interpolations between pairs of test images
 */
public record FigureData(
        List<String> domains,
        List<Pair> pairs,
        List<Reconstructions> reconstructions,
        String sampler,
        List<Sample> samples,
        List<Translations> translations,
        List<Swap> swaps,
        List<Interpolation> interpolations) {
    /**
     * @param label name of the class
     * @param images one per modality
     */
    public record Pair(String label, List<Png.Image> images) {}

    /** A test image and the name of its class. */
    public record Labelled(Png.Image image, String label) {}

    /**
     * A decoded image.
     *
     * @param read class that its modality's judge reads in it
     */
    public record Judged(Png.Image image, String read) {}

    /** @param inputs,outputs in the same order */
    public record Reconstructions(String domain, List<Labelled> inputs, List<Judged> outputs) {}

    /** @param images one per modality */
    public record Sample(List<Judged> images) {
        /** Whether all judges read the same class. */
        public boolean coherent() {
            return images.stream().map(Judged::read).distinct().count() == 1;
        }
    }

    /**
     * @param styled whether {@code to} has a private code; then the k-th images of all sources are decoded with the same one, else
     *     there is one of each source
     * @param sources one of each class, then a second of each class, and so on
     */
    public record Translations(String from, String to, boolean styled, List<Translated> sources) {}

    /** @param images samples of its translation, equally many for each source */
    public record Translated(Labelled source, List<Judged> images) {
        /** How many of the images the judge reads as the source's class. */
        public long right() {
            return images.stream()
                    .filter(image -> image.read().equals(source.label()))
                    .count();
        }
    }

    /**
     * Images of one modality, taken apart and put together anew, at posterior means.
     *
     * @param shared images that give the shared code, row by row
     * @param privates images that give the private code, column by column
     * @param images [row][column]
     */
    public record Swap(String domain, List<Labelled> shared, List<Labelled> privates, List<List<Judged>> images) {}

    /**
     * Along the straight line between the shared codes of two pairs, means of their joint posteriors, with the private codes of the
     * first.
     *
     * @param from,to the two pairs
     * @param steps from the one to the other
     */
    public record Interpolation(Pair from, Pair to, List<Sample> steps) {}
}
