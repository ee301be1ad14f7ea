/** Shapes, tensors and counter-based random numbers: the leaf package that all others stand on. */
package dev.duet.tensor;
