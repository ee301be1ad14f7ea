package dev.duet.figures;

import dev.duet.eval.Evaluation;
import dev.duet.eval.LatentMap;
import dev.duet.run.MetricsLog;
import dev.duet.run.RunConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The figures made of numbers: confusion matrices, maps of the latent space, curves of the training. */
final class ChartFigures {
    private final Gallery gallery;
    private final Measured measured;

    ChartFigures(Gallery gallery, Measured measured) {
        this.gallery = gallery;
        this.measured = measured;
    }

    /** @param classes shared ones */
    void confusion(Evaluation.Coherence way, List<String> classes) throws IOException {
        List<List<Long>> counts = way.strong().accuracy().confusion();
        List<String> columns = new ArrayList<>(classes);
        if (counts.get(0).size() > columns.size()) columns.add("other");
        String name = way.source() + " → " + way.target();
        HeatMap map = new HeatMap("What judge B reads, " + name, classes, columns, counts)
                .note("Row: class of the image of " + way.source()
                        + "; column: what is read in its translation; framed: right. "
                        + measured.translation(way.source(), way.target()));
        gallery.add(
                map.draw(),
                "confusion-" + way.source() + "-to-" + way.target() + ".png",
                "Translations",
                "Which classes are mistaken for which, " + name
                        + ": test images by class (rows), translated by one sample"
                        + " each, and how often judge B reads each class (columns) in them; the framed cells are right.",
                "Confusion matrix of translations " + name);
    }

    /** The panel of all domains together first: it shows whether they share one space. */
    void maps(LatentMap map) throws IOException {
        List<LatentMap.Panel> panels = new ArrayList<>(map.panels());
        Collections.rotate(panels, 1);
        for (LatentMap.Panel panel : panels) map(map, panel);
    }

    private void map(LatentMap map, LatentMap.Panel panel) throws IOException {
        boolean joint = panel.domains().length > 0 && panel.domains()[0] == LatentMap.JOINT;
        boolean several = !joint && !map.domains().contains(panel.name());
        String what = joint ? "joint codes of pairs" : panel.name();
        ScatterPlot plot = new ScatterPlot("t-SNE of shared codes: " + what, map.classes())
                .note(
                        several
                                ? "Colour: class. Shape: domain. Where the domains share one space, each cluster holds all shapes."
                                : "");
        for (int m = LatentMap.JOINT; m < map.domains().size(); m++)
            addDomain(plot, m == LatentMap.JOINT ? "pairs" : map.domains().get(m), panel, m);
        gallery.add(
                plot.draw(),
                "tsne-" + panel.name().replace(" and ", "-and-").replace('+', '-') + ".png",
                "Latent space",
                caption(panel, joint, several),
                "Scatter plot of latents of " + panel.name());
    }

    private String caption(LatentMap.Panel panel, boolean joint, boolean several) {
        String of = joint ? " pairs of test images, from all their domains at once," : " test images,";
        String trust = panel.trustworthiness()
                .map(t -> String.format(Locale.ROOT, " Trustworthiness %.3f (k = %d).", t.value(), t.k()))
                .orElse("");
        String reading = several
                ? " the marker's shape says the domain. If the domains share one space, each cluster holds one class of all"
                        + " domains: one colour, every shape."
                : "";
        return "Posterior means of the shared codes of " + panel.embedding().count() + of
                + " in the plane (exact t-SNE). The colour says the class" + (several ? "," : ".") + reading
                + (several ? measured.acrossDomains() : "") + trust;
    }

    private static void addDomain(ScatterPlot plot, String name, LatentMap.Panel panel, int domain) {
        int count = 0;
        for (byte of : panel.domains()) if (of == domain) count++;
        if (count == 0) return;
        double[] x = new double[count];
        double[] y = new double[count];
        byte[] labels = new byte[count];
        int at = 0;
        for (int i = 0; i < panel.labels().length; i++) {
            if (panel.domains()[i] != domain) continue;
            x[at] = panel.embedding().get(i, 0);
            y[at] = panel.embedding().get(i, 1);
            labels[at++] = panel.labels()[i];
        }
        plot.domain(name, x, y, labels);
    }

    /** Of each stage, whose losses do not compare with those of another. */
    void losses(List<MetricsLog.Line> metrics, List<RunConfig.Stage> stages) throws IOException {
        int before = 0;
        for (int i = 0; i < stages.size(); i++) {
            int first = before + 1;
            int last = before + stages.get(i).epochs();
            List<MetricsLog.Line> epochs = metrics.stream()
                    .filter(line ->
                            line.kind() == MetricsLog.Kind.EPOCH && line.epoch() >= first && line.epoch() <= last)
                    .toList();
            boolean alone = stages.size() == 1;
            losses(epochs, alone ? "" : " of stage " + stages.get(i).name(), alone ? "" : "-" + (i + 1));
            before = last;
        }
    }

    private void losses(List<MetricsLog.Line> epochs, String stage, String suffix) throws IOException {
        if (epochs.isEmpty()) return;
        double[] x = values(epochs, MetricsLog.Line::epoch);
        LineChart chart = new LineChart("Loss" + stage, "epoch", "nats per pair")
                .series("training", x, values(epochs, line -> line.value("train_loss")))
                .series("validation", x, values(epochs, line -> line.value("val_loss")));
        double[] reconstruction = values(epochs, line -> line.value("rec"));
        boolean decodes = Arrays.stream(reconstruction).anyMatch(Double::isFinite);
        if (decodes) chart.series("reconstruction", x, reconstruction);
        gallery.add(
                chart.draw(),
                "losses" + suffix + ".png",
                "Training",
                "Loss" + stage + " per epoch, nats per pair"
                        + (decodes ? "; what lies between training and reconstruction are the other terms." : "."),
                "Loss curves over epochs");
        LineChart kl = new LineChart("KL" + stage, "epoch", "nats per pair")
                .series("KL", x, values(epochs, line -> line.value("kl")));
        gallery.add(
                kl.draw(),
                "kl" + suffix + ".png",
                "Training",
                "How many nats the codes carry about a pair" + (stage.isEmpty() ? "." : "," + stage.substring(3) + "."),
                "KL over epochs");
    }

    private static double[] values(List<MetricsLog.Line> lines, ToDoubleFunction<MetricsLog.Line> value) {
        return lines.stream().mapToDouble(value).toArray();
    }
}
