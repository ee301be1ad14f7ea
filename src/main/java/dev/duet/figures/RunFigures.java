package dev.duet.figures;

import dev.duet.eval.Evaluation;
import dev.duet.eval.FigureData;
import dev.duet.eval.LatentMap;
import dev.duet.run.MetricsLog;
import dev.duet.run.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Draws all figures of a run into its folder, in the order in which the report shows them. */
public final class RunFigures {
    /**
     * A figure on disk.
     *
     * @param caption tells a stranger what to look at
     * @param alt says what the picture shows
     */
    public record Figure(Path file, String section, String caption, String alt) {}

    /**
     * What is drawn.
     *
     * @param stages of the training that {@code metrics} tell of
     * @param evaluation of the same weights, or null where the run was not evaluated
     */
    public record Contents(
            FigureData data,
            LatentMap map,
            List<MetricsLog.Line> metrics,
            List<RunConfig.Stage> stages,
            Evaluation evaluation) {}

    private RunFigures() {}

    /**
     * @param folder gets the PNG files
     * @param stop asked before each is written
     * @throws CancellationException if told to stop
     */
    public static List<Figure> draw(Path folder, Contents contents, BooleanSupplier stop) throws IOException {
        Gallery gallery = new Gallery(folder, stop);
        Measured measured = new Measured(contents.evaluation);
        PictureFigures pictures = new PictureFigures(gallery, measured);
        ChartFigures charts = new ChartFigures(gallery, measured);
        FigureData data = contents.data;
        for (FigureData.Translations way : data.translations()) pictures.translations(way);
        for (Evaluation.Coherence way : measured.translations())
            charts.confusion(way, contents.evaluation.conditions().classes());
        pictures.samples(data);
        for (FigureData.Swap swap : data.swaps()) pictures.swap(swap);
        charts.maps(contents.map);
        pictures.interpolations(data);
        pictures.reconstructions(data);
        charts.losses(contents.metrics, contents.stages);
        pictures.pairs(data);
        return gallery.figures();
    }
}
