package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.util.List;

/** There is no GPU that Duet can compute on, for one reason or several. */
public final class CudaUnavailable extends DuetException {
    private static final long serialVersionUID = 1;

    private final List<String> reasons;

    /** @param reasons at least one, each saying what was looked for, what was found and what to try */
    public CudaUnavailable(List<String> reasons) {
        super("no usable NVIDIA GPU:" + (reasons.size() == 1 ? " " : "\n  - ") + String.join("\n  - ", reasons));
        this.reasons = List.copyOf(reasons);
    }

    /** Everything that was found to be in the way, in the order in which it was looked at. */
    public List<String> reasons() {
        return reasons;
    }
}
