/**
 * NVIDIA GPUs through the driver API, cuBLAS, cuDNN and Duet's own kernels. Comes in: the ops of {@code Backend}. Goes out: work
 * on one stream, recorded as a CUDA graph where a program repeats. The only package that sees {@code jcuda}.
 */
package dev.duet.backend.cuda;
