package dev.duet.backend.cuda;

import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.RandomValues;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;

/** A layer with random tensors on a backend. */
final class LayerRig {
    final CudaBackend backend;
    final ParameterBuffer parameters;
    final Variable x;
    final Variable y;
    final Op op;

    /** @param in as images (C, H, W) */
    LayerRig(CudaBackend backend, LayerSpec spec, int batch, Shape in) {
        this(backend, spec, batch, in, false, true);
    }

    /**
     * @param float32 whether x and y are float32 whatever the precision
     * @param inputGradient whether x has a gradient
     */
    LayerRig(CudaBackend backend, LayerSpec spec, int batch, Shape in, boolean float32, boolean inputGradient) {
        this.backend = backend;
        parameters = parameters(backend, spec);
        x = variable("x", in.batched(batch), float32, inputGradient);
        y = variable("y", spec.output(in).batched(batch), float32, true);
        op = backend.layer(spec, x, parameters.variable(0, 0), parameters.variable(1, 0), y);
        write(x.value());
        write(y.grad());
    }

    /** Weight and bias, random. */
    static ParameterBuffer parameters(CudaBackend backend, LayerSpec spec) {
        ParameterBuffer parameters = backend.parameters(
                List.of(
                        new ParameterSpec("weight", spec, ParameterSpec.Role.WEIGHT),
                        new ParameterSpec("bias", spec, ParameterSpec.Role.BIAS)),
                1);
        for (int i = 0; i < 2; i++) {
            int size = parameters.specs().get(i).shape().size();
            parameters.write(ParameterBuffer.Slot.VALUE, i, RandomValues.normals(size, size));
        }
        parameters.refresh();
        return parameters;
    }

    private Variable variable(String name, Shape shape, boolean float32, boolean withGrad) {
        if (!float32) return backend.variable(name, shape, withGrad);
        return new Variable(backend.tensor(name, shape), withGrad ? backend.tensor("d." + name, shape) : null);
    }

    private void write(Tensor tensor) {
        int size = tensor.shape().size();
        backend.write(tensor, RandomValues.normals(size, size));
    }

    float[] read(Tensor tensor) {
        float[] values = new float[tensor.shape().size()];
        backend.read(tensor, values);
        return values;
    }

    /** After forward and backward. */
    float[] weightGradient() {
        write(y.grad());
        op.forward();
        op.backward();
        return parameters.read(ParameterBuffer.Slot.GRADIENT, 0);
    }
}
