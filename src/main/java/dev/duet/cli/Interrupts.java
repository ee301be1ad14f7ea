package dev.duet.cli;

import dev.duet.DuetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Turns Ctrl-C (SIGINT) and SIGTERM into a flag that a long task polls between two steps, so that it can write a
 * checkpoint before the process ends with {@link #exitCode()}. A second Ctrl-C ends the process at once; a second
 * SIGTERM does not, because supervisors send it to a process and to its group. {@link #close} restores the JVM's way.
 *
 * <p>A shutdown hook would need no unsupported API, but it is told neither which signal came nor that a second one did:
 * the JVM ignores signals once it is shutting down. {@code sun.misc.Signal} (module jdk.unsupported, in every JDK from 9
 * on) does both. It is called by reflection because javac warns at each mention of it and lets nobody silence that.
 */
final class Interrupts implements BooleanSupplier, AutoCloseable {
    /** 128 + SIGINT, as shells report it. */
    static final int SIGINT_EXIT = 130;
    /** 128 + SIGTERM. */
    static final int SIGTERM_EXIT = 143;

    private final Terminal terminal;
    private final AtomicInteger exitCode = new AtomicInteger();
    private final Object previousInterrupt;
    private final Object previousTerminate;

    /** Handles both signals until {@link #close}. */
    Interrupts(Terminal terminal) {
        this.terminal = terminal;
        Class<?> handlerType = signalClass("sun.misc.SignalHandler");
        Object handler = Proxy.newProxyInstance(
                handlerType.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                    received(arguments[0].toString());
                    return null;
                });
        previousInterrupt = handle("INT", handler);
        previousTerminate = handle("TERM", handler);
    }

    /** Whether a signal came: finish the step, save, and leave with {@link #exitCode()}. */
    @Override
    public boolean getAsBoolean() {
        return exitCode.get() != 0;
    }

    /** 0 if no signal came, otherwise 130 (SIGINT) or 143 (SIGTERM), whichever came first. */
    int exitCode() {
        return exitCode.get();
    }

    @Override
    public void close() {
        handle("INT", previousInterrupt);
        handle("TERM", previousTerminate);
    }

    private void received(String signal) {
        boolean interrupt = signal.equals("SIGINT");
        boolean first = exitCode.compareAndSet(0, interrupt ? SIGINT_EXIT : SIGTERM_EXIT);
        if (!first && interrupt) Runtime.getRuntime().halt(SIGINT_EXIT);
        if (first) terminal.warn(signal + ": stopping after this step; Ctrl-C ends at once, without a checkpoint");
    }

    /** Installs a handler and returns the one before. */
    private static Object handle(String name, Object handler) {
        try {
            Class<?> signalType = signalClass("sun.misc.Signal");
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            return signalType
                    .getMethod("handle", signalType, signalClass("sun.misc.SignalHandler"))
                    .invoke(null, signal, handler);
        } catch (ReflectiveOperationException e) {
            throw unsupported(e);
        }
    }

    private static Class<?> signalClass(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw unsupported(e);
        }
    }

    private static DuetException unsupported(ReflectiveOperationException cause) {
        return new DuetException(
                "this Java runtime cannot handle SIGINT and SIGTERM, without which a run could not be stopped safely;"
                        + " use an OpenJDK with the module jdk.unsupported and without -Xrs",
                cause);
    }
}
