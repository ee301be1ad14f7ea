// What stands between layers: pooling, dropout, sums, columns side by side, zeros. Loops over channels, in vectors or such
// that the compiler makes vectors of.
#include "../kernels/math/dropout.h"
#include "../kernels/math/pool.h"
#include "elements.h"
#include "kernels_isa.h"

#include <cstring>

namespace duet {
namespace DUET_ISA {
namespace {

constexpr int chunk = 64;  // channels of a dropout at a time, in arrays that stay in the nearest cache

/** Windows of size x size pixels of images (height, width, channels). */
struct Windows {
    int size, height, width, channels;

    int rows() const { return height / size; }
    int columns() const { return width / size; }
    /** Offset of pixel k of a window from its first. */
    long pixel(int k) const { return (static_cast<long>(k / size) * width + k % size) * channels; }
    long first(int row, int column) const { return (static_cast<long>(row) * width + column) * size * channels; }
    long image() const { return static_cast<long>(height) * width * channels; }
};

/** The largest values of a window's channels, one vector of them, and which of its pixels has each. */
template <int type>
inline void largest(const Windows& w, const void* x, long at, Vec& value, Words& place) {
    value = load(type, x, at);
    place = Words{};
    for (int k = 1; k < w.size * w.size; k++) {
        Vec next = load(type, x, at + w.pixel(k));
        auto better = outranks(next, value);
        value = better ? next : value;
        place = better ? Words{} + static_cast<uint32_t>(k) : place;
    }
}

/** Calls body(offset in x, offset in y, count) for each vector of channels of each window, count of them if not full, else 0. */
template <typename Body>
void forWindows(const Windows& w, int images, Body body) {
    long y = 0;
    for (int i = 0; i < images; i++) {
        for (int row = 0; row < w.rows(); row++) {
            for (int column = 0; column < w.columns(); column++, y += w.channels) {
                long x = i * w.image() + w.first(row, column);
                int c = 0;
                for (; c + lanes <= w.channels; c += lanes) body(x + c, y + c, 0);
                if (c < w.channels) body(x + c, y + c, w.channels - c);
            }
        }
    }
}

template <int type>
void poolForward(const Windows& w, const void* x, void* y, int images) {
    forWindows(w, images, [&](long from, long to, int count) {
        Vec value;
        Words place;
        largest<type>(w, x, from, value, place);
        storeSome(type, y, to, value, count);
    });
}

template <int type>
void poolBackward(const Windows& w, const void* x, const void* dy, void* dx, int images) {
    std::memset(dx, 0, static_cast<size_t>(images * w.image() * bytesOf(type)));  // also what no window holds
    forWindows(w, images, [&](long from, long to, int count) {
        Vec value, d = load(type, dy, to);
        Words place;
        largest<type>(w, x, from, value, place);
        for (int k = 0; k < w.size * w.size; k++) {
            storeSome(type, dx, from + w.pixel(k), place == static_cast<uint32_t>(k) ? d : Vec{}, count);
        }
    });
}

/** What the elements of a dropout are multiplied by. */
struct Draws {
    uint64_t seed;
    uint32_t step;
    uint64_t threshold;
    float scale;

    /** factors[k][i] of draws 4 blocks[i] + k. */
    inline void factorsOf(const uint64_t (&blocks)[chunk], int count, float (&factors)[4][chunk]) const {
        for (int i = 0; i < count; i++) {
            uint32_t bits[4];
            philoxBlock(seed, streamDropout, step, blocks[i], bits);
            for (int k = 0; k < 4; k++) factors[k][i] = dropoutFactor(bits[k], threshold, scale);
        }
    }

