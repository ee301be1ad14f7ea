package dev.duet.backend;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;

/** A layer with its activation, y = activation(f(x)), f mostly W x + b. Shapes are canonical (NCHW). */
public sealed interface LayerSpec {
    /** No elements: the shape of the weights and bias of a layer that has none. */
    Shape NO_PARAMETERS = Shape.of(0);

    Activation activation();

    /** Canonical shape of the weights, PyTorch's convention; (0) if there are none. */
    Shape weightShape();

    /** Canonical shape of the bias; (0) if there is none. */
    Shape biasShape();

    /** Whether it has weights and a bias; a layer has both or neither. */
    default boolean hasParameters() {
        return weightShape().size() > 0;
    }

    /** n in the default initialisation U(−1/√n, 1/√n) of weights and bias, as PyTorch counts it. */
    int fanIn();

    /** Output shape (C, H, W) for an input of shape (C, H, W). */
    Shape output(Shape input);

    /** Correlation with square kernels. Weights (out, in, k, k). */
    record Conv2d(int in, int out, int kernel, int stride, int padding, Activation activation) implements LayerSpec {
        @Override
        public Shape weightShape() {
            return Shape.of(out, in, kernel, kernel);
        }

        @Override
        public Shape biasShape() {
            return Shape.of(out);
        }

        @Override
        public int fanIn() {
            return in * kernel * kernel;
        }

        @Override
        public Shape output(Shape input) {
            return Shape.of(out, extent(input.get(1)), extent(input.get(2)));
        }

        private int extent(int n) {
            return (n + 2 * padding - kernel) / stride + 1;
        }
    }

    /** The adjoint of a convolution. Weights (in, out, k, k); PyTorch takes the fan-in from the second axis. */
    record ConvTranspose2d(int in, int out, int kernel, int stride, int padding, Activation activation)
            implements LayerSpec {
        @Override
        public Shape weightShape() {
            return Shape.of(in, out, kernel, kernel);
        }

        @Override
        public Shape biasShape() {
            return Shape.of(out);
        }

        @Override
        public int fanIn() {
            return out * kernel * kernel;
        }

        @Override
        public Shape output(Shape input) {
            return Shape.of(out, extent(input.get(1)), extent(input.get(2)));
        }

        private int extent(int n) {
            return (n - 1) * stride - 2 * padding + kernel;
        }
    }

    /**
     * A full matrix between two feature shapes (C, H, W), flattened in canonical CHW order; rows are (F, 1, 1). Weights
     * (out features, in features).
     */
    record Linear(Shape in, Shape out, Activation activation) implements LayerSpec {
        @Override
        public Shape weightShape() {
            return Shape.of(out.size(), in.size());
        }

        @Override
        public Shape biasShape() {
            return Shape.of(out.size());
        }

        @Override
        public int fanIn() {
            return in.size();
        }

        @Override
        public Shape output(Shape input) {
            return out;
        }
    }

    /**
     * Group normalisation (docs/design.md, E13): per image and group of channels, then weight and bias (C) per channel. Takes
     * images of any size, and rows (B, C).
     *
     * @param channels C
     * @param groups into which the channels are cut, in order, equally; 1 for the whole image
     * @param affine whether there are a weight and a bias; without them and in one group an image is standardised
     */
    record Norm(int channels, int groups, boolean affine, Activation activation) implements LayerSpec {
        /** @throws DuetException unless the groups are equally large */
        public Norm {
            if (groups < 1 || channels < 1 || channels % groups != 0) {
                throw new DuetException("normalisation: expected groups that divide the channels, got " + groups
                        + " groups of " + channels + " channels; choose a divisor of " + channels);
            }
        }

        @Override
        public Shape weightShape() {
            return affine ? Shape.of(channels) : NO_PARAMETERS;
        }

        @Override
        public Shape biasShape() {
            return weightShape();
        }

        /** Of no use here: the weight begins at 1 and the bias at 0. */
        @Override
        public int fanIn() {
            return 1;
        }

        @Override
        public Shape output(Shape input) {
            return input;
        }
    }

    /**
     * The largest of each window of size × size pixels, channel by channel; windows lie side by side, and what is left over at
     * the right and bottom edges is dropped. Of equal ones the first in row-major order gets the gradient. NaN is larger than all.
     *
     * @param size pixels, at least 1
     */
    record MaxPool(int size) implements LayerSpec {
        /** @throws DuetException unless the window has a pixel */
        public MaxPool {
            if (size < 1) throw new DuetException("pooling: expected a window of at least 1 pixel, got " + size);
        }

        @Override
        public Activation activation() {
            return Activation.NONE;
        }

        @Override
        public Shape weightShape() {
            return NO_PARAMETERS;
        }

        @Override
        public Shape biasShape() {
            return NO_PARAMETERS;
        }

        @Override
        public int fanIn() {
            return size * size;
        }

        @Override
        public Shape output(Shape input) {
            return Shape.of(input.get(0), input.get(1) / size, input.get(2) / size);
        }
    }

    /**
     * Dropout (docs/design.md, E14), for {@link Backend#dropout}: it takes part in training alone.
     *
     * @param rate probability that a value becomes 0, in [0, 1)
     * @param channels whether an image's channels are dropped as a whole
     * @param site number of this dropout among all of a model, so that no two share draws
     */
    record Dropout(double rate, boolean channels, int site) implements LayerSpec {
        private static final int SITE_BITS = 40; // room for the elements of a batch

        /** @throws DuetException unless rate and site are in their ranges */
        public Dropout {
            if (!(rate >= 0 && rate < 1) || site < 0 || site >= 1 << 23) {
                throw new DuetException(
                        "dropout: expected a rate of at least 0 and below 1, and a site of at least 0 and"
                                + " below 2^23, got rate " + rate + " and site " + site);
            }
        }

        /** Number of the first draw of a batch in the stream DROPOUT. */
        public long firstDraw() {
            return (long) site << SITE_BITS;
        }

        /** Draws of 32 bits below this drop: those that stand for a uniform number below the rate. */
        public long threshold() {
            return (long) Math.ceil(rate * 0x1p32 - 0.5);
        }

        @Override
        public Activation activation() {
            return Activation.NONE;
        }

        @Override
        public Shape weightShape() {
            return NO_PARAMETERS;
        }

        @Override
        public Shape biasShape() {
            return NO_PARAMETERS;
        }

        @Override
        public int fanIn() {
            return 1;
        }

        @Override
        public Shape output(Shape input) {
            return input;
        }
    }
}
