package dev.duet.backend.cuda;

import dev.duet.backend.Activation;
import dev.duet.backend.AugmentSpec;
import dev.duet.backend.Backend;
import dev.duet.backend.ContrastSpec;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.Judgement;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.Readback;
import dev.duet.backend.Rows;
import dev.duet.backend.StepScalars;
import dev.duet.backend.Timeline;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/** An NVIDIA GPU: ops run one after another but for branches, a batch in one shard. Of the thread that made it. */
public final class CudaBackend implements Backend {
    /** How far the host may run ahead of the GPU. */
    static final int STEPS_IN_FLIGHT = 16;

    private final StepScalars scalars = new StepScalars();
    private final CudaContext context;
    private final ResidentImages images;

    /** @throws CudaUnavailable with every reason, if there is no usable GPU */
    public CudaBackend(CudaOptions options) {
        context = CudaContext.open(options, scalars);
        images = new ResidentImages(context);
    }

    @Override
    public String describe() {
        int capability = context.device().capability();
        return "cuda: " + context.device().name() + ", compute capability " + capability / 10 + "." + capability % 10
                + ", " + precision() + (records() ? ", graphs" : ", no graphs")
                + (context.options().branches() ? "" : ", no branches");
    }

    @Override
    public String precision() {
        return context.options().precision().name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Map<String, String> versions() {
        return context.device().versions();
    }

    @Override
    public long deviceBytes() {
        return context.usedBytes();
    }

    /** Waiting after each op is not possible in a graph. */
    private boolean records() {
        return context.options().graphs() && !context.options().sync();
    }

    /** One: the GPU is parallel inside. */
    @Override
    public int shards(int batch) {
        return 1;
    }

    @Override
    public void forEachShard(int shards, IntConsumer task) {
        for (int shard = 0; shard < shards; shard++) task.accept(shard);
    }

    @Override
    public StepScalars scalars() {
        return scalars;
    }

    CudaContext context() {
        return context;
    }

    // ---- running

    @Override
    public Runnable program(String name, Runnable ops) {
        return records() ? new GraphProgram(context, name, ops) : ops;
    }

    @Override
    public void sideBySide(List<Runnable> branches) {
        context.lanes().sideBySide(branches);
    }

    @Override
    public int stepsInFlight() {
        return STEPS_IN_FLIGHT;
    }

    @Override
    public Readback readback(List<Tensor> tensors, int room) {
        return new CudaReadback(context, tensors, room);
    }

    @Override
    public Timeline timeline(int marks) {
        return new CudaTimeline(context, marks);
    }

    // ---- memory

    @Override
    public Images images(ByteBuffer pixels, int count, int height, int width, int channels) {
        return images.images(pixels, Shape.of(count, channels, height, width));
    }

    @Override
    public Indices indices(int capacity) {
        return new CudaIndices(context, capacity);
    }

    @Override
    public Tensor tensor(String name, Shape shape) {
        return tensor(name, shape, CudaTensor.Type.F32);
    }

    private Tensor tensor(String name, Shape shape, CudaTensor.Type type) {
        long bytes = (long) shape.size() * type.bytes;
        long address = context.memory().allocate("tensor '" + name + "' " + shape, bytes);
        return new CudaTensor(name, shape, address, type, i -> Layouts.activation(shape, i), 0);
    }

    /** Images in bfloat16 where products are; rows, of which there are few, in float32. */
    @Override
    public Variable variable(String name, Shape shape, boolean withGrad) {
        boolean bfloat16 = context.options().precision() == CudaOptions.Precision.BF16 && shape.rank() == 4;
        CudaTensor.Type type = bfloat16 ? CudaTensor.Type.BF16 : CudaTensor.Type.F32;
        return new Variable(tensor(name, shape, type), withGrad ? tensor("d." + name, shape, type) : null);
    }

    @Override
    public Tensor like(String name, Tensor other) {
        return tensor(name, other.shape(), CudaTensor.of(other).type());
    }

    @Override
    public void write(Tensor tensor, float[] canonical) {
        context.copies().write(CudaTensor.of(tensor), canonical);
    }

    @Override
    public void read(Tensor tensor, float[] canonical) {
        context.copies().read(CudaTensor.of(tensor), canonical);
    }

    @Override
    public ParameterBuffer parameters(List<ParameterSpec> specs, int shards) {
        return new CudaParameters(context, specs, shards);
    }

    // ---- ops

    @Override
    public Op gather(Images images, Indices indices, int firstRow, Tensor x) {
        return new GatherOp(context, (CudaImages) images, (CudaIndices) indices, firstRow, x);
    }

    @Override
    public Op normal(int firstRow, Tensor eps) {
        return new NormalOp(context, firstRow, eps);
    }

    @Override
    public Op augment(AugmentSpec spec, int site, int firstRow, Variable x, Variable y) {
        return new AugmentOp(context, spec, site, firstRow, x, y);
    }

    @Override
    public Op layer(LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
        return LayerOps.layer(context, spec, x, weight, bias, y);
    }

    @Override
    public Op dropout(LayerSpec.Dropout spec, int firstRow, Variable x, Variable y) {
        return new DropoutOp(context, spec, firstRow, x, y);
    }

    @Override
    public Op fork(Variable x, List<Variable> readers) {
        return new ForkOp(context, x, readers);
    }

    @Override
    public Op add(Variable a, Variable b, Activation activation, Variable y) {
        return new AddOp(context, a, b, activation, y);
    }

    @Override
    public Op concat(List<Variable> parts, Variable y) {
        return new ConcatOp(context, parts, y);
    }

    @Override
    public Op zero(Tensor tensor) {
        return new ZeroOp(context, tensor);
    }

    @Override
    public Op latent(LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        return new LatentOp(context, spec, heads, eps, codes, terms);
    }

    @Override
    public Optional<Op> separateLatent(
            LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        return Optional.of(new SeparateLatentOp(context, spec, heads, eps, codes, terms));
    }

    @Override
    public Op likelihood(Judgement judgement, Variable logits) {
        return new LikelihoodOp(context, judgement, logits);
    }

    @Override
    public Op output(LayerSpec last, Variable x, Variable weight, Variable bias, Judgement judgement) {
        if (!OutputOp.fits(last)) return Backend.super.output(last, x, weight, bias, judgement);
        return new OutputOp(context, (LayerSpec.ConvTranspose2d) last, x, weight, bias, judgement);
    }

    @Override
    public Op contrast(ContrastSpec spec, Rows a, Rows b, int columns, Tensor terms, int term) {
        return new ContrastOp(context, spec, a, b, columns, terms, term);
    }

    @Override
    public Op cosine(double weight, Rows a, Rows target, int columns, Tensor terms, int term) {
        return new CosineOp(context, weight, a, target, columns, terms, term);
    }

    @Override
    public Op crossEntropy(Variable logits, Indices labels, int firstRow, Tensor terms) {
        return new CrossEntropyOp(context, logits, (CudaIndices) labels, firstRow, terms);
    }

    @Override
    public Op adam(ParameterBuffer parameters, int shards, double beta1, double beta2, double epsilon) {
        return new AdamOp(context, (CudaParameters) parameters, shards, beta1, beta2, epsilon);
    }

    @Override
    public void close() {
        context.close();
    }
}
