package dev.duet.figures;

import dev.duet.eval.Evaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes a run's {@code report.html}: what was trained, every figure, and how well it does. */
public final class RunReport {
    private static final String LEAD =
            "A joint variational autoencoder has learned one latent space for several image domains."
                    + " This page shows what it makes of test images that it never saw.";

    private RunReport() {}

    /**
     * @param name of the run
     * @param summary what was trained, in order
     * @param evaluation null where the run was not evaluated
     */
    public static void write(
            Path file, String name, Map<String, String> summary, Evaluation evaluation, List<RunFigures.Figure> figures)
            throws IOException {
        ReportHtml report = new ReportHtml("Duet: " + name, LEAD);
        report.summary(summary);
        String section = "";
        for (RunFigures.Figure figure : figures) {
            if (!figure.section().equals(section)) report.section(figure.section(), "");
            section = figure.section();
            report.figure(figure.file(), figure.caption(), figure.alt());
        }
        if (evaluation != null) measures(report, evaluation);
        report.write(file);
    }

    private static void measures(ReportHtml report, Evaluation evaluation) {
        report.section(
                "Coherence",
                "The share of decoded images that a classifier (a judge, trained by Duet on real images) reads as the right"
                        + " class, with its 95 % interval and, as its ceiling, the judge's accuracy on real images: judge B,"
                        + " a strong one, and A, the small one of published results; ONNX is one that was brought along. Variance and gradient energy are relative to"
                        + " real images: near 0 means that images collapsed to one per class or are blurred.");
        report.table(
                List.of(
                        "from → to",
                        "code",
                        "judge",
                        "right",
                        "95 % interval",
                        "judge on real",
                        "variance",
                        "gradient"),
                evaluation.coherence().stream()
                        .flatMap(c -> c.judged().stream()
                                .map(judged -> List.of(
                                        c.source() + " → " + c.target(),
                                        c.code(),
                                        Measured.letter(judged.judge()),
                                        Measured.percent(judged.accuracy().value()),
                                        Measured.interval(judged.accuracy()),
                                        Measured.percent(judged.judgeAccuracy()),
                                        number(c.varianceRatio(), 2),
                                        number(c.gradientRatio(), 2))))
                        .toList());
        List<List<String>> joint = new ArrayList<>();
        for (Evaluation.JointCoherence j : evaluation.jointCoherence()) {
            for (Evaluation.Agreement judged : j.judged())
                joint.add(List.of(
                        j.sampler(),
                        Long.toString(j.samples()),
                        Measured.letter(judged.judge()),
                        Measured.percent(judged.agreement())));
        }
        report.table(List.of("samples from", "n", "judge", "all domains' judges agree"), joint);
        report.section("Measures on the test files", "");
        Evaluation.TestElbo elbo = evaluation.elbo();
        report.summary(Map.of(
                "loss, nats per pair",
                String.format(Locale.ROOT, "%.2f (rec %.2f, KL %.2f)", elbo.loss(), elbo.rec(), elbo.kl())));
        report.table(
                List.of("image", "decoded from", "squared error", "PSNR, dB", "SSIM"),
                evaluation.reconstruction().stream()
                        .map(r -> List.of(
                                r.modality(),
                                r.posterior(),
                                number(r.squaredError(), 2),
                                number(r.psnr(), 2),
                                number(r.ssim(), 3)))
                        .toList());
        report.table(
                List.of("codes of", "code", "fitted on", "k-NN right", "linear probe right", "chance"),
                evaluation.codes().stream()
                        .map(c -> List.of(
                                c.tested(),
                                c.part() + ", " + c.code(),
                                c.fitted(),
                                Measured.percent(c.neighbours().value()),
                                Measured.percent(c.probe().value()),
                                Measured.percent(c.chance())))
                        .toList());
    }

    private static String number(Double value, int digits) {
        return value == null ? "–" : String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
