package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CudaPtxTest {
    @Test
    void readsTheSizesOfAllKindsOfParameters() {
        String ptx = """
                .visible .entry first(
                	.param .u64 first_param_0,
                	.param .u32 first_param_1,
                	.param .f32 first_param_2,
                	.param .f64 first_param_3,
                	.param .align 8 .b8 first_param_4[24],
                	.param .u64 .ptr .global .align 1 first_param_5
                )
                {
                	ret;
                }
                .func helper(.param .b32 x) { ret; }
                .entry none()
                { ret; }
                """;
        Map<String, List<Integer>> entries = Ptx.parameterBytes(ptx);
        assertThat(entries).containsOnlyKeys("first", "none");
        assertThat(entries.get("first")).containsExactly(8, 4, 4, 8, 24, 8);
        assertThat(entries.get("none")).isEmpty();
    }

    @Test
    void saysWhichParameterItCannotRead() {
        assertThatThrownBy(() -> Ptx.parameterBytes(".entry odd(\n\t.reg .u64 x\n)"))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("PTX entry odd")
                .hasMessageContaining(".reg .u64 x");
    }
}
