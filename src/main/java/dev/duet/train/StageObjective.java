package dev.duet.train;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.ParameterBuffer;
import dev.duet.model.JointVae;
import dev.duet.objective.Elbo;
import dev.duet.run.Blueprint;
import dev.duet.run.RunConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the steps of one stage compute, and what learns by it.
 *
 * @param elbo the subsets and weights in force
 * @param learns beginnings of the names of the networks that learn; none: all do
 * @param decode whether images are decoded and judged
 * @param augment whether the encoders of the shared code, learning or not, see augmented images in training
 */
public record StageObjective(Elbo elbo, List<String> learns, boolean decode, boolean augment) {
    /** The ELBO; all networks learn. */
    public static StageObjective of(Elbo elbo) {
        return new StageObjective(elbo, List.of(), true, false);
    }

    /** That of a configuration's {@code stage}. */
    public static StageObjective of(RunConfig config, RunConfig.Stage stage) {
        Elbo elbo = Blueprint.of(config).elbo(config, stage);
        return new StageObjective(elbo, stage.learns(), stage.decode(), stage.augment());
    }

    /** Whether the network of that name learns. */
    public boolean learns(String network) {
        return learns.isEmpty()
                || learns.stream().anyMatch(group -> network.equals(group) || network.startsWith(group + "."));
    }

    /** Whether any encoder learns, be it of the shared code or of a private one. */
    public boolean encodersLearn(JointVae vae) {
        return IntStream.range(0, vae.modalities())
                .mapToObj(m -> Stream.concat(Stream.of(vae.encoder(m)), vae.privateEncoder(m).stream()))
                .flatMap(networks -> networks)
                .anyMatch(network -> learns(network.name()));
    }

    /** {@code shard} if the network learns, else {@link ParameterBuffer#FROZEN}. */
    int gradients(String network, int shard) {
        return learns(network) ? shard : ParameterBuffer.FROZEN;
    }

    boolean contrasts() {
        return elbo.alignment().contrast() > 0;
    }

    /** Consecutive rows of a batch that belong together, so that no shard parts them: a contrast's groups. */
    int group() {
        return contrasts() ? elbo.alignment().group() : 1;
    }

    boolean cycles() {
        return decode && elbo.alignment().cycle() > 0;
    }

    /** Whether the stage adds anything to the ELBO. */
    boolean aligns() {
        return contrasts() || cycles();
    }

    /** Whether term {@code k} is part of the stage's loss. */
    boolean computes(int k) {
        boolean decoded = (k >= elbo.firstNll(0) && k < elbo.firstContrast()) || k >= elbo.firstCycle(0);
        return elbo.counts(k) && (decode || !decoded);
    }

    /** The means of the terms that the stage computes, by their names, of sums {@code terms} (K) over so many pairs. */
    Map<String, Double> named(double[] terms, double pairs) {
        Map<String, Double> out = new LinkedHashMap<>();
        for (int k = 0; k < terms.length; k++)
            if (computes(k)) out.put(elbo.names().get(k), terms[k] / pairs);
        return out;
    }

    /** The latent part; without cycle blocks where the stage, or a step for {@code mode}, has no use for them. */
    public LatentSpec latent(TrainStep.Mode mode) {
        boolean compares = mode == TrainStep.Mode.TRAIN || mode == TrainStep.Mode.EVALUATE;
        return cycles() && compares ? elbo.latent() : elbo.latent().withoutCycles();
    }
}
