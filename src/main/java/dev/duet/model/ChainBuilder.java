package dev.duet.model;

import dev.duet.backend.Activation;
import dev.duet.backend.Backend;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;

/** Makes a network's ops one after another, each with an activation of its own, and takes the parameters in their order. */
final class ChainBuilder {
    private final Backend backend;
    private final ParameterBuffer parameters;
    private final int shard;
    private final int firstRow;
    private final boolean training;
    private final List<Op> ops = new ArrayList<>();
    private int nextParameter;

    /** @see Network#chain */
    ChainBuilder(
            Backend backend,
            ParameterBuffer parameters,
            int firstParameter,
            int shard,
            int firstRow,
            boolean training) {
        this.backend = backend;
        this.parameters = parameters;
        this.shard = shard;
        this.firstRow = firstRow;
        this.training = training;
        nextParameter = firstParameter;
    }

    /**
     * y of a layer on {@code x} (B, C, H, W) or (B, F); {@code x} itself of a dropout outside of training, and in a network that
     * gradients only pass through. y has a gradient in training, unless neither {@code x} has one nor the layer learns.
     */
    Variable layer(String name, LayerSpec spec, Variable x) {
        if (spec instanceof LayerSpec.Dropout && (!training || shard == ParameterBuffer.FROZEN)) return x;
        boolean learns = spec.hasParameters() && shard != ParameterBuffer.FROZEN;
        Variable y = backend.variable(name + ".y", output(spec, x.shape()), training && (learns || x.grad() != null));
        if (spec instanceof LayerSpec.Dropout dropout) return add(backend.dropout(dropout, firstRow, x, y), y);
        Variable weight = spec.hasParameters() ? parameters.variable(nextParameter++, shard) : null;
        Variable bias = spec.hasParameters() ? parameters.variable(nextParameter++, shard) : null;
        return add(backend.layer(spec, x, weight, bias, y), y);
    }

    /** {@code op}, which writes {@code y}; there is no way back through it where y has no gradient. */
    private Variable add(Op op, Variable y) {
        ops.add(y.grad() == null ? Op.forwardOnly(op) : op);
        return y;
    }

    /** Products write features without pixels as rows (B, F); what works value by value keeps to what it reads. */
    private static Shape output(LayerSpec spec, Shape x) {
        boolean image = x.rank() == 4;
        Shape out = spec.output(image ? Shape.of(x.get(1), x.get(2), x.get(3)) : Shape.of(x.get(1), 1, 1));
        boolean product = spec instanceof LayerSpec.Conv2d
                || spec instanceof LayerSpec.ConvTranspose2d
                || spec instanceof LayerSpec.Linear;
        boolean rows = product ? out.get(1) * out.get(2) == 1 : !image;
        return rows ? Shape.of(x.get(0), out.get(0)) : out.batched(x.get(0));
    }

    /** {@code x} for {@code count} readers, each with a gradient of its own if {@code x} has one. */
    List<Variable> fork(String name, Variable x, int count) {
        List<Variable> readers = new ArrayList<>();
        for (int i = 0; i < count; i++) readers.add(backend.reader(name + "." + i, x));
        if (x.grad() != null) ops.add(backend.fork(x, readers));
        return readers;
    }

    /** y = activation(a + b). */
    Variable add(String name, Variable a, Variable b, Activation activation) {
        Variable y = backend.variable(name + ".y", a.shape(), training && (a.grad() != null || b.grad() != null));
        return add(backend.add(a, b, activation, y), y);
    }

    /** What was made, ending in {@code output}. */
    Chain chain(Variable output) {
        return new Chain(ops, output);
    }
}
