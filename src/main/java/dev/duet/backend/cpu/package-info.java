/**
 * The CPU backend: own C++ kernels ({@code native/}, {@code kernels/math/}) bound with JavaCPP, in the best instruction set
 * of the machine; the shards of a batch run on a team of threads. Comes in: specs and shapes. Goes out: op objects that call
 * one or two kernels on addresses fixed when they were made. Layout: images NHWC, weights (kernel row, kernel column, fine
 * channel, coarse channel), where fine is the larger image's side of a (transposed) convolution. May depend on {@code
 * tensor}, {@code backend} and JavaCPP.
 */
package dev.duet.backend.cpu;
