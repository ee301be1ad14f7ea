package dev.duet.model;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The joint model over one flat parameter buffer: per modality an encoder, a decoder, and where it says so an encoder of its
 * own for the private code. Networks are named {@code encoder.<modality>}, {@code private.<modality>}, {@code
 * decoder.<modality>}.
 */
public final class JointVae {
    private final ModelSpec spec;
    private final LatentSpec latent;
    private final List<Network> encoders = new ArrayList<>();
    private final List<Network> privateEncoders = new ArrayList<>(); // (M), null for none
    private final List<Network> decoders = new ArrayList<>();
    private final List<ParameterSpec> all = new ArrayList<>();
    private final ParameterBuffer parameters;
    private int dropouts;

    /**
     * Makes the networks and their zeroed parameters on {@code backend}.
     *
     * @param shards gradient buffers, 0 for inference
     * @throws dev.duet.DuetException if a modality's layers do not fit its images
     */
    public JointVae(Backend backend, ModelSpec spec, LatentSpec latent, int shards) {
        this.spec = spec;
        this.latent = latent;
        for (int m = 0; m < spec.modalities().size(); m++) encoders.add(add(encoderOf(m)));
        for (int m = 0; m < spec.modalities().size(); m++) privateEncoders.add(add(privateEncoderOf(m)));
        for (int m = 0; m < spec.modalities().size(); m++) decoders.add(add(decoderOf(m)));
        parameters = backend.parameters(all, shards);
    }

    /**
     * E10 of docs/design.md.
     *
     * @param logVar added to the biases of the shared code's logVar, so that the experts begin about as narrow; 0 for none
     */
    public void initialise(long seed, double logVar) {
        Initialiser.uniform(parameters, seed);
        int shared = latent.shared();
        for (Network encoder : encoders) {
            int bias = encoder.firstParameter() + encoder.parameters().size() - 1; // the head's: mu, logVar, …
            float[] values = parameters.read(Slot.VALUE, bias);
            for (int j = shared; j < 2 * shared; j++) values[j] += (float) logVar;
            parameters.write(Slot.VALUE, bias, values);
        }
        parameters.refresh();
    }

    private Network add(Network network) {
        if (network == null) return null;
        all.addAll(network.parameters());
        dropouts += (int) network.layers().stream()
                .filter(layer -> layer instanceof LayerSpec.Dropout)
                .count();
        return network;
    }

    private Network encoderOf(int m) {
        ModalitySpec modality = spec.modalities().get(m);
        String name = "encoder." + modality.name();
        int columns = modality.privateEncoder().isEmpty() ? latent.headColumns(m) : 2 * latent.shared();
        return modality.encoder().isEmpty()
                ? Network.encoder(name, modality.image(), spec.widths(), columns, all.size())
                : Network.encoder(name, modality.image(), modality.encoder(), columns, all.size(), dropouts);
    }

    private Network privateEncoderOf(int m) {
        ModalitySpec modality = spec.modalities().get(m);
        if (modality.privateEncoder().isEmpty()) return null;
        return Network.encoder(
                "private." + modality.name(),
                modality.image(),
                modality.privateEncoder(),
                2 * modality.privateDim(),
                all.size(),
                dropouts);
    }

    private Network decoderOf(int m) {
        ModalitySpec modality = spec.modalities().get(m);
        String name = "decoder." + modality.name();
        int columns = latent.codeColumns(m);
        return modality.decoder().isEmpty()
                ? Network.decoder(name, modality.image(), spec.widths(), columns, all.size())
                : Network.decoder(name, modality.image(), modality.decoder(), columns, all.size(), dropouts);
    }

    public ModelSpec spec() {
        return spec;
    }

    public LatentSpec latent() {
        return latent;
    }

    /** M. */
    public int modalities() {
        return encoders.size();
    }

    /** x (B, C, H, W) to head (B, 2Z + 2W_m), or to its first 2Z columns where there is a {@link #privateEncoder}. */
    public Network encoder(int m) {
        return encoders.get(m);
    }

    /** x (B, C, H, W) to the head's last 2W_m columns; empty where {@link #encoder} makes those too. */
    public Optional<Network> privateEncoder(int m) {
        return Optional.ofNullable(privateEncoders.get(m));
    }

    /** Code (n·B, Z + W_m) to logits (n·B, C, H, W). */
    public Network decoder(int m) {
        return decoders.get(m);
    }

    /** Images of modality {@code m}, (C, H, W). */
    public Shape image(int m) {
        return encoders.get(m).input();
    }

    public ParameterBuffer parameters() {
        return parameters;
    }
}
