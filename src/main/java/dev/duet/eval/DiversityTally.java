package dev.duet.eval;

import dev.duet.measure.ImageMetrics;
import dev.duet.measure.SsimDiversity;
import dev.duet.measure.SsimPairs;
import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** SSIM within classes of every way's images, beside that of the target's real images, each of which counts once. */
final class DiversityTally implements DecodedImages {
    private static final int PAIRS_PER_CLASS = 100;

    private final List<String> names;
    private final SsimPairs[][] decoded; // (source, target); null for images smaller than SSIM's window
    private final SsimPairs[] real; // (target)

    /**
     * @param names of the modalities
     * @param images (C, H, W) of each
     * @param classes K
     */
    DiversityTally(List<String> names, List<Shape> images, int classes) {
        this.names = names;
        decoded = new SsimPairs[names.size()][names.size()];
        real = new SsimPairs[names.size()];
        for (int t = 0; t < names.size(); t++) {
            Shape image = images.get(t);
            if (Math.min(image.get(1), image.get(2)) < ImageMetrics.SSIM_WINDOW) continue;
            real[t] = new SsimPairs(image, classes, PAIRS_PER_CLASS);
            for (SsimPairs[] from : decoded) from[t] = new SsimPairs(image, classes, PAIRS_PER_CLASS);
        }
    }

    @Override
    public void add(int source, int target, float[] images, float[] originals, int[] labels) {
        if (real[target] == null) return;
        for (int i = 0; i < labels.length; i++) {
            decoded[source][target].add(images, i, labels[i]);
            if (source == target) real[target].add(originals, i, labels[i]);
        }
    }

    List<TranslationDiversity> result() {
        List<TranslationDiversity> out = new ArrayList<>();
        for (int s = 0; s < names.size(); s++) {
            for (int t = 0; t < names.size(); t++) {
                if (real[t] == null) continue;
                out.add(new TranslationDiversity(names.get(s), names.get(t), SsimDiversity.of(decoded[s][t], real[t])));
            }
        }
        return List.copyOf(out);
    }
}
