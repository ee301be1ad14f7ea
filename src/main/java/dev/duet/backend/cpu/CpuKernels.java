package dev.duet.backend.cpu;

import java.nio.Buffer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;

/** The kernels of {@code native/kernels.h}, which documents them. Longs are addresses unless a comment there says otherwise. */
@Properties(@Platform(include = "duet.h", link = "duetkernels"))
@Namespace("duet")
@NoException
final class CpuKernels {
    /** Element types of {@code native/elements.h}. */
    static final int FLOAT32 = 0;

    static final int BFLOAT16 = 1;

    static {
        Loader.load();
    }

    private CpuKernels() {}

    static native int bestIsa();

    static native void selectIsa(int isa);

    static native long allocate(long bytes);

    static native void release(long address, long bytes);

    /** Of a direct buffer. */
    static native long addressOf(Buffer buffer);

    static native boolean openRanges(String library);

    static native void pushRange(String name);

    static native void popRange();

    static native void convolve(
            long plan,
            int epilogue,
            int sourceType,
            long source,
            long weights,
            long bias,
            long gate,
            int targetType,
            long target,
            long biasGradient,
            int images);

    static native void convolveWeights(
            long plan, int fineType, long fine, int coarseType, long coarse, long gradient, int images, long scratch);

    static native void pairProducts(long products);

    static native void sumProducts(long products, long gradient, int rows);

    static native void narrow(long source, long target, long count);

    static native void transpose(long source, long target, int rows, int columns, int begin, int end);

    static native void pairRows(long source, long target, int rows, int columns, int begin, int end);

    static native void transposePairs(long source, long target, int rows, int columns, int begin, int end);

    static native void biasGradient(int type, long d, long gate, long biasGradient, long rows, int columns);

    static native void gather(long images, long indices, long x, int rows, int size);

    static native void normal(long seed, int step, long first, long count, long out);

    static native void latentForward(long plan, long eps, long terms, long scratch);

    static native void latentBackward(long plan, long eps, float beta, float betaPrivate, long scratch);

    static native void likelihood(
            int kind,
            double scale,
            long weights,
            long logits,
            long target,
            long mean,
            long dLogits,
            long terms,
            int blocks,
            int rows,
            int size);

    static native void output(
            long plan,
            int sourceType,
            int kind,
            double scale,
            long blockWeights,
            long source,
            long weights,
            long bias,
            long target,
            long mean,
            long dLogits,
            long biasGradient,
            long terms,
            long scratch);

    static native void convolveToFew(long plan, int sourceType, long source, long weights, long target, long scratch);

    static native void meanGradient(
            long mean, long dMean, long dLogits, long biasGradient, int rows, int size, int channels);

    static native void crossEntropy(long logits, long labels, long dLogits, long terms, int rows, int classes);

    static native void normForward(
            int type,
            long x,
            long weight,
            long bias,
            long y,
            long statistics,
            long scratch,
            int images,
            int area,
            int channels,
            int groups,
            int relu);

    static native void normBackward(
            int type,
            long x,
            long y,
            long dy,
            long weight,
            long statistics,
            long dx,
            long dWeight,
            long dBias,
            long scratch,
            int images,
            int area,
            int channels,
            int groups,
            int relu);

    static native void poolForward(int type, long x, long y, int images, int height, int width, int channels, int size);

    static native void poolBackward(
            int type, long x, long dy, long dx, int images, int height, int width, int channels, int size);

    static native void dropout(
            int type,
            long seed,
            int step,
            long firstDraw,
            long threshold,
            float scale,
            int wholeChannels,
            long x,
            long y,
            int images,
            int area,
            int channels);

    static native void add(int type, long a, long b, long y, long count, int relu);

    static native void gateCopy(int type, long y, long dy, long d, long count);

    static native void copyColumns(
            long source, int sourceColumns, long target, int targetColumns, int rows, int columns);

    static native void zero(long target, long bytes);

    static native void augment(long plan, long seed, int step, long x, long y);

    static native void augmentBackward(long plan, long seed, int step, long dy, long dx);

    static native void contrast(long plan, long term, long scratch);

    static native void contrastBackward(long plan, long scratch);

    static native void cosine(long a, long target, int aStride, int targetStride, int count, int columns, long term);

    static native void cosineBackward(
            long a, long target, long dA, int aStride, int targetStride, int count, int columns, float weight);

    static native void adam(
            long value,
            long m,
            long v,
            long gradients,
            int shards,
            long begin,
            long end,
            double beta1,
            double beta2,
            double epsilon,
            double learningRate,
            int step);

    static native void adamOfProducts(
            long value,
            long m,
            long v,
            long products,
            int shards,
            long begin,
            long end,
            double beta1,
            double beta2,
            double epsilon,
            double learningRate,
            int step);

    static native long peak(int type, long rounds);
}
