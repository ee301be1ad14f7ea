package dev.duet.train;

import dev.duet.backend.AugmentSpec;
import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.PrivateSource;
import dev.duet.backend.Shards;
import dev.duet.backend.Subset;
import dev.duet.data.ImageSet;
import dev.duet.model.Initialiser;
import dev.duet.model.JointVae;
import dev.duet.model.ModalitySpec;
import dev.duet.model.ModelSpec;
import dev.duet.objective.Alignment;
import dev.duet.objective.Elbo;
import dev.duet.tensor.Philox;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Steps of a small model in stages of all kinds, of one shard or several; smooth, so that finite differences can judge it. */
public final class StageRig {
    public static final int BATCH = 4;
    private static final int IMAGES = 6;
    private static final List<Integer> BOTH = List.of(0, 1);
    private static final AugmentSpec CHANGE = new AugmentSpec(20, 0.2, 1, 0.2, 0.1, 0.1, 0.5, 0.05);
    private static final AugmentSpec PERTURB = new AugmentSpec(0, 0, 1, 0.1, 0, 0, 0, 0.1);

    /** Domain a has an encoder of its own for the private code; domain b one for both. */
    private static final ModelSpec MODEL = new ModelSpec(
            List.of(
                    new ModalitySpec(
                            "a",
                            1,
                            8,
                            LikelihoodSpec.of(LikelihoodSpec.Kind.BERNOULLI),
                            2,
                            2,
                            List.of("conv 8", "norm", "linear 6"),
                            List.of("conv 8"),
                            List.of("linear 8x4x4", "norm"),
                            CHANGE,
                            PERTURB),
                    new ModalitySpec(
                            "b",
                            3,
                            8,
                            LikelihoodSpec.of(LikelihoodSpec.Kind.GAUSSIAN),
                            1,
                            1,
                            List.of("standardise", "conv 8", "norm"),
                            List.of(),
                            List.of("linear 8x4x4", "norm"),
                            CHANGE,
                            AugmentSpec.NONE)),
            3,
            List.of(4));

    private static final LatentSpec LATENT = new LatentSpec(
            3,
            List.of(2, 1),
            List.of(
                    new Subset(List.of(0), 0.5, BOTH, List.of(1)),
                    new Subset(List.of(1), 0.25, BOTH, BOTH),
                    new Subset(BOTH, 1, BOTH)),
            0,
            false);

    /** One posterior, and the prior, which is cycled. */
    private static final LatentSpec WITH_PRIOR = new LatentSpec(
            3, List.of(2, 1), List.of(new Subset(BOTH, 1, BOTH), new Subset(List.of(), 0, List.of(), BOTH)), 0, false);

    private static final LatentSpec SWAPPED =
            new LatentSpec(LATENT.shared(), LATENT.privates(), LATENT.subsets(), 0, false, PrivateSource.SWAPPED);

    /** One posterior that decodes, which each modality's own follows. */
    private static final LatentSpec JOINT_KLS = new LatentSpec(
            3,
            List.of(2, 1),
            List.of(
                    new Subset(List.of(0), 0, List.of(), List.of(), 0.5),
                    new Subset(BOTH, 1, BOTH),
                    new Subset(List.of(1), 0, List.of(), List.of(), 2)),
            0,
            false);

    /** A stage by name. */
    public enum Kind {
        /** Encoders learn by contrast and KL on augmented images; nothing is decoded. */
        ALIGN,
        /** Decoders and a private encoder learn, with the cycle term. */
        DECODE,
        /** Decoders learn, with the cycle term on private codes of other images. */
        SWAP,
        /** Decoders learn, with the cycle term on samples of the prior. */
        PRIOR,
        /** All learn, with KLs of the joint posterior from each modality's own. */
        JOINT,
        /** One decoder learns alone. */
        ONE_DECODER,
        /** One encoder learns through frozen decoders. */
        ONE_ENCODER,
        /** All learn, by the ELBO and the contrast. */
        ALL;

        public StageObjective objective() {
            return switch (this) {
                case ALIGN -> stage(1.5, 0, List.of("encoder"), false, true);
                case DECODE -> stage(0, 2, List.of("decoder", "private"), true, false);
                case SWAP -> stage(SWAPPED, 0, 2, List.of("decoder"), true, false);
                case PRIOR -> stage(WITH_PRIOR, 0, 2, List.of("decoder"), true, false);
                case JOINT -> stage(JOINT_KLS, 0, 0, List.of(), true, false);
                case ONE_DECODER -> stage(0, 0, List.of("decoder.b"), true, false);
                case ONE_ENCODER -> stage(0.5, 0, List.of("encoder.b"), true, false);
                case ALL -> stage(0.5, 0, List.of(), true, true);
            };
        }
    }

    static StageObjective stage(double contrast, double cycle, List<String> learns, boolean decode, boolean augment) {
        return stage(LATENT, contrast, cycle, learns, decode, augment);
    }

    /** Decoders and private encoders learn, with the cycle term on private codes of other images. */
    static StageObjective swapping(double cycle) {
        return stage(SWAPPED, 0, cycle, List.of("decoder", "private"), true, false);
    }

    private static StageObjective stage(
            LatentSpec latent, double contrast, double cycle, List<String> learns, boolean decode, boolean augment) {
        Alignment alignment = new Alignment(true, contrast, 0.5, 3, cycle);
        Elbo elbo = new Elbo(latent, List.of("a", "b"), new double[] {2, 1}, alignment);
        return new StageObjective(elbo, learns, decode, augment);
    }

    public final JointVae vae;
    public final TrainStep step; // of the first shard
    final List<TrainStep> steps;

    public StageRig(Backend backend, Kind kind) {
        this(backend, kind.objective(), TrainStep.Mode.TRAIN, 1);
    }

    StageRig(Backend backend, StageObjective objective, TrainStep.Mode mode, int shards) {
        vae = new JointVae(backend, MODEL, LATENT, shards);
        Initialiser.uniform(vae.parameters(), 3);
        List<ImageSet> sets = List.of(images("a", 1), images("b", 3));
        Inputs inputs = Inputs.resident(backend, sets, BATCH);
        int[] rows = {4, 0, 5, 2};
        inputs.select(new int[][] {rows, rows}, 0, BATCH);
        backend.scalars().seed = 11;
        backend.scalars().step = 2;
        backend.scalars().beta = 0.75f;
        backend.scalars().betaPrivate = 0.5f;
        steps = IntStream.range(0, shards)
                .mapToObj(s -> new TrainStep(
                        backend,
                        vae,
                        objective,
                        inputs,
                        Shards.first(BATCH, shards, s),
                        Shards.rows(BATCH, shards, s),
                        s,
                        mode))
                .toList();
        step = steps.get(0);
    }

    private static ImageSet images(String name, int channels) {
        Philox.Sequence random = new Philox.Sequence(5, Philox.Stream.SYNTHETIC, channels);
        ByteBuffer pixels = ByteBuffer.allocateDirect(IMAGES * 64 * channels);
        for (int i = 0; i < pixels.capacity(); i++) pixels.put(i, (byte) random.nextInt(256));
        byte[] labels = new byte[IMAGES];
        Arrays.fill(labels, (byte) 0);
        return new ImageSet(name, 8, 8, channels, pixels, labels, List.of("0"));
    }

    /** The loss of the given terms (K), nats. */
    public static double loss(Kind kind, double[] terms) {
        return kind.objective().elbo().loss(terms, 0.75, 0.5);
    }
}
