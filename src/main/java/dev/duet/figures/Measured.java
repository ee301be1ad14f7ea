package dev.duet.figures;

import dev.duet.eval.CodeAccuracy;
import dev.duet.eval.Evaluation;
import dev.duet.measure.Accuracy;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What an evaluation says about what a figure shows, in sentences; nothing where it was not measured. */
final class Measured {
    private final Evaluation evaluation; // or null

    /** @param evaluation null where the run was not evaluated */
    Measured(Evaluation evaluation) {
        this.evaluation = evaluation;
    }

    /** Translations by one posterior sample each, from every modality into every other. */
    List<Evaluation.Coherence> translations() {
        if (evaluation == null) return List.of();
        return evaluation.coherence().stream()
                .filter(c -> c.code().equals(Evaluation.Coherence.SAMPLE)
                        && !c.source().equals(c.target()))
                .toList();
    }

    /** Short enough for a figure. */
    String translation(String from, String to) {
        return find(from, to)
                .map(c -> String.format(
                        Locale.ROOT,
                        "%,d test images: judge %s right.",
                        c.strong().accuracy().n(),
                        c.judged().stream()
                                .map(judged -> letter(judged.judge()) + " "
                                        + percent(judged.accuracy().value()))
                                .collect(Collectors.joining(", judge "))))
                .orElse("");
    }

    /** With the interval and the ceiling, by each judge. */
    String translationInFull(String from, String to) {
        Optional<Evaluation.Coherence> found = find(from, to);
        if (found.isEmpty()) return "";
        StringBuilder out = new StringBuilder(String.format(
                Locale.ROOT,
                " Of %,d test images, one sample each:",
                found.get().strong().accuracy().n()));
        for (Evaluation.Judged judged : found.get().judged()) {
            out.append(String.format(
                    Locale.ROOT,
                    " judge %s reads %s right (95 %% interval %s; of real images of %s %s),",
                    letter(judged.judge()),
                    percent(judged.accuracy().value()),
                    interval(judged.accuracy()),
                    to,
                    percent(judged.judgeAccuracy())));
        }
        out.setCharAt(out.length() - 1, '.');
        return out.append(likeness(found.get())).toString();
    }

    /** What no judge says: an image may make a judge name a class and yet be unlike any real one. */
    private static String likeness(Evaluation.Coherence way) {
        if (way.gradientRatio() == null || way.varianceRatio() == null) return "";
        return String.format(
                Locale.ROOT,
                " Beside real images of the same classes the translations have %.2f times the gradient energy (below 1 they are"
                        + " blurred, far above 1 they are noise, whatever a judge reads in them) and %.2f times the variance"
                        + " within a class.",
                way.gradientRatio(),
                way.varianceRatio());
    }

    private Optional<Evaluation.Coherence> find(String from, String to) {
        return translations().stream()
                .filter(c -> c.source().equals(from) && c.target().equals(to))
                .findFirst();
    }

    /** Short enough for a figure. */
    String agreement(String sampler) {
        return joint(sampler)
                .map(j -> String.format(
                        Locale.ROOT,
                        "Of %,d samples %s agree.",
                        j.samples(),
                        percent(j.strong().agreement())))
                .orElse("");
    }

    private Optional<Evaluation.JointCoherence> joint(String sampler) {
        if (evaluation == null) return Optional.empty();
        return evaluation.jointCoherence().stream()
                .filter(j -> j.sampler().equals(sampler))
                .findFirst();
    }

    /** How well codes of one domain are classified by their neighbours among another's. */
    String acrossDomains() {
        if (evaluation == null) return "";
        StringBuilder out = new StringBuilder();
        for (CodeAccuracy n : evaluation.codes()) {
            if (!n.part().equals("shared") || !n.code().equals("mean")) continue;
            boolean alone = evaluation.conditions().domains().stream()
                            .filter(d -> d.name().equals(n.fitted()) || d.name().equals(n.tested()))
                            .count()
                    == 2;
            if (alone)
                out.append(String.format(
                        Locale.ROOT,
                        " Codes of %s, classified by their %d nearest neighbours among those of %s: %s right.",
                        n.tested(),
                        n.k(),
                        n.fitted(),
                        percent(n.neighbours().value())));
        }
        return out.toString();
    }

    static String letter(String judge) {
        return judge.toUpperCase(Locale.ROOT);
    }

    static String percent(Double share) {
        return share == null ? "–" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    static String interval(Accuracy accuracy) {
        return String.format(Locale.ROOT, "%.1f – %.1f %%", 100 * accuracy.low(), 100 * accuracy.high());
    }
}
