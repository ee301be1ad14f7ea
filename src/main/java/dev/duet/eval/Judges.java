package dev.duet.eval;

import dev.duet.DuetException;
import java.util.List;

/**
 * One judge of each modality, all of one kind.
 *
 * @param name of the kind, "a", "b" or "onnx"
 * @param ofModality per modality
 */
public record Judges(String name, List<Classifier> ofModality) {
    public Judges {
        ofModality = List.copyOf(ofModality);
    }

    /** @throws DuetException if there is none, or not all are of one kind */
    public static Judges of(List<? extends Classifier> judges) {
        List<String> kinds = judges.stream().map(Classifier::kind).distinct().toList();
        if (kinds.size() != 1)
            throw new DuetException("judges: expected one of each modality, all of one kind, got kinds " + kinds);
        return new Judges(kinds.get(0), List.copyOf(judges));
    }
}
