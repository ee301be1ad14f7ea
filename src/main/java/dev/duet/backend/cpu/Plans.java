package dev.duet.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.Map;

/** Plans in native memory; ops with equal plans, such as those of a batch's shards, share one. */
final class Plans {
    private final CpuMemory memory;
    private final Map<IntBuffer, Long> addresses = new HashMap<>();

    Plans(CpuMemory memory) {
        this.memory = memory;
    }

    long address(ConvolutionPlan plan) {
        return address(plan.encode());
    }

    long address(int[] plan) {
        return addresses.computeIfAbsent(IntBuffer.wrap(plan), key -> {
            ByteBuffer block = memory.allocate("a plan", (long) plan.length * Integer.BYTES);
            block.asIntBuffer().put(plan);
            return CpuKernels.addressOf(block);
        });
    }

    /** Words that only one op sees. */
    long address(long[] words) {
        ByteBuffer block = memory.allocate("a plan", (long) words.length * Long.BYTES);
        block.asLongBuffer().put(words);
        return CpuKernels.addressOf(block);
    }

    long address(double[] values) {
        ByteBuffer block = memory.allocate("weights", (long) values.length * Double.BYTES);
        block.asDoubleBuffer().put(values);
        return CpuKernels.addressOf(block);
    }

    /**
     * Room for the values of a group of images, two by two in bfloat16, where one side of a gradient of weights is that; else 0.
     *
     * @param plan of {@link WeightPlan}
     */
    long pairsScratch(int[] plan, ElementType one, ElementType other) {
        if (one == ElementType.FLOAT32 && other == ElementType.FLOAT32) return 0;
        return CpuKernels.addressOf(memory.allocate("scratch memory", WeightPlan.pairsBytes(plan)));
    }

    /** Floats that only one op sees. */
    long scratch(long floats) {
        return CpuKernels.addressOf(memory.allocate("scratch memory", floats * Float.BYTES));
    }
}
