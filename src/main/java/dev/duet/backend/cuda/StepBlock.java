package dev.duet.backend.cuda;

import dev.duet.backend.StepScalars;
import java.nio.ByteBuffer;

/**
 * The step's scalars in device memory, {@code StepScalars} of kernels/math/step.h, so that a recorded program need not change
 * from step to step. They are copied whenever they have changed before an op or a program that reads them runs.
 */
final class StepBlock {
    private static final int BYTES = 32;

    /** More than the steps that the host runs ahead. */
    private static final int SLOTS = 2 * CudaBackend.STEPS_IN_FLIGHT;

    private final CudaStream stream;
    private final StepScalars scalars;
    private final StepScalars copied = new StepScalars();
    private final PinnedRing ring;
    private final Raw.Device device;
    private boolean fresh;
    private int slot;

    StepBlock(CudaContext context, StepScalars scalars) {
        stream = context.stream();
        this.scalars = scalars;
        ring = new PinnedRing(context, "pinned memory for the step's scalars", SLOTS, BYTES);
        device = new Raw.Device(context.memory().allocate("the step's scalars", BYTES));
    }

    /** Where kernels read them. */
    long address() {
        return device.address();
    }

    /** Copies the scalars if they have changed. While a program is recorded it does nothing: the program itself asks. */
    void refresh() {
        if (stream.recording() != null || (fresh && unchanged())) return;
        ByteBuffer block = ring.await(slot);
        block.putLong(0, scalars.seed).putInt(8, scalars.step);
        block.putFloat(12, scalars.beta).putFloat(16, scalars.betaPrivate).putFloat(20, scalars.learningRate);
        block.putInt(24, scalars.adamStep).putInt(28, 0);
        ring.upload(slot, device, BYTES);
        slot = (slot + 1) % SLOTS;
        copied.set(scalars);
        fresh = true;
    }

    private boolean unchanged() {
        return scalars.seed == copied.seed
                && scalars.step == copied.step
                && scalars.beta == copied.beta
                && scalars.betaPrivate == copied.betaPrivate
                && scalars.learningRate == copied.learningRate
                && scalars.adamStep == copied.adamStep;
    }
}
