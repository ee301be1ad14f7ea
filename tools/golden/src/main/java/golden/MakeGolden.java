package golden;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Computes each {@link Case} with libtorch's autograd in double and writes CASE.safetensors. Inputs are exact in float32, so
 * that what another implementation differs by is its own rounding. Tensors: {@code x/MODALITY} (uint8, value = x / 255),
 * {@code eps}, {@code value/PARAMETER}, {@code gradient/PARAMETER}, {@code updated/PARAMETER} (after two steps of Adam on the
 * same batch, so that its moments matter), {@code term/NAME}, {@code rec}, {@code kl}, {@code kl_private}, {@code loss}; sums
 * over the batch in nats.
 */
public final class MakeGolden {
    private static final double LAPLACE_SCALE = 0.75;
    private static final double LEARNING_RATE = 1e-3;
    private static final long SUM = 2; // at::Reduction::Sum
    private static final long[] ONES = {1, 1};
    private static final long[] ZEROS = {0, 0};

    private final Case spec;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final Map<String, Tensor> terms = new LinkedHashMap<>(); // of the last loss
    private final Safetensors out = new Safetensors();

    private MakeGolden(Case spec) {
        this.spec = spec;
    }

    public static void main(String[] args) throws IOException {
        for (Case spec : List.of(Case.lab(), Case.cross(), Case.privateCodes())) {
            torch.manual_seed(spec.seed());
            new MakeGolden(spec).write(Path.of(args[0], spec.name() + ".safetensors"));
        }
    }

    private void write(Path file) throws IOException {
        for (Case.Modality m : spec.modalities()) makeEncoder(m);
        for (Case.Modality m : spec.modalities()) makeDecoder(m);
        List<Tensor> images = new ArrayList<>();
        for (Case.Modality m : spec.modalities()) images.add(makeImages(m));
        Tensor eps = torch.randn(spec.batch(), noiseColumns()).to(torch.ScalarType.Double);
        save("eps", eps);
        parameters.forEach((name, value) -> save("value/" + name, value));
        Adam adam = new Adam(
                new TensorVector(parameters.values().toArray(new Tensor[0])), new AdamOptions(LEARNING_RATE));
        Tensor loss = loss(images, eps);
        terms.forEach(this::save);
        loss.backward();
        parameters.forEach((name, value) -> save("gradient/" + name, value.grad()));
        adam.step();
        adam.zero_grad();
        loss(images, eps).backward();
        adam.step();
        parameters.forEach((name, value) -> save("updated/" + name, value));
        out.write(file);
        System.out.printf("%s: loss %.6f%n", file.getFileName(), loss.item_double());
    }

    // ---- the model

    /** Uniform in ±1/√fanIn, drawn in float32. */
    private void parameter(String name, double fanIn, long... shape) {
        Tensor value = torch.rand(shape).mul(new Scalar(2 / Math.sqrt(fanIn))).sub(new Scalar(1 / Math.sqrt(fanIn)));
        Tensor leaf = value.to(torch.ScalarType.Double).detach();
        leaf.requires_grad_(true);
        parameters.put(name, leaf);
    }

    private void layer(String name, double fanIn, long outputs, long... weightShape) {
        parameter(name + ".weight", fanIn, weightShape);
        parameter(name + ".bias", fanIn, outputs);
    }

    /** Kernel of the stage that reads an image of {@code side} pixels: even sides are halved, odd ones kept. */
    private static long kernel(int side) {
        return side % 2 == 0 ? 4 : 3;
    }

    private static long[] stride(int side) {
        return side % 2 == 0 ? new long[] {2, 2} : ONES;
    }

    /** Sides of the image before each stage and after the last. */
    private int[] sides(Case.Modality m) {
        int[] sides = new int[spec.widths().length + 1];
        sides[0] = m.size();
        for (int i = 1; i < sides.length; i++) sides[i] = sides[i - 1] % 2 == 0 ? sides[i - 1] / 2 : sides[i - 1];
        return sides;
    }

    private int width(Case.Modality m, int stage) {
        return stage == 0 ? m.channels() : spec.widths()[stage - 1];
    }

    /** Elements of the image after the last stage. */
    private long deepest(Case.Modality m) {
        int side = sides(m)[spec.widths().length];
        return (long) width(m, spec.widths().length) * side * side;
    }

