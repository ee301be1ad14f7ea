package dev.duet.backend.cpu;

import dev.duet.backend.cpu.CpuBackend.Precision;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Times the lab's step, gathering, noise and Adam included. Arguments: batch, steps, threads, shards (0: the backend's own),
 * precision (fp32 or bf16), and "profile" for a table per op. To be run by hand, on a quiet machine, beside the libtorch peer. It also prints
 * the machine's matrix product rate, by oneDNN on all cores: the yardstick.
 */
public final class LabStepTiming {
    private LabStepTiming() {}

    public static void main(String[] args) {
        int batch = Integer.parseInt(args[0]);
        int steps = Integer.parseInt(args[1]);
        long jvmStart =
                java.lang.management.ManagementFactory.getRuntimeMXBean().getStartTime();
        Precision precision = Precision.valueOf(args[4].toUpperCase(Locale.ROOT));
        try (CpuBackend backend = new CpuBackend(Integer.parseInt(args[2]), precision)) {
            int shards = Integer.parseInt(args[3]) == 0 ? backend.shards(batch) : Integer.parseInt(args[3]);
            LabStep step = new LabStep(backend, 32, 64, batch, shards);
            double[] millis = new double[steps];
            for (int i = -5; i < steps; i++) {
                long start = System.nanoTime();
                step.run(i + 5);
                if (i >= 0) millis[i] = (System.nanoTime() - start) * 1e-6;
                if (i == -5) print("first step after %d ms%n", System.currentTimeMillis() - jvmStart);
            }
            Arrays.sort(millis);
            double median = millis[steps / 2];
            print(
                    "duet %s batch=%d shards=%d min_ms=%.2f p25_ms=%.2f median_ms=%.2f pairs_per_s=%.1f loss=%.3f%n",
                    backend.describe(),
                    batch,
                    shards,
                    millis[0],
                    millis[steps / 4],
                    median,
                    batch * 1000 / median,
                    step.loss());
            print("sgemm %.1f GFLOP/s%n", sgemmRate());
            if (args.length > 5) {
                Map<String, Double> profile = step.profile(30);
                profile.forEach((op, ms) -> print("%-18s %8.3f ms%n", op, ms));
                print(
                        "sum %.2f ms%n",
                        profile.values().stream().mapToDouble(ms -> ms).sum());
            }
        }
    }

    /** Of 1024 × 1024 matrices, the best of 20, in GFLOP/s. */
    static double sgemmRate() {
        int n = 1024;
        float[] a = new float[n * n];
        Arrays.fill(a, 0.5f);
        try (FloatPointer left = new FloatPointer(a);
                FloatPointer right = new FloatPointer(a);
                FloatPointer product = new FloatPointer(a)) {
            long best = Long.MAX_VALUE;
            for (int i = 0; i < 20; i++) {
                long start = System.nanoTime();
                dnnl.dnnl_sgemm((byte) 'N', (byte) 'N', n, n, n, 1, left, n, right, n, 0, product, n);
                best = Math.min(best, System.nanoTime() - start);
            }
            return 2.0 * n * n * n / best;
        }
    }

    private static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format, values);
    }
}
