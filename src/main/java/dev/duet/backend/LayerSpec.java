package dev.duet.backend;

import dev.duet.tensor.Shape;

/** An affine layer with its activation: y = activation(W x + b). Shapes are canonical (NCHW). */
public sealed interface LayerSpec {
    Activation activation();

    /** Canonical shape of the weights, PyTorch's convention. */
    Shape weightShape();

    /** Canonical shape of the bias. */
    Shape biasShape();

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
}
