package dev.duet.profile;

import dev.duet.backend.Activation;
import dev.duet.backend.Backend;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Shards;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The rate of a backend's matrix products, the yardstick of its training step: the best of square linear layers n → n on n
 * rows, n doubling from 256, the bias included. Random numbers, as products of zeros draw less power and may run faster.
 *
 * @param side n of the fastest
 */
public record MatrixPeak(double flopPerSecond, int side) {
    private static final int SMALLEST = 256;
    private static final int LARGEST = 8192;
    /** No larger product once one takes this long: it fills the device. */
    private static final double LONG_ENOUGH_NANOS = 2e6;
    /** Time for the products of one size, after the first. */
    private static final double MEASURED_NANOS = 2e8;

    private static final int MOST_RUNS = 200;

    /** Takes less than a second on a current CPU; {@code backend} keeps the memory until it is closed. */
    public static MatrixPeak measure(Backend backend) {
        MatrixPeak best = new MatrixPeak(0, 0);
        for (int n = SMALLEST; n <= LARGEST; n *= 2) {
            double nanos = nanos(backend, n);
            double rate = 2.0 * n * n * n / nanos * 1e9;
            if (rate > best.flopPerSecond) best = new MatrixPeak(rate, n);
            if (nanos > LONG_ENOUGH_NANOS) break;
        }
        return best;
    }

    /** Of one product: the shortest of three means. */
    private static double nanos(Backend backend, int n) {
        // four pixels to an image: a tensor of images has the type in which the backend keeps activations
        Shape image = Shape.of(n / 4, 2, 2);
        LayerSpec.Linear layer = new LayerSpec.Linear(image, image, Activation.NONE);
        ParameterBuffer parameters = parameters(backend, layer);
        int shards = backend.shards(n);
        Op[] products = new Op[shards];
        for (int s = 0; s < shards; s++) {
            Shape batch = image.batched(Shards.rows(n, shards, s));
            Variable x = backend.variable("x", batch, false); // (B, n/4, 2, 2)
            Variable y = backend.variable("y", batch, false);
            backend.write(x.value(), random(batch.size()));
            products[s] = backend.layer(layer, x, parameters.variable(0, s), parameters.variable(1, s), y);
        }
        Tensor mark = backend.tensor("mark", Shape.of(1));
        IntConsumer product = s -> products[s].forward();
        Runnable program = backend.program("product of " + n, () -> backend.forEachShard(shards, product));
        double once = time(backend, mark, program, 1);
        once = Math.min(once, time(backend, mark, program, 1));
        int runs = (int) Math.max(1, Math.min(MOST_RUNS, MEASURED_NANOS / 3 / once));
        double best = once;
        for (int i = 0; i < 3; i++) best = Math.min(best, time(backend, mark, program, runs));
        return best;
    }

    private static ParameterBuffer parameters(Backend backend, LayerSpec.Linear layer) {
        List<ParameterSpec> specs = List.of(
                new ParameterSpec("weight", layer, ParameterSpec.Role.WEIGHT),
                new ParameterSpec("bias", layer, ParameterSpec.Role.BIAS));
        ParameterBuffer parameters = backend.parameters(specs, 0);
        for (int i = 0; i < specs.size(); i++)
            parameters.write(
                    ParameterBuffer.Slot.VALUE, i, random(specs.get(i).shape().size()));
        parameters.refresh();
        return parameters;
    }

    /** Standard normals that repeat with a prime period, so that no two rows are equal. */
    static float[] random(int size) {
        float[] period = new float[65_521];
        for (int i = 0; i < period.length; i++) period[i] = (float) Philox.normal(1, Philox.Stream.SYNTHETIC, 0, i);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) values[i] = period[i % period.length];
        return values;
    }

    /** Nanoseconds of one run, the mean over {@code runs}. */
    private static double time(Backend backend, Tensor mark, Runnable program, int runs) {
        float[] seen = new float[1];
        backend.read(mark, seen); // waits for what was given to the device before
        long began = System.nanoTime();
        for (int i = 0; i < runs; i++) program.run();
        backend.read(mark, seen);
        return (double) (System.nanoTime() - began) / runs;
    }
}
