package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.StepScalars;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.function.IntConsumer;

/** Adam over the flat buffers, in pieces that the team's threads share out, each with its copies of weights. */
final class AdamOp implements Op, IntConsumer {
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
    private final LongBuffer products; // (parameters, shards) addresses of WeightProducts
    private final long productsAddress;
    private final boolean[] sums; // whether those of a parameter are to be summed
    private List<ParameterPiece> pieces;

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
        sums = new boolean[parameters.specs().size()];
        products = backend.memory()
                .allocate("addresses of products", (long) sums.length * shards * Long.BYTES)
                .asLongBuffer();
        productsAddress = CpuKernels.addressOf(products);
    }

    @Override
    public void forward() {
        for (int i = 0; i < sums.length; i++) sums[i] = parameters.products(i, shards, products);
        pieces = parameters.pieces();
        team.run(pieces.size(), this);
    }

    /** Updates piece number {@code number}. */
    @Override
    public void accept(int number) {
        ParameterPiece piece = pieces.get(number);
        if (sums[piece.parameter()]) {
            sumAndUpdate(piece);
        } else {
            update(piece);
        }
        piece.refreshCopies();
    }

    private void update(ParameterPiece piece) {
        CpuKernels.adam(
                value,
                m,
                v,
                gradients,
                shards,
                (long) piece.offset() + piece.begin(),
                (long) piece.offset() + piece.end(),
                beta1,
                beta2,
                epsilon,
                scalars.learningRate,
                scalars.adamStep);
    }

    private void sumAndUpdate(ParameterPiece piece) {
        long offset = (long) piece.offset() * Float.BYTES;
        CpuKernels.adamOfProducts(
                value + offset,
                m + offset,
                v + offset,
                productsAddress + (long) piece.parameter() * shards * Long.BYTES,
                shards,
                piece.begin(),
                piece.end(),
                beta1,
                beta2,
                epsilon,
                scalars.learningRate,
                scalars.adamStep);
    }
}
