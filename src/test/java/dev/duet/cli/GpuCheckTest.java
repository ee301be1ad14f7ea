package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs the script {@code tools/gpu-check} in a folder of its own, with an archive whose Java is a stand-in that says how it
 * is called, and without Java, Maven or Python on PATH.
 */
@Timeout(60)
class GpuCheckTest {
    private static final List<String> TOOLS = List.of(
            "sh",
            "basename",
            "cat",
            "cmp",
            "cp",
            "cut",
            "date",
            "dirname",
            "grep",
            "head",
            "mkdir",
            "mktemp",
            "mv",
            "paste",
            "readlink",
            "rm",
            "sed",
            "sleep",
            "tail",
            "tar",
            "tee",
            "timeout",
            "tr",
            "uname",
            "wc");

    @TempDir
    private Path temporary;

    private Path home;
    private Path bin;
    private Path out;

    private record Result(int exitCode, String out, String err) {
        List<String> summary() {
            return out.lines()
                    .filter(line -> line.matches("(ok|failed|timeout|skipped) +\\d+ s .*"))
                    .map(line -> line.replaceFirst(" +\\d+ s +", " ").replaceAll(" +", " "))
                    .toList();
        }
    }

    @BeforeEach
    void prepare() throws IOException {
        home = Files.createDirectories(temporary.resolve("a folder"));
        Files.createDirectory(home.resolve("tools"));
        Files.copy(Path.of("tools/gpu-check"), home.resolve("tools/gpu-check"));
        out = home.resolve("results");
        bin = LauncherTest.tools(temporary.resolve("bin"), TOOLS);
        LauncherTest.script(bin.resolve("xz"), "exec cat"); // so that an archive is a plain tar file
    }

    /** An archive with this stand-in for Java; {@code body} sees Duet's arguments, or the main class, in $*. */
    private void archive(String body) throws IOException, InterruptedException {
        Path packed = Files.createDirectories(temporary.resolve("packed/gpu-check"));
        Files.createDirectories(packed.resolve("jre/bin"));
        Files.createDirectory(packed.resolve("data"));
        Files.writeString(packed.resolve("commit"), "abc1234\n");
        LauncherTest.script(packed.resolve("jre/bin/java"), """
                while [ "$1" != -cp ]; do shift; done
                shift 2
                if [ "$1" = dev.duet.cli.Main ]; then shift; fi
                run=
                for word; do if [ "$previous" = --out ]; then run=$word; fi; previous=$word; done
                if [ -n "$run" ]; then mkdir -p "$run/judges" "$run/checkpoints"; echo w >"$run/checkpoints/last.safetensors"; fi
                echo "java: $*"
                """ + body);
        Files.createDirectories(home.resolve("gpu-check.pack"));
        Process tar = new ProcessBuilder(
                        "tar",
                        "-C",
                        packed.getParent().toString(),
                        "-cf",
                        home.resolve("gpu-check.pack/gpu-check.tar.xz").toString(),
                        "gpu-check")
                .start();
        assertThat(tar.waitFor()).isZero();
    }

    private Result gpuCheck(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> line =
                new ArrayList<>(List.of(home.resolve("tools/gpu-check").toString()));
        line.addAll(List.of(arguments));
        Path printed = temporary.resolve("out");
        Path err = temporary.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(temporary.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(printed.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", bin.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(40, TimeUnit.SECONDS)).as("it ends").isTrue();
        return new Result(process.exitValue(), Files.readString(printed), Files.readString(err));
    }

    private Result run(String... further) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("run", out.toString()));
        arguments.addAll(List.of(further));
        return gpuCheck(Map.of(), arguments.toArray(String[]::new));
    }

    private JsonNode json() throws IOException {
        return JsonMapper.builder().build().readTree(Files.readString(out.resolve("gpu-check.json")));
    }

