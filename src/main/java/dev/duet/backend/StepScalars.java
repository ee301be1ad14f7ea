package dev.duet.backend;

/** The few numbers that change from step to step. The trainer sets them before a step; ops read them when they run. */
public final class StepScalars {
    /** Key of the noise. */
    public long seed;

    /** Number of the step that the noise belongs to, from 0. */
    public int step;

    /** Weight β of KL(q(s|x) ‖ N(0, I)). */
    public float beta = 1;

    /** Weight β_w of the private codes' KL. */
    public float betaPrivate = 1;

    /** Adam's step size. */
    public float learningRate = 1e-3f;

    /** Adam's t, from 1: how many updates its moments hold after this one. */
    public int adamStep = 1;

    /** Takes all values of {@code other}. */
    public void set(StepScalars other) {
        seed = other.seed;
        step = other.step;
        beta = other.beta;
        betaPrivate = other.betaPrivate;
        learningRate = other.learningRate;
        adamStep = other.adamStep;
    }
}
