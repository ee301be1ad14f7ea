package dev.duet.eval;

import java.util.ArrayList;
import java.util.List;

/** What evaluation reads off samples decoded in all modalities, one source of codes after another. */
final class JointPass {
    private final Sampler sampler;
    private final List<String> modalities;
    private final SharedClasses classes;
    private final List<SharedJudges> judges; // per kind
    private final Evaluator.Settings settings;
    private final Evaluator.Progress progress;

    JointPass(
            Sampler sampler,
            List<String> modalities,
            SharedClasses classes,
            List<SharedJudges> judges,
            Evaluator.Settings settings,
            Evaluator.Progress progress) {
        this.sampler = sampler;
        this.modalities = modalities;
        this.classes = classes;
        this.judges = judges;
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * @param samples n
     * @param distances gets those of the samples from real images
     */
    Evaluation.JointCoherence measure(CodeSource codes, int samples, FeatureDistances distances) {
        List<JointTally> tallies = judges.stream().map(this::tally).toList();
        List<Features> features =
                judges.get(0).ofModality().stream().map(SharedJudge::features).toList();
        for (int first = 0; first < samples; first += settings.batch()) {
            int count = Math.min(settings.batch(), samples - first);
            List<float[]> images = sampler.sample(codes, settings.seed(), first, count);
            for (int j = 0; j < tallies.size(); j++) {
                List<Classifier.Reading> readings = judges.get(j).read(images);
                tallies.get(j)
                        .add(readings.stream().map(Classifier.Reading::classes).toArray(int[][]::new));
                if (j > 0) continue;
                for (int t = 0; t < modalities.size(); t++)
                    features.get(t).add(readings.get(t).features());
            }
            progress.at("samples: " + codes.name(), first + count, samples);
        }
        for (int t = 0; t < modalities.size(); t++) distances.add(codes.name(), t, features.get(t));
        List<Evaluation.Agreement> judged = new ArrayList<>();
        for (int j = 0; j < tallies.size(); j++)
            judged.add(tallies.get(j).result(judges.get(j).name(), judges.get(j).ceilings()));
        return new Evaluation.JointCoherence(codes.name(), samples, Math.log(classes.size()), List.copyOf(judged));
    }

    private JointTally tally(SharedJudges kind) {
        int[] columns =
                kind.ofModality().stream().mapToInt(SharedJudge::columns).toArray();
        return new JointTally(modalities, classes.size(), columns);
    }
}
