package dev.duet.model;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** The joint model: an encoder and a decoder per modality over one flat parameter buffer. */
public final class JointVae {
    private final ModelSpec spec;
    private final LatentSpec latent;
    private final List<Network> encoders = new ArrayList<>();
    private final List<Network> decoders = new ArrayList<>();
    private final ParameterBuffer parameters;

    /**
     * Makes the networks and their zeroed parameters on {@code backend}.
     *
     * @param shards gradient buffers, 0 for inference
     */
    public JointVae(Backend backend, ModelSpec spec, LatentSpec latent, int shards) {
        this.spec = spec;
        this.latent = latent;
        List<ParameterSpec> all = new ArrayList<>();
        for (int m = 0; m < spec.modalities().size(); m++) {
            ModalitySpec modality = spec.modalities().get(m);
            encoders.add(Network.encoder(
                    "encoder." + modality.name(), modality.image(), spec.widths(), latent.headColumns(m), all.size()));
            all.addAll(encoders.get(m).parameters());
        }
        for (int m = 0; m < spec.modalities().size(); m++) {
            ModalitySpec modality = spec.modalities().get(m);
            decoders.add(Network.decoder(
                    "decoder." + modality.name(), modality.image(), spec.widths(), latent.codeColumns(m), all.size()));
            all.addAll(decoders.get(m).parameters());
        }
        parameters = backend.parameters(all, shards);
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

    /** x (B, C, H, W) to head (B, 2Z + 2W_m). */
    public Network encoder(int m) {
        return encoders.get(m);
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
