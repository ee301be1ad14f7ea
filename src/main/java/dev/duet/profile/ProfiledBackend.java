package dev.duet.profile;

import dev.duet.backend.Activation;
import dev.duet.backend.AugmentSpec;
import dev.duet.backend.Backend;
import dev.duet.backend.ContrastSpec;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.Judgement;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Ranges;
import dev.duet.backend.Readback;
import dev.duet.backend.Rows;
import dev.duet.backend.StepScalars;
import dev.duet.backend.Timeline;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Another backend whose ops, while it records, each set a mark before and behind them, and whose programs then run op by op.
 * While it does not record it does what the other does, but for naming ranges to an attached profiler.
 */
public final class ProfiledBackend implements Backend {
    /** For ops that the whole batch runs once, such as Adam. */
    static final int NO_SHARD = -1;

    private final Backend inner;
    private final Ranges ranges;
    private final List<TimedOp> ops = new ArrayList<>();
    private final ThreadLocal<Integer> shard = ThreadLocal.withInitial(() -> NO_SHARD);
    private Timeline timeline; // null unless recording

    /** Closing it closes {@code inner}. */
    public ProfiledBackend(Backend inner, Ranges ranges) {
        this.inner = inner;
        this.ranges = ranges;
    }

    /** {@code backend} itself, if it is one already. */
    static ProfiledBackend of(Backend backend) {
        return backend instanceof ProfiledBackend profiled ? profiled : new ProfiledBackend(backend, Ranges.NONE);
    }

    // ---- recording

    /** All ops made so far, in that order. */
    List<TimedOp> ops() {
        return ops;
    }

    /** A timeline with room for the marks of all ops made so far, and {@code further} behind them. */
    Timeline timelineOfOps(int further) {
        return inner.timeline(ops.size() * TimedOp.MARKS + further);
    }

    /** Runs {@code work} while its ops, all made before {@code marks} was, set their marks there. */
    void record(Timeline marks, Runnable work) {
        for (TimedOp op : ops) {
            op.forwardPass().forget();
            op.backwardPass().forget();
        }
        timeline = marks;
        try {
            work.run();
        } finally {
            timeline = null;
        }
    }

    boolean isRecording() {
        return timeline != null;
    }

    void mark(int mark) {
        timeline.mark(mark);
    }

    int currentShard() {
        return shard.get();
    }

    void enter(String label) {
        ranges.push(label);
    }

    void leave() {
        ranges.pop();
    }

    private Op timed(Op op, String name, String what, OpCost forward, OpCost backward) {
        TimedOp timed = new TimedOp(this, op, name, what, forward, backward, ops.size() * TimedOp.MARKS);
        ops.add(timed);
        return timed;
    }

    // ---- running

    @Override
    public Runnable program(String name, Runnable body) {
        Runnable program = inner.program(name, body);
        return () -> {
            enter(name);
            if (isRecording()) body.run();
            else program.run();
            leave();
        };
    }

    @Override
    public void forEachShard(int shards, IntConsumer task) {
        if (!isRecording()) {
            inner.forEachShard(shards, task);
            return;
        }
        inner.forEachShard(shards, s -> {
            shard.set(s);
            try {
                task.accept(s);
            } finally {
                shard.remove();
            }
        });
    }

    /** While recording one after another, so that an op's time is its own. */
    @Override
    public void sideBySide(List<Runnable> branches) {
        if (isRecording()) Backend.super.sideBySide(branches);
        else inner.sideBySide(branches);
    }

    // ---- ops

    @Override
    public Op gather(Images images, Indices indices, int firstRow, Tensor x) {
        long pixels = x.shape().size(); // uint8
        long bytes = pixels + (long) Integer.BYTES * x.shape().get(0) + x.bytes();
        String what = "gather " + dimensions(x.shape());
        return timed(inner.gather(images, indices, firstRow, x), x.name(), what, new OpCost(0, bytes), OpCost.NONE);
    }

    @Override
    public Op normal(int firstRow, Tensor eps) {
        String what = "normal noise, " + eps.shape().get(1) + " columns";
        return timed(inner.normal(firstRow, eps), eps.name(), what, new OpCost(0, eps.bytes()), OpCost.NONE);
    }

    @Override
    public Op augment(AugmentSpec spec, int site, int firstRow, Variable x, Variable y) {
        long forward = Costs.bytes(x.value(), y.value());
        return timed(
                inner.augment(spec, site, firstRow, x, y),
                y.value().name(),
                "augment " + dimensions(x.shape()),
                new OpCost(0, forward),
                x.grad() == null ? OpCost.NONE : new OpCost(0, Costs.bytes(x.grad(), y.grad())));
    }

