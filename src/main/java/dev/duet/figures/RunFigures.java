package dev.duet.figures;

import dev.duet.data.Png;
import dev.duet.eval.FigureData;
import dev.duet.eval.LatentMap;
import dev.duet.figures.ImageGrid.Cell;
import dev.duet.run.MetricsLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;

/** Draws all figures of a run into its folder, in the order in which the report shows them. */
public final class RunFigures {
    private static final int SAMPLES_PER_ROW = 10;

    /**
     * A figure on disk.
     *
     * @param caption tells a stranger what to look at
     * @param alt says what the picture shows
     */
    public record Figure(Path file, String section, String caption, String alt) {}

    private final Path folder;
    private final BooleanSupplier stop;
    private final List<Figure> figures = new ArrayList<>();

    private RunFigures(Path folder, BooleanSupplier stop) {
        this.folder = folder;
        this.stop = stop;
    }

    /**
     * @param folder gets the PNG files
     * @param stop asked before each is written
     * @throws CancellationException if told to stop
     */
    public static List<Figure> draw(
            Path folder, FigureData data, LatentMap map, List<MetricsLog.Line> metrics, BooleanSupplier stop)
            throws IOException {
        RunFigures run = new RunFigures(folder, stop);
        run.translations(data);
        run.samples(data);
        run.reconstructions(data);
        run.interpolations(data);
        run.maps(map);
        run.losses(metrics);
        run.pairs(data);
        return List.copyOf(run.figures);
    }

    private void add(Canvas canvas, String file, String section, String caption, String alt) throws IOException {
        if (stop.getAsBoolean()) throw new CancellationException("figures: stopped before " + file);
        Path path = folder.resolve(file);
        canvas.toPng(path);
        figures.add(new Figure(path, section, caption, alt));
    }

    private void translations(FigureData data) throws IOException {
        for (FigureData.Translations way : data.translations()) {
            String name = way.from() + " → " + way.to();
            ImageGrid grid = new ImageGrid("Translations " + name);
            List<FigureData.Translated> images = way.images();
            int perRow = Math.max(1, (int) Math.round(Math.sqrt(images.size() * 2.5)));
            for (int from = 0; from < images.size(); from += perRow) {
                List<FigureData.Translated> block = images.subList(from, Math.min(images.size(), from + perRow));
                grid.gap();
                grid.row(
                        way.from(), block.stream().map(t -> Cell.of(t.source())).toList());
                grid.row(
                        way.to(),
                        block.stream()
                                .map(t -> Cell.judged(t.translated(), t.judged(), t.right()))
                                .toList());
            }
            long right = images.stream().filter(FigureData.Translated::right).count();
            add(
                    grid.draw(),
                    "translations-" + way.from() + "-to-" + way.to() + ".png",
                    "Translations",
                    "Above, test images of " + way.from()
                            + "; below, one sample each of what the model makes of them in "
                            + way.to() + ", with the digit that the judge reads: " + right + " of these "
                            + images.size()
                            + " are read as the same class.",
                    "Rows of " + way.from() + " images over their translations into " + way.to());
        }
    }

    private void samples(FigureData data) throws IOException {
        ImageGrid grid = new ImageGrid("Samples, one shared code decoded in every domain; from: " + data.sampler());
        for (int from = 0; from < data.samples().size(); from += SAMPLES_PER_ROW) {
            List<FigureData.Sample> block =
                    data.samples().subList(from, Math.min(data.samples().size(), from + SAMPLES_PER_ROW));
            grid.gap();
            for (int m = 0; m < data.domains().size(); m++) {
                int domain = m;
                grid.row(
                        data.domains().get(m),
                        block.stream()
                                .map(s -> Cell.of(
                                        s.images().get(domain), s.judged().get(domain)))
                                .toList());
            }
        }
        add(
                grid.draw(),
                "samples.png",
                "Samples",
                "Shared codes drawn from: " + data.sampler()
                        + ". Each is decoded in all domains, with what the judges read. A coherent model"
                        + " shows the same class above and below.",
                "Pairs of sampled images");
    }

