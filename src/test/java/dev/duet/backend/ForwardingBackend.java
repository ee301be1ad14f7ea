package dev.duet.backend;

import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Another backend, but for what a test makes of it. Default methods go to the other's own. */
public class ForwardingBackend implements Backend {
    protected final Backend inner;

    public ForwardingBackend(Backend inner) {
        this.inner = inner;
    }

    @Override
    public String describe() {
        return inner.describe();
    }

    @Override
    public String precision() {
        return inner.precision();
    }

    @Override
    public Map<String, String> versions() {
        return inner.versions();
    }

    @Override
    public int shards(int batch) {
        return inner.shards(batch);
    }

    @Override
    public void forEachShard(int shards, IntConsumer task) {
        inner.forEachShard(shards, task);
    }

    @Override
    public StepScalars scalars() {
        return inner.scalars();
    }

    @Override
    public Runnable program(String name, Runnable ops) {
        return inner.program(name, ops);
    }

    @Override
    public void sideBySide(List<Runnable> branches) {
        inner.sideBySide(branches);
    }

    @Override
    public int stepsInFlight() {
        return inner.stepsInFlight();
    }

    @Override
    public Readback readback(List<Tensor> tensors, int room) {
        return inner.readback(tensors, room);
    }

    @Override
    public Timeline timeline(int marks) {
        return inner.timeline(marks);
    }

    @Override
    public Images images(ByteBuffer pixels, int count, int height, int width, int channels) {
        return inner.images(pixels, count, height, width, channels);
    }

    @Override
    public Indices indices(int capacity) {
        return inner.indices(capacity);
    }

    @Override
    public Tensor tensor(String name, Shape shape) {
        return inner.tensor(name, shape);
    }

    @Override
    public Variable variable(String name, Shape shape, boolean withGrad) {
        return inner.variable(name, shape, withGrad);
    }

    @Override
    public Tensor like(String name, Tensor other) {
        return inner.like(name, other);
    }

    @Override
    public void write(Tensor tensor, float[] canonical) {
        inner.write(tensor, canonical);
    }

    @Override
    public void read(Tensor tensor, float[] canonical) {
        inner.read(tensor, canonical);
    }

    @Override
    public ParameterBuffer parameters(List<ParameterSpec> specs, int shards) {
        return inner.parameters(specs, shards);
    }

    @Override
    public Op gather(Images images, Indices indices, int firstRow, Tensor x) {
        return inner.gather(images, indices, firstRow, x);
    }

    @Override
    public Op normal(int firstRow, Tensor eps) {
        return inner.normal(firstRow, eps);
    }

    @Override
    public Op augment(AugmentSpec spec, int site, int firstRow, Variable x, Variable y) {
        return inner.augment(spec, site, firstRow, x, y);
    }

    @Override
    public Op layer(LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
        return inner.layer(spec, x, weight, bias, y);
    }

    @Override
    public Op dropout(LayerSpec.Dropout spec, int firstRow, Variable x, Variable y) {
        return inner.dropout(spec, firstRow, x, y);
    }

    @Override
    public Op fork(Variable x, List<Variable> readers) {
        return inner.fork(x, readers);
    }

    @Override
    public Op add(Variable a, Variable b, Activation activation, Variable y) {
        return inner.add(a, b, activation, y);
    }

    @Override
    public Op concat(List<Variable> parts, Variable y) {
        return inner.concat(parts, y);
    }

    @Override
    public Op zero(Tensor tensor) {
        return inner.zero(tensor);
    }

    @Override
    public Op latent(LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        return inner.latent(spec, heads, eps, codes, terms);
    }

    @Override
    public Optional<Op> separateLatent(
            LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        return inner.separateLatent(spec, heads, eps, codes, terms);
    }

    @Override
    public Op likelihood(Judgement judgement, Variable logits) {
        return inner.likelihood(judgement, logits);
    }

    @Override
    public Op output(LayerSpec last, Variable x, Variable weight, Variable bias, Judgement judgement) {
        return inner.output(last, x, weight, bias, judgement);
    }

    @Override
    public Op contrast(ContrastSpec spec, Rows a, Rows b, int columns, Tensor terms, int term) {
        return inner.contrast(spec, a, b, columns, terms, term);
    }

    @Override
    public Op cosine(double weight, Rows a, Rows target, int columns, Tensor terms, int term) {
        return inner.cosine(weight, a, target, columns, terms, term);
    }

    @Override
    public Op crossEntropy(Variable logits, Indices labels, int firstRow, Tensor terms) {
        return inner.crossEntropy(logits, labels, firstRow, terms);
    }

    @Override
    public Op adam(ParameterBuffer parameters, int shards, double beta1, double beta2, double epsilon) {
        return inner.adam(parameters, shards, beta1, beta2, epsilon);
    }

    @Override
    public void close() {
        inner.close();
    }
}
