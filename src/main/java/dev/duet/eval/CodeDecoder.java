package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.Judgement;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.Shards;
import dev.duet.model.Chain;
import dev.duet.model.JointVae;
import dev.duet.model.Network;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** Decodes given codes of one modality: samples from the prior, interpolations. */
public final class CodeDecoder {
    /**
     * @param code (B, Z + W)
     * @param hidden code → last hidden layer (B, C', H', W')
     * @param output → mean
     * @param mean (B, C, H, W)
     */
    private record Shard(int first, int rows, Tensor code, Chain hidden, Op output, Tensor mean) {
        void run() {
            hidden.forward();
            output.forward();
        }
    }

    private final Backend backend;
    private final int batch;
    private final int columns; // Z + W
    private final Shape image; // (C, H, W)
    private final Shard[] shards;
    private final Runnable decoding;

    /** @param batch rows decoded at once */
    public CodeDecoder(Backend backend, JointVae vae, int modality, int batch) {
        this.backend = backend;
        this.batch = batch;
        columns = vae.latent().codeColumns(modality);
        image = vae.image(modality);
        shards = new Shard[backend.shards(batch)];
        for (int s = 0; s < shards.length; s++) shards[s] = shard(vae, modality, s);
        decoding = backend.program(
                "decoding of " + batch + " codes", () -> backend.forEachShard(shards.length, s -> shards[s].run()));
    }

    private Shard shard(JointVae vae, int modality, int s) {
        int first = Shards.first(batch, shards.length, s);
        int rows = Shards.rows(batch, shards.length, s);
        Network decoder = vae.decoder(modality);
        int last = decoder.layers().size() - 1;
        Tensor code = backend.tensor("code", Shape.of(rows, columns));
        Tensor mean = backend.tensor("xHat", image.batched(rows));
        Chain hidden = decoder.hidden(backend, vae.parameters(), 0, first, Variable.constant(code), false);
        Op output = backend.output(
                decoder.layers().get(last),
                hidden.output(),
                decoder.weight(vae.parameters(), last, 0),
                decoder.bias(vae.parameters(), last, 0),
                Judgement.means(vae.spec().modalities().get(modality).likelihood(), mean));
        return new Shard(first, rows, code, hidden, output, mean);
    }

    /**
     * @param codes row-major (N, Z + W)
     * @return means in [0, 1], (N, C, H, W)
     */
    public float[] decode(float[] codes) {
        int count = codes.length / columns;
        float[] out = new float[Math.multiplyExact(count, image.size())];
        for (int from = 0; from < count; from += batch) {
            for (Shard shard : shards) {
                float[] rows = new float[shard.rows * columns];
                int given = Math.min(shard.rows, Math.max(0, count - from - shard.first));
                System.arraycopy(codes, Math.min(from + shard.first, count) * columns, rows, 0, given * columns);
                backend.write(shard.code, rows);
            }
            decoding.run();
            int begin = from;
            backend.forEachShard(shards.length, s -> {
                Shard shard = shards[s];
                float[] means = new float[shard.rows * image.size()];
                backend.read(shard.mean, means);
                int wanted = Math.min(shard.rows, Math.max(0, count - begin - shard.first));
                int at = Math.min(begin + shard.first, count);
                System.arraycopy(means, 0, out, at * image.size(), wanted * image.size());
            });
        }
        return out;
    }

    /**
     * Codes of modality {@code t} put together from others of it: row i is the shared part of row {@code sharedRows[i]} of
     * {@code shared} before the private part of row {@code privateRows[i]} of {@code privates}.
     *
     * @param shared,privates row-major (·, Z + W_t)
     * @return (N, Z + W_t)
     */
    static float[] mixed(
            LatentSpec latent, int t, float[] shared, int[] sharedRows, float[] privates, int[] privateRows) {
        int z = latent.shared();
        int columns = latent.codeColumns(t);
        float[] out = new float[sharedRows.length * columns];
        for (int i = 0; i < sharedRows.length; i++) {
            System.arraycopy(shared, sharedRows[i] * columns, out, i * columns, z);
            System.arraycopy(privates, privateRows[i] * columns + z, out, i * columns + z, columns - z);
        }
        return out;
    }
}
