package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.StepScalars;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.IntConsumer;

/** Adam over the flat buffers, in ranges that the team's threads share out; then the copies of the weights. */
final class AdamOp implements Op, IntConsumer {
    /** Floats per range: enough ranges to share out evenly, and few enough calls. */
    private static final int RANGE = 1 << 15;

    private final CpuParameters parameters;
    private final WorkerTeam team;
    private final StepScalars scalars;
    private final int shards;
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final long value;
    private final long m;
    private final long v;
    private final long gradients;

    AdamOp(CpuBackend backend, CpuParameters parameters, int shards, double beta1, double beta2, double epsilon) {
        List<FloatBuffer> buffers = parameters.gradients();
        if (shards < 1 || shards > buffers.size()) {
            throw new DuetException("Adam over " + shards + " shards: expected 1 to " + buffers.size()
                    + ", as the parameters were made");
        }
        this.parameters = parameters;
        team = backend.team();
        scalars = backend.scalars();
        this.shards = shards;
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        value = parameters.address(Slot.VALUE);
        m = parameters.address(Slot.ADAM_M);
        v = parameters.address(Slot.ADAM_V);
        gradients = backend.plans()
                .address(buffers.stream().mapToLong(CpuKernels::addressOf).toArray());
    }

    @Override
    public void forward() {
        team.run((parameters.length() + RANGE - 1) / RANGE, this);
        parameters.refresh();
    }

    /** Updates range number {@code range}. */
    @Override
    public void accept(int range) {
        long begin = (long) range * RANGE;
        long end = Math.min(begin + RANGE, parameters.length());
        CpuKernels.adam(
                value,
                m,
                v,
                gradients,
                shards,
                begin,
                end,
                beta1,
                beta2,
                epsilon,
                scalars.learningRate,
                scalars.adamStep);
    }
}
