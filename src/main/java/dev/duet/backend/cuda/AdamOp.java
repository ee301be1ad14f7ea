package dev.duet.backend.cuda;

import dev.duet.DuetException;
import dev.duet.backend.ParameterBuffer.Slot;

/** Adam over the flat buffers, the copy in bfloat16 with it. */
final class AdamOp extends CudaOp {
    private final Launch sum; // null for one shard
    private final Launch update;

    AdamOp(CudaContext context, CudaParameters parameters, int shards, double beta1, double beta2, double epsilon) {
        super(context, "Adam over " + parameters.length() + " parameters");
        if (shards < 1 || shards > parameters.shards()) {
            throw new DuetException("Adam over " + shards + " shards: expected 1 to " + parameters.shards()
                    + ", as the parameters were made");
        }
        long length = parameters.length();
        long gradients = parameters.address(Slot.GRADIENT);
        long total =
                shards == 1 ? gradients : context.parameterMemory().allocate("summed gradients", length * Float.BYTES);
        sum = shards == 1 ? null : sum(context, gradients, total, shards, Math.toIntExact(length));
        Kernel kernel = context.kernels().kernel("adam");
        update = new Launch(context, kernel, Launch.blocks(length / 4, 512), Launch.THREADS)
                .pointer(0, context.step().address())
                .f64(1, beta1)
                .f64(2, beta2)
                .f64(3, epsilon)
                .pointer(4, parameters.address(Slot.VALUE))
                .pointer(5, parameters.address(Slot.ADAM_M))
                .pointer(6, parameters.address(Slot.ADAM_V))
                .pointer(7, total)
                .pointer(8, parameters.copy())
                .i64(9, length);
    }

    /** The sums of the columns of (shards, length), which a bias gradient is too. */
    private static Launch sum(CudaContext context, long gradients, long total, int shards, int length) {
        int across = Launch.blocks(length, 512);
        Reduction sums = new Reduction(context, "gradients", length, across);
        Kernel kernel = context.kernels().kernel("bias_activation_backward_f32");
        return new Launch(context, kernel, 1, across, Launch.THREADS, 0)
                .pointer(0, 0)
                .pointer(1, gradients)
                .pointer(2, total)
                .pointer(3, sums.partials())
                .pointer(4, sums.counter())
                .i64(5, shards)
                .i32(6, length)
                .i32(7, 0);
    }

    @Override
    void runForward() {
        context.step().refresh();
        if (sum != null) sum.run();
        update.run();
    }
}
