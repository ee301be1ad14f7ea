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
 */
public final class MatrixPeak {
    private static final int SMALLEST = 256;
    private static final int LARGEST = 8192;
    /** No larger product once one takes this long: it fills the device. */
    private static final double LONG_ENOUGH_NANOS = 2e6;
    /** Time for the products of one size, after the first. */
    private static final double MEASURED_NANOS = 2e8;

    private static final int MOST_RUNS = 200;

    private final double flopPerSecond;
    private final Product fastest;

    private MatrixPeak(double flopPerSecond, Product fastest) {
        this.flopPerSecond = flopPerSecond;
        this.fastest = fastest;
    }

    /** Takes less than a second on a current CPU; {@code backend} keeps the memory until it is closed. */
    public static MatrixPeak measure(Backend backend) {
        MatrixPeak best = null;
        for (int n = SMALLEST; n <= LARGEST; n *= 2) {
            Product product = new Product(backend, n);
            double nanos = product.nanos();
            double rate = product.flop() / nanos * 1e9;
            if (best == null || rate > best.flopPerSecond) best = new MatrixPeak(rate, product);
            if (nanos > LONG_ENOUGH_NANOS) break;
        }
        return best;
    }

    /** As found. */
    public double flopPerSecond() {
        return flopPerSecond;
    }

    /** Rows and columns of the fastest. */
    public int side() {
        return fastest.side;
    }

    /** FLOP/s of the fastest as the device does it now, which other processes and heat may slow; takes a quarter of a second. */
    public double again() {
        return fastest.flop() / fastest.nanos() * 1e9;
    }

    /** A linear layer n → n on n rows, shard by shard as a step is. */
    private static final class Product {
        private final Backend backend;
        private final int side;
        private final Tensor mark; // reading it waits for the device
        private final Runnable program;

        Product(Backend backend, int n) {
            this.backend = backend;
            side = n;
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
            mark = backend.tensor("mark", Shape.of(1));
            IntConsumer product = s -> products[s].forward();
            program = backend.program("product of " + n, () -> backend.forEachShard(shards, product));
        }

        double flop() {
            return 2.0 * side * side * side;
        }

        /** Of one product: the shortest of three means. */
        double nanos() {
            double once = Math.min(nanos(1), nanos(1));
            int runs = (int) Math.max(1, Math.min(MOST_RUNS, MEASURED_NANOS / 3 / once));
            double best = once;
            for (int i = 0; i < 3; i++) best = Math.min(best, nanos(runs));
            return best;
        }

        /** The mean over {@code runs}. */
        private double nanos(int runs) {
            float[] seen = new float[1];
            backend.read(mark, seen); // waits for what was given to the device before
            long began = System.nanoTime();
            for (int i = 0; i < runs; i++) program.run();
            backend.read(mark, seen);
            return (double) (System.nanoTime() - began) / runs;
        }
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
}
