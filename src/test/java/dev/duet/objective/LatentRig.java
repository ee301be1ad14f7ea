package dev.duet.objective;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.Subset;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;

/** The latent op of one backend, with tensors that are written and read as arrays. */
final class LatentRig {
    private final Backend backend;
    private final List<Variable> heads = new ArrayList<>(); // m: (B, 2Z + 2W_m)
    private final List<Variable> codes = new ArrayList<>(); // t: (n_t·B, Z + W_t)
    private final Tensor eps; // (B, R), zeros until written
    private final Tensor terms; // (K)
    private final Op op;

    LatentRig(Backend backend, LatentSpec spec, int batch) {
        this.backend = backend;
        for (int m = 0; m < spec.modalities(); m++) {
            heads.add(backend.variable("head." + m, Shape.of(batch, spec.headColumns(m)), true));
            Shape code = Shape.of(spec.codeBlocks(m).length * batch, spec.codeColumns(m));
            codes.add(backend.variable("code." + m, code, true));
        }
        eps = backend.tensor("eps", Shape.of(batch, spec.noiseColumns()));
        terms = backend.tensor("terms", Shape.of(spec.terms()));
        op = backend.latent(spec, heads, eps, codes, terms);
    }

    /** Modalities without private codes, Z = 1, batch 1, one subset of all of them that decodes all. */
    static LatentRig product(Backend backend, int modalities, double weight, double poeEpsilon) {
        List<Integer> all = new ArrayList<>();
        for (int m = 0; m < modalities; m++) all.add(m);
        List<Integer> privates = all.stream().map(m -> 0).toList();
        LatentSpec spec = new LatentSpec(1, privates, List.of(new Subset(all, weight, all)), poeEpsilon, false);
        return new LatentRig(backend, spec, 1);
    }

    LatentRig head(int m, double... values) {
        backend.write(heads.get(m).value(), floats(values));
        return this;
    }

    LatentRig eps(double... values) {
        backend.write(eps, floats(values));
        return this;
    }

    LatentRig forward() {
        op.forward();
        return this;
    }

    /** Backward from the given gradient of each modality's code. */
    LatentRig backward(double[]... dCodes) {
        for (int t = 0; t < dCodes.length; t++) backend.write(codes.get(t).grad(), floats(dCodes[t]));
        op.backward();
        return this;
    }

    float[] terms() {
        return read(terms);
    }

    float[] code(int t) {
        return read(codes.get(t).value());
    }

    float[] dHead(int m) {
        return read(heads.get(m).grad());
    }

    private float[] read(Tensor tensor) {
        float[] values = new float[tensor.shape().size()];
        backend.read(tensor, values);
        return values;
    }

    private static float[] floats(double... values) {
        float[] out = new float[values.length];
        for (int i = 0; i < out.length; i++) out[i] = (float) values[i];
        return out;
    }
}
