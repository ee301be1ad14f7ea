package dev.duet.eval;

import dev.duet.measure.FrechetDistance;
import dev.duet.measure.Points;
import java.util.ArrayList;
import java.util.List;

/**
 * Fréchet distances of decoded images from real ones of the same domain, in the features of its judge of one kind, as
 * docs/measures.md has them. Both sets are cut to the smaller one's size, as distances of other sizes do not compare.
 */
final class FeatureDistances {
    /** Below so many images the halves of the real ones have no covariance. */
    private static final int FEWEST = 4;

    private final SharedJudges judges;
    private final List<String> modalities;
    private final long seed;
    private final List<Evaluation.FeatureDistance> out = new ArrayList<>();

    /** @param seed of the images that are kept */
    FeatureDistances(SharedJudges judges, List<String> modalities, long seed) {
        this.judges = judges;
        this.modalities = modalities;
        this.seed = seed;
    }

    /**
     * Adds the distance of images of {@code target}, unless there are too few.
     *
     * @param source modality or sampler that they come from
     */
    void add(String source, int target, Features decoded) {
        Points generated = decoded.points();
        Points real = judges.real(target).points();
        int n = Math.min(generated.count(), real.count());
        if (n < FEWEST) return;
        out.add(new Evaluation.FeatureDistance(
                judges.name(),
                source,
                modalities.get(target),
                FrechetDistance.ofSubsamples(generated, real, n, seed),
                FrechetDistance.betweenHalves(real, seed)));
    }

    List<Evaluation.FeatureDistance> result() {
        return List.copyOf(out);
    }
}
