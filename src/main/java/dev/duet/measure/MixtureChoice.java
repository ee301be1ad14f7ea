package dev.duet.measure;

import dev.duet.DuetException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Mixtures of several K fitted to the same points, and the one under which points that none was fitted to are likeliest: all their
 * coordinates, or the others given the first ones.
 *
 * @param best the chosen fit
 * @param candidates those tried, in their order
 */
public record MixtureChoice(MixtureFit.Result best, List<Candidate> candidates) {
    /**
     * @param components K
     * @param fitted mean log density of the points it was fitted to, nats
     * @param heldOut mean log density of the held-out points, given their first coordinates if there are such, nats
     * @param iterations of EM
     */
    public record Candidate(int components, double fitted, double heldOut, int iterations) {}

    /**
     * Fits one mixture per number of components, until one is no better than the one before: what comes then costs the more and
     * fits the noise of the points the better.
     *
     * @param points to fit to, (N, Z)
     * @param heldOut other points of the same kind, (M, Z), M ≥ 1
     * @param given first coordinates that are given when the mixture is used, 0 for none: held-out points count by p(y | x) = p(x, y) / p(x)
     * @param components numbers to try, rising
     * @param settings all else
     * @param tried told after each fit how many there are
     * @param stop asked before each iteration
     * @throws DuetException if there is nothing to try or no held-out point, or as {@link MixtureFit#fit} does
     * @throws java.util.concurrent.CancellationException if told to stop
     */
    public static MixtureChoice among(
            Points points,
            Points heldOut,
            int given,
            List<Integer> components,
            MixtureFit.Settings settings,
            IntConsumer tried,
            BooleanSupplier stop) {
        if (components.isEmpty() || heldOut.count() == 0) {
            throw new DuetException("Gaussian mixture: expected at least 1 number of components to try and 1 held-out"
                    + " point to choose by, got " + components.size() + " and " + heldOut.count());
        }
        MixtureFit.Result best = null;
        double highest = Double.NEGATIVE_INFINITY;
        List<Candidate> candidates = new ArrayList<>();
        for (int k : components) {
            MixtureFit.Result fit = MixtureFit.fit(points, settings.withComponents(k), stop);
            double likelihood = fit.mixture().meanLogDensity(heldOut, settings.threads());
            if (given > 0)
                likelihood -= fit.mixture().leading(given).meanLogDensity(heldOut.leading(given), settings.threads());
            candidates.add(new Candidate(
                    k, fit.logLikelihood(), likelihood, fit.logPosterior().size() - 1));
            tried.accept(candidates.size());
            if (best != null && likelihood <= highest) break;
            best = fit;
            highest = likelihood;
        }
        return new MixtureChoice(best, List.copyOf(candidates));
    }
}
