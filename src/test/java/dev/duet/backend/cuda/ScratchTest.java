package dev.duet.backend.cuda;
import dev.duet.backend.*; import dev.duet.tensor.*; import dev.duet.backend.cuda.CudaOptions.Precision;
import org.junit.jupiter.api.Test;
class ScratchTest {
  @Test void normal() {
    try (CudaBackend b = CudaVariants.arena(Precision.FP32)) {
      Tensor eps = b.tensor("eps", Shape.of(3, 5));
      b.normal(0, eps).forward();
      float[] v = new float[15];
      try { b.read(eps, v); } catch (RuntimeException e) { System.out.println(e); }
      System.out.println(java.util.Arrays.toString(v));
    } finally { System.out.println("FAULTS " + SimCuda.faults()); }
  }
}
