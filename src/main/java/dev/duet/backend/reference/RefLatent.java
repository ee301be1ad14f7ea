package dev.duet.backend.reference;

import dev.duet.backend.GaussianProduct;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.PrivateSource;
import dev.duet.backend.ShapeMismatch;
import dev.duet.backend.StepScalars;
import dev.duet.backend.Subset;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.stream.IntStream;

/** See {@link dev.duet.backend.Backend#latent}; equations E1 to E4 and E18 of docs/design.md, one element at a time. */
final class RefLatent implements Op {
    private final LatentSpec spec;
    private final StepScalars scalars;
    private final RefTensor[] heads; // m: (B, 2Z + 2W_m)
    private final RefTensor[] dHeads;
    private final RefTensor eps; // (B, R)
    private final RefTensor[] codes; // t: ((n_t + c_t)·B, Z + W_t)
    private final RefTensor[] dCodes;
    private final RefTensor terms;
    private final int batch;

    RefLatent(
            LatentSpec spec,
            StepScalars scalars,
            List<Variable> heads,
            RefTensor eps,
            List<Variable> codes,
            RefTensor terms) {
        this.spec = spec;
        this.scalars = scalars;
        this.eps = eps;
        this.terms = terms;
        this.heads = heads.stream().map(v -> RefTensor.of(v.value())).toArray(RefTensor[]::new);
        this.dHeads = heads.stream().map(v -> RefTensor.orNull(v.grad())).toArray(RefTensor[]::new);
        this.codes = codes.stream().map(v -> RefTensor.of(v.value())).toArray(RefTensor[]::new);
        this.dCodes = codes.stream().map(v -> RefTensor.orNull(v.grad())).toArray(RefTensor[]::new);
        batch = eps.shape().get(0);
        ShapeMismatch.check("latent noise", eps, Shape.of(batch, spec.noiseColumns()));
        for (int m = 0; m < spec.modalities(); m++) {
            ShapeMismatch.check("latent head", this.heads[m], Shape.of(batch, spec.headColumns(m)));
            ShapeMismatch.check(
                    "latent code", this.codes[m], Shape.of(spec.codeBlocks(m).length * batch, spec.codeColumns(m)));
        }
    }

    /** The product of a subset's experts and the prior at one row and dimension. */
    private final class Product {
        final double mu;
        final double logVar;

        Product(Subset subset, int b, int j) {
            int[] of = subset.members().stream().mapToInt(Integer::intValue).toArray();
            GaussianProduct product = GaussianProduct.of(
                    IntStream.of(of).mapToDouble(m -> mu(m, b, j)).toArray(),
                    IntStream.of(of).mapToDouble(m -> logVar(m, b, j)).toArray(),
                    spec.poeEpsilon());
            mu = product.mu();
            logVar = product.logVar();
        }

        /** w_m, the expert's share of the total precision. */
        double share(int m, int b, int j) {
            return Math.exp(GaussianProduct.logPrecision(RefLatent.this.logVar(m, b, j), spec.poeEpsilon()) + logVar);
        }
    }

    private double mu(int m, int b, int j) {
        return heads[m].get(b * spec.headColumns(m) + j);
    }

    private double logVar(int m, int b, int j) {
        return heads[m].get(b * spec.headColumns(m) + spec.shared() + j);
    }

    private double eps(int b, int column) {
        return eps.get(b * spec.noiseColumns() + column);
    }

    @Override
    public void forward() {
        terms.fill(0, spec.terms());
        for (int b = 0; b < batch; b++) {
            for (int s = 0; s < spec.subsets().size(); s++)
                for (int j = 0; j < spec.shared(); j++) shareForward(s, b, j);
            for (int i = 0; i < spec.jointKls().length; i++)
                for (int j = 0; j < spec.shared(); j++) jointKlForward(i, b, j);
            for (int t = 0; t < spec.modalities(); t++)
                for (int j = 0; j < spec.privates().get(t); j++) privateForward(t, b, j);
        }
    }

    private void shareForward(int s, int b, int j) {
        Product q = new Product(spec.subsets().get(s), b, j);
        terms.add(s, Formulas.kl(q.mu, q.logVar));
        double sample = q.mu + Math.exp(q.logVar / 2) * eps(b, s * spec.shared() + j);
        forBlocksOf(s, (t, i) -> codes[t].set(codeIndex(t, i, b, j), sample));
    }

    private void jointKlForward(int i, int b, int j) {
        Product q = joint(b, j);
        Product to = new Product(spec.subsets().get(spec.jointKls()[i]), b, j);
        terms.add(spec.subsets().size() + spec.modalities() + i, Formulas.kl(q.mu, q.logVar, to.mu, to.logVar));
    }

    private void privateForward(int t, int b, int j) {
        double mu = privateMu(t, b, j);
        double logVar = privateLogVar(t, b, j);
        terms.add(spec.subsets().size() + t, Formulas.kl(mu, logVar));
        for (int i = 0; i < spec.codeBlocks(t).length; i++) {
            double noise = eps(b, spec.privateNoiseColumn(t, i) + j);
            double sample = switch (spec.privateSource(t, i)) {
                case POSTERIOR -> mu + Math.exp(logVar / 2) * noise;
                case PRIOR -> noise;
                case SWAPPED -> {
                    int other = neighbour(b);
                    yield privateMu(t, other, j) + Math.exp(privateLogVar(t, other, j) / 2) * noise;
                }
            };
            codes[t].set(codeIndex(t, i, b, spec.shared() + j), sample);
        }
    }

