package dev.duet.profile;

import dev.duet.backend.Activation;
import dev.duet.backend.Backend;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Shards;
import dev.duet.backend.Timeline;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * What the device was measured to do at best, by Duet's own ops, cut into shards as a step is: a yardstick, not the data
 * sheet.
 *
 * @param gflopPerSecond of one large square matrix product, a linear layer's forward pass
 * @param matrixSide rows and columns of its matrices
 * @param gbPerSecond of gathering images: uint8 read, the tensors' type written, both counted
 * @param copiedMegabytes read and written by it
 */
public record Peaks(double gflopPerSecond, int matrixSide, double gbPerSecond, double copiedMegabytes) {
    private static final int SMALLEST_SIDE = 256;
    private static final int LARGEST_SIDE = 4096;

    /** A matrix product that takes longer is large enough. */
    private static final double ENOUGH_MILLIS = 10;

    private static final int REPEATS = 7;

    private static final int IMAGE_SIDE = 32;
    private static final int CHANNELS = 3;

    /** About 125 and 500 MB, beyond the caches; the larger one for devices that do the smaller in less than a millisecond. */
    private static final int[] IMAGES = {8192, 32768};

    /** Takes less than a second on a current CPU; leaves some memory of {@code backend} in use. */
    static Peaks measure(Backend backend) {
        double best = 0;
        int bestSide = 0;
        double millis = 0;
        for (int side = SMALLEST_SIDE; side <= LARGEST_SIDE && millis < ENOUGH_MILLIS; side *= 2) {
            millis = product(backend, side);
            double rate = 2.0 * side * side * side / millis * 1e-6;
            if (rate <= best) continue;
            best = rate;
            bestSide = side;
        }
        Gather gather = new Gather(backend, IMAGES[0]);
        double copyMillis = gather.millis();
        if (copyMillis < 1) {
            gather = new Gather(backend, IMAGES[1]);
            copyMillis = gather.millis();
        }
        return new Peaks(best, bestSide, gather.bytes / copyMillis * 1e-6, gather.bytes * 1e-6);
    }

    /** In the words of a report. */
    String describe() {
        return String.format(
                Locale.ROOT,
                "%,.0f GFLOP/s (linear layer, %d×%d by %d×%d), %,.1f GB/s (gather of uint8 images, %.0f MB read and written)",
                gflopPerSecond,
                matrixSide,
                matrixSide,
                matrixSide,
                matrixSide,
                gbPerSecond,
                copiedMegabytes);
    }

    private static double product(Backend backend, int side) {
        Shape features = Shape.of(side, 1, 1);
        LayerSpec layer = new LayerSpec.Linear(features, features, Activation.NONE);
        ParameterBuffer parameters = backend.parameters(
                List.of(
                        new ParameterSpec("peak.weight", layer, ParameterSpec.Role.WEIGHT),
                        new ParameterSpec("peak.bias", layer, ParameterSpec.Role.BIAS)),
                0);
        parameters.write(ParameterBuffer.Slot.VALUE, 0, pattern(side * side));
        parameters.refresh();
        int shards = backend.shards(side);
        return fastest(backend, "peak of products", side, s -> {
            int rows = Shards.rows(side, shards, s);
            Variable x = backend.variable("peak.x", Shape.of(rows, side), false);
            backend.write(x.value(), pattern(rows * side));
            Variable y = backend.variable("peak.y", Shape.of(rows, side), false);
            return backend.layer(layer, x, parameters.variable(0, 0), parameters.variable(1, 0), y);
        });
    }

    /** Values in [−1, 1] that are not all alike. */
    static float[] pattern(int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) values[i] = (i % 251 - 125) / 125f;
        return values;
    }

    private static final class Gather {
        private final Backend backend;
        private final int count;
        private final Images images;
        private final Indices indices;
        private long bytes;

        Gather(Backend backend, int count) {
            this.backend = backend;
            this.count = count;
            int imageBytes = IMAGE_SIDE * IMAGE_SIDE * CHANNELS;
            images = backend.images(
                    ByteBuffer.allocateDirect(count * imageBytes), count, IMAGE_SIDE, IMAGE_SIDE, CHANNELS);
            indices = backend.indices(count);
            int[] all = new int[count];
            for (int i = 0; i < count; i++) all[i] = i;
            indices.write(all, 0, count);
        }

        double millis() {
            return fastest(backend, "peak of copying", count, this::op);
        }

        private Op op(int shard) {
            int shards = backend.shards(count);
            int rows = Shards.rows(count, shards, shard);
            Tensor x = backend.tensor("peak.images", Shape.of(rows, CHANNELS, IMAGE_SIDE, IMAGE_SIDE));
            bytes += x.shape().size() + x.bytes();
            return backend.gather(images, indices, Shards.first(count, shards, shard), x);
        }
    }

    /** Milliseconds of the forward passes of all shards' ops together, the fastest of several runs. */
    private static double fastest(Backend backend, String name, int batch, IntFunction<Op> opOfShard) {
        Op[] ops = new Op[backend.shards(batch)];
        for (int s = 0; s < ops.length; s++) ops[s] = opOfShard.apply(s);
        Runnable program = backend.program(name, () -> backend.forEachShard(ops.length, s -> ops[s].forward()));
        Timeline timeline = backend.timeline(2);
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < REPEATS; i++) {
            timeline.mark(0);
            program.run();
            timeline.mark(1);
            best = Math.min(best, timeline.nanos(0, 1));
        }
        return best * 1e-6;
    }
}
