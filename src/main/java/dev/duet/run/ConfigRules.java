package dev.duet.run;

import dev.duet.DuetException;
import dev.duet.backend.AugmentSpec;
import dev.duet.objective.Elbo;
import dev.duet.run.RunConfig.CyclePrivate;
import dev.duet.run.RunConfig.Data;
import dev.duet.run.RunConfig.DataKind;
import dev.duet.run.RunConfig.Modality;
import dev.duet.run.RunConfig.Model;
import dev.duet.run.RunConfig.Objective;
import dev.duet.run.RunConfig.Sampler;
import dev.duet.run.RunConfig.Stage;
import dev.duet.run.RunConfig.Subset;
import dev.duet.run.RunConfig.Train;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What the values of a configuration may be. Each complaint is "key: expected …, got …". */
final class ConfigRules {
    /** Not a number, so that {@code stage.0} and {@code stage.elbo} cannot mean different things. */
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,31}");

    private static final Pattern DEVICE = Pattern.compile("auto|cpu|cuda(:[0-9]{1,2})?|reference");
    private static final int MAX_WIDTH = 8192;
    private static final int MAX_SIZE = 1024;
    private static final int MAX_LOG_VAR = 20;
    private static final int MAX_BATCH = 65536;
    private static final int MAX_THREADS = 1024;
    private static final int MAX_EPOCHS = 1_000_000;
    private static final int MAX_COMPONENTS = 1000;
    private static final int CODES_PER_COMPONENT = 10;
    private static final int MAX_SAMPLES = 10_000_000;

    private ConfigRules() {}

    static void require(boolean met, String key, String expected, Object got) {
        if (!met) {
            String shown = got instanceof String ? "\"" + got + "\"" : got == null ? "nothing" : got.toString();
            throw new DuetException(key + ": expected " + expected + ", got " + shown);
        }
    }

    /** Every table is there. */
    static void requireParts(
            String preset,
            Data data,
            List<Modality> modalities,
            Model model,
            Objective objective,
            Train train,
            List<Stage> stages) {
        require(preset != null, "preset", "the name of the preset this is derived from", null);
        require(data != null, "data", "a table [data]", null);
        require(modalities != null && !modalities.isEmpty(), "modality", "at least one table [[modality]]", null);
        require(model != null, "model", "a table [model]", null);
        require(objective != null, "objective", "a table [objective]", null);
        require(train != null, "train", "a table [train]", null);
        require(stages != null && !stages.isEmpty(), "stage", "at least one table [[stage]]", null);
    }

    static void check(
            String preset,
            Data data,
            List<Modality> modalities,
            Model model,
            Objective objective,
            Train train,
            List<Stage> stages,
            Sampler sampler) {
        requireName("preset", preset);
        checkData(data);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < modalities.size(); i++) {
            checkModality("modality." + i, modalities.get(i), data.kind());
            String name = modalities.get(i).name();
            require(names.add(name), "modality." + i + ".name", "a name of its own", name);
        }
        checkModel(model);
        checkObjective(objective, names);
        checkTrain(train);
        checkStages(stages, modalities, objective);
        checkSwapped(modalities, objective, train);
        checkJointKl(objective, stages);
        checkSampler(sampler);
    }

    private static void checkSampler(Sampler sampler) {
        String key = "sampler.components";
        require(!sampler.components().isEmpty(), key, "at least one number of Gaussians", sampler.components());
        int largest = 0;
        for (int components : sampler.components()) {
            requireRange(key, 1, MAX_COMPONENTS, components);
            require(components > largest, key, "rising numbers", sampler.components());
            largest = components;
        }
        requireRange("sampler.samples", CODES_PER_COMPONENT * largest, MAX_SAMPLES, sampler.samples());
    }

    private static void checkData(Data data) {
        require(data.kind() != null, "data.kind", "digits, synthetic or sets", null);
        require(data.pairing() != null, "data.pairing", "random or lab", null);
        require(data.dir() != null && !data.dir().isBlank(), "data.dir", "a folder", data.dir());
        require(data.validation() >= 0 && data.validation() < 1, "data.validation", "0 to below 1", data.validation());
        requireRange("data.pairs_per_epoch", 0, Integer.MAX_VALUE, data.pairsPerEpoch());
        int least = data.kind() == DataKind.SYNTHETIC ? 1 : 0;
        requireRange("data.synthetic_count", least, Integer.MAX_VALUE, data.syntheticCount());
    }

    private static void checkModality(String key, Modality modality, DataKind kind) {
        requireName(key + ".name", modality.name());
        requireRange(key + ".size", 4, MAX_SIZE, modality.size());
        require(modality.channels() == 1 || modality.channels() == 3, key + ".channels", "1 or 3", modality.channels());
        require(modality.likelihood() != null, key + ".likelihood", "bernoulli, gaussian or laplace", null);
        requirePositive(key + ".weight", modality.weight());
        requireRange(key + ".private", 0, MAX_WIDTH, modality.privateSize());
        checkFile(key + ".train_images", modality.trainImages(), kind, true);
        checkFile(key + ".train_labels", modality.trainLabels(), kind, false);
        checkFile(key + ".test_images", modality.testImages(), kind, false);
        checkFile(key + ".test_labels", modality.testLabels(), kind, false);
        boolean fits = modality.privateSize() > 0 || modality.privateEncoder().isEmpty();
        require(fits, key + ".private_encoder", "nothing, as private is 0", modality.privateEncoder());
    }

    private static void checkFile(String key, String file, DataKind kind, boolean needed) {
        if (kind == DataKind.SETS) require(file != null || !needed, key, "a path, as data.kind is sets", null);
        else require(file == null, key, "nothing unless data.kind is sets", file);
    }

    private static void checkModel(Model model) {
        requireRange("model.latent", 1, MAX_WIDTH, model.latent());
        require(model.widths() != null && !model.widths().isEmpty(), "model.widths", "at least one width", null);
        for (int width : model.widths()) requireRange("model.widths", 1, MAX_WIDTH, width);
        require(
                model.poeEpsilon() >= 0 && model.poeEpsilon() < 1,
                "model.poe_epsilon",
                "0 to below 1",
                model.poeEpsilon());
        require(
                Math.abs(model.initialLogVar()) <= MAX_LOG_VAR,
                "model.initial_log_var",
                -MAX_LOG_VAR + " to " + MAX_LOG_VAR,
                model.initialLogVar());
    }

    private static void checkObjective(Objective objective, Set<String> modalities) {
        requireNotNegative("objective.beta", objective.beta());
        requireNotNegative("objective.beta_private", objective.betaPrivate());
        requireNotNegative("objective.warmup_epochs", objective.warmupEpochs());
        requirePositive("objective.contrast.temperature", objective.contrast().temperature());
        requireRange(
                "objective.contrast.group", 2, MAX_BATCH, objective.contrast().group());
        require(objective.crossPrivate() != null, "objective.cross_private", "posterior or prior", null);
        checkSubsets(objective.subsets(), modalities);
    }

    private static void checkSubsets(List<Subset> subsets, Set<String> modalities) {
        String table = "objective.subset";
        require(subsets != null && !subsets.isEmpty(), table, "at least one table [[objective.subset]]", null);
        Set<Set<String>> seen = new HashSet<>();
        boolean joint = false;
        Set<String> decoded = new HashSet<>();
        Set<String> encoded = new HashSet<>();
        for (int i = 0; i < subsets.size(); i++) {
            String key = table + "." + i;
            Subset subset = subsets.get(i);
            if (subset.prior()) checkPrior(key, subset, modalities);
            else checkSubset(key, subset, modalities);
            require(seen.add(new HashSet<>(subset.of())), key + ".of", "each set of modalities once", subset.of());
            joint |= subset.jointKl() > 0;
            encoded.addAll(subset.of());
            decoded.addAll(subset.decodes());
        }
        boolean whole = !joint || seen.contains(modalities);
        require(whole, table, "one of all modalities, as another has a joint_kl", seen);
        require(encoded.equals(modalities), table, "each modality in some 'of', " + modalities, encoded);
        require(decoded.equals(modalities), table, "each modality in some 'decodes', " + modalities, decoded);
    }

    /** The private code of another image is cycled: such codes, and two images at least. */
    private static void checkSwapped(List<Modality> modalities, Objective objective, Train train) {
        if (objective.cyclePrivate() != CyclePrivate.SWAPPED) return;
        String key = "objective.cycle_private";
        boolean coded = modalities.stream().anyMatch(m -> m.privateSize() > 0);
        require(coded, key, "\"prior\", as no modality has a private code", "swapped");
        require(train.batch() > 1, key, "\"prior\", as train.batch is 1 and there is no other image", "swapped");
    }

    private static void checkJointKl(Objective objective, List<Stage> stages) {
        if (objective.beta() > 0 && stages.stream().anyMatch(stage -> stage.beta() > 0)) return;
        for (int i = 0; i < objective.subsets().size(); i++) {
            double weight = objective.subsets().get(i).jointKl();
            String expected = "0, as it is multiplied by beta, which is 0 in all stages (objective.beta, stage.*.beta)";
            require(weight == 0, "objective.subset." + i + ".joint_kl", expected, weight);
        }
    }

    private static void checkSubset(String key, Subset subset, Set<String> modalities) {
        requireModalities(key + ".of", subset.of(), modalities);
        if (!subset.cycles().isEmpty()) requireModalities(key + ".cycles", subset.cycles(), modalities);
        requireNotNegative(key + ".joint_kl", subset.jointKl());
        boolean all = subset.of().size() == modalities.size();
        require(!all || subset.jointKl() == 0, key + ".joint_kl", "0, as 'of' is all modalities", subset.jointKl());
        if (subset.decodes().isEmpty()) {
            require(subset.weight() == 0, key + ".weight", "0, or left out, as nothing is decoded", subset.weight());
            boolean used = subset.jointKl() > 0 || !subset.cycles().isEmpty();
            require(used, key + ".decodes", "names of modalities, or a joint_kl or cycles", subset.decodes());
        } else {
            requireModalities(key + ".decodes", subset.decodes(), modalities);
            requirePositive(key + ".weight", subset.weight());
        }
    }

    /** A sample of the prior has no target, but it can be looked for in what is decoded from it. */
    private static void checkPrior(String key, Subset subset, Set<String> modalities) {
        require(subset.decodes().isEmpty(), key + ".decodes", "nothing, as 'of' is empty", subset.decodes());
        requireModalities(key + ".cycles", subset.cycles(), modalities);
        require(subset.weight() == 0, key + ".weight", "0, or left out, as 'of' is empty", subset.weight());
        require(subset.jointKl() == 0, key + ".joint_kl", "0, or left out, as 'of' is empty", subset.jointKl());
        require(!modalities.contains(Elbo.PRIOR), key + ".of", "names, as a modality is called so", Elbo.PRIOR);
    }

    private static void requireModalities(String key, List<String> names, Set<String> modalities) {
        require(names != null && !names.isEmpty(), key, "names of modalities", names);
        for (String name : names) require(modalities.contains(name), key, "names among " + modalities, name);
        require(new HashSet<>(names).size() == names.size(), key, "each modality once", names);
    }

    private static void checkTrain(Train train) {
        requireRange("train.batch", 1, MAX_BATCH, train.batch());
        require(
                train.device() != null && DEVICE.matcher(train.device()).matches(),
                "train.device",
                "auto, cpu, cuda, cuda:N or reference",
                train.device());
        requireRange("train.threads", 0, MAX_THREADS, train.threads());
        require(train.precision() != null, "train.precision", "fp32, tf32, bf16 or auto", null);
        requireNotNegative("train.checkpoint_minutes", train.checkpointMinutes());
    }

    private static void checkStages(List<Stage> stages, List<Modality> modalities, Objective objective) {
        boolean cycles =
                objective.subsets().stream().anyMatch(subset -> !subset.cycles().isEmpty());
        List<String> groups = parameterGroups(modalities);
        Set<String> names = new HashSet<>();
        long epochs = 0;
        for (int i = 0; i < stages.size(); i++) {
            String key = "stage." + i;
            Stage stage = stages.get(i);
            requireName(key + ".name", stage.name());
            require(names.add(stage.name()), key + ".name", "a name of its own", stage.name());
            requireRange(key + ".epochs", 0, MAX_EPOCHS, stage.epochs());
            requirePositive(key + ".learning_rate", stage.learningRate());
            require(stage.schedule() != null, key + ".schedule", "constant or cosine", null);
            requireNotNegative(key + ".contrast", stage.contrast());
            requireNotNegative(key + ".cycle", stage.cycle());
            requireNotNegative(key + ".beta", stage.beta());
            requireNotNegative(key + ".beta_private", stage.betaPrivate());
            boolean decoded = (stage.decode() && cycles) || stage.cycle() == 0;
            require(decoded, key + ".cycle", "0 unless the stage decodes and some subset has cycles", stage.cycle());
            boolean augments = modalities.stream().anyMatch(m -> !m.augment().equals(AugmentSpec.NONE));
            require(
                    augments || !stage.augment(),
                    key + ".augment",
                    "false, as no modality has augment",
                    stage.augment());
            if (stage.contrast() > 0) checkContrast(key + ".contrast", stage.contrast(), modalities, objective);
            for (String group : stage.learns()) {
                boolean known = groups.stream().anyMatch(g -> g.equals(group) || g.startsWith(group + "."));
                require(known, key + ".learns", "names among " + groups + " or what they begin with", group);
            }
            if (!stage.decode()) checkWithoutDecoding(key, stage, modalities, objective);
            else checkTaught(key, stage, modalities, objective);
            epochs += stage.epochs();
        }
        require(epochs >= 1 && epochs <= MAX_EPOCHS, "stage", "1 to " + MAX_EPOCHS + " epochs in all", epochs);
    }

    /** The contrast is between samples of the modalities' own posteriors. */
    private static void checkContrast(String key, double contrast, List<Modality> modalities, Objective objective) {
        require(modalities.size() > 1, key, "0, as there is one modality", contrast);
        for (Modality modality : modalities) {
            boolean alone = objective.subsets().stream()
                    .filter(subset -> !subset.decodes().isEmpty())
                    .anyMatch(subset -> subset.of().equals(List.of(modality.name())));
            String expected = "0, or an [[objective.subset]] of " + modality.name() + " alone that decodes something";
            require(alone, key, expected, contrast);
        }
    }

    /** Only the contrast can teach anything then; a private code, with its KL alone, would be taught to say nothing. */
    private static void checkWithoutDecoding(String key, Stage stage, List<Modality> modalities, Objective objective) {
        boolean learns = modalities.stream().anyMatch(m -> learns(stage, "encoder." + m.name()));
        String expected = "true, or a contrast above 0 and encoders that learn";
        require(learns && stage.contrast() > 0, key + ".decode", expected, false);
        for (Modality modality : modalities) {
            boolean own = !modality.privateEncoder().isEmpty();
            boolean coded = modality.privateSize() > 0 && stage.betaPrivate() * objective.betaPrivate() > 0;
            boolean collapses = coded && learns(stage, (own ? "private." : "encoder.") + modality.name());
            String way = own
                    ? "networks other than private." + modality.name()
                    : "networks without private codes (give " + modality.name() + " a private_encoder)";
            require(!collapses, key + ".learns", way + ", as nothing is decoded", stage.learns());
        }
    }

    /** Where images are decoded. */
    private static void checkTaught(String key, Stage stage, List<Modality> modalities, Objective objective) {
        boolean follows = stage.beta() * objective.beta() > 0
                && objective.subsets().stream().anyMatch(subset -> subset.jointKl() > 0);
        if (follows || stage.contrast() > 0) return; // of all modalities, both
        for (Modality modality : modalities) {
            String encoder = "encoder." + modality.name();
            boolean codes =
                    modality.privateSize() > 0 && modality.privateEncoder().isEmpty();
            boolean taught = objective.subsets().stream()
                    .filter(subset -> subset.of().contains(modality.name()))
                    .anyMatch(subset -> subset.weight() > 0 || stage.cycle() > 0);
            String expected =
                    "networks other than " + encoder + ", as nothing in this stage depends on it (no subset of "
                            + modality.name() + " decodes; the cycle weight is 0)";
            require(codes || taught || !learns(stage, encoder), key + ".learns", expected, stage.learns());
        }
    }

    private static boolean learns(Stage stage, String network) {
        return stage.learns().isEmpty()
                || stage.learns().stream().anyMatch(group -> network.equals(group) || network.startsWith(group + "."));
    }

    /** Names of the networks, with which the names of their parameters begin. */
    private static List<String> parameterGroups(List<Modality> modalities) {
        List<String> groups = new ArrayList<>();
        for (Modality modality : modalities) {
            groups.add("encoder." + modality.name());
            if (!modality.privateEncoder().isEmpty()) groups.add("private." + modality.name());
            groups.add("decoder." + modality.name());
        }
        return groups;
    }

    private static void requireName(String key, String name) {
        require(name != null && NAME.matcher(name).matches(), key, "a name of a-z, 0-9, _ and -, a letter first", name);
    }

    private static void requireRange(String key, int least, int most, int got) {
        String expected = most == Integer.MAX_VALUE ? "at least " + least : least + " to " + most;
        require(got >= least && got <= most, key, expected, got);
    }

    private static void requirePositive(String key, double got) {
        require(got > 0 && got < Double.POSITIVE_INFINITY, key, "a number above 0", got);
    }

    private static void requireNotNegative(String key, double got) {
        require(got >= 0 && got < Double.POSITIVE_INFINITY, key, "0 or more", got);
    }
}
