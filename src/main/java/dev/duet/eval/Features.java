package dev.duet.eval;

import dev.duet.measure.Points;
import java.util.ArrayList;
import java.util.List;

/** Features of a stream of images, D each. */
final class Features {
    private final int width;
    private final List<float[]> batches = new ArrayList<>(); // (n, D) each

    Features(int width) {
        this.width = width;
    }

    /** @param batch (n, D) */
    void add(float[] batch) {
        batches.add(batch);
    }

    /** All, in their order, (N, D). */
    Points points() {
        int length = batches.stream().mapToInt(batch -> batch.length).sum();
        float[] all = new float[length];
        int at = 0;
        for (float[] batch : batches) {
            System.arraycopy(batch, 0, all, at, batch.length);
            at += batch.length;
        }
        return Points.of(all, length / width, width);
    }
}
