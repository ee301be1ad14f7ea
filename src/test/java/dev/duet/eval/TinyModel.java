package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Subset;
import dev.duet.data.ImageSet;
import dev.duet.model.Initialiser;
import dev.duet.model.JointVae;
import dev.duet.model.ModalitySpec;
import dev.duet.model.ModelSpec;
import dev.duet.objective.Elbo;
import java.util.List;

/** Two narrow modalities of 8×8 quadrant images: a (grey, Bernoulli) and b (RGB, squared error, two private dimensions). */
final class TinyModel {
    static final ImageSet TRAIN_A = Quadrants.set("a", 40, 8, 1, 11);
    static final ImageSet TRAIN_B = Quadrants.set("b", 28, 8, 3, 12);
    static final ImageSet TEST_A = Quadrants.set("a", 21, 8, 1, 13);
    static final ImageSet TEST_B = Quadrants.set("b", 12, 8, 3, 14);
    static final List<ImageSet> TRAIN = List.of(TRAIN_A, TRAIN_B);
    static final List<ImageSet> TEST = List.of(TEST_A, TEST_B);

    static final ModelSpec SPEC = new ModelSpec(
            List.of(
                    new ModalitySpec("a", 1, 8, LikelihoodSpec.of(LikelihoodSpec.Kind.BERNOULLI), 1, 0),
                    new ModalitySpec("b", 3, 8, LikelihoodSpec.of(LikelihoodSpec.Kind.GAUSSIAN), 2, 2)),
            3,
            List.of(4));

    /** As if trained on the joint posterior alone. */
    static final LatentSpec LATENT =
            new LatentSpec(3, List.of(0, 2), List.of(new Subset(List.of(0, 1), 1, List.of(0, 1))), 0, false);

    static final Elbo ELBO = new Elbo(LATENT, List.of("a", "b"), new double[] {1, 2});

    private TinyModel() {}

    /** All parameters 0: encodes everything as mu = 0, logVar = 0, decodes everything as mid grey. */
    static JointVae zero(Backend backend) {
        return new JointVae(backend, SPEC, LATENT, 0);
    }

    static JointVae random(Backend backend, long seed) {
        JointVae vae = zero(backend);
        Initialiser.uniform(vae.parameters(), seed);
        return vae;
    }

    /** Judges of a and b that learned {@link #TRAIN} well. */
    static Judges judges(Backend backend) {
        return judges(backend, TinyJudges.settings(100, 7, List.of(4, 8), 16));
    }

    /** Two kinds, "b" and, of another network, "a". */
    static List<Judges> kinds(Backend backend) {
        JudgeSettings other = TinyJudges.settings(100, 8, List.of(8), 16);
        JudgeSettings a = new JudgeSettings(
                "a",
                other.layers(),
                other.augment(),
                other.epochs(),
                other.batch(),
                other.learningRate(),
                other.schedule(),
                other.seed());
        return List.of(judges(backend), judges(backend, a));
    }

    private static Judges judges(Backend backend, JudgeSettings settings) {
        return Judges.of(TRAIN.stream()
                .map(set -> Judge.train(backend, set, settings, (step, steps, loss) -> {}, () -> false))
                .toList());
    }
}
