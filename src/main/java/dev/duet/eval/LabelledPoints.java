package dev.duet.eval;

import dev.duet.measure.Points;
import java.util.ArrayList;
import java.util.List;

/**
 * Latents of one posterior.
 *
 * @param points (N, Z)
 * @param labels shared class of each, (N)
 */
@SuppressWarnings("ArrayRecordComponent") // a parcel, never compared
record LabelledPoints(Points points, byte[] labels) {
    /**
     * Per posterior of {@link Posteriors} its means: of the joint one those of all pairs, of a modality alone those of the
     * different images.
     */
    static List<LabelledPoints> of(LatentEncoder encoder, TestPairs pairs) {
        return of(encoder.means(pairs.pairs()), pairs);
    }

    /** Likewise of given codes, (N, Z) each. */
    static List<LabelledPoints> of(List<Points> codes, TestPairs pairs) {
        List<LabelledPoints> out = new ArrayList<>();
        for (int m = 0; m < pairs.pairs().length; m++) out.add(of(codes.get(m), pairs, m));
        if (codes.size() > out.size()) out.add(new LabelledPoints(codes.get(codes.size() - 1), pairs.labels()));
        return out;
    }

    /** Those of the different images of modality {@code m}, from one row of {@code points} per pair. */
    static LabelledPoints of(Points points, TestPairs pairs, int m) {
        int[] chosen = pairs.firstUses(m);
        int width = points.width();
        float[] values = new float[chosen.length * width];
        byte[] labels = new byte[chosen.length];
        for (int i = 0; i < chosen.length; i++) {
            labels[i] = pairs.labels()[chosen[i]];
            for (int d = 0; d < width; d++) values[i * width + d] = points.get(chosen[i], d);
        }
        return new LabelledPoints(Points.of(values, chosen.length, width), labels);
    }
}
