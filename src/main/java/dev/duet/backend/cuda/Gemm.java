package dev.duet.backend.cuda;

import jcuda.cudaDataType;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasOperation;

/**
 * One product of row-major matrices, C (m, n) = op(A) (m, k) op(B) (k, n), overwritten; sums in float32. cuBLAS counts columns
 * first, so it is given the transposed product, Cᵀ = op(B)ᵀ op(A)ᵀ, with the same memory.
 */
final class Gemm {
    private static final int DEFAULT_ALGORITHM = -1;

    private final String op;
    private final CudaContext context;
    private final boolean transposeA;
    private final boolean transposeB;
    private final int m;
    private final int n;
    private final int k;
    private final Operand a;
    private final Operand b;
    private final Operand c;
    private final int compute;

    /** @param op for messages */
    Gemm(
            CudaContext context,
            String op,
            int m,
            int n,
            int k,
            boolean transposeA,
            Operand a,
            boolean transposeB,
            Operand b,
            Operand c) {
        this.op = op;
        this.context = context;
        context.cublas(); // opened before any program runs
        this.m = m;
        this.n = n;
        this.k = k;
        this.transposeA = transposeA;
        this.a = a;
        this.transposeB = transposeB;
        this.b = b;
        this.c = c;
        compute = context.options().precision() == CudaOptions.Precision.TF32
                ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32
                : cublasComputeType.CUBLAS_COMPUTE_32F;
    }

    /** Gives the product to the stream. */
    void run() {
        // JCuda's cublasGemmEx is that of CUDA 10, which takes a data type for the kind of arithmetic.
        int status = JCublas2.cublasGemmEx_new(
                context.cublas(),
                operation(transposeB),
                operation(transposeA),
                n,
                m,
                k,
                Factors.ONE,
                b.pointer(),
                typeOf(b),
                transposeB ? k : n,
                a.pointer(),
                typeOf(a),
                transposeA ? m : k,
                Factors.ZERO,
                c.pointer(),
                typeOf(c),
                n,
                compute,
                DEFAULT_ALGORITHM);
        if (status != Cuda.SUCCESS) Cuda.checkCublas(status, "cublasGemmEx", where());
    }

    private String where() {
        return "op '" + op + "', " + m + "x" + k + " by " + k + "x" + n + " in " + a.type().suffix + " to "
                + c.type().suffix;
    }

    private static int operation(boolean transpose) {
        return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    }

    private static int typeOf(Operand operand) {
        return operand.type() == CudaTensor.Type.BF16 ? cudaDataType.CUDA_R_16BF : cudaDataType.CUDA_R_32F;
    }
}
