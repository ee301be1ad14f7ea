package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.Judgement;
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
        Chain hidden = decoder.chain(backend, vae.parameters(), 0, Variable.constant(code), last, false);
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
}
