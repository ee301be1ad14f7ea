package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

class DriverCallsTest {
    /** JCuda's {@code cuMemAlloc} calls the driver's {@code cuMemAlloc_v2}. */
    private static List<String> symbols(String method, Set<String> taken) {
        List<String> symbols = taken.stream()
                .filter(symbol -> symbol.matches(method + "(_v[0-9])?"))
                .toList();
        return symbols.isEmpty() && taken.contains(method + "WithFlags") ? List.of(method + "WithFlags") : symbols;
    }

    @Test
    void listsEveryFunctionThatTheCodeCalls() {
        Set<String> taken = Natives.library("JCudaDriver").symbols(false);
        Set<String> called = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.duet.backend.cuda")) {
            Stream.concat(type.getMethodCallsFromSelf().stream(), type.getMethodReferencesFromSelf().stream())
                    .filter(call -> call.getTargetOwner().isEquivalentTo(JCudaDriver.class))
                    .flatMap(call -> symbols(call.getName(), taken).stream())
                    .forEach(called::add);
        }
        assertThat(called).contains("cuInit", "cuMemAlloc_v2", "cuLaunchKernel", "cuGraphInstantiateWithFlags");
        assertThat(DriverCalls.NAMES)
                .as("DriverCalls.NAMES; it should be: \"%s\"", String.join("\", \"", called))
                .isEqualTo(List.copyOf(called));
    }
}
