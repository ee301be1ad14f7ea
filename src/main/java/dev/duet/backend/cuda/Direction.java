package dev.duet.backend.cuda;

import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnHandle;

/**
 * The three products of a convolution, each with cuDNN's calls for it, which return a status. {@link ConvolutionShape} says
 * what is fine and what coarse.
 *
 * <pre>
 * product          from            to      in a convolution  in a transposed one  cuDNN's call
 * FORWARD          fine, filter    coarse  y                 dx                   cudnnConvolutionForward
 * BACKWARD_DATA    coarse, filter  fine    dx                y                    cudnnConvolutionBackwardData
 * BACKWARD_FILTER  fine, coarse    filter  dW                dW                   cudnnConvolutionBackwardFilter
 * </pre>
 */
enum Direction {
    /** The coarse side of the fine side and the filter. */
    FORWARD("cudnnConvolutionForward") {
        @Override
        int heuristics(cudnnHandle handle, ConvolutionDescriptors d, Candidates found) {
            cudnnConvolutionFwdAlgoPerf[] results = new cudnnConvolutionFwdAlgoPerf[Candidates.ROOM];
            for (int i = 0; i < results.length; i++) results[i] = new cudnnConvolutionFwdAlgoPerf();
            int status = JCudnn.cudnnGetConvolutionForwardAlgorithm_v7(
                    handle, d.fine, d.filter, d.convolution, d.coarse, results.length, found.count, results);
            return collect(status, results, found);
        }

        @Override
        int search(
                cudnnHandle handle,
                ConvolutionDescriptors d,
                ConvolutionPointers p,
                Pointer workspace,
                long bytes,
                Candidates found) {
            cudnnConvolutionFwdAlgoPerf[] results = new cudnnConvolutionFwdAlgoPerf[Candidates.ROOM];
            for (int i = 0; i < results.length; i++) results[i] = new cudnnConvolutionFwdAlgoPerf();
            int status = JCudnn.cudnnFindConvolutionForwardAlgorithmEx(
                    handle,
                    d.fine,
                    p.fine(),
                    d.filter,
                    p.filter(),
                    d.convolution,
                    d.coarse,
                    p.coarse(),
                    results.length,
                    found.count,
                    results,
                    workspace,
                    bytes);
            return collect(status, results, found);
        }

        private int collect(int status, cudnnConvolutionFwdAlgoPerf[] results, Candidates found) {
            for (int i = 0; status == Cuda.SUCCESS && i < found.count[0]; i++) {
                cudnnConvolutionFwdAlgoPerf r = results[i];
                found.add(r.algo, r.status, r.memory, r.determinism);
            }
            return status;
        }

        @Override
        int workspaceBytes(cudnnHandle handle, ConvolutionDescriptors d, int algorithm, long[] bytes) {
            return JCudnn.cudnnGetConvolutionForwardWorkspaceSize(
                    handle, d.fine, d.filter, d.convolution, d.coarse, algorithm, bytes);
        }

        @Override
        int run(
                cudnnHandle handle,
                ConvolutionDescriptors d,
                ConvolutionPointers p,
                int algorithm,
                Pointer workspace,
                long bytes) {
            return JCudnn.cudnnConvolutionForward(
                    handle,
                    Factors.ONE,
                    d.fine,
                    p.fine(),
                    d.filter,
                    p.filter(),
                    d.convolution,
                    algorithm,
                    workspace,
                    bytes,
                    Factors.ZERO,
                    d.coarse,
                    p.coarse());
        }
    },

    /** The fine side of the coarse side and the filter. */
    BACKWARD_DATA("cudnnConvolutionBackwardData") {
        @Override
        int heuristics(cudnnHandle handle, ConvolutionDescriptors d, Candidates found) {
            cudnnConvolutionBwdDataAlgoPerf[] results = new cudnnConvolutionBwdDataAlgoPerf[Candidates.ROOM];
            for (int i = 0; i < results.length; i++) results[i] = new cudnnConvolutionBwdDataAlgoPerf();
            int status = JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
                    handle, d.filter, d.coarse, d.convolution, d.fine, results.length, found.count, results);
            return collect(status, results, found);
        }

        @Override
        int search(
                cudnnHandle handle,
                ConvolutionDescriptors d,
                ConvolutionPointers p,
                Pointer workspace,
                long bytes,
                Candidates found) {
            cudnnConvolutionBwdDataAlgoPerf[] results = new cudnnConvolutionBwdDataAlgoPerf[Candidates.ROOM];
            for (int i = 0; i < results.length; i++) results[i] = new cudnnConvolutionBwdDataAlgoPerf();
            int status = JCudnn.cudnnFindConvolutionBackwardDataAlgorithmEx(
                    handle,
                    d.filter,
                    p.filter(),
                    d.coarse,
                    p.coarse(),
                    d.convolution,
                    d.fine,
                    p.fine(),
                    results.length,
                    found.count,
                    results,
                    workspace,
                    bytes);
            return collect(status, results, found);
        }

        private int collect(int status, cudnnConvolutionBwdDataAlgoPerf[] results, Candidates found) {
            for (int i = 0; status == Cuda.SUCCESS && i < found.count[0]; i++) {
                cudnnConvolutionBwdDataAlgoPerf r = results[i];
                found.add(r.algo, r.status, r.memory, r.determinism);
            }
            return status;
        }

