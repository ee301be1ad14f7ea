// Batches from data sets that stay on the device as uint8. Grid: 4 pixels per thread, at most 1024 blocks.
#include "device.cuh"
#include "math/pixel.h"

namespace duet {

/** x[i .. i + n - 1] of the batch, n dividing imageBytes. */
template <int n>
DUET_DEVICE void gather(const uint8_t* images, const int* indices, float* x, int rows, int imageBytes) {
    uint32_t packs = static_cast<uint32_t>(imageBytes / n);
    forShare(static_cast<int64_t>(rows) * packs, [&](int64_t i) {
        uint32_t row = static_cast<uint32_t>(i) / packs;  // i fits: tensors have below 2^31 values
        int64_t image = indices[row];
        uint32_t pack = static_cast<uint32_t>(i) - row * packs;
        Pack<uint8_t, n> bytes = loadPack<n>(images + image * imageBytes + pack * n);
        Pack<float, n> pixels;
#pragma unroll
        for (int k = 0; k < n; k++) pixels.at[k] = unitPixel(bytes.at[k]);
        storePack<n>(x + i * n, pixels);
    });
}

}  // namespace duet

using namespace duet;

/** x (rows, imageBytes) = images (N, imageBytes) at indices (rows) / 255. */
DUET_KERNEL gather_f32(const uint8_t* images, const int* indices, float* x, int rows, int imageBytes) {
    if (imageBytes % 4 == 0 && aligned(images) && aligned(x)) {
        gather<4>(images, indices, x, rows, imageBytes);
    } else {
        gather<1>(images, indices, x, rows, imageBytes);
    }
}
