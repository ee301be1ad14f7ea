// The convolutions of the simulated cuDNN, in floats: images NHWC, filters KRSC. `fine` is the side that a forward convolution
// reads, `coarse` the one it writes.
#pragma once

#include "library.h"

namespace library {

/** images × height × width × channels */
struct Extent {
    int images, height, width, channels;

    size_t size() const { return size_t(images) * height * width * channels; }
    size_t at(int n, int y, int x) const { return ((size_t(n) * height + y) * width + x) * channels; }
};

struct Convolution {
    Extent fine, coarse;
    int kernelHeight, kernelWidth;
    int padY, padX, strideY, strideX;

    size_t taps() const { return size_t(kernelHeight) * kernelWidth; }
    size_t filterSize() const { return coarse.channels * taps() * fine.channels; }

    /** Calls visit(coarse position, fine position, tap) for all that meet in image n, in a fixed order. */
    template <class Visit>
    void eachTap(int n, Visit visit) const {
        for (int p = 0; p < coarse.height; p++) {
            for (int q = 0; q < coarse.width; q++) {
                for (int r = 0; r < kernelHeight; r++) {
                    int y = p * strideY - padY + r;
                    if (y < 0 || y >= fine.height) continue;
                    for (int s = 0; s < kernelWidth; s++) {
                        int x = q * strideX - padX + s;
                        if (x < 0 || x >= fine.width) continue;
                        visit(coarse.at(n, p, q), fine.at(n, y, x), size_t(r) * kernelWidth + s);
                    }
                }
            }
        }
    }

    /** coarse (N, P, Q, K) of fine (N, H, W, C). */
    std::vector<float> forward(const std::vector<float>& from, const std::vector<float>& filter) const {
        std::vector<float> to(coarse.size(), 0.0f);
        std::vector<float> byTap = coarseInnermost(filter);
        for (int n = 0; n < coarse.images; n++) {
            eachTap(n, [&](size_t target, size_t source, size_t tap) {
                for (int c = 0; c < fine.channels; c++) {
                    const float* weights = &byTap[(tap * fine.channels + c) * coarse.channels];
                    addScaled(&to[target], weights, from[source + c], coarse.channels);
                }
            });
        }
        return to;
    }

    /** fine (N, H, W, C), the adjoint of forward. */
    std::vector<float> backwardData(const std::vector<float>& from, const std::vector<float>& filter) const {
        std::vector<float> to(fine.size(), 0.0f);
        for (int n = 0; n < coarse.images; n++) {
            eachTap(n, [&](size_t source, size_t target, size_t tap) {
                for (int k = 0; k < coarse.channels; k++) {
                    const float* weights = &filter[(k * taps() + tap) * fine.channels];
                    addScaled(&to[target], weights, from[source + k], fine.channels);
                }
            });
        }
        return to;
    }

    /** The filter's gradient; each image by itself and then their sum, in reverse order if asked. */
    std::vector<float> backwardFilter(const std::vector<float>& x, const std::vector<float>& dy, bool reverse) const {
        std::vector<float> sum(filterSize(), 0.0f);
        std::vector<float> ofImage(filterSize());
        for (int i = 0; i < coarse.images; i++) {
            std::fill(ofImage.begin(), ofImage.end(), 0.0f);
            eachTap(reverse ? coarse.images - 1 - i : i, [&](size_t source, size_t target, size_t tap) {
                for (int k = 0; k < coarse.channels; k++) {
                    addScaled(&ofImage[(k * taps() + tap) * fine.channels], &x[target], dy[source + k], fine.channels);
                }
            });
            addScaled(sum.data(), ofImage.data(), 1.0f, static_cast<int>(sum.size()));
        }
        return sum;
    }

private:
    /** The filter (K, taps, C) as (taps, C, K). */
    std::vector<float> coarseInnermost(const std::vector<float>& filter) const {
        std::vector<float> result(filterSize());
        size_t inner = taps() * fine.channels;
        for (int k = 0; k < coarse.channels; k++) {
            for (size_t i = 0; i < inner; i++) result[i * coarse.channels + k] = filter[k * inner + i];
        }
        return result;
    }
};

} // namespace library
