package dev.duet.profile;

/** What is profiled: a step, made of ops of a {@link ProfiledBackend}. */
interface Subject {
    /** Gives the device one step; waits for nothing. */
    void run();

    /** Takes what the oldest step left to be taken. */
    default void finish() {}
}
