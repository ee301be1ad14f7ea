package dev.duet.backend.cpu;

import dev.duet.backend.LayerSpec;

/**
 * A shard's gradient of a linear layer's weights, not yet summed: several times as large as the two matrices, in pairs of
 * bfloat16, whose product it is. Adam sums it piece by piece in the cache, so that it never goes through memory.
 */
final class WeightProducts {
    /** {@code maxProductColumns} of {@code native/plans.h}. */
    private static final int MAX_COLUMNS = 8192;

    private final long address;
    private final int weightRows;

    static boolean fits(LayerSpec spec, int[] plan, int rows) {
        return spec instanceof LayerSpec.Linear
                && WeightPlan.columns(plan) <= MAX_COLUMNS
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
            LayerSpec spec,
            int[] plan,
            ElementType fineType,
            long fine,
            ElementType coarseType,
            long coarse,
            int rows,
            long scratch) {
        long[] words = {plans.address(plan), fineType.code, fine, coarseType.code, coarse, rows, scratch};
        address = plans.address(words);
        weightRows = spec.weightShape().size() / WeightPlan.columns(plan);
    }

    /** Of {@code WeightProducts} of {@code native/plans.h}. */
    long address() {
        return address;
    }

    /** Keeps what the two sides hold now, in bfloat16. */
    void layOut() {
        CpuKernels.pairProducts(address);
    }

    void sumInto(long gradient) {
        CpuKernels.sumProducts(address, gradient, weightRows);
    }
}
