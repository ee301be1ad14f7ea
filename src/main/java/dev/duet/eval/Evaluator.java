package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.model.JointVae;
import dev.duet.objective.Elbo;
import dev.duet.train.StageObjective;
import dev.duet.train.Validation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * Measures a model on images that it did not learn from: one fixed pairing, one pass at the posterior means, one with samples, batch by batch. A pass
 * goes through the different images of each modality in turn, so that no image is decoded twice because its pair has another.
 */
public final class Evaluator {
    /**
     * How much to measure.
     *
     * @param maxPairs pairs, at most
     * @param maxLatents training pairs whose latents k-NN is fitted on, at most
     * @param priorSamples samples for the joint coherence
     * @param batch pairs computed at once
     * @param seed of pairs, posterior samples and prior samples
     * @param threads of what the backend does not compute, 0 for all cores; no result depends on it
     */
    public record Settings(int maxPairs, int maxLatents, int priorSamples, int batch, long seed, int threads) {
        /** 10,000 of each, batch 128, all cores. */
        public static Settings defaults(long seed) {
            return new Settings(10_000, 10_000, 10_000, 128, seed, 0);
        }

        public Settings {
            if (Math.min(Math.min(maxPairs, maxLatents), Math.min(priorSamples, batch)) < 1) {
                throw new DuetException(
                        "evaluation: expected at least 1 pair, latent, prior sample and image per batch," + " got "
                                + maxPairs + ", " + maxLatents + ", " + priorSamples + " and " + batch);
            }
        }
    }

    /**
     * What is measured.
     *
     * @param elbo subsets and weights that it was trained with
     * @param beta final weight of the shared KL
     * @param betaPrivate final weight of the private KL
     * @param weights which ones {@code vae} has
     */
    public record Subject(JointVae vae, Elbo elbo, double beta, double betaPrivate, Evaluation.Weights weights) {}

    /**
     * What it is measured with.
     *
     * @param split what {@code test} is
     * @param train per modality the images that it learned from, at the modality's size and channels
     * @param test likewise the images that it is measured on
     */
    public record Sets(Evaluation.Split split, List<ImageSet> train, List<ImageSet> test) {}

    /** Told how far evaluation is, on the caller's thread. */
    @FunctionalInterface
    public interface Progress {
        void at(String phase, int done, int total);
    }

    private static final String PRIOR = "N(0, I)";

    private final Backend backend;
    private final Subject subject;
    private final Evaluation.Split split;
    private final List<ImageSet> train;
    private final List<ImageSet> test;
    private final List<Judges> judges;
    private final Settings settings;
    private final SharedClasses classes;

    /**
     * @param judges the kinds that read every figure, the strong one first
     * @throws DuetException if a set has no labels, the sets share no class, or a judge is for images of another size
     */
    public Evaluator(Backend backend, Subject subject, Sets sets, List<Judges> judges, Settings settings) {
        this.backend = backend;
        this.subject = subject;
        split = sets.split;
        train = sets.train;
        test = sets.test;
        this.judges = judges;
        this.settings = settings;
        List<ImageSet> all = new ArrayList<>(test);
        all.addAll(train);
        classes = SharedClasses.of(all);
        judges.forEach(this::requireFitting);
    }

    private void requireFitting(Judges kind) {
        for (int m = 0; m < subject.vae.modalities(); m++) {
            Classifier judge = kind.ofModality().get(m);
            if (judge.image().equals(subject.vae.image(m))) continue;
            throw new DuetException("judge of " + judge.name() + ": expected one for images of (C,H,W) "
                    + subject.vae.image(m) + " like the model's, got " + judge.image()
                    + "; train it on the run's own training set");
        }
    }

