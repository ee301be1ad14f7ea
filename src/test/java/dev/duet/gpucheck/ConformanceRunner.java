package dev.duet.gpucheck;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs tests without Maven, by JUnit's own launcher. Argument: a pattern of class names below {@code dev.duet}. Prints each
 * failure as it happens, one line per class, and a JSON object with the numbers; exit code 1 if a test failed or none ran.
 */
public final class ConformanceRunner {
    /** The largest errors that are printed. */
    private static final int MOST_SHOWN = 5;

    private ConformanceRunner() {}

    public static void main(String[] arguments) throws IOException {
        Path errors = Files.createTempFile("errors", ".tsv");
        System.setProperty("duet.errors", errors.toString());
        int exitCode = run(arguments[0], System.out);
        largestErrors(Files.readAllLines(errors), System.out);
        Files.delete(errors);
        System.exit(exitCode);
    }

    /** The worst of the comparisons that the tests wrote down: error, array, case. */
    static void largestErrors(List<String> lines, PrintStream out) {
        Comparator<String> byError = Comparator.comparingDouble(line -> Double.parseDouble(line.split("\t")[0]));
        lines.stream().sorted(byError.reversed()).limit(MOST_SHOWN).forEach(out::println);
        lines.stream()
                .max(byError)
                .ifPresent(worst -> out.println("{\"comparisons\": " + lines.size() + ", \"largest_relative_error\": "
                        + worst.split("\t")[0] + "}"));
    }

    static int run(String pattern, PrintStream out) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectPackage("dev.duet"))
                .filters(ClassNameFilter.includeClassNamePatterns(pattern))
                .build();
        Report report = new Report(out);
        long began = System.nanoTime();
        LauncherFactory.create().execute(request, report);
        report.classes.forEach((name, count) -> out.println(count.line(name)));
        Count all = report.total();
        if (all.run() == 0) out.println("no test matches " + pattern);
        out.println(String.format(
                Locale.ROOT,
                "{\"tests\": %d, \"failed\": %d, \"skipped\": %d, \"seconds\": %.1f}",
                all.run(),
                all.failed,
                all.skipped,
                (System.nanoTime() - began) * 1e-9));
        return all.failed > 0 || all.run() == 0 ? 1 : 0;
    }

    private static final class Count {
        int passed;
        int failed;
        int skipped;

        int run() {
            return passed + failed;
        }

        String line(String name) {
            String result = failed > 0 ? failed + " of " + run() + " failed" : run() + " passed";
            return name + ": " + result + (skipped > 0 ? ", " + skipped + " skipped" : "");
        }
    }

    private static final class Report implements TestExecutionListener {
        private final PrintStream out;
        private final Map<String, Count> classes = new TreeMap<>();

        Report(PrintStream out) {
            this.out = out;
        }

        Count total() {
            Count all = new Count();
            for (Count count : classes.values()) {
                all.passed += count.passed;
                all.failed += count.failed;
                all.skipped += count.skipped;
            }
            return all;
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            count(test).skipped++;
            out.println("skipped " + name(test) + ": " + reason);
        }

        /** A class that cannot be set up fails as a whole, without a test of its own. */
        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
                if (test.isTest()) count(test).passed++;
                return;
            }
            String why = result.getThrowable().map(String::valueOf).orElse("").strip();
            if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
                count(test).skipped++;
                out.println("skipped " + name(test) + ": " + why);
            } else {
                count(test).failed++;
                out.println("FAILED " + name(test) + ": " + why);
            }
            out.flush();
        }

        private Count count(TestIdentifier test) {
            return classes.computeIfAbsent(className(test), name -> new Count());
        }

        private static String name(TestIdentifier test) {
            String name = className(test);
            return test.isTest() ? name + " " + test.getDisplayName() : name;
        }

        /** The test class, without its package. */
        private static String className(TestIdentifier test) {
            String name = test.getSource()
                    .map(source -> source instanceof MethodSource method
                            ? method.getClassName()
                            : source instanceof ClassSource type ? type.getClassName() : "")
                    .orElse("");
            return name.isEmpty() ? test.getDisplayName() : name.substring(name.lastIndexOf('.') + 1);
        }
    }
}
