package dev.duet.backend;

import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * A device: makes memory and ops, and runs the shards of a batch. Whatever it makes lives until {@link #close()}.
 *
 * <p>Shapes are canonical (NCHW), B is the rows of the shard that an op is made for. Ops check their shapes when made and
 * throw {@link ShapeMismatch}. Everything here is called from one thread, but for the task of {@link #forEachShard}.
 */
public interface Backend extends AutoCloseable {
    /** One line for logs and manifests, e.g. {@code cpu: own kernels, avx512, fp32, 2 threads}. */
    String describe();

    /** Version by name of the libraries that it computes with, for manifests; empty where it has kernels of its own only. */
    default Map<String, String> versions() {
        return Map.of();
    }

    /** Bytes that it has given out of a memory of its device's own; 0 where its tensors lie in the host's. */
    default long deviceBytes() {
        return 0;
    }

    /**
     * Into how many shards a batch is cut, but for rows that belong together; depends on the batch alone, so that results do
     * not depend on the threads.
     */
    int shards(int batch);

    /** Runs {@code task} for shards 0 to {@code shards} − 1, in parallel where the device can; returns when all are done. */
    void forEachShard(int shards, IntConsumer task);

    /** The scalars that this backend's ops read. */
    StepScalars scalars();

    /** Arithmetic of matrix products: fp32, tf32 or bf16. */
    default String precision() {
        return "fp32";
    }

    // ---- running

    /**
     * The ops that {@code ops} runs, as one program for running again and again: the same ops in the same order each time. A
     * GPU records them at the second run and from then on launches the recording; other devices just run them. Nothing in it
     * may wait for the device or read from it.
     *
     * @param name for messages and profiles, e.g. {@code step of 128 pairs}
     */
    default Runnable program(String name, Runnable ops) {
        return ops;
    }

    /**
     * Runs {@code branches}, which share no memory but what all of them only read. A device may run them at the same time;
     * this one, and each inside another branch, runs them one after another. What follows comes after all of them.
     *
     * @param branches ops and nothing else, as in a program
     */
    default void sideBySide(List<Runnable> branches) {
        for (int i = 0; i < branches.size(); i++) branches.get(i).run();
    }

    /** How many steps the host may run ahead of the device before it looks at their terms; 1 where there is nothing to gain. */
    default int stepsInFlight() {
        return 1;
    }

    /** Takes {@code tensors} to the host behind the device's work; {@code room} requests may be pending. */
    default Readback readback(List<Tensor> tensors, int room) {
        return Readback.immediate(this, tensors, room);
    }

    /** {@code marks} marks, for profiles. */
    default Timeline timeline(int marks) {
        return Timeline.ofClock(marks);
    }

    // ---- memory

    /** Makes images (N, H, W, C) uint8 in a direct buffer resident on the device; the CPU borrows the buffer. */
    Images images(ByteBuffer pixels, int count, int height, int width, int channels);

    Indices indices(int capacity);

    /** A zeroed tensor. Shapes of rank 4 are images, of rank 2 rows. */
    Tensor tensor(String name, Shape shape);

    /** {@link #tensor} with a gradient of the same shape, or without one for inference. */
    default Variable variable(String name, Shape shape, boolean withGrad) {
        return new Variable(tensor(name, shape), withGrad ? tensor("d." + name, shape) : null);
    }

    /** A zeroed tensor of the shape of {@code other}, stored as it is. */
    default Tensor like(String name, Tensor other) {
        return tensor(name, other.shape());
    }

    /** The value of {@code x} with a gradient of its own, if {@code x} has one; for {@link #fork}. */
    default Variable reader(String name, Variable x) {
        return x.grad() == null ? x : new Variable(x.value(), like("d." + name, x.grad()));
    }

    /** Writes all of {@code tensor} from canonical order. */
    void write(Tensor tensor, float[] canonical);

    /** Reads all of {@code tensor} into canonical order; waits for the device. */
    void read(Tensor tensor, float[] canonical);

    /** One flat buffer for {@code specs}, zeroed, with {@code shards} gradient buffers (0 for inference). */
    ParameterBuffer parameters(List<ParameterSpec> specs, int shards);

    // ---- ops

    /** x (B, C, H, W) in [0, 1] = images[indices[firstRow + b]] / 255. */
    Op gather(Images images, Indices indices, int firstRow, Tensor x);

    /** Standard normals (B, R): element (firstRow + b)·R + r of the stream NOISE at (seed, step) of the scalars. */
    Op normal(int firstRow, Tensor eps);

    /**
     * y = x under a random rotation, size, shift, contrast, brightness, factor per channel, inversion and noise of each image
     * (docs/design.md, E15), drawn from the stream AUGMENT at (seed, step) of the scalars. Values are not clamped: y is
     * affine in x, and backward is its exact adjoint: dx, unless x has no gradient.
     *
     * @param site which augmentation of the step this is, from 0: different sites draw different numbers
     * @param firstRow row of the batch that row 0 is; the draws depend on the row of the batch
     * @param x (B, C, H, W), C at most 4
     * @param y another tensor (B, C, H, W)
     */
    Op augment(AugmentSpec spec, int site, int firstRow, Variable x, Variable y);

    /**
     * y = activation(W x + b), or what the spec says otherwise; x and y may be (B, C, H, W) or, for a linear layer and a
     * normalisation, (B, F). Backward: dx (unless x has no gradient), dW and db (unless those have none).
     *
     * @param weight null where the spec has no parameters
     * @param bias likewise
     */
    Op layer(LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y);

    /**
     * y = x · mask / (1 − rate), docs/design.md, E14; x and y (B, C, H, W) or (B, F). The mask of element number i of the
     * whole batch, in canonical order – of its channel, where the spec drops channels –, is draw spec.firstDraw() + i of the
     * stream DROPOUT at (seed, step) of the scalars. Backward: dx (unless x has no gradient), with the same scalars.
     *
     * @param firstRow row of the batch that row 0 of x is
     */
    Op dropout(LayerSpec.Dropout spec, int firstRow, Variable x, Variable y);

    /**
     * Several readers of one variable: they share its value and have gradients of their own ({@link #reader}). Forward:
     * nothing. Backward: x.grad = the sum of the readers' gradients, in their order.
     */
    Op fork(Variable x, List<Variable> readers);

    /** y = activation(a + b), all of one shape. Backward: dx of a and of b, unless they have no gradient. */
    Op add(Variable a, Variable b, Activation activation, Variable y);

    /**
     * Columns side by side. Backward: each part's columns of dy, unless the part has no gradient.
     *
     * @param parts (B, F_i)
     * @param y (B, ΣF_i)
     */
    Op concat(List<Variable> parts, Variable y);

    /** Sets {@code tensor} to 0, for what other ops add to. */
    Op zero(Tensor tensor);

    /**
     * The latent part (docs/design.md, E1 to E4). Forward: codes and the KL terms, summed over the shard's rows, unweighted,
     * in nats, at terms[0, spec.terms()). Backward: dHeads from dCodes and from a_S·β·KL_S + β_w·KL_w.
     *
     * @param heads per modality (B, 2Z + 2W_m)
     * @param eps (B, spec.noiseColumns()); zeros give the posterior means
     * @param codes per modality ((n_t + c_t)·B, Z + W_t)
     * @param terms (K), K ≥ spec.terms()
     */
    Op latent(LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms);

    /**
     * {@link #latent} as the separate ops that it fuses – product of experts, samples, KL –, to compare it with; empty where
     * the device has none.
     */
    default Optional<Op> separateLatent(
            LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        return Optional.empty();
    }

    /**
     * The likelihood of one modality. Forward: the terms, and dLogits of the judged rows already scaled by their weights; the
     * means, if asked for. Backward: dLogits of the rows without a likelihood, from the gradient of their means, if they have one.
     *
     * @param logits (N, C, H, W)
     */
    Op likelihood(Judgement judgement, Variable logits);

    /**
     * A decoder's last layer and its likelihood as one op, which a backend may fuse; this default composes the two.
     * Parameters as for {@link #layer} and {@link #likelihood}.
     */
    default Op output(LayerSpec last, Variable x, Variable weight, Variable bias, Judgement judgement) {
        Shape image = last.output(
                Shape.of(x.shape().get(1), x.shape().get(2), x.shape().get(3)));
        Shape shape = image.batched(x.shape().get(0));
        Variable logits = variable(x.value().name() + ".logits", shape, x.grad() != null);
        return Op.sequence(layer(last, x, weight, bias, logits), likelihood(judgement, logits));
    }

    /**
     * InfoNCE both ways between row i of {@code a} and of {@code b}, on the cosines of their first {@code columns} columns
     * within groups of consecutive rows, the last of which may be smaller (docs/design.md, E16). Forward: its sum over the
     * rows, unweighted, in nats, at terms[term]. Backward <em>adds</em> the weight times its gradient to those rows and columns
     * of what has a gradient, a's, b's or both.
     *
     * @param a (B, F) rows
     * @param b as many, and none of them in a; they may be rows of the same variable
     */
    Op contrast(ContrastSpec spec, Rows a, Rows b, int columns, Tensor terms, int term);

    /**
     * Sum over the rows of 1 − cos(a, target), by their first {@code columns} columns (docs/design.md, E17). Forward: unweighted
     * at terms[term]. Backward <em>adds</em> {@code weight} times its gradient to those rows and columns of a's gradient;
     * the target is a constant.
     *
     * @param target as many rows as {@code a}
     */
    Op cosine(double weight, Rows a, Rows target, int columns, Tensor terms, int term);

    /**
     * Cross-entropy of a classifier. Forward: −log softmax(logits)[label] summed over the rows, in nats, at terms[0];
     * dLogits = softmax − onehot.
     *
     * @param logits (B, K)
     * @param labels class of row b at labels[firstRow + b]
     */
    Op crossEntropy(Variable logits, Indices labels, int firstRow, Tensor terms);

    /**
     * One Adam update of all parameters (Kingma and Ba 2015, bias-corrected) from the gradients summed in shard order over
     * the first {@code shards} shards, by the learning rate and t of the scalars; then {@link ParameterBuffer#refresh()}.
     */
    Op adam(ParameterBuffer parameters, int shards, double beta1, double beta2, double epsilon);

    /** {@link #adam} with the paper's defaults: 0.9, 0.999, 1e-8. */
    default Op adam(ParameterBuffer parameters, int shards) {
        return adam(parameters, shards, 0.9, 0.999, 1e-8);
    }

    @Override
    void close();
}
