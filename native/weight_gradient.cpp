// Gradients of weights: outer products of a fine and a coarse position, summed over positions and images in registers. Fine
// and coarse values are walked through in words: one float32, or the bfloat16 of two images (elements.h).
#include "blocking.h"
#include "elements.h"
#include "kernels_isa.h"
#include "plans.h"

namespace duet {
namespace DUET_ISA {
namespace {

/** Adds rows x vectors outer products over some images, or pairs of images, to a tile of the gradient. */
template <typename Product, int rows, int vectors, bool partial>
__attribute__((noinline)) void outerProducts(const WeightPlan& plan, const Panel& panel,
                                             const typename Product::Word* fine, const typename Product::Word* coarse,
                                             float* gradient, int images, bool add, int count) {
    const Pair* pairs = plan.pairs() + panel.first;
    Vec acc[rows][vectors];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) acc[r][v] = add ? load(gradient + r * plan.columns + v * lanes) : Vec{};
    }
    for (int i = 0; i < images; i++, fine += plan.fineImage, coarse += plan.coarseImage) {
        for (int p = 0; p < panel.count; p++) {
            const typename Product::Word* x = fine + pairs[p].fine;
            const typename Product::Word* y = coarse + pairs[p].coarse;
            typename Product::Operand d[vectors];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) d[v] = Product::load(y + v * lanes);
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++) {
                typename Product::Word value = x[r];
#pragma GCC unroll 4
                for (int v = 0; v < vectors; v++) acc[r][v] = Product::multiplyAdd(acc[r][v], value, d[v]);
            }
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) {
            storeSome(float32Type, gradient + r * plan.columns, v * lanes, acc[r][v], partial ? count : 0);
        }
    }
}

/** All rows of a panel for some columns of the gradient. */
template <typename Product, int vectors, bool partial>
void panelColumns(const WeightPlan& plan, const Panel& panel, const typename Product::Word* fine,
                  const typename Product::Word* coarse, float* gradient, int images, bool add, int count) {
    int row = 0;
    float* first = gradient + static_cast<long>(panel.row) * plan.columns;
    auto tile = [&](auto rows) {
        for (; row + rows.value <= panel.rows; row += rows.value) {
            outerProducts<Product, rows.value, vectors, partial>(plan, panel, fine + row, coarse,
                                                                 first + static_cast<long>(row) * plan.columns, images,
                                                                 add, count);
        }
    };
    tile(Constant<maxImages>());
    tile(Constant<4>());
    tile(Constant<2>());
    tile(Constant<1>());
}

/** One panel over some images, or pairs of images; add keeps what the gradient holds. */
template <typename Product>
void addPanel(const WeightPlan& plan, const Panel& panel, const typename Product::Word* fine,
              const typename Product::Word* coarse, float* gradient, int images, bool add) {
    int column = 0;
    for (; column + maxVectors * lanes <= plan.columns; column += maxVectors * lanes) {
        panelColumns<Product, maxVectors, false>(plan, panel, fine, coarse + column, gradient + column, images, add, 0);
    }
    for (; column + lanes <= plan.columns; column += lanes) {
        panelColumns<Product, 1, false>(plan, panel, fine, coarse + column, gradient + column, images, add, 0);
    }
    if (column < plan.columns) {
        panelColumns<Product, 1, true>(plan, panel, fine, coarse + column, gradient + column, images, add,
                                       plan.columns - column);
    }
}

/** All panels over some images, or pairs of images; add keeps what the gradient holds. */
template <typename Product>
void addGroup(const WeightPlan& plan, const typename Product::Word* fine, const typename Product::Word* coarse,
              float* gradient, int images, bool add) {
    for (int n = 0; n < plan.panels; n++) {
        const Panel& panel = plan.panelList()[n];
        addPanel<Product>(plan, panel, fine, coarse, gradient, images, add || !panel.initial);
    }
}

/** One word of each element of two images: the first's in the lower half. Asks early for the lines that it will write. */
inline void pairVectors(const uint16_t* first, const uint16_t* second, WordPair* words) {
    Words a = *reinterpret_cast<const UnalignedWords*>(first), b = *reinterpret_cast<const UnalignedWords*>(second);
    DoubleHalves x = reinterpret_cast<DoubleHalves>(a), y = reinterpret_cast<DoubleHalves>(b), low, high;
    for (int i = 0; i < 2 * lanes; i++) {
        low[i] = static_cast<uint16_t>(i / 2 + i % 2 * 2 * lanes);
        high[i] = static_cast<uint16_t>(low[i] + lanes);
    }
    constexpr int early = 16 * lanes;
    __builtin_prefetch(words + early, 1, 3);
    __builtin_prefetch(words + early + lanes, 1, 3);
    *reinterpret_cast<UnalignedWords*>(words) = reinterpret_cast<Words>(__builtin_shuffle(x, y, low));
    *reinterpret_cast<UnalignedWords*>(words + lanes) = reinterpret_cast<Words>(__builtin_shuffle(x, y, high));
}

