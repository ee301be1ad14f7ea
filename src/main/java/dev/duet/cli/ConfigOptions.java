package dev.duet.cli;

import dev.duet.run.RunConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that make a configuration: a preset or a file, then what the flags override. */
final class ConfigOptions {
    /** Differing keys that a refusal names, at most. */
    private static final int MAX_SHOWN = 5;

    /** What to say of {@code --precision}. */
    static final String PRECISION = "fp32, bf16, auto, or on GPUs tf32; auto is fp32 on the CPU, tf32 on GPUs.";

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description =
                    "Start from preset duet, made for translation, or duet-quick, the same in fewer epochs; from lab or"
                            + " cross; or from a published objective: mvae, mmvae, mopoe, jmvae, mvtcae (default:"
                            + " duet).")
    private String preset;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Start from a TOML file, such as a run's config.toml.")
    private Path file;

    @Mixin
    private MachineOptions machine;

    @Option(names = "--epochs", paramLabel = "N", description = "Epochs in all; every stage keeps its share.")
    private Integer epochs;

    @Option(names = "--batch", paramLabel = "N", description = "Pairs per step.")
    private Integer batch;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of everything random.")
    private Long seed;

    @Option(names = "--learning-rate", paramLabel = "R", description = "Adam's step size, in every stage.")
    private Double learningRate;

    @Option(names = "--latent", paramLabel = "Z", description = "Dimensions of the shared code.")
    private Integer latent;

    @Option(names = "--beta", paramLabel = "B", description = "Weight of the KL term.")
    private Double beta;

    @Option(names = "--mnist-channels", paramLabel = "C", description = "Channels of MNIST: 1 or 3.")
    private Integer mnistChannels;

    @Option(names = "--mnist-size", paramLabel = "N", description = "Side of MNIST's images: 28 or 32 pixels.")
    private Integer mnistSize;

    @Option(names = "--precision", paramLabel = "P", description = PRECISION)
    private String precision;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any key of the configuration, such as --set model.widths=[16,32,64]; repeatable.")
    private Map<String, String> set = new LinkedHashMap<>();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** Whether anything but the machine's own options (--data, --device, --threads) is given. */
    boolean changesTheRun() {
        Object[] options = {
            preset, file, epochs, batch, seed, learningRate, latent, beta, mnistChannels, mnistSize, precision
        };
        for (Object option : options) if (option != null) return true;
        return !set.isEmpty();
    }

    /** How the device is to compute in this process. */
    DeviceOptions device() {
        return machine.device();
    }

    /**
     * The configuration that the options describe.
     *
     * @throws ParameterException if a flag's value cannot be that
     * @throws dev.duet.DuetException if the file is not there or wrong
     */
    RunConfig config() {
        return apply(file != null ? RunConfig.load(file) : preset());
    }

    private RunConfig preset() {
        return Usage.check(command, () -> RunConfig.preset(preset == null ? "duet" : preset));
    }

    /** {@code base} with the flags' values. */
    private RunConfig apply(RunConfig base) {
        return Usage.check(command, () -> {
            RunConfig config = machine.apply(applyFlags(base));
            if (config.train().precision() != base.train().precision())
                Backends.requirePrecision(config.train(), device());
            return config;
        });
    }

    private RunConfig applyFlags(RunConfig base) {
        RunConfig config = MachineOptions.override(base, "train.batch", batch);
        config = MachineOptions.override(config, "seed", seed);
        config = MachineOptions.override(config, "model.latent", latent);
        config = MachineOptions.override(config, "objective.beta", beta);
        config = MachineOptions.override(config, "modality.mnist.channels", mnistChannels);
        config = MachineOptions.override(config, "modality.mnist.size", mnistSize);
        config = MachineOptions.override(config, "train.precision", precision);
        for (int i = 0; i < config.stages().size(); i++)
            config = MachineOptions.override(config, "stage." + i + ".learning_rate", learningRate);
        for (Map.Entry<String, String> entry : set.entrySet()) config = config.with(entry.getKey(), entry.getValue());
        return epochs == null ? config : config.withEpochs(epochs);
    }

    /**
     * The configuration of a run that goes on: its own, with the machine's options. Flags that say what it says already are
     * welcome, so that a script may add {@code --resume} to the line that started the run.
     *
     * @throws ParameterException naming the keys for which the flags say something else
     */
    RunConfig resumed(RunConfig stored) {
        if (changesTheRun()) {
            List<String> differences = stored.differences(config());
            // without --preset or --config, flags may also be meant on top of what the run has
            if (!differences.isEmpty() && preset == null && file == null)
                differences = stored.differences(apply(stored));
            if (!differences.isEmpty()) throw otherRun(differences);
        }
        return machine.apply(stored);
    }

    private ParameterException otherRun(List<String> differences) {
        int shown = Math.min(differences.size(), MAX_SHOWN);
        String more = shown == differences.size() ? "" : " and " + (differences.size() - shown) + " more";
        return new ParameterException(
                command.commandLine(),
                "--resume goes on with the run's own config.toml, but the flags would change (stored → given) "
                        + String.join(", ", differences.subList(0, shown)) + more
                        + "; leave those flags out, or train anew with another --out");
    }
}
