package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.backend.Backend;
import dev.duet.backend.GaussianProduct;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.data.ImageSet;
import dev.duet.measure.ImageDensity;
import dev.duet.measure.ImportanceWeight;
import dev.duet.measure.LogLikelihood;
import dev.duet.measure.LogLikelihoodTally;
import dev.duet.model.JointVae;
import dev.duet.train.TrainStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Importance-weighted log-likelihoods of test images, M2 of docs/measures.md: of whole pairs, of each modality alone, and of each
 * translation, K samples of the codes each. Where the model's own likelihood is no density of pixel values, the Laplace of
 * the published protocol stands in for it.
 */
final class LikelihoodPass {
    private final JointVae vae;
    private final LatentSpec latent;
    private final TestPairs pairs;
    private final Evaluator.Likelihood settings;
    private final long seed;
    private final Workers workers;
    private final List<String> names;
    private final Inference encoder;
    private final List<CodeDecoder> decoders = new ArrayList<>(); // per modality
    private final List<ImageDensity> densities = new ArrayList<>(); // per modality
    private final List<LogLikelihood> out = new ArrayList<>();
    private int done; // images and tuples

    /** @param batch codes decoded at once; {@code seed} of the samples */
    LikelihoodPass(
            Backend backend,
            JointVae vae,
            List<ImageSet> sets,
            TestPairs pairs,
            Evaluator.Likelihood settings,
            int batch,
            long seed,
            Workers workers) {
        this.vae = vae;
        this.pairs = pairs;
        this.settings = settings;
        this.seed = seed;
        this.workers = workers;
        latent = Posteriors.of(vae.latent());
        names = Posteriors.names(vae, latent);
        encoder = new Inference(backend, vae, latent, sets, batch, TrainStep.Mode.ENCODE);
        for (int t = 0; t < vae.modalities(); t++) {
            decoders.add(new CodeDecoder(backend, vae, t, batch));
            densities.add(density(vae.spec().modalities().get(t).likelihood()));
        }
    }

    private static ImageDensity density(LikelihoodSpec likelihood) {
        return likelihood.kind() == LikelihoodSpec.Kind.BERNOULLI
                ? ImageDensity.laplace(LikelihoodSpec.LAPLACE_SCALE)
                : ImageDensity.of(likelihood);
    }

    /** All forms: joint, marginals, conditionals. */
    List<LogLikelihood> measure(Evaluator.Progress progress) {
        int modalities = vae.modalities();
        int total = modalities > 1 ? first(everyPair()).length : 0;
        for (int m = 0; m < modalities; m++) total += first(pairs.firstUses(m)).length;
        int images = total;
        Runnable step = () -> progress.at("log-likelihoods", ++done, images);
        if (modalities > 1) joint(step);
        List<LogLikelihood> conditionals = new ArrayList<>();
        for (int m = 0; m < modalities; m++) alone(m, step, conditionals);
        out.addAll(conditionals);
        return List.copyOf(out);
    }

    private void joint(Runnable step) {
        int[] chosen = first(everyPair());
        float[][] heads = heads(chosen);
        List<Integer> all = IntStream.range(0, heads.length).boxed().toList();
        LogLikelihoodTally tally = new LogLikelihoodTally(settings.samples());
        for (int i = 0; i < chosen.length; i++) {
            int row = i;
            List<PosteriorDraws.Gaussian> privates =
                    all.stream().map(t -> privatePosterior(heads[t], t, row)).toList();
            PosteriorDraws draws = draws(sharedPosterior(heads, all, i), privates, i);
            double[][] images =
                    all.stream().map(t -> imageDensities(draws, t, chosen[row])).toArray(double[][]::new);
            add(
                    tally,
                    k -> ImportanceWeight.joint(
                            each(all, t -> images[t][k]),
                            draws.sharedPrior(k),
                            draws.sharedPosterior(k),
                            each(all, t -> draws.privatePrior(t, k)),
                            each(all, t -> draws.privatePosterior(t, k))));
            step.run();
        }
        String density = String.join(
                "; ", all.stream().map(t -> names.get(t) + " " + name(t)).toList());
        out.add(tally.result("joint", names.get(names.size() - 1), density));
    }

