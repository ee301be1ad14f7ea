package dev.duet.train;

/** Hears how training goes; the command line shows it. */
public interface TrainingListener {
    /** After each step; must be cheap and should not allocate. */
    default void step(TrainingProgress progress) {}

    default void epoch(EpochReport report) {}

    /** One line worth knowing, such as where training resumes. */
    default void note(String line) {}
}