    private void makeEncoder(Case.Modality m) {
        int stages = spec.widths().length;
        for (int i = 0; i < stages; i++) {
            long k = kernel(sides(m)[i]);
            int in = width(m, i);
            int outputs = width(m, i + 1);
            layer("encoder." + m.name() + "." + i, in * k * k, outputs, outputs, in, k, k);
        }
        long head = 2L * spec.latent() + 2L * m.privateDim();
        layer("encoder." + m.name() + "." + stages, deepest(m), head, head, deepest(m));
    }

    private void makeDecoder(Case.Modality m) {
        long code = spec.latent() + m.privateDim();
        layer("decoder." + m.name() + ".0", code, deepest(m), deepest(m), code);
        for (int i = spec.widths().length; i > 0; i--) {
            long k = kernel(sides(m)[i - 1]);
            int in = width(m, i);
            int outputs = width(m, i - 1);
            String name = "decoder." + m.name() + "." + (spec.widths().length - i + 1);
            layer(name, outputs * k * k, outputs, in, outputs, k, k); // PyTorch's fan-in of a transposed convolution
        }
    }

    private Tensor weight(String layer) {
        return parameters.get(layer + ".weight");
    }

    private TensorOptional bias(String layer) {
        return new TensorOptional(parameters.get(layer + ".bias"));
    }

    /** x (B, C, H, W) to head (B, 2Z + 2W): mu, logVar, private mu, private logVar. */
    private Tensor encode(Case.Modality m, Tensor x) {
        String name = "encoder." + m.name() + ".";
        Tensor y = x;
        int stages = spec.widths().length;
        for (int i = 0; i < stages; i++) {
            long[] stride = stride(sides(m)[i]);
            y = torch.relu(torch.conv2d(y, weight(name + i), bias(name + i), stride, ONES, ONES, 1));
        }
        return torch.linear(y.reshape(x.size(0), deepest(m)), weight(name + stages), bias(name + stages));
    }

    /** Code (n, Z + W) to logits (n, C, H, W). */
    private Tensor decode(Case.Modality m, Tensor code) {
        String name = "decoder." + m.name() + ".";
        int stages = spec.widths().length;
        int side = sides(m)[stages];
        Tensor y = torch.linear(code, weight(name + 0), bias(name + 0))
                .reshape(code.size(0), width(m, stages), side, side);
        for (int i = stages; i > 0; i--) {
            int layer = stages - i + 1;
            if (layer > 1) y = torch.relu(y);
            long[] stride = stride(sides(m)[i - 1]);
            y = torch.conv_transpose2d(y, weight(name + layer), bias(name + layer), stride, ONES, ZEROS, 1, ONES);
        }
        return y;
    }

    // ---- the objective

    private record Gaussian(Tensor mu, Tensor variance) {
        Tensor sample(Tensor eps) {
            return mu.add(variance.sqrt().mul(eps));
        }

        /** KL(q ‖ N(0, I)), summed. */
        Tensor kl() {
            Tensor twice = mu.square().add(variance).sub(variance.log()).sub(new Scalar(1.0));
            return twice.sum().mul(new Scalar(0.5));
        }
    }

    private int noiseColumns() {
        int columns = spec.subsets().size() * spec.latent();
        for (Case.Modality m : spec.modalities()) columns += spec.subsets().size() * m.privateDim();
        return columns;
    }

