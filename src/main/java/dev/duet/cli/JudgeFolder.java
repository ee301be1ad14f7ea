package dev.duet.cli;

import dev.duet.data.ImageSet;
import dev.duet.eval.Judge;
import dev.duet.eval.JudgeSettings;
import dev.duet.eval.JudgeStore;
import dev.duet.eval.Judges;
import dev.duet.run.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** The judges of a run's training images: read from a folder, or trained and kept there. */
final class JudgeFolder {
    private final OpenRun open;
    private final Terminal terminal;
    private final Path folder;
    private final JudgeStore store;

    /** @param folder where they are kept; null for the run's own */
    JudgeFolder(OpenRun open, Path folder, Terminal terminal) {
        this.open = open;
        this.terminal = terminal;
        this.folder = folder == null ? open.folder().root().resolve("judges") : folder;
        store = new JudgeStore(this.folder);
    }

    /** The kinds that read every figure, the strong one first. */
    List<Judges> all(BooleanSupplier stop) {
        return judges(List.of(JudgeSettings::b, JudgeSettings::a), stop);
    }

    /** The strong kind. */
    Judges strong(BooleanSupplier stop) {
        return judges(List.of(JudgeSettings::b), stop).get(0);
    }

    private List<Judges> judges(List<Function<ImageSet, JudgeSettings>> kinds, BooleanSupplier stop) {
        announce(kinds);
        List<Judges> out = new ArrayList<>();
        for (Function<ImageSet, JudgeSettings> kind : kinds) {
            List<Judge> judges = new ArrayList<>();
            for (ImageSet set : open.train()) judges.add(judge(set, settings(kind, set), stop));
            out.add(Judges.of(judges));
        }
        return out;
    }

    private void announce(List<Function<ImageSet, JudgeSettings>> kinds) {
        List<String> missing = new ArrayList<>();
        for (Function<ImageSet, JudgeSettings> kind : kinds) {
            for (ImageSet set : open.train()) {
                JudgeSettings settings = settings(kind, set);
                if (!store.holds(set, settings)) missing.add(title(set, settings));
            }
        }
        if (missing.isEmpty()) return;
        terminal.log("training, once for these data, " + String.join(", ", missing) + ": up to some minutes; kept in "
                + folder);
    }

    private JudgeSettings settings(Function<ImageSet, JudgeSettings> kind, ImageSet set) {
        JudgeSettings settings = kind.apply(set);
        boolean drawn = open.config().data().kind() == RunConfig.DataKind.SYNTHETIC;
        return drawn ? settings.forDrawnDigits() : settings;
    }

    private static String title(ImageSet set, JudgeSettings settings) {
        return "judge " + settings.letter() + " of " + set.name();
    }

    private Judge judge(ImageSet set, JudgeSettings settings, BooleanSupplier stop) {
        long total = (long) settings.epochs() * set.count();
        String title = title(set, settings);
        Stopwatch watch = new Stopwatch();
        try (ProgressBar bar = new ProgressBar(terminal, title, 0, total, "images")) {
            Judge.Progress progress = (step, steps, loss) -> {
                bar.update(total * step / steps, "");
                if (step == steps) terminal.detail(title + ": " + watch.rate(total, "images"));
            };
            return store.judge(open.backend(), set, settings, progress, stop);
        }
    }
}
