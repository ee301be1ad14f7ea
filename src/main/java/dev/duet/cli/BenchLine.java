package dev.duet.cli;

import dev.duet.BuildInfo;
import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.profile.StepBench;
import dev.duet.run.RunConfig;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * One case of {@code duet bench}.
 *
 * @param backend what computed, still open
 * @param batch pairs per step
 * @param images resident per modality
 * @param firstMillis from asking for the device to the end of the case's first step
 * @param startMillis from the start of the process to the end of its first step
 * @param memory most that the process had resident during the case, bytes
 * @param load of the machine while steps were timed
 */
record BenchLine(
        RunConfig config,
        Backend backend,
        int batch,
        int images,
        StepBench.Result result,
        double firstMillis,
        long startMillis,
        long memory,
        MachineLoad.Found load,
        Machine machine) {
    static final String HEADER = " batch precision threads    ms (median    p10    p90)    pairs/s   GFLOP/s   of peak"
            + " (peak from      to)   first ms       memory    of device  others";
    static final String FOOTER =
            "peak: the device's matrix products, four times among the steps; others: processors that"
                    + " other processes took meanwhile";

    String toText() {
        return String.format(
                Locale.ROOT,
                "%6d %-9s %7d %13.3f %6.3f %6.3f %11.0f %9.1f %7.1f %% %11.1f %7.1f %10.0f %12s %12s %7.2f",
                batch,
                backend.precision(),
                threads(),
                result.medianMillis(),
                result.p10Millis(),
                result.p90Millis(),
                pairsPerSecond(),
                rate() * 1e-9,
                100 * rate() / result.peak(),
                result.lowestPeak() * 1e-9,
                result.highestPeak() * 1e-9,
                firstMillis,
                Format.bytes(memory),
                backend.deviceBytes() == 0 ? "–" : Format.bytes(backend.deviceBytes()),
                load.othersCores());
    }

    /** What {@code --json} prints; what Linux does not say of the load is null. */
    String toJson() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("preset", config.preset());
        values.put("batch", batch);
        values.put("precision", backend.precision());
        values.put("device", backend.describe());
        values.put("isa", backend instanceof CpuBackend cpu ? cpu.isa().label() : null);
        values.put("threads", threads());
        values.put("shards", backend.shards(batch));
        values.put("latent", config.model().latent());
        values.put("images", images);
        values.put("steps", result.steps());
        values.put("median_ms", rounded(result.medianMillis()));
        values.put("p10_ms", rounded(result.p10Millis()));
        values.put("p90_ms", rounded(result.p90Millis()));
        values.put("pairs_per_s", rounded(pairsPerSecond()));
        values.put("gflop_per_step", rounded(result.flopsPerStep() * 1e-9));
        values.put("gflops", rounded(rate() * 1e-9));
        values.put("peak_gflops", rounded(result.peak() * 1e-9));
        values.put("lowest_peak_gflops", rounded(result.lowestPeak() * 1e-9));
        values.put("highest_peak_gflops", rounded(result.highestPeak() * 1e-9));
        values.put("share_of_peak", rounded(rate() / result.peak()));
        values.put("first_step_ms", rounded(firstMillis));
        values.put("start_to_first_step_ms", startMillis);
        values.put("peak_rss_bytes", memory);
        values.put("device_bytes", backend.deviceBytes());
        values.put("loss", rounded(result.loss()));
        values.put("load_average", rounded(load.average()));
        values.put("others_cores", rounded(load.othersCores()));
        values.put("cpu", machine.cpu());
        values.put("cores", machine.processors());
        values.put("allowed_cores", machine.allowedProcessors());
        values.put("duet", BuildInfo.current().version());
        values.put("commit", BuildInfo.current().commit());
        return JsonMapper.builder().build().writeValueAsString(values);
    }

    /** FLOP/s. */
    private double rate() {
        return result.flopsPerStep() / result.medianMillis() * 1e3;
    }

    private double pairsPerSecond() {
        return batch / result.medianMillis() * 1e3;
    }

    private int threads() {
        return Backends.threads(config.train());
    }

    /** To four decimals; null for a number that there is none of. */
    private static Double rounded(double value) {
        return Double.isNaN(value) ? null : (Double) (Math.round(value * 1e4) / 1e4);
    }
}
