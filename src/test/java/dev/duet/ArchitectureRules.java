package dev.duet;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With;
import com.tngtech.archunit.core.domain.properties.HasParameterTypes;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Design.md section 1 as rules, for any root package, so that a test can hold them against classes that break them. */
final class ArchitectureRules {
    /** Each package and the packages that it may see, besides itself and the root package. */
    private static final Map<String, Set<String>> MAY_SEE = table();

    /** Packages that nobody has begun; a row of the table may match no class for these only. */
    private static final Set<String> NOT_BEGUN = Set.of();

    private final String root;

    ArchitectureRules(String root) {
        this.root = root;
    }

    private static Map<String, Set<String>> table() {
        Map<String, Set<String>> table = new LinkedHashMap<>();
        table.put("tensor", Set.of());
        table.put("data", Set.of("tensor"));
        table.put("backend", Set.of("tensor"));
        table.put("model", Set.of("tensor", "data", "backend"));
        table.put("objective", Set.of("tensor", "data", "backend"));
        table.put("run", Set.of("tensor", "data", "backend", "model", "objective"));
        table.put("train", Set.of("tensor", "data", "backend", "model", "objective", "run"));
        table.put("profile", Set.of("tensor", "data", "backend", "model", "objective", "run", "train"));
        table.put("measure", Set.of("tensor", "backend"));
        table.put("onnx", Set.of());
        table.put("eval", Set.of("tensor", "data", "backend", "model", "objective", "run", "train", "measure", "onnx"));
        table.put(
                "figures",
                Set.of("tensor", "data", "backend", "model", "objective", "run", "train", "measure", "eval"));
        return Collections.unmodifiableMap(table);
    }

    /** One rule per row of the table; {@code cli} may see all. */
    List<ArchRule> packageDirection() {
        List<ArchRule> rules = new ArrayList<>();
        MAY_SEE.forEach((name, allowed) -> {
            String[] forbidden = Stream.concat(MAY_SEE.keySet().stream(), Stream.of("cli"))
                    .filter(other -> !other.equals(name) && !allowed.contains(other))
                    .map(this::tree)
                    .toArray(String[]::new);
            rules.add(noClasses()
                    .that(resideInAPackage(tree(name)))
                    .should()
                    .dependOnClassesThat(resideInAnyPackage(forbidden))
                    .allowEmptyShould(NOT_BEGUN.contains(name))
                    .as(name + " sees only " + allowed));
        });
        return rules;
    }

    ArchRule rootSeesNoPackage() {
        return noClasses().that(resideInAPackage(root)).should().dependOnClassesThat(resideInAPackage(root + ".*.."));
    }

    ArchRule noCycles() {
        return slices().matching(root + ".(**)").should().beFreeOfCycles();
    }

    /** {@code backend.cpu} and its siblings are seen by themselves and by {@code cli}, which chooses one. */
    List<ArchRule> backendsAreChosenByCliOnly() {
        return Stream.of("backend.reference", "backend.cpu", "backend.cuda")
                .map(backend -> onlyIn(resideInAPackage(tree(backend)), backend, "cli"))
                .toList();
    }

    List<ArchRule> librariesStayBehindTheirPackage() {
        return List.of(
                onlyIn(resideInAPackage("org.bytedeco.dnnl.."), "backend.cpu"),
                onlyIn(resideInAPackage("jcuda.."), "backend.cuda"),
                onlyIn(resideInAPackage("org.bytedeco.javacpp.."), "tensor", "backend"),
                onlyIn(resideInAPackage("picocli.."), "cli"),
                onlyIn(resideInAnyPackage("java.awt..", "javax.imageio..", "javax.swing.."), "figures"));
    }

    /** Training works in a Java without desktop libraries, hence must not reach them over a detour either. */
    ArchRule trainNeverReachesTheDesktop() {
        return noClasses()
                .that(resideInAPackage(tree("train")))
                .should()
                .transitivelyDependOnClassesThat(
                        resideInAnyPackage(tree("figures"), "java.awt..", "javax.imageio..", "javax.swing.."))
                .allowEmptyShould(NOT_BEGUN.contains("train"));
    }

    ArchRule onlyCliUsesTheStandardStreams() {
        return noClasses()
                .that(resideOutsideOf("cli"))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                // Without a stream; called on any kind of Throwable.
                .callMethodWhere(JavaCall.Predicates.target(With.<JavaClass>owner(assignableTo(Throwable.class)))
                        .and(JavaCall.Predicates.target(HasName.Predicates.name("printStackTrace")))
                        .and(JavaCall.Predicates.target(
                                HasParameterTypes.Predicates.rawParameterTypes(new Class<?>[0])))
                        .as("call printStackTrace()"));
    }

    ArchRule onlyCliEndsTheProcess() {
        return noClasses()
                .that(resideOutsideOf("cli"))
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class);
    }

    /** A random number is a function of seed, stream, step and index (tensor.Philox), never of what was drawn before. */
    ArchRule randomnessComesFromPhilox() {
        return noClasses()
                .should()
                .dependOnClassesThat(assignableTo(Random.class).or(assignableTo(RandomGenerator.class)))
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(Collections.class, "shuffle", List.class);
    }

    List<ArchRule> all() {
        List<ArchRule> rules = new ArrayList<>(packageDirection());
        rules.addAll(backendsAreChosenByCliOnly());
        rules.addAll(librariesStayBehindTheirPackage());
        rules.addAll(List.of(
                rootSeesNoPackage(),
                noCycles(),
                trainNeverReachesTheDesktop(),
                onlyCliUsesTheStandardStreams(),
                onlyCliEndsTheProcess(),
                randomnessComesFromPhilox()));
        return rules;
    }

    private ArchRule onlyIn(DescribedPredicate<JavaClass> library, String... packages) {
        return noClasses()
                .that(resideOutsideOf(packages))
                .should()
                .dependOnClassesThat(library)
                .as("only " + Arrays.toString(packages) + " sees classes that " + library.getDescription());
    }

    private DescribedPredicate<JavaClass> resideOutsideOf(String... packages) {
        String[] trees = Stream.of(packages).map(this::tree).toArray(String[]::new);
        return DescribedPredicate.not(resideInAnyPackage(trees));
    }

    /** The package and all below it, in ArchUnit's notation. */
    private String tree(String name) {
        return root + "." + name + "..";
    }
}
