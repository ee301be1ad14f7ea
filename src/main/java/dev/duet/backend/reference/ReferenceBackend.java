package dev.duet.backend.reference;

import dev.duet.backend.Activation;
import dev.duet.backend.AugmentSpec;
import dev.duet.backend.Backend;
import dev.duet.backend.ContrastSpec;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.Judgement;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Rows;
import dev.duet.backend.ShapeMismatch;
import dev.duet.backend.StepScalars;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntConsumer;

/** Plain Java in double precision on one thread; for tests. */
public final class ReferenceBackend implements Backend {
    private final StepScalars scalars = new StepScalars();
    private final int shardRows;

    public ReferenceBackend() {
        this(32);
    }

    /** @param shardRows rows of a batch that make one shard */
    public ReferenceBackend(int shardRows) {
        this.shardRows = shardRows;
    }

    record RefImages(ByteBuffer pixels, Shape shape) implements Images {}

    record RefIndices(int[] values) implements Indices {
        @Override
        public int capacity() {
            return values.length;
        }

        @Override
        public void write(int[] source, int from, int count) {
            System.arraycopy(source, from, values, 0, count);
        }
    }

    @Override
    public String describe() {
        return "reference: plain Java, double precision, 1 thread";
    }

    @Override
    public int shards(int batch) {
        return Math.max(1, batch / shardRows);
    }

    @Override
    public void forEachShard(int shards, IntConsumer task) {
        for (int s = 0; s < shards; s++) task.accept(s);
    }

    @Override
    public StepScalars scalars() {
        return scalars;
    }

    @Override
    public Images images(ByteBuffer pixels, int count, int height, int width, int channels) {
        return new RefImages(pixels, Shape.of(count, channels, height, width));
    }

    @Override
    public Indices indices(int capacity) {
        return new RefIndices(new int[capacity]);
    }

    @Override
    public Tensor tensor(String name, Shape shape) {
        return new RefTensor(name, shape, new double[shape.size()], 0);
    }

    @Override
    public void write(Tensor tensor, float[] canonical) {
        for (int i = 0; i < tensor.shape().size(); i++) RefTensor.of(tensor).set(i, canonical[i]);
    }

    @Override
    public void read(Tensor tensor, float[] canonical) {
        for (int i = 0; i < tensor.shape().size(); i++)
            canonical[i] = (float) RefTensor.of(tensor).get(i);
    }

    @Override
    public ParameterBuffer parameters(List<ParameterSpec> specs, int shards) {
        return new RefParameters(specs, shards);
    }

    @Override
    public Op gather(Images images, Indices indices, int firstRow, Tensor x) {
        RefImages source = (RefImages) images;
        int[] rows = ((RefIndices) indices).values();
        RefTensor out = RefTensor.of(x);
        ShapeMismatch.check("gather", x, images.shape().withOuter(x.shape().get(0)));
        int channels = x.shape().get(1);
        int area = x.shape().get(2) * x.shape().get(3);
        return () -> {
            for (int b = 0; b < x.shape().get(0); b++)
                for (int c = 0; c < channels; c++)
                    for (int p = 0; p < area; p++) {
                        int at = (rows[firstRow + b] * area + p) * channels + c;
                        out.set((b * channels + c) * area + p, (source.pixels().get(at) & 255) / 255.0);
                    }
        };
    }

    @Override
    public Op normal(int firstRow, Tensor eps) {
        long columns = eps.shape().get(1);
        return () -> {
            for (int i = 0; i < eps.shape().size(); i++)
                RefTensor.of(eps)
                        .set(i, Philox.normal(scalars.seed, Philox.Stream.NOISE, scalars.step, firstRow * columns + i));
        };
    }

    @Override
    public Op augment(AugmentSpec spec, int site, int firstRow, Variable x, Variable y) {
        return new RefAugment(spec, scalars, site, firstRow, x, y);
    }

    @Override
    public Op layer(LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
        LayerShapes.check(spec, x, weight, bias, y);
        if (spec instanceof LayerSpec.Norm norm) return new RefNorm(norm, x, weight, bias, y);
        if (spec instanceof LayerSpec.MaxPool pool) return new RefPool(pool, x, y);
        return new RefLayer(spec, x, weight, bias, y);
    }

    @Override
    public Op dropout(LayerSpec.Dropout spec, int firstRow, Variable x, Variable y) {
        return new RefDropout(spec, scalars, firstRow, x, y);
    }

    @Override
    public Op fork(Variable x, List<Variable> readers) {
        return RefJoins.fork(x, List.copyOf(readers));
    }

    @Override
    public Op add(Variable a, Variable b, Activation activation, Variable y) {
        return RefJoins.add(a, b, activation, y);
    }

    @Override
    public Op concat(List<Variable> parts, Variable y) {
        return RefJoins.concat(List.copyOf(parts), y);
    }

    @Override
    public Op zero(Tensor tensor) {
        return () -> RefTensor.of(tensor).fill(0);
    }

    @Override
    public Op latent(LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        return new RefLatent(spec, scalars, heads, RefTensor.of(eps), codes, RefTensor.of(terms));
    }

    @Override
    public Op likelihood(Judgement judgement, Variable logits) {
        return new RefLikelihood(judgement, logits);
    }

    @Override
    public Op contrast(ContrastSpec spec, Rows a, Rows b, int columns, Tensor terms, int term) {
        return new RefContrast(spec, a, b, columns, terms, term);
    }

    @Override
    public Op cosine(double weight, Rows a, Rows target, int columns, Tensor terms, int term) {
        return new RefCosine(weight, a, target, columns, terms, term);
    }

    @Override
    public Op crossEntropy(Variable logits, Indices labels, int firstRow, Tensor terms) {
        int[] classes = ((RefIndices) labels).values();
        RefTensor l = RefTensor.of(logits.value());
        RefTensor dLogits = RefTensor.orNull(logits.grad());
        int columns = logits.shape().get(1);
        return () -> {
            double sum = 0;
            for (int b = 0; b < logits.shape().get(0); b++) {
                double max = Double.NEGATIVE_INFINITY;
                for (int k = 0; k < columns; k++) max = Math.max(max, l.get(b * columns + k));
                double total = 0;
                for (int k = 0; k < columns; k++) total += Math.exp(l.get(b * columns + k) - max);
                double logSum = max + Math.log(total);
                int label = classes[firstRow + b];
                sum += logSum - l.get(b * columns + label);
                if (dLogits == null) continue;
                for (int k = 0; k < columns; k++)
                    dLogits.set(b * columns + k, Math.exp(l.get(b * columns + k) - logSum) - (k == label ? 1 : 0));
            }
            RefTensor.of(terms).set(0, sum);
        };
    }

    @Override
    public Op adam(ParameterBuffer parameters, int shards, double beta1, double beta2, double epsilon) {
        RefParameters p = (RefParameters) parameters;
        return () -> {
            double correction1 = 1 - Math.pow(beta1, scalars.adamStep);
            double correction2 = 1 - Math.pow(beta2, scalars.adamStep);
            for (int i = 0; i < p.values.length; i++) {
                double g = p.gradient(i, shards);
                p.adamM[i] = beta1 * p.adamM[i] + (1 - beta1) * g;
                p.adamV[i] = beta2 * p.adamV[i] + (1 - beta2) * g * g;
                double mHat = p.adamM[i] / correction1;
                double vHat = p.adamV[i] / correction2;
                p.values[i] -= scalars.learningRate * mHat / (Math.sqrt(vHat) + epsilon);
            }
        };
    }

    @Override
    public void close() {
        // the garbage collector owns everything
    }
}