    @Test
    void runsEveryPartAndKeepsWhatTheStepsPrint() throws IOException, InterruptedException {
        archive("case $* in bench*--json*) echo '{\"batch\":128}'; echo '{\"batch\":1024}' ;; esac");
        Result result = run();
        assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
        assertThat(result.out())
                .contains("Duet abc1234 on no GPU, driver none, device cuda")
                .contains("java: bench --json --device cuda --batch 128,1024,8192 --precision fp32,tf32,bf16")
                .contains("java: bench --json --device cuda --batch 128,1024 --precision tf32 --no-branches")
                .contains("java: dev.duet.gpucheck.ConformanceRunner")
                .contains("java: train --preset lab", "java: train --preset duet-quick", "java: train --preset demo");
        assertThat(result.summary())
                .contains(
                        "ok check doctor",
                        "ok check conformance bf16",
                        "ok check with and without --no-graphs: same bits",
                        "ok check with and without --no-branches: same bits",
                        "skipped check compute-sanitizer memcheck: it is not there",
                        "ok train duet-quick in tf32 against the CPU",
                        "ok bench profile in bf16",
                        "skipped peer peer: no script was packed");
        assertThat(Files.readString(out.resolve("gpu-check.txt"))).isEqualTo(result.out());
        JsonNode json = json();
        assertThat(json.get("commit").stringValue()).isEqualTo("abc1234");
        assertThat(json.get("steps").size()).isEqualTo(result.summary().size());
        JsonNode bench = json.get("steps")
                .valueStream()
                .filter(step -> step.get("name").stringValue().equals("training steps"))
                .findFirst()
                .orElseThrow();
        assertThat(bench.get("status").stringValue()).isEqualTo("ok");
        assertThat(bench.get("numbers").size()).isEqualTo(2);
        assertThat(bench.get("numbers").get(1).get("batch").intValue()).isEqualTo(1024);
    }