    /** From the posterior of modality {@code m} alone: its own marginal, and its translations into the others. */
    private void alone(int m, Runnable step, List<LogLikelihood> conditionals) {
        int[] chosen = first(pairs.firstUses(m));
        float[][] heads = heads(chosen);
        List<LogLikelihoodTally> tallies = new ArrayList<>();
        for (int t = 0; t < heads.length; t++) tallies.add(new LogLikelihoodTally(settings.samples()));
        for (int i = 0; i < chosen.length; i++) {
            List<PosteriorDraws.Gaussian> privates = new ArrayList<>();
            for (int t = 0; t < heads.length; t++)
                privates.add(
                        t == m
                                ? privatePosterior(heads[t], t, i)
                                : PosteriorDraws.Gaussian.standard(
                                        latent.privates().get(t)));
            long number = (long) (m + 1) * settings.images() + i;
            PosteriorDraws draws = draws(sharedPosterior(heads, List.of(m), i), privates, number);
            for (int t = 0; t < heads.length; t++) {
                double[] images = imageDensities(draws, t, chosen[i]);
                boolean own = t == m;
                add(
                        tallies.get(t),
                        k -> own ? marginal(draws, images, m, k) : ImportanceWeight.conditional(images[k], 0, 0));
            }
            step.run();
        }
        for (int t = 0; t < heads.length; t++) {
            if (t == m) out.add(tallies.get(t).result("marginal", names.get(t), name(t)));
            else conditionals.add(tallies.get(t).result("conditional", names.get(t) + "|" + names.get(m), name(t)));
        }
    }

    private static double marginal(PosteriorDraws draws, double[] images, int m, int k) {
        return ImportanceWeight.marginal(
                images[k],
                draws.sharedPrior(k),
                draws.sharedPosterior(k),
                draws.privatePrior(m, k),
                draws.privatePosterior(m, k));
    }

    private PosteriorDraws draws(PosteriorDraws.Gaussian shared, List<PosteriorDraws.Gaussian> privates, long number) {
        return new PosteriorDraws(latent, shared, privates, settings.samples(), seed, number, workers);
    }

    private int[] everyPair() {
        return IntStream.range(0, pairs.count()).toArray();
    }

    /** The first images that are wanted. */
    private int[] first(int[] of) {
        return Arrays.copyOf(of, Math.min(of.length, settings.images()));
    }

    /** Heads of {@code chosen} pairs, per modality (n, 2Z + 2W_m). */
    private float[][] heads(int[] chosen) {
        float[][] all = new float[vae.modalities()][];
        for (int m = 0; m < all.length; m++) all[m] = new float[chosen.length * latent.headColumns(m)];
        encoder.mean(pairs.pairs(chosen), rows -> {
            for (int m = 0; m < all.length; m++) {
                float[] heads = rows.heads(m);
                System.arraycopy(heads, 0, all[m], rows.first() * latent.headColumns(m), heads.length);
            }
        });
        return all;
    }

    /** q(s) of {@code members} at pair {@code row}. */
    private PosteriorDraws.Gaussian sharedPosterior(float[][] heads, List<Integer> members, int row) {
        int z = latent.shared();
        PosteriorDraws.Gaussian out = PosteriorDraws.Gaussian.standard(z);
        for (int d = 0; d < z; d++) {
            int column = d;
            GaussianProduct q = GaussianProduct.of(
                    each(members, m -> heads[m][row * latent.headColumns(m) + column]),
                    each(members, m -> heads[m][row * latent.headColumns(m) + z + column]),
                    latent.poeEpsilon());
            out.mu()[d] = (float) q.mu();
            out.logVar()[d] = (float) q.logVar();
        }
        return out;
    }

    /** q(w_t) at pair {@code row}. */
    private PosteriorDraws.Gaussian privatePosterior(float[] heads, int t, int row) {
        int w = latent.privates().get(t);
        int first = row * latent.headColumns(t) + 2 * latent.shared();
        return new PosteriorDraws.Gaussian(
                Arrays.copyOfRange(heads, first, first + w), Arrays.copyOfRange(heads, first + w, first + 2 * w));
    }

    /** log p(x_t|s, w_t) of each sample, (K). */
    private double[] imageDensities(PosteriorDraws draws, int t, int pair) {
        float[] x = pairs.images(t, new int[] {pair}, workers);
        float[] means = decoders.get(t).decode(draws.codes(t));
        double[] out = new double[settings.samples()];
        workers.run(out.length, k -> out[k] = densities.get(t).logDensity(x, 0, means, k * x.length, x.length));
        return out;
    }

    private interface Weight {
        double of(int k);
    }

    private void add(LogLikelihoodTally tally, Weight weight) {
        double[] weights = new double[settings.samples()];
        workers.run(weights.length, k -> weights[k] = weight.of(k));
        tally.begin(1);
        for (double each : weights) tally.add(0, each);
    }

    private static double[] each(List<Integer> modalities, IntToDoubleFunction value) {
        return modalities.stream()
                .mapToInt(Integer::intValue)
                .mapToDouble(value)
                .toArray();
    }

    private String name(int t) {
        return densities.get(t).name();
    }
}
