package dev.duet;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds Duet's classes to {@link ArchitectureRules}, and each rule to classes that break it. */
class ArchitectureTest {
    private static final String BROKEN = "dev.duet.architecture.broken";
    private static final JavaClasses DUET = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.duet");
    private static final JavaClasses BROKEN_CLASSES = new ClassFileImporter().importPackages(BROKEN);

    static List<ArchRule> rules() {
        return new ArchitectureRules("dev.duet").all();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void duetKeeps(ArchRule rule) {
        rule.check(DUET);
    }

    /** Each row: a rule over the broken classes, and what its report must say. */
    static Stream<Arguments> offences() {
        ArchitectureRules broken = new ArchitectureRules(BROKEN);
        Stream<Arguments> rows = Stream.of(
                Arguments.of(direction(broken, "tensor"), "tensor.Offender.data"),
                Arguments.of(direction(broken, "data"), "data.Offender.backend"),
                Arguments.of(direction(broken, "backend"), "backend.Offender.model"),
                Arguments.of(direction(broken, "model"), "model.Offender.objective"),
                Arguments.of(direction(broken, "objective"), "objective.Offender.run"),
                Arguments.of(direction(broken, "run"), "run.Offender.train"),
                Arguments.of(direction(broken, "train"), "train.Offender.eval"),
                Arguments.of(direction(broken, "profile"), "profile.Offender.eval"),
                Arguments.of(direction(broken, "measure"), "measure.Offender.eval"),
                Arguments.of(direction(broken, "onnx"), "onnx.Offender.eval"),
                Arguments.of(direction(broken, "eval"), "eval.Offender.figures"),
                Arguments.of(direction(broken, "figures"), "figures.Offender.cli"),
                Arguments.of(broken.rootSeesNoPackage(), "broken.Offender.tensor"),
                Arguments.of(broken.noCycles(), "Cycle detected"),
                Arguments.of(broken.trainNeverReachesTheDesktop(), "figures.Offender"),
                Arguments.of(broken.backendsAreChosenByCliOnly().get(0), "backend.Offender.reference"),
                Arguments.of(broken.backendsAreChosenByCliOnly().get(1), "backend.Offender.cpu"),
                Arguments.of(broken.backendsAreChosenByCliOnly().get(2), "backend.Offender.cuda"));
        return Stream.concat(rows, libraryOffences(broken));
    }

    private static Stream<Arguments> libraryOffences(ArchitectureRules broken) {
        List<ArchRule> libraries = broken.librariesStayBehindTheirPackage();
        return Stream.of(
                Arguments.of(libraries.get(0), "LibraryOffender.dnnl"),
                Arguments.of(libraries.get(1), "LibraryOffender.jcuda"),
                Arguments.of(libraries.get(2), "LibraryOffender.javacpp"),
                Arguments.of(libraries.get(3), "LibraryOffender.picocli"),
                Arguments.of(libraries.get(4), "LibraryOffender.awt"),
                Arguments.of(libraries.get(4), "LibraryOffender.imageio"),
                Arguments.of(broken.onlyCliUsesTheStandardStreams(), "LibraryOffender.standardOutput"),
                Arguments.of(broken.onlyCliUsesTheStandardStreams(), "LibraryOffender.standardError"),
                Arguments.of(broken.onlyCliUsesTheStandardStreams(), "LibraryOffender.stackTrace"),
                Arguments.of(broken.onlyCliEndsTheProcess(), "LibraryOffender.exit"),
                Arguments.of(broken.onlyCliEndsTheProcess(), "LibraryOffender.runtimeExit"),
                Arguments.of(broken.onlyCliEndsTheProcess(), "LibraryOffender.halt"),
                Arguments.of(broken.randomnessComesFromPhilox(), "LibraryOffender.random"),
                Arguments.of(broken.randomnessComesFromPhilox(), "LibraryOffender.threadLocalRandom"),
                Arguments.of(broken.randomnessComesFromPhilox(), "LibraryOffender.mathRandom"),
                Arguments.of(broken.randomnessComesFromPhilox(), "LibraryOffender.shuffle"));
    }

    @ParameterizedTest
    @MethodSource("offences")
    void eachRuleFindsItsOffence(ArchRule rule, String reported) {
        assertThat(rule.evaluate(BROKEN_CLASSES).getFailureReport().toString())
                .as(rule.getDescription())
                .contains(reported);
    }

    @Test
    void everyRuleIsShownToFail() {
        assertThat(new ArchitectureRules(BROKEN).all())
                .allMatch(rule -> rule.evaluate(BROKEN_CLASSES).hasViolation());
    }

    private static ArchRule direction(ArchitectureRules rules, String name) {
        return rules.packageDirection().stream()
                .filter(rule -> rule.getDescription().startsWith(name + " "))
                .findFirst()
                .orElseThrow();
    }
}
