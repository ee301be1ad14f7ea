package dev.duet.cli;

import dev.duet.profile.StepBench;
import dev.duet.run.RunConfig;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * One case of {@code duet bench}.
 *
 * @param device what computed
 * @param precision of its matrix products
 * @param batch pairs per step
 * @param firstMillis from asking for the device to the end of the first step
 * @param peak of the device's matrix products, FLOP/s
 * @param memory most that the process has had resident so far, bytes
 * @param deviceMemory of the device, in use at the end; 0 where it is the host's
 */
record BenchLine(
        RunConfig config,
        String device,
        String precision,
        int batch,
        StepBench.Result result,
        double firstMillis,
        double peak,
        long memory,
        long deviceMemory) {
    static final String HEADER = " batch precision    ms (median    p10    p90)    pairs/s   GFLOP/s of peak"
            + "   first ms       memory    of device  device";

    String toText() {
        return String.format(
                Locale.ROOT,
                "%6d %-9s %13.3f %6.3f %6.3f %11.0f %9.1f %6.1f%% %10.0f %12s %12s  %s",
                batch,
                precision,
                result.medianMillis(),
                result.p10Millis(),
                result.p90Millis(),
                pairsPerSecond(),
                rate() * 1e-9,
                100 * rate() / peak,
                firstMillis,
                Format.bytes(memory),
                deviceMemory == 0 ? "–" : Format.bytes(deviceMemory),
                device);
    }

    String toJson() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("preset", config.preset());
        values.put("batch", batch);
        values.put("precision", precision);
        values.put("device", device);
        values.put("threads", threads());
        values.put("steps", result.steps());
        values.put("median_ms", rounded(result.medianMillis()));
        values.put("p10_ms", rounded(result.p10Millis()));
        values.put("p90_ms", rounded(result.p90Millis()));
        values.put("pairs_per_s", rounded(pairsPerSecond()));
        values.put("gflop_per_step", rounded(result.flopsPerStep() * 1e-9));
        values.put("gflops", rounded(rate() * 1e-9));
        values.put("peak_gflops", rounded(peak * 1e-9));
        values.put("share_of_peak", rounded(rate() / peak));
        values.put("first_step_ms", rounded(firstMillis));
        values.put("peak_rss_bytes", memory);
        values.put("device_bytes", deviceMemory);
        values.put("loss", rounded(result.loss()));
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
        int threads = config.train().threads();
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }

    private static double rounded(double value) {
        return Math.round(value * 1e4) / 1e4;
    }
}
