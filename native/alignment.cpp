// What draws rows together: InfoNCE and cosines, docs/design.md E16 and E17; formulas in kernels/math/contrast.h.
#include "../kernels/math/contrast.h"

#include "kernels_isa.h"
#include "plans.h"
#include "simd.h"

namespace duet {
namespace DUET_ISA {
namespace {

/** A group of n rows of each side, and its place in the scratch memory, n (3 width + 5 + n) + width floats. */
struct Group {
    long n;
    long width;            // of a unit row: its columns, and zeros up to a multiple of 16
    float *a, *b;          // (n, width) unit rows
    float* other;          // forward (width, n): b transposed; backward (n, width): gradient of the unit rows of b
    float *normA, *normB;  // (n) inverse lengths
    float *rows, *columns; // (n) log of the sum of exp(s) over a row, over a column
    float* line;           // (n) for one row at a time
    float* dUnit;          // (width) gradient of one unit row
    float* s;              // (n, n) similarities, row of a by row of b

    Group(float* scratch, long n, long width) : n(n), width(width) {
        a = scratch;
        b = a + n * width;
        other = b + n * width;
        normA = other + n * width;
        normB = normA + n;
        rows = normB + n;
        columns = rows + n;
        line = columns + n;
        dUnit = line + n;
        s = dUnit + width;
    }

