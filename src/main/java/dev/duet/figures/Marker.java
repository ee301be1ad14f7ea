package dev.duet.figures;

/** Shapes that stand for domains in a scatter plot; all cover the same area at the same radius. */
@SuppressWarnings("ImmutableEnumChecker") // the arrays never leave the enum
enum Marker {
    CIRCLE(0, 0),
    TRIANGLE(3, 90),
    SQUARE(4, 0),
    DIAMOND(4, 45),
    INVERTED_TRIANGLE(3, -90),
    HEXAGON(6, 0);

    private final double[] normalX; // (sides), unit normals of the sides; y points down
    private final double[] normalY;
    private final double apothem; // distance of a side from the centre at radius 1

    Marker(int sides, double firstNormalDegrees) {
        normalX = new double[sides];
        normalY = new double[sides];
        for (int k = 0; k < sides; k++) {
            double angle = StrictMath.toRadians(firstNormalDegrees + 360.0 * k / sides);
            normalX[k] = StrictMath.cos(angle);
            normalY[k] = StrictMath.sin(angle);
        }
        // A regular n-gon of apothem a has the area n·a²·tan(π/n); set equal to π.
        apothem = sides == 0 ? 1 : Math.sqrt(Math.PI / (sides * StrictMath.tan(Math.PI / sides)));
    }

    /** The marker of domain {@code index}; they repeat after six. */
    static Marker of(int index) {
        return values()[index % values().length];
    }

    /** Signed distance, in the unit of the arguments, of the point (dx, dy) from the outline; negative inside. */
    double distance(double dx, double dy, double radius) {
        if (normalX.length == 0) return Math.sqrt(dx * dx + dy * dy) - radius;
        double farthest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < normalX.length; k++) farthest = Math.max(farthest, dx * normalX[k] + dy * normalY[k]);
        return farthest - apothem * radius;
    }

    /** Half of the side of a square, centred, that holds the marker. */
    double reach(double radius) {
        return 2 * apothem * radius;
    }
}