/** words (images / 2 rounded up, size) = pairs of images, side by side as bfloat16; an odd last one meets zeros. */
void pairImages(int type, const void* source, WordPair* words, int images, long size) {
    for (int image = 0; image < images; image += 2, words += size) {
        bool both = image + 1 < images;
        long i = 0;
        if (type == bfloat16Type && both) {
            const uint16_t* first = static_cast<const uint16_t*>(source) + image * size;
            for (; i + 2 * lanes <= size; i += 2 * lanes) pairVectors(first + i, first + size + i, words + i);
        }
        for (; i < size; i += lanes) {
            Words first = loadBits(type, source, image * size + i);
            Words second = both ? loadBits(type, source, (image + 1) * size + i) : Words{};
            *reinterpret_cast<UnalignedWords*>(words + i) = first | second << 16;
        }
    }
}

/** Where the pairs of the coarse side lie, behind those of the fine side of a group. */
WordPair* coarsePairs(const WeightPlan& plan, WordPair* scratch, int group) {
    return scratch + (group / 2 * static_cast<long>(plan.fineImage) + 15) / 16 * 16;
}

int evenGroup(const WeightPlan& plan) { return plan.group + plan.group % 2; }

/** Rows first to last - 1 of a shard's gradient, into a gradient that begins with row first; add keeps what it holds. */
void addRows(const WeightProducts& p, float* gradient, bool add, int first, int last) {
    const WeightPlan& plan = *p.plan;
    const WordPair* coarse = coarsePairs(plan, p.scratch, evenGroup(plan));
    for (int n = 0; n < plan.panels; n++) {
        Panel part = plan.panelList()[n];
        int begin = part.row > first ? part.row : first;
        int end = part.row + part.rows < last ? part.row + part.rows : last;
        if (begin >= end) continue;
        const WordPair* fine = p.scratch + (begin - part.row);
        part.row = begin - first;
        part.rows = end - begin;
        addPanel<Bfloat16Product>(plan, part, fine, coarse, gradient, static_cast<int>(p.images + 1) / 2, add);
    }
}

}  // namespace

void convolveWeights(int64_t plan, int fineType, int64_t fine, int coarseType, int64_t coarse, int64_t gradient,
                     int images, int64_t scratch) {
    const WeightPlan& p = *at<const WeightPlan>(plan);
    bool pairs = fineType != float32Type || coarseType != float32Type;
    int group = pairs ? evenGroup(p) : p.group;
    WordPair* x = at<WordPair>(scratch);
    WordPair* y = coarsePairs(p, x, group);
    for (int begin = 0; begin < images; begin += group) {
        int count = begin + group <= images ? group : images - begin;
        int64_t fineGroup = fine + begin * bytesOf(fineType) * p.fineImage;
        int64_t coarseGroup = coarse + begin * bytesOf(coarseType) * p.coarseImage;
        if (pairs) {
            pairImages(fineType, at<void>(fineGroup), x, count, p.fineImage);
            pairImages(coarseType, at<void>(coarseGroup), y, count, p.coarseImage);
            addGroup<Bfloat16Product>(p, x, y, at<float>(gradient), (count + 1) / 2, begin > 0);
        } else {
            addGroup<Float32Product>(p, at<float>(fineGroup), at<float>(coarseGroup), at<float>(gradient), count, begin > 0);
        }
    }
}

void pairProducts(int64_t products) {
    const WeightProducts& p = *at<const WeightProducts>(products);
    int images = static_cast<int>(p.images);
    pairImages(static_cast<int>(p.fineType), p.fine, p.scratch, images, p.plan->fineImage);
    pairImages(static_cast<int>(p.coarseType), p.coarse, coarsePairs(*p.plan, p.scratch, evenGroup(*p.plan)), images,
               p.plan->coarseImage);
}

void sumProducts(int64_t products, int64_t gradient, int rows) {
    addRows(*at<const WeightProducts>(products), at<float>(gradient), false, 0, rows);
}

void adamOfProducts(int64_t value, int64_t m, int64_t v, int64_t products, int shards, int64_t begin, int64_t end,
                    double beta1, double beta2, double epsilon, double learningRate, int step) {
    alignas(64) float gradient[maxProductColumns + lanes];
    int64_t gradients = reinterpret_cast<int64_t>(gradient);
    const int64_t* list = at<int64_t>(products);
    int columns = at<const WeightProducts>(list[0])->plan->columns;
    int rows = maxProductColumns / columns;
    int last = static_cast<int>(end / columns);
    for (int row = static_cast<int>(begin / columns); row < last; row += rows) {
        int next = row + rows < last ? row + rows : last;
        for (int shard = 0; shard < shards; shard++) {
            addRows(*at<const WeightProducts>(list[shard]), gradient, shard > 0, row, next);
        }
        int64_t offset = static_cast<int64_t>(row) * columns * sizeof(float);
        adam(value + offset, m + offset, v + offset, reinterpret_cast<int64_t>(&gradients), 1, 0,
             static_cast<int64_t>(next - row) * columns, beta1, beta2, epsilon, learningRate, step);
    }
}

}  // namespace DUET_ISA
}  // namespace duet
