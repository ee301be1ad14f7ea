package dev.duet.run;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.PrivateSource;
import dev.duet.backend.Subset;
import dev.duet.model.ModalitySpec;
import dev.duet.model.ModelSpec;
import dev.duet.objective.Alignment;
import dev.duet.objective.Elbo;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The model that a configuration describes.
 *
 * @param model its networks
 * @param latent the subsets that training sums over, as indices
 * @param elbo the objective that evaluation measures: ELBOs and joint KLs, over the subsets that have a part in them, without
 *     what stages add in training
 */
public record Blueprint(ModelSpec model, LatentSpec latent, Elbo elbo) {
    public static Blueprint of(RunConfig config) {
        List<ModalitySpec> modalities =
                config.modalities().stream().map(Blueprint::modality).toList();
        List<String> names = modalities.stream().map(ModalitySpec::name).toList();
        List<Subset> subsets = config.objective().subsets().stream()
                .map(s -> new Subset(
                        indices(s.of(), names),
                        s.weight(),
                        indices(s.decodes(), names),
                        indices(s.cycles(), names),
                        s.jointKl()))
                .toList();
        ModelSpec model = new ModelSpec(
                modalities, config.model().latent(), config.model().widths());
        LatentSpec latent = latent(config, model, subsets);
        List<Subset> counting = subsets.stream()
                .filter(s -> s.weight() > 0 || s.jointKl() > 0 || s.members().size() == modalities.size())
                .toList();
        LatentSpec measured = latent(config, model, counting).withoutCycles();
        return new Blueprint(model, latent, elbo(model, measured, Alignment.NONE));
    }

    /** The objective of {@code stage}: its terms are those of all stages, each with its weight in this one. */
    public Elbo elbo(RunConfig config, RunConfig.Stage stage) {
        boolean contrasts = config.stages().stream().anyMatch(any -> any.contrast() > 0);
        RunConfig.Contrast settings = config.objective().contrast();
        Alignment alignment =
                new Alignment(contrasts, stage.contrast(), settings.temperature(), settings.group(), stage.cycle());
        return elbo(model, latent, alignment);
    }

    private static Elbo elbo(ModelSpec model, LatentSpec latent, Alignment alignment) {
        List<String> names = model.modalities().stream().map(ModalitySpec::name).toList();
        double[] lambda =
                model.modalities().stream().mapToDouble(ModalitySpec::weight).toArray();
        return new Elbo(latent, names, lambda, alignment);
    }

    private static LatentSpec latent(RunConfig config, ModelSpec model, List<Subset> subsets) {
        return new LatentSpec(
                model.shared(),
                model.modalities().stream().map(ModalitySpec::privateDim).toList(),
                subsets,
                config.model().poeEpsilon(),
                config.objective().crossPrivate() == RunConfig.CrossPrivate.PRIOR,
                PrivateSource.valueOf(config.objective().cyclePrivate().name()));
    }

    private static ModalitySpec modality(RunConfig.Modality m) {
        LikelihoodSpec.Kind kind = LikelihoodSpec.Kind.valueOf(m.likelihood().name());
        return new ModalitySpec(
                m.name(),
                m.channels(),
                m.size(),
                LikelihoodSpec.of(kind),
                m.weight(),
                m.privateSize(),
                m.encoder(),
                m.privateEncoder(),
                m.decoder(),
                m.augment(),
                m.perturb());
    }

    private static List<Integer> indices(List<String> members, List<String> names) {
        return IntStream.range(0, names.size())
                .filter(m -> members.contains(names.get(m)))
                .boxed()
                .toList();
    }
}
