package dev.duet.eval;

import dev.duet.backend.AugmentSpec;
import dev.duet.backend.Backend;
import dev.duet.backend.Indices;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.Shards;
import dev.duet.model.Chain;
import dev.duet.model.Network;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.function.Function;
import java.util.function.IntConsumer;

/** A classifier made for one batch size, cut into shards as a training step is. */
final class JudgeBatch {
    /**
     * B: rows of the shard.
     *
     * @param x (B, C, H, W)
     * @param augment x → what the network sees; null for x itself
     * @param hidden → features (B, D), what the last layer reads
     * @param last features → logits (B, K)
     * @param crossEntropy logits, labels → terms, dLogits; null for inference
     * @param terms (1) summed cross-entropy, nats; null for inference
     */
    private record Shard(
            int first,
            int rows,
            Tensor x,
            Op augment,
            Chain hidden,
            Op last,
            Variable logits,
            Op crossEntropy,
            Tensor terms) {
        void forward() {
            if (augment != null) augment.forward();
            hidden.forward();
            last.forward();
        }

        void backward() {
            last.backward();
            hidden.backward();
        }
    }

    private final Backend backend;
    private final int rows;
    private final int imageSize; // C·H·W
    private final Shard[] shards;
    private final Runnable classification; // null for training
    private final Runnable step; // null for inference

    /** For inference. */
    JudgeBatch(Backend backend, Network network, ParameterBuffer parameters, int rows) {
        this(backend, network, parameters, rows, null, AugmentSpec.NONE);
    }

    /**
     * @param labels class of each row, for training; or null for inference
     * @param augmentation of the training images
     */
    JudgeBatch(
            Backend backend,
            Network network,
            ParameterBuffer parameters,
            int rows,
            Indices labels,
            AugmentSpec augmentation) {
        this.backend = backend;
        this.rows = rows;
        imageSize = network.input().size();
        shards = new Shard[backend.shards(rows)];
        for (int s = 0; s < shards.length; s++) shards[s] = shard(network, parameters, s, labels, augmentation);
        String images = " of " + rows + " images";
        classification = labels != null
                ? null
                : backend.program(
                        "judge" + images, () -> backend.forEachShard(shards.length, s -> shards[s].forward()));
        step = labels == null ? null : backend.program("judge's step" + images, step(parameters));
    }

    private Runnable step(ParameterBuffer parameters) {
        Op update = backend.adam(parameters, shards.length);
        IntConsumer gradients = s -> {
            shards[s].forward();
            shards[s].crossEntropy.forward();
            shards[s].backward();
        };
        return () -> {
            backend.forEachShard(shards.length, gradients);
            update.forward();
        };
    }

    private Shard shard(Network network, ParameterBuffer parameters, int s, Indices labels, AugmentSpec augmentation) {
        int first = Shards.first(rows, shards.length, s);
        int count = Shards.rows(rows, shards.length, s);
        Tensor x = backend.tensor("judge.x", network.input().batched(count));
        boolean augments = !augmentation.equals(AugmentSpec.NONE);
        Variable seen = Variable.constant(augments ? backend.like("judge.seen", x) : x);
        Op augment = augments ? backend.augment(augmentation, 0, first, Variable.constant(x), seen) : null;
        boolean training = labels != null;
        Chain hidden = network.hidden(backend, parameters, s, first, seen, training);
        Variable logits = backend.variable(
                "judge.logits", Shape.of(count, network.output().get(0)), training);
        Op last = last(network, parameters, s, hidden.output(), logits);
        if (!training) return new Shard(first, count, x, null, hidden, last, logits, null, null);
        Tensor terms = backend.tensor("judge.terms", Shape.of(1));
        Op crossEntropy = backend.crossEntropy(logits, labels, first, terms);
        return new Shard(first, count, x, augment, hidden, last, logits, crossEntropy, terms);
    }

    private Op last(Network network, ParameterBuffer parameters, int s, Variable features, Variable logits) {
        int last = network.layers().size() - 1;
        return backend.layer(
                network.layers().get(last),
                features,
                network.weight(parameters, last, s),
                network.bias(parameters, last, s),
                logits);
    }

    int rows() {
        return rows;
    }

    /** Puts the image of a row into {@code out} from {@code at} on, (C, H, W); called for several rows at once. */
    @FunctionalInterface
    interface RowImage {
        void put(int row, float[] out, int at);
    }

    /** Writes the batch's images. */
    void load(RowImage image) {
        backend.forEachShard(shards.length, s -> {
            Shard shard = shards[s];
            float[] part = new float[shard.rows * imageSize];
            for (int b = 0; b < shard.rows; b++) image.put(shard.first + b, part, b * imageSize);
            backend.write(shard.x, part);
        });
    }

    /** Writes the batch's images, (rows, C, H, W), from image {@code from} of {@code images} on; missing ones are black. */
    void load(float[] images, int from) {
        int given = images.length / imageSize - from;
        load((row, out, at) -> {
            if (row < given) System.arraycopy(images, (from + row) * imageSize, out, at, imageSize);
        });
    }

    /** One Adam update by the gradients of the summed cross-entropy; returns it, nats. */
    double step() {
        step.run();
        double sum = 0;
        float[] term = new float[1];
        for (Shard shard : shards) {
            backend.read(shard.terms, term);
            sum += term[0];
        }
        return sum;
    }

    /**
     * What the network makes of the batch.
     *
     * @param logits (rows, K)
     * @param features (rows, D), what the last layer reads
     */
    @SuppressWarnings("ArrayRecordComponent") // a parcel, never compared
    record Outputs(float[] logits, float[] features) {}

    Outputs classify() {
        classification.run();
        return new Outputs(read(shard -> shard.logits), read(shard -> shard.hidden.output()));
    }

    /** One row of values per image, (rows, columns). */
    private float[] read(Function<Shard, Variable> of) {
        int columns = of.apply(shards[0]).shape().size() / shards[0].rows;
        float[] out = new float[rows * columns];
        for (Shard shard : shards) {
            float[] part = new float[shard.rows * columns];
            backend.read(of.apply(shard).value(), part);
            System.arraycopy(part, 0, out, shard.first * columns, part.length);
        }
        return out;
    }

    /** The class of the largest logit of row {@code row}; of equal ones the first. */
    static int best(float[] logits, int row, int classes) {
        int best = 0;
        for (int k = 1; k < classes; k++) if (logits[row * classes + k] > logits[row * classes + best]) best = k;
        return best;
    }
}
