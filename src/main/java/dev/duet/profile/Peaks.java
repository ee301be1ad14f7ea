package dev.duet.profile;

import dev.duet.backend.Backend;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.Op;
import dev.duet.backend.Shards;
import dev.duet.backend.Timeline;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * What the device was measured to do at best, by Duet's own ops, cut into shards as a step is: a yardstick, not the data
 * sheet.
 *
 * @param gflopPerSecond of the fastest square matrix product, see {@link MatrixPeak}
 * @param matrixSide rows and columns of its matrices
 * @param gbPerSecond of gathering images: uint8 read, the tensors' type written, both counted
 * @param copiedMegabytes read and written by it
 */
public record Peaks(double gflopPerSecond, int matrixSide, double gbPerSecond, double copiedMegabytes) {
    private static final int REPEATS = 7;

    private static final int IMAGE_SIDE = 32;
    private static final int CHANNELS = 3;

    /** About 125 and 500 MB, beyond the caches; the larger one for devices that do the smaller in less than a millisecond. */
    private static final int[] IMAGES = {8192, 32768};

    /** Takes less than a second on a current CPU; leaves some memory of {@code backend} in use. */
    static Peaks measure(Backend backend) {
        MatrixPeak product = MatrixPeak.measure(backend);
        Gather gather = new Gather(backend, IMAGES[0]);
        double copyMillis = gather.millis();
        if (copyMillis < 1) {
            gather = new Gather(backend, IMAGES[1]);
            copyMillis = gather.millis();
        }
        return new Peaks(
                product.flopPerSecond() * 1e-9, product.side(), gather.bytes / copyMillis * 1e-6, gather.bytes * 1e-6);
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