    /** factors[c] of draws first + c * stride. */
    inline void factorsOf(uint64_t first, uint64_t stride, int count, float (&factors)[chunk]) const {
        uint64_t blocks[chunk];
        float four[4][chunk];
        if (stride == 1 && first % 4 == 0) {  // four neighbours share a block
            int quads = (count + 3) / 4;
            for (int i = 0; i < quads; i++) blocks[i] = first / 4 + static_cast<uint64_t>(i);
            factorsOf(blocks, quads, four);
            for (int c = 0; c < count; c++) factors[c] = four[c % 4][c / 4];
            return;
        }
        for (int c = 0; c < count; c++) blocks[c] = (first + c * stride) / 4;
        factorsOf(blocks, count, four);
        for (int c = 0; c < count; c++) factors[c] = four[(first + c * stride) % 4][c];
    }
};

template <typename Element>
inline void multiply(const Element* x, const float* factors, Element* y, int count) {
    for (int c = 0; c < count; c++) put(y + c, get(x + c) * factors[c]);
}

/** Some channels of one image, a draw for each pixel of each channel. */
template <typename Element>
void dropPixels(const Draws& draws, uint64_t first, const Element* x, Element* y, int area, int channels, int count) {
    if (first % 4 == 0 && area % 4 == 0) {  // four pixels of a channel share a block
        for (int p = 0; p < area; p += 4) {
            uint64_t blocks[chunk];
            for (int c = 0; c < count; c++) blocks[c] = (first + static_cast<uint64_t>(c) * area + p) / 4;
            float factors[4][chunk];
            draws.factorsOf(blocks, count, factors);
            for (int k = 0; k < 4; k++) {
                long at = static_cast<long>(p + k) * channels;
                multiply(x + at, factors[k], y + at, count);
            }
        }
        return;
    }
    for (int p = 0; p < area; p++) {
        float factors[chunk];
        draws.factorsOf(first + p, area, count, factors);
        long at = static_cast<long>(p) * channels;
        multiply(x + at, factors, y + at, count);
    }
}

/** Some channels of one image, a draw for each channel. */
template <typename Element>
void dropChannels(const Draws& draws, uint64_t first, const Element* x, Element* y, int area, int channels, int count) {
    float factors[chunk];
    draws.factorsOf(first, 1, count, factors);
    for (int p = 0; p < area; p++) {
        long at = static_cast<long>(p) * channels;
        multiply(x + at, factors, y + at, count);
    }
}

template <typename Element>
void drop(const Draws& draws, uint64_t firstDraw, bool whole, const Element* x, Element* y, int images, int area,
          int channels) {
    for (int i = 0; i < images; i++) {
        for (int c = 0; c < channels; c += chunk) {
            int count = channels - c < chunk ? channels - c : chunk;
            uint64_t channel = static_cast<uint64_t>(i) * channels + c;
            long at = static_cast<long>(i) * area * channels + c;
            if (whole) {
                dropChannels(draws, firstDraw + channel, x + at, y + at, area, channels, count);
            } else {
                dropPixels(draws, firstDraw + channel * area, x + at, y + at, area, channels, count);
            }
        }
    }
}

template <typename Element>
void sum(const Element* a, const Element* b, Element* y, int64_t count, bool relu) {
    for (int64_t i = 0; i < count; i++) {
        float value = get(a + i) + get(b + i);
        put(y + i, relu && value < 0 ? 0.0f : value);  // keeps NaN
    }
}

template <typename Element>
void gate(const Element* y, const Element* dy, Element* d, int64_t count) {
    for (int64_t i = 0; i < count; i++) d[i] = get(y + i) > 0 ? dy[i] : Element(0);
}

}  // namespace

void poolForward(int type, int64_t x, int64_t y, int images, int height, int width, int channels, int size) {
    auto run = type == float32Type ? poolForward<float32Type> : poolForward<bfloat16Type>;
    run({size, height, width, channels}, at<void>(x), at<void>(y), images);
}

void poolBackward(int type, int64_t x, int64_t dy, int64_t dx, int images, int height, int width, int channels,
                  int size) {
    auto run = type == float32Type ? poolBackward<float32Type> : poolBackward<bfloat16Type>;
    run({size, height, width, channels}, at<void>(x), at<void>(dy), at<void>(dx), images);
}

void dropout(int type, int64_t seed, int step, int64_t firstDraw, int64_t threshold, float scale, int wholeChannels,
             int64_t x, int64_t y, int images, int area, int channels) {
    Draws draws = {static_cast<uint64_t>(seed), static_cast<uint32_t>(step), static_cast<uint64_t>(threshold), scale};
    uint64_t first = static_cast<uint64_t>(firstDraw);
    if (type == float32Type) {
        drop(draws, first, wholeChannels != 0, at<const float>(x), at<float>(y), images, area, channels);
    } else {
        drop(draws, first, wholeChannels != 0, at<const uint16_t>(x), at<uint16_t>(y), images, area, channels);
    }
}

void add(int type, int64_t a, int64_t b, int64_t y, int64_t count, int relu) {
    if (type == float32Type) {
        sum(at<const float>(a), at<const float>(b), at<float>(y), count, relu != 0);
    } else {
        sum(at<const uint16_t>(a), at<const uint16_t>(b), at<uint16_t>(y), count, relu != 0);
    }
}

void gateCopy(int type, int64_t y, int64_t dy, int64_t d, int64_t count) {
    if (y == 0) {
        std::memcpy(at<void>(d), at<void>(dy), static_cast<size_t>(count * bytesOf(type)));
    } else if (type == float32Type) {
        gate(at<const float>(y), at<const float>(dy), at<float>(d), count);
    } else {
        gate(at<const uint16_t>(y), at<const uint16_t>(dy), at<uint16_t>(d), count);
    }
}

void copyColumns(int64_t source, int sourceColumns, int64_t target, int targetColumns, int rows, int columns) {
    for (int64_t row = 0; row < rows; row++) {
        std::memcpy(at<float>(target) + row * targetColumns, at<float>(source) + row * sourceColumns,
                    static_cast<size_t>(columns) * sizeof(float));
    }
}

void zero(int64_t target, int64_t bytes) { std::memset(at<void>(target), 0, static_cast<size_t>(bytes)); }

}  // namespace DUET_ISA
}  // namespace duet