    @Override
    public Op layer(LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
        long flop = Costs.flop(spec, Costs.image(spec, x.value()), x.shape().get(0));
        List<Variable> parameters = spec.hasParameters() ? List.of(weight, bias) : List.of();
        long forward = Costs.bytes(x.value(), y.value()) + Costs.values(parameters);
        boolean gated = spec.activation() != Activation.NONE;
        long backward = Costs.bytes(y.grad(), gated ? y.value() : null, x.value())
                + Costs.grads(parameters)
                + (x.grad() == null ? 0 : Costs.bytes(x.grad()) + (weight == null ? 0 : Costs.bytes(weight.value())));
        return timed(
                inner.layer(spec, x, weight, bias, y),
                weight == null ? y.value().name() : layerName(weight),
                describe(spec),
                new OpCost(flop, forward),
                new OpCost(backwardFlop(flop, x, weight), backward));
    }

    @Override
    public Op dropout(LayerSpec.Dropout spec, int firstRow, Variable x, Variable y) {
        return timed(
                inner.dropout(spec, firstRow, x, y),
                y.value().name(),
                describe(spec),
                new OpCost(0, Costs.bytes(x.value(), y.value())),
                new OpCost(0, Costs.bytes(y.grad(), x.grad())));
    }

    @Override
    public Op fork(Variable x, List<Variable> readers) {
        long backward = x.grad() == null ? 0 : Costs.grads(readers) + x.grad().bytes();
        String what = "fork to " + readers.size() + " readers";
        return timed(inner.fork(x, readers), x.value().name(), what, OpCost.NONE, new OpCost(0, backward));
    }

    @Override
    public Op add(Variable a, Variable b, Activation activation, Variable y) {
        boolean gated = activation != Activation.NONE;
        return timed(
                inner.add(a, b, activation, y),
                y.value().name(),
                "add",
                new OpCost(0, Costs.bytes(a.value(), b.value(), y.value())),
                new OpCost(0, Costs.bytes(y.grad(), gated ? y.value() : null, a.grad(), b.grad())));
    }

    @Override
    public Op concat(List<Variable> parts, Variable y) {
        return timed(
                inner.concat(parts, y),
                y.value().name(),
                "concat of " + parts.size(),
                new OpCost(0, 2 * y.value().bytes()),
                new OpCost(0, 2 * Costs.grads(parts)));
    }

    @Override
    public Op zero(Tensor tensor) {
        return timed(inner.zero(tensor), tensor.name(), "zero", new OpCost(0, tensor.bytes()), OpCost.NONE);
    }

    @Override
    public Op latent(LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        return latent("experts to codes", inner.latent(spec, heads, eps, codes, terms), spec, heads, eps, codes, terms);
    }

    /** Its bytes are counted as the fused op's: what passes between the separate ones need not be. */
    @Override
    public Optional<Op> separateLatent(
            LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        return inner.separateLatent(spec, heads, eps, codes, terms)
                .map(op -> latent("experts, samples, KL", op, spec, heads, eps, codes, terms));
    }

    private Op latent(
            String what, Op op, LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        long forward = Costs.values(heads) + eps.bytes() + Costs.values(codes) + terms.bytes();
        long backward = Costs.values(heads) + eps.bytes() + Costs.grads(codes) + Costs.grads(heads);
        int subsets = spec.subsets().size();
        String of = ", " + subsets + (subsets == 1 ? " posterior of " : " posteriors of ") + spec.shared();
        return timed(op, "latent", what + of, new OpCost(0, forward), new OpCost(0, backward));
    }

    @Override
    public Op likelihood(Judgement judgement, Variable logits) {
        long backward = judgement.dMean() == null ? 0 : 3 * judgement.dMean().bytes(); // mean, dMean, dLogits
        return timed(
                inner.likelihood(judgement, logits),
                logits.value().name(),
                describe(judgement.likelihood()),
                new OpCost(0, Costs.bytes(logits.value(), logits.grad()) + Costs.bytes(judgement)),
                new OpCost(0, backward));
    }