    /** Rows 2i and 2i + 1 have each other, a last row without one itself. */
    private int neighbour(int b) {
        int other = b % 2 == 0 ? b + 1 : b - 1;
        return other < batch ? other : b;
    }

    private interface Block {
        void of(int modality, int i);
    }

    /** Calls {@code block} for each block i of a code that holds the sample of subset {@code s}. */
    private void forBlocksOf(int s, Block block) {
        for (int t = 0; t < spec.modalities(); t++) {
            int[] subsets = spec.codeBlocks(t);
            for (int i = 0; i < subsets.length; i++) if (subsets[i] == s) block.of(t, i);
        }
    }

    private double privateMu(int t, int b, int j) {
        return heads[t].get(b * spec.headColumns(t) + 2 * spec.shared() + j);
    }

    private double privateLogVar(int t, int b, int j) {
        return heads[t].get(
                b * spec.headColumns(t) + 2 * spec.shared() + spec.privates().get(t) + j);
    }

    /** Element of code t that holds column {@code column} of row {@code b} in block {@code i}. */
    private int codeIndex(int t, int i, int b, int column) {
        return (i * batch + b) * spec.codeColumns(t) + column;
    }

    @Override
    public void backward() {
        for (RefTensor dHead : dHeads) dHead.fill(0);
        for (int b = 0; b < batch; b++) {
            for (int s = 0; s < spec.subsets().size(); s++)
                for (int j = 0; j < spec.shared(); j++) shareBackward(s, b, j);
            for (int t = 0; t < spec.modalities(); t++)
                for (int j = 0; j < spec.privates().get(t); j++) privateBackward(t, b, j);
        }
    }

    private void shareBackward(int s, int b, int j) {
        Subset subset = spec.subsets().get(s);
        Product q = new Product(subset, b, j);
        double dSample = sampleGradient(s, b, j);
        double klWeight = subset.weight() * scalars.beta;
        double noise = eps(b, s * spec.shared() + j);
        double dMu = dSample + klWeight * q.mu;
        double dLogVar = 0.5 * dSample * noise * Math.exp(q.logVar / 2) + klWeight * 0.5 * (Math.exp(q.logVar) - 1);
        for (int k : spec.jointKls()) {
            if (s == spec.joint()) {
                dMu += jointKlDMu(k, b, j);
                dLogVar += jointKlDLogVar(k, b, j);
            } else if (s == k) {
                dMu -= jointKlDMu(k, b, j);
                dLogVar += jointKlDLogVarTo(k, b, j);
            }
        }
        for (int m : subset.members()) {
            double share = q.share(m, b, j);
            double slope = Formulas.logPrecisionSlope(logVar(m, b, j), spec.poeEpsilon());
            dHeads[m].add(b * spec.headColumns(m) + j, share * dMu);
            dHeads[m].add(
                    b * spec.headColumns(m) + spec.shared() + j,
                    slope * share * (dLogVar - dMu * (mu(m, b, j) - q.mu)));
        }
    }

    private Product joint(int b, int j) {
        return new Product(spec.subsets().get(spec.joint()), b, j);
    }

    /** d(β·j_S·KL(joint ‖ q_S))/dmu of the joint posterior, S subset number {@code k}; by mu of q_S it is minus that. */
    private double jointKlDMu(int k, int b, int j) {
        Product to = new Product(spec.subsets().get(k), b, j);
        return jointKlWeight(k) * (joint(b, j).mu - to.mu) * Math.exp(-to.logVar);
    }

    private double jointKlDLogVar(int k, int b, int j) {
        Product to = new Product(spec.subsets().get(k), b, j);
        return jointKlWeight(k) * 0.5 * (Math.exp(joint(b, j).logVar - to.logVar) - 1);
    }

    private double jointKlDLogVarTo(int k, int b, int j) {
        Product q = joint(b, j);
        Product to = new Product(spec.subsets().get(k), b, j);
        double distance = q.mu - to.mu;
        return jointKlWeight(k) * 0.5 * (1 - (Math.exp(q.logVar) + distance * distance) * Math.exp(-to.logVar));
    }

    private double jointKlWeight(int k) {
        return spec.subsets().get(k).jointKl() * scalars.beta;
    }

    private double sampleGradient(int s, int b, int j) {
        double[] sum = new double[1];
        forBlocksOf(s, (t, i) -> sum[0] += dCodes[t].get(codeIndex(t, i, b, j)));
        return sum[0];
    }

    private void privateBackward(int t, int b, int j) {
        double mu = privateMu(t, b, j);
        double logVar = privateLogVar(t, b, j);
        double dMu = scalars.betaPrivate * mu;
        double dLogVar = scalars.betaPrivate * 0.5 * (Math.exp(logVar) - 1);
        for (int i = 0; i < spec.codeBlocks(t).length; i++) {
            if (spec.privateSource(t, i) != PrivateSource.POSTERIOR) continue;
            double dSample = dCodes[t].get(codeIndex(t, i, b, spec.shared() + j));
            dMu += dSample;
            dLogVar += 0.5 * dSample * Math.exp(logVar / 2) * eps(b, spec.privateNoiseColumn(t, i) + j);
        }
        int column = b * spec.headColumns(t) + 2 * spec.shared() + j;
        dHeads[t].set(column, dMu);
        dHeads[t].set(column + spec.privates().get(t), dLogVar);
    }
}
