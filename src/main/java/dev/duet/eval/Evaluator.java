package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.data.ImageSet;
import dev.duet.measure.LogLikelihood;
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
import java.util.stream.IntStream;

/**
 * Measures a model on images that it did not learn from: one fixed pairing, one pass at the posterior means, one with samples,
 * batch by batch. A pass
 * goes through the different images of each modality in turn, so that no image is decoded twice because its pair has another.
 */
public final class Evaluator {
    /**
     * How much to measure.
     *
     * @param maxPairs pairs, at most
     * @param maxLatents training pairs whose latents k-NN is fitted on, at most
     * @param priorSamples samples for the joint coherence, of each sampler
     * @param likelihood how much of the log-likelihoods
     * @param batch pairs computed at once
     * @param seed of pairs, posterior samples and prior samples
     * @param threads of what the backend does not compute, 0 for all cores; no result depends on it
     */
    public record Settings(
            int maxPairs, int maxLatents, int priorSamples, Likelihood likelihood, int batch, long seed, int threads) {
        /** 10,000 of each, 200 images' log-likelihoods of 1,000 samples, batch 128, all cores. */
        public static Settings defaults(long seed) {
            return new Settings(10_000, 10_000, 10_000, new Likelihood(200, 1_000), 128, seed, 0);
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
     * How much of the log-likelihoods to measure.
     *
     * @param images of each form, at most; 0 for none at all
     * @param samples K of each image
     */
    public record Likelihood(int images, int samples) {
        public Likelihood {
            if (images < 0 || samples < 1) {
                throw new DuetException("log-likelihoods: expected 0 images or more and at least 1 sample of each, got "
                        + images + " and " + samples);
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
     * @param sampler fitted to it, or null
     */
    public record Subject(
            JointVae vae,
            Elbo elbo,
            double beta,
            double betaPrivate,
            Evaluation.Weights weights,
            CodeMixtures sampler) {}

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

    /** Mixed into the seed of the codes that probes are fitted to, so that these do not share their noise with the codes read. */
    private static final long FIT_KEY = 0x464954L;

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
        DiversityTally diversity = new DiversityTally(
                Posteriors.modalities(subject.vae),
                IntStream.range(0, test.size()).mapToObj(subject.vae::image).toList(),
                classes.size());
        DisturbanceTally disturbed = new DisturbanceTally(subject.vae, shared, classes, settings.seed, workers);
        List<DecodedImages> others = List.of(diversity, disturbed);
        JointVae vae = subject.vae;
        TranslationPass.Ways all = (source, target) -> true;
        TranslationPass means = new TranslationPass(vae, pairs, shared, classes, all, List.of(), workers);
        TranslationPass samples = new TranslationPass(vae, pairs, shared, classes, all, others, workers);
        TranslationPass plain = new TranslationPass(
                vae,
                pairs,
                shared,
                classes,
                (source, target) -> subject.sampler != null && Restyled.applies(vae.latent(), source, target),
                List.of(),
                workers);
        Restyled restyled =
                subject.sampler == null ? null : new Restyled(backend, vae, source(), settings.seed, settings.batch);
        decode(inferences, pairs, (m, chosen, rows) -> means.add(m, chosen, rows::means), false, progress);
        BatchVisitor sampled = (m, chosen, rows) -> {
            samples.add(m, chosen, restyled == null ? rows::means : t -> restyled.means(m, t, rows));
            plain.add(m, chosen, rows::means);
        };
        decode(inferences, pairs, sampled, true, progress);
        CodeProbes codes = codes(pairs, progress);
        List<Evaluation.Coherence> coherence = new ArrayList<>(samples.coherence(Evaluation.Coherence.SAMPLE));
        coherence.addAll(plain.coherence(Evaluation.Coherence.SAMPLE_OF_PRIOR));
        coherence.addAll(means.coherence(Evaluation.Coherence.MEAN));
        FeatureDistances distances =
                new FeatureDistances(shared.get(0), Posteriors.modalities(subject.vae), settings.seed);
        samples.distances(distances);
        List<Evaluation.JointCoherence> joint = joint(shared, distances, progress);
        return new Evaluation(
                Evaluation.VERSION,
                conditions(pairs),
                elbo,
                accuracies(shared),
                List.copyOf(coherence),
                joint,
                distances.result(),
                new SwapPass(backend, subject.vae, test, pairs, shared, classes, settings, progress).measure(),
                means.reconstruction(),
                codes.accuracies(),
                codes.retrievals(),
                diversity.result(),
                disturbed.result(),
                logLikelihoods(pairs, progress, workers));
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
                subject.weights, split, pairs.count(), settings.seed, privateCodes(), classes.names(), domains);
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

    /** Takes in a batch of a modality's different images, decoded. */
    @FunctionalInterface
    private interface BatchVisitor {
        /** @param chosen (B) the batch's pairs */
        void add(int source, int[] chosen, Inference.Rows rows);
    }

    private void decode(
            List<Inference> inferences, TestPairs pairs, BatchVisitor visitor, boolean sample, Progress progress) {
        String phase = sample ? "posterior samples" : "posterior means";
        int total = 0;
        for (int m = 0; m < test.size(); m++) total += pairs.firstUses(m).length;
        int before = 0;
        for (int m = 0; m < test.size(); m++) {
            int source = m;
            int first = before;
            int all = total;
            int[] chosen = pairs.firstUses(m);
            Inference.Visitor visited = rows -> {
                int[] batch = Arrays.copyOfRange(chosen, rows.first(), rows.first() + rows.count());
                visitor.add(source, batch, rows);
                progress.at(phase, first + rows.first() + rows.count(), all);
            };
            if (sample) inferences.get(m).sample(pairs.pairs(chosen), settings.seed, visited);
            else inferences.get(m).mean(pairs.pairs(chosen), visited);
            before += chosen.length;
        }
    }

    private String privateCodes() {
        boolean none = subject.vae.latent().privates().stream().allMatch(width -> width == 0);
        return none ? Evaluation.Conditions.NO_PRIVATE_CODES : source().name();
    }

    /** Where codes come from that no image gives. */
    private CodeSource source() {
        LatentSpec latent = subject.vae.latent();
        return subject.sampler == null ? CodeSource.prior(latent) : CodeSource.fitted(latent, subject.sampler, 1);
    }

    /** From N(0, I), the fitted mixtures where there are any, and the posteriors of training pairs, the ceiling of the others. */
    private List<Evaluation.JointCoherence> joint(
            List<SharedJudges> shared, FeatureDistances distances, Progress progress) {
        JointVae vae = subject.vae;
        Sampler sampler = new Sampler(backend, vae, settings.batch);
        JointPass pass = new JointPass(sampler, Posteriors.modalities(vae), classes, shared, settings, progress);
        List<Evaluation.JointCoherence> out = new ArrayList<>();
        out.add(pass.measure(CodeSource.prior(vae.latent()), settings.priorSamples, distances));
        if (subject.sampler != null) out.add(pass.measure(source(), settings.priorSamples, distances));
        TestPairs pairs = new TestPairs(train, classes, settings.seed, settings.priorSamples);
        LatentEncoder.Codes codes = new LatentEncoder(backend, vae, train, settings.batch)
                .sampleCodes(
                        pairs.pairs(), settings.seed, drawn -> progress.at("training codes", drawn, pairs.count()));
        out.add(pass.measure(codes.aggregate(vae.latent()), pairs.count(), distances));
        return List.copyOf(out);
    }

    private List<LogLikelihood> logLikelihoods(TestPairs pairs, Progress progress, Workers workers) {
        if (settings.likelihood.images() == 0) return List.of();
        return new LikelihoodPass(
                        backend, subject.vae, test, pairs, settings.likelihood, settings.batch, settings.seed, workers)
                .measure(progress);
    }

    private CodeProbes codes(TestPairs pairs, Progress progress) {
        TestPairs fitted = new TestPairs(train, classes, settings.seed, settings.maxLatents);
        LatentEncoder encoder = new LatentEncoder(backend, subject.vae, test, settings.batch);
        LatentEncoder learned = new LatentEncoder(backend, subject.vae, train, settings.batch);
        List<String> names = Posteriors.names(subject.vae, Posteriors.of(subject.vae.latent()));
        CodeProbes probes = new CodeProbes(names, classes, settings.threads);
        progress.at("codes", 0, pairs.count());
        LatentEncoder.Codes means = encoder.meanCodes(pairs.pairs());
        probes.addRetrieval(LabelledPoints.of(means.shared(), pairs));
        read(probes, "mean", fitted, learned.meanCodes(fitted.pairs()), pairs, means);
        progress.at("codes", pairs.count() / 2, pairs.count());
        LatentEncoder.Codes samples = encoder.sampleCodes(pairs.pairs(), settings.seed);
        read(probes, "sample", fitted, learned.sampleCodes(fitted.pairs(), settings.seed ^ FIT_KEY), pairs, samples);
        progress.at("codes", pairs.count(), pairs.count());
        return probes;
    }

    private static void read(
            CodeProbes probes,
            String code,
            TestPairs fitted,
            LatentEncoder.Codes learned,
            TestPairs tested,
            LatentEncoder.Codes codes) {
        probes.addShared(code, LabelledPoints.of(learned.shared(), fitted), LabelledPoints.of(codes.shared(), tested));
        codes.privates()
                .forEach((m, own) -> probes.addPrivate(
                        code,
                        m,
                        LabelledPoints.of(learned.privates().get(m), fitted, m),
                        LabelledPoints.of(own, tested, m)));
    }
}
