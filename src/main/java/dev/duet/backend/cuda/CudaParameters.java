package dev.duet.backend.cuda;

import dev.duet.DuetException;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Variable;
import java.util.List;

/**
 * Values, Adam's moments and each shard's gradients, float32, flat and in the same layout, each parameter at a multiple of 256
 * bytes; where products are of bfloat16, beside the values a copy in that.
 */
final class CudaParameters implements ParameterBuffer {
    /** Floats per 256 bytes. */
    private static final int LINE = 64;

    private final CudaContext context;
    private final List<ParameterSpec> specs;
    private final long[] offsets; // in floats
    private final long length; // of each flat buffer, in floats
    private final long value;
    private final long copy; // bfloat16, or 0
    private final long adamM; // 0 for inference
    private final long adamV;
    private final long gradients; // (shards, length), 0 for inference
    private final int shards;
    private final Launch refresh; // null without a copy

    CudaParameters(CudaContext context, List<ParameterSpec> specs, int shards) {
        this.context = context;
        this.specs = List.copyOf(specs);
        this.shards = shards;
        offsets = new long[specs.size()];
        long end = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = end;
            end += ((long) specs.get(i).shape().size() + LINE - 1) / LINE * LINE;
        }
        length = end;
        value = allocate("parameters", length * Float.BYTES);
        boolean trained = shards > 0;
        adamM = trained ? allocate("Adam's first moments", length * Float.BYTES) : 0;
        adamV = trained ? allocate("Adam's second moments", length * Float.BYTES) : 0;
        gradients = trained ? allocate("gradients", shards * length * Float.BYTES) : 0;
        boolean bfloat16 = context.options().precision() == CudaOptions.Precision.BF16;
        copy = bfloat16 ? allocate("parameters in bfloat16", length * CudaTensor.Type.BF16.bytes) : 0;
        refresh = bfloat16 ? cast() : null;
    }

    private long allocate(String what, long bytes) {
        return context.parameterMemory().allocate(what + " (" + length + ")", bytes);
    }

    private Launch cast() {
        Kernel kernel = context.kernels().kernel("cast_f32_bf16");
        return new Launch(context, kernel, Launch.blocks(length / 8 + 1, 1024), Launch.THREADS)
                .pointer(0, value)
                .pointer(1, copy)
                .i64(2, length);
    }

    @Override
    public List<ParameterSpec> specs() {
        return specs;
    }

    /** Floats in each flat buffer. */
    long length() {
        return length;
    }

    /** Of the values in bfloat16, or 0. */
    long copy() {
        return copy;
    }

    /** Gradient buffers, which lie one after another. */
    int shards() {
        return shards;
    }

    /** Of a flat buffer; of GRADIENT the first shard's. */
    long address(Slot slot) {
        long address = switch (slot) {
            case VALUE -> value;
            case GRADIENT -> gradients;
            case ADAM_M -> adamM;
            case ADAM_V -> adamV;
        };
        if (address == 0) throw new DuetException("parameters made for inference have no " + slot);
        return address;
    }

    @Override
    public Variable variable(int index, int shard) {
        CudaTensor values =
                tensor("", index, value, copy == 0 ? 0 : copy + offsets[index] * CudaTensor.Type.BF16.bytes);
        return new Variable(values, shards == 0 || shard == FROZEN ? null : gradient(index, shard));
    }

    private CudaTensor gradient(int index, int shard) {
        return tensor("d.", index, gradients + shard * length * Float.BYTES, 0);
    }

    private CudaTensor tensor(String prefix, int index, long buffer, long copy) {
        ParameterSpec spec = specs.get(index);
        return new CudaTensor(
                prefix + spec.name(),
                spec.shape(),
                buffer + offsets[index] * Float.BYTES,
                CudaTensor.Type.F32,
                at -> Layouts.parameter(spec, at),
                copy);
    }

    @Override
    public float[] read(Slot slot, int index) {
        long buffer = address(slot);
        float[] canonical = new float[specs.get(index).shape().size()];
        context.copies().read(tensor("", index, buffer, 0), canonical);
        for (int shard = 1; slot == Slot.GRADIENT && shard < shards; shard++) {
            float[] more = new float[canonical.length];
            context.copies().read(gradient(index, shard), more);
            for (int i = 0; i < more.length; i++) canonical[i] += more[i];
        }
        return canonical;
    }

    @Override
    public void write(Slot slot, int index, float[] canonical) {
        int expected = specs.get(index).shape().size();
        if (canonical.length != expected || slot == Slot.GRADIENT) {
            throw new DuetException("parameter '" + specs.get(index).name() + "': expected " + expected
                    + " values for a slot other than GRADIENT, got " + canonical.length + " for " + slot
                    + "; check that the checkpoint is of this model");
        }
        context.copies().write(tensor("", index, address(slot), 0), canonical);
    }

    @Override
    public void restart() {
        context.stream().begin("zeroing Adam's moments and the gradients");
        context.stream().zero(address(Slot.ADAM_M), length * Float.BYTES);
        context.stream().zero(address(Slot.ADAM_V), length * Float.BYTES);
        context.stream().zero(address(Slot.GRADIENT), shards * length * Float.BYTES);
        context.stream().end();
    }

    @Override
    public void refresh() {
        context.stream().begin("refreshing the parameters");
        if (refresh != null) refresh.run();
        context.stream().end();
    }
}
