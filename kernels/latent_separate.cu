// What latent.cu does, in separate steps: its readable reference, and what its fusion is measured against. Grid: x over
// rows and dimensions, y over subsets, terms or modalities. dPosterior (subsets, B, 2, Z): gradients of mu and logVar
// of the subsets' posteriors.
#include "latent.cuh"

using namespace duet;

/** E1: the posteriors of the subsets. */
DUET_KERNEL product_of_experts(const LatentPlan* plan) {
    const LatentPlan& p = *plan;
    forRowsOfGrid(p.subsets, [&](int n) {
        const LatentSubset& s = p.subsetList()[n];
        forElements(p, nullptr, p.shared, [&](const LatentRow& row, int j) {
            Normal q = product(row, s, j);
            s.mu[row.index * p.shared + j] = q.mu;
            s.logVar[row.index * p.shared + j] = q.logVar;
        });
    });
}

/** E2 and E4: the codes, after product_of_experts. */
DUET_KERNEL reparameterise(const LatentPlan* plan, const float* eps) {
    const LatentPlan& p = *plan;
    forRowsOfGrid(p.normals(), [&](int k) {
        if (k < p.subsets) {
            const LatentSubset& s = p.subsetList()[k];
            forElements(p, eps, p.shared,
                        [&](const LatentRow& row, int j) { sampleShared(row, k, storedPosterior(row, s, j), j); });
        } else {
            const LatentModality& t = p.modalityList()[k - p.subsets];
            forElements(p, eps, t.privates, [&](const LatentRow& row, int j) { samplePrivate(row, t, j); });
        }
    });
}

/** E3 and E18: terms (subsets + modalities + joint KLs), after product_of_experts. partials (gridDim.x, terms). */
DUET_KERNEL kl_terms(const LatentPlan* plan, float* terms, float* partials, unsigned* counter) {
    const LatentPlan& p = *plan;
    sumTerms(p, terms, partials, counter, [&](int k) {
        float kl = 0;
        if (k >= p.normals()) {
            const LatentSubset& joint = p.subsetList()[p.joint];
            const LatentSubset& to = p.subsetList()[p.jointKlList()[k - p.normals()].subset];
            forElements(p, nullptr, p.shared, [&](const LatentRow& row, int j) {
                kl += jointKl(storedPosterior(row, joint, j), storedPosterior(row, to, j));
            });
            return kl;
        }
        const bool shared = k < p.subsets;
        const LatentModality* t = shared ? nullptr : p.modalityList() + (k - p.subsets);
        forElements(p, nullptr, shared ? p.shared : t->privates, [&](const LatentRow& row, int j) {
            Normal q = shared ? storedPosterior(row, p.subsetList()[k], j) : privateOf(row, *t, j);
            kl += klToStandardNormal(q.mu, q.logVar);
        });
        return kl;
    });
}

/** E2 and E4 backward: dPosterior and the private part of dHead, overwritten, from dCode. */
DUET_KERNEL reparameterise_backward(const LatentPlan* plan, const float* eps, float* dPosterior) {
    const LatentPlan& p = *plan;
    forRowsOfGrid(p.normals(), [&](int k) {
        if (k < p.subsets) {
            const LatentSubset& s = p.subsetList()[k];
            forElements(p, eps, p.shared, [&](const LatentRow& row, int j) {
                Normal q = storedPosterior(row, s, j);
                Normal d = sampleBackward(q, sampleGradient(row, k, j), row.eps[k * p.shared + j]);
                float* target = dPosterior + (k * p.rows + row.index) * 2 * p.shared + j;
                target[0] = d.mu;
                target[p.shared] = d.logVar;
            });
        } else {
            const LatentModality& t = p.modalityList()[k - p.subsets];
            forElements(p, eps, t.privates, [&](const LatentRow& row, int j) {
                Normal d = {0, 0};
                addPrivateSampleGradient(d, row, t, privateOf(row, t, j), j);
                row.dPrivate(t)[j] = d.mu;
                row.dPrivate(t)[t.privates + j] = d.logVar;
            });
        }
    });
}

/** E3 and E18 backward: adds to dPosterior and to the private part of dHead. */
DUET_KERNEL kl_terms_backward(const LatentPlan* plan, const StepScalars* step, float* dPosterior) {
    const LatentPlan& p = *plan;
    forRowsOfGrid(p.normals(), [&](int k) {
        const bool shared = k < p.subsets;
        const LatentSubset* s = p.subsetList() + k;
        const LatentModality* t = p.modalityList() + (k - p.subsets);
        forElements(p, nullptr, shared ? p.shared : t->privates, [&](const LatentRow& row, int j) {
            Normal q = shared ? storedPosterior(row, *s, j) : privateOf(row, *t, j);
            float* mu = shared ? dPosterior + (k * p.rows + row.index) * 2 * p.shared + j : row.dPrivate(*t) + j;
            float* logVar = mu + (shared ? p.shared : t->privates);
            Normal d = {*mu, *logVar};
            addKlGradient(d, q, shared ? subsetWeight(*s, *step) : step->betaPrivate);
            if (shared) addJointKlGradients(d, row, k, j, *step);
            *mu = d.mu;
            *logVar = d.logVar;
        });
    });
}

/** E1 backward: the shared part of dHead, overwritten, from dPosterior. */
DUET_KERNEL product_of_experts_backward(const LatentPlan* plan, const float* dPosterior) {
    const LatentPlan& p = *plan;
    const float logEpsilon = static_cast<float>(p.logPoeEpsilon);
    forRowsOfGrid(p.modalities, [&](int m) {
        const LatentModality& modality = p.modalityList()[m];
        forElements(p, nullptr, p.shared, [&](const LatentRow& row, int j) {
            Normal expert = expertOf(row, modality, j), sum = {0, 0};
            forSubsetsWith(p, m, [&](const LatentSubset& s, int n) {
                const float* d = dPosterior + (n * p.rows + row.index) * 2 * p.shared + j;
                addExpertGradient(sum, expert, logEpsilon, storedPosterior(row, s, j), {d[0], d[p.shared]});
            });
            row.dHead(modality)[j] = sum.mu;
            row.dHead(modality)[p.shared + j] = sum.logVar;
        });
    });
}
