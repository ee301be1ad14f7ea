package dev.duet.backend.cpu;

import dev.duet.DuetException;
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
import dev.duet.backend.StepScalars;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;

/**
 * The CPU: float32, or hidden images and their products in bfloat16; each shard of a batch on one thread. One backend at a time
 * decides the instruction set of the JVM.
 */
public final class CpuBackend implements Backend {
    /**
     * Rows per shard at most, until the limit of {@link #MAX_SHARDS}. Fewer, larger shards compute faster; more spread wider.
     */
    private static final int SHARD_ROWS = 32;

    /** Shards at most; those of a batch above 256 rows are larger. */
    private static final int MAX_SHARDS = 8;

    /** Shards that a small batch is spread over, of {@link #FEWEST_ROWS} rows at least. */
    private static final int SPREAD = 4;

    /** The rows that products hold in registers at a time. */
    private static final int FEWEST_ROWS = 8;

    /** Of matrix products, and of hidden images and their gradients; all else is float32, and so are all sums. */
    public enum Precision {
        FP32,
        BF16;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Isa isa;
    private final Precision precision;
    private final WorkerTeam team;
    private final CpuMemory memory = new CpuMemory();
    private final Plans plans = new Plans(memory);
    private final StepScalars scalars = new StepScalars();

    /**
     * @param threads that run shards, the caller's included; results do not depend on it
     * @throws DuetException if the environment asks for an instruction set that this machine lacks
     */
    public CpuBackend(int threads, Precision precision) {
        this(threads, Isa.chosen(System.getenv(Isa.VARIABLE)), precision);
    }

    /** In float32. */
    public CpuBackend(int threads) {
        this(threads, Precision.FP32);
    }

    CpuBackend(int threads, Isa isa, Precision precision) {
        if (threads < 1) throw new DuetException("threads: expected at least 1, got " + threads);
        this.isa = isa;
        this.precision = precision;
        CpuKernels.selectIsa(isa.code);
        team = new WorkerTeam(threads);
    }

    /** The instruction set of its kernels. */
    public Isa isa() {
        return isa;
    }

    @Override
    public String describe() {
        return "cpu: own kernels, " + isa.label() + ", " + precision.label() + ", " + team.size()
                + (team.size() == 1 ? " thread" : " threads");
    }

    @Override
    public String precision() {
        return precision.label();
    }

    @Override
    public int shards(int batch) {
        int filled = Math.min(MAX_SHARDS, (batch + SHARD_ROWS - 1) / SHARD_ROWS);
        return Math.max(Math.max(1, filled), Math.min(SPREAD, batch / FEWEST_ROWS));
    }

    @Override
    public void forEachShard(int shards, IntConsumer task) {
        team.run(shards, task);
    }

    @Override
    public StepScalars scalars() {
        return scalars;
    }

    CpuMemory memory() {
        return memory;
    }

    Plans plans() {
        return plans;
    }

    WorkerTeam team() {
        return team;
    }

    @Override
    public Images images(ByteBuffer pixels, int count, int height, int width, int channels) {
        return new CpuImages(pixels, Shape.of(count, channels, height, width));
    }

    @Override
    public Indices indices(int capacity) {
        return new CpuIndices(memory, capacity);
    }

    @Override
    public Tensor tensor(String name, Shape shape) {
        ElementType type = precision == Precision.BF16 ? ElementType.ofActivation(shape) : ElementType.FLOAT32;
        ByteBuffer block = memory.allocate("tensor '" + name + "' " + shape, (long) shape.size() * type.bytes);
        return CpuTensor.activation(name, shape, type, block);
    }

    @Override
    public void write(Tensor tensor, float[] canonical) {
        memory.checkOpen(tensor);
        CpuTensor.of(tensor).write(canonical);
    }

    @Override
    public void read(Tensor tensor, float[] canonical) {
        memory.checkOpen(tensor);
        CpuTensor.of(tensor).read(canonical);
    }

    @Override
    public ParameterBuffer parameters(List<ParameterSpec> specs, int shards) {
        return new CpuParameters(memory, team, specs, shards);
    }

    @Override
    public Op gather(Images images, Indices indices, int firstRow, Tensor x) {
        return SmallOps.gather((CpuImages) images, (CpuIndices) indices, firstRow, x);
    }

    @Override
    public Op normal(int firstRow, Tensor eps) {
        return SmallOps.normal(scalars, firstRow, eps);
    }

    @Override
    public Op augment(AugmentSpec spec, int site, int firstRow, Variable x, Variable y) {
        return new AugmentOp(plans, scalars, spec, site, firstRow, x, y);
    }

    @Override
    public Op layer(LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
        LayerShapes.check(spec, x, weight, bias, y);
        if (spec instanceof LayerSpec.Norm norm) return new NormOp(plans, norm, x, weight, bias, y);
        if (spec instanceof LayerSpec.MaxPool pool) return new PoolOp(pool, x, y);
        return new LayerOp(plans, spec, x, weight, bias, y);
    }

    @Override
    public Op dropout(LayerSpec.Dropout spec, int firstRow, Variable x, Variable y) {
        return new DropoutOp(scalars, spec, firstRow, x, y);
    }

    @Override
    public Op fork(Variable x, List<Variable> readers) {
        return JoinOps.fork(x, readers);
    }

    @Override
    public Op add(Variable a, Variable b, Activation activation, Variable y) {
        return JoinOps.add(a, b, activation, y);
    }

    @Override
    public Op concat(List<Variable> parts, Variable y) {
        return JoinOps.concat(parts, y);
    }

    @Override
    public Op zero(Tensor tensor) {
        return JoinOps.zero(tensor);
    }

    @Override
    public Op latent(LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        return new LatentOp(plans, scalars, spec, heads, eps, codes, terms);
    }

    @Override
    public Op likelihood(Judgement judgement, Variable logits) {
        return new LikelihoodOp(plans, judgement, logits);
    }

    @Override
    public Op output(LayerSpec last, Variable x, Variable weight, Variable bias, Judgement judgement) {
        if (!OutputOp.fits(last)) return Backend.super.output(last, x, weight, bias, judgement);
        return new OutputOp(this, (LayerSpec.ConvTranspose2d) last, x, weight, bias, judgement);
    }

    @Override
    public Op contrast(ContrastSpec spec, Rows a, Rows b, int columns, Tensor terms, int term) {
        return new ContrastOp(plans, spec, a, b, columns, terms, term);
    }

    @Override
    public Op cosine(double weight, Rows a, Rows target, int columns, Tensor terms, int term) {
        return new CosineOp(weight, a, target, columns, terms, term);
    }

    @Override
    public Op crossEntropy(Variable logits, Indices labels, int firstRow, Tensor terms) {
        return SmallOps.crossEntropy(logits, (CpuIndices) labels, firstRow, terms);
    }

    @Override
    public Op adam(ParameterBuffer parameters, int shards, double beta1, double beta2, double epsilon) {
        return new AdamOp(this, (CpuParameters) parameters, shards, beta1, beta2, epsilon);
    }

    @Override
    public void close() {
        team.close();
        memory.close();
    }
}
