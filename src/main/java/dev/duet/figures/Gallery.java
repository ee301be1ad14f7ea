package dev.duet.figures;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Where a run's figures are put as they are drawn. */
final class Gallery {
    private final Path folder;
    private final BooleanSupplier stop;
    private final List<RunFigures.Figure> figures = new ArrayList<>();

    /** As {@link RunFigures#draw}'s. */
    Gallery(Path folder, BooleanSupplier stop) {
        this.folder = folder;
        this.stop = stop;
    }

    /** Writes a figure; the rest as {@link RunFigures.Figure} has it. */
    void add(Canvas canvas, String file, String section, String caption, String alt) throws IOException {
        if (stop.getAsBoolean()) throw new CancellationException("figures: stopped before " + file);
        Path path = folder.resolve(file);
        canvas.toPng(path);
        figures.add(new RunFigures.Figure(path, section, caption.strip(), alt));
    }

    List<RunFigures.Figure> figures() {
        return List.copyOf(figures);
    }
}
