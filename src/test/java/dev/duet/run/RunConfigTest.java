package dev.duet.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.AugmentSpec;
import dev.duet.backend.PrivateSource;
import dev.duet.objective.Elbo;
import dev.duet.run.RunConfig.CrossPrivate;
import dev.duet.run.RunConfig.CyclePrivate;
import dev.duet.run.RunConfig.DataKind;
import dev.duet.run.RunConfig.Likelihood;
import dev.duet.run.RunConfig.Modality;
import dev.duet.run.RunConfig.Pairing;
import dev.duet.run.RunConfig.Precision;
import dev.duet.run.RunConfig.Schedule;
import dev.duet.run.RunConfig.Stage;
import dev.duet.run.RunConfig.Subset;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunConfigTest {
    @TempDir
    Path folder;

    @Test
    void presetLabIsTheReferenceNotebook() {
        RunConfig lab = RunConfig.preset("lab");
        assertThat(lab.data()).isEqualTo(new RunConfig.Data(DataKind.DIGITS, "data", Pairing.LAB, 0, 0, 0));
        assertThat(lab.modalities())
                .containsExactly(
                        new Modality(
                                "mnist",
                                32,
                                1,
                                Likelihood.BERNOULLI,
                                1,
                                0,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null),
                        new Modality(
                                "svhn",
                                32,
                                3,
                                Likelihood.GAUSSIAN,
                                1,
                                0,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null));
        assertThat(lab.model()).isEqualTo(new RunConfig.Model(64, List.of(32, 64, 128), 1e-8, 0.0));
        List<String> both = List.of("mnist", "svhn");
        assertThat(lab.objective())
                .isEqualTo(new RunConfig.Objective(
                        1,
                        1,
                        0,
                        CrossPrivate.POSTERIOR,
                        CyclePrivate.PRIOR,
                        null,
                        List.of(Subset.elbo(both, 1, both))));
        assertThat(lab.train()).isEqualTo(new RunConfig.Train(128, "auto", 0, Precision.AUTO, 5));
        assertThat(lab.stages()).containsExactly(Stage.elbo("elbo", 20, 1e-3, Schedule.CONSTANT));
        assertThat(lab.epochs()).isEqualTo(20);
    }

    @Test
    void presetCrossDiffersFromLabInItsSubsetsPairingAndSplit() {
        RunConfig cross = RunConfig.preset("cross");
        List<String> both = List.of("mnist", "svhn");
        double third = 1.0 / 3;
        assertThat(cross.objective().subsets())
                .containsExactly(
                        Subset.elbo(List.of("mnist"), third, both),
                        Subset.elbo(List.of("svhn"), third, both),
                        Subset.elbo(both, third, both));
        RunConfig lab = RunConfig.preset("lab");
        assertThat(cross.data()).isEqualTo(new RunConfig.Data(DataKind.DIGITS, "data", Pairing.RANDOM, 0.1, 0, 0));
        assertThat(cross.model()).isEqualTo(new RunConfig.Model(64, List.of(32, 64, 128), 0, 0.0));
        assertThat(cross.modalities()).isEqualTo(lab.modalities());
        assertThat(cross.train()).isEqualTo(lab.train());
        assertThat(cross.stages()).isEqualTo(lab.stages());
    }

    @Test
    void presetDemoIsCrossOnSyntheticDigits() {
        RunConfig demo = RunConfig.preset("demo");
        assertThat(demo.preset()).isEqualTo("demo");
        assertThat(demo.data().kind()).isEqualTo(DataKind.SYNTHETIC);
        assertThat(demo.data().syntheticCount()).isPositive();
        List<String> both = List.of("handwriting", "housenumbers");
        assertThat(demo.objective().subsets())
                .extracting(RunConfig.Subset::of)
                .containsExactly(both.subList(0, 1), both.subList(1, 2), both);
        assertThat(demo.objective().subsets()).allSatisfy(subset -> {
            assertThat(subset.decodes()).isEqualTo(both);
            assertThat(subset.weight()).isEqualTo(1.0 / 3);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"lab", "cross", "mvae", "mmvae", "mopoe", "jmvae", "mvtcae", "demo"})
    void tomlComesBackExactly(String name) throws IOException {
        RunConfig config = RunConfig.preset(name)
                .with("seed", Long.toString(Long.MIN_VALUE))
                .with("objective.beta", "4.9e-324")
                .with("stage.elbo.learning_rate", "0.30000000000000004")
                .with("objective.beta_private", "1.7976931348623157e308")
                .with("data.dir", "C:\\a \"b\"\tü\u007f \u0001 #");
        assertThat(write(config.toToml()))
                .satisfies(file -> assertThat(RunConfig.load(file)).isEqualTo(config));
        assertThat(RunConfig.load(write(config.toToml())).toToml()).isEqualTo(config.toToml());
        assertThat(config.objective().beta()).isEqualTo(Double.MIN_VALUE);
        assertThat(config.data().dir()).isEqualTo("C:\\a \"b\"\tü\u007f \u0001 #");
    }

    /** Encoders first, then frozen ones: what follows learns from codes that stay as they are. */
    @ParameterizedTest
    @ValueSource(strings = {"duet", "duet-quick"})
    void presetDuetLearnsInStages(String name) throws IOException {
        RunConfig config = RunConfig.preset(name);
        assertThat(config.preset()).isEqualTo(name);
        assertThat(config.stages().stream().map(RunConfig.Stage::name))
                .containsExactly("contrast", "compress", "decode");
        assertThat(config.stages().subList(0, 2)).allSatisfy(stage -> {
            assertThat(stage.learns()).containsExactly("encoder");
            assertThat(stage.decode()).isFalse();
            assertThat(stage.contrast()).isPositive();
        });
        RunConfig.Stage decode = config.stages().get(2);
        assertThat(decode.learns()).containsExactly("decoder", "private");
        assertThat(decode.cycle()).isPositive();
        assertThat(RunConfig.load(write(config.toToml()))).isEqualTo(config);
    }

    /** Shorter, and in nothing else another. */
    @Test
    void presetDuetQuickIsPresetDuetInFewerEpochs() {
        RunConfig duet = RunConfig.preset("duet");
        RunConfig quick = RunConfig.preset("duet-quick");
        assertThat(quick.epochs()).isLessThan(duet.epochs());
        List<String> differences = duet.differences(quick);
        assertThat(differences).isNotEmpty().allMatch(of -> of.startsWith("preset") || of.contains(".epochs"));
    }

    @Test
    void theTomlReadsLikeAPersonsOwn() {
        assertThat(RunConfig.preset("lab").toToml()).startsWith("""
                # Repeat this run with: duet train --config config.toml
                preset = "lab"
                seed = 1

                [data]
                kind = "digits"
                dir = "data"
                pairing = "lab"
                validation = 0.0
                pairs_per_epoch = 0
                synthetic_count = 0

                [[modality]]
                name = "mnist"
                size = 32
                channels = 1
                likelihood = "bernoulli"
                weight = 1.0
                private = 0
                encoder = []
                private_encoder = []
                decoder = []

                [[modality]]
                name = "svhn"
                """).contains("""

                [[objective.subset]]
                of = ["mnist", "svhn"]
                weight = 1.0
                """);
    }

    @Test
    void whatAFileLeavesOutComesFromItsPreset() throws IOException {
        RunConfig config = RunConfig.load(write("""
                preset = "cross"
                [model]
                latent = 20
                [[objective.subset]]
                of = ["svhn", "mnist"]
                weight = 2
                """));
        RunConfig cross = RunConfig.preset("cross");
        assertThat(config.model())
                .isEqualTo(new RunConfig.Model(20, cross.model().widths(), 0, 0.0));
        assertThat(config.objective().subsets())
                .as("decodes all by default")
                .containsExactly(Subset.elbo(List.of("svhn", "mnist"), 2, List.of("mnist", "svhn")));
        assertThat(config.train()).isEqualTo(cross.train());
    }

    @Test
    void aCompleteFileNeedsNoKnownPreset() throws IOException {
        String toml = RunConfig.preset("cross").toToml().replace("preset = \"cross\"", "preset = \"mine\"");
        assertThat(RunConfig.load(write(toml)).preset()).isEqualTo("mine");
        Path file = write("preset = \"mine\"");
        assertThatThrownBy(() -> RunConfig.load(file))
                .isInstanceOf(DuetException.class)
                .hasMessage(file + ": missing key 'seed', a whole number of 64 bits");
    }

    /** What is written after cross's own text, and the sentence after the file's name. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            latent = 64 | latnet = 64 | : unknown key 'model.latnet' (did you mean 'latent'?); the keys there are initial_log_var, latent, poe_epsilon, widths
            seed = 1 | sede = 1 | : unknown key 'sede' (did you mean 'seed'?); the keys there are data, modality, model, objective, preset, sampler, seed, stage, train
            latent = 64 | latent = "64" | : model.latent: expected a whole number within ±2147483647, got "64"
            latent = 64 | latent = 64.5 | : model.latent: expected a whole number within ±2147483647, got 64.5
            latent = 64 | latent = 3000000000 | : model.latent: expected a whole number within ±2147483647, got 3000000000
            latent = 64 | latent = 0 | : model.latent: expected 1 to 8192, got 0
            dir = "data" | dir = 5 | : data.dir: expected a string, got 5
            dir = "data" | dir = "" | : data.dir: expected a folder, got ""
            pairing = "random" | pairing = "rnd" | : data.pairing: expected "random" or "lab", got "rnd"
            validation = 0.1 | validation = 1 | : data.validation: expected 0 to below 1, got 1.0
            validation = 0.1 | validation = nan | : data.validation: expected 0 to below 1, got NaN
            kind = "digits" | kind = "synthetic" | : data.synthetic_count: expected at least 1, got 0
            kind = "digits" | kind = "sets" | : modality.0.train_images: expected a path, as data.kind is sets, got nothing
            widths = [32, 64, 128] | widths = [] | : model.widths: expected at least one width, got nothing
            widths = [32, 64, 128] | widths = 32 | : model.widths: expected an array, got 32
            widths = [32, 64, 128] | widths = ["a"] | : model.widths.0: expected a whole number within ±2147483647, got "a"
            batch = 128 | batch = 0 | : train.batch: expected 1 to 65536, got 0
            device = "auto" | device = "gpu" | : train.device: expected auto, cpu, cuda, cuda:N or reference, got "gpu"
            epochs = 20 | epochs = 0 | : stage: expected 1 to 1000000 epochs in all, got 0
            learning_rate = 1e-3 | learning_rate = 0 | : stage.0.learning_rate: expected a number above 0, got 0.0
            weight = 1.0 | wieght = 1.0 | : unknown key 'modality.mnist.wieght' (did you mean 'weight'?); the keys there are augment, channels, decoder, encoder, likelihood, name, perturb, private, private_encoder, size, test_images, test_labels, train_images, train_labels, weight
            learning_rate = 1e-3 | | : missing key 'stage.elbo.learning_rate', a number
            seed = 1 | seed = 1 1 | , line 3: not valid TOML: More data after value has already ended. Invalid value preceding this position?
            name = "svhn" | name = "mnist" | : modality.1.name: expected a name of its own, got "mnist"
            name = "svhn" | name = "SVHN" | : modality.1.name: expected a name of a-z, 0-9, _ and -, a letter first, got "SVHN"
            components = [1, 10, 20, 30, 50] | components = [] | : sampler.components: expected at least one number of Gaussians, got []
            components = [1, 10, 20, 30, 50] | components = [10, 0] | : sampler.components: expected 1 to 1000, got 0
            components = [1, 10, 20, 30, 50] | components = [1, 30, 30] | : sampler.components: expected rising numbers, got [1, 30, 30]
            samples = 20000 | samples = 499 | : sampler.samples: expected 500 to 10000000, got 499
            kind = "mixture" | kind = "flow" | : sampler.kind: expected "mixture" or "none", got "flow"
            of = ["svhn"] | of = ["mnist"] | : objective.subset.1.of: expected each set of modalities once, got [mnist]
            of = ["svhn"] | of = ["svhm"] | : objective.subset.1.of: expected names among [mnist, svhn], got "svhm"
            [model] | [modle] | : unknown key 'modle' (did you mean 'model'?); the keys there are data, modality, model, objective, preset, sampler, seed, stage, train
            """)
    void whatIsWrongIsSaidInASentence(String old, String replacement, String message) throws IOException {
        String cross = resource("cross");
        assertThat(cross).contains(old);
        String toml = cross.replace(old, replacement == null ? "" : replacement).replace("\"cross\"", "\"mine\"");
        Path file = write(toml);
        assertThatThrownBy(() -> RunConfig.load(file))
                .isInstanceOf(DuetException.class)
                .hasMessage(file + message);
    }

    /** As in configurations that are older than the table. */
    @Test
    void aSamplerIsFittedUnlessTheFileSaysOtherwise() throws IOException {
        String whole = RunConfig.preset("cross").toToml().replace("\"cross\"", "\"mine\"");
        assertThat(whole)
                .contains("[sampler]\nkind = \"mixture\"\ncomponents = [1, 10, 20, 30, 50]\nsamples = 20000\n");
        String without = whole.substring(0, whole.indexOf("\n[sampler]"));
        assertThat(RunConfig.load(write(without)).sampler())
                .isEqualTo(RunConfig.preset("cross").sampler());
        RunConfig none = RunConfig.load(write(without + "\n[sampler]\nkind = \"none\"\n"));
        assertThat(none.sampler())
                .isEqualTo(new RunConfig.Sampler(RunConfig.SamplerKind.NONE, List.of(1, 10, 20, 30, 50), 20_000));
        assertThat(none.withEpochs(3).sampler()).isEqualTo(none.sampler());
    }

    @Test
    void aModalityMayHaveItsOwnLayersAndAStageItsOwnTerms() throws IOException {
        String toml = resource("cross")
                .replace("\"cross\"", "\"mine\"")
                .replaceFirst("private = 0", "private = 4")
                .replaceFirst("(?m)^encoder = .*", "encoder = [\"conv 32\", \"norm relu\"]")
                .replaceFirst("(?m)^private_encoder = .*", "private_encoder = [\"conv 16 relu\"]")
                .replaceFirst("(?m)^decoder = .*", """
                        decoder = ["linear 16x16x16", "up 8 relu"]
                        augment = { rotation_degrees = 10, scale = 0.1, shift_pixels = 2, contrast = 0.2, \
                        brightness = 0.1, channel_jitter = 0.1, invert = 0.5 }
                        """)
                .replaceFirst("of = \\[\"svhn\"]", "of = [\"svhn\"]\ncycles = [\"mnist\"]")
                .replaceFirst("(?m)^learns = .*", "learns = [\"encoder\", \"decoder.mnist\"]")
                .replaceFirst("(?m)^contrast = .*", "contrast = 2.0")
                .replaceFirst("(?m)^cycle = .*", "cycle = 60")
                .replaceFirst("(?m)^augment = false.*", "augment = true")
                .replaceFirst("(?m)^beta = 1.0 +# factor.*", "beta = 0.5");
        RunConfig config = RunConfig.load(write(toml));
        Modality mnist = config.modalities().get(0);
        assertThat(mnist.encoder()).containsExactly("conv 32", "norm relu");
        assertThat(mnist.privateEncoder()).containsExactly("conv 16 relu");
        assertThat(mnist.decoder()).containsExactly("linear 16x16x16", "up 8 relu");
        assertThat(mnist.augment()).isEqualTo(new AugmentSpec(10, 0.1, 2, 0.2, 0.1, 0.1, 0.5, 0));
        assertThat(mnist.perturb()).isEqualTo(AugmentSpec.NONE);
        assertThat(config.objective().subsets().get(1).cycles()).containsExactly("mnist");
        assertThat(config.objective().contrast()).isEqualTo(new RunConfig.Contrast(0.1, 32));
        Stage stage = config.stages().get(0);
        assertThat(stage.learns()).containsExactly("encoder", "decoder.mnist");
        assertThat(stage.decode()).isTrue();
        assertThat(stage.augment()).isTrue();
        assertThat(stage.contrast()).isEqualTo(2);
        assertThat(stage.cycle()).isEqualTo(60);
        assertThat(config.beta(stage)).isEqualTo(0.5);
        assertThat(RunConfig.load(write(config.toToml()))).isEqualTo(config);
        assertThat(config.withEpochs(3).stages().get(0).learns()).isEqualTo(stage.learns());
    }

    /** It is trained on, but no part of what evaluation measures. */
    @Test
    void aSubsetOfNoneCyclesThePrior() throws IOException {
        Path file = write(priorSubset("cycles = [\"svhn\"]"));
        RunConfig config = RunConfig.load(file);
        assertThat(config.objective().subsets().get(3))
                .isEqualTo(new Subset(List.of(), 0.0, List.of(), List.of("svhn"), 0.0));
        assertThat(RunConfig.load(write(config.toToml()))).isEqualTo(config);
        Blueprint blueprint = Blueprint.of(config);
        assertThat(blueprint.latent().cycleBlocks(1)).containsExactly(3);
        Elbo trained = blueprint.elbo(config, config.stages().get(0));
        assertThat(trained.names()).contains("kl/prior", "cycle/svhn|prior");
        assertThat(blueprint.elbo().names()).hasSize(trained.terms() - 2).noneMatch(name -> name.contains("prior"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            decodes = [] | cycles: expected names of modalities, got []
            cycles = ["x"] | cycles: expected names among [mnist, svhn], got "x"
            cycles = ["svhn"], decodes = ["svhn"] | decodes: expected nothing, as 'of' is empty, got [svhn]
            cycles = ["svhn"], joint_kl = 2 | joint_kl: expected 0, or left out, as 'of' is empty, got 2.0
            cycles = ["svhn"], weight = 1 | weight: expected 0, or left out, as 'of' is empty, got 1.0
            """)
    void aSubsetOfNoneCanDoNothingElse(String keys, String message) throws IOException {
        Path file = write(priorSubset(keys.replace(", ", "\n")));
        assertThatThrownBy(() -> RunConfig.load(file))
                .isInstanceOf(DuetException.class)
                .hasMessage(file + ": objective.subset.3." + message);
    }

    @Test
    void noModalityIsTakenForThePrior() throws IOException {
        Path file = write(priorSubset("cycles = [\"svhn\"]").replace("\"mnist\"", "\"prior\""));
        assertThatThrownBy(() -> RunConfig.load(file))
                .hasMessage(
                        file + ": objective.subset.3.of: expected names, as a modality is called so, got \"prior\"");
    }

    @Test
    void posteriorsMayBeginNarrow() throws IOException {
        RunConfig config = RunConfig.preset("lab").with("model.initial_log_var", "-6");
        assertThat(config.model().initialLogVar()).isEqualTo(-6);
        assertThat(config.model()).isEqualTo(new RunConfig.Model(64, List.of(32, 64, 128), 1e-8, -6.0));
        assertThat(RunConfig.load(write(config.toToml()))).isEqualTo(config);
        assertThat(new RunConfig.Model(64, List.of(32), 0, null).initialLogVar())
                .as("left out")
                .isZero();
    }

    @Test
    void cyclesMayTakePrivateCodesOfOtherImages() throws IOException {
        Path file = write(resource("cross")
                .replace("\"cross\"", "\"mine\"")
                .replace("private = 0", "private = 4")
                .replace("cycle_private = \"prior\"", "cycle_private = \"swapped\""));
        RunConfig config = RunConfig.load(file);
        assertThat(config.objective().cyclePrivate()).isEqualTo(CyclePrivate.SWAPPED);
        assertThat(Blueprint.of(config).latent().cyclePrivate()).isEqualTo(PrivateSource.SWAPPED);
        assertThat(config.toToml()).contains("\ncross_private = \"posterior\"\ncycle_private = \"swapped\"\n");
        assertThat(RunConfig.load(write(config.toToml()))).isEqualTo(config);
        assertThat(config.withEpochs(3).objective().cyclePrivate()).isEqualTo(CyclePrivate.SWAPPED);
        RunConfig older = RunConfig.load(
                write(config.toToml().replace("\"mine\"", "\"older\"").replace("cycle_private = \"swapped\"\n", "")));
        assertThat(Blueprint.of(older).latent().cyclePrivate()).isEqualTo(PrivateSource.PRIOR);
    }

    /** Its KL to the prior has no weight then; the joint KL is part of what evaluation measures. */
    @Test
    void aSubsetMayOnlyFollowTheJointPosterior() throws IOException {
        RunConfig config = RunConfig.load(write(following("weight = 0.0\ndecodes = []\njoint_kl = 0.1")));
        Subset follower = config.objective().subsets().get(0);
        assertThat(follower).isEqualTo(new Subset(List.of("mnist"), 0.0, List.of(), List.of(), 0.1));
        assertThat(RunConfig.load(write(config.toToml()))).isEqualTo(config);
        Blueprint blueprint = Blueprint.of(config);
        Elbo trained = blueprint.elbo(config, config.stages().get(0));
        assertThat(trained.names()).contains("kl/mnist", "kl_joint/mnist").doesNotContain("nll/svhn|mnist");
        assertThat(blueprint.elbo().names()).isEqualTo(trained.names());
    }

    /** Its subset is measured, though it has no part in the ELBO, as the joint KL is from it. */
    @Test
    void theJointPosteriorMayBeThereForTheJointKlAlone() throws IOException {
        String toml = following("weight = 1.0\njoint_kl = 1.0")
                .replaceFirst("(?s)(of = \\[\"mnist\", \"svhn\"]).*?\n\n", "$1\ndecodes = []\ncycles = [\"svhn\"]\n\n")
                .replaceFirst("(?m)^cycle = .*", "cycle = 1.0");
        Elbo measured = Blueprint.of(RunConfig.load(write(toml))).elbo();
        assertThat(measured.names()).contains("kl_joint/mnist").noneMatch(name -> name.contains("|mnist+svhn"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            weight = 0.0, decodes = [] | .0.decodes: expected names of modalities, or a joint_kl or cycles, got []
            weight = 1.0, decodes = [], joint_kl = 1 | .0.weight: expected 0, or left out, as nothing is decoded, got 1.0
            decodes = ["svhn"], joint_kl = 1 | .0.weight: expected a number above 0, got 0.0
            weight = 1.0, joint_kl = -1 | .0.joint_kl: expected 0 or more, got -1.0
            """)
    void whatASubsetIsForMustBeClear(String keys, String message) throws IOException {
        Path file = write(following(keys.replace(", ", "\n")));
        assertThatThrownBy(() -> RunConfig.load(file)).hasMessage(file + ": objective.subset" + message);
    }

    @Test
    void aJointKlNeedsAJointPosterior() throws IOException {
        RunConfig cross = RunConfig.preset("cross");
        assertThatThrownBy(() -> cross.with("objective.subset.2.joint_kl", "1"))
                .hasMessageEndingWith("objective.subset.2.joint_kl: expected 0, as 'of' is all modalities, got 1.0");
        String two = following("weight = 1.0\njoint_kl = 1.0")
                .replaceFirst("(?s)\\[\\[objective.subset]]\nof = \\[\"mnist\", \"svhn\"].*?\n\n", "");
        Path file = write(two);
        assertThatThrownBy(() -> RunConfig.load(file))
                .hasMessageStartingWith(
                        file + ": objective.subset: expected one of all modalities, as another has a joint_kl");
    }

    /** Codes can be swapped between images only where there are such codes and two images. */
    @Test
    void whatCannotBeSwappedIsRefused() {
        RunConfig cross = RunConfig.preset("cross");
        String key = "objective.cycle_private: expected \"prior\", ";
        assertThatThrownBy(() -> cross.with("objective.cycle_private", "swapped"))
                .hasMessage("override objective.cycle_private=swapped: " + key
                        + "as no modality has a private code, got \"swapped\"");
        RunConfig single = cross.with("modality.svhn.private", "4").with("train.batch", "1");
        assertThatThrownBy(() -> single.with("objective.cycle_private", "swapped"))
                .hasMessageEndingWith(key + "as train.batch is 1 and there is no other image, got \"swapped\"");
        assertThat(single.with("train.batch", "2")
                        .with("objective.cycle_private", "swapped")
                        .objective()
                        .cyclePrivate())
                .isEqualTo(CyclePrivate.SWAPPED);
    }

    /** β is a factor of it. */
    @ParameterizedTest
    @ValueSource(strings = {"objective.beta", "stage.elbo.beta"})
    void aJointKlNeedsBeta(String beta) {
        assertThatThrownBy(() -> RunConfig.preset("jmvae").with(beta, "0"))
                .hasMessage(
                        "override " + beta + "=0: objective.subset.1.joint_kl: expected 0, as it is multiplied by beta,"
                                + " which is 0 in all stages (objective.beta, stage.*.beta), got 0.1");
    }

    /** The encoder of a subset that is there for its cycles learns by the cycle term, and by nothing else. */
    @Test
    void anEncoderLearnsOnlyWhereSomethingTeachesIt() throws IOException {
        String toml = following("decodes = []\ncycles = [\"svhn\"]")
                .replaceFirst("(?s)\\[\\[objective.subset]]\nof = \\[\"mnist\", \"svhn\"].*?\n\n", "");
        Path file = write(toml);
        assertThatThrownBy(() -> RunConfig.load(file))
                .hasMessage(file + ": stage.0.learns: expected networks other than encoder.mnist, as nothing in this"
                        + " stage depends on it (no subset of mnist decodes; the cycle weight is 0), got []");
        assertThat(RunConfig.load(write(toml.replaceFirst("(?m)^cycle = .*", "cycle = 1.0")))
                        .stages())
                .hasSize(1);
        Path others = write(toml.replaceFirst("(?m)^learns = .*", "learns = [\"encoder.svhn\", \"decoder\"]"));
        assertThat(RunConfig.load(others).stages()).hasSize(1);
        Path coded = write(toml.replaceFirst("(?m)^private = 0", "private = 2"));
        assertThat(RunConfig.load(coded).stages()).as("its private code").hasSize(1);
    }

    /** It says where a configuration comes from, not what is trained. */
    @Test
    void thePresetsNameAloneMakesNoOtherRun() {
        RunConfig demo = RunConfig.preset("demo");
        RunConfig older = demo.with("preset", "cross");
        assertThat(older.differences(demo)).isEmpty();
        assertThat(older.differences(demo.with("seed", "7")))
                .containsExactly("preset (\"cross\" → \"demo\")", "seed (1 → 7)");
    }

    /** Preset cross, its first subset with those keys. */
    private static String following(String keys) throws IOException {
        return resource("cross")
                .replace("\"cross\"", "\"mine\"")
                .replaceFirst("(?s)(of = \\[\"mnist\"]).*?\n\n", "$1\n" + keys + "\n\n");
    }

    /** Preset cross with a fourth subset of no modalities and those keys. */
    private static String priorSubset(String keys) throws IOException {
        return resource("cross")
                .replace("\"cross\"", "\"mine\"")
                .replace("[train]", "[[objective.subset]]\nof = []\n" + keys + "\n\n[train]")
                .replaceFirst("(?m)^cycle = .*", "cycle = 1.0");
    }

    @Test
    void everyKeyCanBeOverridden() {
        RunConfig config = RunConfig.preset("cross")
                .with("model.latent", "32")
                .with("model.widths", "[8, 16]")
                .with("data.pairing", "lab")
                .with("data.dir", "1")
                .with("objective.beta", "2")
                .with("modality.mnist.channels", "3")
                .with("modality.1.likelihood", "laplace")
                .with("objective.subset.2.weight", "0.5")
                .with("objective.subset.0.decodes", "[\"mnist\"]")
                .with("stage.0.epochs", "3")
                .with("train.precision", "bf16");
        assertThat(config.model()).isEqualTo(new RunConfig.Model(32, List.of(8, 16), 0, 0.0));
        assertThat(config.data().pairing()).isEqualTo(Pairing.LAB);
        assertThat(config.data().dir()).isEqualTo("1");
        assertThat(config.objective().beta()).isEqualTo(2);
        assertThat(config.modalities().get(0).channels()).isEqualTo(3);
        assertThat(config.modalities().get(1).likelihood()).isEqualTo(Likelihood.LAPLACE);
        assertThat(config.objective().subsets().get(2).weight()).isEqualTo(0.5);
        assertThat(config.objective().subsets().get(0).decodes()).containsExactly("mnist");
        assertThat(config.epochs()).isEqualTo(3);
        assertThat(config.train().precision()).isEqualTo(Precision.BF16);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            model.latnet | 32 | unknown key 'latnet' (did you mean 'latent'?); the keys there are initial_log_var, latent, poe_epsilon, widths
            model.latent | many | model.latent: expected a whole number within ±2147483647, got "many"
            model.latent | 0 | model.latent: expected 1 to 8192, got 0
            model | 1 | model: expected a table, got 1
            model.latent.x | 1 | expected a key, got more after a value: "x"
            modality.cifar.size | 1 | expected the name of an element or 0 to 1, got "cifar"
            modality.0 | 1 | expected the key of a value, got a whole table or element
            modality.svhn.private_encoder | ["conv 8"] | modality.1.private_encoder: expected nothing, as private is 0, got [conv 8]
            objective.contrast.group | 1 | objective.contrast.group: expected 2 to 65536, got 1
            objective.subset.0.cycles | ["x"] | objective.subset.0.cycles: expected names among [mnist, svhn], got "x"
            stage.0.cycle | 1 | stage.0.cycle: expected 0 unless the stage decodes and some subset has cycles, got 1.0
            stage.0.learns | ["encoders"] | stage.0.learns: expected names among [encoder.mnist, decoder.mnist, encoder.svhn, decoder.svhn] or what they begin with, got "encoders"
            stage.0.learns | ["private"] | stage.0.learns: expected names among [encoder.mnist, decoder.mnist, encoder.svhn, decoder.svhn] or what they begin with, got "private"
            stage.0.augment | true | stage.0.augment: expected false, as no modality has augment, got true
            stage.0.decode | false | stage.0.decode: expected true, or a contrast above 0 and encoders that learn, got false
            modality.svhn.augment.nois | 1 | unknown key 'nois' (did you mean 'noise'?); the keys there are brightness, channel_jitter, contrast, invert, noise, rotation_degrees, scale, shift_pixels
            modality.svhn.augment | {nois=1} | unknown key 'modality.svhn.augment.nois' (did you mean 'noise'?); the keys there are brightness, channel_jitter, contrast, invert, noise, rotation_degrees, scale, shift_pixels
            modality.svhn.augment.scale | 1 | modality.svhn.augment: augmentation, scale: expected 0 to 0.9, got 1.0
            modality.svhn.perturb | {noise="a"} | modality.svhn.perturb.noise: expected a number, got "a"
            model.initial_log_var | -21 | model.initial_log_var: expected -20 to 20, got -21.0
            model.initial_log_var | nan | model.initial_log_var: expected -20 to 20, got NaN
            objective.cycle_private | posterior | objective.cycle_private: expected "prior" or "swapped", got "posterior"
            stage.0.beta | -1 | stage.0.beta: expected 0 or more, got -1.0
            modality.svhn.train_images | x | modality.1.train_images: expected nothing unless data.kind is sets, got "x"
            """)
    void anOverrideThatCannotBeIsSaidInASentence(String key, String value, String message) {
        RunConfig cross = RunConfig.preset("cross");
        assertThatThrownBy(() -> cross.with(key, value))
                .isInstanceOf(DuetException.class)
                .hasMessage("override " + key + "=" + value + ": " + message);
    }

    @Test
    void augmentationsCanBeGivenKeyByKey() throws IOException {
        RunConfig config = RunConfig.preset("cross")
                .with("modality.svhn.augment.noise", "0.1")
                .with("modality.svhn.augment.scale", "0.2")
                .with("modality.mnist.perturb", "{shift_pixels = 2}");
        assertThat(config.modalities().get(1).augment()).isEqualTo(new AugmentSpec(0, 0.2, 0, 0, 0, 0, 0, 0.1));
        assertThat(config.modalities().get(0).perturb()).isEqualTo(new AugmentSpec(0, 0, 2, 0, 0, 0, 0, 0));
        assertThat(config.modalities().get(0).augment()).isEqualTo(AugmentSpec.NONE);
        assertThat(config.toToml()).containsOnlyOnce("[modality.augment]").containsOnlyOnce("[modality.perturb]");
        assertThat(RunConfig.load(write(config.toToml()))).isEqualTo(config);
        assertThat(RunConfig.preset("cross").differences(config))
                .contains("modality.svhn.augment.noise (0.0 → 0.1)")
                .hasSize(3);
    }

    /** Of the configuration of {@code TrainerTest}: its first stage aligns encoders and decodes nothing. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            modality.handwriting.private_encoder | [] | stage.0.learns: expected networks without private codes (give handwriting a private_encoder), as nothing is decoded, got [encoder]
            stage.align.learns | ["encoder", "private.housenumbers"] | stage.0.learns: expected networks other than private.housenumbers, as nothing is decoded, got [encoder, private.housenumbers]
            stage.align.learns | ["decoder"] | stage.0.decode: expected true, or a contrast above 0 and encoders that learn, got false
            stage.align.contrast | 0 | stage.0.decode: expected true, or a contrast above 0 and encoders that learn, got false
            objective.subset.1.of | ["handwriting", "housenumbers"] | stage.0.contrast: expected 0, or an [[objective.subset]] of housenumbers alone that decodes something, got 5.0
            """)
    void stagesThatTeachNothingAreRefused(String key, String value, String message) throws IOException {
        RunConfig staged = staged();
        assertThatThrownBy(() -> staged.with(key, value))
                .isInstanceOf(DuetException.class)
                .hasMessage("override " + key + "=" + value + ": " + message);
    }

    private RunConfig staged() throws IOException {
        try (var in = RunConfig.class.getResourceAsStream("/dev/duet/train/stages.toml")) {
            return RunConfig.load(write(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
        }
    }

    /** Without a KL of theirs private codes stay as they are. */
    @Test
    void privateCodesMayRestWhileEncodersAlign() throws IOException {
        RunConfig config =
                staged().with("stage.align.beta_private", "0").with("modality.handwriting.private_encoder", "[]");
        assertThat(config.modalities().get(0).privateEncoder()).isEmpty();
    }

    @Test
    void oneModalityHasNothingToContrast() {
        RunConfig cross = RunConfig.preset("cross");
        RunConfig.Objective alone = new RunConfig.Objective(
                1, 1, 0, CrossPrivate.PRIOR, null, null, List.of(Subset.elbo(List.of("mnist"), 1, List.of("mnist"))));
        Stage stage = new Stage("s", 1, 1e-3, Schedule.CONSTANT, null, null, 1.0, null, null, null, null);
        assertThatThrownBy(() -> new RunConfig(
                        "one",
                        1,
                        cross.data(),
                        cross.modalities().subList(0, 1),
                        cross.model(),
                        alone,
                        cross.train(),
                        List.of(stage),
                        null))
                .hasMessage("stage.0.contrast: expected 0, as there is one modality, got 1.0");
    }

    @Test
    void anUnknownPresetIsSaidInASentence() {
        assertThatThrownBy(() -> RunConfig.preset("cros"))
                .isInstanceOf(DuetException.class)
                .hasMessage(
                        "preset: expected one of duet, duet-quick, lab, cross, mvae, mmvae, mopoe, jmvae, mvtcae, demo, got \"cros\" (did you mean 'cross'?)");
    }

    /** Stages' epochs, the total wanted, what they become. */
    @ParameterizedTest
    @CsvSource({
        "20, 5, 5",
        "20, 40, 40",
        "10 5 1, 8, 5 2 1", // shares 5, 2.5, 0.5
        "10 5 1, 3, 1 1 1",
        "10 5 1, 2, 1 1 0", // too few for all: shares 1.25, 0.625, 0.125
        "10 5 1, 1, 1 0 0",
        "10 10, 3, 2 1", // a tie: the earlier
        "100 1, 10, 9 1", // each stage gets one
        "3 0 3, 4, 2 0 2", // what has none gets none
        "1 1 1, 300, 100 100 100"
    })
    void epochsKeepTheStagesShares(String epochs, int total, String expected) {
        RunConfig config = stages(epochs).withEpochs(total);
        assertThat(config.stages().stream().map(stage -> Integer.toString(stage.epochs())))
                .containsExactly(expected.split(" "));
        assertThat(config.epochs()).isEqualTo(total);
    }

    @Test
    void warmUpShrinksWithTheEpochs() {
        RunConfig config = RunConfig.preset("cross").with("objective.warmup_epochs", "5");
        assertThat(config.withEpochs(2).objective().warmupEpochs()).isEqualTo(0.5);
        assertThatThrownBy(() -> config.withEpochs(0)).hasMessage("epochs: expected at least 1, got 0");
    }

    @Test
    void aFileThatIsNoTextIsSaidInASentence() throws IOException {
        Path file = Files.write(folder.resolve("config.toml"), new byte[] {(byte) 0xC3, (byte) 0x28});
        assertThatThrownBy(() -> RunConfig.load(file))
                .hasMessage(file + ": could not read this file: it is not UTF-8 text");
    }

    @Test
    void damagedConfigsOnlyEverGiveDuetExceptions() throws IOException {
        byte[] good = RunConfig.preset("cross").toToml().getBytes(StandardCharsets.UTF_8);
        int refused = Mutations.fuzz(good, folder.resolve("fuzz.toml"), 5, 600, RunConfig::load);
        assertThat(refused).isGreaterThan(200);
    }

    private static RunConfig stages(String epochs) {
        RunConfig cross = RunConfig.preset("cross");
        List<Stage> stages = new ArrayList<>();
        for (String count : epochs.split(" ")) {
            stages.add(Stage.elbo("s" + stages.size(), Integer.parseInt(count), 1e-3, Schedule.COSINE));
        }
        return new RunConfig(
                "cross",
                1,
                cross.data(),
                cross.modalities(),
                cross.model(),
                cross.objective(),
                cross.train(),
                stages,
                null);
    }

    private Path write(String toml) throws IOException {
        return Files.writeString(folder.resolve("config.toml"), toml);
    }

    private static String resource(String preset) throws IOException {
        try (var in = RunConfig.class.getResourceAsStream("presets/" + preset + ".toml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
