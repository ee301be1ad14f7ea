package dev.duet.cli;

import dev.duet.data.ImageSet;
import dev.duet.eval.Judges;
import dev.duet.eval.OnnxJudge;
import dev.duet.onnx.OnnxRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Judges that the user brings along. */
final class OnnxOptions {
    @Option(
            names = "--judge-onnx",
            paramLabel = "DOMAIN=FILE",
            split = ",",
            description =
                    "Classifiers in ONNX format, one for each domain, that read everything beside Duet's own judges:"
                            + " float32 images (B, C, H, W) in [0, 1] in, logits or probabilities (B, K) out, classes in the"
                            + " order of conditions.classes in evaluation.json. Needs ONNX Runtime (docs/decisions/015).")
    private Map<String, Path> files = new LinkedHashMap<>();

    @Option(
            names = "--onnx-runtime",
            paramLabel = "JAR",
            description = "ONNX Runtime's jar, where it does not lie beside Duet's libraries.")
    private Path runtime;

    /** Opened judges: none, or one of each modality. */
    static final class Opened implements AutoCloseable {
        private final List<OnnxJudge> judges = new ArrayList<>();

        /** As one kind of judges more, or none. */
        List<Judges> kinds() {
            return judges.isEmpty() ? List.of() : List.of(Judges.of(judges));
        }

        @Override
        public void close() {
            judges.forEach(OnnxJudge::close);
        }
    }

    /** @throws ParameterException if some modalities have one and others not, or one is for a modality that the run has not */
    void check(CommandSpec spec, OpenRun open) {
        if (files.isEmpty() && runtime != null)
            throw new ParameterException(spec.commandLine(), "--onnx-runtime: expected --judge-onnx with it, got none");
        if (files.isEmpty() || files.keySet().equals(Set.copyOf(open.modalities()))) return;
        throw new ParameterException(
                spec.commandLine(),
                "--judge-onnx: expected a file for each of " + String.join(" and ", open.modalities()) + ", got "
                        + String.join(" and ", files.keySet()));
    }

    Opened open(OpenRun open, Terminal terminal) {
        Opened opened = new Opened();
        if (files.isEmpty()) return opened;
        OnnxRuntime library = runtime == null ? OnnxRuntime.onClassPath() : OnnxRuntime.in(runtime);
        int threads = open.config().train().threads();
        try {
            for (ImageSet set : open.train()) {
                Path file = files.get(set.name());
                opened.judges.add(new OnnxJudge(set, file, library.open(file, threads)));
                terminal.detail("judge ONNX of " + set.name() + ": " + file);
            }
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
        return opened;
    }
}
