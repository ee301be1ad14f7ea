package dev.duet.backend.cuda;

import java.nio.file.Path;

/**
 * How to compute on an NVIDIA GPU.
 *
 * @param ordinal of the GPU, from 0
 * @param home folder with the CUDA libraries, or null to look in the usual places
 * @param precision of products and of stored images
 * @param fast whether any algorithm may be chosen, also one whose sums differ from run to run
 * @param sync whether to wait for the GPU after each op, so that a fault names its op; programs are then not recorded
 * @param graphs whether programs are recorded as CUDA graphs; else they run op by op
 * @param branches whether independent parts of a program run side by side; else, as with {@code sync}, one after another
 * @param separate whether each tensor is an allocation of its own, so that tools see its bounds; else they share large ones
 */
public record CudaOptions(
        int ordinal,
        Path home,
        Precision precision,
        boolean fast,
        boolean sync,
        boolean graphs,
        boolean branches,
        boolean separate) {
    /** What products are computed in; sums, parameters and Adam are float32 always. */
    public enum Precision {
        FP32,
        /** Products of numbers of 10 bits, on tensor cores. */
        TF32,
        /** Hidden images and logits stored in bfloat16, products on tensor cores. */
        BF16
    }

    /** GPU 0, its libraries wherever they are, float32, deterministic, with graphs and branches. */
    public static CudaOptions defaults() {
        return new CudaOptions(0, null, Precision.FP32, false, false, true, true, false);
    }
}