    /**
     * Sets the backend's scalars; what it makes there lives until the backend closes.
     *
     * @param stop asked after each batch
     * @throws CancellationException if told to stop
     */
    public Evaluation evaluate(Progress progress, BooleanSupplier stop) {
        Progress checked = (phase, done, total) -> {
            if (stop.getAsBoolean()) throw new CancellationException("evaluation: stopped at " + phase);
            progress.at(phase, done, total);
        };
        try (Workers workers = new Workers(settings.threads)) {
            return evaluate(checked, workers);
        }
    }

    private Evaluation evaluate(Progress progress, Workers workers) {
        TestPairs pairs = new TestPairs(test, classes, settings.seed, settings.maxPairs);
        List<SharedJudges> shared = sharedJudges(progress, workers);
        progress.at("ELBO", 0, pairs.count());
        Evaluation.TestElbo elbo = elbo(pairs);
        progress.at("ELBO", pairs.count(), pairs.count());
        List<Inference> inferences = inferences();
        TranslationPass means = decode(inferences, pairs, shared, false, progress, workers);
        TranslationPass samples = decode(inferences, pairs, shared, true, progress, workers);
        List<Evaluation.Coherence> coherence = new ArrayList<>(samples.coherence("sample"));
        coherence.addAll(means.coherence("mean"));
        FeatureDistances distances =
                new FeatureDistances(shared.get(0), Posteriors.modalities(subject.vae), settings.seed);
        samples.distances(distances);
        Evaluation.JointCoherence prior = prior(shared, distances, progress);
        return new Evaluation(
                Evaluation.VERSION,
                conditions(pairs),
                elbo,
                accuracies(shared),
                List.copyOf(coherence),
                List.of(prior),
                distances.result(),
                means.reconstruction(),
                neighbours(pairs, progress));
    }

    private Evaluation.Conditions conditions(TestPairs pairs) {
        List<Evaluation.Domain> domains = new ArrayList<>();
        for (int m = 0; m < test.size(); m++) {
            ImageSet set = test.get(m);
            domains.add(new Evaluation.Domain(
                    Posteriors.modalities(subject.vae).get(m),
                    set.count(),
                    pairs.firstUses(m).length,
                    set.count() - classes.subset(set).members().length));
        }
        return new Evaluation.Conditions(
                subject.weights, split, pairs.count(), settings.seed, classes.names(), domains);
    }

    private List<SharedJudges> sharedJudges(Progress progress, Workers workers) {
        int images = test.stream().mapToInt(ImageSet::count).sum();
        List<SharedJudges> out = new ArrayList<>();
        progress.at("judges", 0, judges.size() * images);
        for (Judges kind : judges) {
            out.add(SharedJudges.of(kind, classes, test, settings.batch, workers));
            progress.at("judges", out.size() * images, judges.size() * images);
        }
        return out;
    }

    private List<Evaluation.JudgeAccuracy> accuracies(List<SharedJudges> shared) {
        List<String> names = Posteriors.modalities(subject.vae);
        List<Evaluation.JudgeAccuracy> out = new ArrayList<>();
        for (SharedJudges kind : shared) {
            for (int m = 0; m < names.size(); m++)
                out.add(new Evaluation.JudgeAccuracy(
                        kind.name(), names.get(m), kind.accuracies().get(m)));
        }
        return out;
    }

    private Evaluation.TestElbo elbo(TestPairs pairs) {
        Elbo elbo = subject.elbo;
        double[] terms = new Validation(
                        backend,
                        subject.vae,
                        StageObjective.of(elbo),
                        test,
                        pairs.pairs(),
                        settings.batch,
                        settings.seed)
                .meanTerms();
        Map<String, Double> named = new LinkedHashMap<>();
        for (int k = 0; k < terms.length; k++) named.put(elbo.names().get(k), terms[k]);
        return new Evaluation.TestElbo(
                elbo.loss(terms, subject.beta, subject.betaPrivate),
                elbo.reconstruction(terms),
                elbo.sharedKl(terms) + elbo.privateKl(terms),
                subject.beta,
                subject.betaPrivate,
                named);
    }

