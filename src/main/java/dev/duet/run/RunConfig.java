package dev.duet.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.duet.backend.AugmentSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The whole configuration of a run, always valid. Its defaults stand in the presets ({@code presets/*.toml} beside this
 * class); those in the records here are for files that are older than a key, and for what changes nothing. {@code
 * config.toml} of a run holds every key but those.
 *
 * <p>A key is named by its path, {@code model.latent}; an element of an array of tables by its name or its number from
 * 0: {@code modality.mnist.size}, {@code objective.subset.0.weight}.
 *
 * @param preset the preset this was derived from
 * @param seed of initial weights, noise, pairing, split and order of the data
 * @param modalities in the order in which pairs, shapes and parameters list them
 * @param stages of training, in order
 * @param sampler fitted after the last stage
 */
public record RunConfig(
        String preset,
        long seed,
        Data data,
        @JsonProperty("modality") List<Modality> modalities,
        Model model,
        Objective objective,
        Train train,
        @JsonProperty("stage") List<Stage> stages,
        Sampler sampler) {

    /** @throws dev.duet.DuetException naming the key, what it may be and what it is */
    public RunConfig {
        ConfigRules.requireParts(preset, data, modalities, model, objective, train, stages);
        modalities = List.copyOf(modalities);
        stages = List.copyOf(stages);
        objective =
                objective.withDefaults(modalities.stream().map(Modality::name).toList());
        sampler = sampler == null ? Sampler.DEFAULT : sampler;
        ConfigRules.check(preset, data, modalities, model, objective, train, stages, sampler);
    }

    /** Where images come from. */
    public enum DataKind {
        /** {@code mnist/} and {@code svhn/} below {@link Data#dir}. */
        DIGITS,
        /** Procedural digits, made at once. */
        SYNTHETIC,
        /** The files that each modality names. */
        SETS
    }

    /** How images of one label become pairs. */
    public enum Pairing {
        /** Anew each epoch, by the seed. */
        RANDOM,
        /** The reference notebook's fixed rule. */
        LAB
    }

    /** Where the private code comes from with which a modality is decoded from a subset without it. */
    public enum CrossPrivate {
        /** q(w_t|x_t), the modality's own. */
        POSTERIOR,
        /** N(0, I). */
        PRIOR
    }

    /** Where the private code comes from with which a modality is cycled. */
    public enum CyclePrivate {
        /** N(0, I). */
        PRIOR,
        /** q(w_t|x_t) of another image of the batch. */
        SWAPPED
    }

    /** Density of a modality's pixels given the decoder's output. */
    public enum Likelihood {
        BERNOULLI,
        GAUSSIAN,
        LAPLACE
    }

    /** Arithmetic of a step; master weights are always fp32. */
    public enum Precision {
        FP32,
        TF32,
        BF16,
        AUTO
    }

    /** How the learning rate goes over a stage. */
    public enum Schedule {
        CONSTANT,
        COSINE
    }

    /** What draws shared codes after training. */
    public enum SamplerKind {
        /** A mixture of Gaussians over the codes of training pairs. */
        MIXTURE,
        /** Nothing but N(0, I). */
        NONE
    }

    /**
     * @param dir folder of the data sets
     * @param validation share of the training files held out, [0, 1)
     * @param pairsPerEpoch pairs; 0: the size of the largest set
     * @param syntheticCount images per domain, for kind synthetic
     */
    public record Data(
            DataKind kind, String dir, Pairing pairing, double validation, int pairsPerEpoch, int syntheticCount) {}

    /**
     * One image domain. The four files (IDX, MAT-5 or a folder of PNG classes) are for data kind sets only, else null.
     *
     * @param size height and width to which images are resized, pixels
     * @param channels 1 or 3
     * @param weight λ of its likelihood
     * @param privateSize dimensions of its private code
     * @param encoder layers of its encoder as {@link dev.duet.model.Layers} reads them, the head not among them; none:
     *     {@link Model#widths}
     * @param privateEncoder layers of an encoder of its own for the private code; none: both codes come from one encoder
     * @param decoder layers of its decoder, the last one not among them; none: {@link Model#widths}
     * @param augment how the shared code's encoder sees its images in stages that augment; keys left out are 0
     * @param perturb how that encoder sees decoded images in the cycle term, likewise
     */
    public record Modality(
            String name,
            int size,
            int channels,
            Likelihood likelihood,
            double weight,
            @JsonProperty("private") int privateSize,
            String trainImages,
            String trainLabels,
            String testImages,
            String testLabels,
            List<String> encoder,
            List<String> privateEncoder,
            List<String> decoder,
            AugmentSpec augment,
            AugmentSpec perturb) {
        public Modality {
            encoder = orEmpty(encoder);
            privateEncoder = orEmpty(privateEncoder);
            decoder = orEmpty(decoder);
            augment = augment == null ? AugmentSpec.NONE : augment;
            perturb = perturb == null ? AugmentSpec.NONE : perturb;
        }
    }

    /**
     * @param latent dimensions of the shared code
     * @param widths channels of the encoders' convolutions, outermost first; the decoders mirror them
     * @param poeEpsilon added to each variance before the product of experts
     * @param initialLogVar at which the experts' logVar begin, nearly; 0 if left out
     */
    public record Model(int latent, List<Integer> widths, double poeEpsilon, Double initialLogVar) {
        public Model {
            widths = copy(widths);
            initialLogVar = initialLogVar == null ? 0 : initialLogVar;
        }
    }

    /**
     * @param beta weight of the shared code's KL
     * @param betaPrivate weight of the private codes' KL
     * @param warmupEpochs epochs over which beta rises linearly from 0
     * @param crossPrivate whence the private codes of modalities that a subset decodes but lacks
     * @param cyclePrivate whence those of modalities that a subset cycles; if left out from N(0, I)
     * @param contrast how the stages with a contrast term compare codes
     */
    public record Objective(
            double beta,
            double betaPrivate,
            double warmupEpochs,
            CrossPrivate crossPrivate,
            CyclePrivate cyclePrivate,
            Contrast contrast,
            @JsonProperty("subset") List<Subset> subsets) {
        public Objective {
            cyclePrivate = cyclePrivate == null ? CyclePrivate.PRIOR : cyclePrivate;
            contrast = contrast == null ? Contrast.DEFAULT : contrast;
            subsets = copy(subsets);
        }

        private Objective withDefaults(List<String> modalities) {
            if (subsets == null) return this;
            List<Subset> filled = subsets.stream()
                    .map(subset -> subset.withDefaults(modalities))
                    .toList();
            return new Objective(beta, betaPrivate, warmupEpochs, crossPrivate, cyclePrivate, contrast, filled);
        }
    }

    /**
     * InfoNCE between the shared codes of a pair's images.
     *
     * @param temperature by which cosine similarities are divided
     * @param group rows of a batch that are told apart from each other
     */
    public record Contrast(double temperature, int group) {
        static final Contrast DEFAULT = new Contrast(0.1, 32);
    }

    /**
     * One posterior of the objective.
     *
     * @param of names of the modalities whose experts it joins; of none the prior, which is there for its cycles alone
     * @param weight a_S; 0 if left out, as it is where nothing is decoded
     * @param decodes names of the modalities decoded from it; if left out all, or of the prior none
     * @param cycles names of the modalities decoded once more, with another private code, for the cycle term
     * @param jointKl j_S, weight times beta of KL(posterior of all modalities ‖ this one)
     */
    public record Subset(List<String> of, Double weight, List<String> decodes, List<String> cycles, Double jointKl) {
        public Subset {
            of = copy(of);
            weight = weight == null ? 0 : weight;
            decodes = copy(decodes);
            cycles = orEmpty(cycles);
            jointKl = jointKl == null ? 0 : jointKl;
        }

        /** An ELBO. */
        public static Subset elbo(List<String> of, double weight, List<String> decodes) {
            return new Subset(of, weight, decodes, null, null);
        }

        /** Whether it joins no experts, which leaves N(0, I). */
        public boolean prior() {
            return of != null && of.isEmpty();
        }

        private Subset withDefaults(List<String> modalities) {
            return decodes == null ? new Subset(of, weight, prior() ? List.of() : modalities, cycles, jointKl) : this;
        }
    }

    /**
     * @param batch pairs per step
     * @param device auto, cpu, cuda (the first GPU), cuda:N or reference
     * @param threads 0: from the machine
     * @param checkpointMinutes minutes between checkpoints within an epoch; 0: at the ends of epochs only
     */
    public record Train(int batch, String device, int threads, Precision precision, double checkpointMinutes) {}

    /**
     * One part of training; Adam starts afresh in it.
     *
     * @param learningRate Adam's, at the stage's start
     * @param learns networks that learn, by their names ({@code decoder.svhn}) or what stands before a dot of them ({@code
     *     encoder}); none: all
     * @param decode whether images are decoded and their likelihoods count
     * @param contrast weight of the contrast between the shared codes of a pair
     * @param cycle weight of the cycle term: a decoded image, read again, should have the code that it was decoded from
     * @param augment whether the shared code's encoders, learning or not, see augmented images
     * @param beta factor in this stage of the objective's weight of the shared code's KL
     * @param betaPrivate likewise of the private codes'
     */
    public record Stage(
            String name,
            int epochs,
            double learningRate,
            Schedule schedule,
            List<String> learns,
            Boolean decode,
            Double contrast,
            Double cycle,
            Boolean augment,
            Double beta,
            Double betaPrivate) {
        public Stage {
            learns = orEmpty(learns);
            decode = decode == null || decode;
            contrast = contrast == null ? 0 : contrast;
            cycle = cycle == null ? 0 : cycle;
            augment = augment != null && augment;
            beta = beta == null ? 1 : beta;
            betaPrivate = betaPrivate == null ? 1 : betaPrivate;
        }

        /** All parameters learn by the likelihoods and KLs alone. */
        public static Stage elbo(String name, int epochs, double learningRate, Schedule schedule) {
            return new Stage(name, epochs, learningRate, schedule, null, null, null, null, null, null, null);
        }

        private Stage over(int epochs) {
            return new Stage(
                    name, epochs, learningRate, schedule, learns, decode, contrast, cycle, augment, beta, betaPrivate);
        }
    }

    /**
     * What is fitted to the codes of training pairs after the last stage; it changes nothing of the training.
     *
     * @param components numbers of Gaussians, rising, tried until held-out codes are no likelier than under the one before
     * @param samples codes, one of each pair's joint posterior; a tenth of them are the held-out ones
     */
    public record Sampler(SamplerKind kind, List<Integer> components, Integer samples) {
        static final Sampler DEFAULT = new Sampler(null, null, null);

        public Sampler {
            kind = kind == null ? SamplerKind.MIXTURE : kind;
            components = components == null ? List.of(1, 10, 20, 30, 50) : List.copyOf(components);
            samples = samples == null ? 20_000 : samples;
        }
    }

    /**
     * Reads a configuration; keys that it leaves out come from the preset that it names. Arrays of tables come whole from
     * one of the two.
     *
     * @throws dev.duet.DuetException naming the file, the key, and for an unknown key those that come near it
     */
    public static RunConfig load(Path file) {
        return ConfigReader.load(file);
    }

    /** @throws dev.duet.DuetException listing the presets if there is none of that name */
    public static RunConfig preset(String name) {
        return ConfigReader.preset(name);
    }

    /** Names of the presets. */
    public static List<String> presets() {
        return ConfigReader.PRESETS;
    }

    /**
     * This configuration with one key changed.
     *
     * @param value as in TOML, though strings need no quotes
     * @throws dev.duet.DuetException naming the key if it is unknown or cannot be that
     */
    public RunConfig with(String dottedKey, String value) {
        return ConfigReader.with(this, dottedKey, value);
    }

    /**
     * Where {@code other} makes another run: one text per key, such as {@code train.batch (24 → 32)}; empty if both train
     * the same. Where the data lies, what computes ({@code data.dir}, {@code train.device}, {@code train.threads}) and the
     * preset's name alone do not count.
     */
    public List<String> differences(RunConfig other) {
        RunConfig here = other.with("data.dir", data.dir)
                .with("train.device", train.device)
                .with("train.threads", Integer.toString(train.threads));
        boolean alike =
                ConfigReader.differences(this, here.with("preset", preset)).isEmpty();
        return alike ? List.of() : ConfigReader.differences(this, here);
    }

    /** Weight of the shared code's KL in {@code stage}. */
    public double beta(Stage stage) {
        return stage.beta * objective.beta;
    }

    /** Weight of the private codes' KL in {@code stage}. */
    public double betaPrivate(Stage stage) {
        return stage.betaPrivate * objective.betaPrivate;
    }

    /** Epochs of all stages together. */
    public int epochs() {
        return stages.stream().mapToInt(Stage::epochs).sum();
    }

    /**
     * This configuration over {@code total} epochs: stages keep their shares, warm-up its. Each stage with epochs gets one
     * first, if there are enough; then each further epoch goes to the stage furthest below its exact share, the earlier
     * one on a tie. So stages of 10, 5 and 1 epochs become 5, 2 and 1 at a total of 8.
     *
     * @param total at least 1
     */
    public RunConfig withEpochs(int total) {
        ConfigRules.require(total >= 1, "epochs", "at least 1", total);
        double scale = (double) total / epochs();
        int[] epochs = share(total, scale);
        List<Stage> scaled = new ArrayList<>();
        for (int i = 0; i < epochs.length; i++) {
            scaled.add(stages.get(i).over(epochs[i]));
        }
        Objective warmed = new Objective(
                objective.beta,
                objective.betaPrivate,
                objective.warmupEpochs * scale,
                objective.crossPrivate,
                objective.cyclePrivate,
                objective.contrast,
                objective.subsets);
        return new RunConfig(preset, seed, data, modalities, model, warmed, train, scaled, sampler);
    }

    /** Null stays null here, so that the rules can name the key that is missing. */
    private static <T> List<T> copy(List<T> list) {
        return list == null ? null : List.copyOf(list);
    }

    private static <T> List<T> orEmpty(List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    private int[] share(int total, double scale) {
        int[] given = new int[stages.size()];
        int left = total;
        long active = stages.stream().filter(stage -> stage.epochs > 0).count();
        if (total >= active) {
            for (int i = 0; i < given.length; i++) given[i] = Math.min(1, stages.get(i).epochs);
            left -= (int) active;
        }
        for (; left > 0; left--) {
            int neediest = 0;
            for (int i = 1; i < given.length; i++) {
                if (shortfall(i, given, scale) > shortfall(neediest, given, scale)) neediest = i;
            }
            given[neediest]++;
        }
        return given;
    }

    /** Epochs by which a stage is below its exact share. */
    private double shortfall(int stage, int[] given, double scale) {
        return stages.get(stage).epochs * scale - given[stage];
    }

    /** This configuration as TOML, every key; {@link #load} of it gives an equal one. */
    public String toToml() {
        return ConfigReader.toToml(this);
    }
}