    @Override
    public Op output(LayerSpec last, Variable x, Variable weight, Variable bias, Judgement judgement) {
        Shape input = Costs.image(last, x.value());
        int rows = x.shape().get(0);
        long flop = Costs.flop(last, input, rows);
        // dLogits in the type of x: the one intermediate that must go from forward to backward
        long dLogits = x.grad() == null
                ? 0
                : x.value().bytes() / x.shape().size() * last.output(input).size() * rows;
        long forward = Costs.bytes(x.value(), weight.value(), bias.value()) + Costs.bytes(judgement) + dLogits;
        long backward = dLogits + Costs.bytes(x.value(), weight.value(), x.grad(), weight.grad(), bias.grad());
        return timed(
                inner.output(last, x, weight, bias, judgement),
                layerName(weight),
                describe(last) + " + " + describe(judgement.likelihood()),
                new OpCost(flop, forward),
                new OpCost(backwardFlop(flop, x, weight), backward));
    }

    /** As many as forward for dW, and for dx, where there is one. */
    private static long backwardFlop(long forward, Variable x, Variable weight) {
        long dx = x.grad() == null ? 0 : forward;
        long dWeight = weight == null || weight.grad() == null ? 0 : forward;
        return dx + dWeight;
    }

    @Override
    public Op contrast(ContrastSpec spec, Rows a, Rows b, int columns, Tensor terms, int term) {
        long products = 0; // pairs of rows within a group
        for (int first = 0; first < a.count(); first += spec.group()) {
            long n = Math.min(spec.group(), a.count() - first);
            products += n * n;
        }
        long flop = 2 * products * columns;
        return timed(
                inner.contrast(spec, a, b, columns, terms, term),
                a.of().value().name(),
                "contrast, groups of " + spec.group() + ", " + columns + " columns",
                new OpCost(flop, 2 * Costs.bytes(a, columns)),
                new OpCost(2 * flop, 6 * Costs.bytes(a, columns))); // reads both, reads and writes their gradients
    }

    @Override
    public Op cosine(double weight, Rows a, Rows target, int columns, Tensor terms, int term) {
        return timed(
                inner.cosine(weight, a, target, columns, terms, term),
                a.of().value().name(),
                "cosine, " + columns + " columns",
                new OpCost(0, 2 * Costs.bytes(a, columns)),
                new OpCost(0, 4 * Costs.bytes(a, columns)));
    }

    @Override
    public Op crossEntropy(Variable logits, Indices labels, int firstRow, Tensor terms) {
        long bytes = Costs.bytes(logits.value(), logits.grad())
                + (long) Integer.BYTES * logits.shape().get(0);
        return timed(
                inner.crossEntropy(logits, labels, firstRow, terms),
                logits.value().name(),
                "cross-entropy, " + logits.shape().get(1) + " classes",
                new OpCost(0, bytes),
                OpCost.NONE);
    }

    @Override
    public Op adam(ParameterBuffer parameters, int shards, double beta1, double beta2, double epsilon) {
        long count = 0;
        for (ParameterSpec spec : parameters.specs()) count += spec.shape().size();
        // reads each shard's gradient; reads and writes value and both moments; all float32
        long bytes = Float.BYTES * count * (shards + 6);
        return timed(
                inner.adam(parameters, shards, beta1, beta2, epsilon),
                "adam",
                String.format(Locale.ROOT, "%,d parameters", count),
                new OpCost(0, bytes),
                OpCost.NONE);
    }

    private static String layerName(Variable weight) {
        return weight.value().name().replaceFirst("\\.weight$", "");
    }

    private static String describe(LayerSpec spec) {
        if (spec instanceof LayerSpec.Conv2d conv)
            return "conv " + kernel(conv.kernel(), conv.stride()) + " " + conv.in() + "→" + conv.out();
        if (spec instanceof LayerSpec.ConvTranspose2d conv)
            return "conv-transpose " + kernel(conv.kernel(), conv.stride()) + " " + conv.in() + "→" + conv.out();
        if (spec instanceof LayerSpec.Linear linear)
            return "linear " + linear.in().size() + "→" + linear.out().size();
        if (spec instanceof LayerSpec.Norm norm) return "norm " + norm.channels() + "/" + norm.groups();
        if (spec instanceof LayerSpec.MaxPool pool) return "max-pool " + kernel(pool.size(), pool.size());
        return "dropout " + ((LayerSpec.Dropout) spec).rate();
    }

    private static String kernel(int side, int stride) {
        return side + "×" + side + "/" + stride;
    }

    private static String describe(LikelihoodSpec spec) {
        return spec.kind().name().toLowerCase(Locale.ROOT);
    }

    /** (B, C, H, W) as {@code C×H×W}. */
    private static String dimensions(Shape shape) {
        return shape.get(1) + "×" + shape.get(2) + "×" + shape.get(3);
    }

    // ---- as the other backend does

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
    public StepScalars scalars() {
        return inner.scalars();
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
    public void close() {
        inner.close();
    }
}
