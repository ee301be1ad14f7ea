package dev.duet.cli;

/**
 * One finding of {@code duet doctor}.
 *
 * @param name what was looked at, such as {@code memory}
 * @param status how it stands
 * @param detail what was found
 * @param advice what would mend or better it; empty if nothing is to do
 */
record Check(String name, Status status, String detail, String advice) {
    enum Status {
        /** There and usable. */
        OK("✓", "green"),
        /** Not there, and Duet runs without it. */
        OPTIONAL("→", "yellow"),
        /** Not there, and Duet does not run on the CPU without it. */
        MISSING("✗", "red");

        final String mark;
        final String style;

        Status(String mark, String style) {
            this.mark = mark;
            this.style = style;
        }
    }

    static Check ok(String name, String detail) {
        return new Check(name, Status.OK, detail, "");
    }

    static Check optional(String name, String detail, String advice) {
        return new Check(name, Status.OPTIONAL, detail, advice);
    }

    static Check missing(String name, String detail, String advice) {
        return new Check(name, Status.MISSING, detail, advice);
    }
}
