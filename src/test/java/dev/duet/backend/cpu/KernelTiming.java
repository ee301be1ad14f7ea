package dev.duet.backend.cpu;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LayerSpec.Conv2d;
import dev.duet.backend.LayerSpec.ConvTranspose2d;
import dev.duet.backend.LayerSpec.Linear;
import dev.duet.backend.cpu.ConvolutionPlan.Epilogue;
import dev.duet.tensor.Shape;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;

/**
 * Times each product of the lab's step alone, on one thread, and prints its share of this machine's peak. Arguments: instruction
 * set, rows, repetitions. To be run by hand, on a quiet machine, with OMP_NUM_THREADS=1 for oneDNN's rate on one thread.
 */
public final class KernelTiming {
    /** Sets of buffers that calls use in turn: in a step, too, other products run before a product meets its buffers again. */
    private static final int SETS = 4;

    private final CpuMemory memory = new CpuMemory();
    private final Plans plans = new Plans(memory);
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final int rows;
    private final int repetitions;

    /** Element type of images' features, see {@link #typeOf}. */
    private int type;

    private double peak; // GFLOP/s

    private KernelTiming(int rows, int repetitions) {
        this.rows = rows;
        this.repetitions = repetitions;
    }

    public static void main(String[] args) {
        Isa isa = Isa.chosen(args[0]);
        CpuKernels.selectIsa(isa.code);
        KernelTiming timing = new KernelTiming(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        print("%s, %d rows; oneDNN's sgemm %.1f GFLOP/s%n", isa.label(), timing.rows, LabStepTiming.sgemmRate());
        timing.run("float32", CpuKernels.FLOAT32);
        timing.run("bfloat16", CpuKernels.BFLOAT16);
        timing.memory.close();
    }

    private void run(String name, int elementType) {
        type = elementType;
        peak = peak();
        print("%n%s, peak %.1f GFLOP/s%n%n", name, peak);
        print("| product | min, µs | median, µs | GFLOP/s | share of peak |%n|---|---|---|---|---|%n");
        for (int channels : new int[] {1, 3}) time(new Conv2d(channels, 32, 4, 2, 1, Activation.RELU), 32);
        time(new Conv2d(32, 64, 4, 2, 1, Activation.RELU), 16);
        time(new Conv2d(64, 128, 4, 2, 1, Activation.RELU), 8);
        time(new Linear(Shape.of(128, 4, 4), Shape.of(128, 1, 1), Activation.NONE), 4);
        time(new Linear(Shape.of(64, 1, 1), Shape.of(128, 4, 4), Activation.NONE), 1);
        time(new ConvTranspose2d(128, 64, 4, 2, 1, Activation.RELU), 4);
        time(new ConvTranspose2d(64, 32, 4, 2, 1, Activation.RELU), 8);
        for (int channels : new int[] {1, 3}) time(new ConvTranspose2d(32, channels, 4, 2, 1, Activation.NONE), 16);
        print("| peak afterwards | | | %.1f | %.1f %% |%n", peak(), 100 * peak() / peak);
    }

    /** The best of 20, in GFLOP/s. */
    private double peak() {
        double best = 0;
        for (int i = 0; i < 20; i++) {
            long start = threads.getCurrentThreadCpuTime();
            long flops = CpuKernels.peak(type, 100_000);
            best = Math.max(best, (double) flops / (threads.getCurrentThreadCpuTime() - start));
        }
        return best;
    }

    /** One layer's products in its forward and backward pass, {@code size} pixels on a side. */
    private void time(LayerSpec spec, int size) {
        Shape in = spec instanceof Linear linear
                ? linear.in()
                : Shape.of(spec.weightShape().get(spec instanceof Conv2d ? 1 : 0), size, size);
        Shape out = spec instanceof Linear linear ? linear.out() : spec.output(in);
        String name = String.format(Locale.ROOT, "%s %s → %s", spec.getClass().getSimpleName(), text(in), text(out));
        LayerPlans all = LayerPlans.of(spec, in);
        boolean down = !(spec instanceof ConvTranspose2d);
        double flops =
                2.0 * rows * (spec instanceof Linear ? (long) in.size() * out.size() : products(Geometry.of(spec, in)));
        long[] x = buffers((long) rows * in.size());
        long[] y = buffers((long) rows * Math.max(out.size(), 64 * 1024 / rows));
        long[] weights = buffers(spec.weightShape().size());
        long[] dWeights = buffers(spec.weightShape().size());
        long bias = buffer(out.size());
        long below = buffer(in.size());
        boolean output = down || out.get(0) >= 8;
        long forward = plans.address(down ? all.down() : all.up());
        if (output) {
            report(
                    name + ", y",
                    flops,
                    i -> CpuKernels.convolve(
                            forward,
                            Epilogue.BIAS_RELU.code,
                            typeOf(in),
                            x[i],
                            weights[i],
                            bias,
                            0,
                            typeOf(out),
                            y[i],
                            0,
                            rows));
        } else {
            reportContributions(name, Geometry.of(spec, in), flops, x, weights, y[0]);
        }
        int fine = down ? typeOf(in) : typeOf(out);
        int coarse = down ? typeOf(out) : typeOf(in);
        long scratch = buffer((in.size() + out.size()) * 130L);
        long weightPlan = plans.address(all.weights());
        report(
                name + ", dW",
                flops,
                i -> CpuKernels.convolveWeights(
                        weightPlan, fine, down ? x[i] : y[i], coarse, down ? y[i] : x[i], dWeights[i], rows, scratch));
        if (in.get(0) < 8) return;
        long[] dx = buffers((long) rows * in.size());
        long backward = plans.address(down ? all.up() : all.down());
        report(
                name + ", dx",
                flops,
                i -> CpuKernels.convolve(
                        backward,
                        Epilogue.GATE_SUM.code,
                        typeOf(out),
                        y[i],
                        weights[i],
                        0,
                        x[i],
                        typeOf(in),
                        dx[i],
                        below,
                        rows));
    }

    /** The output layer: each pixel's products, image by image, into memory that stays in the cache. */
    private void reportContributions(String name, Geometry g, double flops, long[] x, long[] weights, long products) {
        int pixels = g.coarse().get(1) * g.coarse().get(2);
        Shape contributions = Shape.of(g.taps() * g.fineChannels(), 1, 1);
        long plan = plans.address(ConvolutionPlan.linear(Shape.of(g.coarseChannels(), 1, 1), contributions));
        long image = (long) g.coarse().size() * (typeOf(g.coarse()) == CpuKernels.BFLOAT16 ? 2 : 4);
        report(name + ", y", flops, i -> {
            for (int row = 0; row < rows; row++) {
                CpuKernels.convolve(
                        plan,
                        Epilogue.PLAIN.code,
                        typeOf(g.coarse()),
                        x[i] + row * image,
                        weights[i],
                        0,
                        0,
                        CpuKernels.FLOAT32,
                        products,
                        0,
                        pixels);
            }
        });
    }

    /** As in the step: only features of images are bfloat16. */
    private int typeOf(Shape shape) {
        return shape.get(0) >= 8 && shape.get(1) > 1 ? type : CpuKernels.FLOAT32;
    }

    /** Multiply-adds of one image, padding not counted. */
    private static long products(Geometry g) {
        long meetings = 0;
        for (int i = 0; i < g.coarse().get(1); i++) {
            for (int j = 0; j < g.coarse().get(2); j++) {
                meetings += (long) (g.endTap(i, g.fine().get(1)) - g.firstTap(i))
                        * (g.endTap(j, g.fine().get(2)) - g.firstTap(j));
            }
        }
        return meetings * g.fineChannels() * g.coarseChannels();
    }

    private long[] buffers(long size) {
        long[] addresses = new long[SETS];
        Arrays.setAll(addresses, i -> buffer(size));
        return addresses;
    }

    /** Memory for as many float32, zeroed: the units' speed does not depend on values. */
    private long buffer(long size) {
        return plans.scratch(size);
    }

    private interface Product {
        void run(int set);
    }

    /** In this thread's CPU time, which other processes disturb least. */
    private void report(String name, double flops, Product product) {
        double[] micros = new double[repetitions];
        for (int i = -SETS; i < repetitions; i++) {
            long start = threads.getCurrentThreadCpuTime();
            product.run(Math.floorMod(i, SETS));
            if (i >= 0) micros[i] = (threads.getCurrentThreadCpuTime() - start) * 1e-3;
        }
        Arrays.sort(micros);
        double rate = flops / micros[0] * 1e-3;
        print(
                "| %s | %.0f | %.0f | %.1f | %.0f %% |%n",
                name, micros[0], micros[repetitions / 2], rate, 100 * rate / peak);
    }

    private static String text(Shape shape) {
        return shape.get(1) == 1 ? "" + shape.get(0) : shape.get(0) + "×" + shape.get(1) + "×" + shape.get(2);
    }

    private static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format, values);
    }
}