    private Tensor loss(List<Tensor> images, Tensor eps) {
        List<Tensor> heads = new ArrayList<>();
        for (int m = 0; m < images.size(); m++) heads.add(encode(spec.modalities().get(m), images.get(m)));
        List<Tensor> samples = new ArrayList<>();
        Tensor kl = zero();
        for (int s = 0; s < spec.subsets().size(); s++) {
            Gaussian posterior = product(spec.subsets().get(s), heads);
            samples.add(posterior.sample(eps.narrow(1, (long) s * spec.latent(), spec.latent())));
            Tensor term = posterior.kl();
            terms.put("term/kl/" + subsetName(s), term);
            kl = kl.add(term.mul(new Scalar(spec.subsets().get(s).weight())));
        }
        Tensor klPrivate = zero();
        Tensor rec = zero();
        int column = spec.subsets().size() * spec.latent();
        for (int t = 0; t < images.size(); t++) {
            Case.Modality m = spec.modalities().get(t);
            Gaussian own = privateCode(m, heads.get(t));
            Tensor term = own.kl();
            terms.put("term/kl_private/" + m.name(), term);
            klPrivate = klPrivate.add(term);
            for (int s = 0; s < samples.size(); s++) {
                Tensor w = own.sample(eps.narrow(1, column, m.privateDim()));
                column += m.privateDim();
                Tensor code = torch.cat(new TensorVector(samples.get(s), w), 1);
                Tensor nll = nll(m, decode(m, code), images.get(t));
                terms.put("term/nll/" + m.name() + "|" + subsetName(s), nll);
                rec = rec.add(nll.mul(new Scalar(spec.subsets().get(s).weight() * m.lambda())));
            }
        }
        Tensor loss = rec.add(kl.mul(new Scalar(spec.beta()))).add(klPrivate.mul(new Scalar(spec.betaPrivate())));
        terms.put("rec", rec);
        terms.put("kl", kl);
        terms.put("kl_private", klPrivate);
        terms.put("loss", loss);
        return loss;
    }

    private static Tensor zero() {
        return torch.zeros(1).to(torch.ScalarType.Double).sum();
    }

    /** The precisions of the experts and of the prior N(0, I) added up. */
    private Gaussian product(Case.Subset subset, List<Tensor> heads) {
        Tensor precision = null;
        Tensor weighted = null;
        for (int m : subset.members()) {
            Tensor mu = heads.get(m).narrow(1, 0, spec.latent());
            Tensor own = heads.get(m).narrow(1, spec.latent(), spec.latent()).neg().exp();
            precision = precision == null ? own.add(new Scalar(1.0)) : precision.add(own);
            weighted = weighted == null ? mu.mul(own) : weighted.add(mu.mul(own));
        }
        return new Gaussian(weighted.div(precision), precision.reciprocal());
    }

    private Gaussian privateCode(Case.Modality m, Tensor head) {
        Tensor mu = head.narrow(1, 2L * spec.latent(), m.privateDim());
        return new Gaussian(mu, head.narrow(1, 2L * spec.latent() + m.privateDim(), m.privateDim()).exp());
    }

    private static Tensor nll(Case.Modality m, Tensor logits, Tensor x) {
        Tensor mean = torch.sigmoid(logits);
        return switch (m.likelihood()) {
            case BERNOULLI -> torch.binary_cross_entropy(mean, x, new TensorOptional(), SUM);
            case SQUARED_ERROR -> torch.mse_loss(mean, x, SUM);
            case LAPLACE -> mean.sub(x)
                    .abs()
                    .mul(new Scalar(1 / LAPLACE_SCALE))
                    .add(new Scalar(Math.log(2 * LAPLACE_SCALE)))
                    .sum();
        };
    }

    private String subsetName(int s) {
        List<String> names = new ArrayList<>();
        for (int m : spec.subsets().get(s).members()) names.add(spec.modalities().get(m).name());
        return String.join("+", names);
    }

    // ---- inputs and outputs

    /** Uniform bytes; returns them in [0, 1], rounded to float32 as a gather does it. */
    private Tensor makeImages(Case.Modality m) {
        long[] shape = {spec.batch(), m.channels(), m.size(), m.size()};
        float[] levels = floats(torch.rand(shape).mul(new Scalar(255.99)).floor());
        byte[] bytes = new byte[levels.length];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (int) levels[i];
        out.add("x/" + m.name(), shape, bytes);
        float[] values = new float[levels.length];
        for (int i = 0; i < values.length; i++) values[i] = levels[i] / 255f;
        return torch.from_blob(new FloatPointer(values), shape).clone().to(torch.ScalarType.Double);
    }

    private void save(String name, Tensor tensor) {
        long[] shape = new long[(int) tensor.dim()];
        for (int i = 0; i < shape.length; i++) shape[i] = tensor.size(i);
        out.add(name, shape, floats(tensor));
    }

    /** Row-major, rounded to float32. */
    private static float[] floats(Tensor tensor) {
        Tensor plain = tensor.detach().to(torch.ScalarType.Float).contiguous();
        float[] values = new float[(int) plain.numel()];
        new FloatPointer(plain.data_ptr_float()).get(values);
        return values;
    }
}