    private void reconstructions(FigureData data) throws IOException {
        ImageGrid grid = new ImageGrid("Reconstructions, input over output");
        for (FigureData.Reconstructions domain : data.reconstructions()) {
            grid.gap();
            grid.row(domain.domain(), cells(domain.inputs()));
            grid.row("output", cells(domain.outputs()));
        }
        add(
                grid.draw(),
                "reconstructions.png",
                "Reconstructions",
                "Test images over what the decoder makes of the mean of their own posterior.",
                "Test images over their reconstructions");
    }

    private static List<Cell> cells(List<Png.Image> images) {
        return images.stream().map(Cell::of).toList();
    }

    private void interpolations(FigureData data) throws IOException {
        ImageGrid grid = new ImageGrid("Interpolation between pairs of test images");
        for (FigureData.Interpolation line : data.interpolations()) {
            grid.gap();
            for (int m = 0; m < data.domains().size(); m++) {
                String caption = m == 0 ? line.fromLabel() + " → " + line.toLabel() : "";
                grid.row(caption, cells(line.images().get(m)));
            }
        }
        add(
                grid.draw(),
                "interpolations.png",
                "Interpolations",
                "Along the straight line between two joint posterior means, decoded in every domain: both change together.",
                "Rows of images that turn one digit into another");
    }

    private void maps(LatentMap map) throws IOException {
        for (LatentMap.Panel panel : map.panels()) {
            ScatterPlot plot = new ScatterPlot("t-SNE of latents: " + panel.name(), map.classes());
            for (int m = LatentMap.JOINT; m < map.domains().size(); m++) {
                String name =
                        m == LatentMap.JOINT ? panel.name() : map.domains().get(m);
                addDomain(plot, name, panel, m);
            }
            String trust = panel.trustworthiness()
                    .map(t -> String.format(Locale.ROOT, " Trustworthiness %.3f (k = %d).", t.value(), t.k()))
                    .orElse("");
            add(
                    plot.draw(),
                    "tsne-" + panel.name().replace(" and ", "-and-").replace('+', '-') + ".png",
                    "Latent space",
                    "Posterior means of " + panel.embedding().count()
                            + " test images in the plane (exact t-SNE); colour says"
                            + " the class, the marker's shape the domain." + trust,
                    "Scatter plot of latents of " + panel.name());
        }
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

    private void losses(List<MetricsLog.Line> metrics) throws IOException {
        List<MetricsLog.Line> epochs = metrics.stream()
                .filter(line -> line.kind() == MetricsLog.Kind.EPOCH)
                .toList();
        if (epochs.isEmpty()) return;
        double[] x = values(epochs, MetricsLog.Line::epoch);
        LineChart chart = new LineChart("Loss", "epoch", "nats per pair")
                .series("training", x, values(epochs, line -> line.value("train_loss")))
                .series("validation", x, values(epochs, line -> line.value("val_loss")))
                .series("reconstruction", x, values(epochs, line -> line.value("rec")));
        add(
                chart.draw(),
                "losses.png",
                "Training",
                "Loss per epoch, nats per pair; the gap between training and reconstruction is the KL term.",
                "Loss curves over epochs");
        LineChart kl =
                new LineChart("KL", "epoch", "nats per pair").series("KL", x, values(epochs, line -> line.value("kl")));
        add(kl.draw(), "kl.png", "Training", "How many nats the codes carry about a pair.", "KL over epochs");
    }

    private static double[] values(List<MetricsLog.Line> lines, ToDoubleFunction<MetricsLog.Line> value) {
        return lines.stream().mapToDouble(value).toArray();
    }

    private void pairs(FigureData data) throws IOException {
        ImageGrid grid = new ImageGrid("Pairs, matched by label");
        for (int m = 0; m < data.domains().size(); m++) {
            int domain = m;
            grid.row(
                    data.domains().get(m),
                    data.pairs().stream()
                            .map(pair -> Cell.of(pair.images().get(domain), pair.label()))
                            .toList());
        }
        add(
                grid.draw(),
                "pairs.png",
                "Data",
                "What the model learns from: test images of the domains, paired by label.",
                "Rows of paired images");
    }
}
