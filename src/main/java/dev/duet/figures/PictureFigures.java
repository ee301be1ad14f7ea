package dev.duet.figures;

import dev.duet.eval.FigureData;
import dev.duet.figures.ImageGrid.Cell;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The figures made of pictures: translations, samples, swaps, interpolations, reconstructions, pairs. */
final class PictureFigures {
    private static final int PER_ROW = 10;
    private static final String JUDGE = "judge B, a classifier that Duet trained on real images";

    private final Gallery gallery;
    private final Measured measured;

    PictureFigures(Gallery gallery, Measured measured) {
        this.gallery = gallery;
        this.measured = measured;
    }

    void translations(FigureData.Translations way) throws IOException {
        ImageGrid grid = new ImageGrid("Translations " + way.from() + " → " + way.to())
                .note("✓ judge B reads the class above, ✗ another. " + measured.translation(way.from(), way.to()));
        for (List<FigureData.Translated> block : blocks(way.sources())) {
            grid.gap();
            grid.row(way.from(), block.stream().map(t -> labelled(t.source())).toList());
            for (int k = 0; k < block.get(0).images().size(); k++) {
                int nth = k;
                grid.row(
                        way.styled() ? way.to() + ", style " + (k + 1) : way.to(),
                        block.stream()
                                .map(t -> judged(t.images().get(nth), t.source().label()))
                                .toList());
            }
        }
        long all = way.sources().stream().mapToLong(t -> t.images().size()).sum();
        long right =
                way.sources().stream().mapToLong(FigureData.Translated::right).sum();
        String styles = way.styled()
                ? "private codes that no image gave, of the same noise along a row: a column should keep the digit, a row much"
                        + " of the style"
                : "one sample each; " + way.to() + " has no private code";
        gallery.add(
                grid.draw(),
                "translations-" + way.from() + "-to-" + way.to() + ".png",
                "Translations",
                "Top row of each block: test images of " + way.from()
                        + " with their true class. Below each, translations"
                        + " into " + way.to() + " (" + styles + "), and what " + JUDGE + ", reads: ✓ the class above, ✗"
                        + " another. Here it reads " + right + " of " + all + " right."
                        + measured.translationInFull(way.from(), way.to()),
                "Images of " + way.from() + ", each above its translations into " + way.to()
                        + ", with the class that a judge reads in them");
    }

    void samples(FigureData data) throws IOException {
        String sampler = data.sampler();
        ImageGrid grid = new ImageGrid("Samples from " + sampler + ", each code decoded in all domains")
                .note("Below each what its judge B reads: ✓ the domains agree, ✗ they do not. "
                        + measured.agreement(sampler));
        for (List<FigureData.Sample> block : blocks(data.samples())) {
            grid.gap();
            for (int m = 0; m < data.domains().size(); m++)
                grid.row(data.domains().get(m), coherent(block, m));
        }
        long coherent =
                data.samples().stream().filter(FigureData.Sample::coherent).count();
        gallery.add(
                grid.draw(),
                "samples.png",
                "Samples",
                "Shared codes drawn from " + sampler + ", each decoded in all domains, with what the domain's " + JUDGE
                        + ", reads: ✓ where the domains agree, ✗ where they do not. Here " + coherent + " of "
                        + data.samples().size() + " agree. " + measured.agreement(sampler),
                "Sampled images, one above the other, with the classes that the judges read in them");
    }

    void swap(FigureData.Swap swap) throws IOException {
        ImageGrid grid = new ImageGrid("Codes of " + swap.domain() + ", swapped")
                .note(
                        "Digit from the left, style from above: shared code of the row's image, private code of the column's."
                                + " ✓ judge B reads the row's class, ✗ another.")
                .gapsAfter(0);
        List<Cell> head = new ArrayList<>(List.of(Cell.EMPTY));
        swap.privates().forEach(image -> head.add(labelled(image)));
        grid.row("", head).gap();
        long all = 0;
        long right = 0;
        for (int row = 0; row < swap.shared().size(); row++) {
            String label = swap.shared().get(row).label();
            List<Cell> cells = new ArrayList<>(List.of(labelled(swap.shared().get(row))));
            for (FigureData.Judged image : swap.images().get(row)) {
                cells.add(judged(image, label));
                all++;
                if (image.read().equals(label)) right++;
            }
            grid.row("", cells);
        }
        gallery.add(
                grid.draw(),
                "swaps-" + swap.domain() + ".png",
                "Shared and private codes",
                "Test images of " + swap.domain()
                        + " taken apart and put together anew: each image has the shared code of the"
                        + " one at the left of its row and the private code of the one above its column, posterior means both."
                        + " In a model that keeps them apart the digit follows the row and the style the column. Judge B"
                        + " reads the row's class in " + right + " of " + all + ".",
                "A table of images of " + swap.domain() + ": digits by row, styles by column");
    }

