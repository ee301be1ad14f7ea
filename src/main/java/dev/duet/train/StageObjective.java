package dev.duet.train;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.ParameterBuffer;
import dev.duet.objective.Elbo;
import dev.duet.run.Blueprint;
import dev.duet.run.RunConfig;
import java.util.List;

/**
 * What the steps of one stage compute, and what learns by it.
 *
 * @param elbo the subsets and weights in force
 * @param learns beginnings of the names of the networks that learn; none: all do
 * @param decode whether images are decoded and judged
 * @param augment whether the encoders of the shared code see augmented images in training
 */
public record StageObjective(Elbo elbo, List<String> learns, boolean decode, boolean augment) {
    /** The ELBO; all networks learn. */
    public static StageObjective of(Elbo elbo) {
        return new StageObjective(elbo, List.of(), true, false);
    }

    static StageObjective of(RunConfig config, RunConfig.Stage stage) {
        Elbo elbo = Blueprint.of(config).elbo(config, stage);
        return new StageObjective(elbo, stage.learns(), stage.decode(), stage.augment());
    }

    /** Whether the network of that name learns. */
    boolean learns(String network) {
        return learns.isEmpty()
                || learns.stream().anyMatch(group -> network.equals(group) || network.startsWith(group + "."));
    }

    /** {@code shard} if the network learns, else {@link ParameterBuffer#FROZEN}. */
    int gradients(String network, int shard) {
        return learns(network) ? shard : ParameterBuffer.FROZEN;
    }

    boolean contrasts() {
        return elbo.alignment().contrast() > 0;
    }

    boolean cycles() {
        return decode && elbo.alignment().cycle() > 0;
    }

    /** The latent part; without cycle blocks where the stage has no use for them. */
    public LatentSpec latent() {
        return cycles() ? elbo.latent() : elbo.latent().withoutCycles();
    }
}
