package dev.duet.cli;

import dev.duet.run.RunConfig;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where the data lies and what computes; the result of a run does not depend on these. */
final class MachineOptions {
    @Option(names = "--data", paramLabel = "DIR", description = "Folder with mnist/ and svhn/.")
    private Path data;

    @Mixin
    private final DeviceOptions device = new DeviceOptions();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** How the device is to compute in this process. */
    DeviceOptions device() {
        return device;
    }

    /**
     * {@code config} with what the flags say.
     *
     * @throws picocli.CommandLine.ParameterException if a flag's value cannot be that
     */
    RunConfig apply(RunConfig config) {
        return Usage.check(command, () -> {
            RunConfig with = override(config, "data.dir", data);
            with = override(with, "train.device", device.device());
            return override(with, "train.threads", device.threads());
        });
    }

    static RunConfig override(RunConfig config, String key, Object value) {
        return value == null ? config : config.with(key, value.toString());
    }
}