    void interpolations(FigureData data) throws IOException {
        if (data.interpolations().isEmpty()) return;
        int steps = data.interpolations().get(0).steps().size();
        ImageGrid grid = new ImageGrid("From one shared code to another")
                .note("Outermost: the real pairs. ✓ the judges of all domains read the same class, ✗ they do not.")
                .gapsAfter(0, steps);
        for (FigureData.Interpolation line : data.interpolations()) {
            grid.gap();
            for (int m = 0; m < data.domains().size(); m++) {
                List<Cell> cells = new ArrayList<>();
                cells.add(Cell.of(line.from().images().get(m), line.from().label()));
                cells.addAll(coherent(line.steps(), m));
                cells.add(Cell.of(line.to().images().get(m), line.to().label()));
                grid.row(data.domains().get(m), cells);
            }
        }
        gallery.add(
                grid.draw(),
                "interpolations.png",
                "Interpolations",
                "Outermost, pairs of real test images with their class. Between them, images decoded along the straight line"
                        + " from the first pair's shared code to the second's (joint posterior means), in every domain with the"
                        + " private code of the first pair: the digit should change in all domains together, and the style stay."
                        + " ✓ where the domains' judges read the same class, ✗ where they do not.",
                "Rows of images that turn one digit into another");
    }

    void reconstructions(FigureData data) throws IOException {
        ImageGrid grid = new ImageGrid("Reconstructions")
                .note("Below each image its reconstruction: ✓ judge B reads the class above, ✗ another.");
        for (FigureData.Reconstructions domain : data.reconstructions()) {
            grid.gap();
            grid.row(
                    domain.domain(),
                    domain.inputs().stream().map(PictureFigures::labelled).toList());
            List<Cell> outputs = new ArrayList<>();
            for (int i = 0; i < domain.outputs().size(); i++)
                outputs.add(
                        judged(domain.outputs().get(i), domain.inputs().get(i).label()));
            grid.row("reconstructed", outputs);
        }
        gallery.add(
                grid.draw(),
                "reconstructions.png",
                "Reconstructions",
                "Test images with their true class over what the decoder makes of the mean of their own posterior.",
                "Test images over their reconstructions");
    }

    void pairs(FigureData data) throws IOException {
        ImageGrid grid = new ImageGrid("Pairs, matched by class");
        for (int m = 0; m < data.domains().size(); m++) {
            int domain = m;
            grid.row(
                    data.domains().get(m),
                    data.pairs().stream()
                            .map(pair -> Cell.of(pair.images().get(domain), pair.label()))
                            .toList());
        }
        gallery.add(
                grid.draw(),
                "pairs.png",
                "Data",
                "What the model learns from: images of the domains, paired by class. These are test images.",
                "Rows of paired images");
    }

    private static <T> List<List<T>> blocks(List<T> all) {
        return Stream.iterate(0, from -> from < all.size(), from -> from + PER_ROW)
                .map(from -> all.subList(from, Math.min(all.size(), from + PER_ROW)))
                .toList();
    }

    private static Cell labelled(FigureData.Labelled image) {
        return Cell.of(image.image(), image.label());
    }

    private static Cell judged(FigureData.Judged image, String label) {
        return Cell.judged(image.image(), image.read(), image.read().equals(label));
    }

    /** Modality {@code m}'s images of samples, right where all modalities agree. */
    private static List<Cell> coherent(List<FigureData.Sample> samples, int m) {
        return samples.stream()
                .map(s ->
                        Cell.judged(s.images().get(m).image(), s.images().get(m).read(), s.coherent()))
                .toList();
    }
}
