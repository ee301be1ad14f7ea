package dev.duet.backend;

/** Named stretches of the calling thread's time, for a profiler that is attached from outside. */
public interface Ranges {
    /** Begins a range within the one that this thread is in. */
    void push(String name);

    /** Ends the range that this thread began last. */
    void pop();

    /** For when no profiler is attached. */
    Ranges NONE = new Ranges() {
        @Override
        public void push(String name) {}

        @Override
        public void pop() {}
    };
}
