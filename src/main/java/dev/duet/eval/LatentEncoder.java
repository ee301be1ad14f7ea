package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.data.ImageSet;
import dev.duet.measure.Points;
import dev.duet.model.JointVae;
import dev.duet.train.TrainStep;
import java.util.ArrayList;
import java.util.List;

/** Posterior means of the shared code, without decoding: each modality's alone and the joint one's. */
final class LatentEncoder {
    private final LatentSpec posteriors;
    private final Inference inference;

    /** @param sets per modality its images, at the modality's size and channels */
    LatentEncoder(Backend backend, JointVae vae, List<ImageSet> sets, int batch) {
        posteriors = Posteriors.of(vae.latent());
        inference = new Inference(backend, vae, posteriors, sets, batch, TrainStep.Mode.ENCODE);
    }

    /**
     * @param pairs (M, N) indices into the sets
     * @return per posterior of {@link Posteriors} the means of s, (N, Z)
     */
    List<Points> means(int[][] pairs) {
        int count = pairs[0].length;
        float[][] out = new float[posteriors.subsets().size()][count * posteriors.shared()];
        inference.mean(pairs, rows -> copy(rows, out));
        List<Points> points = new ArrayList<>();
        for (float[] values : out) points.add(Points.of(values, count, posteriors.shared()));
        return points;
    }

    /** From the codes of modality 0, (n·B, Z + W_0): all posteriors decode it, so s is there n times. */
    private void copy(Inference.Rows rows, float[][] out) {
        float[] codes = rows.codes(0);
        int columns = posteriors.codeColumns(0);
        int z = posteriors.shared();
        for (int i = 0; i < out.length; i++)
            for (int b = 0; b < rows.count(); b++)
                System.arraycopy(codes, (i * rows.count() + b) * columns, out[i], (rows.first() + b) * z, z);
    }
}
