// One row and dimension of the latent part: docs/design.md E1 to E4 and E18. For latent.cu and latent_separate.cu.
#pragma once
#include "device.cuh"
#include "math/latent.h"
#include "math/latent_plan.h"
#include "math/step.h"

namespace duet {

struct Normal {
    float mu, logVar;
};

/** Calls body(m) for the modalities whose experts are in the product. */
template <typename Body>
DUET_DEVICE void forMembers(const LatentPlan& p, const LatentSubset& s, Body body) {
#pragma unroll 1
    for (int m = 0; m < p.modalities; m++) {
        if (s.holds(m)) body(p.modalityList()[m]);
    }
}

/** Calls body(s, n) for the subsets, by their numbers n, that hold modality m's expert. */
template <typename Body>
DUET_DEVICE void forSubsetsWith(const LatentPlan& p, int m, Body body) {
#pragma unroll 1
    for (int n = 0; n < p.subsets; n++) {
        if (p.subsetList()[n].holds(m)) body(p.subsetList()[n], n);
    }
}

/**
 * Calls body(t, offset) for each code of this row that is decoded from subset number n; offset is the code's in
 * t.code.
 */
template <typename Body>
DUET_DEVICE void forCodes(const LatentRow& row, int n, Body body) {
    const LatentPlan& p = row.plan;
#pragma unroll 1
    for (int m = 0; m < p.modalities; m++) {
        const LatentModality& t = p.modalityList()[m];
#pragma unroll 1
        for (int i = 0; i < t.blocks; i++) {
            if (p.block(t, i).subset == n) body(t, row.codeOffset(t, i));
        }
    }
}

/** Calls body(block, offset) for each of this row's codes of modality t. */
template <typename Body>
DUET_DEVICE void forBlocks(const LatentRow& row, const LatentModality& t, Body body) {
#pragma unroll 1
    for (int i = 0; i < t.blocks; i++) body(row.plan.block(t, i), row.codeOffset(t, i));
}

/** E1: posterior of subset s at one row and dimension j. */
DUET_DEVICE Normal product(const LatentRow& row, const LatentSubset& s, int j) {
    const LatentPlan& p = row.plan;
    const float logEpsilon = static_cast<float>(p.logPoeEpsilon);
    float largest = 0;  // the prior expert
    forMembers(p, s, [&](const LatentModality& expert) {
        float l = expertLogPrecision(row.logVar(expert)[j], logEpsilon);
        largest = l > largest ? l : largest;
    });
    float total = exponential(-largest), mu = 0;
    forMembers(p, s, [&](const LatentModality& expert) {
        float share = exponential(expertLogPrecision(row.logVar(expert)[j], logEpsilon) - largest);
        total += share;
        mu += share * row.mu(expert)[j];
    });
    return {mu / total, -(largest + logarithm(total))};
}

/** E2: the sample of subset number n into the codes of all that decode it. */
DUET_DEVICE void sampleShared(const LatentRow& row, int n, Normal q, int j) {
    float sample = reparameterise(q.mu, q.logVar, row.eps[n * row.plan.shared + j]);
    forCodes(row, n, [&](const LatentModality& t, int64_t offset) { t.code[offset + j] = sample; });
}

/** E4: private code of modality t in all its blocks. */
DUET_DEVICE void samplePrivate(const LatentRow& row, const LatentModality& t, int j) {
    forBlocks(row, t, [&](const LatentBlock& block, int64_t offset) {
        float eps = row.eps[block.noiseColumn + j];
        const float* mu = row.privateMu(t, block) + j;
        bool prior = block.source == PrivateSource::PRIOR;
        t.code[offset + row.plan.shared + j] = prior ? eps : reparameterise(mu[0], mu[t.privates], eps);
    });
}

/** Gradient of the sample of subset number n, over all codes that hold it. */
DUET_DEVICE float sampleGradient(const LatentRow& row, int n, int j) {
    float ds = 0;
    forCodes(row, n, [&](const LatentModality& t, int64_t offset) { ds += t.dCode[offset + j]; });
    return ds;
}

/** E2: gradient of a subset's posterior from that of its sample. */
DUET_DEVICE Normal sampleBackward(Normal q, float ds, float eps) {
    return {ds, ds * reparameteriseDLogVar(q.logVar, eps)};
}

/** E3: adds the gradient of weight times the KL term of q. */
DUET_DEVICE void addKlGradient(Normal& d, Normal q, float weight) {
    d.mu += weight * klToStandardNormalDMu(q.mu);
    d.logVar += weight * klToStandardNormalDLogVar(q.logVar);
}

/** E1: adds an expert's part of the gradient d of its product q. */
DUET_DEVICE void addExpertGradient(Normal& sum, Normal expert, float logEpsilon, Normal q, Normal d) {
    float share = expertWeight(expertLogPrecision(expert.logVar, logEpsilon), -q.logVar);
    float slope = expertLogPrecisionSlope(expert.logVar, logEpsilon);
    sum.mu += expertDMu(share, d.mu);
    sum.logVar += expertDLogVar(share, slope, expert.mu, q.mu, d.mu, d.logVar);
}

DUET_DEVICE float subsetWeight(const LatentSubset& s, const StepScalars& step) {
    return static_cast<float>(s.weight * step.beta);
}

DUET_DEVICE Normal storedPosterior(const LatentRow& row, const LatentSubset& s, int j) {
    int64_t at = row.index * row.plan.shared + j;
    return {s.mu[at], s.logVar[at]};
}

/** E18 between two posteriors. */
DUET_DEVICE float jointKl(Normal joint, Normal to) { return klBetween(joint.mu, joint.logVar, to.mu, to.logVar); }

/** E18: adds to the gradient of subset number n's posterior what the joint KLs of which it is a side give it. */
DUET_DEVICE void addJointKlGradients(Normal& d, const LatentRow& row, int n, int j, const StepScalars& step) {
    const LatentPlan& p = row.plan;
#pragma unroll 1
    for (int i = 0; i < p.jointKls; i++) {
        const LatentJointKl& kl = p.jointKlList()[i];
        if (n != p.joint && n != kl.subset) continue;
        Normal joint = storedPosterior(row, p.subsetList()[p.joint], j);
        Normal to = storedPosterior(row, p.subsetList()[kl.subset], j);
        float weight = static_cast<float>(kl.weight * step.beta);
        float dMu = weight * klBetweenDMu(joint.mu, to.mu, to.logVar);
        if (n == p.joint) {
            d.mu += dMu;
            d.logVar += weight * klBetweenDLogVar(joint.logVar, to.logVar);
        } else {
            d.mu -= dMu;
            d.logVar += weight * klBetweenDLogVarTo(joint.mu, joint.logVar, to.mu, to.logVar);
        }
    }
}

DUET_DEVICE Normal expertOf(const LatentRow& row, const LatentModality& m, int j) {
    return {row.mu(m)[j], row.logVar(m)[j]};
}

DUET_DEVICE Normal privateOf(const LatentRow& row, const LatentModality& t, int j) {
    return {row.privateMu(t)[j], row.privateLogVar(t)[j]};
}

/** E4: adds the gradient of modality t's private samples, one per block that has the row's own. */
DUET_DEVICE void addPrivateSampleGradient(Normal& d, const LatentRow& row, const LatentModality& t, Normal q, int j) {
    forBlocks(row, t, [&](const LatentBlock& block, int64_t offset) {
        if (block.source != PrivateSource::POSTERIOR) return;
        Normal part = sampleBackward(q, t.dCode[offset + row.plan.shared + j], row.eps[block.noiseColumn + j]);
        d.mu += part.mu;
        d.logVar += part.logVar;
    });
}

/** Calls body(row, j) for this thread's share of the elements (B, columns). */
template <typename Body>
DUET_DEVICE void forElements(const LatentPlan& p, const float* eps, int64_t columns, Body body) {
    uint32_t width = static_cast<uint32_t>(columns);
    forShare(p.rows * columns, [&](int64_t i) {
        uint32_t row = static_cast<uint32_t>(i) / width;  // i fits: tensors have below 2^31 values
        body(LatentRow(p, row, eps), static_cast<int>(static_cast<uint32_t>(i) - row * width));
    });
}

/**
 * Calls term(k), this thread's part of term number k, for the terms of this block's row of the grid, and adds all up.
 */
template <typename Term>
DUET_DEVICE void sumTerms(const LatentPlan& p, float* terms, float* partials, unsigned* counter, Term term) {
    int count = static_cast<int>(p.terms());
    forRowsOfGrid(count, [&](int k) {
        float sum = blockSum(term(k));
        if (threadIdx.x == 0) partials[static_cast<int64_t>(blockIdx.x) * count + k] = sum;
    });
    sumPartials(terms, partials, counter, static_cast<int>(gridDim.x), count);
}

}  // namespace duet
