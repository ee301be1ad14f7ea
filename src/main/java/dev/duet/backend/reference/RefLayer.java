package dev.duet.backend.reference;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;

/**
 * An affine layer as the list of its multiplications: every layer is y[o] += w[k]·x[i] over the triples (i, k, o) that
 * {@link #forEachTap} enumerates, so forward, dx and dW are three readings of one list.
 */
final class RefLayer implements Op {
    /** One multiplication: elements of x, weight and y, counted from the front of each tensor. */
    private interface Tap {
        void at(int x, int weight, int y);
    }

    private final LayerSpec spec;
    private final RefTensor x;
    private final RefTensor dx;
    private final RefTensor w;
    private final RefTensor dw;
    private final RefTensor bias;
    private final RefTensor dBias;
    private final RefTensor y;
    private final RefTensor dy;
    private final int batch;
    private final Shape in; // (C, H, W)
    private final Shape out; // (C, H, W)

    RefLayer(LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
        this.spec = spec;
        this.x = RefTensor.of(x.value());
        this.dx = RefTensor.orNull(x.grad());
        this.w = RefTensor.of(weight.value());
        this.dw = RefTensor.orNull(weight.grad());
        this.bias = RefTensor.of(bias.value());
        this.dBias = RefTensor.orNull(bias.grad());
        this.y = RefTensor.of(y.value());
        this.dy = RefTensor.orNull(y.grad());
        batch = x.shape().get(0);
        in = features(x.shape());
        out = spec.output(in);
    }

    private static Shape features(Shape batched) {
        return batched.rank() == 4
                ? Shape.of(batched.get(1), batched.get(2), batched.get(3))
                : Shape.of(batched.get(1), 1, 1);
    }

    @Override
    public void forward() {
        int area = out.get(1) * out.get(2);
        for (int i = 0; i < y.shape().size(); i++) y.set(i, bias.get(biasOf(i, area)));
        forEachTap((xi, wi, yi) -> y.add(yi, w.get(wi) * x.get(xi)));
        if (spec.activation() == Activation.RELU)
            for (int i = 0; i < y.shape().size(); i++) y.set(i, Math.max(0, y.get(i)));
    }

    @Override
    public void backward() {
        int area = out.get(1) * out.get(2);
        if (spec.activation() == Activation.RELU)
            for (int i = 0; i < dy.shape().size(); i++) if (y.get(i) <= 0) dy.set(i, 0);
        if (dBias != null) {
            dBias.fill(0);
            for (int i = 0; i < dy.shape().size(); i++) dBias.add(biasOf(i, area), dy.get(i));
        }
        if (dw != null) {
            dw.fill(0);
            forEachTap((xi, wi, yi) -> dw.add(wi, x.get(xi) * dy.get(yi)));
        }
        if (dx == null) return;
        dx.fill(0);
        forEachTap((xi, wi, yi) -> dx.add(xi, w.get(wi) * dy.get(yi)));
    }

    private int biasOf(int element, int area) {
        int feature = element % out.size();
        return spec instanceof LayerSpec.Linear ? feature : feature / area;
    }

    private void forEachTap(Tap tap) {
        for (int b = 0; b < batch; b++) {
            int x0 = b * in.size();
            int y0 = b * out.size();
            if (spec instanceof LayerSpec.Conv2d c) {
                correlate(in, out, c.kernel(), c.stride(), c.padding(), (i, k, o) -> tap.at(x0 + i, k, y0 + o));
            } else if (spec instanceof LayerSpec.ConvTranspose2d c) {
                // the adjoint: the correlation that maps this layer's output shape to its input shape, read backwards
                correlate(out, in, c.kernel(), c.stride(), c.padding(), (i, k, o) -> tap.at(x0 + o, k, y0 + i));
            } else {
                for (int o = 0; o < out.size(); o++)
                    for (int i = 0; i < in.size(); i++) tap.at(x0 + i, o * in.size() + i, y0 + o);
            }
        }
    }

    /** Taps of a correlation from {@code from} (C, H, W) to {@code to} (C, H, W), weights (to C, from C, k, k). */
    private static void correlate(Shape from, Shape to, int kernel, int stride, int padding, Tap tap) {
        for (int co = 0; co < to.get(0); co++)
            for (int ci = 0; ci < from.get(0); ci++)
                for (int oy = 0; oy < to.get(1); oy++)
                    for (int ox = 0; ox < to.get(2); ox++)
                        for (int ky = 0; ky < kernel; ky++)
                            for (int kx = 0; kx < kernel; kx++) {
                                int iy = oy * stride - padding + ky;
                                int ix = ox * stride - padding + kx;
                                if (iy < 0 || ix < 0 || iy >= from.get(1) || ix >= from.get(2)) continue;
                                tap.at(
                                        (ci * from.get(1) + iy) * from.get(2) + ix,
                                        ((co * from.get(0) + ci) * kernel + ky) * kernel + kx,
                                        (co * to.get(1) + oy) * to.get(2) + ox);
                            }
    }
}
