package dev.duet.backend.reference;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;

/** Group normalisation, E13 of docs/design.md. */
final class RefNorm implements Op {
    private static final double EPSILON = 1e-5;

    private final LayerSpec.Norm spec;
    private final RefTensor x;
    private final RefTensor dx; // null where x needs none
    private final RefTensor weight; // (C), null without parameters, as the next three
    private final RefTensor dWeight;
    private final RefTensor bias;
    private final RefTensor dBias;
    private final RefTensor y;
    private final RefTensor dy;
    private final int area; // pixels of a channel
    private final int groupSize; // values of a group, which lie together in canonical order

    RefNorm(LayerSpec.Norm spec, Variable x, Variable weight, Variable bias, Variable y) {
        this.spec = spec;
        this.x = RefTensor.of(x.value());
        dx = RefTensor.orNull(x.grad());
        this.weight = weight == null ? null : RefTensor.of(weight.value());
        dWeight = weight == null ? null : RefTensor.orNull(weight.grad());
        this.bias = bias == null ? null : RefTensor.of(bias.value());
        dBias = bias == null ? null : RefTensor.orNull(bias.grad());
        this.y = RefTensor.of(y.value());
        dy = RefTensor.orNull(y.grad());
        Shape input = LayerShapes.input(spec, x);
        area = input.get(1) * input.get(2);
        groupSize = input.size() / spec.groups();
    }

    /** Mean and inverse standard deviation of the group from element {@code first} on. */
    private final class Group {
        final double mean;
        final double inverse;

        Group(int first) {
            double sum = 0;
            for (int i = first; i < first + groupSize; i++) sum += x.get(i);
            mean = sum / groupSize;
            double squares = 0;
            for (int i = first; i < first + groupSize; i++) squares += Math.pow(x.get(i) - mean, 2);
            inverse = 1 / Math.sqrt(squares / groupSize + EPSILON);
        }

        double xHat(int i) {
            return (x.get(i) - mean) * inverse;
        }
    }

    private int channel(int i) {
        return i / area % spec.channels();
    }

    private double gain(int i) {
        return weight == null ? 1 : weight.get(channel(i));
    }

    @Override
    public void forward() {
        for (int first = 0; first < x.shape().size(); first += groupSize) {
            Group group = new Group(first);
            for (int i = first; i < first + groupSize; i++) {
                double value = group.xHat(i) * gain(i) + (bias == null ? 0 : bias.get(channel(i)));
                y.set(i, spec.activation() == Activation.RELU ? Math.max(0, value) : value);
            }
        }
    }

    @Override
    public void backward() {
        if (spec.activation() == Activation.RELU)
            for (int i = 0; i < dy.shape().size(); i++) if (y.get(i) <= 0) dy.set(i, 0);
        if (dWeight != null) dWeight.fill(0);
        if (dBias != null) dBias.fill(0);
        for (int first = 0; first < x.shape().size(); first += groupSize) backward(first, new Group(first));
    }

    private void backward(int first, Group group) {
        double mean = 0; // of dxHat
        double product = 0; // mean of dxHat · xHat
        for (int i = first; i < first + groupSize; i++) {
            if (dWeight != null) dWeight.add(channel(i), dy.get(i) * group.xHat(i));
            if (dBias != null) dBias.add(channel(i), dy.get(i));
            mean += dy.get(i) * gain(i) / groupSize;
            product += dy.get(i) * gain(i) * group.xHat(i) / groupSize;
        }
        if (dx == null) return;
        for (int i = first; i < first + groupSize; i++)
            dx.set(i, group.inverse * (dy.get(i) * gain(i) - mean - group.xHat(i) * product));
    }
}
