package dev.duet.backend.cpu;

import dev.duet.backend.LayerSpec;

/**
 * A shard's gradient of a linear layer's weights, not yet summed: that takes one product per weight and row, and as Adam sums
 * it piece by piece in its caches, the sum, tens of times as large as the two sides of the product, never goes through memory.
 */
final class WeightProducts {
    /** {@code maxProductColumns} of {@code native/plans.h}. */
    private static final int MAX_COLUMNS = 8192;

    private final long address;
    private final int weightRows;

    static boolean fits(LayerSpec spec, int[] plan, int rows) {
        return spec instanceof LayerSpec.Linear linear
                && linear.out().get(0) <= MAX_COLUMNS
                && rows <= WeightPlan.group(plan);
    }

    /**
     * @param plan of {@link WeightPlan}
     * @param fine address of the layer's input
     * @param coarse address of the gradient of its output
     * @param scratch of {@link Plans#pairsScratch}
     */
    WeightProducts(
            Plans plans,
            LayerSpec.Linear spec,
            int[] plan,
            ElementType fineType,
            long fine,
            ElementType coarseType,
            long coarse,
            int rows,
            long scratch) {
        long[] words = {plans.address(plan), fineType.code, fine, coarseType.code, coarse, rows, scratch};
        address = plans.address(words);
        weightRows = spec.weightShape().size() / spec.out().get(0);
    }

    /** Of {@code WeightProducts} of {@code native/plans.h}. */
    long address() {
        return address;
    }

    /** Keeps what the two sides hold now, in bfloat16; float32 stays where it lies until the next step. */
    void layOut() {
        CpuKernels.pairProducts(address);
    }

    void sumInto(long gradient) {
        CpuKernels.sumProducts(address, gradient, weightRows);
    }
}