    @Test
    void goesOnAfterAFailureAndSaysWhy() throws IOException, InterruptedException {
        archive("""
                case $* in
                  *--device*cuda*) printf 'log\\nduet: no GPU: "none" \\\\ here:\\n  - no driver\\n  - no cuBLAS\\nmore\\n' >&2; exit 1 ;;
                  *ConformanceRunner*) echo 'FAILED CudaLayerTest layer: too far'; echo '{"failed": 1}'; exit 1 ;;
                esac""");
        Result result = run("--parts", "bench,check");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.summary())
                .containsSubsequence(
                        "failed bench profile in bf16: exit code 1: duet: no GPU: \"none\" \\ here: - no driver - no cuBLAS",
                        "ok check doctor",
                        "failed check conformance fp32: exit code 1: FAILED CudaLayerTest layer: too far")
                .noneMatch(line -> line.matches("\\w+ train .*"));
        assertThat(result.out()).endsWith(" steps failed\n");
        assertThat(json().get("steps").get(0).get("reason").stringValue())
                .isEqualTo("exit code 1: duet: no GPU: \"none\" \\ here: - no driver - no cuBLAS");
    }

    @Test
    void stopsAPartAtItsTimeAndBeginsTheNext() throws IOException, InterruptedException {
        archive("case $* in bench*--json*) sleep 30 ;; esac");
        Result result = gpuCheck(Map.of("GPU_CHECK_PART_SECONDS", "4"), "run", out.toString(), "--parts", "bench,peer");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.summary().get(0)).matches("timeout bench training steps: stopped after \\d+ s");
        assertThat(result.summary().subList(1, 6))
                .containsExactly(
                        "timeout bench training steps without branches: the part's 4 s were over",
                        "timeout bench profile in fp32: the part's 4 s were over",
                        "timeout bench profile in tf32: the part's 4 s were over",
                        "timeout bench profile in bf16: the part's 4 s were over",
                        "skipped peer peer: no script was packed");
    }

    @Test
    void theCpuStandsInWhereAskedFor() throws IOException, InterruptedException {
        archive("");
        Result result = run("--device", "cpu", "--parts", "check,bench", "--quick");
        assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
        assertThat(result.out())
                .contains("bench --json --device cpu --batch 8,16 --precision fp32 --images 64 --steps 2");
        assertThat(result.summary())
                .contains("ok check conformance fp32", "skipped check graphs and op by op: the CPU records none")
                .noneMatch(line -> line.contains("tf32"));
    }

    @Test
    void saysWhatIsWrongWithTheCall() throws IOException, InterruptedException {
        Result none = run();
        assertThat(none.exitCode()).isEqualTo(1);
        assertThat(none.err()).contains("gpu-check: there is no " + home, "make it with tools/gpu-check pack");
        Result part = run("--parts", "check,train2");
        assertThat(part.exitCode()).isEqualTo(2);
        assertThat(part.err()).contains("--parts: expected check, train, bench or peer, got 'train2'");
        Result usage = gpuCheck(Map.of());
        assertThat(usage.exitCode()).isEqualTo(2);
        assertThat(usage.err()).startsWith("Checks Duet on a machine with an NVIDIA GPU");
    }

    /** With stand-ins for Maven and jlink, and this JDK's jar. */
    @Test
    void packsTheRuntimeTheJarsAndTheTests() throws IOException, InterruptedException {
        Path jars = Files.createDirectories(temporary.resolve("jars"));
        Path java = Path.of(System.getProperty("java.home"), "bin");
        Files.createDirectories(temporary.resolve("so/lib"));
        for (String each : List.of("lib/libJCudaDriver.so", "lib/libJNvPTXCompiler.so"))
            Files.writeString(temporary.resolve("so").resolve(each), each);
        Path natives = jars.resolve("jcuda-natives-12.6.0-linux-x86_64.jar");
        jar(java, "-cf", natives.toString(), "-C", temporary.resolve("so").toString(), ".");
        List<String> names = List.of("picocli-4.7.7.jar", "dnnl-3.11.jar", "archunit-1.5.0.jar", "assertj-core-3.jar");
        for (String name : names) Files.writeString(jars.resolve(name), name);
        LauncherTest.script(
                home.resolve("mvnw"),
                "mkdir -p target/test-classes/dev; echo jar >target/duet.jar\n"
                        + "printf %s:%s:%s:%s:%s " + jars + "/" + String.join(" " + jars + "/", names) + " " + natives
                        + " >target/gpu-check.classpath");
        Path jdk = Files.createDirectories(temporary.resolve("jdk"));
        Files.createDirectories(jdk.resolve("jmods"));
        Files.createDirectories(jdk.resolve("bin"));
        LauncherTest.script(jdk.resolve("bin/java"), "");
        LauncherTest.script(jdk.resolve("bin/jar"), "exec " + java.resolve("jar") + " \"$@\"");
        LauncherTest.script(
                jdk.resolve("bin/jlink"), "for o; do :; done; mkdir -p \"$o/bin\"; echo x >\"$o/bin/java\"");
        Path peer = Files.writeString(temporary.resolve("p.py"), "print()");

        Result result = gpuCheck(Map.of("JAVA_HOME", jdk.toString()), "pack", "--peer", peer.toString());
        assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
        assertThat(result.out())
                .contains("no data: ", "packed: " + home.resolve("gpu-check.pack"), "tools/gpu-check run OUT");
        Path unpacked = Files.createDirectory(temporary.resolve("unpacked"));
        Process tar = new ProcessBuilder(
                        "tar",
                        "-C",
                        unpacked.toString(),
                        "-xf",
                        home.resolve("gpu-check.pack/gpu-check.tar.xz").toString())
                .start();
        assertThat(tar.waitFor()).isZero();
        assertThat(unpacked.resolve("gpu-check").toFile().list())
                .containsExactlyInAnyOrder("lib", "jre", "commit", "peer.py");
        assertThat(unpacked.resolve("gpu-check/lib").toFile().list())
                .containsExactlyInAnyOrder(
                        "duet.jar",
                        "duet-tests.jar",
                        "picocli-4.7.7.jar",
                        "assertj-core-3.jar",
                        natives.getFileName().toString());
        Process list = new ProcessBuilder(
                        java.resolve("jar").toString(),
                        "-tf",
                        unpacked.resolve("gpu-check/lib")
                                .resolve(natives.getFileName())
                                .toString())
                .start();
        assertThat(new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("lib/libJCudaDriver.so")
                .doesNotContain("PTXCompiler");
    }

    private static void jar(Path java, String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(java.resolve("jar").toString()));
        line.addAll(List.of(arguments));
        assertThat(new ProcessBuilder(line).start().waitFor()).isZero();
    }
}
