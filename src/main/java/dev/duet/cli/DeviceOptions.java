package dev.duet.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which device computes, and how; the options of every command that opens one. All but the first are of this process alone. */
final class DeviceOptions {
    @Option(
            names = "--device",
            paramLabel = "D",
            description = "auto, cpu, cuda or cuda:N; auto takes the GPU if it can be used, else the CPU.")
    private String device;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description =
                    "Worker threads of the CPU; 0, the default, takes one per processor that this process may use."
                            + " Reading and preparing data takes all of them in any case.")
    private Integer threads;

    @Option(
            names = "--cuda-home",
            paramLabel = "DIR",
            description = "Folder with CUDA's libraries: a toolkit, site-packages, or the files themselves.")
    private Path cudaHome;

    @Option(
            names = "--fast",
            description = "GPU: take the fastest algorithms, even if sums then differ from run to run.")
    private boolean fast;

    @Option(names = "--sync", description = "GPU: wait after each op, so that a fault names its op; slow.")
    private boolean sync;

    @Option(
            names = "--no-graphs",
            description =
                    "GPU: run each step op by op instead of as one recorded graph, so that profilers see the ops.")
    private boolean noGraphs;

    @Option(
            names = "--no-branches",
            description = "GPU: run a step's independent parts one after another instead of side by side.")
    private boolean noBranches;

    /** As in a configuration; null to leave what it says. */
    String device() {
        return device;
    }

    /** Worker threads; null to leave what the configuration says. */
    Integer threads() {
        return threads;
    }

    /** Null to look in the usual places. */
    Path cudaHome() {
        return cudaHome;
    }

    boolean fast() {
        return fast;
    }

    boolean sync() {
        return sync;
    }

    boolean graphs() {
        return !noGraphs;
    }

    boolean branches() {
        return !noBranches;
    }
}
