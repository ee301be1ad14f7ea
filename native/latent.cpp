// The latent part between encoders and decoders: docs/design.md E1 to E4 and E18; the formulas are in kernels/math/latent.h.
// "ivdep" where g++ cannot see, or checks in vain, that what a loop writes is apart from what it reads: it would not vectorise.
#include "../kernels/math/latent.h"
#include "../kernels/math/latent_plan.h"

#include "kernels_isa.h"
#include "simd.h"

namespace duet {
namespace DUET_ISA {
namespace {

/**
 * E1 with poe_epsilon or without. Without, the formulas of latent.h give the same (but -logVar of exactly 0 by 1e-38), by way of
 * denormal numbers, which take the processor hundreds of cycles each.
 */
template <bool epsilon>
inline float logPrecision(float logVar, float logEpsilon) {
    return epsilon ? expertLogPrecision(logVar, logEpsilon) : -logVar;
}

template <bool epsilon>
inline float logPrecisionSlope(float logVar, float logEpsilon) {
    return epsilon ? expertLogPrecisionSlope(logVar, logEpsilon) : 1.0f;
}

/** E1: mu and logVar of subset s in its own buffers. scratch (2, Z): the largest log precision, the sum of the rest. */
template <bool epsilon>
void product(const LatentRow& row, const LatentSubset& s, float* scratch) {
    long z = row.plan.shared;
    float logEpsilon = static_cast<float>(row.plan.logPoeEpsilon);
    float* __restrict largest = scratch;
    float* __restrict total = scratch + z;
    float* __restrict mu = s.mu + row.index * z;
    float* __restrict logVar = s.logVar + row.index * z;
    for (long j = 0; j < z; j++) largest[j] = 0;  // the prior expert
    for (long m = 0; m < row.plan.modalities; m++) {
        if (!s.holds(m)) continue;
        const float* expert = row.logVar(row.plan.modalityList()[m]);
        for (long j = 0; j < z; j++) {
            float l = logPrecision<epsilon>(expert[j], logEpsilon);
            largest[j] = l > largest[j] ? l : largest[j];
        }
    }
    for (long j = 0; j < z; j++) {
        total[j] = exponential(-largest[j]);
        mu[j] = 0;
    }
    for (long m = 0; m < row.plan.modalities; m++) {
        if (!s.holds(m)) continue;
        const float* expertMu = row.mu(row.plan.modalityList()[m]);
        const float* expert = row.logVar(row.plan.modalityList()[m]);
        for (long j = 0; j < z; j++) {
            float share = exponential(logPrecision<epsilon>(expert[j], logEpsilon) - largest[j]);
            total[j] += share;
            mu[j] += share * expertMu[j];
        }
    }
    for (long j = 0; j < z; j++) {
        mu[j] /= total[j];
        logVar[j] = -(largest[j] + logarithm(total[j]));
    }
}

/** E3 over n dimensions, in nats. */
double klOfRow(const float* mu, const float* logVar, long n) {
    constexpr long chunk = 64;  // vectors of terms first, then their sum in double
    float kl[chunk];
    double total = 0;
    for (long first = 0; first < n; first += chunk) {
        long count = first + chunk < n ? chunk : n - first;
        for (long j = 0; j < count; j++) kl[j] = klToStandardNormal(mu[first + j], logVar[first + j]);
        for (long j = 0; j < count; j++) total += kl[j];
    }
    return total;
}

/** E18 over n dimensions, in nats. */
double jointKlOfRow(const float* mu, const float* logVar, const float* muTo, const float* logVarTo, long n) {
    constexpr long chunk = 64;
    float kl[chunk];
    double total = 0;
    for (long first = 0; first < n; first += chunk) {
        long count = first + chunk < n ? chunk : n - first;
        for (long i = 0; i < count; i++) {
            long j = first + i;
            kl[i] = klBetween(mu[j], logVar[j], muTo[j], logVarTo[j]);
        }
        for (long i = 0; i < count; i++) total += kl[i];
    }
    return total;
}

/** out = N(mu, exp(logVar)) sampled at eps, over n dimensions. */
void sample(float* out, const float* mu, const float* logVar, const float* eps, long n) {
    for (long j = 0; j < n; j++) out[j] = reparameterise(mu[j], logVar[j], eps[j]);
}

/** E2 and E4: the codes of modality t in all its blocks. */
void codes(const LatentRow& row, const LatentModality& t) {
    long z = row.plan.shared;
    for (long i = 0; i < t.blocks; i++) {
        const LatentBlock& block = row.plan.block(t, i);
        const LatentSubset& s = row.plan.subsetList()[block.subset];
        float* code = t.code + row.codeOffset(t, i);
        sample(code, s.mu + row.index * z, s.logVar + row.index * z, row.eps + block.subset * z, z);
        const float* eps = row.eps + block.noiseColumn;
        if (block.source == PrivateSource::PRIOR) {
            for (long j = 0; j < t.privates; j++) code[z + j] = eps[j];
        } else {
            const float* mu = row.privateMu(t, block);
            sample(code + z, mu, mu + t.privates, eps, t.privates);
        }
    }
}

/** ds (Z): gradient of the sample of subset number s, over all blocks that decode it. */
void sampleGradient(const LatentRow& row, long s, float* ds) {
    long z = row.plan.shared;
    for (long j = 0; j < z; j++) ds[j] = 0;
    for (long m = 0; m < row.plan.modalities; m++) {
        const LatentModality& t = row.plan.modalityList()[m];
        for (long i = 0; i < t.blocks; i++) {
            if (row.plan.block(t, i).subset != s) continue;
            const float* d = t.dCode + row.codeOffset(t, i);
            for (long j = 0; j < z; j++) ds[j] += d[j];
        }
    }
}

/** E18: adds to dMu and dLogVar (Z) of subset number n's posterior what the joint KLs of which it is a side give it. */
void addJointKlGradients(const LatentRow& row, long n, float beta, float* __restrict dMu, float* __restrict dLogVar) {
    long z = row.plan.shared;
    const LatentSubset* subsets = row.plan.subsetList();
    const LatentSubset& joint = subsets[row.plan.joint];
    const float* mu = joint.mu + row.index * z;
    const float* logVar = joint.logVar + row.index * z;
    for (long i = 0; i < row.plan.jointKls; i++) {
        const LatentJointKl& kl = row.plan.jointKlList()[i];
        float weight = static_cast<float>(kl.weight * beta);
        const float* muTo = subsets[kl.subset].mu + row.index * z;
        const float* logVarTo = subsets[kl.subset].logVar + row.index * z;
        if (n == row.plan.joint) {
            for (long j = 0; j < z; j++) {
                dMu[j] += weight * klBetweenDMu(mu[j], muTo[j], logVarTo[j]);
                dLogVar[j] += weight * klBetweenDLogVar(logVar[j], logVarTo[j]);
            }
        } else if (n == kl.subset) {
            for (long j = 0; j < z; j++) {
                dMu[j] -= weight * klBetweenDMu(mu[j], muTo[j], logVarTo[j]);
                dLogVar[j] += weight * klBetweenDLogVarTo(mu[j], logVar[j], muTo[j], logVarTo[j]);
            }
        }
    }
}

/** Adds subset number n's part to the experts' gradients. scratch (3, Z). */
template <bool epsilon>
void productBackward(const LatentRow& row, long n, float beta, float* scratch) {
    long z = row.plan.shared;
    const LatentSubset& s = row.plan.subsetList()[n];
    float logEpsilon = static_cast<float>(row.plan.logPoeEpsilon);
    float weight = static_cast<float>(s.weight * beta);
    const float* mu = s.mu + row.index * z;
    const float* logVar = s.logVar + row.index * z;
    const float* eps = row.eps + n * z;
    float* __restrict ds = scratch;
    float* __restrict dMu = scratch + z;
    float* __restrict dLogVar = scratch + 2 * z;
    sampleGradient(row, n, ds);
    for (long j = 0; j < z; j++) {
        dMu[j] = ds[j] + weight * klToStandardNormalDMu(mu[j]);
        dLogVar[j] = ds[j] * reparameteriseDLogVar(logVar[j], eps[j]) + weight * klToStandardNormalDLogVar(logVar[j]);
    }
    if (row.plan.jointKls > 0) addJointKlGradients(row, n, beta, dMu, dLogVar);
    for (long m = 0; m < row.plan.modalities; m++) {
        if (!s.holds(m)) continue;
        const LatentModality& modality = row.plan.modalityList()[m];
        const float* expertMu = row.mu(modality);
        const float* expertLogVar = row.logVar(modality);
        float* dExpertMu = row.dHead(modality);
        float* dExpertLogVar = dExpertMu + z;
#pragma GCC ivdep
        for (long j = 0; j < z; j++) {
            float share = expertWeight(logPrecision<epsilon>(expertLogVar[j], logEpsilon), -logVar[j]);
            float slope = logPrecisionSlope<epsilon>(expertLogVar[j], logEpsilon);
            dExpertMu[j] += expertDMu(share, dMu[j]);
            dExpertLogVar[j] += expertDLogVar(share, slope, expertMu[j], mu[j], dMu[j], dLogVar[j]);
        }
    }
}

/** Private part of modality t's gradient: its KL once, its sample in each block that has one. */
void privateBackward(const LatentRow& row, const LatentModality& t, float betaPrivate) {
    const float* mu = row.privateMu(t);
    const float* logVar = row.privateLogVar(t);
    float* dMu = row.dPrivate(t);
    float* dLogVar = dMu + t.privates;
#pragma GCC ivdep
    for (long j = 0; j < t.privates; j++) {
        dMu[j] = betaPrivate * klToStandardNormalDMu(mu[j]);
        dLogVar[j] = betaPrivate * klToStandardNormalDLogVar(logVar[j]);
    }
    for (long i = 0; i < t.blocks; i++) {
        const LatentBlock& block = row.plan.block(t, i);
        if (block.source != PrivateSource::POSTERIOR) continue;
        const float* dW = t.dCode + row.codeOffset(t, i) + row.plan.shared;
        const float* eps = row.eps + block.noiseColumn;
#pragma GCC ivdep
        for (long j = 0; j < t.privates; j++) {
            dMu[j] += dW[j];
            dLogVar[j] += dW[j] * reparameteriseDLogVar(logVar[j], eps[j]);
        }
    }
}

}  // namespace

void latentForward(int64_t plan, int64_t eps, int64_t terms, int64_t scratch) {
    const LatentPlan& p = *at<const LatentPlan>(plan);
    double kl[64] = {};  // Java allows at most 64 terms
    auto fuse = std::isinf(p.logPoeEpsilon) ? product<false> : product<true>;
    for (long b = 0; b < p.rows; b++) {
        LatentRow row(p, b, at<float>(eps));
        for (long s = 0; s < p.subsets; s++) {
            const LatentSubset& subset = p.subsetList()[s];
            fuse(row, subset, at<float>(scratch));
            kl[s] += klOfRow(subset.mu + b * p.shared, subset.logVar + b * p.shared, p.shared);
        }
        for (long i = 0; i < p.jointKls; i++) {
            const LatentSubset& joint = p.subsetList()[p.joint];
            const LatentSubset& to = p.subsetList()[p.jointKlList()[i].subset];
            long at = b * p.shared;
            kl[p.normals() + i] +=
                jointKlOfRow(joint.mu + at, joint.logVar + at, to.mu + at, to.logVar + at, p.shared);
        }
        for (long m = 0; m < p.modalities; m++) {
            const LatentModality& t = p.modalityList()[m];
            codes(row, t);
            kl[p.subsets + m] += klOfRow(row.privateMu(t), row.privateLogVar(t), t.privates);
        }
    }
    for (long i = 0; i < p.terms(); i++) at<float>(terms)[i] = static_cast<float>(kl[i]);
}

void latentBackward(int64_t plan, int64_t eps, float beta, float betaPrivate, int64_t scratch) {
    const LatentPlan& p = *at<const LatentPlan>(plan);
    auto fuseBackward = std::isinf(p.logPoeEpsilon) ? productBackward<false> : productBackward<true>;
    for (long b = 0; b < p.rows; b++) {
        LatentRow row(p, b, at<float>(eps));
        for (long m = 0; m < p.modalities; m++) {
            float* d = row.dHead(p.modalityList()[m]);
            for (long j = 0; j < 2 * p.shared; j++) d[j] = 0;
        }
        for (long s = 0; s < p.subsets; s++) fuseBackward(row, s, beta, at<float>(scratch));
        for (long m = 0; m < p.modalities; m++) privateBackward(row, p.modalityList()[m], betaPrivate);
    }
}

}  // namespace DUET_ISA
}  // namespace duet
