package dev.duet.backend.cuda;

import dev.duet.backend.LayerShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.LayerSpec.Conv2d;
import dev.duet.backend.LayerSpec.ConvTranspose2d;
import dev.duet.backend.LayerSpec.Linear;
import dev.duet.backend.LayerSpec.MaxPool;
import dev.duet.backend.LayerSpec.Norm;
import dev.duet.backend.Op;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;

/** Makes the op of a layer. */
final class LayerOps {
    private LayerOps() {}

    static Op layer(CudaContext context, LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
        LayerShapes.check(spec, x, weight, bias, y);
        String name = name(spec) + " to " + CudaTensor.of(y.value());
        int rows = x.shape().get(0);
        Shape in = LayerShapes.input(spec, x);
        Shape out = spec.output(in);
        if (spec instanceof Norm norm) return new NormOp(context, name, norm, x, weight, bias, y);
        if (spec instanceof MaxPool pool) return new PoolOp(context, name, pool, x, y);
        if (spec instanceof Linear linear) return new LinearOp(context, name, linear, x, weight, bias, y);
        ConvolutionShape shape = spec instanceof Conv2d conv
                ? ConvolutionShape.of(conv, rows, in, out)
                : ConvolutionShape.of((ConvTranspose2d) spec, rows, in, out);
        if (PatchedConvolutionOp.fits(spec, x)) {
            return new PatchedConvolutionOp(context, name, (Conv2d) spec, shape, x, weight, bias, y);
        }
        return new ConvolutionOp(context, name, spec, shape, x, weight, bias, y);
    }

    private static String name(LayerSpec spec) {
        if (spec instanceof Linear linear) return "linear " + linear.in() + " to " + linear.out() + ",";
        if (spec instanceof Norm n) return "normalisation of " + n.channels() + " in " + n.groups() + ",";
        if (spec instanceof MaxPool p) return "pooling by " + p.size() + ",";
        if (spec instanceof Conv2d c) return "convolution " + c.in() + " to " + c.out() + ",";
        ConvTranspose2d c = (ConvTranspose2d) spec;
        return "transposed convolution " + c.in() + " to " + c.out() + ",";
    }
}
