package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;

/**
 * Values, Adam's moments and each shard's gradients, flat and in the same layout, each parameter at a multiple of 64 bytes;
 * beside them copies of weights, made once per kind and shared by all shards.
 */
final class CpuParameters implements ParameterBuffer {
    /** Floats per 64 bytes. */
    private static final int LINE = 16;

    private final CpuMemory memory;
    private final WorkerTeam team;
    private final List<ParameterSpec> specs;
    private final int[] offsets;
    private final int length;
    private final FloatBuffer value;
    private final FloatBuffer adamM;
    private final FloatBuffer adamV;
    private final List<FloatBuffer> gradients = new ArrayList<>();
    private final CpuTensor[] values;
    private final CpuTensor[][] gradientTensors;
    private final List<WeightCopy> copies = new ArrayList<>();
    private List<ParameterPiece> pieces; // null once a copy came to them
    private final IntConsumer refreshPiece = this::refreshPiece;

    CpuParameters(CpuMemory memory, WorkerTeam team, List<ParameterSpec> specs, int shards) {
        this.memory = memory;
        this.team = team;
        this.specs = List.copyOf(specs);
        offsets = new int[specs.size()];
        int end = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = end;
            end = Math.addExact(end, (specs.get(i).shape().size() + LINE - 1) / LINE * LINE);
        }
        length = end;
        value = floats("parameters");
        boolean trained = shards > 0;
        adamM = trained ? floats("Adam's first moments") : null;
        adamV = trained ? floats("Adam's second moments") : null;
        for (int s = 0; s < shards; s++) gradients.add(floats("gradients of shard " + s));
        values = tensors(value, "");
        for (CpuTensor tensor : values) tensor.parameters = this;
        gradientTensors = gradients.stream().map(g -> tensors(g, "d.")).toArray(CpuTensor[][]::new);
    }

    private FloatBuffer floats(String what) {
        return memory.allocate(what, (long) length * Float.BYTES).asFloatBuffer();
    }

    private CpuTensor[] tensors(FloatBuffer buffer, String prefix) {
        CpuTensor[] tensors = new CpuTensor[specs.size()];
        for (int i = 0; i < tensors.length; i++) {
            ParameterSpec spec = specs.get(i);
            FloatBuffer floats = buffer.slice(offsets[i], spec.shape().size());
            tensors[i] = new CpuTensor(prefix + spec.name(), spec.shape(), floats, Layouts.parameter(spec));
        }
        return tensors;
    }

    @Override
    public List<ParameterSpec> specs() {
        return specs;
    }

    long address(Slot slot) {
        return CpuKernels.addressOf(slot == Slot.VALUE ? value : slot == Slot.ADAM_M ? adamM : adamV);
    }

    /**
     * Writes the addresses of what the gradients of a parameter sum up in shards 0 to {@code shards} − 1, if all of them are
     * still to be summed; else sums them.
     */
    boolean products(int index, int shards, LongBuffer addresses) {
        boolean all = true;
        for (int s = 0; s < shards; s++) all &= gradientTensors[s][index].products != null;
        for (int s = 0; s < shards; s++) {
            CpuTensor gradient = gradientTensors[s][index];
            if (all) addresses.put(index * shards + s, gradient.products.address());
            else gradient.sumProducts();
        }
        return all;
    }

    /** Flat gradients of each shard. */
    List<FloatBuffer> gradients() {
        return gradients;
    }

    @Override
    public Variable variable(int index, int shard) {
        boolean constant = gradientTensors.length == 0 || shard == FROZEN;
        return new Variable(values[index], constant ? null : gradientTensors[shard][index]);
    }

    @Override
    public float[] read(Slot slot, int index) {
        memory.checkOpen("parameters");
        if (slot == Slot.GRADIENT) for (CpuTensor[] shard : gradientTensors) shard[index].sumProducts();
        float[] canonical = new float[specs.get(index).shape().size()];
        IntUnaryOperator layout = Layouts.parameter(specs.get(index));
        for (int i = 0; i < canonical.length; i++) canonical[i] = get(slot, offsets[index] + layout.applyAsInt(i));
        return canonical;
    }

    private float get(Slot slot, int at) {
        if (slot != Slot.GRADIENT) return buffer(slot).get(at);
        float sum = 0;
        for (FloatBuffer shard : gradients) sum += shard.get(at);
        return sum;
    }

    @Override
    public void write(Slot slot, int index, float[] canonical) {
        memory.checkOpen("parameters");
        int expected = specs.get(index).shape().size();
        if (canonical.length != expected || slot == Slot.GRADIENT) {
            throw new DuetException("parameter '" + specs.get(index).name() + "': expected " + expected
                    + " values for a slot other than GRADIENT, got " + canonical.length + " for " + slot
                    + "; check that the checkpoint is of this model");
        }
        FloatBuffer buffer = buffer(slot);
        IntUnaryOperator layout = Layouts.parameter(specs.get(index));
        for (int i = 0; i < canonical.length; i++) buffer.put(offsets[index] + layout.applyAsInt(i), canonical[i]);
    }

    private FloatBuffer buffer(Slot slot) {
        FloatBuffer buffer = slot == Slot.VALUE ? value : slot == Slot.ADAM_M ? adamM : adamV;
        if (buffer == null) throw new DuetException("parameters made for inference have no " + slot);
        return buffer;
    }

    @Override
    public void restart() {
        memory.checkOpen("parameters");
        zero(buffer(Slot.ADAM_M));
        zero(buffer(Slot.ADAM_V));
        gradients.forEach(CpuParameters::zero);
        for (CpuTensor[] shard : gradientTensors) for (CpuTensor gradient : shard) gradient.products = null;
    }

    private static void zero(FloatBuffer buffer) {
        CpuKernels.zero(CpuKernels.addressOf(buffer), (long) buffer.capacity() * Float.BYTES);
    }

    @Override
    public void refresh() {
        memory.checkOpen("parameters");
        team.run(pieces().size(), refreshPiece);
    }

    private void refreshPiece(int number) {
        pieces.get(number).refreshCopies();
    }

    /** All parameters, in the order of the flat buffers. */
    List<ParameterPiece> pieces() {
        if (pieces != null) return pieces;
        List<ParameterPiece> all = new ArrayList<>();
        for (int i = 0; i < offsets.length; i++) {
            CpuTensor weight = values[i];
            List<WeightCopy> its =
                    copies.stream().filter(copy -> copy.isOf(weight)).toList();
            int row = specs.get(i).layer() instanceof LayerSpec.Linear linear
                    ? linear.out().get(0)
                    : 1;
            all.addAll(ParameterPiece.of(i, offsets[i], specs.get(i).shape().size(), row, its));
        }
        pieces = all;
        return pieces;
    }

    /** Address of a copy of {@code weight}, which is {@code blocks} matrices (rows, columns); kept fresh. */
    static long copyOf(Tensor weight, WeightCopy.Kind kind, int blocks, int rows, int columns) {
        CpuTensor tensor = CpuTensor.of(weight);
        if (tensor.parameters == null) {
            throw new DuetException("weights '" + weight.name() + "' are not part of a ParameterBuffer; make them with"
                    + " Backend.parameters");
        }
        return tensor.parameters.copy(tensor, kind, blocks, rows, columns).address();
    }

    private WeightCopy copy(CpuTensor weight, WeightCopy.Kind kind, int blocks, int rows, int columns) {
        for (WeightCopy copy : copies) {
            if (copy.isOf(weight, kind, blocks)) return copy;
        }
        WeightCopy copy = new WeightCopy(memory, weight, kind, blocks, rows, columns);
        copy.refresh(0, weight.shape().size());
        copies.add(copy);
        pieces = null;
        return copy;
    }
}
