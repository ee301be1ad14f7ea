package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.Op;
import dev.duet.model.Chain;
import dev.duet.model.JointVae;
import dev.duet.model.Network;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.Arrays;

/** Decodes given codes of one modality: samples from the prior, interpolations. */
public final class CodeDecoder {
    private final Backend backend;
    private final Tensor code; // (B, Z + W)
    private final Chain hidden; // → (B, C', H', W')
    private final Op output;
    private final Tensor mean; // (B, C, H, W)

    /** @param batch rows decoded at once */
    public CodeDecoder(Backend backend, JointVae vae, int modality, int batch) {
        this.backend = backend;
        Network decoder = vae.decoder(modality);
        int last = decoder.layers().size() - 1;
        Shape image = vae.image(modality);
        code = backend.tensor("code", Shape.of(batch, vae.latent().codeColumns(modality)));
        mean = backend.tensor("xHat", Shape.of(batch, image.get(0), image.get(1), image.get(2)));
        hidden = decoder.chain(backend, vae.parameters(), 0, Variable.constant(code), last, false);
        output = backend.output(
                decoder.layers().get(last),
                hidden.output(),
                decoder.weight(vae.parameters(), last, 0),
                decoder.bias(vae.parameters(), last, 0),
                vae.spec().modalities().get(modality).likelihood(),
                new double[] {1},
                null,
                mean,
                null,
                0);
    }

    /**
     * @param codes row-major (N, Z + W)
     * @return means in [0, 1], (N, C, H, W)
     */
    public float[] decode(float[] codes) {
        int columns = code.shape().get(1);
        int batch = code.shape().get(0);
        int pixels = mean.shape().size() / batch;
        int count = codes.length / columns;
        float[] out = new float[count * pixels];
        float[] codeBatch = new float[batch * columns];
        float[] meanBatch = new float[batch * pixels];
        for (int from = 0; from < count; from += batch) {
            int rows = Math.min(batch, count - from);
            Arrays.fill(codeBatch, 0);
            System.arraycopy(codes, from * columns, codeBatch, 0, rows * columns);
            backend.write(code, codeBatch);
            hidden.forward();
            output.forward();
            backend.read(mean, meanBatch);
            System.arraycopy(meanBatch, 0, out, from * pixels, rows * pixels);
        }
        return out;
    }
}
