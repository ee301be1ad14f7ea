// The latent part between encoders and decoders in one kernel each way. Grid: y over terms (backward: modalities), x
// over rows and dimensions, one thread each; forward at most 64 in x, since the last block adds their sums up.
#include "latent.cuh"

using namespace duet;

/**
 * Codes and the posteriors of the subsets; terms (subsets + modalities + joint KLs): the KL terms, summed over the rows, in nats.
 * partials (gridDim.x, terms).
 */
DUET_KERNEL latent_forward(const LatentPlan* plan, const float* eps, float* terms, float* partials,
                           unsigned* counter) {
    const LatentPlan& p = *plan;
    sumTerms(p, terms, partials, counter, [&](int k) {
        float kl = 0;
        if (k < p.subsets) {
            const LatentSubset& s = p.subsetList()[k];
            forElements(p, eps, p.shared, [&](const LatentRow& row, int j) {
                Normal q = product(row, s, j);
                s.mu[row.index * p.shared + j] = q.mu;
                s.logVar[row.index * p.shared + j] = q.logVar;
                sampleShared(row, k, q, j);
                kl += klToStandardNormal(q.mu, q.logVar);
            });
        } else if (k < p.normals()) {
            const LatentModality& t = p.modalityList()[k - p.subsets];
            forElements(p, eps, t.privates, [&](const LatentRow& row, int j) {
                samplePrivate(row, t, j);
                Normal q = privateOf(row, t, j);
                kl += klToStandardNormal(q.mu, q.logVar);
            });
        } else {  // from the experts, as other blocks store the posteriors meanwhile
            const LatentSubset& joint = p.subsetList()[p.joint];
            const LatentSubset& to = p.subsetList()[p.jointKlList()[k - p.normals()].subset];
            forElements(p, eps, p.shared, [&](const LatentRow& row, int j) {
                kl += jointKl(product(row, joint, j), product(row, to, j));
            });
        }
        return kl;
    });
}

/** dHead of all modalities, overwritten, from dCode and the weights of the KL terms. */
DUET_KERNEL latent_backward(const LatentPlan* plan, const float* eps, const StepScalars* step) {
    const LatentPlan& p = *plan;
    const float logEpsilon = static_cast<float>(p.logPoeEpsilon);
    forRowsOfGrid(p.modalities, [&](int m) {
        const LatentModality& modality = p.modalityList()[m];
        forElements(p, eps, p.shared + modality.privates, [&](const LatentRow& row, int column) {
            if (column < p.shared) {
                int j = column;
                Normal expert = expertOf(row, modality, j), sum = {0, 0};
                forSubsetsWith(p, m, [&](const LatentSubset& s, int n) {
                    Normal q = storedPosterior(row, s, j);
                    Normal d = sampleBackward(q, sampleGradient(row, n, j), row.eps[n * p.shared + j]);
                    addKlGradient(d, q, subsetWeight(s, *step));
                    addJointKlGradients(d, row, n, j, *step);
                    addExpertGradient(sum, expert, logEpsilon, q, d);
                });
                row.dHead(modality)[j] = sum.mu;
                row.dHead(modality)[p.shared + j] = sum.logVar;
            } else {
                int j = column - static_cast<int>(p.shared);
                Normal q = privateOf(row, modality, j), d = {0, 0};
                addKlGradient(d, q, step->betaPrivate);
                addPrivateSampleGradient(d, row, modality, q, j);
                row.dPrivate(modality)[j] = d.mu;
                row.dPrivate(modality)[modality.privates + j] = d.logVar;
            }
        });
    });
}
