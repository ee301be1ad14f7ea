package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.data.ImageSet;
import dev.duet.model.JointVae;
import dev.duet.train.TrainStep;
import java.util.List;
import java.util.function.IntConsumer;

/** Samples of the shared code from the joint posteriors of pairs, without decoding. */
final class JointCodes {
    private final LatentSpec posterior;
    private final Inference inference;

    /** @param sets per modality its images, at the modality's size and channels */
    JointCodes(Backend backend, JointVae vae, List<ImageSet> sets, int batch) {
        posterior = Posteriors.together(vae.latent());
        inference = new Inference(backend, vae, posterior, sets, batch, TrainStep.Mode.ENCODE);
    }

    /**
     * One sample of each pair's posterior.
     *
     * @param pairs (M, N) indices into the sets
     * @param drawn told after each batch how many there are
     * @return (N, Z) row-major
     */
    float[] sample(int[][] pairs, long seed, IntConsumer drawn) {
        int z = posterior.shared();
        int columns = posterior.codeColumns(0);
        float[] out = new float[Math.multiplyExact(pairs[0].length, z)];
        inference.sample(pairs, seed, rows -> {
            float[] codes = rows.codes(0); // (B, Z + W_0)
            for (int b = 0; b < rows.count(); b++) System.arraycopy(codes, b * columns, out, (rows.first() + b) * z, z);
            drawn.accept(rows.first() + rows.count());
        });
        return out;
    }
}