    float* end() const { return s + n * n; }
};

/** Calls body(group, number of its first row) for each group. */
template <typename Body>
void forGroups(const ContrastPlan& p, float* scratch, Body body) {
    long width = (p.columns + 15) / 16 * 16;
    for (long first = 0; first < p.count; first += p.group) {
        Group group(scratch, first + p.group < p.count ? p.group : p.count - first, width);
        body(group, first);
        scratch = group.end();
    }
}

float product(const float* a, const float* b, long columns) {
    float sum = 0;
    for (long k = 0; k < columns; k++) sum += a[k] * b[k];
    return sum;
}

/** unit (n, width) = rows of source by their inverse lengths. */
void normalise(const Group& g, const float* source, long stride, long columns, float* unit, float* inverse) {
    for (long i = 0; i < g.n; i++) {
        const float* row = source + i * stride;
        inverse[i] = inverseNorm(product(row, row, columns));
        for (long k = 0; k < columns; k++) unit[i * g.width + k] = inverse[i] * row[k];
        for (long k = columns; k < g.width; k++) unit[i * g.width + k] = 0;
    }
}

/** target (n) += factor * source (n). */
inline void addScaled(float* __restrict target, const float* __restrict source, float factor, long n) {
    for (long i = 0; i < n; i++) target[i] += factor * source[i];
}

/** s = a b^T / temperature. */
void compare(const Group& g, long columns, float inverseTemperature) {
    for (long k = 0; k < columns; k++) {
        for (long j = 0; j < g.n; j++) g.other[k * g.n + j] = g.b[j * g.width + k];
    }
    for (long i = 0; i < g.n; i++) {
        float* s = g.s + i * g.n;
        for (long j = 0; j < g.n; j++) s[j] = 0;
        for (long k = 0; k < columns; k++) {
            addScaled(s, g.other + k * g.n, inverseTemperature * g.a[i * g.width + k], g.n);
        }
    }
}

float largest(const float* p, long n) {
    float result = p[0];
    for (long i = 1; i < n; i++) result = p[i] > result ? p[i] : result;
    return result;
}

/** Lane by lane, then over the lanes. */
float sum(const float* p, long n) {
    Vec partial = {};
    long i = 0;
    for (; i + lanes <= n; i += lanes) partial += load(p + i);
    float total = 0;
    for (int l = 0; l < lanes; l++) total += partial[l];
    for (; i < n; i++) total += p[i];
    return total;
}

/** log of the sums of exp(s) over each row. */
void sumRows(const Group& g) {
    for (long i = 0; i < g.n; i++) {
        const float* s = g.s + i * g.n;
        float shift = largest(s, g.n);
        for (long j = 0; j < g.n; j++) g.line[j] = exponential(s[j] - shift);
        g.rows[i] = shift + logarithm(sum(g.line, g.n));
    }
}

/** And over each column. */
void sumColumns(const Group& g) {
    float* __restrict shift = g.columns;
    float* __restrict sums = g.line;
    for (long j = 0; j < g.n; j++) {
        shift[j] = g.s[j];
        sums[j] = 0;
    }
    for (long i = 1; i < g.n; i++) {
        const float* __restrict s = g.s + i * g.n;
        for (long j = 0; j < g.n; j++) shift[j] = s[j] > shift[j] ? s[j] : shift[j];
    }
    for (long i = 0; i < g.n; i++) {
        const float* __restrict s = g.s + i * g.n;
        for (long j = 0; j < g.n; j++) sums[j] += exponential(s[j] - shift[j]);
    }
    for (long j = 0; j < g.n; j++) shift[j] += logarithm(sums[j]);
}

/** Adds factor times the gradient of a row from d, that of its unit row. */
void addRowGradient(float* target, const float* d, const float* unit, float inverse, long columns, float factor) {
    float along = product(d, unit, columns);
    for (long k = 0; k < columns; k++) target[k] += factor * unitGradient(d[k], along, unit[k], inverse);
}

/** line = d loss / d s of row i. */
void slopes(const Group& g, long i) {
    const float* __restrict s = g.s + i * g.n;
    const float* __restrict columns = g.columns;
    float* __restrict line = g.line;
    const float row = g.rows[i];
    for (long j = 0; j < g.n; j++) line[j] = contrastSlope(s[j], row, columns[j], i == j);
}

}  // namespace

void contrast(int64_t plan, int64_t term, int64_t scratch) {
    const ContrastPlan& p = *at<const ContrastPlan>(plan);
    double total = 0;
    forGroups(p, at<float>(scratch), [&](const Group& g, long first) {
        normalise(g, p.a + first * p.aStride, p.aStride, p.columns, g.a, g.normA);
        normalise(g, p.b + first * p.bStride, p.bStride, p.columns, g.b, g.normB);
        compare(g, p.columns, static_cast<float>(p.inverseTemperature));
        sumRows(g);
        sumColumns(g);
        for (long i = 0; i < g.n; i++) total += 0.5 * (g.rows[i] + g.columns[i]) - g.s[i * g.n + i];
    });
    *at<float>(term) = static_cast<float>(total);
}

void contrastBackward(int64_t plan, int64_t scratch) {
    const ContrastPlan& p = *at<const ContrastPlan>(plan);
    const float factor = static_cast<float>(p.weight * p.inverseTemperature);
    forGroups(p, at<float>(scratch), [&](const Group& g, long first) {
        for (long i = 0; i < g.n * g.width; i++) g.other[i] = 0;
        for (long i = 0; i < g.n; i++) {
            const float* unit = g.a + i * g.width;
            slopes(g, i);
            for (long j = 0; j < g.n; j++) addScaled(g.other + j * g.width, unit, g.line[j], g.width);
            if (p.dA == nullptr) continue;
            for (long k = 0; k < g.width; k++) g.dUnit[k] = 0;
            for (long j = 0; j < g.n; j++) addScaled(g.dUnit, g.b + j * g.width, g.line[j], g.width);
            addRowGradient(p.dA + (first + i) * p.aStride, g.dUnit, unit, g.normA[i], p.columns, factor);
        }
        for (long j = 0; j < g.n && p.dB != nullptr; j++) {
            float* target = p.dB + (first + j) * p.bStride;
            addRowGradient(target, g.other + j * g.width, g.b + j * g.width, g.normB[j], p.columns, factor);
        }
    });
}

namespace {

/** Two rows' inverse lengths and the cosine of their angle. */
struct Angle {
    float inverseA, inverseB, cosine;

    Angle(const float* a, const float* b, long columns)
        : inverseA(inverseNorm(product(a, a, columns))),
          inverseB(inverseNorm(product(b, b, columns))),
          cosine(product(a, b, columns) * inverseA * inverseB) {}
};

}  // namespace

void cosine(int64_t a, int64_t target, int aStride, int targetStride, int count, int columns, int64_t term) {
    double total = 0;
    for (long i = 0; i < count; i++) {
        total += 1 - Angle(at<float>(a) + i * aStride, at<float>(target) + i * targetStride, columns).cosine;
    }
    *at<float>(term) = static_cast<float>(total);
}

void cosineBackward(int64_t a, int64_t target, int64_t dA, int aStride, int targetStride, int count, int columns,
                    float weight) {
    for (long i = 0; i < count; i++) {
        const float* row = at<float>(a) + i * aStride;
        const float* other = at<float>(target) + i * targetStride;
        float* d = at<float>(dA) + i * aStride;
        Angle angle(row, other, columns);
        for (long k = 0; k < columns; k++) {
            float unit = row[k] * angle.inverseA;
            d[k] -= weight * unitGradient(other[k] * angle.inverseB, angle.cosine, unit, angle.inverseA);
        }
    }
}

}  // namespace DUET_ISA
}  // namespace duet
