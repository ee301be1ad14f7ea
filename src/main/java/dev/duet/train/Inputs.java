package dev.duet.train;

import dev.duet.backend.Backend;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.data.ImageSet;
import java.util.ArrayList;
import java.util.List;

/**
 * What a batch is gathered from: per modality the resident images and which of them make the batch.
 *
 * @param images per modality, or null where nothing is given (translation knows the source only)
 * @param indices per modality
 */
public record Inputs(List<Images> images, List<Indices> indices) {
    /**
     * Makes {@code sets} resident on {@code backend}.
     *
     * @param sets per modality, or null
     * @param capacity largest batch
     */
    public static Inputs resident(Backend backend, List<ImageSet> sets, int capacity) {
        List<Images> images = new ArrayList<>();
        List<Indices> indices = new ArrayList<>();
        for (ImageSet set : sets) {
            images.add(
                    set == null
                            ? null
                            : backend.images(set.pixels(), set.count(), set.height(), set.width(), set.channels()));
            indices.add(backend.indices(capacity));
        }
        return new Inputs(images, indices);
    }

    /** Points the batch at pairs {@code from} to {@code from + rows} of {@code pairs} (M, N). */
    public void select(int[][] pairs, int from, int rows) {
        for (int m = 0; m < pairs.length; m++)
            if (images.get(m) != null) indices.get(m).write(pairs[m], from, rows);
    }
}
