package dev.duet.cli;

import dev.duet.run.RunConfig;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where the data lies and what computes; the result of a run does not depend on these. */
final class MachineOptions {
    @Option(names = "--data", paramLabel = "DIR", description = "Folder with mnist/ and svhn/.")
    private Path data;

    @Option(names = "--device", paramLabel = "D", description = "auto or cpu.")
    private String device;

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads; 0 takes all cores.")
    private Integer threads;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /**
     * {@code config} with what the flags say.
     *
     * @throws picocli.CommandLine.ParameterException if a flag's value cannot be that
     */
    RunConfig apply(RunConfig config) {
        return Usage.check(command, () -> {
            RunConfig with = override(config, "data.dir", data);
            with = override(with, "train.device", device);
            return override(with, "train.threads", threads);
        });
    }

    static RunConfig override(RunConfig config, String key, Object value) {
        return value == null ? config : config.with(key, value.toString());
    }
}