        @Override
        int workspaceBytes(cudnnHandle handle, ConvolutionDescriptors d, int algorithm, long[] bytes) {
            return JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
                    handle, d.filter, d.coarse, d.convolution, d.fine, algorithm, bytes);
        }

        @Override
        int run(
                cudnnHandle handle,
                ConvolutionDescriptors d,
                ConvolutionPointers p,
                int algorithm,
                Pointer workspace,
                long bytes) {
            return JCudnn.cudnnConvolutionBackwardData(
                    handle,
                    Factors.ONE,
                    d.filter,
                    p.filter(),
                    d.coarse,
                    p.coarse(),
                    d.convolution,
                    algorithm,
                    workspace,
                    bytes,
                    Factors.ZERO,
                    d.fine,
                    p.fine());
        }
    },

    /** The filter's gradient of the fine side and the coarse side, one of them a gradient. */
    BACKWARD_FILTER("cudnnConvolutionBackwardFilter") {
        @Override
        int heuristics(cudnnHandle handle, ConvolutionDescriptors d, Candidates found) {
            cudnnConvolutionBwdFilterAlgoPerf[] results = new cudnnConvolutionBwdFilterAlgoPerf[Candidates.ROOM];
            for (int i = 0; i < results.length; i++) results[i] = new cudnnConvolutionBwdFilterAlgoPerf();
            int status = JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                    handle, d.fine, d.coarse, d.convolution, d.filter, results.length, found.count, results);
            return collect(status, results, found);
        }

        @Override
        int search(
                cudnnHandle handle,
                ConvolutionDescriptors d,
                ConvolutionPointers p,
                Pointer workspace,
                long bytes,
                Candidates found) {
            cudnnConvolutionBwdFilterAlgoPerf[] results = new cudnnConvolutionBwdFilterAlgoPerf[Candidates.ROOM];
            for (int i = 0; i < results.length; i++) results[i] = new cudnnConvolutionBwdFilterAlgoPerf();
            int status = JCudnn.cudnnFindConvolutionBackwardFilterAlgorithmEx(
                    handle,
                    d.fine,
                    p.fine(),
                    d.coarse,
                    p.coarse(),
                    d.convolution,
                    d.filter,
                    p.filter(),
                    results.length,
                    found.count,
                    results,
                    workspace,
                    bytes);
            return collect(status, results, found);
        }

        private int collect(int status, cudnnConvolutionBwdFilterAlgoPerf[] results, Candidates found) {
            for (int i = 0; status == Cuda.SUCCESS && i < found.count[0]; i++) {
                cudnnConvolutionBwdFilterAlgoPerf r = results[i];
                found.add(r.algo, r.status, r.memory, r.determinism);
            }
            return status;
        }

        @Override
        int workspaceBytes(cudnnHandle handle, ConvolutionDescriptors d, int algorithm, long[] bytes) {
            return JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
                    handle, d.fine, d.coarse, d.convolution, d.filter, algorithm, bytes);
        }

        @Override
        int run(
                cudnnHandle handle,
                ConvolutionDescriptors d,
                ConvolutionPointers p,
                int algorithm,
                Pointer workspace,
                long bytes) {
            return JCudnn.cudnnConvolutionBackwardFilter(
                    handle,
                    Factors.ONE,
                    d.fine,
                    p.fine(),
                    d.coarse,
                    p.coarse(),
                    d.convolution,
                    algorithm,
                    workspace,
                    bytes,
                    Factors.ZERO,
                    d.filter,
                    p.filter());
        }
    };

    /** The call that {@link #run} makes, for messages. */
    final String call;

    Direction(String call) {
        this.call = call;
    }

    /** Elements of what the product writes. */
    final long resultSize(ConvolutionShape shape) {
        return switch (this) {
            case FORWARD -> shape.coarseSize();
            case BACKWARD_DATA -> shape.fineSize();
            case BACKWARD_FILTER -> shape.filterSize();
        };
    }

    /** {@code p} with another place for the result. */
    final ConvolutionPointers withResult(ConvolutionPointers p, Raw.Device result) {
        return switch (this) {
            case FORWARD -> new ConvolutionPointers(p.fine(), p.filter(), result);
            case BACKWARD_DATA -> new ConvolutionPointers(result, p.filter(), p.coarse());
            case BACKWARD_FILTER -> new ConvolutionPointers(p.fine(), result, p.coarse());
        };
    }

    /** Lists the algorithms as cuDNN guesses their order, without running any. */
    abstract int heuristics(cudnnHandle handle, ConvolutionDescriptors d, Candidates found);

    /** Runs all algorithms that the workspace suffices for and lists them, the fastest first; overwrites the result. */
    abstract int search(
            cudnnHandle handle,
            ConvolutionDescriptors d,
            ConvolutionPointers p,
            Pointer workspace,
            long bytes,
            Candidates found);

    /** Sets {@code bytes[0]} to what {@code algorithm} needs. */
    abstract int workspaceBytes(cudnnHandle handle, ConvolutionDescriptors d, int algorithm, long[] bytes);

    /** Gives the product to the stream; overwrites the result. */
    abstract int run(
            cudnnHandle handle,
            ConvolutionDescriptors d,
            ConvolutionPointers p,
            int algorithm,
            Pointer workspace,
            long bytes);
}
