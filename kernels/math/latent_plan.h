// The latent part's description, made once per op by Java in the memory of the device that runs it: 64-bit words.
#pragma once
#include "hd.h"

namespace duet {

struct LatentModality {
    float* head;      // (B, 2Z + 2W): mu, logVar, private mu, private logVar
    float* dHead;     // null without gradients
    float* code;      // (n B, Z + W)
    float* dCode;     // null without gradients
    int64_t privates; // W
    int64_t blocks;   // n
    int64_t firstBlock;
};

struct LatentSubset {
    int64_t members;  // bit m: modality m's expert is in the product
    double weight;    // a_S
    float* mu;        // (B, Z), kept from forward to backward
    float* logVar;    // (B, Z)

    DUET_HD bool holds(int64_t modality) const { return members >> modality & 1; }
};

/** Where a block's private code comes from: the row's own posterior, N(0, I), or the posterior of LatentRow::neighbour. */
enum class PrivateSource : int64_t { POSTERIOR, PRIOR, SWAPPED };

struct LatentBlock {
    int64_t subset;
    int64_t noiseColumn;  // of the private code
    PrivateSource source; // only of POSTERIOR with a gradient
};

/** E18: KL(joint posterior || posterior of that subset). */
struct LatentJointKl {
    int64_t subset;
    double weight;  // j_S
};

/** The latent part: followed by the lists in the order of the accessors. */
struct LatentPlan {
    int64_t rows, shared, modalities, subsets, noiseColumns;  // B, Z, M, subsets, R
    double logPoeEpsilon;                                     // minus infinity for none
    int64_t joint, jointKls;                                  // subset of all modalities, where there are joint KLs

    DUET_HD const LatentModality* modalityList() const { return reinterpret_cast<const LatentModality*>(this + 1); }
    DUET_HD const LatentSubset* subsetList() const {
        return reinterpret_cast<const LatentSubset*>(modalityList() + modalities);
    }
    DUET_HD const LatentJointKl* jointKlList() const {
        return reinterpret_cast<const LatentJointKl*>(subsetList() + subsets);
    }
    DUET_HD const LatentBlock* blockList() const {
        return reinterpret_cast<const LatentBlock*>(jointKlList() + jointKls);
    }
    DUET_HD const LatentBlock& block(const LatentModality& t, int64_t i) const { return blockList()[t.firstBlock + i]; }
    /** Normals with samples and a KL to the prior: posteriors of the subsets, then private ones. */
    DUET_HD int64_t normals() const { return subsets + modalities; }
    /** The KLs of the normals, then the joint KLs. */
    DUET_HD int64_t terms() const { return normals() + jointKls; }
};

/** Names for the parts of one row. */
struct LatentRow {
    const LatentPlan& plan;
    int64_t index;
    const float* eps;  // this row's noise (R)

    DUET_HD LatentRow(const LatentPlan& plan, int64_t index, const float* allEps)
        : plan(plan), index(index), eps(allEps + index * plan.noiseColumns) {}

    DUET_HD int64_t headColumns(const LatentModality& m) const { return 2 * plan.shared + 2 * m.privates; }
    DUET_HD const float* mu(const LatentModality& m) const { return m.head + index * headColumns(m); }
    DUET_HD const float* logVar(const LatentModality& m) const { return mu(m) + plan.shared; }
    DUET_HD const float* privateMu(const LatentModality& m) const { return mu(m) + 2 * plan.shared; }
    DUET_HD const float* privateLogVar(const LatentModality& m) const { return privateMu(m) + m.privates; }
    /** Rows 2i and 2i + 1 have each other, a last row without one itself. */
    DUET_HD int64_t neighbour() const { return (index ^ 1) < plan.rows ? index ^ 1 : index; }
    /** Of the posterior that the block's private code is a sample of; its logVar lies W behind. */
    DUET_HD const float* privateMu(const LatentModality& m, const LatentBlock& block) const {
        int64_t row = block.source == PrivateSource::SWAPPED ? neighbour() : index;
        return m.head + row * headColumns(m) + 2 * plan.shared;
    }
    DUET_HD float* dHead(const LatentModality& m) const { return m.dHead + index * headColumns(m); }
    DUET_HD float* dPrivate(const LatentModality& m) const { return dHead(m) + 2 * plan.shared; }
    /** Of this row's code in block i. */
    DUET_HD int64_t codeOffset(const LatentModality& t, int64_t i) const {
        return (i * plan.rows + index) * (plan.shared + t.privates);
    }
};

}  // namespace duet