    /** Per modality one that decodes its images. */
    private List<Inference> inferences() {
        List<Inference> out = new ArrayList<>();
        for (int m = 0; m < test.size(); m++)
            out.add(new Inference(backend, subject.vae, Posteriors.of(subject.vae.latent(), m), test, settings.batch));
        return out;
    }

    private TranslationPass decode(
            List<Inference> inferences,
            TestPairs pairs,
            List<SharedJudges> shared,
            boolean sample,
            Progress progress,
            Workers workers) {
        TranslationPass pass = new TranslationPass(subject.vae, pairs, shared, classes, workers);
        String phase = sample ? "posterior samples" : "posterior means";
        int total = 0;
        for (int m = 0; m < test.size(); m++) total += pairs.firstUses(m).length;
        int before = 0;
        for (int m = 0; m < test.size(); m++) {
            int source = m;
            int first = before;
            int all = total;
            int[] chosen = pairs.firstUses(m);
            Inference.Visitor visitor = rows -> {
                pass.add(source, Arrays.copyOfRange(chosen, rows.first(), rows.first() + rows.count()), rows);
                progress.at(phase, first + rows.first() + rows.count(), all);
            };
            if (sample) inferences.get(m).sample(pairs.pairs(chosen), settings.seed, visitor);
            else inferences.get(m).mean(pairs.pairs(chosen), visitor);
            before += chosen.length;
        }
        return pass;
    }

    private Evaluation.JointCoherence prior(List<SharedJudges> shared, FeatureDistances distances, Progress progress) {
        List<String> names = Posteriors.modalities(subject.vae);
        List<JointTally> tallies = shared.stream()
                .map(kind -> new JointTally(
                        names,
                        classes.size(),
                        kind.ofModality().stream()
                                .mapToInt(SharedJudge::columns)
                                .toArray()))
                .toList();
        List<Features> features =
                shared.get(0).ofModality().stream().map(SharedJudge::features).toList();
        Sampler sampler = new Sampler(backend, subject.vae, settings.batch);
        for (int first = 0; first < settings.priorSamples; first += settings.batch) {
            int count = Math.min(settings.batch, settings.priorSamples - first);
            List<float[]> images = sampler.sample(settings.seed, first, count);
            for (int j = 0; j < tallies.size(); j++) {
                List<Classifier.Reading> readings = shared.get(j).read(images);
                tallies.get(j)
                        .add(readings.stream().map(Classifier.Reading::classes).toArray(int[][]::new));
                if (j > 0) continue;
                for (int t = 0; t < names.size(); t++)
                    features.get(t).add(readings.get(t).features());
            }
            progress.at("prior samples", first + count, settings.priorSamples);
        }
        List<Evaluation.Agreement> judged = new ArrayList<>();
        for (int j = 0; j < tallies.size(); j++)
            judged.add(tallies.get(j).result(shared.get(j).name(), shared.get(j).ceilings()));
        for (int t = 0; t < names.size(); t++) distances.add(PRIOR, t, features.get(t));
        return new Evaluation.JointCoherence(
                PRIOR, settings.priorSamples, Math.log(classes.size()), List.copyOf(judged));
    }

    private List<Evaluation.Neighbours> neighbours(TestPairs pairs, Progress progress) {
        progress.at("neighbours", 0, pairs.count());
        TestPairs fitted = new TestPairs(train, classes, settings.seed, settings.maxLatents);
        List<String> names = Posteriors.names(subject.vae, Posteriors.of(subject.vae.latent()));
        List<Evaluation.Neighbours> out = new NeighbourAccuracy(names, classes, settings.threads)
                .measure(
                        LabelledPoints.of(new LatentEncoder(backend, subject.vae, train, settings.batch), fitted),
                        LabelledPoints.of(new LatentEncoder(backend, subject.vae, test, settings.batch), pairs));
        progress.at("neighbours", pairs.count(), pairs.count());
        return out;
    }
}
