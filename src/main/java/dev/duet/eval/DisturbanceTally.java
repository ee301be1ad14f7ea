package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.measure.Accuracy;
import dev.duet.measure.ConfusionMatrix;
import dev.duet.measure.Disturbance;
import dev.duet.model.JointVae;
import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Judges changed copies of every way's first images, and of the target's first real ones. */
final class DisturbanceTally implements DecodedImages {
    /** Images of each way, at most: enough for an interval of two points, at a tenth of the time for all. */
    private static final int MOST = 2_000;

    private static final List<Disturbance> CHANGES = Disturbance.STANDARD.stream()
            .filter(change -> change.blur() > 0 || change.noise() > 0)
            .toList();

    private final JointVae vae;
    private final List<SharedJudges> judges; // per kind
    private final SharedClasses classes;
    private final long seed;
    private final Workers workers;
    private final Tally[][] decoded; // (source, target)
    private final Tally[] real; // (target)

    /** Decisions about images of one modality: (change, kind of judge). */
    private final class Tally {
        private final int modality;
        private final ConfusionMatrix[][] read = new ConfusionMatrix[CHANGES.size()][judges.size()];
        private int count;

        Tally(int modality) {
            this.modality = modality;
            for (ConfusionMatrix[] of : read)
                for (int j = 0; j < of.length; j++)
                    of[j] = new ConfusionMatrix(judges.get(j).of(modality).columns());
        }

        void add(float[] images, int[] labels) {
            int rows = Math.min(labels.length, MOST - count);
            if (rows <= 0) return;
            float[] first = Arrays.copyOf(images, rows * vae.image(modality).size());
            for (int d = 0; d < read.length; d++) {
                float[] changed = changed(CHANGES.get(d), first, rows);
                for (int j = 0; j < judges.size(); j++) {
                    int[] judged = judges.get(j).of(modality).classify(changed);
                    for (int i = 0; i < rows; i++) read[d][j].add(labels[i], judged[i]);
                }
            }
            count += rows;
        }

        private float[] changed(Disturbance change, float[] images, int rows) {
            Shape image = vae.image(modality);
            float[] out = new float[images.length];
            workers.run(rows, row -> {
                int from = row * image.size();
                float[] one = Arrays.copyOfRange(images, from, from + image.size());
                System.arraycopy(change.apply(one, image.batched(1), seed, count + row), 0, out, from, one.length);
            });
            return out;
        }

        Accuracy accuracy(int change, int kind) {
            return Accuracy.of(read[change][kind], classes.names());
        }
    }

    /** @param seed of the noise */
    DisturbanceTally(JointVae vae, List<SharedJudges> judges, SharedClasses classes, long seed, Workers workers) {
        this.vae = vae;
        this.judges = judges;
        this.classes = classes;
        this.seed = seed;
        this.workers = workers;
        decoded = new Tally[vae.modalities()][vae.modalities()];
        real = new Tally[vae.modalities()];
        for (int t = 0; t < real.length; t++) {
            real[t] = new Tally(t);
            for (Tally[] from : decoded) from[t] = new Tally(t);
        }
    }

    @Override
    public void add(int source, int target, float[] images, float[] originals, int[] labels) {
        decoded[source][target].add(images, labels);
        if (source == target) real[target].add(originals, labels);
    }

    List<DisturbedCoherence> result() {
        List<String> names = Posteriors.modalities(vae);
        List<DisturbedCoherence> out = new ArrayList<>();
        for (int d = 0; d < CHANGES.size(); d++) {
            for (int s = 0; s < names.size(); s++) {
                for (int t = 0; t < names.size(); t++)
                    out.add(new DisturbedCoherence(names.get(s), names.get(t), CHANGES.get(d), judged(d, s, t)));
            }
        }
        return List.copyOf(out);
    }

    private List<Evaluation.Judged> judged(int change, int source, int target) {
        List<Evaluation.Judged> out = new ArrayList<>();
        for (int j = 0; j < judges.size(); j++)
            out.add(new Evaluation.Judged(
                    judges.get(j).name(),
                    decoded[source][target].accuracy(change, j),
                    real[target].accuracy(change, j).value()));
        return List.copyOf(out);
    }
}
