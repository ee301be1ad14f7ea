package dev.duet.backend.reference;

import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Variable;
import java.util.Arrays;
import java.util.List;

/** Flat double arrays in canonical order. */
final class RefParameters implements ParameterBuffer {
    private final List<ParameterSpec> specs;
    private final int[] offsets; // offsets[i]: first element of parameter i; the last entry is the total
    final double[] values;
    final double[] adamM;
    final double[] adamV;
    final double[][] gradients; // (shards, total)

    RefParameters(List<ParameterSpec> specs, int shards) {
        this.specs = List.copyOf(specs);
        offsets = new int[specs.size() + 1];
        for (int i = 0; i < specs.size(); i++)
            offsets[i + 1] = offsets[i] + specs.get(i).shape().size();
        int total = offsets[specs.size()];
        values = new double[total];
        adamM = new double[total];
        adamV = new double[total];
        gradients = new double[shards][total];
    }

    @Override
    public List<ParameterSpec> specs() {
        return specs;
    }

    @Override
    public Variable variable(int index, int shard) {
        ParameterSpec spec = specs.get(index);
        RefTensor value = new RefTensor(spec.name(), spec.shape(), values, offsets[index]);
        if (gradients.length == 0 || shard == FROZEN) return Variable.constant(value);
        return new Variable(value, new RefTensor("d." + spec.name(), spec.shape(), gradients[shard], offsets[index]));
    }

    double gradient(int element, int shards) {
        double sum = 0;
        for (int s = 0; s < shards; s++) sum += gradients[s][element];
        return sum;
    }

    @Override
    public float[] read(Slot slot, int index) {
        float[] out = new float[offsets[index + 1] - offsets[index]];
        for (int i = 0; i < out.length; i++) {
            int element = offsets[index] + i;
            out[i] = (float) (slot == Slot.GRADIENT ? gradient(element, gradients.length) : array(slot)[element]);
        }
        return out;
    }

    @Override
    public void write(Slot slot, int index, float[] canonical) {
        for (int i = 0; i < canonical.length; i++) array(slot)[offsets[index] + i] = canonical[i];
    }

    private double[] array(Slot slot) {
        return switch (slot) {
            case VALUE -> values;
            case ADAM_M -> adamM;
            case ADAM_V -> adamV;
            case GRADIENT -> throw new IllegalArgumentException("gradients are computed, not written");
        };
    }

    @Override
    public void restart() {
        Arrays.fill(adamM, 0);
        Arrays.fill(adamV, 0);
        for (double[] shard : gradients) Arrays.fill(shard, 0);
    }

    @Override
    public void refresh() {
        // values are read where they lie
    }
}
