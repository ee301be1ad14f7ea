package dev.duet.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Backend;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import dev.duet.backend.cuda.SimCuda;
import dev.duet.run.RunConfig;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a training step of the lab's structure gives the GPU, by name; how wide its layers are changes nothing of that. Per
 * modality it has 8 layers: the first and the last and 2 linear ones are products of cuBLAS (y, dW and, but for the first, dx),
 * the 4 convolutions between them are cuDNN's (y, dW, dx).
 */
class CudaStepLaunchesTest {
    private static final int BATCH = 4;

    private static RunConfig lab() {
        return RunConfig.preset("lab")
                .with("modality.0.size", "16")
                .with("modality.1.size", "16")
                .with("model.widths", "[8, 16, 16]")
                .with("model.latent", "8");
    }

    /** Number and name of all that the third step gives; the first runs op by op, the second is recorded. */
    private static String step(Precision precision) {
        try (Backend backend = CudaVariants.arena(precision)) {
            StepSubject step = new StepSubject(backend, lab(), BenchImages.of(lab(), BATCH), BATCH);
            for (int i = 0; i < 3; i++) {
                SimCuda.clearCounters();
                step.run();
                step.finish();
            }
            return SimCuda.work().entrySet().stream()
                    .map(e -> e.getValue().runs() + " " + e.getKey() + "\n")
                    .collect(Collectors.joining());
        }
    }

    private static void assertOneGraph(int nodes) {
        assertThat(SimCuda.counter("graphLaunches")).isEqualTo(1);
        assertThat(SimCuda.counter("graphNodes")).as("all but the copies").isEqualTo(nodes);
        CudaVariants.assertNoFaults();
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP32", "TF32"})
    void inFloat32(Precision precision) {
        assertThat(step(precision)).isEqualTo("""
                        1 adam
                        16 bias_activation_backward_f32
                        14 bias_activation_f32
                        1 cuMemcpyDtoHAsync
                        3 cuMemcpyHtoDAsync
                        22 cublasGemmEx
                        8 cudnnConvolutionBackwardData
                        8 cudnnConvolutionBackwardFilter
                        8 cudnnConvolutionForward
                        2 gather_f32
                        4 im2col_f32
                        1 latent_backward
                        1 latent_forward
                        1 normal
                        2 output_f32
                        """);
        assertOneGraph(88);
    }

    /** Heads and codes stay float32, so products have copies of them; dW of cuDNN is bfloat16 and cast. */
    @Test
    void inBfloat16() {
        assertThat(step(Precision.BF16)).isEqualTo("""
                        1 adam
                        14 bias_activation_backward_bf16
                        2 bias_activation_backward_f32
                        12 bias_activation_bf16
                        2 bias_activation_f32
                        8 cast_bf16_f32
                        4 cast_f32_bf16
                        1 cuMemcpyDtoHAsync
                        3 cuMemcpyHtoDAsync
                        22 cublasGemmEx
                        8 cudnnConvolutionBackwardData
                        8 cudnnConvolutionBackwardFilter
                        8 cudnnConvolutionForward
                        2 gather_f32
                        2 im2col_bf16
                        2 im2col_f32_bf16
                        1 latent_backward
                        1 latent_forward
                        1 normal
                        2 output_bf16
                        """);
        assertOneGraph(100);
    }
}
