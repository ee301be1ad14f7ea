package dev.duet.profile;

/**
 * What one call of an op must at least do.
 *
 * @param flop multiplications and additions of its matrix products and convolutions, counted on paper; 0 for ops without
 * @param bytes each operand read once and each result written once, in the tensors' own types
 */
record OpCost(long flop, long bytes) {
    /** Of a pass that has nothing to do. */
    static final OpCost NONE = new OpCost(0, 0);
}
