package dev.duet.backend.cuda;

/**
 * The three tensors of a convolution.
 *
 * @param fine (N, C, H, W)
 * @param filter (K, C, k, k)
 * @param coarse (N, K, P, Q)
 */
record ConvolutionPointers(Raw.Device fine, Raw.Device filter, Raw.Device coarse) {}
