package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.cuda.CudaOptions.Precision;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CudaImagesTest {
    private final CudaBackend backend = CudaVariants.arena(Precision.FP32);

    @AfterEach
    void close() {
        backend.close();
        CudaVariants.assertNoFaults();
    }

    @Test
    void eachHostBufferIsCopiedOnce() {
        ByteBuffer pixels = ByteBuffer.allocateDirect(6 * 12);
        CudaImages all = (CudaImages) backend.images(pixels, 6, 2, 2, 3);
        CudaImages again = (CudaImages) backend.images(pixels.duplicate(), 6, 2, 2, 3);
        CudaImages front = (CudaImages) backend.images(pixels.slice(0, 24), 2, 2, 2, 3);
        CudaImages other = (CudaImages) backend.images(ByteBuffer.allocateDirect(6 * 12), 6, 2, 2, 3);
        assertThat(again.address()).isEqualTo(all.address());
        assertThat(front.address()).isEqualTo(all.address());
        assertThat(other.address()).isNotEqualTo(all.address());
        assertThat(backend.context().imageMemory().used()).isEqualTo(2 * 72);
    }

    @Test
    void onlyWholeDirectBuffersWillDo() {
        assertThatThrownBy(() -> backend.images(ByteBuffer.allocate(12), 1, 2, 2, 3))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining(
                        "images (1,3,2,2): expected a direct buffer of 12 bytes, got a heap buffer of 12");
        assertThatThrownBy(() -> backend.images(ByteBuffer.allocateDirect(11), 1, 2, 2, 3))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("got one of 11");
    }
}
