package dev.duet.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Help;

/** Where {@code ./duet} begins. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(Terminal.ofProcess(), arguments));
    }

    /** Runs one command and returns its exit code: 0 done, 1 failed, 2 wrong arguments, 130 / 143 stopped by a signal. */
    static int run(Terminal terminal, String... arguments) {
        ErrorReporter errors = new ErrorReporter(terminal);
        try {
            return commands(terminal, errors).execute(arguments);
        } catch (OutOfMemoryError | LinkageError | StackOverflowError | AssertionError e) {
            // picocli hands only exceptions to its handlers.
            return errors.failed(e);
        }
    }

    private static CommandLine commands(Terminal terminal, ErrorReporter errors) {
        CommandLine duet = new CommandLine(new DuetCommand(terminal.verbosity()));
        duet.addSubcommand(new TrainCommand(terminal));
        duet.addSubcommand(new DemoCommand(terminal));
        duet.addSubcommand(new EvalCommand(terminal));
        duet.addSubcommand(new FiguresCommand(terminal));
        duet.addSubcommand(new SampleCommand(terminal));
        duet.addSubcommand(new TranslateCommand(terminal));
        duet.addSubcommand(new BenchCommand(terminal));
        duet.addSubcommand(new ProfileCommand(terminal));
        duet.addSubcommand(new DoctorCommand(terminal, Backends::kernels));
        duet.addSubcommand(DataCommand.with(terminal));
        duet.addSubcommand(new CompletionCommand(terminal));
        duet.addSubcommand(new CommandLine.HelpCommand());
        HelpStyle.apply(duet);
        return duet.setExecutionStrategy(parsed -> {
                    terminal.verbosity().validate(duet);
                    return new CommandLine.RunLast().execute(parsed);
                })
                .setOut(writer(terminal.out()))
                .setErr(writer(terminal.err()))
                .setColorScheme(Help.defaultColorScheme(terminal.outAnsi()))
                .setParameterExceptionHandler((thrown, arguments) -> errors.misused(thrown))
                .setExecutionExceptionHandler((thrown, command, result) -> errors.failed(thrown));
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }
}
