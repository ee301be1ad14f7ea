// Group normalisation of images NHWC: per-channel sums over the pixels, the groups' sums from those, then one pass that
// writes. An image stays in the cache between its passes.
#include "../kernels/math/norm.h"
#include "elements.h"
#include "kernels_isa.h"

namespace duet {
namespace DUET_ISA {
namespace {

constexpr int maxVectors = 4;  // of channels at a time: enough chains of sums to hide an addition's latency

struct Extent {
    int area, channels, groups;

    int groupChannels() const { return channels / groups; }
    float groupCount() const { return static_cast<float>(area) * static_cast<float>(groupChannels()); }
    long image() const { return static_cast<long>(area) * channels; }
    /** Floats of an array over the channels that vectors may read and write whole. */
    long padded() const { return (channels + lanes - 1) / lanes * lanes; }
};

/** Calls strip(vectors, channel, count) for all channels, count of them where the last vector is not full, else 0. */
template <typename Strip>
void forStrips(int channels, Strip strip) {
    int channel = 0;
    auto whole = [&](auto vectors) {
        for (; channel + vectors.value * lanes <= channels; channel += vectors.value * lanes) strip(vectors, channel, 0);
    };
    whole(Constant<maxVectors>());
    whole(Constant<2>());
    whole(Constant<1>());
    if (channel < channels) strip(Constant<1>(), channel, channels - channel);
}

/** sums (channels) over the pixels of an image. */
template <int type>
void sumPixels(const Extent& e, const void* x, long image, float* sums) {
    forStrips(e.channels, [&](auto vectors, int channel, int) {
        Vec acc[vectors.value] = {};
        long at = image + channel;
        for (int p = 0; p < e.area; p++, at += e.channels) {
            for (int v = 0; v < vectors.value; v++) acc[v] += load(type, x, at + v * lanes);
        }
        for (int v = 0; v < vectors.value; v++) store(sums + channel + v * lanes, acc[v]);
    });
}

/** Sums (channels) over the pixels of x - mean and of its square. */
template <int type>
void sumDifferences(const Extent& e, const void* x, long image, const float* mean, float* sums, float* squares) {
    forStrips(e.channels, [&](auto vectors, int channel, int) {
        Vec acc[vectors.value] = {}, square[vectors.value] = {}, centre[vectors.value];
        for (int v = 0; v < vectors.value; v++) centre[v] = load(mean + channel + v * lanes);
        long at = image + channel;
        for (int p = 0; p < e.area; p++, at += e.channels) {
            for (int v = 0; v < vectors.value; v++) {
                Vec d = load(type, x, at + v * lanes) - centre[v];
                acc[v] += d;
                square[v] += d * d;
            }
        }
        for (int v = 0; v < vectors.value; v++) store(sums + channel + v * lanes, acc[v]);
        for (int v = 0; v < vectors.value; v++) store(squares + channel + v * lanes, square[v]);
    });
}

/** The sum of a group's entries of an array over the channels. */
double groupSum(const Extent& e, const float* values, int group) {
    double total = 0;
    for (int c = group * e.groupChannels(); c < (group + 1) * e.groupChannels(); c++) total += values[c];
    return total;
}

void fillGroup(const Extent& e, float* values, int group, float value) {
    for (int c = group * e.groupChannels(); c < (group + 1) * e.groupChannels(); c++) values[c] = value;
}

/** The groups' mean and inverse deviation, and the mean of each channel's group. */
template <int type>
void statistics(const Extent& e, const void* x, long image, float* mean, float* sums, float* squares, NormGroup* groups) {
    sumPixels<type>(e, x, image, sums);
    for (int g = 0; g < e.groups; g++) fillGroup(e, mean, g, static_cast<float>(groupSum(e, sums, g) / e.groupCount()));
    sumDifferences<type>(e, x, image, mean, sums, squares);
    for (int g = 0; g < e.groups; g++) {
        groups[g] = normGroup(mean[g * e.groupChannels()], static_cast<float>(groupSum(e, sums, g)),
                              static_cast<float>(groupSum(e, squares, g)), e.groupCount());
        fillGroup(e, mean, g, groups[g].mean);
    }
}

template <int type, bool relu>
void normalise(const Extent& e, const void* x, void* y, long image, const float* mean, const float* gain,
               const float* bias) {
    forStrips(e.channels, [&](auto vectors, int channel, int count) {
        Vec m[vectors.value], g[vectors.value], b[vectors.value];
        for (int v = 0; v < vectors.value; v++) {
            m[v] = load(mean + channel + v * lanes);
            g[v] = load(gain + channel + v * lanes);
            b[v] = load(bias + channel + v * lanes);
        }
        long at = image + channel;
        for (int p = 0; p < e.area; p++, at += e.channels) {
            for (int v = 0; v < vectors.value; v++) {
                Vec value = normalised(load(type, x, at + v * lanes), m[v], g[v], b[v]);
                if (relu) value = value < 0 ? Vec{} : value;  // keeps NaN
                storeSome(type, y, at + v * lanes, value, count);
            }
        }
    });
}

template <int type>
void forward(const Extent& e, const void* x, const float* weight, const float* bias, void* y, NormGroup* groups,
             float* scratch, int images, bool relu) {
    float *mean = scratch, *gain = mean + e.padded(), *shift = gain + e.padded();
    for (int i = 0; i < images; i++, groups += e.groups) {
        statistics<type>(e, x, i * e.image(), mean, gain, shift, groups);
        for (int c = 0; c < e.channels; c++) {
            gain[c] = groups[c / e.groupChannels()].inverse * (weight == nullptr ? 1.0f : weight[c]);
            shift[c] = bias == nullptr ? 0.0f : bias[c];
        }
        if (relu) {
            normalise<type, true>(e, x, y, i * e.image(), mean, gain, shift);
        } else {
            normalise<type, false>(e, x, y, i * e.image(), mean, gain, shift);
        }
    }
}

/** dy where the output was positive, if that decides. */
template <int type, bool relu>
inline Vec gated(const void* dy, const void* y, long at) {
    Vec d = load(type, dy, at);
    return relu ? (load(type, y, at) > 0 ? d : Vec{}) : d;
}

/** Sums (channels) over the pixels of dy and of dy * (x - mean). */
template <int type, bool relu>
void sumGradients(const Extent& e, const void* x, const void* y, const void* dy, long image, const float* mean,
                  float* sums, float* products) {
    forStrips(e.channels, [&](auto vectors, int channel, int) {
        Vec sum[vectors.value] = {}, product[vectors.value] = {}, centre[vectors.value];
        for (int v = 0; v < vectors.value; v++) centre[v] = load(mean + channel + v * lanes);
        long at = image + channel;
        for (int p = 0; p < e.area; p++, at += e.channels) {
            for (int v = 0; v < vectors.value; v++) {
                Vec d = gated<type, relu>(dy, y, at + v * lanes);
                sum[v] += d;
                product[v] += d * (load(type, x, at + v * lanes) - centre[v]);
            }
        }
        for (int v = 0; v < vectors.value; v++) store(sums + channel + v * lanes, sum[v]);
        for (int v = 0; v < vectors.value; v++) store(products + channel + v * lanes, product[v]);
    });
}

template <int type, bool relu>
void inputGradient(const Extent& e, const void* x, const void* y, const void* dy, void* dx, long image,
                   const float* mean, const float* gain, const float* offset, const float* slope) {
    forStrips(e.channels, [&](auto vectors, int channel, int count) {
        Vec m[vectors.value], a[vectors.value], b[vectors.value], c[vectors.value];
        for (int v = 0; v < vectors.value; v++) {
            m[v] = load(mean + channel + v * lanes);
            a[v] = load(gain + channel + v * lanes);
            b[v] = load(offset + channel + v * lanes);
            c[v] = load(slope + channel + v * lanes);
        }
        long at = image + channel;
        for (int p = 0; p < e.area; p++, at += e.channels) {
            for (int v = 0; v < vectors.value; v++) {
                long i = at + v * lanes;
                Vec value = normalisedDx(gated<type, relu>(dy, y, i), load(type, x, i), m[v], a[v], b[v], c[v]);
                storeSome(type, dx, i, value, count);
            }
        }
    });
}

template <int type, bool relu>
void backward(const Extent& e, const void* x, const void* y, const void* dy, const float* weight,
              const NormGroup* groups, void* dx, float* dWeight, float* dBias, float* scratch, int images) {
    long n = e.padded();
    float *mean = scratch, *sums = mean + n, *products = sums + n, *gain = products + n;
    float *offset = sums, *slope = products;  // in the place of the sums, once those are read
    for (int c = 0; c < e.channels; c++) {
        if (dWeight != nullptr) dWeight[c] = 0;
        if (dBias != nullptr) dBias[c] = 0;
    }
    for (int i = 0; i < images; i++, groups += e.groups) {
        for (int g = 0; g < e.groups; g++) fillGroup(e, mean, g, groups[g].mean);
        sumGradients<type, relu>(e, x, y, dy, i * e.image(), mean, sums, products);
        for (int c = 0; c < e.channels; c++) {
            float w = weight == nullptr ? 1.0f : weight[c], inverse = groups[c / e.groupChannels()].inverse;
            if (dWeight != nullptr) dWeight[c] += inverse * products[c];
            if (dBias != nullptr) dBias[c] += sums[c];
            gain[c] = inverse * w;
            sums[c] *= w;
            products[c] *= w;
        }
        if (dx == nullptr) continue;
        for (int g = 0; g < e.groups; g++) {
            NormGradient shared = normGradient(groups[g], static_cast<float>(groupSum(e, sums, g)),
                                               static_cast<float>(groupSum(e, products, g)), e.groupCount());
            fillGroup(e, offset, g, shared.offset);
            fillGroup(e, slope, g, shared.slope);
        }
        inputGradient<type, relu>(e, x, y, dy, dx, i * e.image(), mean, gain, offset, slope);
    }
}

}  // namespace

void normForward(int type, int64_t x, int64_t weight, int64_t bias, int64_t y, int64_t statistics, int64_t scratch,
                 int images, int area, int channels, int groups, int relu) {
    Extent e = {area, channels, groups};
    auto run = type == float32Type ? forward<float32Type> : forward<bfloat16Type>;
    run(e, at<void>(x), at<float>(weight), at<float>(bias), at<void>(y), at<NormGroup>(statistics), at<float>(scratch),
        images, relu != 0);
}

void normBackward(int type, int64_t x, int64_t y, int64_t dy, int64_t weight, int64_t statistics, int64_t dx,
                  int64_t dWeight, int64_t dBias, int64_t scratch, int images, int area, int channels, int groups,
                  int relu) {
    Extent e = {area, channels, groups};
    auto run = type == float32Type ? (relu ? backward<float32Type, true> : backward<float32Type, false>)
                                   : (relu ? backward<bfloat16Type, true> : backward<bfloat16Type, false>);
    run(e, at<void>(x), at<void>(y), at<void>(dy), at<float>(weight), at<NormGroup>(statistics), at<void>(dx),
        at<float>(dWeight), at<float>(dBias), at<float>(scratch), images);
}

}  // namespace DUET_ISA
}  // namespace duet
